"""Receptive fields, measured: which positions of an input reach a unit, found by running the network.

A position of the input is set to NaN, and whatever is computed from a NaN is NaN: the units that read it show it. No
claim about what a layer reads is involved. Channels and the other axes do not affect the answer along one axis. So a
copy of the network is run that has one channel and, along the other axes, one position (or as few as its layers
allow); all positions along the axis are tried together, as one batch.

What the copy does differently, and why (the definitions are those of docs/numbers.md):

- A border (padding, or what surrounds the input of a transposed convolution) is not part of the input, whatever its
values; reflected or repeated values count as border too. Who reads it is found in the same way, with two more items in
the batch in which borders are NaN.
- A gate (the mean and variance of `instance_norm`, a branch of a merge that is the same for all units) is kept
constant.
- Attention gives a query NaN if a key or value that it sees is NaN: a real product has 0 · NaN for those that it does
not see.
- A row of a product of two matrices that both see the input counts as seeing what all of its values see.
- Flattened values have lost their positions: each counts as seeing what all of them see.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np

from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.strided_views import Array, Pairs
from cnncalc.forward.proof._one_channel import Fields, largest, one_channel, seen_along
from cnncalc.forward.run.executor import steps
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import CHANNEL_AXIS
from cnncalc.named_tuple import NamedTuple

ALONG, BESIDE, WHOLE = range(3)
"""The first items of every batch: NaN in borders along the axis, in borders along the others, in the whole input."""
MARKS = 3
MAX_VALUES = 2 * 2**20
"""The most values in the largest tensor of a batch; more are processed in several batches."""
KEPT = 2
"""How many measurements are kept: those of one axis, on the input itself and on a larger one."""


Interval = tuple[int, int]


class Reached(NamedTuple):
    """Where the NaNs of one input, along one axis, came out at a layer.

    Attributes:
        some: for each pattern of NaNs, whether any unit is reached.
        every: whether every unit is reached, of those that see the input at all.
        first, last: for each place along the axis, the first and the last pattern that reaches any unit there;
            negative if none does.
        border: (2, units along the axis): whether any unit there reads a border along the axis, and along another axis.
        reads: whether any unit is reached when all of the input is NaN.
    """

    some: Array
    every: Array
    first: Array
    last: Array
    border: Array
    reads: bool

    @property
    def ends(self) -> list[Interval | None]:
        """For each place, the first and the last pattern; None where none reaches it."""
        ends: Iterator[Interval] = zip(self.first.tolist(), self.last.tolist(), strict=True)
        return [(low, high) if low >= 0 else None for low, high in ends]

    def at(self, place: int) -> Interval | None:
        """The first and the last pattern that reaches a place."""
        first, last = int(self.first[place]), int(self.last[place])
        return (first, last) if first >= 0 else None


def each_position(n: int) -> Array:
    """One pattern per position of an axis: only that position is NaN."""
    at = np.arange(n)
    return np.stack([at, at + 1], 1)


class Measurements:
    """Measurements of one model, which are kept for as long as another axis may have the same.

    If the sizes and settings along two axes are equal, their copies differ in nothing but the order of the axes. Such
    a copy is run once, for both: what it shows is compared with the claim for one axis, and then with the claim for
    the other. (That the engines treat all axes alike is part of what the values prove.)

    Args:
        fields: what is claimed; only used to know which branches of a merge are gates.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._known: dict[Hashable, dict[str, Reached]] = {}

    def of(self, graph: Graph, source: str, axis: int, patterns: Array) -> dict[str, Reached]:
        """Measures which NaNs reach every layer of a graph.

        Args:
            source: the input that is perturbed.
            axis: the axis of the perturbation; the ids of an embedding are positions of axis 0.
            patterns: (patterns, 2): the first position that is NaN, and the one after the last.
        """
        copy = one_channel(graph, self._fields, source, axis)
        places = {node.name: self._carrier(node.name, source, axis) for node in graph.nodes}
        key = (source, seen_along(copy, axis), patterns.tobytes(), _others(places, axis))
        if key not in self._known:
            while len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = _measured(copy, source, axis, patterns, places)
        return self._known[key]

    def _carrier(self, layer: str, source: str, axis: int) -> int:
        """Along which axis of a layer places along an axis of the input are claimed to be."""
        field = self._fields[layer].get(source)
        return field.carrier(axis) if field else axis


def _others(places: Mapping[str, int], axis: int) -> tuple[tuple[str, int], ...]:
    """The layers in which an axis is claimed to be another one."""
    return tuple((name, place) for name, place in places.items() if place != axis)


