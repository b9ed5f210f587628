"""Records separated by tabs (text/tab-separated-values): nothing is quoted, so no cell contains a tab or a line end."""

from __future__ import annotations

from typing import Any

from cnncalc.report.formats._inert import inert
from cnncalc.report.report import Records
from cnncalc.report.text import printable


def tsv(records: Records, _encoding: str = "utf-8") -> str:
    """A line of keys, and one line per row."""
    return "".join("\t".join(map(_cell, row)) + "\n" for row in (records.keys, *records.rows))


def _cell(value: Any) -> str:
    return "" if value is None else printable(str(inert(value)))
