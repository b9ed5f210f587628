"""The places of a figure, in centimetres: slabs as large as their outputs on a compressed scale, in rows.

The height and the width of a slab are those of its map, its thickness are the channels; what has no width is flat. A
row ends only where a single line leads on, in the first lane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.figure.lanes import Lanes
from cnncalc.exporting.drawing.figure.stacks import Figure, Slab, Stack, figure_of, figures_of
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

SLANT = (0.32, 0.24)
"""How far to the right and upwards what leads away from the viewer is drawn, per length."""
RADIUS = 0.17
"""Of the sign of a merge."""
LINE = 0.3
"""How high a line of a label is."""
MOST = 25
"""How many slabs a figure has at most, if the outermost level of a model does not have more."""

_ROW, _LONG_ROW = 24.0, 32.5
"""How wide a row may be, unless it cannot be broken; and one that would be broken into very different ones."""
_TALLEST, _LEAST = 2.6, 0.22
"""The height of the largest map and, at least, of any."""
_GAP = 0.6
"""Between columns."""
_APART = 0.16
"""Between a slab and its texts."""
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
    """All of a figure: the stacks, the lines between them, and the points where lines part."""

    figure: Figure
    stacks: tuple[PlacedStack, ...]
    lines: tuple[PlacedLine, ...]
    dots: tuple[Point, ...]
    width: float
    bottom: float


# -- how large things are


def text_width(text: str) -> float:
    """About how wide a text of a label is."""
    return sum(0.22 if each == "×" else 0.132 if each.isdigit() else 0.114 for each in text)


class _Scale:
    """How large a slab is drawn."""

    def __init__(self, figure: Figure) -> None:
        self.has_sizes = figure.has_sizes
        self.largest: dict[int, int] = {}
        """The largest size of the positions, by how many axes there are."""
        for stack in figure.stacks:
            if spatial := stack.shape.spatial:
                self.largest[len(spatial)] = max(self.largest.get(len(spatial), 1), *spatial)

    def sizes(self, shape: Shape) -> tuple[float, float, float]:
        """The thickness, the height and the width of a slab."""
        spatial = shape.spatial
        if not self.has_sizes:
            return (0.14, 1.5, 0.0) if shape.is_vector else (0.3, 1.5, 0.0 if len(spatial) == 1 else 1.5)
        if shape.is_vector:
            return 0.14, min(0.34 * shape.channels**0.25, _TALLEST), 0.0
        lengths = [self._length(size, len(spatial)) for size in spatial]
        channels = min(max(0.05 * shape.channels**0.4, 0.07), 1.2)
        if len(lengths) == 1:
            return channels, lengths[0], 0.0
        if len(lengths) == 2:
            return channels, lengths[0], lengths[1]
        first, second, third = (0.8 * length for length in lengths[:3])  # three of them make a large block
        return first, second, third

    def _length(self, size: int, rank: int) -> float:
        return max(_TALLEST * sqrt(size / self.largest[rank]), _LEAST)


class _Body(NamedTuple):
    """A stack that is not placed yet.

    Attributes:
        slabs: the thickness, height and width of each; none for a merge.
        above: lines of text above it; `below`: below it.
    """

    slabs: tuple[tuple[float, float, float], ...]
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def width(self) -> float:
        """From its left end to its right one, without texts."""
        if not self.slabs:
            return 2 * RADIUS
        return sum(thickness for thickness, _, _ in self.slabs) + self.slabs[-1][2] * SLANT[0]

    @property
    def half(self) -> float:
        """From its middle to its upper end."""
        if not self.slabs:
            return RADIUS
        _, height, width = self.slabs[0]
        return (height + width * SLANT[1]) / 2

    @property
    def room(self) -> float:
        """How wide it is with its texts."""
        return max(self.width, *map(text_width, (*self.above, *self.below)), 0.3)

    @property
    def up(self) -> float:
        """From its middle to the upper end of its texts."""
        return self.half + (len(self.above) * LINE + _APART if self.above else 0)

    @property
    def down(self) -> float:
        """From its middle to the lower end of its texts."""
        return self.half + (len(self.below) * LINE + _APART if self.below else 0)


def _body(stack: Stack, figure: Figure, scale: _Scale) -> _Body:
    label = tuple(stack.label())
    size = (stack.shape.text(figure.layout),) if figure.has_sizes else ()
    if stack.is_merge:
        return _Body((), (), (*label, *(() if stack.keeps_shape else size)))
    return _Body(tuple(scale.sizes(slab.shape) for slab in stack.slabs), label, size)


# -- where they are


def placed(figure: Figure) -> PlacedFigure:
    """The places of everything in a figure, from the upper left corner."""
    return _Placing(figure).placed()


def placed_model(spec: Spec, depth: int | None = None) -> PlacedFigure:
    """A model with so many levels of its tree opened; None for as many as there is room for."""
    if depth is not None:
        return placed(figure_of(spec, depth))
    figures = figures_of(spec)
    best = placed(next(figures))
    for figure in figures:
        if sum(stack.blocks for stack in figure.stacks) > MOST or (made := placed(figure)).width > _LONG_ROW:
            break
        best = made
    return best


class _Placing:
    """Places a figure row by row.

    Attributes:
        widths: of the columns.
        x: the left ends of the columns, and the right end of the last, within their rows.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        scale = _Scale(figure)
        self.bodies = {stack: _body(stack, figure, scale) for stack in figure.stacks}
        self.lanes = Lanes(figure.stacks)
        columns = 1 + max(self.lanes.column.values(), default=0)
        self.widths = [0.0] * columns
        for stack, column in self.lanes.column.items():
            self.widths[column] = max(self.widths[column], self.bodies[stack].room)
        self.rows = _rows(self.widths, set(self._ends_of_rows()))
        self.row_of = {column: number for number, row in enumerate(self.rows) for column in row}
        self.middle: dict[int, float] = {}
        for row in self.rows:
            x = 0.0
            for column in row:
                self.middle[column] = x + self.widths[column] / 2
                x += self.widths[column] + _GAP
        self.arcs = {row: self._arcs(row) for row in range(len(self.rows))}

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
            return -0.3 * _GAP
        return self.middle[column] + self.widths[column] / 2 + 0.3 * _GAP

    def _joining(self, stack: Stack, is_from_above: bool, lane: int | None = None) -> float:
        """Where a line turns that leads to a stack: over the sign of a merge if the way is free, otherwise to the left
        of its column."""
        column, body = self.lanes.column[stack], self.bodies[stack]
        if stack.is_merge and (is_from_above or not body.below) and self._is_open(stack, lane):
            return self.middle[column]
        return self.middle[column] - self.widths[column] / 2 - 0.3 * _GAP

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
            arcs = [height for (source, _), height in self.arcs[row].items() if source in here or source in way]
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
        width = max(self.middle[row[-1]] + self.widths[row[-1]] / 2 for row in self.rows) + _GAP
        return PlacedFigure(self.figure, tuple(stacks), tuple(lines), tuple(self._dots(y)), width, bottoms[-1])

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
        above_at, below_at = (middle, y + body.half + _APART), (middle, y - body.half - _APART)
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


def _rows(widths: Sequence[float], ends: set[int]) -> list[range]:
    """The columns of each row: as few rows as can be, of about the same width."""
    rows = _filled(widths, ends, _ROW)
    limit = _ROW
    while limit > 1 and len(narrower := _filled(widths, ends, limit * 0.97)) == len(rows):
        rows, limit = narrower, limit * 0.97
    lengths = [sum(widths[each] + _GAP for each in row) for row in rows]
    return rows if min(lengths) > max(lengths) / 2 else _filled(widths, ends, _LONG_ROW)


def _filled(widths: Sequence[float], ends: set[int], limit: float) -> list[range]:
    """The columns of rows that are no wider than this, unless they have no end before."""
    last = len(widths) - 1
    cuts = sorted({*ends, last})
    rows, start, end = [], 0, -1
    for cut in cuts:
        if end >= start and sum(widths[start : cut + 1]) + _GAP * (cut - start) > limit:
            rows.append(range(start, end + 1))
            start = end + 1
        end = cut
    return [*rows, range(start, last + 1)]
