"""Claimed receptive fields against measured ones.

A claim gives every unit an interval of the input, not clipped to it.

- A unit that reads no border, in any layer on the way, must see exactly this interval.
- A unit that reads a border sees less, because there is no input beyond the border. It must see nothing outside the
interval.
- The same is true where an earlier layer leaves holes between its units, or its units see their intervals out of order
(as in some transposed convolutions): the claim for a dilated window is everything between its ends, and it may step
over the outermost part.

Claims repeat from unit to unit: one unit that reads no border proves the interval for all units of its phase. If there
is no such unit (the field is as large as the input), a larger input is measured, for which the claim is the same. There
not every position is tried. Whether the field of a unit begins at a position is seen from two patterns: nothing before
the position reaches the unit, but what is before it or there does. Such a pattern answers for the units of all layers
at once; and of the units in a phase, one is asked whose field begins near a common place. The fields of layers with
equal strides then mostly begin at the same few positions, whatever their sizes. For ends it is the same, with another
unit of the phase: in a network like HRNet, 10 patterns prove 245 different claims about 1,108 layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from cnncalc.analysis.receptive_field import Field, interval, receptive_fields, units_along
from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.proof._field_work import positions_along, reach_of
from cnncalc.forward.proof._measurement import Interval, Measurements, Reached, each_position
from cnncalc.forward.proof._one_channel import Fields, has_places_in_channels
from cnncalc.forward.proof._other_sizes import longer, shrunk
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import NOTHING, Reads
from cnncalc.named_tuple import NamedTuple

Progress = Callable[[str, int, int], None]
"""A callback that receives what is being done, how much is done, and out of how much."""


def ignored(what: str, done: int, total: int) -> None:
    """Ignores progress."""


TRIED_SIZES = 128
"""How many larger inputs are tried until the layers fit one."""


class FieldDifference(NamedTuple):
    """A unit whose field differs from the claim along one axis; an interval is None where nothing is seen.

    Its `unit` is None if each place along the axis sees what is claimed, but not each unit there: what is measured is
    then the first stretch that all units see.
    """

    axis: int
    unit: int | None
    measured: Interval | None
    claimed: Interval | None


class FieldCheck(NamedTuple):
    """The receptive field of a layer in one input.

    Attributes:
        claimed: the field that the analysis gives; None if it says that the layer does not see this input.
        axes: what was measured, in the form of the claim, along each axis that is not seen whole; None where nothing
        was, because the field is unknown or no input was found on which the whole field is visible.
        sees_all: whether each unit that sees the input sees everything that the layer sees.
        difference: the first unit found that contradicts the claim.
    """

    claimed: Field | None
    axes: tuple[Reads | None, ...] = ()
    sees_all: bool = False
    difference: FieldDifference | None = None

    @property
    def is_checked(self) -> bool:
        return self.claimed is None or self.claimed.status != "unknown"

    @property
    def measured(self) -> Field | None:
        """The field that was measured; None if not its whole extent was, but only the part inside the input."""
        if self.claimed is None or not all(self.axes):
            return None
        seen = iter(self.axes)
        axes = tuple(claimed and next(seen) for claimed in self.claimed.axes)
        return Field("local", axes, carriers=self.claimed.carriers)


class _FieldAxis:
    """What is known about a claim along one axis: the phases of units whose whole field was seen, and a difference.

    Attributes:
        has_gaps: whether, before this layer, consecutive units may see non-consecutive intervals, so that a window
        sees less than everything between its ends.
    """

    def __init__(self, claimed: Reads, units: int, has_gaps: bool) -> None:
        self.claimed = claimed
        self.has_gaps = has_gaps
        self.phases: dict[int, Interval | None] = dict.fromkeys(range(min(claimed.period, units)))
        """What a unit of each phase that reads no border sees, counted from the start of its period; None if
        unknown."""
        self.difference: tuple[int, Interval | None, Interval | None] | None = None

    @property
    def missing(self) -> list[int]:
        """The phases of units of which no whole field was seen."""
        if self.difference or self.claimed.is_causal:  # which is another claim on a larger input
            return []
        return [phase for phase, seen in self.phases.items() if seen is None]

    @property
    def measured(self) -> Reads | None:
        """The map that was measured."""
        seen = [each for each in self.phases.values() if each]
        if len(seen) < len(self.phases):
            return None
        if self.claimed.is_causal:  # for which each unit was compared as it is
            return self.claimed
        return self.claimed._replace(low=tuple(low for low, _ in seen), high=tuple(high for _, high in seen))

    def see(self, unit: int, measured: Interval | None, border: Sequence[bool] = (False, False)) -> None:
        """Compares a unit that reads these positions of the input, and borders (along the axis, along the others)."""
        low, high = interval(self.claimed, unit)
        claimed = (low, high) if low <= high else None
        reads_border, beside = border
        if measured is None or claimed is None:
            is_within = measured is None and (any(border) or self.has_gaps)
        else:
            is_within = (reads_border or self.has_gaps) and low <= measured[0] <= measured[1] <= high
        if measured != claimed and not is_within:
            self.difference = self.difference or (unit, measured, claimed)
        if not reads_border and (measured == claimed or (not self.has_gaps and (measured or not beside))):
            turn, phase = divmod(unit, self.claimed.period)
            start = turn * self.claimed.advance
            self.phases[phase] = (measured[0] - start, measured[1] - start) if measured else NOTHING


def check_fields(graph: Graph, fields: Fields, progress: Progress = ignored) -> dict[str, dict[str, FieldCheck]]:
    """Measures what every layer sees of every input: layer → input → the check.

    Args:
        fields: the claims.
    """
    found: dict[str, dict[str, FieldCheck]] = {node.name: {} for node in graph.nodes}
    sizes = [(source, axis, size) for source in graph.inputs for axis, size in enumerate(positions_along(source))]
    measurements = Measurements(fields)
    axes: dict[Node, list[dict[str, _Found]]] = {source: [] for source in graph.inputs}
    for done, (source, axis, size) in enumerate(sizes):
        progress(f"receptive fields in {source.name}, axis {axis + 1}", done, len(sizes))
        axes[source].append(_check_axis(measurements, graph, fields, source, axis, size))
    for source in graph.inputs:
        for node in graph.nodes:
            check = _together(fields[node.name].get(source.name), [axis[node.name] for axis in axes[source]])
            if check:
                found[node.name][source.name] = check
    return found


_Found = _FieldAxis | tuple[bool, FieldDifference | None]


def _check_axis(
    measurements: Measurements, graph: Graph, fields: Fields, source: Node, axis: int, size: int
) -> dict[str, _Found]:
    """Checks every layer along one axis of an input."""
    found: dict[str, _Found] = {}
    for small in dict.fromkeys((shrunk(graph, source.name, axis), graph)):
        reached = measurements.of(small, source.name, axis, each_position(size))
        if small is not graph and not all(
            seen.some.any() for name, seen in reached.items() if source.name in fields[name]
        ):
            continue  # with few positions along another axis a dilated window may miss them all
        found = _compare(graph, fields, source, axis, reached)
        missing = {name: each for name, each in found.items() if isinstance(each, _FieldAxis) and each.missing}
        if missing:
            _extend(measurements, small, source.name, axis, missing)
        if not any(_is_different(each) for each in found.values()):
            break
    return found


def _is_different(found: _Found) -> bool:
    return bool(found.difference if isinstance(found, _FieldAxis) else found[1])


def _compare(
    graph: Graph, fields: Fields, source: Node, axis: int, reached: Mapping[str, Reached]
) -> dict[str, _Found]:
    """Compares every unit along an axis."""
    found: dict[str, _Found] = {}
    uneven: set[Node] = set()
    size = positions_along(source)[axis]
    in_channels = has_places_in_channels(fields, source.name)
    for node in graph.nodes:
        field, seen = fields[node.name].get(source.name), reached[node.name]
        has_gaps = not uneven.isdisjoint(node.inputs)
        if has_gaps or _is_uneven(seen):
            uneven.add(node)
        if field and field.status == "local" and (claimed := field.axes[axis]):
            found[node.name] = _local(claimed, seen, has_gaps or _is_hole(field, node), size if in_channels else None)
        else:
            before = [reached[each.name].some for each in node.inputs if each.layer]
            before += [np.ones_like(seen.some)] * (source in node.inputs)
            found[node.name] = _global(field, seen, before, axis, _is_blind(node, seen))
    return found


def _is_uneven(seen: Reached) -> bool:
    """Whether a unit among others sees nothing, or a unit sees positions before those that the previous unit sees.

    This happens where a transposed convolution leaves holes, or reaches over its neighbours.
    """
    between = (each for each, border in zip(seen.ends, seen.border.T, strict=True) if each or not border.any())
    return any(not one or not other or one[0] > other[0] or one[1] > other[1] for one, other in pairwise(between))


def _is_hole(field: Field, node: Node) -> bool:
    """Whether all units of a layer are in holes along some axis."""
    sizes = [units_along(node.output, field.carrier(axis)) for axis in range(len(field.axes))]
    followed = [(reads, n) for reads, n in zip(field.axes, sizes, strict=True) if reads]
    return any(all(low > high for low, high in (interval(reads, unit) for unit in range(n))) for reads, n in followed)


def _is_blind(node: Node, seen: Reached) -> bool:
    """Whether all units of a transposed convolution are in holes: they see nothing, not even a border."""
    return bool(node.layer and node.layer.is_transposed) and not seen.reads and not seen.border.any()


def _local(claimed: Reads, seen: Reached, has_gaps: bool, size: int | None) -> _FieldAxis:
    """Compares every unit along the axis with the claim.

    Args:
        size: of the input, if places are in the channels on the way: nothing marks what is read beyond the outermost
            channels, so a unit whose claim goes beyond the input counts as reading a border.
    """
    known = _FieldAxis(claimed, len(seen.first), has_gaps)
    for unit, (measured, (along, beside)) in enumerate(zip(seen.ends, seen.border.T.tolist(), strict=True)):
        low, high = interval(claimed, unit)
        border = along or (size is not None and (low < 0 or high >= size)), beside
        known.see(unit, measured, border)
    return known


def _hull(reached: Array) -> Interval | None:
    """The first and last of the positions that reach any unit."""
    at = np.flatnonzero(reached)
    return (int(at[0]), int(at[-1])) if len(at) else None


def _stretch(reached: Array) -> Interval | None:
    """The first of the positions that reach all units, and the last one before a gap."""
    if not reached.any():
        return None
    first = int(reached.argmax())
    return first, first + int(np.append(~reached[first:], True).argmax()) - 1


def _global(
    field: Field | None, seen: Reached, before: Sequence[Array], axis: int, is_blind: bool
) -> tuple[bool, FieldDifference | None]:
    """Checks a layer whose every unit should see everything that its inputs see, or nothing if it should not see
    them."""
    sees_all = bool((seen.some == seen.every).all())
    if field is None:
        return sees_all, FieldDifference(axis, 0, _hull(seen.some), None) if seen.some.any() else None
    hull = np.logical_or.reduce(before)
    is_left = seen.some.any() or not (is_blind or seen.border.any())  # or there is nothing to see but border
    if field.status != "unknown" and is_left and not ((seen.every == hull) & (seen.some == hull)).all():
        # the first unit that does not see what all of them should see
        unit = next((unit for unit, ends in enumerate(seen.ends) if ends != _hull(hull)), None)
        measured = _stretch(seen.every) if unit is None else seen.at(unit)
        return sees_all, FieldDifference(axis, unit, measured, _hull(hull))
    return sees_all, None


def _together(field: Field | None, axes: Sequence[_Found]) -> FieldCheck | None:
    """Combines the axes of a layer's field."""
    differences, maps, sees_all = [], [], True
    for index, axis in enumerate(axes):
        if isinstance(axis, _FieldAxis):
            sees_all = False
            maps.append(axis.measured)
            differences.append(FieldDifference(index, *axis.difference) if axis.difference else None)
        else:
            sees_all = sees_all and axis[0]
            differences.append(axis[1])
    difference = next((each for each in differences if each), None)
    if field is None and difference is None:
        return None
    return FieldCheck(field, tuple(maps), sees_all, difference)


