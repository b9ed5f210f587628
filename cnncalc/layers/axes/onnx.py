"""Whole axes in ONNX."""

from __future__ import annotations

from cnncalc.layers.onnx import Onnx
from cnncalc.settings.axes import CHANNELS, axes_of


class PermuteOnnx(Onnx):
    """`Transpose`."""

    def write(self) -> str:
        *spatial, _ = axes_of(self.rank)
        order = [self.dimension(vars(self.layer)[new]) for new in (CHANNELS, *spatial)]
        return self.op("Transpose", self.values, perm=[0, *order])


_OPERATORS = {"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin"}


class ReduceOnnx(Onnx):
    """`ReduceMean` and others; channels stay, as one."""

    def write(self) -> str:
        layer = self.layer
        axes = tuple(map(self.dimension, layer.axes))
        keeps = layer.keep_dims or CHANNELS in layer.axes
        y = self.reduced(_OPERATORS.get(layer.how, "ReduceL2"), self.values, axes, keeps)
        gone = tuple(axis for axis in axes if axis != 1)
        return self.op("Squeeze", y, self.integers(*gone)) if keeps and not layer.keep_dims and gone else y
