"""What it takes to show every window of a small layer step by step: exact values, in few bytes.

A `Window` of `trace` is one value taken apart. To show all of them, what they share is kept once: the maps, the
kernels, and which positions each window reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import prod

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.network import Network
from cnncalc.forward.views.trace import Window, is_traceable, used_weights, window_at
from cnncalc.graph import Node
from cnncalc.layers import part
from cnncalc.layers.tracing import MOST_TERMS, Taps, Term, Tracing
from cnncalc.named_tuple import NamedTuple

LARGEST_OUTPUT, LARGEST_INPUT, LARGEST_WINDOW = 16, 40, 16
"""The most positions along an axis of what is shown step by step."""


class SteppedLayer(NamedTuple):
    """A layer of which every window is shown, for some channels of its output.

    Attributes:
        taps: per axis and position of the output, what its window reads.
        terms: for each shown channel of the output, what the input channels contribute, in order.
        weights: the arrays that it uses.
    """

    node: Node
    tracing: Tracing
    taps: Sequence[Sequence[Taps]]
    terms: Sequence[Sequence[Term]]
    weights: Mapping[str, Array]

    @property
    def source(self) -> Node:
        return self.node.source

    @property
    def shown_terms(self) -> Iterator[Sequence[Term]]:
        """For each channel, the terms that are written out."""
        return (terms[:MOST_TERMS] for terms in self.terms)

    @property
    def read_channels(self) -> set[int]:
        """The channels of the input that are shown."""
        return {term.channel for terms in self.shown_terms for term in terms}

    @property
    def has_rest(self) -> bool:
        """Whether more input channels contribute than are shown."""
        return any(len(terms) > MOST_TERMS for terms in self.terms)

    @property
    def windows(self) -> int:
        """How many there are in a channel."""
        return prod(map(len, self.taps))

    def kernels(self) -> Array | None:
        """The shown kernels, flat, one after the other; None for a pool."""
        kernels = [term.kernel.ravel() for terms in self.shown_terms for term in terms if term.kernel is not None]
        return np.concatenate(kernels) if kernels else None

    def factors(self) -> Array:
        """What the sums of the shown terms are multiplied by, one after the other."""
        return np.array([term.factor for terms in self.shown_terms for term in terms])

    def positions(self) -> Iterator[tuple[int, ...]]:
        """Those of the output, in reading order; none but the empty one for a global pool."""
        return itertools.product(*map(range, self.node.output.spatial))

    def taken_apart(self, source: Array) -> Iterator[Window]:
        """All windows, channel after channel; their own value is not known yet."""
        for channel, position in itertools.product(range(len(self.terms)), self.positions()):
            yield window_at(self.node, source, self.weights, position, channel, 0.0)

    def sums(self, source: Array) -> Iterator[list[float]]:
        """For each window, channel after channel, the sums of products of all input channels."""
        for terms in self.terms:
            kernels = np.array([term.kernel for term in terms])
            maps = np.moveaxis(source[..., [term.channel for term in terms]], -1, 0)
            for axes in itertools.product(*self.taps):
                yield _sums(maps, kernels, axes)


def _sums(maps: Array, kernels: Array, axes: Sequence[Taps]) -> list[float]:
    """The sums of one window; both arrays have the channels first."""
    inside = [[(j, tap) for j, tap in taps if 0 <= j < n] for taps, n in zip(axes, maps.shape[1:], strict=True)]
    every = range(len(maps))
    patches = maps[np.ix_(every, *([j for j, _ in taps] for taps in inside))]
    used = kernels[np.ix_(every, *([tap for _, tap in taps] for taps in inside))]
    sums: list[float] = (patches * used).reshape(len(maps), -1).sum(1).tolist()
    return sums


def stepped(network: Network, node: Node, channels: int) -> SteppedLayer | None:
    """A layer to be shown step by step, for so many channels of its output; None if it has no small windows."""
    x, y = node.x.spatial, node.output.spatial
    if not is_traceable(node) or not 1 <= len(x) <= 2 or len(node.inputs) != 1:
        return None
    tracing: Tracing = part(node.kind, "tracing")(node.layer, node.x)
    if not tracing.has_window or max(y, default=1) > LARGEST_OUTPUT or max(x) > LARGEST_INPUT:
        return None
    taps = [[tracing.taps(axis, i) for i in range(n)] for axis, n in enumerate(y or (1,) * len(x))]
    if max(len(each) for along in taps for each in along) > LARGEST_WINDOW:
        return None
    weights = used_weights(network, node)
    count = min(channels, node.output.channels)
    terms = [list(tracing.terms(weights, channel)) for channel in range(count)]
    return SteppedLayer(node, tracing, taps, terms, weights)


def exact(array: Array, channels: Collection[int]) -> Array:
    """Some channels of a tensor, (*positions, channels), one after the other."""
    return np.moveaxis(array[..., sorted(channels)], -1, 0).astype(float).ravel()


def packed_numbers(values: Array) -> tuple[str, bytes]:
    """Numbers in the smallest of a few types that has all of them exactly, and what that type is called."""
    with np.errstate(all="ignore"):
        for name, kind in (("int8", "<i1"), ("float32", "<f4")):
            narrow = values.astype(kind)
            if np.array_equal(narrow.astype(float), values, equal_nan=True):
                return name, narrow.tobytes()
    return "float64", values.astype("<f8").tobytes()
