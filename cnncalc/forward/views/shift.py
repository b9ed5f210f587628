"""Equivariance: whether the maps of a network move with its input.

The input is moved by whole positions, and copies of the outermost values fill the gap. Where the stride of a layer (in
positions of the input) divides the shift, each unit should equal the one correspondingly many places before it in the
other run, except where one of the two windows reaches what moved in or out, or the padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.analysis.receptive_field import Field, interval, receptive_fields
from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.input_data import vocabularies
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Graph, Node

MOVED, BORDER, STAYED, UNKNOWN, INVARIANT, CHANGED = (
    "moved", "moved but for the border", "did not move", "not comparable", "invariant", "changed"
)  # fmt: skip
"""Verdicts; the last two are for layers without positions."""


class Moved(NamedTuple):
    """What a shift of the input does to one layer.

    Attributes:
        by: how far the map should move, per axis; None where it cannot be compared.
        reason: why it cannot be compared, or did not move.
        compared: how many units of the moved map have a counterpart in the other.
        border: how many of them differ where one of the two windows reaches the border.
        inner: how many differ elsewhere.
        largest: the largest difference that is not at the border.
        before, after: the two outputs, (*positions, channels).
        differs: the units that differ, including those without a counterpart.
        lines: along each axis, the indices (rows, columns) at the border in which units with a counterpart differ.
    """

    node: Node
    verdict: str
    by: tuple[int, ...] | None
    reason: str
    compared: int
    border: int
    inner: int
    largest: float
    before: Array
    after: Array
    differs: Array
    lines: tuple[tuple[int, ...], ...] = ()


def extents(graph: Graph) -> dict[Node, tuple[int, ...]]:
    """The sizes along which each input can be moved; ids form a row."""
    ids = vocabularies(graph)
    return {node: node.output.spatial or ((node.output.channels,) if node in ids else ()) for node in graph.inputs}


def shifted(array: Array, by: Sequence[int]) -> Array:
    """The array with its first axes after the batch moved by whole positions; the outermost values fill the gap."""
    for axis, step in enumerate(by, 1):
        places = np.clip(np.arange(array.shape[axis]) - step, 0, array.shape[axis] - 1)
        array = np.take(array, places, axis)
    return array


def compared(network: Network, by: tuple[int, ...]) -> Iterator[Moved]:
    """Compares the inputs and every layer, in order, between the original and the moved input."""
    fields = receptive_fields(network.graph)
    sources = [node for node, sizes in extents(network.graph).items() if len(sizes) == len(by)]
    inputs = {node.name: shifted(network.inputs[node.name], by) for node in sources}
    for node in sources:
        yield _trivial(node, by, network.inputs[node.name][0], inputs[node.name][0])
    runs = zip(network.steps(), network.steps({**network.inputs, **inputs}), strict=True)
    for one, other in runs:
        seen = {node: fields[one.node][node.name] for node in sources if node.name in fields[one.node]}
        yield _layer(one.node, seen, by, one.output[0], other.output[0])


def _trivial(node: Node, by: tuple[int, ...], before: Array, after: Array) -> Moved:
    same = np.zeros(after.shape, bool)
    return Moved(node, MOVED, by, "", 0, 0, 0, 0.0, before, after, same)


def _layer(node: Node, seen: Mapping[Node, Field], by: tuple[int, ...], before: Array, after: Array) -> Moved:
    steps, reason = _steps(seen.values(), by, after.ndim - 1)
    if reason:
        nowhere = np.zeros(after.shape, bool)
        return Moved(node, UNKNOWN, None, reason, 0, 0, 0, 0.0, before, after, nowhere)
    tolerance = _tolerance(before, after)
    if steps is None:
        differs = ~_equal(before, after, tolerance)
        largest = float(np.abs(after - before).max(initial=0))
        verdict = CHANGED if differs.any() else INVARIANT
        return Moved(node, verdict, None, "", after.size, 0, int(differs.sum()), largest, before, after, differs)
    return _local(node, seen, by, steps, before, after, tolerance)


def _steps(fields: object, by: tuple[int, ...], rank: int) -> tuple[tuple[int, ...] | None, str]:
    """How far a map should move (None for one without positions), or why that is unknown."""
    found: list[Field] = list(fields)  # type: ignore[call-overload]
    if not found:
        return None, "it does not see the input that moves"
    if any(field.status == "global" for field in found):
        return None, ""
    if any(not field.is_plain or len(field.axes) != len(by) or len(field.axes) != rank for field in found):
        return None, "its receptive field cannot be determined"
    maps = [[axis for axis in field.axes if axis] for field in found]
    paces = [[(axis.advance, axis.period) for axis in axes] for axes in maps]
    if not all(field.is_aligned for field in found) or any(pace != paces[0] for pace in paces):
        return None, "it merges branches with different strides or centres"
    for (advance, _), step in zip(paces[0], by, strict=True):
        if not advance or step % advance:
            return None, f"its stride {advance} does not divide {step}"
    return tuple(step // advance * period for (advance, period), step in zip(paces[0], by, strict=True)), ""


def _local(
    node: Node,
    seen: Mapping[Node, Field],
    by: tuple[int, ...],
    steps: tuple[int, ...],
    before: Array,
    after: Array,
    tolerance: float,
) -> Moved:
    """Compares a map with the other one, moved."""
    there, here = _overlap(steps, after.shape)
    differs = np.ones(after.shape, bool)
    differs[here] = ~_equal(before[there], after[here], tolerance)
    outside = [
        np.logical_or.reduce([_reach_out(source, field, axis, by[axis], count) for source, field in seen.items()])
        for axis, count in enumerate(after.shape[:-1])
    ]
    border = _any_of(outside)
    at_border = differs[here] & border[here][..., None]
    elsewhere = differs[here] & ~border[here][..., None]
    distance = np.abs(after[here].astype(float) - before[there])
    largest = float(distance[elsewhere].max(initial=0))
    inner, outer = int(elsewhere.sum()), int(at_border.sum())
    differing = np.zeros(border.shape, bool)
    differing[here] = at_border.any(-1)
    lines = _lines(differing, outside)
    gated = any(field.is_gated for field in seen.values())
    reason = "it also sees the whole input through a few numbers" if inner and gated else ""
    verdict = STAYED if inner else BORDER if outer else MOVED
    if not differs[here].size:
        verdict, reason = UNKNOWN, "the shift moves all of it out of view"
    return Moved(node, verdict, steps, reason, differs[here].size, outer, inner, largest, before, after, differs, lines)


def _overlap(steps: Sequence[int], shape: Sequence[int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The units that have a counterpart: in the original map, and in the moved one."""
    there = tuple(slice(max(-step, 0), max(n - max(step, 0), 0)) for step, n in zip(steps, shape, strict=False))
    here = tuple(slice(max(step, 0), max(n + min(step, 0), 0)) for step, n in zip(steps, shape, strict=False))
    return there, here


