"""Pools, an axis at a time: the largest of a box is the largest along one axis of the largest along the other.

Arrays are (batch, *positions, channels).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnncalc.forward.convolution import Array, Pairs


def window_max(
    x: Array, window: Sequence[int], stride: Sequence[int], padding: Pairs, dilation: Sequence[int], rounding: str
) -> Array:
    """The largest value of each window; padding is never picked."""
    for axis, (k, s, pair, d) in enumerate(zip(window, stride, padding, dilation, strict=True), 1):
        n = len(starts(x.shape[axis], d * (k - 1) + 1, s, pair, rounding))
        x = _along(np.maximum, -np.inf, x, axis, k, s, pair[0], d, n)
    return x


def window_mean(
    x: Array, window: Sequence[int], stride: Sequence[int], padding: Pairs, rounding: str, count_padding: bool
) -> Array:
    """The mean of each window; the padding counts as zeros, or not at all."""
    y = x
    divisors = np.ones((), x.dtype)
    for axis, (k, s, (before, after)) in enumerate(zip(window, stride, padding, strict=True), 1):
        size = x.shape[axis]
        first = np.array(starts(size, k, s, (before, after), rounding))
        y = _along(np.add, 0, y, axis, k, s, before, 1, len(first))
        low, high = (-before, size + after) if count_padding else (0, size)
        along = np.minimum(first + k, high) - np.maximum(first, low)
        divisors = divisors * along.astype(x.dtype).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    return y / divisors


def starts(size: int, span: int, s: int, pair: tuple[int, int], rounding: str) -> range:
    """Where the windows begin along an axis: at every s-th position from the border on where a whole window fits.

    With `ceil` also where a part of one does, if it does not begin in the border behind the input.
    """
    before, after = pair
    behind = size + after - span + 1
    return range(-before, behind if rounding == "floor" else min(behind + s - 1, size), s)


def _along(
    combine: Callable[..., Any], fill: float, x: Array, axis: int, k: int, s: int, before: int, d: int, n: int
) -> Array:
    """Combines the k values of each of n windows along one axis."""
    reach = (n - 1) * s + d * (k - 1) + 1
    size = x.shape[axis]
    if before or reach - before > size:
        border = [(0, 0)] * x.ndim
        border[axis] = (before, max(reach - before - size, 0))
        x = np.pad(x, border, constant_values=fill)
    at = (slice(None),) * axis

    def tap(i: int) -> Array:
        return x[*at, i * d : i * d + (n - 1) * s + 1 : s]

    if k == 1:
        return tap(0).copy()
    y = combine(tap(0), tap(1))
    for i in range(2, k):
        combine(y, tap(i), out=y)
    return y  # type: ignore[no-any-return]


def adaptive(x: Array, output: Sequence[int], reduce: Callable[..., Array]) -> Array:
    """Position i of m along an axis is the `reduce` of the positions ⌊i·n/m⌋ up to ⌈(i + 1)·n/m⌉."""
    for axis, m in enumerate(output, 1):
        n, at = x.shape[axis], (slice(None),) * axis
        parts = [reduce(x[*at, i * n // m : -(-(i + 1) * n // m)], axis=axis, keepdims=True) for i in range(m)]
        x = np.concatenate(parts, axis)
    return x
