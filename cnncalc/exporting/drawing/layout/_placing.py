"""Gives everything in a drawing its place.

Boxes stand in rows, each below all that it reads. The graph is taken apart into what is below each other and what is
side by side (`_series_parallel`): parts get rows one after the other, then columns side by side; an edge without a box
of its own runs in a lane at the right of what is beside it, in one straight line. So edges of a series-parallel graph
cross neither boxes nor each other. (Di Battista, Eades, Tamassia, Tollis: Graph Drawing, 1999, has both this for
series-parallel graphs and the layers that what is not is drawn in.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.layout._contents import Content
from cnncalc.exporting.drawing.layout._plan import BESIDE_BOX, Link, Plan
from cnncalc.exporting.drawing.layout._series_parallel import decomposed
from cnncalc.exporting.drawing.layout._written import written_box
from cnncalc.exporting.drawing.layout.placed import MARGIN, OUTSIDE, Foot, PlacedBox, PlacedDrawing, PlacedEdge

if TYPE_CHECKING:
    from cnncalc.graph import Node

_GAP, _MOST_GAP = 20, 56
"""Between two rows, besides their margins: the least, and the most that it becomes for edges that go far sideways."""
_BESIDE_PORT = 12
"""How far apart edges end at the same box, as long as it need not be wider for them than this."""
_WIDEST_FOR_PORTS = 360


def placed_drawing(content: Content, foot: Foot) -> PlacedDrawing:
    """The drawing of what is in a box, and of what is in that."""
    insides = [placed_drawing(each, foot) if each.inside else None for each in content.inside]
    return _Arrangement(content, insides, foot).drawing()


class _Arrangement:
    """What is in one drawing, arranged.

    Attributes:
        edges: from where and to where, and whether only a size is read.
        boxes: what is written in each box.
        x: the centre of each vertex of the plan.
        lanes: where each edge runs in the rows that it passes.
        leaves: how far right of its source each edge begins.
        enters: how far right of its target each edge ends.
    """

    def __init__(self, content: Content, insides: Sequence[PlacedDrawing | None], foot: Foot) -> None:
        self.content = content
        self.insides = insides
        self.edges = [(*pair, is_size_alone) for pair, is_size_alone in content.edges.items()]
        ends = Counter(target for _, (target, _), _ in self.edges)
        self.boxes = [
            written_box(each, min(_BESIDE_PORT * (1 + max(ends[index], len(each.outs))), _WIDEST_FOR_PORTS), foot)
            for index, each in enumerate(content.inside)
        ]
        self.plan = self._plan()
        self.x, self.lanes = self._columns()
        self.leaves = dict.fromkeys(range(len(self.edges)), 0.0)
        self.enters = dict.fromkeys(range(len(self.edges)), 0.0)
        self._above: list[list[int]] = [[] for _ in self.boxes]
        self._below: list[list[int]] = [[] for _ in self.boxes]
        for number, ((source, _), (target, _), _) in enumerate(self.edges):
            if source != OUTSIDE:
                self._below[source].append(number)
            if target != OUTSIDE:
                self._above[target].append(number)
        for index in range(len(self.boxes)):
            self._spread_below(index)
        for index in range(len(self.boxes)):
            self._spread_above(index)

    def _plan(self) -> Plan:
        ins, outs = len(self.content.ins), len(self.content.outs)
        bundles: dict[tuple[int, int], int] = {}

        def vertex(end: tuple[int, int], first_port: int) -> int:
            box, port = end
            return first_port + port if box == OUTSIDE else 1 + ins + box

        links = [
            Link(
                vertex(source, 1),
                vertex(target, 1 + ins + len(self.boxes)),
                bundles.setdefault(source, len(bundles)),
            )
            for source, target, _ in self.edges
        ]
        return Plan([box.w for box in self.boxes], ins, outs, links)

    def _columns(self) -> tuple[list[float], list[tuple[float, ...]]]:
        """The places of everything from left to right, in whole px."""
        plan = self.plan
        part = decomposed(plan)
        part.give_rows(plan, 0)
        for vertex in range(plan.end_box, len(plan.row)):
            plan.row[vertex] = part.rows
        part.measure(plan)
        part.place(plan, 0.0)
        lanes = [plan.lanes_of(number) for number in range(len(plan.links))]
        boxes = range(plan.first_box, plan.end_box)
        lefts = (plan.x[each] - plan.sides[each] + BESIDE_BOX for each in boxes)
        left = min([*lefts, *plan.x[1 : plan.sink], *(x for run in lanes for x in run)]) - MARGIN
        return [float(round(x - left)) for x in plan.x], [tuple(float(round(x - left)) for x in run) for run in lanes]

    # -- where edges begin and end

    def _spread_below(self, index: int) -> None:
        """Where edges leave a box, in the order of where they go; neighbours from the same port leave together."""
        inside = self.insides[index]
        if not inside:
            return  # all in the middle, as they carry the same
        centre = self.x[self.plan.first_box + index]
        port = {number: self.edges[number][0][1] for number in self._below[index]}
        goals = sorted((self._first_x(number) - centre, inside.outs[port[number]], number) for number in port)
        together = [[*each] for _, each in groupby(goals, key=lambda goal: port[goal[2]])]
        means = [_mean([goal for goal, _, _ in each]) for each in together]
        for each, place in zip(together, _spread(means, self.boxes[index].w), strict=True):
            self.leaves.update((number, place) for _, _, number in each)

    def _spread_above(self, index: int) -> None:
        """Where edges enter a box: a point for each, in the order of where they come from."""
        centre = self.x[self.plan.first_box + index]
        inside = self.insides[index]
        goals = []
        for number in self._above[index]:
            port = self.edges[number][1][1]
            goals.append((self._last_x(number) - centre, inside.ins[port] if inside else 0.0, number))
        goals.sort()
        places = _spread([goal for goal, _, _ in goals], self.boxes[index].w)
        self.enters.update((number, place) for (_, _, number), place in zip(goals, places, strict=True))

    def _first_x(self, number: int) -> float:
        """Where an edge is when it has left its source."""
        return self.lanes[number][0] if self.lanes[number] else self.x[self.plan.links[number].target]

    def _last_x(self, number: int) -> float:
        """Where an edge is before it enters its target."""
        if self.lanes[number]:
            return self.lanes[number][-1]
        return self.x[self.plan.links[number].source] + self.leaves[number]

    # -- from above to below

    def drawing(self) -> PlacedDrawing:
        """Everything in its place."""
        plan = self.plan
        rows, height = self._rows()
        boxes = []
        for vertex, (content, box, inside) in enumerate(
            zip(self.content.inside, self.boxes, self.insides, strict=True), plan.first_box
        ):
            row = plan.row[vertex]
            nodes, *copies = _copies(content)
            boxes.append(
                PlacedBox(
                    x=self.x[vertex],
                    y=sum(rows[row]) / 2,
                    w=box.w,
                    h=box.h,
                    row=row,
                    name=box.name,
                    lines=box.lines,
                    shape=box.shape,
                    title=box.title,
                    role=content.role,
                    is_output=content.is_output,
                    times=content.times,
                    nodes=nodes,
                    copies=tuple(copies),
                    inside=inside,
                )
            )
        edges = tuple(
            PlacedEdge(*source, *target, leaves, enters, lanes, is_size_alone)
            for (source, target, is_size_alone), leaves, enters, lanes in zip(
                self.edges, self.leaves.values(), self.enters.values(), self.lanes, strict=True
            )
        )
        ins, outs = self.x[1 : plan.first_box], self.x[plan.end_box : plan.sink]
        rights = [*(box.x + box.w / 2 for box in boxes), *ins, *outs, *(x for run in self.lanes for x in run)]
        return PlacedDrawing(max(rights) + MARGIN, height, tuple(rows), tuple(boxes), edges, tuple(ins), tuple(outs))

    def _rows(self) -> tuple[list[tuple[float, float]], float]:
        """Where each row begins and ends, and where the drawing does."""
        plan = self.plan
        heights = [0.0] * plan.row[plan.sink]
        for vertex, box in enumerate(self.boxes, plan.first_box):
            heights[plan.row[vertex]] = max(heights[plan.row[vertex]], box.h + 2 * MARGIN)
        gaps = self._gaps(len(heights))
        rows, y = [], 0.0
        for gap, height in zip(gaps, heights, strict=False):
            rows.append((y + gap, y + gap + height))
            y += gap + height
        return rows, y + gaps[-1]

    def _gaps(self, rows: int) -> list[float]:
        """How much is between rows, and before the first and after the last one if something comes in or goes out."""
        gaps = [float(_GAP)] * (rows + 1)
        gaps[0] = float(_GAP) if self.content.ins else 0.0
        gaps[-1] = float(_GAP) if self.content.outs else 0.0
        for link, leaves, enters, lanes in zip(
            self.plan.links, self.leaves.values(), self.enters.values(), self.lanes, strict=True
        ):
            run = (self.x[link.source] + leaves, *lanes, self.x[link.target] + enters)
            for gap, (one, other) in enumerate(pairwise(run), self.plan.row[link.source] + 1):
                gaps[gap] = max(gaps[gap], min(float(_GAP + abs(other - one) // 8), float(_MOST_GAP)))
        return gaps


def _spread(goals: Sequence[float], width: float) -> list[float]:
    """Points along a border of a box, each as near to its goal as the others and the corners let it be.

    With a point's index times the distance taken off, points may only not come before one another: those that would are
    put at their mean (the pool of adjacent violators, as in isotonic regression).
    """
    if len(goals) < 2:
        return [0.0] * len(goals)  # one alone is in the middle
    most = width / 2 - _BESIDE_PORT / 2
    apart = min(float(_BESIDE_PORT), 2 * most / (len(goals) - 1))
    pools: list[list[float]] = []
    for index, goal in enumerate(goals):
        pools.append([min(max(goal, -most), most) - index * apart])
        while len(pools) > 1 and _mean(pools[-2]) >= _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    places = [_mean(pool) for pool in pools for _ in pool]
    highest = most - (len(goals) - 1) * apart
    return [float(round(min(max(place, -most), highest) + index * apart)) for index, place in enumerate(places)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _copies(content: Content) -> list[tuple[Node, ...]]:
    return [tuple(nodes) for nodes in content.instances]
