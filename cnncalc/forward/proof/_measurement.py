"""Receptive fields, measured: which positions of an input reach a unit, found by running the network.

A position of the input is set to NaN, and whatever is computed from a NaN is NaN: the units that read it show it. No
claim about what a layer reads is involved. Channels and the other axes do not affect the answer along one axis. So a
copy of the network is run that has one channel and, along the other axes, as few positions as its layers allow; all
positions along the axis are tried together, as one batch.

What the copy does differently, and why (the definitions are those of docs/numbers.md):

- A border (padding, or what surrounds the input of a transposed convolution) is not part of the input, whatever its
values; reflected or repeated values count as border too. Who reads it is found in the same way, with two more items in
the batch in which borders are NaN.
- A gate (the mean and variance of `instance_norm`, a branch of a merge that is the same for all units) is kept
constant.
- Flattened values have lost their positions: each counts as seeing what all of them see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cnncalc.analysis.receptive_field import Field, gates
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.strided_views import Array, Pairs
from cnncalc.forward.run.executor import steps
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, DoesNotFit, checked, rebuilt
from cnncalc.layers import part
from cnncalc.layers.base import Layer
from cnncalc.layers.definition import Definition, TensorSizes
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

Fields = Mapping[str, Mapping[str, Field]]
"""layer → input → field."""

ALONG, BESIDE, WHOLE = range(3)
"""The first items of every batch: NaN in borders along the axis, in borders along the others, in the whole input."""
MARKS = 3
MAX_VALUES = 2 * 2**20
"""The most values in the largest tensor of a batch; more are processed in several batches."""


class Reached(NamedTuple):
    """Where the NaNs of one input, along one axis, came out at a layer.

    Attributes:
        some: for each pattern of NaNs, whether any unit is reached.
        every: whether every unit is reached, of those that see the input at all.
        along: (patterns, units along the axis): whether any unit there is reached.
        border: (2, units along the axis): whether any unit there reads a border along the axis, and along another axis.
        reads: whether any unit is reached when all of the input is NaN.
    """

    some: Array
    every: Array
    along: Array
    border: Array
    reads: bool


def each_position(n: int) -> Array:
    """One pattern per position of an axis: only that position is NaN."""
    return np.eye(n, dtype=bool)


def measure(graph: Graph, fields: Fields, source: str, axis: int, patterns: Array) -> dict[str, Reached]:
    """Measures which NaNs reach every layer of a graph.

    Args:
        fields: what is claimed; only used to know which branches of a merge are gates.
        source: the input that is perturbed.
        axis: the axis of the perturbation; the ids of an embedding are positions of axis 0.
        patterns: (patterns, positions): which positions are NaN.
    """
    copy = _one_channel(graph, fields, source, axis)
    turn = max(MAX_VALUES // _largest(copy) - MARKS, 8)
    found: dict[str, list[Reached]] = {node.name: [] for node in graph.nodes}
    for start in range(0, len(patterns), turn):
        inputs = {node.name: _ones(node, MARKS + min(turn, len(patterns) - start)) for node in graph.inputs}
        _along(inputs[source], axis)[WHOLE] = np.nan
        _along(inputs[source], axis)[MARKS:][patterns[start : start + turn]] = np.nan
        for step in steps(copy, inputs, {}, _Bordered(axis)):
            found[step.node.name].append(_reached(np.isnan(step.output[..., 0]), axis))
    return {name: _joined(parts) for name, parts in found.items()}


def _ones(node: Node, batch: int) -> Array:
    """An input of the copy: one channel, or all channels if there are no positions."""
    sizes = (*node.output.spatial, 1) if node.output.spatial else (node.output.channels,)
    return np.ones((batch, *sizes), np.float32)


def _along(x: Array, axis: int) -> Array:
    """A view with the axis directly after the batch."""
    return np.moveaxis(x, 1 + axis, 1)


def _reached(nan: Array, axis: int) -> Reached:
    units: Array = nan.reshape(len(nan), -1)
    along: Array = units
    if nan.ndim > 1 + axis:
        along = np.any(_along(nan, axis).reshape(len(nan), nan.shape[1 + axis], -1), -1)
    some, every = np.asarray(np.any(units[MARKS:], 1)), np.asarray(np.all(units[MARKS:] | ~units[WHOLE], 1))
    return Reached(some, some & every, along[MARKS:], along[:WHOLE], bool(units[WHOLE].any()))


def _joined(parts: Sequence[Reached]) -> Reached:
    """The batches joined, one after the other."""
    some, every, along, border, reads = zip(*parts, strict=True)
    return Reached(np.concatenate(some), np.concatenate(every), np.concatenate(along), border[0], reads[0])


# -- the copy


class _Copy(Merge):
    """A layer of the copy: it reads the same channel as many times as it needs, and returns one."""

    layer: Layer
    definition: type[Definition]
    channels: int
    gates: Sequence[bool]
    output: Shape

    def __init__(self, node: Node, channels: int, gates: Sequence[bool] = ()) -> None:
        definition = part(node.kind, "definition")
        assert node.layer is not None
        layer = node.layer.with_settings(**definition.one_channel(channels))
        self.__dict__.update(layer=layer, definition=definition, channels=channels, gates=gates, output=node.output)

    def fits(self, x: Shape) -> bool:
        """Whether the layer takes this many channels, and has the same positions as the original."""
        x = Shape(x.spatial, self.channels)
        return not any(self.layer.problems(x)) and self.layer.output_shape(x).spatial == self.output.spatial

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        return self.output  # as in the original

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        if self.layer.is_gated:
            y = parts[0]
        elif isinstance(self.layer, Merge):
            y = self.layer.run(xp, [np.ones_like(a) if g else a for a, g in zip(parts, self.gates, strict=True)], {})
        else:
            a = np.repeat(parts[0], self.channels, -1) if parts[0].shape[-1] == 1 else parts[0]
            own = self._defined(a)
            ones = {name: np.ones(array.shape, np.float32) for name, array in own.arrays().items()}
            if own.ids() is not None:
                a = np.isnan(a)  # the second id, whose rows are NaN
                for rows in ones.values():
                    rows[1] = np.nan
            y = self.layer.run(xp, a, ones)
        nan = np.isnan(y).any(-1, keepdims=True)
        return np.where(nan, np.float32(np.nan), np.float32(1))  # so that nothing grows or overflows

    def _defined(self, a: Array) -> Definition:
        """The definition for this input; its arrays do not depend on the convention."""
        x = TensorSizes(a.shape[1:-1], a.shape[-1])
        return self.definition(vars(self.layer), [x], "lecture", "channels_last")


def _one_channel(graph: Graph, fields: Fields, source: str, axis: int) -> Graph:
    """The copy of a graph; its layers have the names of the originals."""
    return rebuilt(graph, Change(replaced={node: _copy(node, fields, source, axis) for node in graph.nodes})).graph


def _copy(node: Node, fields: Fields, source: str, axis: int) -> _Copy:
    """The copy of a layer, with the fewest channels that it takes."""
    assert node.layer is not None
    before = node.inputs[0]
    if isinstance(node.layer, Merge) or node.layer.is_gated:
        return _Copy(node, 1, _gates(node, fields, source, axis))
    channels = before.output.channels
    is_row = before.layer is None and before.output.is_vector
    few = (each for each in range(channels if is_row else 1, channels + 1) if channels % each == 0)
    tried = (_Copy(node, each) for each in (*few, channels))
    return next((copy for copy in tried if copy.fits(before.output)), None) or _Copy(node, channels)


def _gates(node: Node, fields: Fields, source: str, axis: int) -> list[bool]:
    """Which sources of a merge are gates along an axis.

    Whether a source is local is taken from the claims: the same numbers may be a gate or not (a global pool, or a pool
    with a window as large as the input). A false claim shows at the layer that it is about.
    """
    branches = [(each.output, fields[each.name].get(source)) for each in node.inputs]
    return gates(branches, node.output.spatial, axis)


def _largest(copy: Graph) -> int:
    """The number of values in the largest tensor, for one item of the batch."""
    sizes = [prod(node.output.spatial) for node in copy.nodes]
    copies = [(node.layer, node.inputs[0].output) for node in copy.nodes if isinstance(node.layer, _Copy)]
    sizes += [prod(x.spatial) * layer.channels for layer, x in copies]
    return max(sizes, default=1)


# -- other sizes


def shrunk(graph: Graph, source: str, axis: int) -> Graph:
    """The graph with as few positions as its layers allow along all axes of its inputs but one."""
    if _input(graph, source).output.is_vector:
        return graph
    most = max(n for node in graph.inputs for n in node.output.spatial)
    for few in range(1, most):
        found = resized(graph, _at_most(few, axis))
        if found:
            return found
    return graph


def _at_most(few: int, but: int) -> Callable[[int, int | None], int]:
    return lambda n, axis: n if axis is None or axis == but else min(n, few)


def longer(graph: Graph, source: str, axis: int, size: int) -> Graph | None:
    """The graph with `size` positions of an input along an axis; None if a layer does not fit."""
    own = _input(graph, source).output
    if own.is_vector:
        return resized(graph, lambda n, a: size if a is None and n == own.channels else n)
    growth = size - own.spatial[axis]
    return resized(graph, lambda n, a: max(n + growth, 1) if a == axis else n)


def _input(graph: Graph, name: str) -> Node:
    return next(node for node in graph.inputs if node.name == name)


def resized(graph: Graph, size: Callable[[int, int | None], int]) -> Graph | None:
    """The graph for other inputs: `size` maps a size and its axis (None for the length of a vector) to a new size.

    None if a layer does not fit.
    """
    inputs = {node: _resized(node.output, size) for node in graph.inputs}
    try:
        return rebuilt(graph, Change(inputs), checked).graph
    except DoesNotFit:
        return None


def _resized(shape: Shape, size: Callable[[int, int | None], int]) -> Shape:
    if shape.is_vector:
        return Shape((), size(shape.channels, None))
    return Shape(tuple(size(n, axis) for axis, n in enumerate(shape.spatial)), shape.channels)


# -- borders


class _Bordered(Arrays):
    """Arrays whose borders are NaN in some items of the batch."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self._axis = axis

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
