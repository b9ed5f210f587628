"""Receptive fields by intervals: which inputs each unit of a layer depends on, along each axis.

A layer says which interval of its input each position of its output reads (`layers.base.Reads`). Looking through one
layer after another means composing these maps. The map from a layer to the model's input gives the exact box of every
unit, and the size, stride and padding that people quote follow from it.
"""

from __future__ import annotations

from math import gcd, lcm
from operator import is_, le
from typing import TYPE_CHECKING

from cnncalc.layers.base import ITSELF, MAX_PERIOD, NOTHING, PatternTooLong, Reads
from cnncalc.layers.merging import Merge, is_spread
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import CHANNELS, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from cnncalc.analysis.results import Analysis
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Layer
    from cnncalc.settings.shape import Shape


class Field(NamedTuple):
    """The receptive field of a layer in one input of the model.

    Attributes:
        status: `local`; `global` if every unit sees the whole input; `unknown` if the pattern is too long.
        axes: for a local field, the exact map from units to intervals of the input, per axis.
        is_gated: whether every unit also sees the whole input through a few numbers.
        is_aligned: whether no merge so far had branches whose strides or centres differ.
    """

    status: str
    axes: tuple[Reads, ...] = ()
    is_gated: bool = False
    is_aligned: bool = True

    @property
    def size(self) -> tuple[int, ...]:
        """How many positions of the input a unit sees, per axis: the largest number for any unit."""
        return tuple(max(map(_length, axis.low, axis.high)) for axis in self.axes)

    @property
    def stride(self) -> tuple[Fraction, ...]:
        """The step in the input from one unit to the next, per axis; the mean if the steps differ."""
        from fractions import Fraction  # with `decimal`, which it imports, this is two hundredths of the start-up time

        return tuple(Fraction(axis.advance, axis.period) for axis in self.axes)

    @property
    def padding(self) -> tuple[int | None, ...]:
        """How far the field of unit 0 extends beyond the input, per axis; None where unit 0 sees nothing."""
        return tuple(-axis.low[0] if axis.low[0] <= axis.high[0] else None for axis in self.axes)

    @property
    def is_uniform(self) -> bool:
        """Whether all units see boxes of the same size."""
        return all(len(set(map(_length, axis.low, axis.high))) == 1 for axis in self.axes)

    def box(self, unit: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """The first and last positions of the input that a unit sees, per axis; not clipped to the input."""
        return tuple(interval(axis, index) for axis, index in zip(self.axes, unit, strict=True))


def _length(low: int, high: int) -> int:
    return max(high - low + 1, 0)


def interval(reads: Reads, index: int) -> tuple[int, int]:
    """The first and last positions of the input that position `index` reads; the first is larger if it reads
    nothing."""
    turn, item = divmod(index, reads.period)
    start = turn * reads.advance
    return reads.low[item] + start, reads.high[item] + start


def compose(upper: Reads, lower: Reads) -> Reads:
    """What the positions of `upper`, which reads the output of `lower`, read of the input of `lower`."""
    if upper == ITSELF:
        return lower
    if upper.period == lower.period == 1 and upper.low <= upper.high and lower.low <= lower.high:
        # a window over a plain stack, by far the most frequent case
        step = lower.advance
        low, high = upper.low[0] * step + lower.low[0], upper.high[0] * step + lower.high[0]
        return Reads(1, upper.advance * step, (low,), (high,))
    turns = lower.period // gcd(lower.period, upper.advance)
    period = upper.period * turns
    hull = _ends if _moves_forward(lower) else _hull
    hulls = [hull(lower, *interval(upper, index)) for index in range(period)]
    advance = upper.advance * turns // lower.period * lower.advance
    return _shortest(Reads(period, advance, tuple(low for low, _ in hulls), tuple(high for _, high in hulls)))


def _moves_forward(reads: Reads) -> bool:
    """Whether every position reads something, and none begins or ends before the previous one does."""
    lows = (*reads.low, reads.low[0] + reads.advance)
    highs = (*reads.high, reads.high[0] + reads.advance)
    return all(map(le, reads.low, reads.high)) and all(map(le, lows, lows[1:])) and all(map(le, highs, highs[1:]))


def _ends(reads: Reads, first: int, last: int) -> tuple[int, int]:
    """The interval that the positions from first to last read together, if intervals only move forward."""
    return (interval(reads, first)[0], interval(reads, last)[1]) if first <= last else NOTHING


def _hull(reads: Reads, first: int, last: int) -> tuple[int, int]:
    """The same for any pattern: the smallest interval with everything that the positions from first to last read."""
    # from one period to the next, intervals do move forward: one period at each end of the range is enough
    near = range(first, min(last, first + reads.period - 1) + 1)
    far = range(max(first, last - reads.period + 1), last + 1)
    lows = [low for low, high in (interval(reads, index) for index in near) if low <= high]
    highs = [high for low, high in (interval(reads, index) for index in far) if low <= high]
    return (min(lows), max(highs)) if lows and highs else NOTHING


def _shortest(reads: Reads) -> Reads:
    """The same map with the shortest period that describes it."""
    for period in range(1, reads.period):
        if reads.period % period or reads.advance % (reads.period // period):
            continue
        advance = reads.advance // (reads.period // period)
        if all(
            interval(reads, index + period) == (reads.low[index] + advance, reads.high[index] + advance)
            for index in range(reads.period - period)
        ):
            return Reads(period, advance, reads.low[:period], reads.high[:period])
    return reads


GLOBAL = Field("global")
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
        else:
            fields[node] = _of_layer(patterns.of(node), fields[node.inputs[0]])
    return fields


def _of_layer(pattern: Pattern, before: dict[str, Field]) -> dict[str, Field]:
    """The fields of a layer, given those of its input; most layers change nothing and share these."""
    after = before if pattern.keeps_fields else {name: _through(pattern, field) for name, field in before.items()}
    return before if all(after[name] is before[name] for name in after) else after


class Pattern(NamedTuple):
    """What the units of a layer read of an input of one shape.

    Attributes:
        reads: per axis; None if every unit sees the whole input.
        is_too_long: whether it repeats too late to be followed.
        is_gated: whether every unit also sees the whole input through a few numbers.
        has_ids: whether it reads the ids that enter the model, whose places are positions.
        keeps_fields: whether every unit sees what the unit that it reads sees.
    """

    reads: tuple[Reads, ...] | None
    is_too_long: bool = False
    is_gated: bool = False
    has_ids: bool = False
    keeps_fields: bool = False

    @classmethod
    def of(cls, layer: Layer, x: Shape, is_first: bool) -> Pattern:
        """The pattern of a layer; `is_first` if its input is the model's."""
        try:
            reads = layer.reads(x)
        except PatternTooLong:
            return cls(None, is_too_long=True)
        if reads:
            reads = tuple([reads[0] if each == reads[0] else each for each in reads])
        has_ids = is_first and x.is_vector and bool(reads)
        keeps_fields = reads is not None and not has_ids and not layer.is_gated and all(map(ITSELF.__eq__, reads))
        return cls(reads, False, layer.is_gated, has_ids, keeps_fields)


class Patterns:
    """The patterns of the layers so far: the copies of an entry are one layer in many places."""

    def __init__(self) -> None:
        self._known: dict[tuple[Layer, Shape, bool], Pattern] = {}

    def of(self, node: Node) -> Pattern:
        """The pattern of a layer that is no merge."""
        assert node.layer is not None
        source = node.inputs[0]
        key = node.layer, source.output, source.layer is None
        if key not in self._known:
            self._known[key] = Pattern.of(*key)
        return self._known[key]


def _through(pattern: Pattern, field: Field) -> Field:
    """The field of a layer, given that of its input."""
    reads = pattern.reads
    if pattern.is_too_long:
        return UNKNOWN
    if pattern.has_ids:
        field = Field("local", (ITSELF,))
    if reads is None or field.status != "local":
        return UNKNOWN if field.status == "unknown" else GLOBAL
    if any(upper.period * lower.period > MAX_PERIOD for upper, lower in zip(reads, field.axes, strict=True)):
        return UNKNOWN
    axes: list[Reads] = []
    for upper, lower in zip(reads, field.axes, strict=True):
        # axes that are the same, as nearly all are, are followed once
        axes.append(axes[0] if axes and upper is reads[0] and lower is field.axes[0] else compose(upper, lower))
    return Field("local", tuple(axes), field.is_gated or pattern.is_gated, field.is_aligned)


def _merged(node: Node, name: str, fields: dict[Node, dict[str, Field]]) -> Field:
    """The field of a merge in one input: along each axis the hull of its branches' fields.

    A branch that is broadcast along an axis (or sees everything) is a gate there: through it every unit sees the same.
    If all branches that see this input are gates along all axes, positions are lost: the field is global. If they are
    gates along one axis, all units see the same along it.
    """
    assert isinstance(node.layer, Merge)
    if node.layer.joins not in ("", CHANNELS):
        return _joined(node, name, place_of(node.layer.joins, len(node.output.spatial)), fields)
    branches = [(source.output, fields[source].get(name)) for source in node.inputs]
    seeing = [field for _, field in branches if field is not None]
    if all(field is seeing[0] for field in seeing) and seeing[0].status != "local":
        return seeing[0]
    if any(field.status == "unknown" for field in seeing):
        return UNKNOWN
    spatial = node.output.spatial
    keeping = [field for shape, field in branches if field and _keeps_all_places(shape, field, spatial)]
    if keeping and len(keeping) + sum(field.status == "global" for field in seeing) == len(seeing):
        return _merged_plainly(keeping, spatial, is_gated=len(keeping) < len(seeing))
    if not any(_counts(*branch, spatial) for branch in branches):
        return GLOBAL
    is_gated, is_aligned = False, True
    axes = []
    for axis, size in enumerate(spatial):
        reads, stands = branch_reads(branches, spatial, axis)
        merged, fits = _hull_of([each for each in reads if each is not None], size)
        if merged is None:
            return UNKNOWN
        axes.append(merged)
        local = [field for (_, field), each in zip(branches, reads, strict=True) if field and each]
        is_gate = len(local) < len(seeing)
        is_gated = is_gated or is_gate or any(field.is_gated for field in local)
        is_aligned = is_aligned and (fits or stands) and all(field.is_aligned for field in local)
    return Field("local", tuple(axes), is_gated, is_aligned)


def _keeps_all_places(shape: Shape, field: Field, spatial: tuple[int, ...]) -> bool:
    """Whether a branch distinguishes the units of a merge along every axis, as nearly all branches do."""
    if field.status != "local" or shape.spatial != spatial or not spatial:
        return False
    return all(axis.advance for axis in field.axes)


def _merged_plainly(fields: Sequence[Field], spatial: tuple[int, ...], is_gated: bool) -> Field:
    """The field of a merge of branches that keep all places, perhaps gated by others that see everything."""
    is_aligned = all(field.is_aligned for field in fields)
    columns = [*zip(*(field.axes for field in fields), strict=True)]
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


def _joined(node: Node, name: str, along: int, fields: dict[Node, dict[str, Field]]) -> Field:
    """The field of tensors that follow one another along an axis: each unit sees what its place in its branch sees."""
    branches = [(source.output.spatial[along], fields[source].get(name)) for source in node.inputs]
    seeing = [field for _, field in branches if field is not None]
    if any(field.status != "local" for field in seeing) or node.output.spatial[along] > MAX_PERIOD:
        return GLOBAL if all(field.status == "global" for field in seeing) else UNKNOWN
    axes = []
    for axis, size in enumerate(node.output.spatial):
        if axis == along:
            parts = [(size, field.axes[axis] if field else None) for size, field in branches]
            axes.append(_one_after_another(parts))
            continue
        merged, _ = _hull_of([field.axes[axis] for field in seeing], size)
        if merged is None:
            return UNKNOWN
        axes.append(merged)
    is_aligned = all(field.is_aligned for field in seeing)
    return Field("local", tuple(axes), any(field.is_gated for field in seeing), is_aligned)


def _one_after_another(parts: Sequence[tuple[int, Reads | None]]) -> Reads:
    """The map of units that follow one another: so many of each part, which may read nothing."""
    boxes = [interval(reads, index) if reads else NOTHING for size, reads in parts for index in range(size)]
    return _shortest(Reads(len(boxes), 0, tuple(low for low, _ in boxes), tuple(high for _, high in boxes)))


def branch_reads(
    branches: Sequence[tuple[Shape, Field | None]], spatial: tuple[int, ...], axis: int
) -> tuple[list[Reads | None], bool]:
    """What the units of a merge see through each branch along an axis; `branches` as `gates` takes them.

    None for a gate, and for a branch that does not see the input. The truth value says whether no other branch tells
    the units apart along this axis: then all of them see what unit 0 sees.
    """
    pairs = list(zip(branches, gates(branches, spatial, axis), strict=True))
    stands = not any(keeps_places(*branch, spatial, axis) for branch, is_gate in pairs if not is_gate)
    reads = [None if is_gate or field is None else field.axes[axis] for (_, field), is_gate in pairs]
    return [each and _standing(each) if stands else each for each in reads], stands


def keeps_places(shape: Shape, field: Field | None, spatial: tuple[int, ...], axis: int) -> bool:
    """Whether the units of a merge with these positions see different places through a branch along an axis."""
    if field is None or field.status != "local" or len(shape.spatial) != len(spatial):
        return False
    return spatial[axis] == 1 or not (is_spread(shape, spatial, axis) or field.axes[axis].advance == 0)


def gates(branches: Sequence[tuple[Shape, Field | None]], spatial: tuple[int, ...], axis: int) -> list[bool]:
    """Which branches of a merge are gates along an axis; `branches` are their shapes and fields in one input.

    If some branches distinguish the units along this axis, those that do not; if none does, those that distinguish
    none along any axis; if all are like that, none is.
    """
    counted = [_counts(*branch, spatial) for branch in branches]
    along = [counts and keeps_places(*branch, spatial, axis) for counts, branch in zip(counted, branches, strict=True)]
    if any(along):
        return [not keeps for keeps in along]
    return [any(counted) and not counts for counts in counted]


def _counts(shape: Shape, field: Field | None, spatial: tuple[int, ...]) -> bool:
    """Whether a branch distinguishes any units, or there is only one."""
    axes = [axis for axis, size in enumerate(spatial) if size > 1] or range(min(len(spatial), 1))
    return any(keeps_places(shape, field, spatial, axis) for axis in axes)


def _standing(reads: Reads) -> Reads:
    """What unit 0 sees, for all units."""
    low, high = interval(reads, 0)
    return Reads(1, 0, (low,), (high,))


def _hull_of(parts: Sequence[Reads], size: int) -> tuple[Reads | None, bool]:
    """The hull of several maps along an axis with `size` units, and whether their strides and centres agree."""
    first = parts[0]
    if all(part == first for part in parts):
        return first, True
    if all(part.period == 1 and part.advance == first.advance and part.low <= part.high for part in parts):
        # windows over plain stacks, by far the most frequent case
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        return Reads(1, first.advance, low, high), len({part.low[0] + part.high[0] for part in parts}) == 1
    goes_together = len({part.advance * (lcm(*(each.period for each in parts)) // part.period) for part in parts}) == 1
    if goes_together:
        period = lcm(*(part.period for part in parts))
        advance = parts[0].advance * (period // parts[0].period)
    else:
        # the boxes drift apart: a table of all units there are, continued at the mean pace
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


def _around(intervals: list[tuple[int, int]]) -> tuple[int, int]:
    """The smallest interval that contains all of these."""
    something = [each for each in intervals if each[0] <= each[1]]
    return (min(low for low, _ in something), max(high for _, high in something)) if something else NOTHING
