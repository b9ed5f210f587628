"""Normalisations in ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx


class _OnnxNorm(Onnx):
    def affine(self, name: str, value: float, shape: tuple[int, ...]) -> str:
        """What is learned, or as many equal numbers where nothing is."""
        if name in self.layer.weights(self.x):
            return self.learned(name)
        return self.filled(value, *shape)

    def scaled(self, y: str) -> str:
        """A tensor times what is learned per channel, and plus what is."""
        own = self.layer.weights(self.x)
        y = self.op("Mul", y, self.per_channel("scale")) if "scale" in own else y
        return self.op("Add", y, self.per_channel("center")) if "center" in own else y


class BatchNormOnnx(_OnnxNorm):
    """`BatchNormalization`."""

    def write(self) -> str:
        each = (self.x.channels,)
        learned = self.affine("scale", 1, each), self.affine("center", 0, each)
        measured = self.learned("mean"), self.learned("variance")
        return self.op("BatchNormalization", self.values, *learned, *measured, epsilon=float(self.layer.epsilon))


class _OnnxOverAxes(Onnx):
    """A norm over the last axes: the channels of a map are put there, unless its positions belong to them too."""

    @property
    def axis(self) -> int:
        """The first of the last axes."""
        return 1 if self.layer.is_gated else -1

    @property
    def turned(self) -> str:
        """The input with these axes last."""
        return self.values if self.layer.is_gated else self.channels_last(self.values)

    def back(self, y: str) -> str:
        """The output in the order of the input."""
        return y if self.layer.is_gated else self.channels_first(y)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Those of the last axes."""
        return (self.x.channels, *(self.x.spatial if self.layer.is_gated else ()))

    @property
    def place(self) -> Array:
        """The order of what is learned there."""
        return Array("", (self.rank, *range(self.rank)) if self.layer.is_gated else ())


class LayerNormOnnx(_OnnxOverAxes, _OnnxNorm):
    """`LayerNormalization`."""

    def write(self) -> str:
        layer, own = self.layer, self.layer.weights(self.x)
        scale = self.learned("scale", self.place) if "scale" in own else self.filled(1, *self.sizes)
        center = [self.learned("center", self.place)] if "center" in own else []
        options: dict[str, Any] = {"axis": self.axis, "epsilon": float(layer.epsilon)}
        return self.back(self.op("LayerNormalization", self.turned, scale, *center, **options))


class InstanceNormOnnx(_OnnxNorm):
    """`InstanceNormalization`."""

    def write(self) -> str:
        each = (self.x.channels,)
        learned = self.affine("scale", 1, each), self.affine("center", 0, each)
        return self.op("InstanceNormalization", self.values, *learned, epsilon=float(self.layer.epsilon))


class GroupNormOnnx(_OnnxNorm):
    """`InstanceNormalization` of the groups, then scales of the channels: as PyTorch's exporters write it."""

    def write(self) -> str:
        layer, x = self.layer, self.x
        groups = self.reshaped(self.values, layer.groups, -1)
        ones, zeros = self.filled(1, layer.groups), self.filled(0, layer.groups)
        y = self.op("InstanceNormalization", groups, ones, zeros, epsilon=float(layer.epsilon))
        return self.scaled(self.reshaped(y, x.channels, *x.spatial))


class LocalResponseNormOnnx(Onnx):
    """`LRN`, whose window has its larger half after the channel; for an even one, sums are written out."""

    def write(self) -> str:
        layer = self.layer
        numbers = {"alpha": float(layer.alpha), "beta": float(layer.beta), "bias": float(layer.k)}
        if layer.size % 2 and self.rank == 2:
            return self.op("LRN", self.values, size=layer.size, **numbers)
        return self._written_out()

    def _written_out(self) -> str:
        layer = self.layer
        before, after = layer.size // 2, layer.size - 1 - layer.size // 2
        row = self.op("Reshape", self.op("Mul", self.values, self.values), self.integers(0, 1, self.x.channels, -1))
        around = self.bordered(row, [(0, 0), (before, after), (0, 0)])
        mean = self.op("AveragePool", around, kernel_shape=[layer.size, 1])
        mean = self.reshaped(mean, self.x.channels, *self.x.spatial)
        activity = self.op("Add", self.op("Mul", mean, self.number(layer.alpha)), self.number(layer.k))
        return self.op("Div", self.values, self.op("Pow", activity, self.number(layer.beta)))


class GlobalResponseNormOnnx(Onnx):
    """As ConvNeXt V2 writes it."""

    def write(self) -> str:
        norms = self.reduced("ReduceL2", self.values, range(2, 2 + self.rank))
        mean = self.op("Add", self.reduced("ReduceMean", norms, [1]), self.number(self.layer.epsilon))
        own = self.op("Mul", self.values, self.op("Div", norms, mean))
        scaled = self.op("Mul", own, self.per_channel("scale"))
        return self.op("Add", self.values, self.op("Add", scaled, self.per_channel("center")))


class RmsNormOnnx(_OnnxOverAxes):
    """The root of the mean of squares, and a quotient."""

    def write(self) -> str:
        x, axes = self.turned, self._axes
        squares = self.reduced("ReduceMean", self.op("Mul", x, x), axes)
        y = self.op("Div", x, self.op("Sqrt", self.op("Add", squares, self.number(self.layer.epsilon))))
        return self.back(self.op("Mul", y, self.learned("scale", self.place)) if self.layer.scale else y)

    @property
    def _axes(self) -> Sequence[int]:
        return range(1, 2 + self.rank) if self.layer.is_gated else [-1]


class L2NormOnnx(Onnx):
    """The root of the sum of squares, and a quotient."""

    def write(self) -> str:
        size = self.op("Max", self.reduced("ReduceL2", self.values, [1]), self.number(self.layer.epsilon))
        return self.op("Div", self.values, size)


class _OnnxPer(Onnx):
    def per(self, name: str) -> str:
        """What is learned per channel, value or position, spread over a batch."""
        rank, per = self.rank, self.layer.per
        if per in ("value", "position"):
            return self.learned(name, Array("", (rank, *range(rank))))
        return self.per_channel(name) if per == "channel" else self.learned(name)


class ScaleOnnx(_OnnxPer):
    """`Mul`, and `Add` for an offset."""

    def write(self) -> str:
        y = self.op("Mul", self.values, self.per("scale"))
        return self.op("Add", y, self.per("center")) if self.layer.center else y


class OffsetOnnx(_OnnxPer):
    """`Add`."""

    def write(self) -> str:
        return self.op("Add", self.values, self.per("offset"))


class NormalizationOnnx(Onnx):
    """Minus the mean, divided by the deviation; how many numbers these were measured on is not said."""

    def write(self) -> str:
        own = self.op("Sub", self.values, self.per_channel("mean"))
        deviation = self.op("Max", self.op("Sqrt", self.per_channel("variance")), self.number(1e-7))
        return self.op("Div", own, deviation)


class RescaleOnnx(Onnx):
    """`Mul` and `Add` of constants."""

    def write(self) -> str:
        factor, offset = self.layer.factor, self.layer.offset
        y = self.op("Mul", self.values, self._constant(factor))
        return self.op("Add", y, self._constant(offset)) if offset else y

    def _constant(self, numbers: float | tuple[float, ...]) -> str:
        """A number, or one per channel."""
        if not isinstance(numbers, tuple):
            return self.number(numbers)
        return self.numbers(np.array(numbers, np.float32).reshape(-1, *(1,) * self.rank))
