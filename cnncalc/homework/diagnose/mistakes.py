"""The catalogue of mistakes: each is a misremembered rule, with a hint that does not give the answer away.

A mistake changes the case that is calculated, or finishes its value differently; `_believed.work` does the rest with
the right rules. The order is by likelihood: of several mistakes that explain an answer equally well, the first ones are
named.
"""

from __future__ import annotations

from cnncalc.homework.diagnose._counts import COUNTS
from cnncalc.homework.diagnose._fields import FIELDS
from cnncalc.homework.diagnose._sizes import SIZES
from cnncalc.homework.diagnose._totals import TOTALS
from cnncalc.homework.diagnose.misconception import Misconception, columns

MISTAKES: tuple[Misconception, ...] = (*SIZES, *COUNTS, *FIELDS)

MB_FOR_MIB = Misconception(
    "MB for MiB",
    "this is the number of megabytes",
    "1 MiB is 1,024 · 1,024 bytes, 1 MB is 1,000,000.",
    columns("memory"),
    lambda _: True,
)
"""Found where an amount of memory is read, which has a unit but no case."""

BY_NAME = {mistake.name: mistake for mistake in (*MISTAKES, *(rule.mistake for rule in TOTALS), MB_FOR_MIB)}
