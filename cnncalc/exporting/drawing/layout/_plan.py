"""What is known of a drawing while it is laid out: a graph whose vertices get rows and columns."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.named_tuple import NamedTuple

BESIDE_BOX = 12
"""What is free at each side of a box: half of what is between two."""
BESIDE_LANE = 8
"""What is free at each side of an edge that runs beside boxes."""


class Link(NamedTuple):
    """An edge between vertices.

    Attributes:
        bundle: edges with the same number, from one vertex, carry the same values.
    """

    source: int
    target: int
    bundle: int


class Plan:
    """A drawing that is laid out.

    Vertices are numbers: 0 is what everything begins with, then come the ports at the upper border, the boxes, the
    ports at the lower border, and what everything ends in. Every edge goes from a smaller number to a larger one. What
    nothing leads to is joined to the first vertex, what leads nowhere to the last; neither is drawn.

    Attributes:
        sides: what each vertex takes at either side of its centre.
        first_box: the number of the first box.
        end_box: the number after that of the last box.
        links: the edges that are drawn.
        row: the row of each box; -1 at the upper border, and as many as there are rows at the lower.
        x: the centre of each vertex.
        lanes: where each edge runs in the rows that it passes: one place for all, or one for each row.
    """

    def __init__(self, widths: Sequence[float], ins: int, outs: int, links: list[Link]) -> None:
        boxes = [width / 2 + BESIDE_BOX for width in widths]
        self.sides = [0.0, *[float(BESIDE_LANE)] * ins, *boxes, *[float(BESIDE_LANE)] * outs, 0.0]
        self.first_box = 1 + ins
        self.end_box = self.first_box + len(boxes)
        self.links = links
        self.row = [-1] * len(self.sides)
        self.x = [0.0] * len(self.sides)
        self.lanes: list[float | dict[int, float]] = [0.0] * len(links)

    @property
    def sink(self) -> int:
        """What everything ends in."""
        return len(self.sides) - 1

    def is_box(self, vertex: int) -> bool:
        """Whether it is a box, and so has a row."""
        return self.first_box <= vertex < self.end_box

    def is_drawn(self, vertex: int) -> bool:
        """Whether it is anything that can be seen."""
        return 0 < vertex < self.sink

    def lanes_of(self, number: int) -> list[float]:
        """Where an edge runs, row by row."""
        link, lane = self.links[number], self.lanes[number]
        rows = range(self.row[link.source] + 1, self.row[link.target])
        if isinstance(lane, float):
            return [lane] * len(rows)
        return [lane[row] for row in rows]
