"""Which JSON Schemas there are. A schema is made when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

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


def json_schema(name: str) -> dict[str, Any]:
    """The schema of this name.

    Raises:
        KeyError: there is none.
    """
    if name == SPEC:
        from cnncalc.report.schemas.spec import spec_schema

        return spec_schema()
    module = import_module(f"cnncalc.report.schemas.outputs.{_MODULES[name]}")
    schema: dict[str, Any] = module.schemas()[name]
    return schema
