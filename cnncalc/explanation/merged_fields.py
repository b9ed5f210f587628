"""The receptive field of a merge: what one of its units sees through each branch, and the hull of it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.analysis.field_coverage import Interval, mean_distance
from cnncalc.analysis.receptive_field import MergedAxis, input_extent, interval
from cnncalc.explanation import _field_sentences as sentences
from cnncalc.explanation.derived_number import DerivedNumber
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import Number
from cnncalc.settings.axes import EXTENTS

if TYPE_CHECKING:
    from cnncalc.analysis import LayerNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Node
    from cnncalc.layers.base import Reads


class BranchField(NamedTuple):
    """What a unit of a merge sees of an input of the model through one branch.

    Attributes:
        name: the layer that the branch ends in.
        field: the receptive field of that layer; None where it does not depend on the input.
        reads: per axis, the map from units to intervals of the input; None where the branch is a gate along that axis
            (all units see the same through it), or where there is no local field.
        box: per axis, the interval of the unit; None as in `reads`.
        is_spread: whether several units of the merge get the same value of it.
    """

    name: str
    field: Field | None
    reads: tuple[Reads | None, ...]
    box: tuple[Interval | None, ...]
    is_spread: bool


class FieldHull(NamedTuple):
    """How the field of a merge in one input comes about.

    Attributes:
        input: the name of the input.
        field: the field of the merge.
        unit: the place, along what carries each axis, of a unit that sees as much as any, whose boxes these are; empty
            where the field is not local.
        box: what that unit sees altogether: the hull of the branches' boxes, not clipped to the input; None for an axis
            that it sees whole.
        branches: in the order of the merge.
    """

    input: str
    field: Field
    unit: tuple[int, ...]
    box: tuple[Interval | None, ...]
    branches: tuple[BranchField, ...]


def field_hulls(
    layer: LayerNumbers, inputs: Sequence[Node], fields: Mapping[Node, Mapping[str, Field]]
) -> tuple[FieldHull, ...]:
    """The field of a merge in every input of the model that it sees, given those of all layers and inputs."""
    return tuple(_hull(layer, source.name, fields) for source in inputs if source.name in layer.fields)


def _hull(layer: LayerNumbers, name: str, fields: Mapping[Node, Mapping[str, Field]]) -> FieldHull:
    node, field = layer.node, layer.fields[name]
    seen = [(source.output, fields[source].get(name)) for source in node.inputs]
    places: dict[int, int] = {}  # by the axis along which the units move
    for axis, each in enumerate(field.axes):
        places.setdefault(field.carrier(axis), _most_seeing(each) if each else 0)
    unit = tuple(places[field.carrier(axis)] for axis in range(len(field.axes)))
    # by axis, and then by branch
    reads = [MergedAxis.of(node, seen, axis, input_extent(fields, name, axis)).reads for axis in range(len(unit))]
    branches = []
    for index, source in enumerate(node.inputs):
        own = tuple(along[index] for along in reads)
        box = tuple(each and interval(each, place) for each, place in zip(own, unit, strict=True))
        is_spread = source.output.spatial != node.output.spatial
        branches.append(BranchField(source.name, seen[index][1], own, box, is_spread))
    pairs = zip(field.axes, unit, strict=True)
    whole = tuple(each and interval(each, place) for each, place in pairs)
    return FieldHull(name, field, unit, whole, tuple(branches))


def _most_seeing(axis: Reads) -> int:
    """The first position that sees as many as any other."""
    lengths = _lengths(axis)
    return lengths.index(max(lengths))


def _lengths(axis: Reads) -> list[int]:
    """How many positions each unit of a period sees."""
    return [max(high - low + 1, 0) for low, high in zip(axis.low, axis.high, strict=True)]


# -- in numbers


def hull_steps(hull: FieldHull, several: bool) -> Iterator[DerivedNumber]:
    """The field through each branch, then their hull, then its stride; axes that are alike are shown once.

    Args:
        several: whether the model has several inputs, so that each is named.
    """
    axes = EXTENTS[len(hull.unit)]
    alike: dict[object, list[int]] = {}
    for axis in range(len(axes)):
        boxes = tuple((branch.reads[axis], branch.box[axis]) for branch in hull.branches)
        if hull.field.axes[axis]:
            alike.setdefault((hull.unit[axis], hull.field.axes[axis], boxes), []).append(axis)
    of_input, of = f" in {hull.input}" if several else "", _of(hull, several)
    for indices in alike.values():
        named = [axes[index] for index in indices]
        along = "" if len(named) == len(axes) else f" ({' and '.join(named)})"
        for branch, sees, words in _branch_fields(hull, indices[0], named, of):
            yield DerivedNumber(f"field{of_input} through {branch}{along}", sees, words)
        sees, words = _whole_field(hull, indices[0], named, of)
        yield DerivedNumber(f"receptive field{of_input}{along}", sees, words)
        if moves := hull.field.axes[indices[0]]:
            yield from _stride(moves, f"{of_input}{along}", of)


def _branch_fields(hull: FieldHull, axis: int, named: Sequence[str], of: str) -> Iterator[tuple[str, int, str]]:
    for index, branch in enumerate(hull.branches, 1):
        box = branch.box[axis]
        if box is not None:
            sees = formulas.hull_size(*_ends([(index, box)])) if box[0] <= box[1] else 0
            yield branch.name, sees, sentences.seen_through_branch(hull.unit, box, named, of)


def _whole_field(hull: FieldHull, axis: int, named: Sequence[str], of: str) -> tuple[int, str]:
    boxes = [(index, box) for index, branch in enumerate(hull.branches, 1) if (box := branch.box[axis])]
    seeing = [(index, box) for index, box in boxes if box[0] <= box[1]]
    sees = formulas.hull_size(*_ends(seeing)) if seeing else 0
    moves, box = hull.field.axes[axis], hull.box[axis]
    assert moves
    assert box
    is_uniform = len(set(_lengths(moves))) == 1
    words = [sentences.hull(box, named, is_uniform, of), *_parting(hull, axis)]
    return sees, "; ".join(words)


def _ends(boxes: Sequence[tuple[int, Interval]]) -> tuple[list[int], list[int]]:
    """First and last positions as named numbers; every box with the number of its branch."""
    firsts: list[int] = [Number(box[0], f"first_{index}") for index, box in boxes]
    return firsts, [Number(box[1], f"last_{index}") for index, box in boxes]


def _parting(hull: FieldHull, axis: int) -> Iterator[str]:
    """What there is to say about branches whose strides or centres differ along an axis."""
    first, *others = [branch for branch in hull.branches if branch.reads[axis] is not None]
    if hull.field.is_aligned:
        return
    for other in others:
        one, two = first.reads[axis], other.reads[axis]
        assert one is not None
        assert two is not None
        distance = mean_distance(one, two)
        if distance is None:
            yield sentences.drifting(first.name, other.name, _step(one), _step(two))
            return
        if distance and one.advance:
            yield sentences.centres_apart(first.name, other.name, abs(distance))
            return


def _of(hull: FieldHull, several: bool) -> str:
    """The input of the model, by its name if it has several."""
    return f"`{hull.input}`" if several else "the input"


def _step(axis: Reads) -> str:
    """From one unit to the next, on average: `2`, `1/2`."""
    from fractions import Fraction

    return str(Fraction(axis.advance, axis.period))


def _stride(axis: Reads, along: str, of: str) -> Iterator[DerivedNumber]:
    """If the stride is whole; a field that does not move has none."""
    if axis.advance and axis.advance % axis.period == 0:
        stride = axis.advance // axis.period
        words = sentences.stride_of_field(stride, of) + (", on average" if axis.period > 1 else "")
        yield DerivedNumber(f"field stride{along}", stride, words)


# -- in words


def hull_remarks(hull: FieldHull, several: bool) -> Iterator[str]:
    """What there is to say about branches without a box: gates, fields that are not local, and no field at all."""
    of = _of(hull, several)
    status = hull.field.status
    having = [branch for branch in hull.branches if branch.field]
    if status == "global":
        yield sentences.sees_everything(_seeing_everything(hull.field, having), of)
    elif status == "unknown":
        unknown = [each.name for each in hull.branches if each.field and each.field.status == "unknown"]
        yield sentences.unknown(of, unknown)
    else:
        yield from _gate_remarks(hull, having, of)
    blind = dict.fromkeys(branch.name for branch in hull.branches if not branch.field)
    if blind:
        yield sentences.sees_nothing(blind, of)


def _seeing_everything(field: Field, having: Sequence[BranchField]) -> dict[str, None]:
    """The branches that make a field global: no gate where another's units weigh everything, each in its own way."""
    whole = [branch for branch in having if branch.field and branch.field.status == "global"]
    weighed = [branch for branch in whole if field.is_weighed and branch.field and branch.field.is_weighed]
    return dict.fromkeys(branch.name for branch in weighed or whole or having)


def _gate_remarks(hull: FieldHull, having: Sequence[BranchField], of: str) -> Iterator[str]:
    inside = dict.fromkeys(branch.name for branch in having if branch.field and branch.field.is_gated)
    names = EXTENTS[len(hull.unit)]
    if whole := [axis for axis, each in zip(names, hull.box, strict=True) if each is None]:
        yield sentences.whole_axes(whole, of)
    for branch in having:
        is_global = branch.field is not None and branch.field.status == "global"
        if is_global and not branch.is_spread:
            inside[branch.name] = None
            continue
        followed = zip(names, branch.reads, hull.box, strict=True)
        axes = [axis for axis, each, box in followed if each is None and box]
        if axes:
            along = axes if len(axes) < len(hull.unit) else ()
            yield sentences.gate(branch.name, along, is_global, of)
            inside.pop(branch.name, None)
    if inside:
        yield sentences.gated_inside(inside, of)
