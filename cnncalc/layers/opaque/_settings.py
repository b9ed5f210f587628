"""What is written about an opaque layer: its name, its outputs, and counts that may be unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cnncalc.at_least import AtLeast, known
from cnncalc.settings.setting import Mistake, Reading, SettingType
from cnncalc.settings.shape import NamedShapes, Shape
from cnncalc.settings.types import ShapeType, scalar, whole
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode

MAX_COUNT = 10**15
"""The most parameters or multiply-adds that may be written."""
MAX_TEXT = 100
_NAME = r"[\w-]{1,100}\Z"
_UNKNOWN = "unknown"


class Text(SettingType[str]):
    """Any short text."""

    expects = "what the layer is called elsewhere"

    def read(self, node: YamlNode, at: Reading) -> str:
        text = scalar(node, self.expects).text.strip()
        if not text:
            raise Mistake("CNN205", node, f"expected {self.expects}, found nothing", "", "write its name")
        if len(text) > MAX_TEXT:
            label = f"at most {MAX_TEXT} characters"
            raise Mistake("CNN207", node, f"`{excerpt(text)}` is too long", label, "write only its name")
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": MAX_TEXT}


class Count(SettingType[int]):
    """A whole number, or `unknown`."""

    expects = "a whole number of at least 0, or `unknown`"

    def read(self, node: YamlNode, at: Reading) -> int:
        text = scalar(node, self.expects).text.strip()
        if text == _UNKNOWN:
            return AtLeast()
        if re.fullmatch("[1-9][0-9]{9,}", text, re.ASCII):
            if len(text) > len(str(MAX_COUNT)) or int(text) > MAX_COUNT:
                help = "write `unknown` if nobody knows it"
                raise Mistake("CNN207", node, f"{excerpt(text)} is too large", f"at most {MAX_COUNT:,}", help)
            return int(text)
        try:
            return whole(node, 0, self.expects)
        except Mistake as mistake:
            ways = mistake.help or (_written_out(text) or "write a number, or `unknown` if nobody knows it",)
            raise Mistake(mistake.code, mistake.node, mistake.message, mistake.label, *ways) from None

    def show(self, value: int) -> str:
        return _UNKNOWN if known(value) is None else str(value)

    def json(self, value: int) -> Any:
        return _UNKNOWN if known(value) is None else value

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": 0}, {"const": _UNKNOWN}]}

    def schema(self) -> dict[str, Any]:
        return {
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": MAX_COUNT,
            "pattern": f"^ *(0|[1-9][0-9]*|{_UNKNOWN}) *$",
        }


def _written_out(text: str) -> str:
    """How to write `5M`; "" for anything else."""
    found = re.fullmatch(r"([0-9]{1,9})(\.[0-9]{1,9})?\s*([kKMG])", text, re.ASCII)
    if not found:
        return ""
    value = Fraction(found[1] + (found[2] or "")) * {"k": 10**3, "M": 10**6, "G": 10**9}[found[3].replace("K", "k")]
    return f"write {value}, the whole number" if value.denominator == 1 else ""


class Outputs(SettingType[NamedShapes]):
    """A shape, or several under their names."""

    expects = "a shape (100x4), or several with their names ({boxes: 100x4, scores: 100})"

    def read(self, node: YamlNode, at: Reading) -> NamedShapes:
        if not isinstance(node, YamlMapping):
            return NamedShapes((("", self._shape(node, at)),))
        if not node.pairs:
            raise Mistake("CNN205", node, f"expected {self.expects}, found an empty mapping")
        return NamedShapes(tuple(self._named(node, at)))

    def _named(self, node: YamlMapping, at: Reading) -> Iterator[tuple[str, Shape]]:
        for key, value in node.pairs:
            if not re.match(_NAME, key.text):
                label = "1 to 100 letters, digits, `_` and `-`"
                raise Mistake("CNN210", key, f"`{excerpt(key.text)}` cannot be the name of an output", label)
            yield key.text, self._shape(value, at)

    def _shape(self, node: YamlNode, at: Reading) -> Shape:
        if isinstance(node, YamlMapping):
            raise Mistake("CNN205", node, "expected a shape such as 100x4, found a mapping")
        return ShapeType().read(node, at)

    def show(self, value: NamedShapes) -> str:
        return value.text()

    def json(self, value: NamedShapes) -> Any:
        return value.json()

    def json_schema(self) -> dict[str, Any]:
        shape = ShapeType().json_schema()
        return {"anyOf": [shape, {"type": "object", "minProperties": 1, "additionalProperties": shape}]}

    def schema(self) -> dict[str, Any]:
        shape = ShapeType().schema()
        names = {"pattern": r"^[^\x00-,./:-@\[-^`{-\x7f]{1,100}$"}
        named = {"type": "object", "minProperties": 1, "propertyNames": names, "additionalProperties": shape}
        return {"anyOf": [shape, named]}
