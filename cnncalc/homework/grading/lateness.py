"""Late hand-ins: what is deducted, by a policy that is stated in a few words.

A policy is one of

    10% per day                    for each day that has begun, of the points that are possible, as Canvas does
    5% per hour, at most 50%       the most that is deducted
    10% per day, at most 3 days    after that, a hand-in gets no points

The time is that in the name of a file or of its folder. Where there is none, nothing is deducted, which is noted.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from fractions import Fraction

from cnncalc.errors import CnncalcError
from cnncalc.homework.handins.attempts import handed_in_at, is_marked_late
from cnncalc.named_tuple import NamedTuple

_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
_POLICY = re.compile(
    r"(?P<share>\d{1,3}(?:\.\d{1,3})?) ?% per (?P<unit>day|hour)"
    r"(?:,? at most (?:(?P<cap>\d{1,3}(?:\.\d{1,3})?) ?%|(?P<count>\d{1,4}) (?P<units>day|hour)s?))?"
)
_DUE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")
EXAMPLES = ("10% per day", "5% per hour, at most 50%", "10% per day, at most 3 days")


class LatenessError(CnncalcError, ValueError):
    """A due date or a policy cannot be read; the message shows how it is written."""


class Lateness(NamedTuple):
    """What lateness costs.

    Attributes:
        by: how late it was; None if it was on time, or that is unknown.
        share: the part of the possible points that is deducted; 1 is all of them.
        note: what the teacher should know.
    """

    by: timedelta | None = None
    share: Fraction = Fraction(0)
    note: str = ""

    def deducted(self, out_of: Fraction) -> Fraction:
        """The points that are deducted."""
        return self.share * out_of


ON_TIME = Lateness()


class LatePolicy(NamedTuple):
    """What is deducted for each day or hour that has begun.

    Attributes:
        share: of the possible points.
        most: the largest share that is deducted.
        closed_after: after which nothing is accepted; None if there is no such time.
    """

    share: Fraction = Fraction(0)
    unit: timedelta = timedelta(days=1)
    most: Fraction = Fraction(1)
    closed_after: timedelta | None = None

    def deduction(self, by: timedelta) -> Fraction:
        """The share of the points that is deducted for a hand-in this late."""
        if self.closed_after is not None and by > self.closed_after:
            return Fraction(1)
        return min(self.share * -(-by // self.unit), self.most)


def read_late_policy(text: str) -> LatePolicy:
    """A policy in words.

    Raises:
        LatenessError: it is not one.
    """
    found = _POLICY.fullmatch(" ".join(text.lower().split()))
    if not found:
        raise LatenessError(f"expected a policy such as {', or '.join(f'`{each}`' for each in EXAMPLES)}")
    most = Fraction(found["cap"]) / 100 if found["cap"] else Fraction(1)
    closed = int(found["count"]) * _UNITS[found["units"]] if found["count"] else None
    return LatePolicy(Fraction(found["share"]) / 100, _UNITS[found["unit"]], min(most, Fraction(1)), closed)


def read_due(text: str) -> datetime:
    """The last moment that is on time: a minute lasts until its end, and so does a day.

    Raises:
        LatenessError: it is not a date with a time, in the time zone of the files' names.
    """
    try:
        if not (found := _DUE.fullmatch(text.strip())):
            raise ValueError
        due = datetime.fromisoformat(text.strip())
    except ValueError:
        raise LatenessError("expected a date and a time, such as 2026-11-30T23:59") from None
    if not found[1]:
        return datetime.combine(due, time(23, 59, 59))
    return due if found[2] else due.replace(second=59)


def lateness(file: str, due: datetime, policy: LatePolicy) -> Lateness:
    """How late a file is, by its name, and what that costs."""
    at = handed_in_at(file)
    if at is None:
        what = "Canvas marked it as late, but its name" if is_marked_late(file) else "its name"
        return Lateness(note=f"{what} does not show when it was handed in, so nothing is deducted")
    return Lateness(at - due, policy.deduction(at - due)) if at > due else ON_TIME
