"""Tables with `|` between their cells: Markdown, as our own sheets print it, and as people draw it in a text file."""

from __future__ import annotations

import re

from cnncalc.named_tuple import NamedTuple

_CELL_END = re.compile(r"(?<!\\)\|")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_RULE = re.compile(r"\|?[\s|:+=-]+")
_FACT = re.compile(r"\s*(?:[-*+]\s+)?([^\W\d_][^:|]{0,30}?)\s*:\s*(.*)")


class TableRow(NamedTuple):
    """A row of a table, or a line `name: value` outside of it."""

    line: int
    cells: list[str]


def has_table(lines: list[str]) -> bool:
    """Whether some line may be a row of a table."""
    return any(_CELL_END.search(line) for line in lines)


def table_rows(lines: list[str]) -> list[TableRow]:
    """The rows of the tables, and before them what is written as `name: value`; a title is the name of the sheet."""
    rows: list[TableRow] = []
    end = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if _CELL_END.search(text) and not _RULE.fullmatch(text):
            rows.append(TableRow(number, [_plain(cell) for cell in _CELL_END.split(_inner(text))]))
        elif found := re.fullmatch(r"#+\s+(.*)", text):
            rows.append(TableRow(number, ["worksheet", _plain(found[1])]))
        elif found := _FACT.fullmatch(text):
            rows.append(TableRow(number, [_plain(found[1]), _plain(found[2])]))
            end = number
        elif text and number == end + 1 and " --" in rows[-1].cells[-1]:  # an editor has broken the line with options
            rows[-1].cells[-1] += f" {_plain(text)}"
            end = number
    return rows


def _inner(row: str) -> str:
    """A row without the `|` at its ends."""
    return re.sub(r"(?<!\\)\|\s*$", "", row[1:] if row.startswith("|") else row)


def _plain(cell: str) -> str:
    """The text of a cell, without escapes and emphasis."""
    text = _ESCAPE.sub(r"\1", re.sub(r"<br ?/?>", " ", cell).strip())
    return re.sub(r"^(\*\*|__|`)(.*)\1$", r"\2", text).strip()
