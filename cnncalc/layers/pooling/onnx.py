"""Pools in ONNX."""

from __future__ import annotations

from math import inf
from typing import Any, ClassVar

import numpy as np

from cnncalc import formulas
from cnncalc.layers.onnx import Onnx, ends_together
from cnncalc.layers.resizing.onnx import EDGE, Resized


class _OnnxPool(Onnx):
    def pooled(self, operator: str, x: str, border: Any, **more: Any) -> str:
        """A tensor with the layer's window moved over it and a border."""
        layer = self.layer
        window = {"kernel_shape": [*layer.window], "strides": [*layer.stride]}
        return self.op(operator, x, **window, pads=ends_together(border), **more)

    @property
    def border(self) -> tuple[tuple[int, int], ...]:
        """All that the windows read beyond the input: the padding, and what a window that is cut short lacks."""
        ceils = self.layer.rounding == "ceil"
        return tuple(self.layer.sliding_window.border(self.x.spatial) if ceils else self.layer.padding)


class MaxPoolOnnx(_OnnxPool):
    """`MaxPool`, whose border is never the largest."""

    def write(self) -> str:
        x, border = self.values, self.border
        if any(k <= max(pair) for k, pair in zip(self.layer.window, border, strict=True)):  # no runtime takes so much
            x, border = self.padded(x, border, value=-inf), tuple((0, 0) for _ in border)
        return self.pooled("MaxPool", x, border, dilations=[*self.layer.dilation])


class AvgPoolOnnx(_OnnxPool):
    """`AveragePool`; where a window is cut short and the padding counts, the mean is divided by the share of the window
    that counts."""

    def write(self) -> str:
        counted = self.layer.count_padding
        if not counted or all(pair[1] <= own[1] for pair, own in zip(self.border, self.layer.padding, strict=True)):
            return self.pooled("AveragePool", self.values, self.border, count_include_pad=int(counted))
        mean = self.pooled("AveragePool", self.values, self.border, count_include_pad=1)
        return self.op("Div", mean, self.numbers(self._share()))

    def _share(self) -> np.ndarray[Any, Any]:
        """(1, 1, *positions): the share of each window that is input or padding."""
        layer, share = self.layer, np.ones((1, 1), np.float32)
        axes = zip(self.x.spatial, self.output.spatial, layer.window, layer.stride, layer.padding, strict=True)
        for n, m, k, s, (before, after) in axes:
            starts = np.arange(m) * s
            along = (np.minimum(starts + k, n + before + after) - starts) / np.float32(k)
            share = share[..., None] * along
        return share.astype(np.float32)


class LpPoolOnnx(_OnnxPool):
    """`LpPool`; its border adds nothing."""

    def write(self) -> str:
        p = self.layer.p
        if p == int(p):
            return self.pooled("LpPool", self.values, self.border, p=int(p))
        power = self.op("Pow", self.op("Abs", self.values), self.number(p))
        mean = self.pooled("AveragePool", power, self.border, count_include_pad=1)
        total = self.op("Mul", mean, self.number(formulas.product(self.layer.window)))
        return self.op("Pow", total, self.number(1 / p))


class _OnnxGlobalPool(Onnx):
    pool: ClassVar[str]
    reduction: ClassVar[str]

    def write(self) -> str:
        if self.layer.keep_dims:
            return self.op(self.pool, self.values)
        return self.reduced(self.reduction, self.values, range(2, 2 + self.rank), keeps=False)


class GlobalAvgPoolOnnx(_OnnxGlobalPool):
    pool, reduction = "GlobalAveragePool", "ReduceMean"


class GlobalMaxPoolOnnx(_OnnxGlobalPool):
    pool, reduction = "GlobalMaxPool", "ReduceMax"


class _OnnxAdaptivePool(Resized):
    """A pool where all windows are alike, and `Resize` where each is one position; otherwise they are all cut out, one
    axis after the other."""

    pool: ClassVar[str]
    reduction: ClassVar[str]

    def write(self) -> str:
        sizes = [*zip(self.x.spatial, self.layer.output, strict=True)]
        if all(n % m == 0 for n, m in sizes):
            window = [n // m for n, m in sizes]
            return self.op(self.pool, self.values, kernel_shape=window, strides=window)
        if all(m % n == 0 for n, m in sizes):
            return self.resized("nearest", **EDGE)
        y = self.values
        for axis, (n, m) in enumerate(sizes, 2):
            windows = [
                self.reduced(self.reduction, self.sliced(y, axis, i * n // m, -(-(i + 1) * n // m)), [axis])
                for i in range(m)
            ]
            y = self.op("Concat", *windows, axis=axis) if m > 1 else windows[0]
        return y


class AdaptiveAvgPoolOnnx(_OnnxAdaptivePool):
    pool, reduction = "AveragePool", "ReduceMean"


class AdaptiveMaxPoolOnnx(_OnnxAdaptivePool):
    pool, reduction = "MaxPool", "ReduceMax"
