"""What receptive fields amount to: how much of the input they cover, what each layer adds, and where branches
diverge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import TYPE_CHECKING

from cnncalc.analysis.receptive_field import fields_of, interval, keeps_places, units_along
from cnncalc.layers.base import MAX_PERIOD
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.analysis.results import Analysis, LayerNumbers
    from cnncalc.graph import Node
    from cnncalc.layers.base import Reads
    from cnncalc.settings.shape import Shape

Interval = tuple[int, int]


class Sight:
    """What the units of a layer see of one input of the model. Layers that see alike share one.

    Attributes:
        centre: the centre of unit 0's box, per axis, in positions of the input; None where unit 0 sees nothing.
        covered: the share of the input that the best placed unit sees, per axis; everything for a global field.
        added: by how much the field is larger than the largest field among the layer's inputs, per axis; None for an
            axis that is seen whole.
        is_changed: whether nothing that the layer reads has the same field.
    """

    __slots__ = ("added", "centre", "covered", "field", "is_changed")

    def __init__(
        self,
        field: Field,
        centre: tuple[Fraction | None, ...],
        covered: tuple[Fraction, ...],
        added: tuple[int | None, ...],
        is_changed: bool,
    ) -> None:
        self.field = field
        self.centre = centre
        self.covered = covered
        self.added = added
        self.is_changed = is_changed


class Seen(NamedTuple):
    """What the units of a layer in its place see of one input of the model."""

    layer: LayerNumbers
    input: Node
    sight: Sight

    @property
    def field(self) -> Field:
        return self.sight.field

    @property
    def centre(self) -> tuple[Fraction | None, ...]:
        return self.sight.centre

    @property
    def covered(self) -> tuple[Fraction, ...]:
        return self.sight.covered

    @property
    def added(self) -> tuple[int | None, ...]:
        return self.sight.added

    @property
    def is_changed(self) -> bool:
        return self.sight.is_changed


class Misalignment(NamedTuple):
    """A merge at which two branches diverge: their strides or centres in an input differ.

    Attributes:
        branches: the two layers that the branches end in.
        fields: the receptive fields of these.
    """

    merge: LayerNumbers
    input: Node
    branches: tuple[Node, Node]
    fields: tuple[Field, Field]


def seen(analysis: Analysis) -> list[Seen]:
    """What every layer sees of every input that it depends on, in the order of the forward pass."""
    fields = fields_of(analysis)
    sight = lru_cache(MOST_ALIKE)(_sight)
    found = []
    for layer in analysis.layers:
        node = layer.node
        for source in analysis.spec.graph.inputs:
            if (field := layer.fields.get(source.name)) is None:
                continue
            before = tuple([fields[each][source.name] for each in node.inputs if source.name in fields[each]])
            found.append(Seen(layer, source, sight(field, before, node.output, extent(source))))
    return found


MOST_ALIKE = 1024
"""How much of what layers see is remembered, in case another layer sees alike."""


def _sight(field: Field, before: tuple[Field, ...], output: Shape, sizes: tuple[int, ...]) -> Sight:
    """What a layer sees, from its field, those of what it reads, its output, and the sizes of the input."""
    is_changed = field not in before
    if field.status != "local":
        covered = tuple(Fraction(1) for _ in sizes) if field.status == "global" else ()
        return Sight(field, (), covered, (), is_changed)
    read = [each.size for each in before if each.status == "local"] or [(0,) * len(sizes)]
    units = [units_along(output, field.carrier(axis)) for axis in range(len(sizes))]
    axes = zip(field.axes, units, sizes, strict=True)
    return Sight(
        field,
        centre(field),
        tuple(Fraction(most_seen(axis, count, size) if axis else size, size) for axis, count, size in axes),
        tuple(
            None if size is None else size - max([other for other in others if other is not None], default=0)
            for size, *others in zip(field.size, *read, strict=True)
        ),
        is_changed,
    )


def extent(source: Node) -> tuple[int, ...]:
    """The positions of an input, per axis. (The ids that an embedding reads are positions too.)"""
    return source.output.spatial or (source.output.channels,)


def centre(field: Field) -> tuple[Fraction | None, ...]:
    """The centre of the box of unit 0, per axis: −P + (r − 1) / 2. None where it sees nothing, or all."""
    boxes = (axis and interval(axis, 0) for axis in field.axes)
    return tuple(Fraction(sum(box), 2) if box and box[0] <= box[1] else None for box in boxes)


def boxes(field: Field, unit: tuple[int, ...], sizes: Sequence[int]) -> list[Interval]:
    """The box of a unit in an input of these sizes, per axis: all of an axis that it sees whole."""
    return [each or (0, size - 1) for each, size in zip(field.box(unit), sizes, strict=True)]


def clip(box: Interval, size: int) -> Interval:
    """The part of an interval inside the input; if there is none, the first position is larger than the last."""
    return max(box[0], 0), min(box[1], size - 1)


def most_seen(axis: Reads, units: int, size: int) -> int:
    """How many positions of an input of `size` the best placed of `units` units sees, along one axis."""
    best = 0
    for item in range(min(axis.period, units)):
        # units of the same phase see intervals of the same length: the one nearest to the middle sees the most
        middle = (size - 1 - axis.low[item] - axis.high[item]) // (2 * axis.advance) if axis.advance else 0
        last = (units - 1 - item) // axis.period
        for turn in (middle, middle + 1):
            low, high = clip(interval(axis, item + min(max(turn, 0), last) * axis.period), size)
            best = max(best, high - low + 1)
    return best


def last_local(analysis: Analysis, source: Node) -> LayerNumbers | None:
    """The last layer on the way to the model's outputs with a local field in an input; None if there is none."""
    above = ancestors(analysis.spec.graph.output_nodes)
    for layer in reversed(analysis.layers):
        field = layer.fields.get(source.name)
        if layer.node in above and field is not None and field.status == "local":
            return layer
    return None


