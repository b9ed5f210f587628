"""Tables as CSV."""

from __future__ import annotations

import csv as standard
import io
from collections.abc import Iterable, Sequence
from typing import Any


def csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and the rows; a cell that a spreadsheet or a build server would run is kept a text."""
    file = io.StringIO()
    writer = standard.writer(file, lineterminator="\n")
    writer.writerow(map(_inert, columns))
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue()


def _inert(cell: Any) -> Any:
    is_run = isinstance(cell, str) and cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "::", "##["))
    return f"'{cell}" if is_run else cell
