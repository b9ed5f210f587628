"""Receptive fields by intervals: which inputs each unit of a layer depends on, along each axis.

A layer says which interval of its input each position of its output reads (`layers.base.Reads`). Looking through one
layer after another means composing these maps. The map from a layer to the model's input gives the exact box of every
unit, and the size, stride and padding that people quote follow from it.
"""

from __future__ import annotations

from math import gcd, lcm
from operator import is_, le
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.layers.base import CHANNEL_AXIS, ITSELF, MAX_PERIOD, NOTHING, Layer, PatternTooLong, Reads, ReadsUnknown
from cnncalc.layers.merging import Merge, SeenMatrix
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import place_of_axis
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    from cnncalc.analysis.results import Analysis
    from cnncalc.graph import Graph, Node

    Branches = Sequence[tuple[Shape, "Field | None"]]
    """The shapes of the branches of a merge, and their fields in one input; None for one that does not see it."""


MAX_REACH = 10**300
"""Fields that reach further are not followed: no tensor is as large, and many a program that reads our numbers has none
beyond 10³⁰⁸."""


class Field(NamedTuple):
    """The receptive field of a layer in one input of the model.

    Attributes:
        status: `local`; `global` if every unit sees the whole input; `unknown` if the pattern is too long, or reaches
            beyond MAX_REACH, or if there is a layer on the way of which nothing is known.
        axes: for a local field, the exact map from units to intervals of the input, per axis of the input; None for an
            axis that every unit sees whole.
        is_gated: whether every unit also sees the whole input through a few numbers.
        is_aligned: whether no merge so far had branches whose strides or centres differ.
        carriers: per axis of the input, the axis of the layer along which its units move: `CHANNEL_AXIS` where places
            have become channels; empty if each is the axis of the same number.
        is_weighed: whether each unit weighs what all see whole in its own way, as in attention; a mean that is spread
            is the same for all.
    """

    status: str
    axes: tuple[Reads | None, ...] = ()
    is_gated: bool = False
    is_aligned: bool = True
    carriers: tuple[int, ...] = ()
    is_weighed: bool = False

    @property
    def size(self) -> tuple[int | None, ...]:
        """How many positions of the input a unit sees, per axis: the largest number for any unit; None for all."""
        return tuple(axis and max(map(_length, axis.low, axis.high)) for axis in self.axes)

    @property
    def stride(self) -> tuple[Fraction | None, ...]:
        """The step in the input from one unit to the next, per axis; the mean if the steps differ."""
        from fractions import Fraction  # with `decimal`, which it imports, this is two hundredths of the start-up time

        return tuple(axis and Fraction(axis.advance, axis.period) for axis in self.axes)

    @property
    def padding(self) -> tuple[int | None, ...]:
        """How far the field of unit 0 extends beyond the input, per axis; None where it sees nothing, or all."""
        boxes = (axis and interval(axis, 0) for axis in self.axes)
        return tuple(-box[0] if box and box[0] <= box[1] else None for box in boxes)

    @property
    def is_plain(self) -> bool:
        """Whether it is local, and every axis of the input moves along the axis of the layer of the same number."""
        return self.status == "local" and not self.carriers and all(self.axes)

    @property
    def is_uniform(self) -> bool:
        """Whether all units see boxes of the same size."""
        return not any(
            axis and (axis.is_causal or len(set(map(_length, axis.low, axis.high))) > 1) for axis in self.axes
        )

    def carrier(self, axis: int) -> int:
        """The axis of the layer along which its units move along an axis of the input."""
        return self.carriers[axis] if self.carriers else axis

    def along(self, axis: int) -> Reads | None:
        """The map along an axis of the input from the *positions* of the layer; None if they see all of it.

        A position whose channels see different places sees all of them.
        """
        return self.axes[axis] if self.carrier(axis) != CHANNEL_AXIS else None

    def box(self, unit: tuple[int, ...]) -> tuple[tuple[int, int] | None, ...]:
        """The first and last positions of the input that a unit sees, per axis; not clipped to the input; None for
        all."""
        axes = range(len(self.axes))
        return tuple((reads := self.along(axis)) and interval(reads, unit[self.carrier(axis)]) for axis in axes)


