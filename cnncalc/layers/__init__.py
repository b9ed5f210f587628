"""The layer kinds, a family a folder.

`kinds.py` of a family has the classes: what every command asks. Other modules there are *parts* of its kinds, for those
commands alone that ask for them: see `PARTS`. Which kinds there are is known without importing any (`index.py`).
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from cnncalc.layers.base import Layer
from cnncalc.layers.index import ACTIVATIONS as ACTIVATIONS
from cnncalc.layers.index import KINDS as KINDS
from cnncalc.layers.index import MERGES as MERGES
from cnncalc.layers.index import NORMS as NORMS
from cnncalc.layers.index import OTHER_NAMES as OTHER_NAMES

PARTS = ("definition", "tracing", "words")
"""What a kind may answer besides: a module of the family, in which the class of `max_pool` is called `MaxPoolWords`."""


def class_name(kind: str) -> str:
    """The class of a kind: `max_pool` is `MaxPool`."""
    return "".join(word.capitalize() for word in kind.split("_"))


_classes: dict[str, type[Layer]] = {}
_parts: dict[tuple[str, str], Any] = {}


def layer_class(kind: str) -> type[Layer]:
    """The class of a kind.

    Raises:
        KeyError: there is no such kind.
    """
    found = _classes.get(kind)
    if found is None:
        module = import_module(f"cnncalc.layers.{KINDS[kind]}.kinds")
        found = _classes[kind] = cast("type[Layer]", getattr(module, class_name(kind)))
    return found


def part(kind: str, name: str) -> Any:
    """The class of one of the `PARTS` of a kind; None where it has none of its own.

    Raises:
        KeyError: there is no such kind.
    """
    if (kind, name) not in _parts:
        path = f"cnncalc.layers.{KINDS[kind]}.{name}"
        module = import_module(path) if find_spec(path) else None
        _parts[kind, name] = getattr(module, class_name(kind) + name.capitalize(), None)
    return _parts[kind, name]
