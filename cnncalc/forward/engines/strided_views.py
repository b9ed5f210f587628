"""Contiguous arrays, with a border, and views of all their windows.

An axis of size 1 may have any stride at all, and `np.ascontiguousarray` does not change it. So strides are never read
from an array that came from elsewhere, but calculated from its shape. NumPy itself refuses a view that leaves its
array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = Sequence[tuple[int, int]]
"""Amounts before and after, per axis."""


def in_one_piece(x: Array) -> Array:
    """A contiguous array of the values in the order of the axes: the array itself or a view of it if possible.

    The strides follow from the shape, also on axes of size 1.
    """
    whole = np.ascontiguousarray(x)
    if whole.strides == _strides(whole):
        return whole
    return whole.reshape(-1).reshape(x.shape)


def _strides(x: Array) -> tuple[int, ...]:
    """The strides of a contiguous array of this shape."""
    steps, step = [], x.itemsize
    for size in reversed(x.shape):
        steps.append(step)
        step *= max(size, 1)
    return tuple(reversed(steps))


def padded(x: Array, amounts: Pairs, value: float = 0) -> Array:
    """The array with a border of one value around its positions; the array itself if there is no border."""
    if not any(map(any, amounts)):
        return x
    sizes = (before + n + after for n, (before, after) in zip(x.shape[1:-1], amounts, strict=True))
    y = np.empty((len(x), *sizes, x.shape[-1]), x.dtype)
    inner = y  # without the borders already written, so that each number is written once
    for axis, (n, (before, _)) in enumerate(zip(x.shape[1:-1], amounts, strict=True), 1):
        at = (slice(None),) * axis
        inner[*at, :before] = inner[*at, before + n :] = value
        inner = inner[*at, before : before + n]
    inner[...] = x
    return y


def window_view(
    x: Array, window: Sequence[int], stride: Sequence[int], dilation: Sequence[int], *, are_joined: bool = False
) -> Array:
    """All windows of x, (batch, *positions, channels), as a view: (batch, *positions, *window, channels).

    Args:
        are_joined: whether windows that move by one along the last axis are joined to one with more channels:
            (batch, *positions but the last, *window, last · channels). Their values are consecutive in memory.

    Raises:
        ValueError: x is smaller than a window.
    """
    x = np.ascontiguousarray(x)
    first, *steps, last = _strides(x)
    sizes = zip(x.shape[1:-1], window, stride, dilation, strict=True)
    count = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in sizes]
    if min(count) < 1:
        raise ValueError(f"a window of {tuple(window)} does not fit in {x.shape[1:-1]}")
    moves = [step * s for step, s in zip(steps, stride, strict=True)]
    taps = [step * d for step, d in zip(steps, dilation, strict=True)]
    channels = x.shape[-1]
    if are_joined:
        assert stride[-1] == 1
        channels *= count.pop()
        moves.pop()
    # unlike as_strided, this compares every stride with the size of the buffer
    view: Array = np.ndarray((len(x), *count, *window, channels), x.dtype, x, 0, (first, *moves, *taps, last))
    view.flags.writeable = False
    return view
