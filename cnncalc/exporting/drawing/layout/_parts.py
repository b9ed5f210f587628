"""Parts of a graph, each between two vertices: how many rows they take, how wide they are, and where what is in them goes.

A part is first given rows, then measured, then placed at the x of its axis, on which the vertices are that it is between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.exporting.drawing.layout._plan import BESIDE_LANE, Plan

_LAST = 1 << 60


class Part:
    """A part of a graph.

    Attributes:
        source: the vertex that it begins after.
        target: the vertex that it ends before.
        rows: how many rows it takes.
        first: the smallest vertex in it.
        left: what it takes at the left of its axis.
        right: what it takes at the right of its axis.
    """

    rows = 0
    first = _LAST

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.target = target
        self.left = 0.0
        self.right = 0.0

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


class Wire(Part):
    """Edges from one vertex to another, of which none may be drawn."""

    def __init__(self, source: int, target: int, numbers: list[int]) -> None:
        super().__init__(source, target)
        self.numbers = numbers

    def measure(self, plan: Plan) -> None:
        if plan.row[self.target] - plan.row[self.source] > 1:  # it passes boxes
            self.left = self.right = float(BESIDE_LANE * len(self.numbers))

    def place(self, plan: Plan, x: float) -> None:
        for index, number in enumerate(self.numbers):
            plan.lanes[number] = x + BESIDE_LANE * (2 * index + 1 - len(self.numbers))

    def links(self) -> Iterator[int]:
        yield from self.numbers


class Series(Part):
    """Parts below each other, with a vertex between each and the next."""

    def __init__(self, source: int, target: int, parts: Sequence[Part], joints: Sequence[int]) -> None:
        super().__init__(source, target)
        self.parts = parts
        self.joints = joints
        self.first = min(*joints, *(part.first for part in parts))

    def count_rows(self, plan: Plan) -> Series:
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
        widest = max(plan.sides[joint] for joint in self.joints)
        self.left = max(widest, *(part.left for part in self.parts))
        self.right = max(widest, *(part.right for part in self.parts))

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


class Parallel(Part):
    """Parts side by side. What has no box runs at the right of the others."""

    def __init__(self, source: int, target: int, branches: Sequence[Part]) -> None:
        super().__init__(source, target)
        ordered = sorted(branches, key=lambda each: each.first)
        self.bodies = [each for each in ordered if each.rows] or ordered
        self.others = [each for each in ordered if not each.rows] if self.bodies is not ordered else []
        self.rows = max(each.rows for each in ordered)
        self.first = ordered[0].first
        self.places: list[float] = []

    @property
    def branches(self) -> list[Part]:
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
        at = 0.0
        places = []
        for branch in self.branches:
            branch.measure(plan)
            places.append(at + branch.left)
            at += branch.left + branch.right
        axis = self._axis(places)
        self.places = [each - axis for each in places]
        self.left, self.right = axis, at - axis

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


def in_series(plan: Plan, source: int, target: int, parts: Sequence[Part], joints: Sequence[int]) -> Series:
    """Parts below each other; what is itself such a series is part of the new one."""
    flat: list[Part] = []
    between: list[int] = []
    for part, joint in zip(parts, (*joints, -1), strict=True):
        flat += part.parts if isinstance(part, Series) else [part]
        between += part.joints if isinstance(part, Series) else []
        between += [joint] if joint >= 0 else []
    return Series(source, target, flat, between).count_rows(plan)


def side_by_side(source: int, target: int, branches: Sequence[Part]) -> Parallel:
    """Parts side by side; what is itself several of them is all of these."""
    flat = [each for branch in branches for each in (branch.branches if isinstance(branch, Parallel) else [branch])]
    return Parallel(source, target, flat)
