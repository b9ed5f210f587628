"""Slips of the pen: how likely one is to turn a number into another.

The kinds of slip are those that are found when people copy numbers by hand or type them: a digit is replaced, left out
or doubled, two neighbours change places, a zero is added, a count is one off, the row above or below is copied.
(Wiseman, Cairns & Cox, "A taxonomy of number entry error", BCS HCI 2011, where replaced, left out, added and transposed
digits are the most frequent.) Each kind is taken to be as likely as the others, and so is each number that a kind may
lead to.
"""

from __future__ import annotations

from collections.abc import Iterator

KINDS = 6
COPY_CHANCE = 1 / KINDS / 2
"""How likely a slip is to be the answer of the row above or below, copied."""
CONTINUED_CHANCE = 0.6
"""How often what was slipped to is also what is calculated with from then on: a slip in the head, not of the pen."""
COPY_CONTINUED_CHANCE = 0.5
"""The same of what was copied: a little less often."""


def slip_chance(answer: object, value: object) -> float:
    """How likely a slip in a value is to give an answer; of sizes, a slip is made in one. 0 if no single slip does."""
    if isinstance(answer, tuple) and isinstance(value, tuple):
        differ = [each for each in zip(answer, value, strict=False) if each[0] != each[1]]
        return slip_chance(*differ[0]) / len(value) if len(answer) == len(value) and len(differ) == 1 else 0.0
    if not isinstance(answer, int) or not isinstance(value, int):
        return 0.0
    kinds = map(list, _slips(str(value)))
    return sum(1 / KINDS / len(kind) for kind in kinds for each in kind if each == answer)


def _slips(digits: str) -> Iterator[set[int]]:
    """The numbers that each kind of slip makes of some digits."""
    value, places = int(digits), range(len(digits))
    yield {value - 1, value + 1}
    yield {value * 10}
    yield {int(f"{digits[:i]}{new}{digits[i + 1 :]}") for i in places for new in "0123456789"} - {value}
    yield {int(f"{digits[:i]}{digits[i + 1]}{digits[i]}{digits[i + 2 :]}") for i in places[:-1]} - {value}
    yield {
        int(found) for i in places for found in (digits[:i] + digits[i + 1 :], digits[: i + 1] + digits[i:]) if found
    }
