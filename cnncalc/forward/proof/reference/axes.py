"""One axis at a time: where windows stop, what they meet, and how much padding a convention's promise takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Met = tuple[int, int]
"""A position of the input (outside of it: padding), and the tap of the window that meets it."""


@lru_cache(1024)
def covered(k: int, d: int) -> int:
    """Positions from the first tap of a window to its last, both included."""
    return [tap * d for tap in range(k)][-1] + 1


@lru_cache(1024)
def stops(n: int, span: int, s: int, before: int, after: int, rounds_up: bool = False) -> tuple[int, ...]:
    """Where windows begin that move over n positions and their padding, one after the other.

    Where it rounds up, so does a last one that is cut short, for what the one before it would leave over, unless it
    begins in the padding after the input.
    """
    end = n + after
    found = []
    start = -before
    while start + span <= end:
        found.append(start)
        start += s
    if rounds_up and start - s + span < end and start < n:
        found.append(start)
    return tuple(found)


@lru_cache(1024)
def around(rule: str, convention: str, n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """The padding before and after that a rule stands for: the least that keeps what it promises."""
    span = covered(k, d)
    if rule == "valid":
        return 0, 0
    if rule == "causal":  # no output may see a later input: the last tap of the first window meets the first position
        before = 0
        while span - 1 - before > 0:
            before += 1
        return before, 0
    if convention == "lecture":
        half = 0
        while 2 * (half + 1) <= span:
            half += 1
        return half, half
    # as many outputs as there are steps of the stride from the first position on
    last = range(0, n, s)[-1]
    total = 0
    while last + span > n + total:
        total += 1
    return split(total)


def split(total: int) -> tuple[int, int]:
    """Halves, the odd one after."""
    before = after = 0
    while before + after < total:
        if after > before:
            before += 1
        else:
            after += 1
    return before, after


def paddings(
    padding: Any, convention: str, sizes: Sequence[int], window: Sequence[int], stride: Sequence[int], dilation: Any
) -> list[tuple[int, int]]:
    """What lies before and after, an axis: as it was written, or what its rule stands for."""
    rule = padding.word or padding.rule
    if not rule:
        return list(padding)
    axes = zip(sizes, window, stride, dilation, strict=True)
    return [around(rule, convention, *axis) for axis in axes]


def met(starts: Sequence[int], k: int, d: int) -> list[list[Met]]:
    """What each window meets."""
    return [[(start + tap * d, tap) for tap in range(k)] for start in starts]
