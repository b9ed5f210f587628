"""One output value of a layer, taken apart: the patch that its window reads, the kernel, the products, the sum."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnncalc.forward.convolution import Array
from cnncalc.forward.executor import owner
from cnncalc.forward.network import Network
from cnncalc.graph import Node
from cnncalc.layers.convolution.kinds import Conv, ConvTranspose, DepthwiseConv, SeparableConv
from cnncalc.layers.dense.kinds import Dense
from cnncalc.layers.pooling.kinds import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
)

_CONVOLUTIONS = (Conv, DepthwiseConv, SeparableConv, ConvTranspose)
_MEANS = (AvgPool, GlobalAvgPool, AdaptiveAvgPool)
_POOLS = (*_MEANS, MaxPool, GlobalMaxPool, AdaptiveMaxPool)

Taps = list[tuple[int, int]]
"""The positions of the input that meet the window along one axis, each with the tap of the kernel that it meets."""


class Part(NamedTuple):
    """What one input channel adds to a value.

    Attributes:
        patch: the values that the window reads; those in the padding are 0.
        is_inside: which of them lie in the input, and not in its padding.
        kernel: the weights that they meet; None for a pool.
        factor: what the sum is multiplied by at the end (the 1×1 kernel of a separable convolution).
    """

    channel: int
    patch: Array
    is_inside: Array
    kernel: Array | None = None
    factor: float | None = None

    @property
    def products(self) -> Array:
        assert self.kernel is not None
        return self.patch * self.kernel

    @property
    def sum(self) -> float:
        return float(self.products.sum())

    @property
    def term(self) -> float:
        """What it adds in the end."""
        return self.sum if self.factor is None else self.sum * self.factor


class Window(NamedTuple):
    """One value of a layer's output, and how it comes about.

    Attributes:
        position: its place, from 0 an axis; empty for a layer without positions.
        channel: of the output, from 0.
        reads: first and last position of the input that the window reaches, an axis; may lie outside it.
        operation: `sum`, `max` or `mean`.
        divisor: what a mean divides by.
        value: that of the run.
    """

    node: Node
    position: tuple[int, ...]
    channel: int
    reads: tuple[tuple[int, int], ...]
    parts: Sequence[Part]
    operation: str
    bias: float | None
    divisor: int
    value: float


def is_traceable(node: Node) -> bool:
    """Whether the layer has a window, or multiplies."""
    return isinstance(node.layer, (*_CONVOLUTIONS, *_POOLS, Dense))


def traced(
    network: Network, node: Node, positions: Sequence[tuple[int, ...]], channels: Sequence[int]
) -> Iterator[Window]:
    """Channels of some positions of a layer's output, in one run."""
    source, output = run_to(network, node)
    weights = {name: array.astype(float) for name, array in network.weights.get(owner(node).name, {}).items()}
    for position, channel in itertools.product(positions, channels):
        yield _window(node, source, weights, position, channel, float(output[*position, channel]))


def run_to(network: Network, node: Node) -> tuple[Array, Array]:
    """What a layer reads in a run, and its output, (*positions, channels); layers behind it do not run."""
    (source,) = node.inputs
    found = network.inputs.get(source.name) if source.layer is None else None
    for step in network.steps():
        if step.node is source:
            found = step.output
        if step.node is node:
            assert found is not None
            return found[0].astype(float), step.output[0].astype(float)
    raise AssertionError(f"{node.name} did not run")


