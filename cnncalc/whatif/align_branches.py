"""How to align branches that diverge at a merge: a padding that was tried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from cnncalc.analysis.field_coverage import Misalignment, distances
from cnncalc.analysis.receptive_field import fields_of, receptive_fields
from cnncalc.graph import Node
from cnncalc.graph.rebuild import Change
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding
from cnncalc.whatif._changes import changed

if TYPE_CHECKING:
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.analysis.results import Analysis
    from cnncalc.layers.base import Layer


class Alignment(NamedTuple):
    """A padding that lines up two branches: the layer, the setting's name, and its value."""

    at: str
    setting: str
    padding: Padding


class Aligner:
    """Finds what aligns the branches of a model's merges."""

    def __init__(self, analysis: Analysis) -> None:
        self._spec = analysis.spec
        self._fields = fields_of(analysis)
        nodes = (*analysis.spec.graph.inputs, *analysis.spec.graph.nodes)
        self._places = {node: place for place, node in enumerate(nodes)}

    def alignment(self, found: Misalignment) -> Alignment | None:
        """A padding on one of the two branches that lines them up, with the model still fitting together; None if none
        does."""
        if not all(field.is_plain for field in found.fields):
            return None
        shifts = _distances(*found.fields)
        if any(len(values) > 1 for values in shifts):
            return None
        behind = [next(iter(values)) for values in shifts]
        first, second = self._apart(*found.branches)
        # the second branch's units have to move forward by as much as they are behind, or the first one's back
        for branch, wanted in ((second, [-shift for shift in behind]), (first, behind)):
            for node in branch:
                for fitted in self._shifted(found, node, wanted):
                    return fitted
        return None

    def _apart(self, one: Node, other: Node) -> tuple[list[Node], list[Node]]:
        """The layers that one of two layers depends on and the other does not, the last first.

        Layers are taken up from the last to the first, with the sides that depend on them. As soon as all that are left
        belong to both sides, so does everything before them: branches are short, and a model may be long.
        """
        sides = {one: 1, other: 2} if one is not other else {one: 3}
        pending = [-self._places[node] for node in sides]
        heapify(pending)
        nodes = {self._places[node]: node for node in sides}
        apart: tuple[list[Node], list[Node]] = ([], [])
        open_sides = sum(side != 3 for side in sides.values())
        while open_sides:
            node = nodes[-heappop(pending)]
            side = sides[node]
            if side != 3:
                open_sides -= 1
                apart[side - 1].append(node)
            for source in node.inputs:
                before = sides.get(source, 0)
                sides[source] = after = before | side
                if not before:
                    nodes[self._places[source]] = source
                    heappush(pending, -self._places[source])
                open_sides += (after != 3) - (before not in (0, 3))
        return apart

    def _shifted(self, found: Misalignment, node: Node, back: Sequence[Fraction]) -> Iterator[Alignment]:
        """Paddings of a layer that move its units back by `back` positions of the input, and do align the merge."""
        if node.layer is None or not node.layer.border:
            return
        setting = node.layer.border
        old: Padding = vars(node.layer)[setting]
        field = self._fields[node.source].get(found.input.name)
        if field is None or not field.is_plain or 0 in field.stride:
            return
        steps = [shift / j for shift, j in zip(back, field.stride, strict=True) if j]
        if any(step.denominator != 1 for step in steps):
            return
        moves = [-int(step) if node.layer.crops else int(step) for step in steps]
        for keeps_sum in (True, False):
            pairs = [(b + m, a - m if keeps_sum else a) for (b, a), m in zip(old, moves, strict=True)]
            layer = node.layer.with_settings(**{setting: Padding(pairs)})
            if min(map(min, pairs)) >= 0 and self._aligns(found, node, layer):
                yield Alignment(node.name, setting, Padding(pairs))

    def _aligns(self, found: Misalignment, node: Node, layer: Layer) -> bool:
        new = changed(self._spec.graph, Change(replaced={node: layer}), self._spec.convention)
        if new is None:
            return False
        fields = receptive_fields(new.graph, self._fields)
        one, other = (fields[new.ends[each]][found.input.name] for each in found.branches)
        return all(each == {Fraction(0)} for each in _distances(one, other))


def _distances(one: Field, other: Field) -> list[set[Fraction]]:
    """How far the centres of one field are behind the other's, along each axis that both follow."""
    pairs = zip(one.axes, other.axes, strict=True)
    return [distances(here, there) for here, there in pairs if here and there]
