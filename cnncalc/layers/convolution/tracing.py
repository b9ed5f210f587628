"""How a value of a convolution is calculated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.layers.tracing import Taps, Term, Tracing


class ConvTracing(Tracing):
    """A sum of products for each channel of its group."""

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        kernel = weights["kernel"]
        depth = kernel.shape[-2]
        first = channel // (self.layer.filters // self.layer.groups) * depth  # the first channel of its group
        for index in range(depth):
            yield Term(first + index, kernel[..., index, channel])


class DepthwiseConvTracing(Tracing):
    """A sum of products of one channel."""

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        yield Term(channel // self.layer.multiplier, weights["kernel"][..., channel])


class SeparableConvTracing(Tracing):
    """Sums of products of each channel, and then their sum, each times its weight of the 1×1 convolution."""

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        kernel, pointwise = weights["depthwise_kernel"], weights["pointwise_kernel"]
        for made in range(kernel.shape[-1]):
            yield Term(made // self.layer.multiplier, kernel[..., made], float(pointwise[made, channel]))


class ConvTransposeTracing(ConvTracing):
    """A sum of products of the inputs whose windows reach the value."""

    def taps(self, axis: int, i: int) -> Taps:
        layer = self.layer
        k, s, d, before = layer.kernel[axis], layer.stride[axis], layer.dilation[axis], layer.padding[axis][0]
        met = ((i + before - tap * d, tap) for tap in range(k))
        return sorted((place // s, tap) for place, tap in met if place % s == 0)
