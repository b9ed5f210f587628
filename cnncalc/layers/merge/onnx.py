"""Merges in ONNX."""

from __future__ import annotations

from functools import reduce

from cnncalc.layers.onnx import Onnx


class _OnnxMerge(Onnx):
    @property
    def parts(self) -> list[str]:
        """The inputs; one with fewer positions than the others gets as many, of size 1."""
        axes = len(self.output.spatial)
        return [
            tensor if len(x.spatial) == axes else self.reshaped(tensor, x.channels, *(1,) * axes)
            for tensor, x in zip(self.tensors, self.inputs, strict=True)
        ]


class _OnnxPairwise(_OnnxMerge):
    def write(self) -> str:
        return reduce(lambda one, other: self.op(self.operator, one, other), self.parts)


class AddOnnx(_OnnxPairwise):
    operator = "Add"


class SubtractOnnx(_OnnxPairwise):
    operator = "Sub"


class MultiplyOnnx(_OnnxPairwise):
    operator = "Mul"


class DivideOnnx(_OnnxPairwise):
    operator = "Div"


class _OnnxOfAll(_OnnxMerge):
    def write(self) -> str:
        return self.op(self.operator, *self.parts)


class AverageOnnx(_OnnxOfAll):
    operator = "Mean"


class MaximumOnnx(_OnnxOfAll):
    operator = "Max"


class MinimumOnnx(_OnnxOfAll):
    operator = "Min"


class WeightedAddOnnx(_OnnxMerge):
    """Each tensor times a learned number of its own."""

    def write(self) -> str:
        layer, shares = self.layer, self.learned("weight")
        if layer.normalize == "softmax":
            shares = self.op("Softmax", shares, axis=0)
        if layer.normalize == "sum":
            shares = self.op("Relu", shares)
            total = self.op("Add", self.reduced("ReduceSum", shares, [0]), self.number(layer.epsilon))
            shares = self.op("Div", shares, total)
        weighted = [
            self.op("Mul", part, self.op("Gather", shares, self.integers(index), axis=0))
            for index, part in enumerate(self.parts)
        ]
        return reduce(lambda one, other: self.op("Add", one, other), weighted)


class ConcatOnnx(_OnnxMerge):
    def write(self) -> str:
        return self.op("Concat", *self.parts, axis=self.dimension(self.layer.axis))


class MatmulOnnx(Onnx):
    """`MatMul`. The channels come first, so that each matrix is turned, and the second is the left one."""

    def write(self) -> str:
        first, second = (
            self.reshaped(tensor, x.channels, -1) if len(x.spatial) > 1 else tensor
            for tensor, x in zip(self.tensors, self.inputs, strict=True)
        )
        first = self.transposed(first, 0, 2, 1) if self.layer.transpose == "first" else first
        second = self.transposed(second, 0, 2, 1) if self.layer.transpose == "second" else second
        y, output = self.op("MatMul", second, first), self.output
        return self.reshaped(y, output.channels, *output.spatial) if len(output.spatial) > 1 else y
