"""One output value of a layer, taken apart: the patch that its window reads, the kernel, the products, the sum."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import prod

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.executor import owner
from cnncalc.forward.run.network import Network
from cnncalc.graph import Node
from cnncalc.layers import part
from cnncalc.layers.tracing import Taps, Tracing
from cnncalc.named_tuple import NamedTuple


class Part(NamedTuple):
    """What one input channel contributes to a value.

    Attributes:
        patch: the values that the window reads; those in the padding are 0.
        is_inside: which of them are in the input rather than in its padding.
        kernel: the weights that they are multiplied by; None for a pool.
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
        """What it contributes in the end."""
        return self.sum if self.factor is None else self.sum * self.factor


class Window(NamedTuple):
    """One value of a layer's output, and how it is calculated.

    Attributes:
        position: its position, counted from 0 on each axis; empty for a layer without positions.
        channel: of the output, from 0.
        reads: the first and last positions of the input that the window reaches, per axis; may be outside it.
        tracing: how such a value is calculated.
        divisor: what a mean divides by.
        value: the value in the run.
    """

    node: Node
    position: tuple[int, ...]
    channel: int
    reads: tuple[tuple[int, int], ...]
    parts: Sequence[Part]
    tracing: Tracing
    bias: float | None
    divisor: int
    value: float


def is_traceable(node: Node) -> bool:
    """Whether the layer has a window, or multiplies."""
    return node.layer is not None and part(node.kind, "tracing") is not None


def traced(
    network: Network, node: Node, positions: Sequence[tuple[int, ...]], channels: Sequence[int]
) -> Iterator[Window]:
    """Traces channels at some positions of a layer's output, in one run."""
    source, output = run_to(network, node)
    weights = used_weights(network, node)
    for position, channel in itertools.product(positions, channels):
        yield window_at(node, source, weights, position, channel, float(output[*position, channel]))


def used_weights(network: Network, node: Node) -> dict[str, Array]:
    """The arrays of a layer as it multiplies by them, in float64."""
    assert node.layer is not None
    weights = {name: array.astype(float) for name, array in network.weights.get(owner(node).name, {}).items()}
    if node.layer.prepares_kernel:
        weights[node.layer.kernel_array] = node.layer.used_kernel(np, weights)
    return weights


def run_to(network: Network, node: Node) -> tuple[Array, Array]:
    """What a layer reads in a run, and its output, (*positions, channels); layers after it are not run."""
    (source,) = node.inputs
    found = network.inputs.get(source.name) if source.layer is None else None
    for step in network.steps():
        if step.node is source:
            found = step.output
        if step.node is node:
            assert found is not None
            return found[0].astype(float), step.output[0].astype(float)
    raise AssertionError(f"{node.name} did not run")


def window_at(
    node: Node, source: Array, weights: Mapping[str, Array], position: tuple[int, ...], channel: int, value: float
) -> Window:
    """One value of a layer's output, taken apart.

    Args:
        source: what the layer reads, (*positions, channels).
        weights: those that it uses.
        value: of the output at this position.
    """
    tracing: Tracing = part(node.kind, "tracing")(node.layer, node.x)
    bias = float(weights["bias"][channel]) if "bias" in weights else None
    terms = tracing.terms(weights, channel)
    if not tracing.has_window:
        vector = source[position]
        parts = [Part(0, vector, np.ones(vector.shape, bool), term.kernel) for term in terms]
        return Window(node, position, channel, (), parts, tracing, bias, 1, value)
    place = position or (0,) * (source.ndim - 1)  # a global pool has no positions of its own
    axes = [tracing.taps(axis, i) for axis, i in enumerate(place)]
    reads = tuple((min(j for j, _ in taps), max(j for j, _ in taps)) if taps else (1, 0) for taps in axes)
    window = np.ix_(*([tap for _, tap in taps] for taps in axes))
    parts = []
    for term in terms:
        kernel = None if term.kernel is None else term.kernel[window]
        parts.append(_part(source, axes, term.channel)._replace(kernel=kernel, factor=term.factor))
    return Window(node, position, channel, reads, parts, tracing, bias, _divisor(tracing, axes), value)


def _part(source: Array, axes: Sequence[Taps], channel: int) -> Part:
    """The patch of one input channel."""
    shape = tuple(map(len, axes))
    patch, inside = np.zeros(shape), np.zeros(shape, bool)
    for at in itertools.product(*map(range, shape)):
        place = tuple(taps[index][0] for taps, index in zip(axes, at, strict=True))
        if all(0 <= j < n for j, n in zip(place, source.shape, strict=False)):
            patch[at], inside[at] = source[*place, channel], True
    return Part(channel, patch, inside)


def _divisor(tracing: Tracing, axes: Sequence[Taps]) -> int:
    """How many of the positions that a pool reads are counted."""
    if tracing.operation == "sum":
        return 1
    counted = [tracing.counted(axis) for axis in range(len(axes))]
    return prod(sum(first <= j < end for j, _ in taps) for taps, (first, end) in zip(axes, counted, strict=True))
