"""Several hand-ins by one student: which of them is the last, if their names show it.

Files are told apart by what an LMS or a student writes in the name of the file, or of the folder that it is in. The
time at which a file was written is not used: it says when the file was copied, not when it was handed in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime

POLICIES = ("last", "best")

_TIME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[T _-]+(\d\d)[-_:.h]?(\d\d)(?:[-_:.m]?(\d\d))?(?!\d)")
"""`2026-11-25-03-38-43` as Blackboard writes it, `2026-11-25T03:38`, `20261125_033843`."""
_ATTEMPT = re.compile(r"(?<![^\W\d_])(?:attempt|try|version|versuch)[ _-]?(\d{1,3})(?!\d)", re.IGNORECASE)
"""`attempt 2`, `try_2`, `version-2`."""
_ENDING = re.compile(r"(.*?)(?:[ _-](\d{1,2})| ?\((\d{1,2})\))?", re.DOTALL)
"""`ann_2`, `ann-2`, `ann 2`, `ann (2)`; `ann` comes first."""

Order = tuple[str, datetime | int]
"""The series that a name belongs to, and its place in the series."""


def last_attempts(paths: Sequence[str]) -> int | None:
    """The index of the last of a student's files; None if the names do not show it."""
    for order_of in (_time, _attempt, _ending):
        index = _last_by(paths, order_of)
        if index is not None:
            return index
    return None


def _last_by(paths: Sequence[str], order_of: Callable[[str], Order | None]) -> int | None:
    orders = [order_of(path) for path in paths]
    known = [order for order in orders if order is not None]
    rows = {row for row, _ in known}
    if len(known) < len(paths) or len(rows) != 1 or len(set(known)) < len(paths):
        return None
    return known.index(max(known))


def _time(path: str) -> Order | None:
    for found in reversed(list(_TIME.finditer(_end(path)))):
        try:
            return "", datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        except ValueError:
            continue  # not a date
    return None


def _attempt(path: str) -> Order | None:
    found = _ATTEMPT.findall(_end(path))
    return ("", int(found[-1])) if found else None


def _ending(path: str) -> Order | None:
    found = _ENDING.fullmatch(os.path.splitext(path)[0])
    assert found
    return found[1].casefold(), int(found[2] or found[3] or 0)


def _end(path: str) -> str:
    """The names of a file and of its folder."""
    folder, name = os.path.split(os.path.splitext(path)[0])
    return os.path.join(os.path.basename(folder), name)
