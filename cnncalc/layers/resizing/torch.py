"""What gives another size in PyTorch."""

from __future__ import annotations

from math import inf

from cnncalc.layers.equals import AsIs, Equal, NoEqual, call, row
from cnncalc.layers.torch import Torch, with_border

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


class UpsampleTorch(Torch):
    """`Upsample`."""

    def equal(self) -> Equal:
        mode = "nearest" if self.layer.mode == "nearest" else _LINEAR[len(self.x.spatial)]
        return Equal(call("nn.Upsample", scale_factor=(self.layer.factor, None), mode=(mode, "nearest")))


class MaxUnpoolTorch(Torch):
    """`max_unpool2d`, with the indices that `max_pool2d` gives for the pool's own input."""

    def equal(self) -> Equal:
        pool = self.layer.pool.undone
        kernel, stride = pool.kernel, pool.stride
        border = pool.border(self.output.spatial)
        sizes = tuple(n + sum(pair) for n, pair in zip(self.output.spatial, border, strict=True))
        indices = call(
            f"F.max_pool{self.rank}",
            AsIs(with_border("{1}", border, -inf)),
            kernel,
            stride=(stride, kernel),
            dilation=(pool.dilation, 1),
            return_indices=(True, False),
        )
        usual = tuple((n - 1) * s + k for n, s, k in zip(self.x.spatial, stride, kernel, strict=True))
        near = all(abs(n - m) < s for n, m, s in zip(sizes, usual, stride, strict=True))
        window = (
            kernel if near else tuple(n - (m - 1) * s for n, m, s in zip(sizes, self.x.spatial, stride, strict=True))
        )
        spread = call(
            f"F.max_unpool{self.rank}",
            AsIs("{0}"),
            AsIs(f"{indices}[1]"),
            AsIs(row(window)),
            stride=(AsIs(row(stride)), AsIs(row(window))),
            output_size=(AsIs(row(sizes)) if sizes != usual else None, None),
        )
        return Equal(forward=with_border(spread, [(-before, -after) for before, after in border]))


class ResizeTorch(Torch):
    """`interpolate`."""

    def equal(self) -> Equal:
        layer = self.layer
        axes = len(self.x.spatial)
        nearest = "nearest-exact" if layer.centers else "nearest"
        mode = {"nearest": nearest, "bilinear": _LINEAR[axes], "bicubic": "bicubic"}[layer.mode]
        if mode == "bicubic" and axes != 2:
            raise NoEqual("PyTorch has cubic interpolation only for maps, not for sequences or volumes")
        factor = layer.factor and tuple(float(each) for each in layer.factor)
        size = [] if factor else [AsIs(row(self.output.spatial))]
        options = {"mode": (mode, "nearest"), "align_corners": (layer.align_corners, False)}
        factors = AsIs(row(factor)) if factor else None
        return Equal(forward=call("F.interpolate", AsIs("{0}"), *size, scale_factor=(factors, None), **options))
