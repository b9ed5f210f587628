"""What layers are called in Keras: neither `/` nor `.` may stand in a name, so `stage1.0.conv1` is `stage1_0_conv1`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnncalc.exporting.code.expressions import Expression, Identifier, Literal, Phrase

Path = tuple[str, ...]
"""The parts of a layer's name, as the spec has them."""
PREFIX = "name"
"""What the parameter of a function is called that the names of all layers in it begin with."""


class VariablePart(str):
    """A part of a path that a variable has."""


_SEPARATORS = ("_", "-", "__", ">")
"""What may stand between the parts of a name: the first with which all are different, as they always are with the
last."""

_OTHER_NAMES = {"abs": "absolute"}
_BY_OPERATORS = frozenset("add subtract multiply true_divide divide floor_divide mod get_item negative power".split())  # noqa: SIM905 (words, not kinds)


class LayerNames:
    """The names of a model's layers.

    Attributes:
        model: that of the model.
        separator: what stands between the parts of a name.
    """

    def __init__(self, model: str, paths: Iterable[Path], texts: Iterable[str]) -> None:
        """Chooses the separator.

        Args:
            paths: those of all layers and inputs.
            texts: code with layers and operations that Keras names itself.
        """
        self.model = _at_the_beginning(_legal(model))
        self._automatic = _automatic(texts)
        paths = list(paths)
        for self.separator in _SEPARATORS:
            names = [self.full(path) for path in paths]
            if len({*names}) == len(names) and not any(self._automatic.fullmatch(name) for name in names):
                break

    def full(self, path: Path) -> str:
        """The name of a layer."""
        name = _at_the_beginning(self.separator.join(map(_legal, path)))
        return f"{name}_" if len(path) == 1 and self._automatic.fullmatch(name) else name

    def expression(self, path: Path, is_whole: bool) -> Expression:
        """What gives the name of a layer.

        Args:
            path: the end of its path, in a function that is given what stands before it.
            is_whole: whether nothing stands before it.
        """
        if is_whole and not any(isinstance(part, VariablePart) for part in path):
            return Literal(self.full(path))
        if not path:
            return Identifier(PREFIX)
        parts = [f"{{{{{part}}}}}" if isinstance(part, VariablePart) else _legal(part) for part in path]
        if is_whole:
            parts[0] = _at_the_beginning(parts[0])
        return Phrase(f'f"{self.separator.join(parts if is_whole else [f"{{{{{PREFIX}}}}}", *parts])}"', ())


def _legal(part: str) -> str:
    """A part of a name with those characters alone that all backends take."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"u{ord(found[0]):x}", part)


def _at_the_beginning(name: str) -> str:
    """A name that may stand at the beginning."""
    return name if name[:1].isalnum() else f"layer{name}"


def _automatic(texts: Iterable[str]) -> re.Pattern[str]:
    """What names look like that Keras gives to layers and operations in such code."""
    named = {name for text in texts for name in re.findall(r"\b(?:layers|ops|activations)\.(\w+)", text)}
    snakes = {_OTHER_NAMES.get(name, snake_case(name)) for name in named} | _BY_OPERATORS
    return re.compile(f"(?:{'|'.join(sorted(snakes))})(_\\d+)?")


def snake_case(name: str) -> str:
    """What Keras makes of the name of a class."""
    split = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()