# -- larger inputs


def _extend(
    measurements: Measurements, small: Graph, source: str, axis: int, missing: Mapping[str, _FieldAxis]
) -> None:
    """Measures the fields that reach beyond the input on a larger one; some may remain open."""
    reach = max(reach_of(each.claimed) for each in missing.values())
    for least in (reach, 2 * reach):
        larger = _larger(small, source, axis, least, missing)
        if larger is None:
            return
        # a field of the reach fits in the middle, with half a step of the units to spare on either side
        step = min(each.claimed.advance for each in missing.values())
        begin = (larger.size - reach + step) // 2
        asked = [
            each
            for node in larger.same
            for each in _units(node, larger.units[node], missing[node.name], begin, larger.size - 1 - begin)
        ]
        if asked:
            _ask(measurements, larger, source, axis, asked, missing)
        missing = {name: each for name, each in missing.items() if each.missing}
        if not missing:
            return


class _Larger(NamedTuple):
    """A graph on a larger input, and its layers for which the claim is the same there."""

    graph: Graph
    size: int
    same: list[Node]
    units: Mapping[Node, int]


def _larger(small: Graph, source: str, axis: int, least: int, missing: Mapping[str, _FieldAxis]) -> _Larger | None:
    """The smallest input of at least `least` that the layers fit, and on which a claim to be proven is the same."""
    for size in range(least, least + TRIED_SIZES):
        graph = longer(small, source, axis, size)
        if graph is None:
            continue
        there = {node.name: (node, field) for node, field in receptive_fields(graph).items()}
        same = [
            node
            for node, field in (there[name] for name in missing)
            if field[source].status == "local" and field[source].axes[axis] == missing[node.name].claimed
        ]
        if same:
            units = {node: units_along(node.output, there[node.name][1][source].carrier(axis)) for node in same}
            return _Larger(graph, size, same, units)
    return None


