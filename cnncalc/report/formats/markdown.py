"""Documents as Markdown (GitHub's tables)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import assert_never

from cnncalc.report._document import (
    Block,
    Cell,
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
    level_of,
    text_of,
)
from cnncalc.report.formats.plain import ROOM, set_apart, side_by_side
from cnncalc.report.text import MANY_TEXTS, clean

_INDENTATION = "&emsp;"
"""The indentation per level of a tree: blanks at the beginning of a cell would be dropped."""


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$&])")


def markdown(document: Document, _encoding: str = "utf-8") -> Iterator[str]:
    """The document as Markdown that ends with a newline, piece by piece."""
    return set_apart(map(_lines, document))


@lru_cache(MANY_TEXTS)
def markdown_escaped(text: str) -> str:
    """The text, escaped for Markdown."""
    text = _SPECIAL.sub(r"\\\1", clean(text))
    # where a stream has no such characters they become `*` and `|`, which mean something; a backslash is no help, for
    # before a character that is not ASCII it is shown
    return text.replace("·", "&middot;").replace("│", "&#9474;")


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {markdown_escaped(block.text)}"
            if block.beside:
                yield from ("", markdown_escaped(block.beside).replace("   ", f" {_INDENTATION} "))
        case Paragraph(text):
            yield markdown_escaped(text)
        case Facts(pairs):
            for label, value in pairs:
                yield f"- {markdown_escaped(label)}: {markdown_escaped(value)}"
        case Formula():
            parts = [f"`{part}`" for part in (block.symbolic, block.numeric, block.result) if part]
            yield f"- {markdown_escaped(block.quantity)}: {' = '.join(parts)}  "
            yield f"  {markdown_escaped(block.words)}"
        case Legend(symbols):
            yield from (f"- `{symbol.text}`: {markdown_escaped(symbol.meaning)}" for symbol in symbols)
        case Table(columns, rows):
            yield _row([markdown_escaped(column.title) for column in columns])
            yield _row(["---:" if column.is_number else ":---" for column in columns])
            for row in rows:
                yield _row(list(map(_cell, row)))
        case Form():
            yield from _lines(block.as_table())
        case Grids():
            yield from _as_it_stands(list(side_by_side(block, ROOM)))
        case Drawing(lines):
            yield from _as_it_stands(lines)
        case Picture():
            yield from _as_it_stands(block.lines)
        case Hint():
            return
        case _:
            assert_never(block)


def _cell(cell: str | Cell) -> str:
    return _INDENTATION * level_of(cell) + markdown_escaped(text_of(cell))


def _as_it_stands(lines: Sequence[str]) -> Iterator[str]:
    """Lines between fences that are longer than any run of backticks inside."""
    longest = max((len(found) for line in lines for found in re.findall("`+", line)), default=0)
    fence = "`" * max(longest + 1, 3)
    yield from (f"{fence}text", *map(clean, lines), fence)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
