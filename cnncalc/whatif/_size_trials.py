"""Many sizes of the input at once.

Whether a model fits at a size, and what its strides drop there, depends on the sizes of its maps alone. So no copy of
the model is made for each size. All sizes to be tried go through the layers side by side, as a *column*: the shapes of
one map, one for each of them. The layers are asked with the methods that place them when a file is read, so that there
is no second set of rules. What keeps this fast:

- A layer that differs from an earlier one in its channels only, on the same column, gives the same column as that one:
  it is not asked again. For this, a column does not state how many channels a map has while that does not depend on the
  size: 0 stands for as many as in the model as it was read.
- A layer that changes nothing gives not an equal column but the very same one. So of a chain of 2,000 convolutions that
  keep their sizes, one is asked, and the others are found to be like it.
- Columns that no later layer reads are dropped, and where nothing fits any more, the rest of the layers is not visited.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.analysis.borders import border_of
from cnncalc.graph import NOTHING_READ, Rules, output_shape
from cnncalc.graph.rebuild import DoesNotFit
from cnncalc.layers.base import Layer
from cnncalc.layers.merging import Merge, is_spread
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import pieces
from cnncalc.source.yaml_nodes import YamlScalar
from cnncalc.whatif._changes import fit

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.source.yaml_nodes import YamlNode
    from cnncalc.spec.written import WrittenModel

Sizes = tuple[int, ...]
Row = tuple[Shape, ...]
"""What a layer reads at one size: one shape, or one per branch, then those of other layers that it depends on."""
Flags = tuple[bool, ...]

MAX_KNOWN = 1_000
"""How many changed columns are remembered."""
MAX_ANSWERS = 50_000
"""How many answers of layers that are alike are remembered."""


class SizesTried(NamedTuple):
    """What was found out about the sizes that were tried, each by its place among them.

    Attributes:
        failed: those at which some layer does not fit, or its framework would not run it.
        dropped: at which a stride drops positions, and the first layer that does.
        uneven: at which a stride does not divide what it reads.
        is_alike: whether all axes are treated alike: square maps stay square.
    """

    failed: set[int]
    dropped: dict[int, str]
    uneven: set[int]
    is_alike: bool


class _Column:
    """The shapes of a map, one for each place at which everything before it fits."""

    __slots__ = ("has_channels", "places", "shapes")

    def __init__(self, places: Sequence[int], shapes: Sequence[Shape]) -> None:
        self.places = places
        self.shapes = shapes
        self.has_channels = any(shape.channels for shape in shapes)
        """Whether the number of its channels depends on the size, as after a `flatten`."""

    def at(self, places: Sequence[int]) -> Sequence[Shape]:
        """The shapes at some of its places."""
        if places is self.places:
            return self.shapes
        known = dict(zip(self.places, self.shapes, strict=True))
        return [known[place] for place in places]


class _Answer(NamedTuple):
    """What a layer makes of some shapes.

    Attributes:
        output: None if it does not fit.
        remarks: how often its framework would not run it.
        dropped: whether its stride drops positions, per axis; nothing if it does not.
        uneven: whether its stride does not divide what it reads, per axis; nothing if it does.
        is_alike: whether it treats all axes of a square map alike.
    """

    output: Shape | None
    remarks: int = 0
    dropped: Flags = ()
    uneven: Flags = ()
    is_alike: bool = True


class SizeTrials:
    """Tries sizes on the layers of one model, each layer after those that it reads."""

    def __init__(self, nodes: Sequence[Node], written: WrittenModel) -> None:
        self.nodes = nodes
        self.rules = Rules(written.convention, written.layout)
        self._free = dict(_free_sizes(written))
        self._last = {source: node for node in nodes for source in _read_by(node)}
        self._passing: dict[type[Layer], bool] = {}
        self._likeness: dict[Layer, Hashable] = {}
        self._answers: dict[Hashable, dict[Row, _Answer]] = {}

    def tried(self, shapes: Mapping[Node, Sequence[Shape]], axis: int | None = None) -> SizesTried:
        """What happens at these sizes.

        Args:
            shapes: those of each input, one for each trial.
            axis: the only one along which dropped positions count; by default all do.
        """
        count = len(next(iter(shapes.values())))
        columns = {
            node: _Column(range(count), [_unstated(shape, node) for shape in each]) for node, each in shapes.items()
        }
        columns[NOTHING_READ] = _Column(range(count), [NOTHING_READ.output] * count)
        known: dict[Hashable, _Column] = {}
        found = SizesTried(set(), {}, set(), True)
        for node in self.nodes:
            sources = _read_by(node)
            if not all(source in columns for source in sources):
                continue  # of a model that could not be placed as a whole
            read = [columns[source] for source in sources]
            if self._passes_on(node):
                columns[node] = read[0]
            else:
                alike = self._alike(node, read)
                if (alike, *read) not in known:
                    if len(known) >= MAX_KNOWN:
                        known.clear()
                    known[alike, *read], found = self._changed(node, alike, read, found, axis)
                    if len(found.failed) == count:
                        break
                columns[node] = known[alike, *read]
            for source in sources:
                if self._last[source] is node:
                    columns.pop(source, None)
        return found

    # -- which layers are alike

    def _passes_on(self, node: Node) -> bool:
        """Whether a layer accepts every input, and its output is as large."""
        assert node.layer is not None
        kind = type(node.layer)
        if kind not in self._passing:
            asks = any(getattr(kind, name) is not getattr(Layer, name) for name in ("problems", "refused", "remarks"))
            self._passing[kind] = kind.keeps_shape() and not asks
        return self._passing[kind] and not node.shares

    def _alike(self, node: Node, read: Sequence[_Column]) -> Hashable:
        """What layers have in common that make the same of every column."""
        layer = node.layer
        assert layer is not None
        if node in self._free or any(column.has_channels for column in read):
            return node
        if layer not in self._likeness:
            values = vars(layer.keeping(1)).values()
            self._likeness[layer] = (type(layer), *values, *(getattr(value, "rule", "") for value in values))
        source = node.source
        more: Hashable = source.output.channels  # on which the output or a remark may depend, but not of these:
        if layer.sliding_window:
            more = border_of(source)
        elif isinstance(layer, Merge) and layer.multiplies_matrices:
            more = node.input_shapes
        elif layer.is_merge:
            more = tuple(each.output.spatial for each in node.inputs)  # which are meant to be broadcast
        return self._likeness[layer], more, bool(node.shares), node.rules

    # -- what a layer does

    def _changed(
        self, node: Node, alike: Hashable, read: Sequence[_Column], found: SizesTried, axis: int | None
    ) -> tuple[_Column, SizesTried]:
        """What a layer makes of a column, and what was found out with that."""
        places = _common_places(read)
        rows = list(zip(*(column.at(places) for column in read), strict=True))
        known = self._answers.setdefault(alike, {})
        if len(known) > MAX_ANSWERS:
            known.clear()
        answers = [known.get(row) or known.setdefault(row, self._asked(node, row)) for row in rows]
        failed = set(_failed(answers))
        if isinstance(node.layer, Merge) and node.layer.spreads:
            failed.update(_spread_by_chance(node, rows, answers))
        if failed:
            found.failed.update(places[index] for index in failed)
            kept = [index for index in range(len(rows)) if index not in failed]
            places, answers = [places[index] for index in kept], [answers[index] for index in kept]
        for place, each in zip(places, answers, strict=True):
            if each.dropped and any(_along(each.dropped, axis)):
                found.dropped.setdefault(place, node.name)
            if each.uneven and any(_along(each.uneven, axis)):
                found.uneven.add(place)
        outputs = [each.output for each in answers if each.output]
        is_same = places is read[0].places and outputs == read[0].shapes
        column = read[0] if is_same else _Column(places, outputs)
        return column, found._replace(is_alike=found.is_alike and all(each.is_alike for each in answers))

    def _asked(self, node: Node, row: Row) -> _Answer:
        """What a layer makes of one shape, or of one per branch."""
        shapes = [_stated(*each) for each in zip(row, _read_by(node), strict=True)]
        read = len(node.input_shapes)
        inputs, others = shapes[:read], shapes[read:]
        layer, rules = node.layer, node.rules or self.rules
        assert layer is not None
        if node.like:
            layer = layer.of_size(others[0])
        if layer.also_reads:
            layer = layer.reading(inputs[1:])
        if node in self._free:
            name, value = self._free[node]
            at = Reading(layout=rules.order, shape=inputs[0], values=vars(layer))
            layer = layer.with_settings(**{name: layer.settings[name].type.read(value, at)})
        try:
            layer = fit(rules.convention, node.kind, layer, inputs, None)
        except DoesNotFit:
            return _Answer(None)
        if node.shares and layer.weights(inputs[0]) != layer.weights(others[-1]):
            return _Answer(None)
        output = output_shape(layer, inputs)
        remarks = sum(1 for _ in layer.remarks(inputs, *rules))
        dropped, uneven = _strides(node, layer, inputs[0].spatial, output.spatial)
        is_square = len(set(inputs[0].spatial)) == 1
        is_alike = not is_square or all(len(set(each)) <= 1 for each in (output.spatial, dropped, uneven))
        return _Answer(
            _unstated(output, node), remarks, dropped if any(dropped) else (), uneven if any(uneven) else (), is_alike
        )


def _free_sizes(written: WrittenModel) -> Iterator[tuple[Node, tuple[str, YamlNode]]]:
    """The layers with a size that is calculated from their input: the setting, and how it is written."""
    for each in written.layers:
        layer = each.node.layer
        if layer and layer.principal:
            value = each.own.principal_value(layer.principal)
            if value and layer.settings[layer.principal].type.is_relative(_texts(value), vars(layer)):
                yield each.node, (layer.principal, value)


def _texts(sizes: YamlNode) -> list[str]:
    return [each.text for each in pieces(sizes, "") if isinstance(each, YamlScalar)]


def _read_by(node: Node) -> list[Node]:
    """The layers whose sizes matter to one: its inputs, the one whose size it takes, and what its original reads."""
    original = [node.shares.source] if node.shares else []
    return [*(node.inputs or (NOTHING_READ,)), *([node.like] if node.like else []), *original]


def _unstated(shape: Shape, node: Node) -> Shape:
    """A shape whose channels are 0 if the layer has as many in the model as it was read."""
    return Shape(shape.spatial, 0) if shape.channels == node.output.channels else shape


def _stated(shape: Shape, node: Node) -> Shape:
    """The shape itself."""
    return shape if shape.channels else Shape(shape.spatial, node.output.channels)


def _strides(node: Node, layer: Layer, spatial: Sizes, output: Sizes) -> tuple[Flags, Flags]:
    """Whether the stride of a layer drops positions, and whether it does not divide what it reads, per axis."""
    window = layer.sliding_window
    if window is None:
        return (), ()
    border = border_of(node.source)
    axes = zip(spatial, border, window.stride, output, strict=True)
    uneven = tuple(s > 1 and n - before - after != s * count for n, (before, after), s, count in axes)
    return tuple(map(bool, window.dropped(spatial, border))), uneven


def _common_places(read: Sequence[_Column]) -> Sequence[int]:
    """The places at which all of these fit."""
    first, *others = (column.places for column in read)
    if all(places is first for places in others):
        return first
    return sorted(set(first).intersection(*others))


def _failed(answers: Sequence[_Answer]) -> Iterator[int]:
    """The answers of a layer that does not fit, or that its framework would not run here although it does elsewhere."""
    if not any(each.remarks or not each.output for each in answers):
        return
    usual = min((each.remarks for each in answers if each.output), default=0)
    yield from (index for index, each in enumerate(answers) if not each.output or each.remarks > usual)


def _spread_by_chance(node: Node, rows: Sequence[Row], answers: Sequence[_Answer]) -> Iterator[int]:
    """The answers where a merge broadcasts a map along an axis just because it has shrunk to one position there.

    It is meant to where it does so in the model as it was read, and for a branch that has one position at every size.
    """
    merged = node.output.spatial
    for branch, source in enumerate(node.inputs):
        for axis in range(len(merged) if len(source.output.spatial) == len(merged) else 0):
            if is_spread(source.output, merged, axis) or all(row[branch].spatial[axis] == 1 for row in rows):
                continue
            for index, (row, answer) in enumerate(zip(rows, answers, strict=True)):
                if answer.output and is_spread(row[branch], answer.output.spatial, axis):
                    yield index


def _along(flags: Flags, axis: int | None) -> Flags:
    """The flags of one axis, or of all; also of all if the layer reads a map with fewer axes."""
    return flags if axis is None or axis >= len(flags) else (flags[axis],)