class _Asked(NamedTuple):
    """Two units of one phase of a layer: where the field of one begins is asked, and where that of the other ends."""

    layer: str
    first: int
    last: int


def _units(node: Node, units: int, known: _FieldAxis, begin: int, end: int) -> Iterator[_Asked]:
    """For each phase not yet proven, the unit whose field is the first to begin at `begin` or after it, and the one
    whose field is the last to end at `end` or before it.

    Layers whose units move by the same steps mostly have such units with the same beginnings and the same ends,
    whatever the sizes of their fields. So few patterns answer for all layers.
    """
    claimed = known.claimed
    for phase in known.missing:
        if claimed.advance:
            first = -((claimed.low[phase] - begin) // claimed.advance)
            last = (end - claimed.high[phase]) // claimed.advance
        else:
            first = last = units // 2 // claimed.period  # all of them begin and end at the same place
        asked = _Asked(node.name, first * claimed.period + phase, last * claimed.period + phase)
        if 0 <= asked.first < units and 0 <= asked.last < units:
            yield asked


def _ask(
    measurements: Measurements,
    larger: _Larger,
    source: str,
    axis: int,
    asked: Sequence[_Asked],
    missing: Mapping[str, _FieldAxis],
) -> None:
    """Compares these units. Two patterns show whether a field begins at a position: nothing before it reaches the
    unit, but what is before it or there does; two more whether a field ends there. The patterns of beginnings come
    first and grow, those of ends follow and shrink: the first that reaches a unit, and the last, say all. All
    positions are tried only if an end is not where it should be."""
    claimed = {each: missing[each.layer].claimed for each in asked}
    begins = {each: interval(claimed[each], each.first)[0] for each in asked}
    ends = {each: interval(claimed[each], each.last)[1] for each in asked}
    before, since = _numbered(begins.values()), _numbered(ends.values())
    patterns = np.array([*((0, place) for place in before), *((place, larger.size) for place in since)])
    reached = measurements.of(larger.graph, source, axis, patterns)
    every: Mapping[str, Reached] = {}
    for each in asked:
        seen, known, units = reached[each.layer], missing[each.layer], [each.first, each.last]
        if seen.border[0, units].any():
            continue  # not large enough
        first, _ = seen.at(each.first) or NOTHING
        _, last = seen.at(each.last) or NOTHING
        box = interval(claimed[each], each.first)
        if (first, last) == (before[begins[each] + 1], len(before) + since[ends[each]]) and box[0] <= box[1]:
            known.see(each.first, box)
            continue
        every = every or measurements.of(larger.graph, source, axis, each_position(larger.size))
        for unit in units:
            known.see(unit, every[each.layer].at(unit), seen.border[:, unit].tolist())


def _numbered(places: Iterable[int]) -> dict[int, int]:
    """These places and the ones after them, in order, each with its number."""
    both = {place + more for place in places for more in (0, 1)}
    return {place: number for number, place in enumerate(sorted(both))}
