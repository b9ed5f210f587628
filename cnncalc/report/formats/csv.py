"""Records as CSV (RFC 4180, with line feeds)."""

from __future__ import annotations

import csv as standard
import io

from cnncalc.report.formats._inert import inert
from cnncalc.report.report import Records


def csv(records: Records, _encoding: str = "utf-8") -> str:
    """A line of keys, and one line per row."""
    file = io.StringIO()
    writer = standard.writer(file, lineterminator="\n")
    writer.writerows([inert(cell) for cell in row] for row in (records.keys, *records.rows))
    return file.getvalue()
