"""The ticks of axes: for each step that an axis may have, the texts of its first multiples."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnncalc.report.text import short_count, size_in_bytes

MULTIPLES = 4
"""An axis that ends between two and five steps has at most so many ticks."""
Ladder = list[tuple[int, list[str]]]


def count_ticks(top: int) -> Ladder:
    """Steps of 1, 2, 5, 10, …, for axes that end anywhere up to `top`."""
    return _ladder((digit * 10**power for power in range(len(str(top))) for digit in (1, 2, 5)), top, short_count)


def byte_ticks(top: int) -> Ladder:
    """Steps that are powers of two, so that their texts are exact: 256 KiB, 512 KiB, 1 MiB."""
    return _ladder((2**power for power in range(top.bit_length())), top, size_in_bytes)


def _ladder(steps: Iterator[int], top: int, show: Callable[[int], str]) -> Ladder:
    """The steps of which two and more are on the axis."""
    found = [step for step in steps if 2 * step <= top] or [1]
    return [(step, [_without_zeros(show(step * times)) for times in range(1, MULTIPLES + 1)]) for step in found]


def _without_zeros(text: str) -> str:
    """`1.50 M` as `1.5 M`, `2.0 MiB` as `2 MiB`."""
    number, space, unit = text.partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}{space}{unit}"
