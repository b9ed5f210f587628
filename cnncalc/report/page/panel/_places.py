"""Where an entry is written, and what is written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.report.text import printable

if TYPE_CHECKING:
    from cnncalc.graph import Entry
    from cnncalc.source.files import Source

MOST_LINES, MOST_CHARACTERS = 8, 160
"""So much of an entry is quoted."""


def base_name(source: Source) -> str:
    """The name of a file without its folders, which are nobody's business who gets the page."""
    return printable(re.split(r"[/\\:]", source.name)[-1] or source.name)


def quoted_lines(entry: Entry, source: Source) -> str:
    """The lines on which an entry is written, without what they are indented by."""
    written = entry.written
    first, last = written.head.line, written.head.end_line
    for node in (written.principal, *(value for _, value in written.settings)):
        if node and node.line >= first:
            # a list in block style ends where the next thing begins
            is_past = not source.lines[node.end_line - 1][: node.end_column - 1].strip()
            last = max(last, node.end_line - (is_past and node.end_line > node.line))
    lines = [_short(line) for line in source.lines[first - 1 : min(last, first + MOST_LINES - 1)]]
    indentation = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    more = ["…"] * (last - first + 1 > MOST_LINES)
    return "\n".join([*(printable(line[indentation:].rstrip()) for line in lines), *more])


def _short(line: str) -> str:
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"
