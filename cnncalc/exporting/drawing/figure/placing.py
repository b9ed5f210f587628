"""The places of a figure, in centimetres: stacks in columns, lanes and rows, and the lines between them.

A row ends only where nothing leads on but what a stack of the first lane gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.figure.bodies import APART, RADIUS, SLANT, FigureScale, stack_body
from cnncalc.exporting.drawing.figure.lanes import Lanes
from cnncalc.exporting.drawing.figure.rows import GAP, LONGER, ROW, rows_of
from cnncalc.exporting.drawing.figure.stacks import Figure, Slab, Stack, figure_of, figures_of
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

MOST = 25
"""How many slabs a figure has at most, if the outermost level of a model does not have more."""

_ARC = 0.28
"""Between an arc and what is below it."""
_BUNDLE = 2
"""The most arcs of one stack that have heights of their own."""
_BETWEEN_LANES, _BETWEEN_ROWS = 0.35, 0.9

Point = tuple[float, float]


class PlacedSlab(NamedTuple):
    """A slab: the left end of its middle, and its sizes.

    Attributes:
        width: how far it leads away from the viewer; 0 for what is flat.
    """

    slab: Slab
    x: float
    y: float
    thickness: float
    height: float
    width: float


class PlacedStack(NamedTuple):
    """A stack, and its texts.

    Attributes:
        middle: of the slabs, or of the sign of a merge.
        slabs: none for a merge.
        above: the lines above it, the last of which stands at `above_at`.
        below: the lines below it, which begin at `below_at`.
    """

    stack: Stack
    middle: Point
    slabs: tuple[PlacedSlab, ...]
    above: tuple[str, ...]
    above_at: Point
    below: tuple[str, ...]
    below_at: Point


class PlacedLine(NamedTuple):
    """A line with an arrow at its end, through points.

    Attributes:
        source: what it leaves.
        target: what it leads to.
    """

    source: Stack
    target: Stack
    points: tuple[Point, ...]
    is_size_alone: bool


class PlacedFigure(NamedTuple):
    """All of a figure: the stacks, the lines between them, and the points where lines part.

    Attributes:
        rows: the columns of each row.
    """

    figure: Figure
    stacks: tuple[PlacedStack, ...]
    lines: tuple[PlacedLine, ...]
    dots: tuple[Point, ...]
    width: float
    bottom: float
    rows: tuple[range, ...]

    @property
    def height(self) -> float:
        """How high it is, with a legend below it."""
        return 1 - self.bottom


def placed_figure(figure: Figure, row: float = ROW) -> PlacedFigure:
    """The places of everything in a figure, from the upper left corner.

    Args:
        row: how wide a row may be, unless it cannot be broken.
    """
    return _FigureInMaking(figure, row).placed()


def placed_on_page(figure: Figure, width: float, height: float) -> PlacedFigure:
    """The places in a figure for a page: in rows as wide as the page, or in wider ones if it would be too high.

    Either may be wider than the page, and has to be made smaller then.
    """
    row, drawn = width, placed_figure(figure, width)
    while drawn.height > height and drawn.height / drawn.width > height / width and len(drawn.rows) > 1:
        row *= 1.25
        drawn = placed_figure(figure, row)
    return drawn


def placed_model(spec: Spec, depth: int | None = None) -> PlacedFigure:
    """A model with so many levels of its tree opened; None for as many as there is room for."""
    if depth is not None:
        return placed_figure(figure_of(spec, depth))
    figures = figures_of(spec)
    best = placed_figure(next(figures))
    for figure in figures:
        if sum(stack.blocks for stack in figure.stacks) > MOST or (made := placed_figure(figure)).width > ROW * LONGER:
            break
        best = made
    return best


class _FigureInMaking:
    """Places a figure row by row.

    Attributes:
        bodies: how large each stack is.
        widths: of the columns.
        rows: the columns of each row.
        middle: of each column, from the left end of its row.
        arcs: how high they are, by row.
    """

    def __init__(self, figure: Figure, row: float) -> None:
        self.figure = figure
        scale = FigureScale(figure)
        self.bodies = {stack: stack_body(stack, figure, scale) for stack in figure.stacks}
        self.lanes = Lanes(figure.stacks)
        self.widths = [0.0] * (1 + max(self.lanes.column.values(), default=0))
        for stack, column in self.lanes.column.items():
            self.widths[column] = max(self.widths[column], self.bodies[stack].room)
        self.rows = rows_of(self.widths, set(self._ends_of_rows()), row)
        self.row_of = {column: number for number, its in enumerate(self.rows) for column in its}
        self.middle: dict[int, float] = {}
        for columns in self.rows:
            x = 0.0
            for column in columns:
                self.middle[column] = x + self.widths[column] / 2
                x += self.widths[column] + GAP
        self.arcs = {number: self._arcs(number) for number in range(len(self.rows))}

    def _ends_of_rows(self) -> Iterator[int]:
        """The columns after which a row may end: those where nothing leads on but what the last stack gives."""
        column, lane = self.lanes.column, self.lanes.lane
        last: dict[int, Stack] = {column[stack]: stack for stack in self.figure.stacks if lane[stack] == 0}
        crossing: list[set[Stack]] = [set() for _ in self.widths]
        for stack in self.figure.stacks:
            for each in range(column[stack], max(map(column.__getitem__, stack.readers), default=0)):
                crossing[each].add(stack)
        return (each for each, sources in enumerate(crossing) if each in last and sources == {last[each]})

    # -- across

    def _left(self, stack: Stack) -> float:
        return self.middle[self.lanes.column[stack]] - self.bodies[stack].width / 2

    def _right(self, stack: Stack) -> float:
        return self.middle[self.lanes.column[stack]] + self.bodies[stack].width / 2

    def _parting(self, stack: Stack, row: int) -> float:
        """Where lines that leave a stack part: to the right of its column, or where the next row begins."""
        column = self.lanes.column[stack]
        if self.row_of[column] != row:
            return -0.3 * GAP
        return self.middle[column] + self.widths[column] / 2 + 0.3 * GAP

    def _joining(self, stack: Stack, is_from_above: bool, lane: int | None = None) -> float:
        """Where a line turns that leads to a stack: over the sign of a merge if the way is free, otherwise to the left
        of its column."""
        column, body = self.lanes.column[stack], self.bodies[stack]
        if stack.is_merge and (is_from_above or not body.below) and self._is_open(stack, lane):
            return self.middle[column]
        return self.middle[column] - self.widths[column] / 2 - 0.3 * GAP

    def _is_open(self, stack: Stack, lane: int | None) -> bool:
        """Whether nothing of its column is between a stack and a lane, or in that lane."""
        own = self.lanes.lane[stack]
        lanes = () if lane is None else range(lane, own) if lane < own else range(own + 1, lane + 1)
        column = self.lanes.column[stack]
        return not any(its == column and self.lanes.lane[each] in lanes for each, its in self.lanes.column.items())

    # -- arcs

    def _arcs(self, row: int) -> dict[tuple[Stack, Stack], float]:
        """How high above the middle of its lane each arc of a row is: above all that is below it.

        Many arcs from one stack, or to one, are as high as the highest of them: a line with branches.
        """
        lane = self.lanes.lane
        found = [
            (stack, reader)
            for stack in self.figure.stacks
            for reader in stack.readers
            if self.row_of[self.lanes.column[reader]] == row
            if not any(self.lanes.are_free(each, stack, reader) for each in {lane[stack], lane[reader]})
        ]
        bundles: dict[object, list[tuple[Stack, Stack]]] = {}
        often = Counter(end for arc in found for end in self._ends(arc))
        for arc in found:
            many = max(self._ends(arc), key=often.__getitem__)
            bundles.setdefault(many if often[many] > _BUNDLE else arc, []).append(arc)
        heights: dict[tuple[Stack, Stack], float] = {}
        for arcs in sorted(bundles.values(), key=self._length):
            heights |= dict.fromkeys(arcs, _ARC + max(self._below(arc, heights) for arc in arcs))
        return heights

    def _ends(self, arc: tuple[Stack, Stack]) -> tuple[object, object]:
        """What arcs may have in common: where they begin, or the lane that they lead along and where they end."""
        stack, reader = arc
        return stack, (self.lanes.lane[stack], reader)

    def _length(self, arcs: Sequence[tuple[Stack, Stack]]) -> int:
        """Over how many columns arcs lead."""
        column = self.lanes.column
        return max(column[reader] for _, reader in arcs) - min(column[stack] for stack, _ in arcs)

    def _below(self, arc: tuple[Stack, Stack], heights: Mapping[tuple[Stack, Stack], float]) -> float:
        """How high what is below an arc reaches: the stacks between its ends, and other arcs."""
        column, lane = self.lanes.column, self.lanes.lane
        stack, reader = arc
        between = range(column[stack] + 1, column[reader])
        others = (
            height
            for (source, target), height in heights.items()
            if lane[source] == lane[stack]
            if column[source] < column[reader] and column[stack] < column[target]
        )
        bodies = (
            body.up for each, body in self.bodies.items() if column[each] in between and lane[each] == lane[stack]
        )
        return max((*bodies, *others), default=0.0)

    # -- downwards

    def _middles(self, row: int, top: float) -> tuple[dict[Stack, float], float]:
        """The y of each stack of a row, and the lower end of the row.

        A way is as high as what is above it in its columns allows: stacks, and the lines of other ways.
        """
        columns, column = self.rows[row], self.lanes.column
        y: dict[Stack, float] = {}
        lines: list[tuple[range, float]] = []
        for way, (first, last) in sorted(self.lanes.ways, key=lambda each: self.lanes.lane[each[0][0]]):
            here = [stack for stack in way if column[stack] in columns]
            if not here:
                continue
            reach = range(first, last + 1)
            over = [y[each] - self.bodies[each].down for each in y if column[each] in reach]
            over += [level for its, level in lines if its.start < reach.stop and reach.start < its.stop]
            arcs = [height for (source, _), height in self.arcs[row].items() if source in way]
            upper = min((each - _BETWEEN_LANES for each in over), default=top)
            middle = upper - max(*(self.bodies[stack].up for stack in here), *arcs, 0.0)
            y.update(dict.fromkeys(here, middle))
            lines.append((reach, middle))
        return y, min(y[stack] - self.bodies[stack].down for stack in y)

    def placed(self) -> PlacedFigure:
        """The places of everything."""
        y: dict[Stack, float] = {}
        top, bottoms = 0.0, []
        for row in range(len(self.rows)):
            middles, bottom = self._middles(row, top)
            y |= middles
            bottoms.append(bottom)
            top = bottom - _BETWEEN_ROWS
        stacks = [self._stack(stack, y[stack]) for stack in self.figure.stacks]
        lines = [self._line(stack, reader, y, bottoms) for stack in self.figure.stacks for reader in stack.readers]
        width = max(self.middle[row[-1]] + self.widths[row[-1]] / 2 for row in self.rows) + GAP
        return PlacedFigure(
            self.figure, tuple(stacks), tuple(lines), tuple(self._dots(y)), width, bottoms[-1], tuple(self.rows)
        )

    def _dots(self, y: Mapping[Stack, float]) -> Iterator[Point]:
        """Where lines part that leave one stack."""
        for stack in self.figure.stacks:
            if len(stack.readers) > 1:
                row = self.row_of[self.lanes.column[stack.readers[0]]]
                is_here = self.row_of[self.lanes.column[stack]] == row
                yield self._parting(stack, row), y[stack] if is_here else self._level(row, y)

    def _stack(self, stack: Stack, y: float) -> PlacedStack:
        body = self.bodies[stack]
        x = self._left(stack)
        slabs = []
        for slab, (thickness, height, width) in zip(stack.slabs, body.slabs, strict=not stack.is_merge):
            slabs.append(PlacedSlab(slab, x, y - width * SLANT[1] / 2, thickness, height, width))
            x += thickness
        middle = self.middle[self.lanes.column[stack]]
        above_at, below_at = (middle, y + body.half + APART), (middle, y - body.half - APART)
        return PlacedStack(stack, (middle, y), tuple(slabs), body.above, above_at, body.below, below_at)

    def _line(self, stack: Stack, reader: Stack, y: Mapping[Stack, float], bottoms: Sequence[float]) -> PlacedLine:
        """The line between two stacks; that to another row leads below its own."""
        row, next_row = self.row_of[self.lanes.column[stack]], self.row_of[self.lanes.column[reader]]
        start: tuple[Point, ...] = ((self._right(stack), y[stack]),)
        level = y[stack]
        if row != next_row:
            parting, middle = self._parting(stack, row), bottoms[row] - _BETWEEN_ROWS / 2
            level = self._level(next_row, y)
            begin = self._parting(stack, next_row)
            start = (*start, (parting, y[stack]), (parting, middle), (begin, middle), (begin, level))
        points = (*start, *self._between(stack, reader, level, y[reader]), (self._left(reader), y[reader]))
        points = _into_sign(points, reader, self.middle[self.lanes.column[reader]])
        return PlacedLine(stack, reader, points, reader.reads[stack])

    def _level(self, row: int, y: Mapping[Stack, float]) -> float:
        """The y of the first lane of a row."""
        column, lane = self.lanes.column, self.lanes.lane
        return next(y[each] for each in self.figure.stacks if self.row_of[column[each]] == row and not lane[each])

    def _between(self, stack: Stack, reader: Stack, level: float, y: float) -> tuple[Point, ...]:
        """The corners of a line from one level to another."""
        lane = self.lanes.lane
        row = self.row_of[self.lanes.column[reader]]
        parting = self._parting(stack, row)
        height = self.arcs[row].get((stack, reader))
        if height is not None:
            joining = self._joining(reader, lane[stack] <= lane[reader], lane[stack])
            return ((parting, level), (parting, level + height), (joining, level + height), (joining, y))
        if lane[stack] == lane[reader]:
            return ()
        if self._leads_along(stack, reader):
            joining = self._joining(reader, lane[stack] < lane[reader], lane[stack])
            return ((joining, level), (joining, y))
        return ((parting, level), (parting, y))

    def _leads_along(self, stack: Stack, reader: Stack) -> bool:
        """Whether a line leads along the lane of the stack that it leaves, rather than along that of its reader."""
        lane = self.lanes.lane
        lower = max(lane[stack], lane[reader])
        return (lane[stack] == lower) is self.lanes.are_free(lower, stack, reader)


def _into_sign(points: tuple[Point, ...], reader: Stack, middle: float) -> tuple[Point, ...]:
    """A line that turns over the sign of a merge ends at its upper or lower end."""
    *way, corner, (_, y) = points
    if not reader.is_merge or not way or corner[0] != middle:
        return points
    return (*way, (middle, y + (RADIUS if way[-1][1] > y else -RADIUS)))
