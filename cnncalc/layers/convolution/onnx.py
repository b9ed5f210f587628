"""Convolutions in ONNX."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc import formulas
from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx, ends_together


class _OnnxConvolution(Onnx):
    """`Conv`, whose kernels are (filters, channels / groups, *window)."""

    def convolved(self, x: str, kernel: str, groups: int, has_bias: bool) -> str:
        """A tensor with the layer's window moved over it."""
        layer = self.layer
        return self.op(
            "Conv",
            *(x, kernel, *([self.learned("bias")] if has_bias else [])),
            kernel_shape=[*layer.kernel],
            strides=[*layer.stride],
            pads=ends_together(layer.padding),
            dilations=[*layer.dilation],
            group=groups,
        )

    def per_channel_kernel(self, name: str) -> str:
        """The kernel of a depthwise convolution: channels first, and each has one input."""
        rank, channels = self.rank, self.x.channels * self.layer.multiplier
        return self.learned(name, Array("", (rank, *range(rank)), shape=(channels, 1, *self.layer.kernel)))


class ConvOnnx(_OnnxConvolution):
    def write(self) -> str:
        layer, rank = self.layer, self.rank
        kernel = self.learned("kernel", Array("", (rank + 1, rank, *range(rank))))
        sizes = (layer.filters, self.x.channels // layer.groups, *layer.kernel)
        return self.convolved(self.values, self.prepared(kernel, sizes), layer.groups, layer.bias)


class DepthwiseConvOnnx(_OnnxConvolution):
    """`Conv` with as many groups as channels."""

    def write(self) -> str:
        channels, layer = self.x.channels, self.layer
        sizes = (channels * layer.multiplier, 1, *layer.kernel)
        kernel = self.prepared(self.per_channel_kernel("kernel"), sizes)
        return self.convolved(self.values, kernel, channels, layer.bias)


class SeparableConvOnnx(_OnnxConvolution):
    """Two convolutions, the second across the channels."""

    def write(self) -> str:
        layer, channels = self.layer, self.x.channels
        between = channels * layer.multiplier
        first = self.convolved(self.values, self.per_channel_kernel("depthwise_kernel"), channels, has_bias=False)
        across = Array("", (1, 0), shape=(layer.filters, between, *(1,) * self.rank))
        bias = [self.learned("bias")] if layer.bias else []
        return self.op("Conv", first, self.learned("pointwise_kernel", across), *bias)


class ConvTransposeOnnx(Onnx):
    """`ConvTranspose`, which cuts off its output what `pads` says."""

    def write(self) -> str:
        layer = self.layer
        cuts, added = [], []
        axes = zip(
            *(self.x.spatial, self.output.spatial, layer.kernel, layer.stride, layer.dilation, layer.padding),
            strict=True,
        )
        for n, m, k, s, d, (before, _) in axes:
            after = formulas.transposed(n, k, s, before, 0, d, 0) - m
            cuts.append((before, max(after, 0)))
            added.append(max(-after, 0))
        return self.op(
            "ConvTranspose",
            *(self.values, self._kernel(), *([self.learned("bias")] if layer.bias else [])),
            kernel_shape=[*layer.kernel],
            strides=[*layer.stride],
            pads=ends_together(cuts),
            output_padding=added if any(added) else None,
            dilations=[*layer.dilation],
            group=layer.groups,
        )

    def _kernel(self) -> str:
        """Our (*window, channels / groups, filters) as (channels, filters / groups, *window): the filters of a group
        belong to its channels."""
        layer, rank = self.layer, self.rank
        channels, filters = self.x.channels // layer.groups, layer.filters // layer.groups
        order, split = (rank + 1, rank, rank + 2, *range(rank)), (*layer.kernel, channels, layer.groups, filters)
        return self.learned("kernel", Array("", order, split, (self.x.channels, filters, *layer.kernel)))


class DeformableConvOnnx(Onnx):
    """`DeformConv`, and a convolution that calculates its offsets."""

    def write(self) -> str:
        layer = self.layer
        taps = layer.offset_groups * prod(layer.kernel)
        kernel, offsets = (self.learned(name, Array("", (3, 2, 0, 1))) for name in ("kernel", "offset_kernel"))
        window: dict[str, Any] = {
            "kernel_shape": [*layer.kernel],
            "strides": [*layer.stride],
            "pads": ends_together(layer.padding),
            "dilations": [*layer.dilation],
        }
        moved = self.op("Conv", self.values, offsets, self.learned("offset_bias"), **window)
        bias, mask = self.learned("bias") if layer.bias else "", ""
        if layer.modulated:
            mask = self.op("Sigmoid", self.sliced(moved, 1, 2 * taps, 3 * taps))
            moved = self.sliced(moved, 1, 0, 2 * taps)
        groups = {"group": layer.groups, "offset_group": layer.offset_groups}
        return self.op("DeformConv", self.values, kernel, moved, bias, mask, **window, **groups)
