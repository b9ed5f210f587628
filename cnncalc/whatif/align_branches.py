"""How to align branches that diverge at a merge: a padding that was tried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.field_coverage import Misalignment, ancestors, distances
from cnncalc.analysis.receptive_field import fields_of, receptive_fields
from cnncalc.graph import Node
from cnncalc.graph.rebuild import Change
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding
from cnncalc.whatif._changes import changed

if TYPE_CHECKING:
    from cnncalc.analysis.results import Analysis
    from cnncalc.layers.base import Layer


class Alignment(NamedTuple):
    """A padding that lines up two branches: the layer, the setting's name, and its value."""

    at: str
    setting: str
    padding: Padding


def alignment(analysis: Analysis, found: Misalignment) -> Alignment | None:
    """A padding on one of the two branches that lines them up, with the model still fitting together; None if none
    does."""
    shifts = [distances(*axes) for axes in zip(*(field.axes for field in found.fields), strict=True)]
    if any(len(values) > 1 for values in shifts):
        return None
    behind = [next(iter(values)) for values in shifts]
    first, second = (ancestors([node]) for node in found.branches)
    # the second branch's units have to move forward by as much as they are behind, or the first one's back
    sides = ((second - first, [-shift for shift in behind]), (first - second, behind))
    for branch, wanted in sides:
        for node in reversed(analysis.spec.graph.nodes):
            if node in branch:
                for fitted in _shifted(analysis, found, node, wanted):
                    return fitted
    return None


def _shifted(analysis: Analysis, found: Misalignment, node: Node, back: Sequence[Fraction]) -> Iterator[Alignment]:
    """Paddings of a layer that move its units back by `back` positions of the input, and do align the merge."""
    if node.layer is None or not node.layer.border:
        return
    setting = node.layer.border
    old: Padding = vars(node.layer)[setting]
    field = fields_of(analysis)[node.inputs[0]].get(found.input.name)
    if field is None or field.status != "local" or 0 in field.stride:
        return
    steps = [shift / j for shift, j in zip(back, field.stride, strict=True)]
    if any(step.denominator != 1 for step in steps):
        return
    moves = [-int(step) if node.layer.crops else int(step) for step in steps]
    for keeps_sum in (True, False):
        pairs = [(b + m, a - m if keeps_sum else a) for (b, a), m in zip(old, moves, strict=True)]
        layer = node.layer.with_settings(**{setting: Padding(pairs)})
        if min(map(min, pairs)) >= 0 and _aligns(analysis, found, node, layer):
            yield Alignment(node.name, setting, Padding(pairs))


def _aligns(analysis: Analysis, found: Misalignment, node: Node, layer: Layer) -> bool:
    graph = analysis.spec.graph
    new = changed(graph, Change(replaced={node: layer}), analysis.spec.convention)
    if new is None:
        return False
    fields = receptive_fields(new.graph)
    one, other = (fields[new.ends[each]][found.input.name] for each in found.branches)
    return all(distances(*axes) == {Fraction(0)} for axes in zip(one.axes, other.axes, strict=True))
