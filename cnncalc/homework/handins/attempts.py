"""Several hand-ins by one student: which of them is the last, if their names show it.

Files are told apart by what an LMS or a student writes in the name of the file, or of the folder that it is in. The
time at which a file was written is not used: it says when the file was copied, not when it was handed in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

POLICIES = ("last", "best", "first")

_TIME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[T _-]+(\d\d)[-_:.h]?(\d\d)(?:[-_:.m]?(\d\d))?(?!\d)")
"""`2026-11-25-03-38-43` as Blackboard writes it, `2026-11-25T03:38`, `20261125_033843`."""
_ATTEMPT = re.compile(r"(?<![^\W\d_])(?:attempt|try|version|versuch)[ _-]?(\d{1,3})(?!\d)", re.IGNORECASE)
"""`attempt 2`, `try_2`, `version-2`."""
_ENDING = re.compile(r"(.*?)(?:[ _-](\d{1,2})| ?\((\d{1,2})\))?", re.DOTALL)
"""`ann_2`, `ann-2`, `ann 2`, `ann (2)`; `ann` comes first."""

_LATE = re.compile(r"[^_]+_LATE_\d+_\d+_")
"""What Canvas puts between a student and the number of the student."""

Order = tuple[str, datetime | int]
"""The series that a name belongs to, and its place in the series."""


def last_attempts(paths: Sequence[str]) -> int | None:
    """The index of the last of a student's files; None if the names do not show it."""
    orders = _orders(paths)
    return orders.index(max(orders)) if orders else None


def first_attempts(paths: Sequence[str]) -> int | None:
    """The index of the first of a student's files; None if the names do not show it."""
    orders = _orders(paths)
    return orders.index(min(orders)) if orders else None


def handed_in_at(path: str) -> datetime | None:
    """When a file was handed in, by its name or that of its folder; None if they do not say.

    Of several times it is the latest: students name their files, and an LMS adds its time to that.
    """
    return max(_times(path), default=None)


def is_marked_late(path: str) -> bool:
    """Whether Canvas marked a file: `lovelaceada_LATE_17_4711_sheet.yaml`."""
    return bool(_LATE.search(os.path.basename(path)))


def _orders(paths: Sequence[str]) -> list[Order]:
    """The place of each file in the same series, by the first sign that all of them show; none if there is no such."""
    for order_of in (_time, _attempt, _ending):
        known = [order for path in paths if (order := order_of(path)) is not None]
        if len(known) == len(paths) == len(set(known)) and len({row for row, _ in known}) == 1:
            return known
    return []


def _time(path: str) -> Order | None:
    times = _times(path)
    return ("", times[-1]) if times else None


def _times(path: str) -> list[datetime]:
    times = []
    for found in _TIME.finditer(_end(path)):
        with suppress(ValueError):  # not a date
            times.append(datetime(*(int(part or 0) for part in found.groups())))  # type: ignore[arg-type]
    return times


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
