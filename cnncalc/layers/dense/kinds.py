"""Layers whose every output is connected to every input: dense, and the table of an embedding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import (
    ITSELF,
    MOVED_CHANNELS,
    Fans,
    Initial,
    Layer,
    Normal,
    Problem,
    Reads,
    Weight,
    last_axis,
    plural,
)
from cnncalc.layers.standardizing import Standardizing
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import COUNT, TRUTH

_FLATTEN = "put a `flatten` before it to connect every input to every unit"


class Dense(Standardizing):
    """Fully connected layer. On a tensor with positions, it works on the channels at each position, like a 1×1
    convolution."""

    also_called = "fc linear fullyconnected fullconnect affine innerproduct gemm"
    is_dense = True
    principal = "units"
    example = "64"
    kernel_array = "kernel"
    has_norm = True
    has_activation = True
    units = setting(COUNT, "number of outputs (units)", symbol="units", short=lambda n: plural(n, "unit"))
    bias = setting(TRUTH, "a number added to each unit's sum", "true", short=lambda _: "no bias")

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        x = inputs[0]
        if x.spatial and convention == "lecture":
            message = f"`dense` reads {x.text(layout)} position by position"
            label = f"the same {x.channels}×{self.units} weights at each of them"
            yield Problem("CNN501", "", message, label, (_FLATTEN,))

    def remark_on_last_axis(self, x: Shape) -> Problem | None:
        message = f"`nn.Linear` reads {last_axis(x)}"
        label = f"this `dense` reads the {plural(x.channels, 'channel')} of each position"
        way = f"`{{conv: {self.units}, kernel: 1}}` is the same layer in PyTorch too"
        return Problem("CNN532", "", message, label, (_FLATTEN, way, MOVED_CHANNELS))

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(units=channels)

    def output_shape(self, x: Shape) -> Shape:
        return Shape(x.spatial, self.units)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        kernel = Weight((x.channels, self.units))
        return self.with_gain({"kernel": kernel, "bias": Weight((self.units,))} if self.bias else {"kernel": kernel})

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return Fans(*shape) if name == "kernel" else super().initial_values(name, shape)

    def macs(self, x: Shape, y: Shape) -> int:
        return formulas.product([*x.spatial, x.channels, self.units])

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = xp.matmul(x, self.used_kernel(xp, weights))
        if self.bias:
            y += weights["bias"]
        return y

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return (ITSELF,) * len(x.spatial) if x.spatial else None

    def reads_channels(self, x: Shape) -> Reads | None:
        return None


class Embedding(Layer):
    """A learned vector for each id: a vector of ids becomes a sequence of vectors."""

    also_called = "embed"
    principal = "width"
    example = "300"
    takes = "vector"
    width = setting(COUNT, "length of each vector", symbol="width", short="width {}")
    vocabulary = setting(COUNT, "number of ids", symbol="vocabulary", short=lambda n: plural(n, "id"))

    def ids(self) -> int | None:
        return self.vocabulary

    def output_shape(self, x: Shape) -> Shape:
        return Shape((x.channels,), self.width)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"table": Weight((self.vocabulary, self.width))}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return Normal(1.0)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return weights["table"][x.astype(int)]

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return (ITSELF,)

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        return (0,)  # the ids become positions
