"""Records separated by tabs (text/tab-separated-values): nothing is quoted, so no cell contains a tab or a line end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from cnncalc.report.formats._inert import inert
from cnncalc.report.report import Records
from cnncalc.report.text import printable


def tsv(records: Records, _encoding: str = "utf-8") -> Iterator[str]:
    """A line of keys, and one line per row."""
    return ("\t".join(map(_cell, row)) + "\n" for row in chain((records.keys,), records.rows))


def _cell(value: Any) -> str:
    text = inert(value)
    return "" if text is None else printable(str(text))
