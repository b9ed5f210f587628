"""The copy of a network with one channel, through which a receptive field is measured."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cnncalc.analysis.receptive_field import Field, gates
from cnncalc.forward.engines.strided_views import Array
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, rebuilt
from cnncalc.layers import part
from cnncalc.layers.base import CHANNEL_AXIS, Layer, ReadsUnknown
from cnncalc.layers.definition import Definition, TensorSizes
from cnncalc.layers.merging import Merge
from cnncalc.settings.axes import CHANNELS, AxisName, AxisNames
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.size_of import Factors, SizeOf
from cnncalc.settings.tensor_of import TensorOf
from cnncalc.settings.types import Sizes

Fields = Mapping[str, Mapping[str, Field]]
"""layer → input → field."""


class _Copy(Merge):
    """A layer of the copy: it reads the same channel as many times as it needs, and returns one."""

    layer: Layer
    definition: type[Definition]
    channels: int
    gates: Sequence[bool]
    columns: Sequence[int]
    output: Shape
    keeps_all: bool
    mixes_row: bool

    def __init__(
        self,
        node: Node,
        channels: int,
        gates: Sequence[bool] = (),
        keeps_all: bool = False,
        mixes_row: bool = False,
    ) -> None:
        definition = part(node.kind, "definition")
        assert node.layer is not None
        few = {} if keeps_all else definition.of_one_channel(vars(node.layer), channels)
        own = {"layer": node.layer.with_settings(**few), "definition": definition, "channels": channels}
        columns = [shape.channels for shape in node.input_shapes]
        self.__dict__.update(own, gates=gates, columns=columns, output=node.output)
        self.__dict__.update(keeps_all=keeps_all, mixes_row=mixes_row)

    def fits(self, x: Shape) -> bool:
        """Whether the layer takes this many channels, and has the same positions as the original."""
        x = Shape(x.spatial, self.channels)
        return not any(self.layer.problems(x)) and self.layer.output_shape(x).spatial == self.output.spatial

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        return self.output  # as in the original

    def run(self, xp: Any, x: Sequence[Any], weights: Mapping[str, Any]) -> Any:
        # a layer that is no merge, and a product of matrices, take arrays with different numbers of axes as they are
        is_arithmetic = isinstance(self.layer, Merge) and not self.layer.multiplies_matrices
        return super().run(xp, x, weights) if is_arithmetic else self.merged(xp, x)

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        if self.layer.is_gated:
            y = parts[0]
        elif isinstance(self.layer, Merge):
            if self.layer.multiplies_matrices:
                parts = [np.repeat(a, c // a.shape[-1], -1) for a, c in zip(parts, self.columns, strict=True)]
            arrays = self.layer.arrays([Shape(a.shape[1:-1], a.shape[-1]) for a in parts])
            ones = {name: np.ones(array.shape, np.float32) for name, array in arrays.items()}
            y = self.layer.run(xp, [np.ones_like(a) if g else a for a, g in zip(parts, self.gates, strict=True)], ones)
        else:
            y = self._of_layer(xp, parts)
        nan = np.isnan(y)
        if self.mixes_row or not self.keeps_all:
            nan = nan.any(-1, keepdims=True)
        if self.mixes_row:
            nan = np.broadcast_to(nan, y.shape)
        return np.where(nan, np.float32(np.nan), np.float32(1))  # so that nothing grows or overflows

    def _of_layer(self, xp: Any, parts: Sequence[Array]) -> Array:
        """The output of a layer that is no merge, all of whose weights are 1."""
        counts = [self.channels, *(tensor.shape.channels for tensor in self.layer.further)]
        arrays = [
            np.repeat(each, count, -1) if each.shape[-1] == 1 < count else each
            for each, count in zip(parts, counts, strict=True)
        ]
        # its arrays do not depend on the convention
        sizes = [TensorSizes(each.shape[1:-1], each.shape[-1]) for each in arrays]
        own = self.definition(vars(self.layer), sizes, "lecture", "channels_last")
        ones = {name: np.ones(array.shape, np.float32) for name, array in own.arrays().items()}
        if own.ids() is not None:
            arrays = [np.isnan(arrays[0])]  # the second id, whose rows are NaN
            for rows in ones.values():
                rows[1] = np.nan
        if not self.layer.also_reads:
            return self.layer.run(xp, arrays[0], ones)  # type: ignore[no-any-return]
        others = [Shape(*each) for each in sizes[1:]]
        return self.layer.reading(others).run(xp, arrays, ones)  # type: ignore[no-any-return]


def one_channel(graph: Graph, fields: Fields, source: str, axis: int) -> Graph:
    """The copy of a graph; its layers have the names of the originals.

    If places have become channels anywhere, it has all channels.
    """
    all_of_them = has_places_in_channels(fields, source)
    copies = {node: _copy(node, fields, source, axis, all_of_them) for node in graph.nodes}
    return rebuilt(graph, Change(replaced=copies)).graph


def has_places_in_channels(fields: Fields, source: str) -> bool:
    """Whether channels anywhere tell the places of an input apart."""
    return any(CHANNEL_AXIS in field[source].carriers for field in fields.values() if source in field)


def _copy(node: Node, fields: Fields, source: str, axis: int, keeps_all: bool = False) -> _Copy:
    """The copy of a layer, with the fewest channels that it takes."""
    assert node.layer is not None
    before = node.source
    if keeps_all:
        gates = _gates(node, fields, source, axis) if isinstance(node.layer, Merge) else ()
        return _Copy(node, before.output.channels, gates, keeps_all, _sees_twice(node, fields, source))
    if isinstance(node.layer, Merge) or node.layer.is_gated:
        return _Copy(node, 1, _gates(node, fields, source, axis))
    channels = before.output.channels
    if not channels:
        return _Copy(node, channels)
    is_row = before.layer is None and before.output.is_vector
    few = (each for each in range(channels if is_row else 1, channels + 1) if channels % each == 0)
    tried = (_Copy(node, each) for each in (*few, channels))
    return next((copy for copy in tried if copy.fits(before.output)), None) or _Copy(node, channels)


def _sees_twice(node: Node, fields: Fields, source: str) -> bool:
    """Whether a layer is a product of two matrices that both see an input; then its rows are units."""
    is_product = isinstance(node.layer, Merge) and node.layer.multiplies_matrices
    return is_product and all(source in fields[each.name] for each in node.inputs)


def _gates(node: Node, fields: Fields, source: str, axis: int) -> list[bool]:
    """Which sources of a merge are gates along an axis.

    Whether a source is local is taken from the claims: the same numbers may be a gate or not (a global pool, or a pool
    with a window as large as the input). A false claim shows at the layer that it is about.
    """
    if isinstance(node.layer, Merge) and node.layer.multiplies_matrices:
        return [False] * len(node.inputs)
    branches = [(each.output, fields[each.name].get(source)) for each in node.inputs]
    return gates(branches, node.output, axis)


def largest(copy: Graph) -> int:
    """The number of values in the largest tensor, for one item of the batch."""
    copies = [(node.layer, node.x) for node in copy.nodes if isinstance(node.layer, _Copy)]
    keeps_all = any(layer.keeps_all for layer, _ in copies)
    sizes = [node.output.values if keeps_all else prod(node.output.spatial) for node in copy.nodes]
    sizes += [prod(x.spatial) * layer.channels for layer, x in copies]
    return max(sizes, default=1)


# -- what a copy looks like along an axis


def seen_along(copy: Graph, axis: int) -> Hashable:
    """Everything that a measurement along an axis depends on, with this axis first.

    Two copies of one graph for which this is equal give the same measurements: they differ only in the order of their
    axes.
    """
    number = {node: index for index, node in enumerate((*copy.inputs, *copy.nodes))}
    layers = ((node.layer.layer, node.x) for node in copy.nodes if isinstance(node.layer, _Copy))
    tells_apart = axis if any(is_about_axes(*each) for each in layers) else None

    def one(node: Node) -> Hashable:
        spatial, sources = node.output.spatial, tuple(number[source] for source in node.inputs)
        return node.kind, sources, len(spatial) > axis, _axis_first(spatial, axis), _settings_along(node.layer, axis)

    return (tells_apart, *map(one, number))


def _settings_along(copy: Layer | None, axis: int) -> Hashable:
    if not isinstance(copy, _Copy):
        return None
    settings = ((name, _turned(copy.layer, name, value, axis)) for name, value in vars(copy.layer).items())
    return copy.channels, tuple(copy.gates), tuple(settings)


def _turned(layer: Layer, name: str, value: Any, axis: int) -> Hashable:
    """The value of a setting, with the axis first if it has one value per axis."""
    declared = layer.settings.get(name)
    if isinstance(value, TensorOf):
        value = value.shape
    if isinstance(value, Shape | SizeOf):
        return value._replace(spatial=_axis_first(value.spatial, axis))
    if isinstance(value, Padding) or (value and declared and isinstance(declared.type, Sizes | Factors)):
        return _axis_first(tuple(value), axis)
    return value  # type: ignore[no-any-return]


def _axis_first(each: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    return each[axis : axis + 1] + each[:axis] + each[axis + 1 :]


# -- layers that do not treat all axes alike


def is_about_axes(layer: Layer, x: Shape) -> bool:
    """Whether a layer names an axis, or gives axes another place."""
    named = [
        vars(layer).get(name) for name, each in layer.settings.items() if isinstance(each.type, AxisName | AxisNames)
    ]
    return any(value not in (CHANNELS, (CHANNELS,)) for value in named) or turns_axes(layer, x)


def turns_axes(layer: Layer, x: Shape) -> bool:
    """Whether axes of its input have another place in its output, or several of them the same."""
    moves = layer.moves_along(x) != Layer.moves_along(layer, x)
    return moves and not x.is_vector and not _loses_all(layer, x)


def _loses_all(layer: Layer, x: Shape) -> bool:
    """Whether every output sees all positions, so that it does not matter where they are."""
    try:
        return layer.reads(x) is None
    except ReadsUnknown:
        return False
