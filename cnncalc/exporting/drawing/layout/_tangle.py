"""A part of a graph that is neither a series nor side by side: it is laid out in layers.

As in Sugiyama, Tagawa, Toda (Methods for visual understanding of hierarchical system structures, IEEE Trans. SMC 11,
1981): each box gets a row below all that it reads, an edge that passes rows a lane in each of them, and the order
within rows is changed until hardly any edges cross (`_layers`). Edges that carry the same values share their lanes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cnncalc.exporting.drawing.layout._layers import Layers
from cnncalc.exporting.drawing.layout._parts import GraphPart
from cnncalc.exporting.drawing.layout._plan import BESIDE_LANE, Plan


class Tangle(GraphPart):
    """Vertices and edges among them, and from the source, and to the target.

    Rows are counted from the first of this part: -1 is where it begins (the source, or the upper border of the
    drawing), `rows` where it ends.
    """

    def __init__(
        self, plan: Plan, source: int, target: int, parts: Sequence[GraphPart], vertices: Sequence[int]
    ) -> None:
        super().__init__(source, target)
        self._inner = sorted((*vertices, *(vertex for part in parts for vertex in part.vertices())))
        self._links = sorted(number for part in parts for number in part.links())
        self._layer = self._layered(plan)
        self.first = self._inner[0]
        self.rows = 1 + max((self._layer[each] for each in self._inner if plan.is_box(each)), default=-1)
        self._layer |= {each: self.rows for each in (*self._inner, target) if each >= plan.end_box or each == target}
        self._top = 0
        self._x: dict[int, float] = {}
        self._lanes: dict[int, dict[int, float]] = {}

    def vertices(self) -> Iterator[int]:
        yield from self._inner

    def links(self) -> Iterator[int]:
        yield from self._links

    def _layered(self, plan: Plan) -> dict[int, int]:
        """The row of each vertex: below all that it reads; of a box that reads nothing just above its first reader."""
        layer = {each: 0 if plan.is_box(each) else -1 for each in (self.source, *self._inner)}
        layer[self.source] = -1
        after: dict[int, list[int]] = defaultdict(list)
        for number in self._links:
            after[plan.links[number].source].append(plan.links[number].target)
        reading = {each for source, targets in after.items() if plan.is_drawn(source) for each in targets}
        for vertex in layer:  # each after all that it reads
            for other in after[vertex]:
                if other in layer:
                    layer[other] = max(layer[other], layer[vertex] + 1)
        for vertex in reversed(self._inner):
            readers = [layer[each] for each in after[vertex] if each in layer]
            if vertex not in reading and plan.is_box(vertex) and readers:
                layer[vertex] = min(readers) - 1
        return layer

    def give_rows(self, plan: Plan, top: int) -> None:
        self._top = top
        for vertex in self._inner:
            if plan.is_box(vertex):
                plan.row[vertex] = top + self._layer[vertex]

    def measure(self, plan: Plan) -> None:
        layers = Layers(self.rows + 2)
        ends = [each for each in (self.source, self.target) if plan.is_drawn(each)]
        items = {each: layers.add(self._layer[each] + 1, 0) for each in ends}
        items |= {each: layers.add(self._layer[each] + 1, plan.sides[each]) for each in self._inner}
        lanes = self._lane_items(plan, layers, items)
        layers.order()
        x = layers.columns()
        outer = {items[each] for each in ends}
        inner = [each for each in range(len(x)) if each not in outer]
        left = min(x[each] - layers.sides[each] for each in inner)
        right = max(x[each] + layers.sides[each] for each in inner)
        axis = sum(x[each] for each in outer) / len(outer) if outer else (left + right) / 2
        rows = range(plan.row[self.source] + 1, plan.row[self.target])
        self.sides = dict.fromkeys(rows, (axis - left, right - axis))
        self._x = {vertex: x[items[vertex]] - axis for vertex in self._inner}
        self._lanes = {bundle: {row: x[each] - axis for row, each in own.items()} for bundle, own in lanes.items()}

    def _lane_items(self, plan: Plan, layers: Layers, items: dict[int, int]) -> dict[int, dict[int, int]]:
        """Joins what edges join, by way of a lane in each row that they pass: for each bundle of edges, row → lane."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for number in self._links:
            source, target, bundle = plan.links[number]
            end = items[source]
            for row in range(self._layer[source] + 1, self._layer[target]):
                if row not in found[bundle]:
                    found[bundle][row] = layers.add(row + 1, BESIDE_LANE, is_lane=True)
                    layers.join(end, found[bundle][row])
                end = found[bundle][row]
            layers.join(end, items[target])
        return found

    def place(self, plan: Plan, x: float) -> None:
        for vertex in self._inner:
            plan.x[vertex] = x + self._x[vertex]
        for number in self._links:
            plan.lanes[number] = {row: x + place for row, place in self._run(plan, *plan.links[number]).items()}

    def _run(self, plan: Plan, source: int, target: int, bundle: int) -> dict[int, float]:
        """Where an edge runs in each row; in rows that this part leaves free above and below, straight on."""
        lanes = self._lanes.get(bundle, {})
        first, last = self._layer[source] + 1, self._layer[target] - 1
        straight = self._x.get(source, self._x.get(target, 0.0))
        found = {}
        for row in range(plan.row[source] + 1, plan.row[target]):
            nearest = min(max(row - self._top, first), last)
            found[row] = lanes.get(nearest, straight) if first <= last else straight
        return found
