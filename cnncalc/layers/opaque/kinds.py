"""A layer that the language has no kind for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnncalc.at_least import NotKnown
from cnncalc.layers.base import Layer, Problem, Reads, ReadsUnknown
from cnncalc.layers.opaque._settings import Count, Outputs, Text
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Truth


class _Described(Layer):
    """What is written about a layer that nobody knows more about."""

    since = 2
    principal = "operation"
    example = "NonMaxSuppression"
    is_opaque = True
    operation = setting(Text(), "what the layer is called elsewhere", short="{}")
    output = setting(Outputs(), "the shape of its output, whatever it reads; of several outputs, each with its name")
    params = setting(Count(), "how many numbers it learns", "unknown")
    macs = setting(Count(), "its multiply-adds for one sample", "unknown")  # type: ignore[assignment]
    pointwise = setting(Truth(), "whether each position is calculated from that position of what it reads", "false")


class Opaque(_Described):
    """A layer that the language has no kind for: what is written about it is all that is known."""

    @property
    def unlisted_params(self) -> int:
        return self.params

    @property
    def macs(self) -> Callable[[Shape, Shape], int]:  # type: ignore[override]
        # a property, for the setting of this name is an attribute of the layer, and would hide a method
        return lambda x, y: vars(self)["macs"]

    def output_shape(self, x: Shape) -> Shape:
        return self.output.first

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.pointwise and x.spatial != self.output.first.spatial:
            message = "a `pointwise` layer has the positions of what it reads, but `output` has others"
            yield Problem("CNN318", "output", message, "", ("leave `pointwise` out if its positions are others",))

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        if not self.pointwise or x.spatial != self.output.first.spatial:
            raise ReadsUnknown
        return super().reads(x)

    @property
    def why_unknown(self) -> str:
        return "" if self.pointwise else "nobody knows what the layer reads"

    def reads_channels(self, x: Shape) -> Reads | None:
        return None  # for all that is known

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        raise NotKnown(f"nobody knows how {self.operation} calculates its output")

    def outputs(self) -> Mapping[str, Layer]:
        first, *names = self.output.names or ("",)
        further = {name: _FurtherOutput({**vars(self), "output": self.output.only(name)}) for name in names}
        return {first: self, **further} if first else {}


class _FurtherOutput(Opaque):
    """Another output of the same layer, whose parameters and multiply-adds count at the first."""

    is_further_output = True

    @property
    def unlisted_params(self) -> int:
        return 0

    @property
    def macs(self) -> Callable[[Shape, Shape], int]:  # type: ignore[override]
        return lambda x, y: 0

    def outputs(self) -> Mapping[str, Layer]:
        return {}
