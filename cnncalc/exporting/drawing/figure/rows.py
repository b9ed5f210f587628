"""Where the columns of a figure are broken into rows."""

from __future__ import annotations

from collections.abc import Sequence

ROW = 24.0
"""How wide a row may be, unless it cannot be broken."""
LONGER = 1.35
"""How much wider one may be that would be broken into very different ones."""
GAP = 0.6
"""Between columns."""


def rows_of(widths: Sequence[float], ends: set[int], limit: float) -> list[range]:
    """The columns of each row: as few rows as can be, of about the same width."""
    rows, width = _filled(widths, ends, limit), limit
    while width > 1 and len(narrower := _filled(widths, ends, width * 0.97)) == len(rows):
        rows, width = narrower, width * 0.97
    lengths = [sum(widths[each] + GAP for each in row) for row in rows]
    return rows if min(lengths) > max(lengths) / 2 else _filled(widths, ends, limit * LONGER)


def _filled(widths: Sequence[float], ends: set[int], limit: float) -> list[range]:
    """The columns of rows that are no wider than this, unless they have no end before."""
    last = len(widths) - 1
    cuts = sorted({*ends, last})
    rows, start, end = [], 0, -1
    for cut in cuts:
        if end >= start and sum(widths[start : cut + 1]) + GAP * (cut - start) > limit:
            rows.append(range(start, end + 1))
            start = end + 1
        end = cut
    return [*rows, range(start, last + 1)]
