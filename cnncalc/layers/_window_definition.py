"""Windows by their definition: where they stop, what they read, and how much padding a convention's promise needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from cnncalc.layers.definition import MAX_PRODUCTS, Definition, Settings, TensorSizes, numbers_in

Met = tuple[int, int]
"""A position of the input (outside it: padding), and the tap of the window that reads it."""


@lru_cache(1024)
def covered(k: int, d: int) -> int:
    """How many positions there are from the first tap of a window to its last, inclusive."""
    return [tap * d for tap in range(k)][-1] + 1


@lru_cache(1024)
def stops(n: int, span: int, s: int, before: int, after: int, rounds_up: bool = False) -> tuple[int, ...]:
    """Where windows begin that move over n positions and their padding, one after the other.

    If it rounds up, a last one that is cut short is included for what the previous one leaves over, unless it begins
    in the padding after the input.
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
    """The padding before and after that a rule means: the least that keeps its promise."""
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
    # as many outputs as there are steps of the stride, starting at the first position
    last = range(0, n, s)[-1]
    total = 0
    while last + span > n + total:
        total += 1
    return split(total)


def split(total: int) -> tuple[int, int]:
    """Half of them before and half after, an odd one after."""
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
    """The padding before and after, per axis: as written, or as its rule means."""
    rule = padding.word or padding.rule
    if not rule:
        return list(padding)
    axes = zip(sizes, window, stride, dilation, strict=True)
    return [around(rule, convention, *axis) for axis in axes]


def met(starts: Sequence[int], k: int, d: int) -> list[list[Met]]:
    """What each window reads."""
    return [[(start + tap * d, tap) for tap in range(k)] for start in starts]


class WindowedDefinition(Definition):
    """Windows that stop along every axis: by `kernel`, `stride`, `padding` and `dilation`."""

    @property
    def rounds_up(self) -> bool:
        """Whether a last window that is cut short counts."""
        return False

    def borders(self) -> list[tuple[int, int]]:
        return paddings(self.padding, self.convention, self.x.spatial, self.kernel, self.stride, self.dilation)

    @cached_property
    def starts(self) -> list[tuple[int, ...]]:
        """Where the windows begin, per axis."""
        axes = zip(self.x.spatial, self.kernel, self.stride, self.dilation, self.borders(), strict=True)
        return [stops(n, covered(k, d), s, before, after, self.rounds_up) for n, k, s, d, (before, after) in axes]

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(map(len, self.starts)), self.made())

    def made(self) -> int:
        """Output channels."""
        return self.x.channels

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(s) for s in self.stride)

    def fewer_channels(self) -> tuple[Settings, int, int]:
        """Changed settings, input channels, and multiplications per tap of a window."""
        channels = min(self.x.channels, 2)
        return {}, channels, channels

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        changes, channels, each = self.fewer_channels()
        spans = map(covered, self.kernel, self.dilation)
        axes = list(zip(self.x.spatial, spans, self.stride, self.borders(), strict=True))
        for spatial in _long(axes, each * numbers_in(self.kernel)):
            yield changes, [TensorSizes(spatial, channels)]


# -- fewer positions

Axis = tuple[int, int, int, tuple[int, int]]
"""Size, span of the window, stride, padding."""


def _long(axes: Sequence[Axis], each: int) -> Iterator[tuple[int, ...]]:
    """Sizes with room for some windows without padding; one axis after the other if all together are too many."""
    short, long = [_size(*axis, is_long=False) for axis in axes], [_size(*axis, is_long=True) for axis in axes]
    if _windows(axes, long) * each <= MAX_PRODUCTS:
        yield tuple(long)
        return
    tried = [tuple(long[b] if a == b else short[b] for b in range(len(axes))) for a in range(len(axes))]
    fits = [sizes for sizes in dict.fromkeys(tried) if _windows(axes, sizes) * each <= MAX_PRODUCTS]
    yield from fits or [tuple(short)]


def _size(n: int, span: int, s: int, padding: tuple[int, int], *, is_long: bool) -> int:
    """The smallest size with the same remainder by the stride in which enough windows fit."""
    inner = span + 2 * s if is_long else max(span - sum(padding), max(padding) + 1, 1)
    least = inner + (n - inner) % s
    return min(n, least)


def _windows(axes: Sequence[Axis], sizes: Sequence[int]) -> int:
    """The approximate number of windows."""
    counts = [max((n + sum(padding) - span) // s + 1, 1) for n, (_, span, s, padding) in zip(sizes, axes, strict=True)]
    return numbers_in(counts)
