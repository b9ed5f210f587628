"""Learned numbers in ONNX: the same for each sample."""

from __future__ import annotations

from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx
from cnncalc.settings.shape import Shape


class _Repeated(Onnx):
    def repeated(self, shape: Shape) -> str:
        """The learned tensor, once for each sample."""
        rank = len(shape.spatial)
        sizes = (shape.channels, *shape.spatial)
        value = self.learned("value", Array("", (rank, *range(rank)), shape=(1, *sizes)))
        return self.for_each_sample(value, sizes)


class LearnedOnnx(_Repeated):
    def write(self) -> str:
        return self.repeated(self.output)


class PrependOnnx(_Repeated):
    """Before the positions."""

    def write(self) -> str:
        own = self.repeated(Shape((self.layer.count,), self.x.channels))
        return self.op("Concat", own, self.values, axis=2)
