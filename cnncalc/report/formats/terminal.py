"""Documents for a person at a terminal, through Rich: its width, its colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Literal, assert_never

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from cnncalc.report._document import (
    Block,
    Document,
    Drawing,
    Facts,
    Form,
    Formula,
    Grids,
    Heading,
    Hint,
    Legend,
    Paragraph,
    Picture,
    Table,
)
from cnncalc.report.formats._fitting import GAP, Fitted, fit_table
from cnncalc.report.formats.plain import is_apart, side_by_side
from cnncalc.report.text import clean, line_start, title

_ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""`SIMPLE_HEAD` for consoles that lack its line."""


_TONES = {"": "", "good": "green", "fair": "yellow", "bad": "red"}


def show(document: Document, file: IO[str], color: bool | None = None) -> None:
    """Prints the document; `color` overrules what the terminal and NO_COLOR say."""
    console = _console(file, color)
    if not console.encoding.startswith("utf"):
        from cnncalc.report.formats.encoding import in_encoding

        document = in_encoding(document, console.encoding)
    previous: Block | None = None
    for block in document:
        if is_apart(previous, block):
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
    match block:
        case Heading():
            line = Text(title(block.text), style="bold" if block.level > 1 else "bold cyan")
            console.print(line.append(f"  {clean(block.beside)}", style="not bold dim") if block.beside else line)
        case Paragraph(text):
            console.print(Text(line_start(clean(text))))
        case Hint(text):
            console.print(Text(line_start(clean(text)), style="dim"))
        case Facts():
            console.print(_facts(block))
        case Formula():
            _formula(console, block)
        case Legend(symbols):
            console.print(_facts(Facts([(symbol.text, symbol.meaning) for symbol in symbols])))
        case Table():
            _tables(console, fit_table(block, console.width))
        case Form():
            _tables(console, fit_table(block.as_table(), console.width))
        case Grids():
            _lines(console, side_by_side(block, console.width, splits=True))
        case Drawing(lines, fitted):
            _lines(console, map(clean, fitted(console.width) if fitted else lines))
        case Picture():
            _lines(console, map(clean, block.lines))
        case _:
            assert_never(block)


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(line), no_wrap=True, overflow="ignore", crop=False)


def _tables(console: Console, parts: Sequence[Fitted]) -> None:
    for index, part in enumerate(parts):
        if index:
            console.print()
        console.print(_table(part, SIMPLE_HEAD if console.encoding.startswith("utf") else _ASCII_HEAD))
        if part.left_out:
            words = f"Left out to fit {console.width} columns: {', '.join(part.left_out)}. A wider window shows them."
            console.print(Text(words, style="dim"))


def _table(part: Fitted, box: Box) -> RichTable:
    table = RichTable(box=box, header_style="bold", pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for index, (column, size) in enumerate(zip(part.columns, part.widths, strict=True)):
        table.add_column(
            Text(column.title),
            justify="right" if column.is_number else "left",
            overflow="fold",
            style="" if index else "cyan",
            width=size,
        )
    for row, tones in zip(part.rows, part.tones, strict=True):
        table.add_row(*(Text(text, style=_TONES[tone]) for text, tone in zip(row, tones, strict=True)))
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
