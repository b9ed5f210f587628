"""Pooling, one axis at a time: the maximum over a box is the maximum along one axis of the maxima along the other.

Arrays are (batch, *positions, channels), and already have the border that a window may read (`border`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from cnncalc.forward.engines.strided_views import Array, Pairs


def border(
    sizes: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
    rounding: str,
) -> Pairs:
    """What windows read before and after the input; with `ceil` that may be more than the padding."""
    found = []
    for n, k, s, pair, d in zip(sizes, window, stride, padding, dilation, strict=True):
        span = d * (k - 1) + 1
        found.append((pair[0], max(starts(n, span, s, pair, rounding)[-1] + span - n, 0)))
    return found


def starts(size: int, span: int, s: int, pair: tuple[int, int], rounding: str) -> range:
    """Where the windows begin along an axis: at every s-th position, starting in the border, where a whole window fits.

    With `ceil` also where part of a window fits, unless it begins in the border after the input.
    """
    before, after = pair
    behind = size + after - span + 1
    return range(-before, behind if rounding == "floor" else min(behind + s - 1, size), s)


def window_max(x: Array, window: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Array:
    """The largest value of each window."""
    for axis, (k, s, d) in enumerate(zip(window, stride, dilation, strict=True), 1):
        x = _along(np.maximum, x, axis, k, s, d)
    return x


def window_sum(x: Array, window: Sequence[int], stride: Sequence[int]) -> Array:
    """The sum of each window."""
    for axis, (k, s) in enumerate(zip(window, stride, strict=True), 1):
        x = _along(np.add, x, axis, k, s, 1)
    return x


def window_counts(x: Array, window: Sequence[int], stride: Sequence[int], border: Pairs, counted: Pairs) -> Array:
    """How many positions of each window are in the input x or in the `counted` part of the border around it."""
    counts = np.ones((), x.dtype)
    for axis, (k, s, (before, after), (low, high)) in enumerate(zip(window, stride, border, counted, strict=True), 1):
        n = x.shape[axis]
        first = np.arange(-before, n + after - k + 1, s)
        along = np.minimum(first + k, n + high) - np.maximum(first, -low)
        counts = counts * along.astype(x.dtype).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    return counts


def _along(combine: Callable[..., Any], x: Array, axis: int, k: int, s: int, d: int) -> Array:
    """Combines the k values of each window along one axis, in a new array."""
    last = x.shape[axis] - d * (k - 1)  # the last window begins before it
    at = (slice(None),) * axis

    def tap(i: int) -> Array:
        return x[*at, i * d : i * d + last : s]

    if k == 1:
        return tap(0).copy()
    y = combine(tap(0), tap(1))
    for i in range(2, k):
        combine(y, tap(i), out=y)
    return y  # type: ignore[no-any-return]


def unpooled(y: Array, x: Array, window: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Array:
    """The values of windows at the places of their largest in x, the first in reading order; 0 elsewhere.

    Where several windows have the same place, the last one writes. A window with a NaN, or a value that is NaN, has no
    largest: all of its places are NaN.
    """
    largest = window_max(x, window, stride, dilation)
    taps = [tap(y.shape, place, stride, dilation) for place in product(*map(range, window))]
    winners = np.full(y.shape, -1, np.int16)
    for index in reversed(range(len(taps))):
        np.copyto(winners, index, where=x[taps[index]] == largest)
    spread = np.zeros(x.shape, y.dtype)
    for index in reversed(range(len(taps))):  # the last tap of a place belongs to the first window
        np.copyto(spread[taps[index]], y, where=winners == index)
    unknown = np.isnan(largest) | np.isnan(y)
    if unknown.any():
        for each in taps:
            np.copyto(spread[each], np.nan, where=unknown)
    return spread


def tap(
    windows: Sequence[int], place: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[slice, ...]:
    """Where the taps of all windows are that have the same place in them."""
    axes = zip(place, windows[1:-1], stride, dilation, strict=True)
    return (slice(None), *(slice(t * d, t * d + (n - 1) * s + 1, s) for t, n, s, d in axes))


def adaptive(x: Array, output: Sequence[int], reduce: Callable[..., Array]) -> Array:
    """Along an axis, output position i of m is the `reduce` of input positions ⌊i·n/m⌋ up to ⌈(i + 1)·n/m⌉."""
    for axis, m in enumerate(output, 1):
        n = x.shape[axis]
        at: tuple[Any, ...] = (slice(None),) * axis
        y: Array = np.empty((*x.shape[:axis], m, *x.shape[axis + 1 :]), x.dtype)
        for i in range(m):
            y[*at, i] = reduce(x[*at, i * n // m : -(-(i + 1) * n // m)], axis=axis)
        x = y
    return x
