"""Documents for a person at a terminal, through Rich: its width, its colours."""

from __future__ import annotations

from typing import IO, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from cnncalc.report.document import Block, Document, Facts, Formula, Grids, Heading, Legend, Paragraph, Table
from cnncalc.report.text import clean, line_start, title, width


def show(document: Document, file: IO[str], color: bool | None = None) -> None:
    """Prints the document; `color` overrules what the terminal and NO_COLOR say."""
    console = _console(file, color)
    previous: Block | None = None
    for block in document:
        if previous is not None and type(block) is not type(previous):
            console.print()
        _print(console, block)
        previous = block


def _console(file: IO[str], color: bool | None) -> Console:
    """A console that obeys `color`, or where that is None the terminal, NO_COLOR and FORCE_COLOR."""
    if color is None:
        return Console(file=file, highlight=False, markup=False, emoji=False)
    system: Literal["standard"] | None = "standard" if color else None
    return Console(
        file=file,
        force_terminal=color,
        color_system=system,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _print(console: Console, block: Block) -> None:
    if isinstance(block, Heading):
        line = Text(title(block.text), style="bold" if block.level > 1 else "bold cyan")
        console.print(line.append(f"  {clean(block.beside)}", style="not bold dim") if block.beside else line)
    elif isinstance(block, Paragraph):
        console.print(Text(line_start(clean(block.text))))
    elif isinstance(block, Facts):
        console.print(_facts(block))
    elif isinstance(block, Formula):
        _formula(console, block)
    elif isinstance(block, Legend):
        console.print(_facts(Facts([(symbol.text, symbol.meaning) for symbol in block.symbols])))
    elif isinstance(block, Table):
        console.print(_table(block, console.width))
    elif isinstance(block, Grids):
        from cnncalc.report.formats.plain import side_by_side

        for row in side_by_side(block, console.width, splits=True):
            console.print(Text(row), no_wrap=True, overflow="ignore", crop=False)


def _table(block: Table, room: int) -> RichTable:
    table = RichTable(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, collapse_padding=True)
    longest = [max((width(row[index]) for row in block.rows), default=0) for index in range(len(block.columns))]
    numbers = sum(length for length, column in zip(longest, block.columns, strict=True) if column.is_number)
    # texts fold before numbers do, as long as there is room for both
    texts = sum(not column.is_number for column in block.columns)
    is_roomy = numbers + 8 * texts + 3 * len(block.columns) <= room
    for length, column in zip(longest, block.columns, strict=True):
        table.add_column(
            Text(column.title),
            justify="right" if column.is_number else "left",
            overflow="fold",
            style="cyan" if column is block.columns[0] else "",
            min_width=length if column.is_number and is_roomy else None,
        )
    for row in block.rows:
        table.add_row(*(Text(line_start(clean(cell))) for cell in row))
    return table


def _facts(block: Facts) -> RichTable:
    table = RichTable(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in block.pairs:
        table.add_row(Text(line_start(clean(label))), Text(clean(value)))
    return table


def _formula(console: Console, block: Formula) -> None:
    line = Text(f"{block.quantity}: ", style="dim")
    for part in (block.symbolic, block.numeric):
        if part:
            line.append(part, style="not dim").append(" = ", style="not dim")
    console.print(Padding(line.append(block.result, style="not dim bold green"), (0, 0, 0, 2)))
    if block.words:
        console.print(Padding(Text(clean(block.words), style="dim"), (0, 0, 0, 4)))
