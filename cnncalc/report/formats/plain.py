"""Documents as plain aligned text: for pipes and files. No colour, no box characters, full width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import assert_never

from cnncalc.report._document import (
    Block,
    Document,
    Drawing,
    Facts,
    Form,
    Formula,
    Grid,
    Grids,
    Heading,
    Hint,
    Legend,
    Paragraph,
    Picture,
    Table,
    indented,
)
from cnncalc.report.text import clean, line_start, title, width


def plain(document: Document, encoding: str = "utf-8") -> Iterator[str]:
    """The document as lines of text, for a stream with this encoding."""
    if not encoding.lower().startswith("utf"):
        from cnncalc.report.formats.encoding import in_encoding

        document = in_encoding(document, encoding)
    previous: Block | None = None
    for block in document:
        if is_apart(previous, block):
            yield "\n"
        for line in _lines(block):
            yield f"{line_start(line.rstrip())}\n"
        previous = block


def set_apart(blocks: Iterable[Iterator[str]]) -> Iterator[str]:
    """Blocks of lines as text that ends with a newline: a blank line between two blocks, and none where a block is
    empty."""
    between = ""
    for lines in blocks:
        head = list(islice(lines, 2))
        if head not in ([], [""]):
            yield between + "\n".join(head)
            yield from (f"\n{line}" for line in lines)
            between = "\n\n"
    yield "\n"


def is_apart(previous: Block | None, block: Block) -> bool:
    """Whether there is a blank line between two blocks of text: between all but formulas."""
    return previous is not None and not (isinstance(block, Formula) and isinstance(previous, Formula))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{title(block.text)}  {clean(block.beside)}"
        case Paragraph(text) | Hint(text):
            yield clean(text)
        case Facts(pairs):
            yield from aligned([[label, value] for label, value in pairs], [False, False])
        case Formula():
            yield from _formula(block)
        case Legend(symbols):
            yield from aligned([[symbol.text, symbol.meaning] for symbol in symbols], [False, False])
        case Table(columns, rows):
            titles = [column.title for column in columns]
            cells = [titles, *([indented(cell) for cell in row] for row in rows)]
            yield from aligned(cells, [column.is_number for column in columns])
        case Form():
            yield from _lines(block.as_table())
        case Grids():
            yield from side_by_side(block, ROOM)
        case Drawing(lines):
            yield from map(clean, lines)
        case Picture():
            yield from map(clean, block.lines)
        case _:
            assert_never(block)


ROOM = 100
"""The most columns that grids next to each other take."""
GAP = "   "


def _formula(block: Formula) -> Iterator[str]:
    parts = [part for part in (block.symbolic, block.numeric, block.result) if part]
    yield f"  {block.quantity}: {' = '.join(parts)}"
    if block.words:
        yield f"    {clean(block.words)}"


def aligned(rows: Sequence[Sequence[str]], to_the_right: Sequence[bool]) -> Iterator[str]:
    """The rows with their cells in columns, two spaces apart."""
    cells = zip(*rows, strict=True)
    columns = [_padded(set(each), right) for each, right in zip(cells, to_the_right, strict=bool(rows))]
    for row in rows:
        yield "  ".join([padded[cell] for padded, cell in zip(columns, row, strict=True)]).rstrip()


def _padded(cells: Iterable[str], to_the_right: bool) -> dict[str, str]:
    """The texts of a column in its width; in a long table most columns have few different ones."""
    texts = {cell: clean(cell) for cell in cells}
    widths = {cell: width(text) for cell, text in texts.items()}
    total = max(widths.values())
    blanks = {cell: " " * (total - own) for cell, own in widths.items()}
    return {cell: blanks[cell] + text if to_the_right else text + blanks[cell] for cell, text in texts.items()}


def side_by_side(block: Grids, room: int, splits: bool = False) -> Iterator[str]:
    """Grids next to each other, in as many rows of grids as it takes; `splits` says whether to split those that are
    too wide."""
    shelf: list[list[str]] = []
    for grid in (part for each in block.grids for part in (_split(each, room) if splits else [each])):
        lines = _grid_lines(grid)
        if shelf and sum(width(each[0]) + len(GAP) for each in [*shelf, lines]) - len(GAP) > room:
            yield from [*_joined(shelf), ""]
            shelf = []
        shelf.append(lines)
    yield from _joined(shelf)


def _split(grid: Grid, room: int) -> list[Grid]:
    """A grid that is too wide, split into several with some of the columns each."""
    across = max(map(len, grid.rows), default=0)
    cell = max((width(each) for row in grid.rows for each in row), default=0) + 1
    fitting = max((room + 1) // cell, 1)
    if across <= fitting:
        return [grid]
    parts = []
    for start in range(0, across, fitting):
        columns = f"columns {start} to {min(start + fitting, across) - 1}"
        caption = f"{grid.caption}, {columns}" if grid.caption else columns
        parts.append(Grid(caption, [row[start : start + fitting] for row in grid.rows]))
    return parts


def _grid_lines(grid: Grid) -> list[str]:
    """The caption, if any, and the rows, all of one width."""
    cell = max((width(each) for row in grid.rows for each in row), default=0)
    rows = [" ".join(each.rjust(cell) for each in row) for row in grid.rows]
    lines = [clean(grid.caption), *rows] if grid.caption else rows
    total = max(map(width, lines), default=0)
    return [line + " " * (total - width(line)) for line in lines]


def _joined(shelf: Sequence[list[str]]) -> Iterator[str]:
    for index in range(max(map(len, shelf), default=0)):
        cells = [lines[index] if index < len(lines) else " " * width(lines[0]) for lines in shelf if lines]
        yield GAP.join(cells).rstrip()
