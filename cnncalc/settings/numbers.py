"""Settings that are a few numbers: bounds, an amount on either side, one number or one per channel."""

from __future__ import annotations

from typing import Any

from cnncalc.settings.setting import Mistake, Reading, SettingType
from cnncalc.settings.size_of import NONE, is_none
from cnncalc.settings.types import AMOUNT, EXPRESSION, Real, Whole
from cnncalc.source.yaml_nodes import YamlNode, YamlSequence

_NUMBER = Real()


class Bounds(SettingType[tuple[float, float]]):
    """`[low, high]`."""

    expects = "[low, high], two numbers"

    def read(self, node: YamlNode, at: Reading) -> tuple[float, float]:
        if not isinstance(node, YamlSequence) or len(node.items) != 2:
            raise Mistake("CNN206", node, f"expected {self.expects}", "", "write [0, 6]")
        low, high = (_NUMBER.read(each, at) for each in node.items)
        if low >= high:
            text = f"{low:g} is not below {high:g}"
            raise Mistake("CNN207", node, text, "the lower bound comes first", f"write [{high:g}, {low:g}]")
        return low, high

    def show(self, value: tuple[float, float]) -> str:
        return f"[{value[0]:g}, {value[1]:g}]"

    def json(self, value: tuple[float, float]) -> Any:
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": _item(_NUMBER), "minItems": 2, "maxItems": 2}


class Sides(SettingType[tuple[int, int]]):
    """How many on either side: one number for both, or `[before, after]`."""

    expects = "a whole number of at least 0, or [before, after]"

    def read(self, node: YamlNode, at: Reading) -> tuple[int, int]:
        if not isinstance(node, YamlSequence):
            both = AMOUNT.read(node, at)
            return both, both
        if len(node.items) != 2:
            raise Mistake("CNN206", node, f"expected {self.expects}", "", "write [0, 16] or [8, 8]")
        before, after = (AMOUNT.read(each, at) for each in node.items)
        return before, after

    def show(self, value: tuple[int, int]) -> str:
        before, after = value
        return str(before) if before == after else f"[{before}, {after}]"

    def json(self, value: tuple[int, int]) -> Any:
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": AMOUNT.json_schema(), "minItems": 2, "maxItems": 2}

    def schema(self) -> dict[str, Any]:
        return {**_or_list(AMOUNT), "minItems": 2, "maxItems": 2}


class PerChannel(SettingType[float | tuple[float, ...]]):
    """One number for all channels, or a list with one for each."""

    expects = "a number, or a list with one per channel"

    def read(self, node: YamlNode, at: Reading) -> float | tuple[float, ...]:
        if not isinstance(node, YamlSequence):
            return _NUMBER.read(node, at)
        if not node.items:
            raise Mistake("CNN206", node, f"expected {self.expects}, found an empty list")
        return tuple(_NUMBER.read(each, at) for each in node.items)

    def show(self, value: float | tuple[float, ...]) -> str:
        return f"[{', '.join(map(_NUMBER.show, value))}]" if isinstance(value, tuple) else _NUMBER.show(value)

    def json(self, value: float | tuple[float, ...]) -> Any:
        return list(value) if isinstance(value, tuple) else value

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["number", "array"], "items": {"type": "number"}, "minItems": 1}

    def schema(self) -> dict[str, Any]:
        return {**_or_list(_NUMBER), "minItems": 1}


class OwnCount(Whole):
    """A whole number of at least 1; left out, it follows from the layer's input."""

    def __init__(self) -> None:
        super().__init__(1)

    def read(self, node: YamlNode, at: Reading) -> Any:
        return None if is_none(node) else super().read(node, at)

    def show(self, value: Any) -> str:
        return NONE if value is None else super().show(value)

    def json_schema(self) -> dict[str, Any]:
        return {**super().json_schema(), "type": ["integer", "null"]}


def _item(type: SettingType[Any]) -> dict[str, Any]:
    """A JSON Schema of an item of a list, which may be an expression."""
    return {"anyOf": [type.schema(), {"type": "string", "pattern": EXPRESSION}]}


def _or_list(type: SettingType[Any]) -> dict[str, Any]:
    """A JSON Schema of one value or a list."""
    one = type.schema()
    return {**one, "type": [*one["type"], "array"], "items": _item(type)}
