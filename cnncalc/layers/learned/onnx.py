"""Learned numbers in ONNX: the same for each sample."""

from __future__ import annotations

from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx


class LearnedOnnx(Onnx):
    def write(self) -> str:
        rank = len(self.output.spatial)
        sizes = (self.output.channels, *self.output.spatial)
        value = self.learned("value", Array("", (rank, *range(rank)), shape=(1, *sizes)))
        return self.for_each_sample(value, sizes)


class PrependOnnx(Onnx):
    """Before the positions, each of which is a row, as transformers have it."""

    def write(self) -> str:
        sizes = (self.layer.count, self.x.channels)
        own = self.for_each_sample(self.learned("value", Array("", shape=(1, *sizes))), sizes)
        return self.channels_first(self.op("Concat", own, self.channels_last(self.values), axis=1))