def _length(low: int, high: int) -> int:
    return max(high - low + 1, 0)


def interval(reads: Reads, index: int) -> tuple[int, int]:
    """The first and last positions of the input that position `index` reads; the first is larger if it reads
    nothing."""
    low, high = _window(reads, index)
    return low if reads.start is None else reads.start, high


def _window(reads: Reads, index: int) -> tuple[int, int]:
    """The same, but for a causal map as if position `index` were the last one."""
    turn, item = divmod(index, reads.period)
    moved = turn * reads.advance
    return reads.low[item] + moved, reads.high[item] + moved


def compose(upper: Reads, lower: Reads) -> Reads:
    """What the positions of `upper`, which reads the output of `lower`, read of the input of `lower`."""
    if upper == ITSELF:
        return lower
    if upper.is_causal:
        return _all_before(upper, lower)
    return _composed(upper, lower, lower.start)


def _all_before(upper: Reads, lower: Reads) -> Reads:
    """What causal positions, which read the output of `lower`, read of its input."""
    count = 1 - upper.low[0]
    if _moves_forward(lower):
        if lower.is_causal:
            return lower  # to which nothing is added
        start = max(lower.low[0], 0)  # as nothing is before the first position of the input
        found = _composed(upper, lower, start)
        return found._replace(low=tuple(low + start - lower.low[0] for low in found.low))
    if count > MAX_PERIOD:
        raise PatternTooLong
    boxes = [interval(lower, index) for index in range(count)]
    hulls = [_around(boxes[: index + 1]) for index in range(count)]
    lows, highs = zip(*hulls, strict=True)
    return Reads(count, max(*highs, count * lower.advance // lower.period) + 1, lows, highs)


def _composed(upper: Reads, lower: Reads, start: int | None) -> Reads:
    """The windows of `upper` as what they read of the input of `lower`; all of them begin at `start` if it is given."""
    if upper.period == lower.period == 1 and upper.low <= upper.high and lower.low <= lower.high:
        # a window over a plain stack, by far the most frequent case
        step = lower.advance
        low, high = upper.low[0] * step + lower.low[0], upper.high[0] * step + lower.high[0]
        return Reads(1, upper.advance * step, (low,), (high,), start)
    turns = lower.period // gcd(lower.period, upper.advance)
    period = upper.period * turns
    hull = _ends if _moves_forward(lower) else _hull
    hulls = [hull(lower, *_window(upper, index)) for index in range(period)]
    advance = upper.advance * turns // lower.period * lower.advance
    lows, highs = zip(*hulls, strict=True)
    return _shortest(Reads(period, advance, lows, highs, start))


def _moves_forward(reads: Reads) -> bool:
    """Whether every position reads something, and none begins or ends before the previous one does."""
    lows = (*reads.low, reads.low[0] + reads.advance)
    highs = (*reads.high, reads.high[0] + reads.advance)
    return all(map(le, reads.low, reads.high)) and all(map(le, lows, lows[1:])) and all(map(le, highs, highs[1:]))


def _ends(reads: Reads, first: int, last: int) -> tuple[int, int]:
    """The interval that the positions from first to last read together, if intervals only move forward."""
    return (_window(reads, first)[0], _window(reads, last)[1]) if first <= last else NOTHING


def _hull(reads: Reads, first: int, last: int) -> tuple[int, int]:
    """The same for any pattern: the smallest interval with everything that the positions from first to last read."""
    # from one period to the next, intervals do move forward: one period at each end of the range is enough
    near = range(first, min(last, first + reads.period - 1) + 1)
    far = range(max(first, last - reads.period + 1), last + 1)
    lows = [low for low, high in (_window(reads, index) for index in near) if low <= high]
    highs = [high for low, high in (_window(reads, index) for index in far) if low <= high]
    return (min(lows), max(highs)) if lows and highs else NOTHING


def _shortest(reads: Reads) -> Reads:
    """The same map with the shortest period that describes it."""
    for period in range(1, reads.period):
        if reads.period % period or reads.advance % (reads.period // period):
            continue
        advance = reads.advance // (reads.period // period)
        if all(
            _window(reads, index + period) == (reads.low[index] + advance, reads.high[index] + advance)
            for index in range(reads.period - period)
        ):
            return reads._replace(period=period, advance=advance, low=reads.low[:period], high=reads.high[:period])
    return reads


GLOBAL = Field("global")
WEIGHED = Field("global", is_weighed=True)
UNKNOWN = Field("unknown")


def input_fields(graph: Graph) -> dict[Node, dict[str, Field]]:
    """The field of every input of the model in itself: each position sees itself; a vector is seen as a whole."""
    fields = {}
    for node in graph.inputs:
        axes = (ITSELF,) * len(node.output.spatial)
        fields[node] = {node.name: Field("local", axes) if axes else GLOBAL}
    return fields


def fields_of(analysis: Analysis) -> dict[Node, dict[str, Field]]:
    """The fields in an analysis, and those of the inputs themselves (which belong to no layer)."""
    return input_fields(analysis.spec.graph) | {layer.node: layer.fields for layer in analysis.layers}


def receptive_fields(
    graph: Graph, known: Mapping[Node, dict[str, Field]] | None = None
) -> dict[Node, dict[str, Field]]:
    """The fields of every input and layer in every input that it sees, by the input's name; some may be known."""
    known = known or {}
    fields = input_fields(graph)
    patterns = Patterns()
    for node in graph.nodes:
        if node in known:
            fields[node] = known[node]
        elif isinstance(node.layer, Merge):
            names = dict.fromkeys(name for source in node.inputs for name in fields[source])
            fields[node] = {name: _merged(node, name, fields) for name in names}
        elif len(node.inputs) > 1 and node.layer:
            fields[node] = _of_several(node, fields)
        else:
            fields[node] = _of_layer(patterns.of(node), fields[node.source]) if node.inputs else {}
    return fields


def _of_layer(pattern: Pattern, before: dict[str, Field]) -> dict[str, Field]:
    """The fields of a layer, given those of its input; most layers change nothing and share these."""
    if pattern.keeps_fields and not any(field.carriers for field in before.values()):
        return before
    after = {name: _through(pattern, field) for name, field in before.items()}
    return before if all(after[name] is before[name] for name in after) else after


def _of_several(node: Node, fields: Mapping[Node, dict[str, Field]]) -> dict[str, Field]:
    """The fields of a layer that reads several tensors: what it sees through any of them."""
    seen: dict[str, list[Field]] = {}
    for source, pattern in zip(node.inputs, _patterns(node), strict=True):
        for name, field in _of_layer(pattern, fields[source]).items():
            seen.setdefault(name, []).append(field)
    return {name: _together(each, node.output.spatial) for name, each in seen.items()}


def _patterns(node: Node) -> Iterator[Pattern]:
    """What the units of a layer read of each of its inputs, or of its input and each tensor that its settings name."""
    layer, source = node.layer, node.inputs[0]
    assert layer is not None
    if not layer.also_reads:
        yield from (Pattern.of(layer, each.output, each.layer is None, node.output) for each in node.inputs)
        return
    yield Pattern.of(layer, source.output, source.layer is None, node.output)
    for setting in layer.also_reads:
        if tensor := getattr(layer, setting):
            yield Pattern.of_further(layer, setting, source.output, tensor.shape, node.output)


def _together(fields: Sequence[Field], spatial: tuple[int, ...]) -> Field:
    """The field of units that see one input of the model in several ways at once."""
    if len(fields) == 1:
        return fields[0]
    for whole in (UNKNOWN, WEIGHED, GLOBAL):
        if whole in fields:
            return whole
    if all(field == fields[0] for field in fields):
        return fields[0]
    if any(field.carriers or len(field.axes) != len(spatial) for field in fields):
        return UNKNOWN
    columns = list(zip(*(field.axes for field in fields), strict=True))
    partly = [field._replace(axes=tuple([reads or ITSELF for reads in field.axes])) for field in fields]
    merged = _merged_plainly(partly, spatial, is_gated=False)
    axes = [reads if all(column) else None for column, reads in zip(columns, merged.axes, strict=False)]
    is_weighed = any(field.is_weighed for field in fields)
    return _with_axes(axes, range(len(axes)), merged.is_gated, merged.is_aligned, is_weighed) if axes else merged


class Pattern(NamedTuple):
    """What the units of a layer read of an input of one shape.

    Attributes:
        layer, shape: the layer, and the shape of its input.
        reads: along each spatial axis of the input; None if every unit sees all of it.
        moves_along: for each axis of the input, the channels last, the axis of the output along which this moves.
        is_unknown: whether that is unknown, or repeats too late to be followed.
        is_gated: whether every unit also sees the whole input through a few numbers.
        has_ids: whether it reads the ids that enter the model, whose places are positions.
        keeps_fields: whether every unit sees what the unit that it reads sees.
        output: the shape of the output.
    """

    layer: Layer | SeenMatrix
    shape: Shape
    reads: tuple[Reads | None, ...] = ()
    moves_along: tuple[int, ...] = ()
    is_unknown: bool = False
    is_gated: bool = False
    has_ids: bool = False
    keeps_fields: bool = False
    output: Shape = Shape((), 1)

    @classmethod
    def of(cls, layer: Layer | SeenMatrix, x: Shape, is_first: bool, output: Shape) -> Pattern:
        """The pattern of a layer; `is_first` if its input is the model's."""
        try:
            reads = layer.reads(x)
        except ReadsUnknown:
            return cls(layer, x, is_unknown=True)
        has_ids = is_first and x.is_vector and bool(reads)
        if reads is None:
            reads = (None,) * len(x.spatial)
        reads = tuple([reads[0] if each == reads[0] else each for each in reads])
        moves_along = layer.moves_along(x)
        keeps_all = not has_ids and not layer.is_gated and all(each == ITSELF for each in reads)
        keeps_fields = keeps_all and bool(reads) and moves_along == (*range(len(x.spatial)), CHANNEL_AXIS)
        return cls(layer, x, reads, moves_along, False, layer.is_gated, has_ids, keeps_fields, output)

    @classmethod
    def of_further(cls, layer: Layer, setting: str, x: Shape, tensor: Shape, output: Shape) -> Pattern:
        """The pattern of a layer with the input x in the tensor that one of its settings names."""
        reads = layer.reads_further(setting, x) or (None,) * len(tensor.spatial)
        return cls(layer, tensor, reads, (*range(len(tensor.spatial)), CHANNEL_AXIS), output=output)

    def along(self, axis: int) -> Reads | None:
        """What is read along an axis of the input.

        Raises:
            ReadsUnknown: along the channels, which hardly any model asks for, it is unknown or repeats too late.
        """
        return self.layer.reads_channels(self.shape) if axis == CHANNEL_AXIS else self.reads[axis]

    def weighs(self, axis: int) -> bool:
        """Whether units that all see an axis of the input whole are still several along it, as those of attention."""
        x, y = self.shape, self.output
        if len(x.spatial) != len(y.spatial):
            return not any(self.reads) and min(formulas.product(x.spatial), formulas.product(y.spatial)) > 1
        return bool(y.spatial) and min(units_along(x, axis), units_along(y, self.moves_along[axis])) > 1


class Patterns:
    """The patterns of the layers so far: the copies of an entry are one layer in many places."""

    def __init__(self) -> None:
        self._known: dict[tuple[Layer, Shape, bool], Pattern] = {}

    def of(self, node: Node) -> Pattern:
        """The pattern of a layer that is no merge."""
        assert node.layer is not None
        source = node.source
        key = node.layer, source.output, source.layer is None
        if key not in self._known:
            self._known[key] = Pattern.of(*key, node.output)
        return self._known[key]


def _through(pattern: Pattern, field: Field) -> Field:
    """The field of a layer, given that of its input."""
    if pattern.has_ids:
        field = Field("local", (ITSELF,))
    if pattern.is_unknown or field.status == "unknown":
        return UNKNOWN
    if field.status == "global":
        return WEIGHED if field.is_weighed and formulas.product(pattern.output.spatial) > 1 else GLOBAL
    axes: list[Reads | None] = []
    first, is_weighed = None, field.is_weighed
    for axis, lower in enumerate(field.axes):
        try:
            upper = pattern.along(field.carrier(axis)) if lower else None
            if axes and upper is first and lower is field.axes[0]:
                axes.append(axes[0])  # axes that are the same, as nearly all are, are followed once
            elif upper is None or lower is None:
                axes.append(None)
                is_weighed = is_weighed or (lower is not None and pattern.weighs(field.carrier(axis)))
            elif upper.period * lower.period > MAX_PERIOD:
                return UNKNOWN
            else:
                axes.append(_within_reach(compose(upper, lower)))
        except ReadsUnknown:
            return UNKNOWN
        first = upper if axis == 0 else first
    carriers = [pattern.moves_along[field.carrier(axis)] if reads else axis for axis, reads in enumerate(axes)]
    return _with_axes(axes, carriers, field.is_gated or pattern.is_gated, field.is_aligned, is_weighed)


def _within_reach(reads: Reads) -> Reads:
    """A map that does not reach too far.

    Raises:
        PatternTooLong: it does.
    """
    if max(reads.advance, -reads.low[0], reads.high[0]) > MAX_REACH:
        raise PatternTooLong
    return reads


def _with_axes(
    axes: Sequence[Reads | None], carriers: Sequence[int], is_gated: bool, is_aligned: bool, is_weighed: bool = False
) -> Field:
    """The field with these maps, per axis of the input: global if every unit sees all of all of them."""
    if not any(axes):
        return WEIGHED if is_weighed else GLOBAL
    own = range(len(axes))
    moved = tuple([axis if reads is None else to for axis, reads, to in zip(own, axes, carriers, strict=True)])
    return Field("local", tuple(axes), is_gated, is_aligned, () if moved == tuple(own) else moved, is_weighed)


# -- merges


def _merged(node: Node, name: str, fields: dict[Node, dict[str, Field]]) -> Field:
    """The field of a merge in one input: along each axis the hull of its branches' fields.

    A branch that is broadcast along an axis (or sees everything) is a gate there: through it every unit sees the same.
    If its units see the whole axis, but each weighs it in its own way, the units of the merge see it whole as well.
    If all branches that see this input are gates along all axes, positions are lost: the field is global. If they are
    gates along one axis, all units see the same along it. Along an axis along which tensors follow one another, each
    unit sees what its place in its own branch sees.
    """
    branches = [(source.output, fields[source].get(name)) for source in node.inputs]
    seeing = [field for _, field in branches if field is not None]
    if all(field is seeing[0] for field in seeing) and seeing[0].status != "local":
        return seeing[0]
    if any(field.status == "unknown" for field in seeing):
        return UNKNOWN
    assert isinstance(node.layer, Merge)
    if node.layer.multiplies_matrices:
        return _of_product(node.layer, branches, node.output)
    spatial = node.output.spatial
    if _joined_axis(node.layer, node.output) in (None, CHANNEL_AXIS) and _weighed(branches, spatial):
        return WEIGHED
    keeping = [field for shape, field in branches if field and _keeps_all_places(shape, field, spatial)]
    if keeping and len(keeping) + sum(field.status == "global" for field in seeing) == len(seeing):
        return _merged_plainly(keeping, spatial, is_gated=len(keeping) < len(seeing))
    if not node.layer.joins and not any(_counts(*branch, node.output) for branch in branches):
        return GLOBAL
    is_gated, is_aligned = False, True
    axes, carriers = list[Reads | None](), list[int]()
    for axis in range(max(len(field.axes) for field in seeing)):
        along = MergedAxis.of(node, branches, axis, input_extent(fields, name, axis))
        merged, fits = along.hull(node.output)
        if along.carrier is None or (merged is None and not along.is_whole):
            return UNKNOWN
        axes.append(merged)
        carriers.append(along.carrier)
        if along.is_whole:
            continue
        local = [field for (_, field), each in zip(branches, along.reads, strict=True) if field and each]
        is_gated = is_gated or len(local) < len(seeing) or any(field.is_gated for field in local)
        is_aligned = is_aligned and fits and all(field.is_aligned for field in local)
    return _with_axes(axes, carriers, is_gated, is_aligned, any(field.is_weighed for field in seeing))


def _weighed(branches: Branches, spatial: tuple[int, ...], axis: int | None = None) -> bool:
    """Whether a branch with all positions sees everything, or a whole axis, and each unit weighs it in its own way."""
    return any(
        field.is_weighed and shape.spatial == spatial and (axis is None or not field.axes[axis])
        for shape, field in branches
        if field and (field.status == "global") is (axis is None)
    )


def _of_product(merge: Merge, branches: Branches, output: Shape) -> Field:
    """The field of a product of matrices: what it sees through one of them, or everything if both see the input."""
    (index, (shape, field)), *others = [each for each in enumerate(branches) if each[1][1]]
    if others or field is None:
        return WEIGHED if formulas.product(output.spatial) > 1 else GLOBAL
    return _through(Pattern.of(merge.through(index), shape, False, output), field)


def _keeps_all_places(shape: Shape, field: Field, spatial: tuple[int, ...]) -> bool:
    """Whether a branch distinguishes the units of a merge along every axis by itself, as nearly all branches do."""
    if field.status != "local" or shape.spatial != spatial or not spatial or field.carriers:
        return False
    return all(axis and axis.advance for axis in field.axes)


def _merged_plainly(fields: Sequence[Field], spatial: tuple[int, ...], is_gated: bool) -> Field:
    """The field of a merge of branches that keep all places, perhaps gated by others that see everything."""
    is_aligned = all(field.is_aligned for field in fields)
    columns = [[axis for axis in column if axis] for column in zip(*(field.axes for field in fields), strict=True)]
    axes: list[Reads] = []
    for column, size in zip(columns, spatial, strict=True):
        if axes and size == spatial[0] and all(map(is_, column, columns[0])):
            axes.append(axes[0])
            continue
        merged, fits = _hull_of(column, size)
        if merged is None:
            return UNKNOWN
        axes.append(merged)
        is_aligned = is_aligned and fits
    return Field("local", tuple(axes), is_gated or any(field.is_gated for field in fields), is_aligned)


class MergedAxis(NamedTuple):
    """What the units of a merge see through its branches, along one axis of an input.

    Attributes:
        reads: the map of each branch; None for a gate, for a branch that does not see the input, and for one whose
            units see the whole axis.
        carrier: the axis of the output along which this moves; None if there is no single one, or it is too long.
        is_whole: whether every unit sees the whole axis, not through a gate.
        stands: whether no branch distinguishes the units: all of them see what unit 0 sees.
        is_joined: whether the tensors follow one another along the carrier.
    """

    reads: list[Reads | None]
    carrier: int | None
    is_whole: bool = False
    stands: bool = False
    is_joined: bool = False

    @classmethod
    def of(cls, node: Node, branches: Branches, axis: int, extent: int) -> MergedAxis:
        """Along this axis of the input, which has `extent` positions; `branches` are those of the merge, in order."""
        assert isinstance(node.layer, Merge)
        joined = _joined_axis(node.layer, node.output)
        local = [field for _, field in branches if field and field.status == "local"]
        moving = [field for field in local if field.axes[axis] and field.carrier(axis) == joined]
        if joined is not None and moving:
            seeing = [field for _, field in branches if field]
            if moving != seeing or units_along(node.output, joined) > MAX_PERIOD:
                return cls([None] * len(branches), None)
            return cls(_in_their_places(branches, axis, joined, extent), joined, is_joined=True)
        return cls._of_arithmetic(branches, node.output, axis)

    @classmethod
    def _of_arithmetic(cls, branches: Branches, output: Shape, axis: int) -> MergedAxis:
        if _weighed(branches, output.spatial, axis):
            return cls([None] * len(branches), axis, is_whole=True)
        is_gate = gates(branches, output, axis)
        own = [None if gate else field for (_, field), gate in zip(branches, is_gate, strict=True)]
        reads = [field.axes[axis] if field and field.axes else None for field in own]
        moving = [field for shape, field in branches if keeps_places(shape, field, output, axis)]
        carriers = {field.carrier(axis) for field in moving if field}
        if moving:
            return cls(reads, carriers.pop() if len(carriers) == 1 else None)
        carrier = next((field.carrier(axis) for field, each in zip(own, reads, strict=True) if field and each), axis)
        is_whole = not all(each for field, each in zip(own, reads, strict=True) if field) or not any(reads)
        return cls([each and _standing(each) for each in reads], carrier, is_whole, stands=True)

    def hull(self, output: Shape) -> tuple[Reads | None, bool]:
        """The map of the merge along this axis, and whether the strides and centres of the branches agree."""
        parts = [each for each in self.reads if each]
        if self.is_whole or self.carrier is None or not parts:
            return None, True
        merged, fits = _hull_of(parts, units_along(output, self.carrier))
        return merged, fits or self.stands or self.is_joined


def _joined_axis(merge: Merge, output: Shape) -> int | None:
    """The axis along which a merge puts tensors one after another; None for arithmetic."""
    if not merge.joins:
        return None
    place = place_of_axis(merge.joins, len(output.spatial))
    return CHANNEL_AXIS if place == len(output.spatial) else place


def input_extent(fields: Mapping[Node, Mapping[str, Field]], name: str, axis: int) -> int:
    """How many positions an input of the model has along an axis."""
    return next(units_along(node.output, axis) for node in fields if node.layer is None and node.name == name)


def _in_their_places(branches: Branches, axis: int, joined: int, extent: int) -> list[Reads | None]:
    """The maps of branches that follow one another along an axis: each reads nothing outside its own places.

    The maps are tables of all units. Units before the first and after the last, which padding asks for, see positions
    outside the input: the tables go on by more than the input is long.
    """
    sizes = [units_along(shape, joined) for shape, _ in branches]
    maps = [field and field.axes[axis] for _, field in branches]
    boxes = [
        [interval(reads, unit) for unit in range(size)] if reads else []
        for reads, size in zip(maps, sizes, strict=True)
    ]
    something = [box for own in boxes for box in own if box[0] <= box[1]]
    first, last = min((low for low, _ in something), default=0), max((high for _, high in something), default=0)
    advance = max(extent, last + 1) - min(first, 0)
    found: list[Reads | None] = []
    for index, own in enumerate(boxes):
        before, after = sum(sizes[:index]), sum(sizes[index + 1 :])
        low, high = zip(*[NOTHING] * before, *(own or [NOTHING] * sizes[index]), *[NOTHING] * after, strict=True)
        found.append(maps[index] and Reads(len(low), advance, low, high))
    return found


def units_along(shape: Shape, axis: int) -> int:
    """How many units a tensor has along an axis; 1 along one that it does not have."""
    if axis == CHANNEL_AXIS:
        return shape.channels
    return shape.spatial[axis] if axis < len(shape.spatial) else 1


def keeps_places(shape: Shape, field: Field | None, output: Shape, axis: int) -> bool:
    """Whether the units of a merge with this output see different places through a branch along an axis of the
    input."""
    if field is None or field.status != "local" or not (reads := field.axes[axis]):
        return False
    carrier = field.carrier(axis)
    if carrier != CHANNEL_AXIS and len(shape.spatial) != len(output.spatial):
        return False
    size = units_along(output, carrier)
    return size == 1 or (units_along(shape, carrier) == size and (reads.advance != 0 or reads.period > 1))


def gates(branches: Branches, output: Shape, axis: int) -> list[bool]:
    """Which branches of a merge are gates along an axis of the input.

    If some branches distinguish the units along this axis, those that do not; if none does, those that distinguish
    none along any axis; if all are like that, none is. One whose units weigh what they see in their own way is none.
    """
    weighed = [_weighed([each], output.spatial) or _weighed([each], output.spatial, axis) for each in branches]
    if any(weighed):
        return [
            not each and not keeps_places(*branch, output, axis) for each, branch in zip(weighed, branches, strict=True)
        ]
    counted = [_counts(*branch, output) for branch in branches]
    along = [counts and keeps_places(*branch, output, axis) for counts, branch in zip(counted, branches, strict=True)]
    if any(along):
        return [not keeps for keeps in along]
    return [any(counted) and not counts for counts in counted]


def _counts(shape: Shape, field: Field | None, output: Shape) -> bool:
    """Whether a branch distinguishes any units, or there is only one."""
    if field is None or field.status != "local" or not field.axes:
        return False
    several = [axis for axis in range(len(field.axes)) if units_along(output, field.carrier(axis)) > 1]
    return any(keeps_places(shape, field, output, axis) for axis in several or [0])


def _standing(reads: Reads) -> Reads:
    """What unit 0 sees, for all units."""
    low, high = interval(reads, 0)
    return Reads(1, 0, (low,), (high,))


def _hull_of(parts: Sequence[Reads], size: int) -> tuple[Reads | None, bool]:
    """The hull of several maps along an axis with `size` units, and whether their strides and centres agree."""
    first = parts[0]
    if all(part == first for part in parts):
        return first, True
    start, is_causal = _common_start(parts), any(part.is_causal for part in parts)
    has_one = start is not None or not is_causal
    if has_one and all(part.period == 1 and part.advance == first.advance and part.low <= part.high for part in parts):
        # windows over plain stacks, by far the most frequent case
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        centres = {part.low[0] + part.high[0] for part in parts if not part.is_causal}
        return Reads(1, first.advance, low, high, start), len(centres) <= 1
    goes_together = (
        not is_causal
        and len({part.advance * (lcm(*(each.period for each in parts)) // part.period) for part in parts}) == 1
    )
    if goes_together:
        period = lcm(*(part.period for part in parts))
        advance = parts[0].advance * (period // parts[0].period)
    else:
        # the boxes drift apart, or some stay: a table of all units there are, continued at the mean pace
        period = size
        advance = round(sum(part.advance * size / part.period for part in parts) / len(parts))
    if period > MAX_PERIOD:
        return None, False
    intervals = [[interval(part, index) for part in parts] for index in range(period)]
    hulls = [_around(each) for each in intervals]
    # on average over a period: after upsampling, centres alternate around their mean
    sums = [sum(low + high for low, high in column) for column in zip(*intervals, strict=True)]
    same_centres = len(set(sums)) == 1
    return _shortest(
        Reads(period, advance, tuple(low for low, _ in hulls), tuple(high for _, high in hulls))
    ), goes_together and same_centres


def _common_start(parts: Sequence[Reads]) -> int | None:
    """The start of the hull of several maps, if some are causal and no other one reads anything before that."""
    start = min((part.start for part in parts if part.start is not None), default=None)
    if start is None or start <= 0 or all(interval(part, 0)[0] >= start for part in parts):
        return start
    return None


def _around(intervals: list[tuple[int, int]]) -> tuple[int, int]:
    """The smallest interval that contains all of these."""
    something = [each for each in intervals if each[0] <= each[1]]
    return (min(low for low, _ in something), max(high for _, high in something)) if something else NOTHING
