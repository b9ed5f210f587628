"""`like: NAME`: the size of another layer or input."""

from __future__ import annotations

from typing import Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Reading, SettingType
from cnncalc.settings.types import scalar
from cnncalc.source.yaml_nodes import YamlNode


class SizeOf(NamedTuple):
    """The size of a layer or input: its name as written, and its positions."""

    name: str
    spatial: tuple[int, ...]


class LayerName(SettingType[SizeOf]):
    """The name of a layer or input of which only the size matters. The reader of the entry looks it up."""

    expects = "the name of a layer or input"
    is_name = True

    def read(self, node: YamlNode, at: Reading) -> SizeOf:
        name = scalar(node, self.expects).text
        if at.named is None:
            raise InputUnknown
        return SizeOf(name, at.named.spatial)

    def show(self, value: SizeOf) -> str:
        return value.name

    def json(self, value: SizeOf) -> Any:
        return value.name

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}
