"""Convolutions as matrix products.

All arrays are (batch, *positions, channels); kernels are (*window, channels / groups, filters), as layers have them.
What multiplies is handed in: `product(a, b, out)` is a matrix product, `scaled(a, b, out)` a product value by value.
Whoever hands them in can count.

There are two ways to make a convolution one. *Unrolled*: each window is copied into a row, and all rows are multiplied
by the kernel at once; a 3×3 window copies the input nine times. *By rows*: only the last axis is unrolled, which copies
the input three times, and the product runs once for each row of the kernel, on the same copy one row further down. The
second is better where there are many channels and all windows move by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Array = np.ndarray[Any, np.dtype[Any]]
Product = Callable[..., Array]
Pairs = Sequence[tuple[int, int]]

MAX_BUFFER = 48 * 2**20
"""Bytes of the copied windows at one time; more are worked through in tiles."""
CACHE = 256 * 2**10
"""Bytes of a tile that is passed over several times: it should stay in a core's own cache."""
WORTH_A_THREAD = 10**6
"""Multiplications from which on a second thread is worth its start."""


def convolve(
    product: Product,
    x: Array,
    kernel: Array,
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """The convolution (cross-correlation) of x, without bias."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    x = padded(x, padding)
    spatial = x.shape[1:-1]
    count = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(spatial, window, stride, dilation, strict=True))
    y = np.empty((len(x), *count, filters), np.result_type(x, kernel))
    if prod(window) == 1:
        steps = tuple(slice(0, s * (n - 1) + 1, s) for n, s in zip(count, stride, strict=True))
        taken = x[:, *steps]
        for part, out, weights in _groups(groups, taken, y, kernel):
            _into(product, part, weights.reshape(part.shape[-1], -1), out)
        return y
    lead = _lead(window, stride, kernel.shape[-2], filters, groups)
    for tile, rows in _tiles(x, count[0], window, stride[0], dilation[0], len(window) - lead):
        for part, out, weights in _groups(groups, x[:, rows], y[:, tile], kernel):
            _convolve_tile(product, part, out, weights, stride, dilation, lead)
    return y


def padded(x: Array, padding: Pairs, value: float = 0) -> Array:
    """The array with a border of this value around its positions; itself where there is none."""
    if not any(map(any, padding)):
        return x
    sizes = (before + n + after for n, (before, after) in zip(x.shape[1:-1], padding, strict=True))
    border = np.full((len(x), *sizes, x.shape[-1]), value, x.dtype)
    border[:, *(slice(before, before + n) for n, (before, _) in zip(x.shape[1:-1], padding, strict=True))] = x
    return border


def _groups(groups: int, x: Array, y: Array, kernel: Array) -> Iterator[tuple[Array, Array, Array]]:
    """The channels of each group: of the input, of the output, and its kernels."""
    if groups == 1:
        yield x, y, kernel
        return
    taken, made = x.shape[-1] // groups, y.shape[-1] // groups
    for g in range(groups):
        mine = slice(g * made, (g + 1) * made)
        yield x[..., g * taken : (g + 1) * taken], y[..., mine], kernel[..., mine]


def _lead(window: Sequence[int], stride: Sequence[int], channels: int, filters: int, groups: int) -> int:
    """How many axes at the front are not unrolled: all but the last where that copies less, else none."""
    lead = len(window) - 1
    if any(s > 1 for s in stride[:lead]) or groups > 1:
        return 0
    products = prod(window[:lead])
    copied, added = window[-1] * channels, 2 * (products - 1) * filters
    return lead if copied + added < prod(window) * channels else 0


def _tiles(
    x: Array, count: int, window: Sequence[int], stride: int, dilation: int, unrolled: int
) -> Iterator[tuple[slice, slice]]:
    """Output positions of the first axis whose windows together fit into the buffer, and the inputs that they read."""
    row = x[:, :1].nbytes * prod(window[len(window) - unrolled :])
    size = max(MAX_BUFFER // row, 1)
    for start in range(0, count, size):
        stop = min(start + size, count)
        yield slice(start, stop), slice(start * stride, (stop - 1) * stride + dilation * (window[0] - 1) + 1)


def _convolve_tile(
    product: Product, x: Array, y: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int], lead: int
) -> None:
    """Writes the convolution of x to y; the first `lead` axes are not unrolled, and their strides are 1."""
    window = kernel.shape[:-2]
    sizes, counts = x.shape[1 : 1 + lead], y.shape[1:-1]
    steps = x.strides
    # (batch, positions of the axes in front, windows of the others, taps of the others, channels)
    windows = as_strided(
        x,
        (len(x), *sizes, *counts[lead:], *window[lead:], x.shape[-1]),
        (
            *steps[: 1 + lead],
            *(step * s for step, s in zip(steps[1 + lead : -1], stride[lead:], strict=True)),
            *(step * d for step, d in zip(steps[1 + lead : -1], dilation[lead:], strict=True)),
            steps[-1],
        ),
    )
    columns = windows.reshape(*windows.shape[: 1 + len(counts)], -1)
    spare = None
    for index, tap in enumerate(itertools.product(*map(range, window[:lead]))):
        rows = (slice(i * d, i * d + n) for i, d, n in zip(tap, dilation, counts, strict=False))
        weights = kernel[tap].reshape(columns.shape[-1], -1)
        if index == 0:
            _into(product, columns[:, *rows], weights, y)
        else:
            spare = np.empty_like(y) if spare is None else spare
            _into(product, columns[:, *rows], weights, spare)
            y += spare


def _into(product: Product, a: Array, b: Array, out: Array) -> None:
    """a · b into `out`, as one product where the memory allows, else as several behind each other."""
    rows = a.reshape(len(a), -1, a.shape[-1]) if a.ndim != 2 else a
    if out.flags.c_contiguous:
        product(rows, b, out.reshape(*rows.shape[:-1], -1))
    else:
        out[...] = product(rows, b, None).reshape(out.shape)


def convolve_depthwise(
    scaled: Product, x: Array, kernel: Array, stride: Sequence[int], padding: Pairs, dilation: Sequence[int]
) -> Array:
    """The convolution of each channel with its own kernels; `kernel` is (*window, channels · multiplier).

    Tap by tap: the shifted input times one number a channel. Neighbours along the last axis lie behind each other in
    memory, so that a whole row is one stretch; for strides over 1 every s-th position is put next to each other first.
    """
    if kernel.shape[-1] != x.shape[-1]:
        x = np.repeat(x, kernel.shape[-1] // x.shape[-1], axis=-1)
    if x.ndim == 3:  # one axis: as an image of one row
        x, kernel = x[:, None], kernel[None]
        stride, padding, dilation = (1, *stride), ((0, 0), *padding), (1, *dilation)
        return convolve_depthwise(scaled, x, kernel, stride, padding, dilation)[:, 0]
    window, channels = kernel.shape[:-1], kernel.shape[-1]
    x = padded(x, padding)
    count = tuple(
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[1:-1], window, stride, dilation, strict=True)
    )
    step = stride[-1]
    phases = [np.ascontiguousarray(x[..., phase::step, :]) for phase in range(step)] if step > 1 else [x]
    phases = [phase.reshape(*x.shape[:-2], -1) for phase in phases]
    row = count[-1] * channels
    taps = np.tile(kernel, count[-1])
    y = np.empty((len(x), *count[:-1], row), np.result_type(x, kernel))

    def one(tile: slice) -> None:
        out, spare = y[:, tile], np.empty_like(y[:, tile])
        for index, tap in enumerate(itertools.product(*map(range, window))):
            first = [i * d for i, d in zip(tap, dilation, strict=True)]
            first[0] += tile.start * stride[0]
            ends = zip(first[:-1], stride[:-1], out.shape[1:-1], strict=True)
            phase, column = first[-1] % step, first[-1] // step * channels
            part = phases[phase][:, *(slice(i, i + (n - 1) * s + 1, s) for i, s, n in ends), column : column + row]
            scaled(part, taps[tap], spare if index else out)
            if index:
                np.add(out, spare, out)

    rows = max(CACHE // max(y[:, :1].nbytes, 1), 1)
    tiles = [slice(start, min(start + rows, count[0])) for start in range(0, count[0], rows)]
    in_threads(one, tiles, y.size * prod(window))
    return y.reshape(len(x), *count, channels)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor()


def in_threads(task: Callable[[Any], None], parts: Sequence[Any], work: int) -> None:
    """Does a task for each part; at the same time where that much work is worth it (NumPy frees the interpreter)."""
    if work < WORTH_A_THREAD or len(parts) < 2:
        for part in parts:
            task(part)
    else:
        list(_threads().map(task, parts))


def convolve_transposed(
    product: Product,
    x: Array,
    kernel: Array,
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
    count: Sequence[int],
    groups: int = 1,
) -> Array:
    """The transposed convolution of x to `count` positions: every input spreads its value over a window."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    spans = [(n - 1) * s + d * (k - 1) + 1 for n, s, k, d in zip(x.shape[1:-1], stride, window, dilation, strict=True)]
    # the part that is kept may end behind the last window (output padding)
    sizes = [max(span, before + n) for span, n, (before, _) in zip(spans, count, padding, strict=True)]
    whole = np.zeros((len(x), *sizes, filters), np.result_type(x, kernel))
    for tap in itertools.product(*map(range, window)):
        places = (
            slice(i * d, i * d + (n - 1) * s + 1, s)
            for i, d, s, n in zip(tap, dilation, stride, x.shape[1:-1], strict=True)
        )
        target = whole[:, *places]
        for part, out, weights in _groups(groups, x, target, kernel[tap]):
            out += product(part.reshape(-1, part.shape[-1]), weights, None).reshape(out.shape)
    return whole[:, *(slice(before, before + n) for n, (before, _) in zip(count, padding, strict=True))]
