"""The catalogue of mistakes: each is a misremembered rule, with a hint that does not give the answer away.

A mistake changes the case that is calculated, or finishes its value differently; `_believed.work` does the rest with
the right rules. The order is by likelihood: of several mistakes that explain an answer equally well, the first ones are
named.
"""

from __future__ import annotations

from cnncalc.homework.diagnose._counts import COUNTS
from cnncalc.homework.diagnose._fields import FIELDS
from cnncalc.homework.diagnose._sizes import SIZES, has_weights, is_same, is_windowed, narrowed
from cnncalc.homework.diagnose._totals import TOTALS
from cnncalc.homework.diagnose.misconception import Misconception, columns

_ALL = {mistake.name: mistake for mistake in (*SIZES, *COUNTS, *FIELDS)}

MISTAKES: tuple[Misconception, ...] = (
    *_ALL.values(),
    # the same, held about some layers only
    narrowed(_ALL["stride forgotten"], has_weights),
    narrowed(_ALL["stride forgotten"], lambda case: not has_weights(case)),
    narrowed(_ALL["padding forgotten"], lambda case: case.layer.is_transposed),
    narrowed(_ALL["padding forgotten"], is_same),
    narrowed(_ALL["one axis only"], lambda case: not has_weights(case)),
    narrowed(_ALL["size kept"], is_same),
    narrowed(_ALL["same for valid"], has_weights),
    narrowed(_ALL["norm forgotten"], has_weights),
    narrowed(_ALL["fields multiplied"], lambda case: not has_weights(case)),
    narrowed(_ALL["activation counted as growth"], lambda case: case.layer.is_activation),
    # a stride of 1 in place of the channels looks like forgotten channels
    _ALL["stride for channels"]._replace(
        applies=lambda case: is_windowed(case) and has_weights(case), needs_the_sheet=True
    ),
)
"""The order is that of likelihood. Mistakes may have the same name; a student has one of them by its index."""

MB_FOR_MIB = Misconception(
    "MB for MiB",
    "this is the number of megabytes",
    "MB counts in powers of ten, MiB in powers of two.",
    columns("memory"),
    lambda _: True,
    source="IEC 80000-13",
)
"""Found where an amount of memory is read, which has a unit but no case."""

BY_NAME = {mistake.name: mistake for mistake in (*_ALL.values(), *(rule.mistake for rule in TOTALS), MB_FOR_MIB)}
