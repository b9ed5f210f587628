"""How large an output is to be: sizes, a factor, or the size of another layer or input. Each may be `none`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake, Reading, SettingType
from cnncalc.settings.types import EXPRESSION, Real, Sizes, pieces, scalar, spread
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar

if TYPE_CHECKING:
    from fractions import Fraction

NONE = "none"
"""The default of a setting that may be left out."""


def is_none(node: YamlNode) -> bool:
    """Whether a setting is left out."""
    return isinstance(node, YamlScalar) and node.text == NONE


class SizeOf(NamedTuple):
    """The size of a layer or input: its name as written, and its positions."""

    name: str
    spatial: tuple[int, ...]


class LayerName(SettingType[SizeOf | None]):
    """The name of a layer or input of which only the size matters. The reader of the entry looks it up."""

    expects = "the name of a layer or input"
    is_name = True

    def read(self, node: YamlNode, at: Reading) -> SizeOf | None:
        if is_none(node):
            return None
        name = scalar(node, self.expects).text
        if name not in at.named:
            raise InputUnknown
        return SizeOf(name, at.named[name].output.spatial)

    def show(self, value: SizeOf | None) -> str:
        return value.name if value else NONE

    def json(self, value: SizeOf | None) -> Any:
        return value and value.name

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"]}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


class NewSizes(Sizes):
    """Sizes that may be left out."""

    def read(self, node: YamlNode, at: Reading) -> Any:
        return None if is_none(node) else super().read(node, at)

    def show(self, value: Any) -> str:
        return super().show(value) if value else NONE

    def json(self, value: Any) -> Any:
        return value and list(value)

    def json_schema(self) -> dict[str, Any]:
        return {**super().json_schema(), "type": ["array", "null"]}


MOST_DECIMALS = 12
"""The most digits of a factor."""


class Factors(SettingType["tuple[Fraction, ...] | None"]):
    """One factor for all axes (`0.5`), or one per axis (`1.5x2`); it may be left out."""

    expects = "a number above 0, or one per axis (1.5x2)"
    low = 1
    """The factor that changes nothing."""
    _one = Real(above=0)

    def read(self, node: YamlNode, at: Reading) -> tuple[Fraction, ...] | None:
        if is_none(node):
            return None
        parts = pieces(node, self.expects)
        return spread(tuple(map(self._factor, parts)), node, at)

    def _factor(self, node: YamlNode) -> Fraction:
        from fractions import Fraction  # slow to import, and most models have no factors

        self._one.read(node, Reading())
        text = scalar(node, self.expects).text.strip()
        if len(text) > MOST_DECIMALS or "e" in text.lower():
            raise Mistake("CNN207", node, f"{excerpt(text)} has too many digits", f"at most {MOST_DECIMALS}")
        return Fraction(text)

    def show(self, value: tuple[Fraction, ...] | None) -> str:
        if value is None:
            return NONE
        factors = [f"{float(each):.12g}" for each in value]
        return factors[0] if len(set(factors)) == 1 else "×".join(factors)

    def json(self, value: tuple[Fraction, ...] | None) -> Any:
        return value and [int(each) if each.denominator == 1 else float(each) for each in value]

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["array", "null"], "items": {"type": "number"}}

    def schema(self) -> dict[str, Any]:
        number = r" *([0-9]+(\.[0-9]*)?|\.[0-9]+) *"
        return {
            "type": ["number", "string", "array"],
            "exclusiveMinimum": 0,
            "pattern": f"^{number}([xX×]{number})*$",
            "items": {
                "anyOf": [
                    {"type": ["number", "string"], "exclusiveMinimum": 0, "pattern": f"^{number}$"},
                    {"type": "string", "pattern": EXPRESSION},
                ]
            },
            "minItems": 1,
            "maxItems": 3,
        }