def _window(
    node: Node, source: Array, weights: Mapping[str, Array], position: tuple[int, ...], channel: int, value: float
) -> Window:
    layer: Any = node.layer
    if isinstance(layer, Dense):
        vector = source[position]
        part = Part(0, vector, np.ones(vector.shape, bool), weights["kernel"][:, channel])
        bias = float(weights["bias"][channel]) if layer.bias else None
        return Window(node, position, channel, (), [part], "sum", bias, 1, value)
    sizes = source.shape[:-1]
    axes = [_taps(layer, axis, i, n) for axis, (i, n) in enumerate(zip(_place(position, sizes), sizes, strict=True))]
    reads = tuple((min(j for j, _ in taps), max(j for j, _ in taps)) if taps else (1, 0) for taps in axes)
    if isinstance(layer, _POOLS):
        part = _part(source, axes, channel)
        divisor = _divisor(layer, axes, sizes)
        operation = "mean" if isinstance(layer, _MEANS) else "max"
        return Window(node, position, channel, reads, [part], operation, None, divisor, value)
    parts = [
        part._replace(kernel=kernel, factor=factor)
        for part, kernel, factor in _terms(node, source, axes, weights, channel)
    ]
    bias = float(weights["bias"][channel]) if layer.bias else None
    return Window(node, position, channel, reads, parts, "sum", bias, 1, value)


def _place(position: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """A position an axis of the input; a global pool has none of its own."""
    return position or (0,) * len(sizes)


def _taps(layer: Any, axis: int, i: int, n: int) -> Taps:
    """What output position i meets along an axis of n inputs, in the order of the input."""
    if isinstance(layer, (GlobalAvgPool, GlobalMaxPool)):
        return [(j, j) for j in range(n)]
    if isinstance(layer, (AdaptiveAvgPool, AdaptiveMaxPool)):
        m = layer.output[axis]
        return [(j, j) for j in range(i * n // m, -(-(i + 1) * n // m))]
    k = layer.window[axis] if isinstance(layer, (MaxPool, AvgPool)) else layer.kernel[axis]
    s, before = layer.stride[axis], layer.padding[axis][0]
    d = layer.dilation[axis] if hasattr(layer, "dilation") else 1
    if isinstance(layer, ConvTranspose):
        met = ((i + before - t * d, t) for t in range(k))
        return sorted((place // s, t) for place, t in met if place % s == 0)
    return [(i * s - before + t * d, t) for t in range(k)]


def _part(source: Array, axes: Sequence[Taps], channel: int) -> Part:
    """The patch of one input channel."""
    shape = tuple(map(len, axes))
    patch, inside = np.zeros(shape), np.zeros(shape, bool)
    for at in itertools.product(*map(range, shape)):
        place = tuple(taps[index][0] for taps, index in zip(axes, at, strict=True))
        if all(0 <= j < n for j, n in zip(place, source.shape, strict=False)):
            patch[at], inside[at] = source[*place, channel], True
    return Part(channel, patch, inside)


def _divisor(layer: Any, axes: Sequence[Taps], sizes: Sequence[int]) -> int:
    """How many positions a mean counts: those of the input, or those of the padding too."""
    counts_padding = isinstance(layer, AvgPool) and layer.count_padding
    borders = layer.padding if counts_padding else ((0, 0),) * len(sizes)
    return prod(
        sum(-before <= j < n + after for j, _ in taps)
        for taps, n, (before, after) in zip(axes, sizes, borders, strict=True)
    )


def _terms(
    node: Node, source: Array, axes: Sequence[Taps], weights: Mapping[str, Array], channel: int
) -> Iterator[tuple[Part, Array, float | None]]:
    """For each input channel that an output channel reads: its patch, the kernel, and the factor behind."""
    layer: Any = node.layer
    window = np.ix_(*([tap for _, tap in taps] for taps in axes))
    if isinstance(layer, (DepthwiseConv, SeparableConv)):
        is_separable = isinstance(layer, SeparableConv)
        kernel = weights["depthwise_kernel" if is_separable else "kernel"]
        for made in range(kernel.shape[-1]) if is_separable else [channel]:
            factor = float(weights["pointwise_kernel"][made, channel]) if is_separable else None
            yield _part(source, axes, made // layer.multiplier), kernel[..., made][window], factor
        return
    kernel = weights["kernel"]
    depth = kernel.shape[-2]
    first = channel // (layer.filters // layer.groups) * depth  # the first channel of its group
    for index in range(depth):
        yield _part(source, axes, first + index), kernel[..., index, channel][window], None
