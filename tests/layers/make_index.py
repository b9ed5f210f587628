"""Writes cnncalc/layers/index.py: which kinds there are, as their classes say it.

    python tests/layers/make_index.py

The order is that of the families below and of the classes in their modules; lists of kinds come in it.
"""

from __future__ import annotations

import inspect
import json
import re
from importlib import import_module
from pathlib import Path

FAMILIES = (
    "convolution",
    "pooling",
    "dense",
    "recurrent",
    "shape",
    "resizing",
    "axes",
    "norm",
    "activation",
    "dropout",
    "attention",
    "merge",
    "learned",
    "opaque",
)
LAYERS = Path(__file__).parents[2] / "cnncalc" / "layers"
HEAD = '''"""Which kinds there are. Written by tests/layers/make_index.py from their classes: do not edit."""

# fmt: off

'''


def classes() -> dict[str, type]:
    """kind → class, of all families."""
    found: dict[str, type] = {}
    for family in FAMILIES:
        module = import_module(f"cnncalc.layers.{family}.kinds")
        own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__]
        found |= {kind_name(each): each for each in own if not each.__name__.startswith("_")}
    return found


def kind_name(layer: type) -> str:
    """`MaxPool` is `max_pool`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", layer.__name__).lower()


def text() -> str:
    """The text of the module."""
    kinds = classes()
    folders = {path.parent.name for path in LAYERS.glob("*/kinds.py")}
    assert folders == set(FAMILIES), f"families without a place in the order: {folders ^ set(FAMILIES)}"
    families = {kind: layer.__module__.split(".")[2] for kind, layer in kinds.items()}
    names: dict[str, str] = {}
    for kind, layer in kinds.items():
        for name in dict.fromkeys(layer.also_called.split()):
            assert name not in names, f"`{name}` is another name of `{names[name]}`, and of `{kind}`"
            names[name] = kind
    parts = [
        _mapping("KINDS", families, "kind → its family, a folder here."),
        _mapping(
            "SINCE",
            {kind: layer.since for kind, layer in kinds.items() if layer.since > 1},
            "kind → the version of the language that it came with, where that is not the first.",
            "int",
        ),
        _mapping("OTHER_NAMES", names, "What other tools call a kind, in lower case and without `_` → the kind."),
        _names("MERGES", [kind for kind in kinds if kinds[kind].is_merge], "Kinds that take several tensors."),
        _names("NORMS", [kind for kind in kinds if kinds[kind].is_norm], "Kinds that the setting `norm` accepts."),
        _names(
            "ACTIVATIONS",
            [kind for kind in kinds if kinds[kind].is_activation],
            "Kinds that the setting `activation` accepts.",
        ),
    ]
    return HEAD + "\n".join(parts)


def _mapping(name: str, values: dict[str, str] | dict[str, int], doc: str, value: str = "str") -> str:
    lines = [f'    "{key}": {json.dumps(value)},' for key, value in values.items()]
    return "\n".join([f"{name}: dict[str, {value}] = {{", *lines, "}", f'"""{doc}"""', ""])


def _names(name: str, values: list[str], doc: str) -> str:
    lines = [f'    "{value}",' for value in values]
    return "\n".join([f"{name} = frozenset({{", *lines, "})", f'"""{doc}"""', ""])


def main() -> None:
    """Writes the module where it would change."""
    path = LAYERS / "index.py"
    if not path.exists() or path.read_text("utf-8") != text():
        path.write_text(text(), "utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
