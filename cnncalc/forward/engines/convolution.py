"""Convolutions as matrix products.

All arrays are (batch, *positions, channels) and already have the border that a window may read; kernels are (*window,
channels / groups, filters), as in the layers. The multiplying functions are arguments: `product(a, b, out)` is a
matrix product, `summed` is `sum_of_products`. So the caller can count multiplications.

Each window is copied into a row, and all rows are multiplied by the kernel in one product. This is done tile by tile,
with tiles so small that the rows are still in the cache when they are multiplied; a 1×1 window needs no copy.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import prod

import numpy as np

from cnncalc.forward.engines.strided_views import Array as Array
from cnncalc.forward.engines.strided_views import window_view

Product = Callable[..., Array]

MAX_BUFFER = 2 * 2**20
"""Bytes of windows that are copied at a time, unless a single window is larger."""
CACHE = 256 * 2**10
"""Bytes of a tile that is read several times: it should stay in a core's own cache."""
WORTH_A_THREAD = 10**6
"""The number of multiplications at which a second thread is worth starting."""


def convolve(
    product: Product,
    x: Array,
    kernel: Array,
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """The convolution (cross-correlation) of x, without bias."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    patches = window_view(x, window, stride, dilation)
    positions = patches.shape[: 1 + len(window)]
    y = np.empty((*positions, filters), np.result_type(x, kernel))
    if groups > 1:
        _convolve_groups(product, patches, kernel, y, groups)
    elif prod(window) == 1 and set(stride) == {1}:
        product(patches.reshape(-1, x.shape[-1]), kernel.reshape(-1, filters), y.reshape(-1, filters))
    else:
        weights = kernel.reshape(-1, filters)
        for tile in _tiles(positions, x.itemsize * len(weights)):
            product(_copied(patches[tile]).reshape(-1, len(weights)), weights, y[tile].reshape(-1, filters))
    return y


def _tiles(positions: Sequence[int], row: int) -> Iterator[tuple[slice, ...]]:
    """Blocks of neighbouring positions whose windows, of `row` bytes each, together fit in the buffer.

    The blocks are one index wide along some leading axes, part of the next axis, and all of the others, so that they
    are contiguous.
    """
    axis, each = 0, prod(positions[1:]) * row
    while each > MAX_BUFFER and axis < len(positions) - 1:
        axis += 1
        each //= positions[axis]
    size = max(MAX_BUFFER // max(each, 1), 1)
    for front in itertools.product(*map(range, positions[:axis])):
        for start in range(0, positions[axis], size):
            stop = min(start + size, positions[axis])
            yield (*(slice(index, index + 1) for index in front), slice(start, stop))


class _Buffer(threading.local):
    """Memory for copied windows, one per thread: allocating it each time would cost as much as the copying."""

    bytes = np.empty(0, np.uint8)


_buffer = _Buffer()


def _copied(patches: Array) -> Array:
    """A contiguous copy of the windows, valid until the next are copied."""
    if patches.nbytes > MAX_BUFFER:
        return np.ascontiguousarray(patches)  # a single window already is
    if _buffer.bytes.size < patches.nbytes:
        _buffer.bytes = np.empty(MAX_BUFFER, np.uint8)
    copy: Array = np.ndarray(patches.shape, patches.dtype, _buffer.bytes)
    np.copyto(copy, patches)
    return copy


def _convolve_groups(product: Product, patches: Array, kernel: Array, y: Array, groups: int) -> None:
    """Writes to y the convolution of each group of channels with its own filters: one product for all groups."""
    window, taken, filters = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1] // groups
    depth = prod(window) * taken
    weights = kernel.reshape(depth, groups, filters).swapaxes(0, 1)
    apart = patches.reshape(*patches.shape[:-1], groups, taken)  # still a view
    for tile in _tiles(y.shape[:-1], patches.itemsize * depth * groups):
        _write_group_tile(product, apart[tile], weights, y[tile])


def _write_group_tile(product: Product, windows: Array, weights: Array, y: Array) -> None:
    """Multiplies some windows, (*positions, *window, groups, channels), by the weights of their groups."""
    groups, depth, filters = weights.shape
    rows = _copied(np.moveaxis(windows, -2, 0)).reshape(groups, -1, depth)
    made = product(rows, weights, None)  # (groups, positions, filters)
    y.reshape(-1, groups, filters)[...] = made.swapaxes(0, 1)


def _groups(groups: int, x: Array, y: Array, kernel: Array) -> Iterator[tuple[Array, Array, Array]]:
    """The channels of each group: of the input, of the output, and its kernels."""
    if groups == 1:
        yield x, y, kernel
        return
    taken, made = x.shape[-1] // groups, y.shape[-1] // groups
    for g in range(groups):
        mine = slice(g * made, (g + 1) * made)
        yield x[..., g * taken : (g + 1) * taken], y[..., mine], kernel[..., mine]


def convolve_depthwise(
    summed: Product, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int]
) -> Array:
    """The convolution of each channel with its own kernels; `kernel` is (*window, channels · multiplier).

    Where windows move by one, those of a whole row of positions are summed as if the positions were channels: their
    values are consecutive in memory, and long runs are faster.
    """
    window, channels = kernel.shape[:-1], kernel.shape[-1]
    if channels != x.shape[-1]:
        x = np.repeat(x, channels // x.shape[-1], axis=-1)
    are_joined = len(window) > 1 and stride[-1] == 1
    patches = window_view(x, window, stride, dilation, are_joined=are_joined)
    out = np.empty((*patches.shape[: -1 - len(window)], patches.shape[-1]), np.result_type(x, kernel))
    last = patches.shape[-1] // channels
    turn = columns_at_once(last, kernel.nbytes)
    repeated = np.tile(kernel, turn)

    def one(part: slice) -> None:
        for start in range(0, last * channels, turn * channels):
            at = (..., slice(start, start + turn * channels))
            windows = patches[:, part][at]
            summed(windows, repeated[..., : windows.shape[-1]], out[:, part][at])

    in_threads(one, parts(out.shape[1], out.size * prod(window)))
    return out.reshape(*out.shape[:-1], last, channels) if are_joined else out


def columns_at_once(count: int, kernel: int) -> int:
    """How many of the joined columns are summed together: their kernel, of so many bytes, is repeated for each."""
    return min(max(MAX_BUFFER // max(kernel, 1), 1), count)


def sum_of_products(windows: Array, kernel: Array, out: Array) -> Array:
    """Each window times the kernel, summed: (*positions, *window, n) · (*window, n) → (*positions, n)."""
    axes = list(range(windows.ndim))
    first = windows.ndim - kernel.ndim
    return np.einsum(windows, axes, kernel, axes[first:], [*axes[:first], axes[-1]], out=out)


# -- threads

CORES = os.cpu_count() or 1


def parts(count: int, work: int) -> list[slice]:
    """0 … count, in as many parts as there are cores if the work (in multiplications) is worth the threads."""
    size = -(-count // CORES) if work >= WORTH_A_THREAD else count
    return [slice(start, min(start + size, count)) for start in range(0, count, max(size, 1))]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES)


def in_threads(task: Callable[[slice], None], pieces: Sequence[slice]) -> None:
    """Runs a task for each piece, all at the same time: NumPy releases the interpreter lock while it computes."""
    tasks = [task]

    def quiet(piece: slice) -> None:
        with np.errstate(all="ignore"):  # each thread has its own error state
            tasks[0](piece)

    if len(pieces) == 1:
        quiet(pieces[0])
    else:
        list(_threads().map(quiet, pieces))
    tasks.clear()  # a thread may keep its task a moment longer, but must not keep arrays alive with it


def by_tiles(task: Callable[[slice], object], count: int, row: int, work: int) -> None:
    """Runs a task for 0 … count, in tiles of rows that stay in the cache; `row` is in bytes."""
    size = max(CACHE // max(row, 1), 1)

    def one(part: slice) -> None:
        for start in range(part.start, part.stop, size):
            task(slice(start, min(start + size, part.stop)))

    in_threads(one, parts(count, work))


def convolve_transposed(
    product: Product,
    x: Array,
    kernel: Array,
    stride: Sequence[int],
    dilation: Sequence[int],
    cut: Sequence[int],
    count: Sequence[int],
    groups: int = 1,
) -> Array:
    """The transposed convolution of x: every input spreads its value over a window.

    As many taps as fit in the buffer are multiplied by all inputs in one product.

    Args:
        cut: how many positions at the start are left out.
        count: how many of the following positions are the output; after the last window they are 0 (output padding).
    """
    window, filters, spatial = kernel.shape[:-2], kernel.shape[-1], x.shape[1:-1]
    y = np.zeros((len(x), *count, filters), np.result_type(x, kernel))
    for tile in _tiles(window, len(x) * prod(spatial) * filters * y.itemsize):
        taps = kernel[tile].shape[:-2]
        first = [part.start * d - before for part, d, before in zip(_of_all(tile, window), dilation, cut, strict=True)]
        for part, out, weights in _groups(groups, x, y, kernel[tile]):
            rows = part.reshape(-1, part.shape[-1])
            several = weights.reshape(-1, *weights.shape[-2:])
            made = (*taps, len(x), *spatial, out.shape[-1])
            products = product(np.broadcast_to(rows, (len(several), *rows.shape)), several, None)
            _spread(products.reshape(made), out, first, stride, dilation)
            del products  # before the next are made
    return y


def _of_all(tile: tuple[slice, ...], window: Sequence[int]) -> list[slice]:
    """The slices of a block along all axes: it is whole along those that it does not name."""
    return [*tile, *(slice(0, k) for k in window[len(tile) :])]


def _spread(made: Array, y: Array, first: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> None:
    """Adds products to the outputs that they belong to; those that would be outside are left out.

    Tap i and input j meet at output first + i · dilation + j · stride, along each axis. One of the two is looped over,
    the one with fewer indices; all of the other are added together, as no two of them meet at the same output. Taps go
    up and inputs go down, so that each output's sum has the same order in both.

    Args:
        made: (*taps, batch, *positions, filters).
    """
    rank = len(first)
    taps, spatial = made.shape[:rank], made.shape[rank + 1 : -1]
    if prod(taps) <= prod(spatial):
        looped, others, steps, strides = [range(k) for k in taps], spatial, dilation, stride
    else:
        looped, others, steps, strides = [range(n - 1, -1, -1) for n in spatial], taps, stride, dilation
        made = np.moveaxis(made, range(rank + 1, 2 * rank + 1), range(rank))  # (*positions, *taps, batch, filters)
        made = np.moveaxis(made, 2 * rank, rank)
    for index in itertools.product(*looped):
        starts = [f + i * step for f, i, step in zip(first, index, steps, strict=True)]
        inside = list(map(_inside, starts, strides, others, y.shape[1:-1]))
        places = [slice(f + m.start * s, f + m.stop * s, s) for f, s, m in zip(starts, strides, inside, strict=True)]
        if all(m.start < m.stop for m in inside):
            y[:, *places] += made[*index][:, *inside]


def _inside(start: int, step: int, count: int, end: int) -> slice:
    """Which of the places start, start + step, … (as many as `count`) are from 0 up to before `end`."""
    return slice(max(-(start // step), 0), min(-((start - end) // step), count))
