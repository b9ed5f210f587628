"""The axes of a tensor have names, the same in every layout: settings choose axes by them (`axis: width`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.settings.setting import InputUnknown, Mistake, Reading, SettingType
from cnncalc.settings.types import EXPRESSION, MAX_SIZE, scalar, whole
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence

CHANNELS = "channels"
AXES: dict[int, tuple[str, ...]] = {0: (), 1: ("position",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""The names of the spatial axes, by their number."""
EXTENTS = {rank: tuple("length" if axis == "position" else axis for axis in axes) for rank, axes in AXES.items()}
"""What the sizes along these axes are called."""
_NAMES = (CHANNELS, "position", "height", "width", "depth")
_POSITIONS = "positions"
"""All spatial axes, where a setting takes several."""
_OTHER_NAMES = {
    "position": ("length", "time", "sequence", "steps", "l", "t"),
    "height": ("rows", "row", "y", "h"),
    "width": ("columns", "column", "cols", "x", "w"),
    "depth": ("slices", "z", "d"),
    CHANNELS: ("channel", "features", "filters", "c"),
}


def axes_of(rank: int) -> tuple[str, ...]:
    """The names of all axes of a tensor with this many spatial axes: those in order, then the channels."""
    return (*AXES[rank], CHANNELS)


def place_of_axis(axis: str, rank: int) -> int:
    """Where an axis is among `axes_of`; an array has it one later, after the batch."""
    return axes_of(rank).index(axis)


class AxisName(SettingType[str]):
    """One axis of the input, by name."""

    expects = f"the name of an axis: {', '.join(_NAMES[:-1])} or {_NAMES[-1]}"

    def read(self, node: YamlNode, at: Reading) -> str:
        return _axis(node, at, self.expects)

    def json_schema(self) -> dict[str, Any]:
        return self.schema()

    def schema(self) -> dict[str, Any]:
        return {"enum": list(_NAMES)}


class _AllPositions(tuple[str, ...]):
    """All spatial axes of an input: of a volume, height and width alone are not."""

    __slots__ = ()


class AxisNames(SettingType[tuple[str, ...]]):
    """Some axes of the input, by name: one of them, a list, or `positions` for all spatial ones."""

    expects = "the name of an axis, a list of names, or positions"

    def read(self, node: YamlNode, at: Reading) -> tuple[str, ...]:
        if isinstance(node, YamlScalar) and node.text == _POSITIONS:
            return (_POSITIONS,) if at.rank is None else _AllPositions(AXES[at.rank])
        nodes = node.items if isinstance(node, YamlSequence) else [node]
        if not nodes:
            raise Mistake("CNN206", node, f"expected {self.expects}, found an empty list")
        names = [_axis(each, at, self.expects) for each in nodes]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise Mistake("CNN206", nodes[index], f"`{name}` is given twice", "", "name each axis once")
        if at.rank is None:
            return tuple(names)
        found = tuple(name for name in axes_of(at.rank) if name in names)
        return _AllPositions(found) if found == AXES[at.rank] else found

    def show(self, value: tuple[str, ...]) -> str:
        if isinstance(value, _AllPositions):
            return _POSITIONS
        return value[0] if len(value) == 1 else f"[{', '.join(value)}]"

    def json(self, value: tuple[str, ...]) -> Any:
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(_NAMES)}}

    def schema(self) -> dict[str, Any]:
        name = {"anyOf": [{"enum": list(_NAMES)}, {"type": "string", "pattern": EXPRESSION}]}
        pattern = f"^({'|'.join([*_NAMES, _POSITIONS])})$"
        return {"type": ["string", "array"], "pattern": pattern, "items": name, "minItems": 1, "maxItems": 4}