def origin(analysis: Analysis, layer: LayerNumbers, source: Node) -> LayerNumbers:
    """The layer at or before this one that gave it its field; the layers between them did not change it."""
    numbers = {each.node: each for each in analysis.layers}
    while len(layer.node.inputs) == 1:
        before = numbers.get(layer.node.source)
        if before is None or before.fields[source.name] != layer.fields[source.name]:
            break
        layer = before
    return layer


def ancestors(ends: Sequence[Node]) -> set[Node]:
    """These layers and everything that they depend on."""
    found: set[Node] = set()
    pending = list(ends)
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(node.inputs)
    return found


def misalignments(analysis: Analysis) -> Iterator[Misalignment]:
    """The merges whose branches diverge, with the first two that do; not merges that merely come after such a merge."""
    fields = fields_of(analysis)
    for layer in analysis.layers:
        if not isinstance(layer.node.layer, Merge):
            continue
        for source in analysis.spec.graph.inputs:
            field = layer.fields.get(source.name)
            if field is None or field.is_aligned or field.status != "local":
                continue
            first, *others = _local_branches(layer.node, source.name, fields) or [layer.node]
            for other in others:
                if _differ(fields, source.name, first, other):
                    pair = fields[first][source.name], fields[other][source.name]
                    yield Misalignment(layer, source, (first, other), pair)
                    break


def _local_branches(merge: Node, name: str, fields: dict[Node, dict[str, Field]]) -> list[Node]:
    """The branches that distinguish the units along every axis; one that is broadcast along an axis is only a gate."""
    axes = [axis for axis, reads in enumerate(fields[merge][name].axes) if reads]
    return [
        node
        for node in merge.inputs
        if all(keeps_places(node.output, fields[node].get(name), merge.output, axis) for axis in axes)
    ]


def _differ(fields: dict[Node, dict[str, Field]], name: str, one: Node, other: Node) -> bool:
    pairs = zip(fields[one][name].axes, fields[other][name].axes, strict=True)
    return any(mean_distance(here, there) != 0 for here, there in pairs if here and there)


def mean_distance(one: Reads, other: Reads) -> Fraction | None:
    """How far the centres of one map are behind the other's, on average over a period; None if they drift apart."""
    if one.advance * other.period != other.advance * one.period:
        return None
    period = lcm(one.period, other.period)
    pairs = [(interval(one, index), interval(other, index)) for index in range(min(period, MAX_PERIOD))]
    return Fraction(sum(sum(here) - sum(there) for here, there in pairs), 2 * len(pairs))


def distances(one: Reads, other: Reads) -> set[Fraction]:
    """How far the centres of one map's units are behind the other's; several values if they drift or alternate."""
    period = min(lcm(one.period, other.period), MAX_PERIOD)
    pairs = ((interval(one, index), interval(other, index)) for index in range(period + 1))
    return {Fraction(sum(here) - sum(there), 2) for here, there in pairs}
