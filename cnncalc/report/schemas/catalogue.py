"""Which JSON Schemas there are. A schema is made when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cnncalc.source.diagnostics import nearest

SPEC = "spec"
"""The schema of the spec language; the others describe what commands write."""
_MODULES = {
    "summary": "summary",
    "explain": "explain",
    "hyperparameters": "hyperparameters",
    "receptive-field": "receptive_field",
    "forward": "forward",
    "verify": "verify",
    "compare": "compare",
    "validate": "validate",
    "solve": "solve",
    "solve-layer": "solve",
    "solve-variable": "solve",
    "solve-sizes": "solve",
    "specs": "specs",
    "grades": "grades",
}
SCHEMA_NAMES = (SPEC, *_MODULES)


def schema_named(text: str) -> str:
    """The name of a schema; JSON has it with `cnncalc/` before it.

    Raises:
        ValueError: there is no such schema.
    """
    name = text.removeprefix("cnncalc/")
    if name not in SCHEMA_NAMES:
        close = nearest(name, SCHEMA_NAMES)
        hint = f"did you mean {close}?" if close else f"expected {', '.join(SCHEMA_NAMES)}"
        raise ValueError(f"there is no schema {text!r}; {hint}")
    return name


def json_schema(name: str) -> dict[str, Any]:
    """The schema of this name.

    Raises:
        KeyError: there is none.
    """
    if name == SPEC:
        from cnncalc.report.schemas.spec import spec_schema

        return spec_schema()
    module = import_module(f"cnncalc.report.schemas.outputs.{_MODULES[name]}")
    schema: dict[str, Any] = module.SCHEMAS[name]
    return schema