class OldAxis(AxisName):
    """The axis of the input whose values one axis of the output has; by default that of the same name."""

    def __init__(self, new: str) -> None:
        self.new = new

    def read(self, node: YamlNode, at: Reading) -> str:
        if isinstance(node, YamlScalar) and node.text == self.new:
            return self.new  # also where there is no such axis: it stays away
        if at.rank is not None and self.new not in axes_of(at.rank):
            raise _absent(self.new, node, at)
        return _axis(node, at, self.expects)


class Range(SettingType[tuple[int, int]]):
    """`[start, stop]` along the setting `axis`, counted from 0, stop excluded; negative numbers count from the end."""

    expects = "[start, stop]"
    counts_channels = True  # up to the `end`
    comes_last = True

    def is_relative(self, texts: list[str], values: Mapping[str, Any]) -> bool:
        return values.get("axis") != CHANNELS and any(text == "end" or text.startswith("-") for text in texts)

    def read(self, node: YamlNode, at: Reading) -> tuple[int, int]:
        if not isinstance(node, YamlSequence) or len(node.items) != 2:
            raise Mistake("CNN206", node, f"expected {self.expects}", "", "write [0, 16] or [16, end]")
        first, last = node.items
        start = whole(first, -MAX_SIZE, "a whole number")
        is_end = isinstance(last, YamlScalar) and last.text == "end"
        stop = 0 if is_end else whole(last, -MAX_SIZE, "a whole number, or `end`")
        if at.shape is None or at.rank is None or "axis" not in at.values:
            raise InputUnknown
        size = at.shape.sizes("channels_last")[place_of_axis(at.values["axis"], at.rank)]
        return start if start >= 0 else size + start, size if is_end else stop if stop >= 0 else size + stop

    def show(self, value: tuple[int, int]) -> str:
        return f"[{value[0]}, {value[1]}]"

    def json(self, value: tuple[int, int]) -> Any:
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}

    def schema(self) -> dict[str, Any]:
        place: dict[str, Any] = {
            "type": ["integer", "string"],
            "minimum": -MAX_SIZE,
            "maximum": MAX_SIZE,
            "pattern": rf"^ *(-?[1-9][0-9]*|0) *$|{EXPRESSION}",
        }
        end = {"anyOf": [{"const": "end"}, place]}
        return {"type": "array", "prefixItems": [place, end], "minItems": 2, "maxItems": 2}


AXIS, SOME_AXES = AxisName(), AxisNames()


def _axis(node: YamlNode, at: Reading, expects: str) -> str:
    """The axis that a node names.

    Raises:
        Mistake: the input has no such axis.
    """
    name = scalar(node, expects).text.strip()
    present = _NAMES if at.rank is None else axes_of(at.rank)
    if name in present:
        return name
    meant = _meant(name, at, present)
    ways = [f"write `{meant}`"] if meant else []
    if at.rank is None:
        raise Mistake("CNN319", node, f"expected {expects}, found `{excerpt(name)}`", "", *ways)
    raise _absent(name, node, at, *ways)


def _absent(name: str, node: YamlNode, at: Reading, *ways: str) -> Mistake:
    """The mistake for an axis that the input does not have."""
    assert at.shape is not None
    *others, last = axes_of(len(at.shape.spatial))
    listed = f"its axes are {', '.join(others)} and {last}" if others else f"its only axis is {last}"
    label = f"the input is {at.shape.text(at.layout)}"
    return Mistake("CNN319", node, f"the input has no axis `{excerpt(name)}`", label, *ways, listed)


def _meant(name: str, at: Reading, present: tuple[str, ...]) -> str:
    """The axis that another name or, as in other tools, a number stands for, the batch being 0; "" if none does."""
    digits = name.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) == 1 and at.rank is not None:
        in_order = present if at.layout == "channels_last" else (CHANNELS, *AXES[at.rank])
        numbered = dict(enumerate(in_order, 1)) | {i - len(in_order): axis for i, axis in enumerate(in_order)}
        return numbered.get(int(name), "")
    return next((axis for axis in present if name.lower() == axis or name.lower() in _OTHER_NAMES[axis]), "")
