"""Tables as CSV."""

from __future__ import annotations

import csv as standard
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from cnncalc.report.text import BRACKET, line_start


def csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and the rows; what a spreadsheet would run as a formula, or a build server as a command, stays text."""
    file = io.StringIO()
    writer = standard.writer(file, lineterminator="\n")
    writer.writerow(map(_inert, columns))
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue()


def _inert(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = re.sub(BRACKET, r"\1\\x5b", "\n".join(map(line_start, cell.split("\n"))))
    return f"'{text}" if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) else text
