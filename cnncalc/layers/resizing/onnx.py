"""What gives another size in ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.layers.equals import NoEqual
from cnncalc.layers.onnx import Onnx, ends_together


class Resized(Onnx):
    def resized(self, mode: str, **how: Any) -> str:
        """`Resize` to the size of the output."""
        sizes = self.integers(*self.output.spatial)
        axes = [2 + axis for axis in range(self.rank)]
        return self.op("Resize", self.values, "", "", sizes, mode=mode, axes=axes, **how)


EDGE = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
"""The nearest value is the one under the edge of the new position."""
_CENTER = {"coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_ceil"}
"""It is the one under its centre."""


class UpsampleOnnx(Resized):
    def write(self) -> str:
        if self.layer.mode == "nearest":
            return self.resized("nearest", **EDGE)
        return self.resized("linear", coordinate_transformation_mode="half_pixel")


class ResizeOnnx(Resized):
    """`Resize`, by the sizes, or by factors where these are written: a size that was rounded says less."""

    def write(self) -> str:
        layer = self.layer
        if layer.mode == "bicubic" and self.rank != 2:
            raise NoEqual("ONNX Runtime has cubic interpolation only for maps, not for sequences or volumes")
        if layer.mode == "nearest":
            mode, how = "nearest", _CENTER if layer.centers else EDGE
        else:
            mode = "linear" if layer.mode == "bilinear" else "cubic"
            how = {"coordinate_transformation_mode": "align_corners" if layer.align_corners else "half_pixel"}
        if layer.factor is None or layer.align_corners:
            return self.resized(mode, **how)
        scales = self.numbers(np.array([1, 1, *map(float, layer.factor)], np.float32))
        return self.op("Resize", self.values, "", scales, mode=mode, **how)


class MaxUnpoolOnnx(Onnx):
    """`MaxUnpool`, with the indices that `MaxPool` gives for the pool's own input."""

    def write(self) -> str:
        pool = self.layer.pool.undone
        pads = ends_together(pool.border(self.output.spatial))
        window = {"kernel_shape": [*pool.kernel], "strides": [*pool.stride], "pads": pads}
        pool_name = self.layer.pool.name
        indices = self.operations.further_output("MaxPool", self.tensors[1], pool_name, f"{self.name}/places")
        if indices is None:
            _, indices = self.ops("MaxPool", self.tensors[1], count=2, dilations=[*pool.dilation], **window)
        sizes = self.op("Concat", self.op("Shape", self.values, end=2), self.integers(*self.output.spatial), axis=0)
        return self.op("MaxUnpool", self.values, indices, sizes, **window)
