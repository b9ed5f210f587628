"""Numbers that changed, in words."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.comparison.differences import change
from cnncalc.report.text import UNKNOWN, number


def signed(value: int, show: Callable[[int], str] = number) -> str:
    """1168 as +1,168."""
    return f"{'−' if value < 0 else '+'}{show(abs(value))}"


def change_text(before: int | None, after: int | None, show: Callable[[int], str] = number) -> str:
    """The change of a number, `+1,168 (+4.2%)`; `=` if there is none."""
    changed = change(before, after)
    if changed is None:
        return UNKNOWN
    delta, share = changed
    return f"{signed(delta, show)} ({_percent(share)})" if delta else "="


def _percent(share: float | None) -> str:
    if share is None:
        return "from 0"
    sign = "−" if share < 0 else "+"
    percent = abs(share) * 100
    return f"{sign}{percent:,.1f}%" if percent >= 0.05 else f"{sign}<0.1%"
