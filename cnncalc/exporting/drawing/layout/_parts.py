"""Parts of a graph, each between two vertices: how many rows they take, how wide they are there, and
where what is in them goes.

A part is first given rows, then measured, then placed at the x of its axis, on which the vertices that it is between
are as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.exporting.drawing.layout._plan import BESIDE_LANE, Plan

_LAST = 1 << 60


class GraphPart:
    """A part of a graph.

    Attributes:
        source: the vertex that it begins after.
        target: the vertex that it ends before.
        rows: how many rows it takes.
        first: the smallest vertex in it.
        sides: what it takes in each row at the left and the right of its axis.
    """

    rows = 0
    first = _LAST

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.target = target
        self.sides: dict[int, tuple[float, float]] = {}

    def give_rows(self, plan: Plan, top: int) -> None:
        """Gives its boxes the rows from this one."""

    def measure(self, plan: Plan) -> None:
        """Says what it takes at both sides of its axis."""

    def place(self, plan: Plan, x: float) -> None:
        """Gives what is in it its place, for an axis there."""

    def vertices(self) -> Iterator[int]:
        """The vertices in it."""
        yield from ()

    def links(self) -> Iterator[int]:
        """The numbers of the edges in it."""
        yield from ()


class EdgesPart(GraphPart):
    """Edges from one vertex to another, of which none may be drawn."""

    def __init__(self, source: int, target: int, numbers: list[int]) -> None:
        super().__init__(source, target)
        self.numbers = numbers

    def measure(self, plan: Plan) -> None:
        side = float(BESIDE_LANE * len(self.numbers))
        if side:
            self.sides = dict.fromkeys(range(plan.row[self.source] + 1, plan.row[self.target]), (side, side))

    def place(self, plan: Plan, x: float) -> None:
        for index, number in enumerate(self.numbers):
            plan.lanes[number] = x + BESIDE_LANE * (2 * index + 1 - len(self.numbers))

    def links(self) -> Iterator[int]:
        yield from self.numbers


class SeriesPart(GraphPart):
    """Parts below each other, with a vertex between each and the next."""

    def __init__(self, source: int, target: int, parts: Sequence[GraphPart], joints: Sequence[int]) -> None:
        super().__init__(source, target)
        self.parts = parts
        self.joints = joints
        self.first = min(*joints, *(part.first for part in parts))

    def count_rows(self, plan: Plan) -> SeriesPart:
        """Counts its rows."""
        self.rows = sum(map(plan.is_box, self.joints)) + sum(part.rows for part in self.parts)
        return self

    def give_rows(self, plan: Plan, top: int) -> None:
        for part, joint in zip(self.parts, (*self.joints, 0), strict=True):
            part.give_rows(plan, top)
            top += part.rows
            if plan.is_box(joint):
                plan.row[joint] = top
                top += 1

    def measure(self, plan: Plan) -> None:
        for part in self.parts:
            part.measure(plan)
            self.sides |= part.sides  # no two parts have a row in common
        self.sides |= {plan.row[joint]: (plan.sides[joint],) * 2 for joint in self.joints if plan.is_drawn(joint)}

    def place(self, plan: Plan, x: float) -> None:
        for part in self.parts:
            part.place(plan, x)
        for joint in self.joints:
            plan.x[joint] = x

    def vertices(self) -> Iterator[int]:
        yield from self.joints
        for part in self.parts:
            yield from part.vertices()

    def links(self) -> Iterator[int]:
        for part in self.parts:
            yield from part.links()


class ParallelPart(GraphPart):
    """Parts side by side. What has no box runs at the right of the others."""

    def __init__(self, source: int, target: int, branches: Sequence[GraphPart]) -> None:
        super().__init__(source, target)
        ordered = sorted(branches, key=lambda each: each.first)
        self.bodies = [each for each in ordered if each.rows] or ordered
        self.others = [each for each in ordered if not each.rows] if self.bodies is not ordered else []
        self.rows = max(each.rows for each in ordered)
        self.first = ordered[0].first
        self.places: list[float] = []

    @property
    def branches(self) -> list[GraphPart]:
        """All of them, from left to right."""
        return [*self.bodies, *self.others]

    def give_rows(self, plan: Plan, top: int) -> None:
        for branch in self.branches:
            free = self.rows - branch.rows
            if self.target == plan.sink:  # nothing follows: close to what it reads
                free = 0
            elif self.source:  # halfway, unless nothing is before it
                free //= 2
            branch.give_rows(plan, top + free)

    def measure(self, plan: Plan) -> None:
        places: list[float] = []
        right: dict[int, float] = {}  # how far each row is taken
        for branch in self.branches:
            branch.measure(plan)
            least = places[-1] + BESIDE_LANE if places else 0.0
            place = max((right[row] + left for row, (left, _) in branch.sides.items() if row in right), default=least)
            places.append(max(place, least))
            right |= {row: places[-1] + side for row, (_, side) in branch.sides.items()}
        axis = self._axis(places)
        self.places = [each - axis for each in places]
        for branch, place in zip(self.branches, self.places, strict=True):
            for row, (left, side) in branch.sides.items():
                other_left, other_side = self.sides.get(row, (-_LAST, -_LAST))
                self.sides[row] = (max(left - place, other_left), max(side + place, other_side))

    def _axis(self, places: Sequence[float]) -> float:
        """The middle of the branches, or of one that is at least twice as long as all others together."""
        longest = max(self.bodies, key=lambda each: each.rows)
        if longest.rows >= 2 * sum(each.rows for each in self.bodies if each is not longest):
            return places[self.bodies.index(longest)]
        return (places[0] + places[len(self.bodies) - 1]) / 2

    def place(self, plan: Plan, x: float) -> None:
        for branch, place in zip(self.branches, self.places, strict=True):
            branch.place(plan, x + place)

    def vertices(self) -> Iterator[int]:
        for branch in self.branches:
            yield from branch.vertices()

    def links(self) -> Iterator[int]:
        for branch in self.branches:
            yield from branch.links()


def in_series(plan: Plan, source: int, target: int, parts: Sequence[GraphPart], joints: Sequence[int]) -> SeriesPart:
    """Parts below each other; what is itself such a series is part of the new one."""
    flat: list[GraphPart] = []
    between: list[int] = []
    for part, joint in zip(parts, (*joints, -1), strict=True):
        flat += part.parts if isinstance(part, SeriesPart) else [part]
        between += part.joints if isinstance(part, SeriesPart) else []
        between += [joint] if joint >= 0 else []
    return SeriesPart(source, target, flat, between).count_rows(plan)


def in_parallel(source: int, target: int, branches: Sequence[GraphPart]) -> ParallelPart:
    """Parts side by side; what is itself several of them is all of these."""
    flat = [each for branch in branches for each in (branch.branches if isinstance(branch, ParallelPart) else [branch])]
    return ParallelPart(source, target, flat)
