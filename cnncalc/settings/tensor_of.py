"""The name of another layer or input whose values a layer reads as well as its input."""

from __future__ import annotations

from typing import Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake, Reading, SettingType
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NONE, is_none
from cnncalc.settings.types import scalar
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlNode


class TensorOf(NamedTuple):
    """The tensor of a layer or input: its name as written, and its shape.

    Attributes:
        undone: of a pool that is undone, its window: the tensor is then the *input* of the layer of that name.
    """

    name: str
    shape: Shape
    undone: Any = None


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


class PoolName(SettingType[TensorOf]):
    """The name of a pool that picks the largest values; what is read is the pool's input."""

    expects = "the name of a `max_pool`"
    is_name = True

    def read(self, node: YamlNode, at: Reading) -> TensorOf:
        name = scalar(node, self.expects).text
        if name not in at.named:
            raise InputUnknown
        _, pool, x = at.named[name]
        if pool is None:
            message = f"`{at.kind}` undoes a `max_pool`, and `{excerpt(name)}` is an input of the model"
            label = "where its largest values were is not known"
            help = "the `max_pool` has to be a layer of the model: it stays one with `--after` an earlier entry"
            raise Mistake("CNN310", node, message, label, help)
        if x is None or not getattr(pool, "keeps_places", False):
            message = f"`{at.kind}` undoes a `max_pool`, and `{excerpt(name)}` is none"
            raise Mistake("CNN310", node, message, "", "give the `max_pool` a name, and write that")
        return TensorOf(name, x, pool.sliding_window)  # type: ignore[attr-defined]

    def show(self, value: TensorOf) -> str:
        return value.name

    def json(self, value: TensorOf) -> str:
        return value.name

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


TENSOR = TensorName()