def _measured(copy: Graph, source: str, axis: int, patterns: Array, places: Mapping[str, int]) -> dict[str, Reached]:
    """Runs a copy, with as many patterns at a time as there is room for; `places` has each layer's axis."""
    channels = any(getattr(node.layer, "keeps_all", False) for node in copy.nodes)
    turn = max(MAX_VALUES // largest(copy) - MARKS, 8)
    found: dict[str, list[Reached]] = {node.name: [] for node in copy.nodes}
    for start in range(0, len(patterns), turn):
        some = patterns[start : start + turn]
        inputs = {node.name: _ones(node, MARKS + len(some), channels) for node in copy.inputs}
        x = _along(inputs[source], axis)
        at = np.arange(x.shape[1])
        marked = (at >= some[:, :1]) & (at < some[:, 1:])
        x[WHOLE] = np.nan
        np.copyto(x[MARKS:], np.nan, where=marked.reshape(marked.shape + (1,) * (x.ndim - 2)))
        for step in steps(copy, inputs, {}, _Bordered(axis)):
            found[step.node.name].append(_reached(np.isnan(step.output), places[step.node.name], start))
    return {name: _joined(batches) for name, batches in found.items()}


def _ones(node: Node, batch: int, channels: bool) -> Array:
    """An input of the copy: one channel, or all `channels`; always all if there are no positions."""
    spatial = node.output.spatial
    sizes = (*spatial, node.output.channels if channels else 1) if spatial else (node.output.channels,)
    return np.ones((batch, *sizes), np.float32)


def _along(x: Array, axis: int) -> Array:
    """A view with the axis directly after the batch."""
    return np.moveaxis(x, 1 + axis if axis != CHANNEL_AXIS else -1, 1)


def _reached(nan: Array, axis: int, start: int) -> Reached:
    """Where the NaNs came out, along an axis of the output; `start` is the number of the first pattern."""
    units: Array = nan.reshape(len(nan), -1)
    along: Array = units
    if nan.ndim > 2 + axis:
        turned = _along(nan, axis)
        along = np.any(turned.reshape(*turned.shape[:2], -1), -1)
    some, every = np.asarray(np.any(units[MARKS:], 1)), np.asarray(np.all(units[MARKS:] | ~units[WHOLE], 1))
    patterns = along[MARKS:]
    is_seen = np.any(patterns, 0)
    first = np.where(is_seen, start + patterns.argmax(0), -1)
    last = np.where(is_seen, start + len(patterns) - 1 - patterns[::-1].argmax(0), -1)
    return Reached(some, some & every, first, last, along[:WHOLE].copy(), bool(units[WHOLE].any()))


def _joined(batches: Sequence[Reached]) -> Reached:
    """The batches joined, one after the other."""
    some, every, firsts, lasts, border, reads = zip(*batches, strict=True)
    first, last = firsts[0], np.maximum.reduce(lasts)
    for each in firsts[1:]:
        first = np.where(first < 0, each, first)
    return Reached(np.concatenate(some), np.concatenate(every), first, last, border[0], reads[0])


# -- borders


class _Bordered(Arrays):
    """Arrays whose borders are NaN in some items of the batch."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self._axis = axis

    @staticmethod
    def product(a: Array, b: Array, out: Array | None = None) -> Array:
        """The matrix product without BLAS: for matrices as narrow as these, its threads mostly wait for each other."""
        y: Array = np.einsum("...ij,...jk->...ik", a, b, out=out)
        return y

    def attend(
        self,
        query: Array,
        key: Array,
        value: Array,
        bias: Array | None = None,  # noqa: ARG002 (no NaN comes from a bias)
        visible: Array | None = None,
    ) -> Array:
        nan = np.asarray(np.isnan(key).any(-1, keepdims=True) | np.isnan(value).any(-1, keepdims=True))
        reached = nan.any(-2) if visible is None else (visible @ nan)[..., 0]
        y = np.ones((*query.shape[:-1], value.shape[-1]), np.float32)
        y[np.isnan(query).any(-1) | reached] = np.nan
        return y

    def bordered(self, x: Array, amounts: Pairs, fill: float | str = 0) -> Array:
        y = super().bordered(x, amounts, 0 if isinstance(fill, str) else fill)
        if y is x:
            return x
        for axis, (before, _) in enumerate(amounts):
            marked = np.moveaxis(y[ALONG if axis == self._axis else BESIDE], axis, 0)
            marked[:before] = np.nan
            marked[before + x.shape[1 + axis] :] = np.nan
        return y

    def surrounded(self, x: Array, amounts: Pairs) -> tuple[Array, Sequence[int]]:
        return self.bordered(x, amounts), [before for before, _ in amounts]

    def flat(self, x: Array) -> Array:
        nan = np.isnan(x).reshape(len(x), -1)
        row: Array = np.where(nan.any(1, keepdims=True), np.float32(np.nan), np.ones(nan.shape, np.float32))
        return row
