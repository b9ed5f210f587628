"""Records as CSV (RFC 4180, with line feeds)."""

from __future__ import annotations

import csv as standard
from collections.abc import Iterator
from itertools import chain

from cnncalc.report.formats._inert import inert
from cnncalc.report.report import Records


class _Line:
    """The file that a writer of the standard library writes a line to: keeps it."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv(records: Records, _encoding: str = "utf-8") -> Iterator[str]:
    """A line of keys, and one line per row."""
    line = _Line()
    writer = standard.writer(line, lineterminator="\n")
    for row in chain((records.keys,), records.rows):
        writer.writerow(map(inert, row))
        yield line.text