def _reach_out(source: Node, field: Field, axis: int, step: int, count: int) -> Array:
    """Which indices along an axis have windows that, in either run, reach padding or what moved in or out."""
    n = (source.output.spatial or (source.output.channels,))[axis]
    first, last = max(step, 0), n - 1 + min(step, 0)
    reads = field.axes[axis]
    assert reads is not None
    boxes = (interval(reads, unit) for unit in range(count))
    return np.array([low <= high and (low < first or high > last) for low, high in boxes], bool)


def _any_of(along: Sequence[Array]) -> Array:
    """Positions with any marked index, from the marks along each axis."""
    found = np.zeros(tuple(map(len, along)), bool)
    for axis, marks in enumerate(along):
        found |= marks.reshape([-1 if each == axis else 1 for each in range(len(along))])
    return found


def _lines(differing: Array, outside: Sequence[Array]) -> tuple[tuple[int, ...], ...]:
    """Along each axis, the indices outside with units that differ because of this axis alone."""
    lines = []
    for axis, marks in enumerate(outside):
        others = [each if other != axis else np.zeros_like(each) for other, each in enumerate(outside)]
        own = differing & ~_any_of(others)
        held = own.any(tuple(other for other in range(own.ndim) if other != axis))
        lines.append(tuple(np.flatnonzero(held & marks).tolist()))
    return tuple(lines)


def _tolerance(before: Array, after: Array) -> float:
    """How much rounding may change equal sums that are added up in another order."""
    scale = max(float(np.abs(each).max(initial=0)) for each in (before, after))
    return 100 * float(np.finfo(after.dtype).eps) * scale if after.dtype.kind == "f" else 0.0


def _equal(one: Array, other: Array, tolerance: float) -> Array:
    with np.errstate(invalid="ignore"):
        same: Array = (np.abs(one - other) <= tolerance) | (one == other) | (np.isnan(one) & np.isnan(other))
    return same
