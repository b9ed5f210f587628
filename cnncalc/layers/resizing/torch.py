"""What gives another size in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import AsIs, Equal, NoEqual, call, row
from cnncalc.layers.torch import Torch

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


class UpsampleTorch(Torch):
    """`Upsample`."""

    def equal(self) -> Equal:
        mode = "nearest" if self.layer.mode == "nearest" else _LINEAR[len(self.x.spatial)]
        return Equal(call("nn.Upsample", scale_factor=(self.layer.factor, None), mode=(mode, "nearest")))


class ResizeTorch(Torch):
    """`interpolate`."""

    def equal(self) -> Equal:
        layer = self.layer
        axes = len(self.x.spatial)
        nearest = "nearest-exact" if layer.centers else "nearest"
        mode = {"nearest": nearest, "bilinear": _LINEAR[axes], "bicubic": "bicubic"}[layer.mode]
        if mode == "bicubic" and axes != 2:
            raise NoEqual("PyTorch interpolates maps alone by cubics, no sequences and volumes")
        factor = layer.factor and tuple(float(each) for each in layer.factor)
        size = [] if factor else [AsIs(row(self.output.spatial))]
        options = {"mode": (mode, "nearest"), "align_corners": (layer.align_corners, False)}
        factors = AsIs(row(factor)) if factor else None
        return Equal(forward=call("F.interpolate", AsIs("{0}"), *size, scale_factor=(factors, None), **options))
