"""The name of another layer or input whose values a layer reads as well as its input."""

from __future__ import annotations

from typing import Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Reading, SettingType
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NONE, is_none
from cnncalc.settings.types import scalar
from cnncalc.source.yaml_nodes import YamlNode


class TensorOf(NamedTuple):
    """The tensor of a layer or input: its name as written, and its shape."""

    name: str
    shape: Shape


class TensorName(SettingType[TensorOf | None]):
    """The name of a layer or input whose values are read. The reader of the entry looks it up."""

    expects = "the name of a layer or input"
    is_name = True

    def read(self, node: YamlNode, at: Reading) -> TensorOf | None:
        if is_none(node):
            return None
        name = scalar(node, self.expects).text
        if name not in at.named:
            raise InputUnknown
        return TensorOf(name, at.named[name].output)

    def show(self, value: TensorOf | None) -> str:
        return value.name if value else NONE

    def json(self, value: TensorOf | None) -> Any:
        return value and value.name

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"]}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


TENSOR = TensorName()
