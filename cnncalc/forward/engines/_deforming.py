"""Deformable convolution: the values at taps that were moved, interpolated between four positions.

Arrays are (batch, height, width, channels). Beyond the outermost positions there are zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from cnncalc.forward.engines.strided_views import Array


def deformed(
    x: Array,
    moves: Array,
    window: Sequence[int],
    first: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
    modulated: bool,
) -> Array:
    """The values at all taps of all windows, (batch, height, width, taps, channels).

    Args:
        moves: for each position and group the rows and columns by which each tap is moved, in turn, tap by tap; if
            modulated, then a number for each group and tap, whose sigmoid is a factor.
        first: where the first window begins, along each axis.
    """
    taps = list(product(*map(range, window)))
    numbers = len(taps) * groups
    each = x.shape[-1] // groups
    values = np.empty((*moves.shape[:-1], len(taps), x.shape[-1]), x.dtype)
    starts = [
        (begin + s * np.arange(n)).reshape(shape)
        for begin, s, n, shape in zip(first, stride, moves.shape[1:-1], ((-1, 1), (1, -1)), strict=True)
    ]
    for group, (index, tap) in product(range(groups), enumerate(taps)):
        number = group * len(taps) + index
        rows, columns = (
            start + t * d + moves[..., 2 * number + axis]
            for axis, (start, t, d) in enumerate(zip(starts, tap, dilation, strict=True))
        )
        own = slice(group * each, (group + 1) * each)
        found = between(x[..., own], rows, columns)
        if modulated:
            factor = moves[..., 2 * numbers + number]
            found *= (0.5 * np.tanh(0.5 * factor) + 0.5)[..., None]
        values[..., index, own] = found
    return values


def between(x: Array, rows: Array, columns: Array) -> Array:
    """The values at places that need not be whole, for each item of the batch."""
    found = np.zeros((*rows.shape, x.shape[-1]), x.dtype)
    item = np.arange(len(x)).reshape(-1, 1, 1)
    for row, down in _neighbours(rows, x.shape[1]):
        for column, right in _neighbours(columns, x.shape[2]):
            found += x[item, row, column] * (down * right)[..., None]
    return found


def _neighbours(places: Array, n: int) -> list[tuple[Array, Array]]:
    """The two positions around each place along an axis, and their shares; those outside have none."""
    low = np.floor(places)
    found = []
    for near, share in ((low, low + 1 - places), (low + 1, places - low)):
        inside = (near >= 0) & (near < n)
        found.append((np.where(inside, near, 0).astype(np.intp), share * inside))
    return found
