"""The layer kinds, one folder per family.

`kinds.py` of a family has the classes, with what every command asks. Other modules there are *parts* of its kinds,
only for the commands that ask for them: see `PARTS`. The list of kinds is known without importing any (`index.py`).
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

PARTS = ("canonical", "definition", "keras", "onnx", "torch", "tracing", "words")
"""What else a kind may answer: each is a module of the family, in which the class for `max_pool` is, for example,
`MaxPoolWords`."""

FAMILY_WORDS = (
    "convolution",
    "pooling or resizing",
    "dense",
    "merge",
    "norm or activation",
    "attention or recurrent",
    "other",
)
"""What drawings tell apart: families that do something similar go together, and those that calculate little are
`other`."""


def family_words(kind: str) -> str:
    """Which of `FAMILY_WORDS` a kind is.

    Raises:
        KeyError: there is no such kind.
    """
    family = KINDS[kind]
    return next((words for words in FAMILY_WORDS if family in words.split(" or ")), "other")


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
    """The class of one of the `PARTS` of a kind; None if it has none of its own.

    Raises:
        KeyError: there is no such kind.
    """
    if (kind, name) not in _parts:
        path = f"cnncalc.layers.{KINDS[kind]}.{name}"
        module = import_module(path) if find_spec(path) else None
        _parts[kind, name] = getattr(module, class_name(kind) + name.capitalize(), None)
    return _parts[kind, name]
