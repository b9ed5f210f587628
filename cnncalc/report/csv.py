"""Tables as CSV."""

from __future__ import annotations

import csv as standard
import io
from collections.abc import Iterable, Sequence
from typing import Any


def csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and the rows; a cell that a spreadsheet would run as a formula is kept a text."""
    file = io.StringIO()
    writer = standard.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue()


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
