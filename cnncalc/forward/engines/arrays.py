"""What layers compute with: NumPy, the convolution and pooling engines, and a count of the multiplications.

A layer's `run` is passed an instance and imports nothing. Arrays are (batch, *positions, channels), whatever the
layout of the model: the layout matters only where values are flattened (`flatten`, `reshape`), and only here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from math import prod
from typing import Any, Self

import numpy as np

from cnncalc.forward.engines import _pooling
from cnncalc.forward.engines._attention import attend
from cnncalc.forward.engines._deforming import deformed
from cnncalc.forward.engines._erf import erf
from cnncalc.forward.engines.convolution import (
    Array,
    by_tiles,
    convolve,
    convolve_depthwise,
    convolve_transposed,
    sum_of_products,
)
from cnncalc.forward.engines.strided_views import Pairs, in_one_piece, padded

PLACE = 64
"""About how many bytes it takes to calculate where an interpolated value comes from: whole numbers of 8 bytes."""

_MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What NumPy calls the ways to continue an array."""


class Arrays:
    """NumPy's functions, and those below.

    Attributes:
        layout: the order in which `flat` flattens values, `channels_last` or `channels_first`.
        dtype: the type of all numbers.
    """

    def __init__(self, layout: str = "channels_last", dtype: str = "float32") -> None:
        self.layout = layout
        self.dtype = np.dtype(dtype)
        self._products: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def in_order(self, layout: str) -> Self:
        """The same, flattening in the order of another layout."""
        if layout == self.layout:
            return self
        other = copy(self)  # which counts its products with these
        other.layout = layout
        return other

    # -- products, which are counted

    @property
    def macs(self) -> int:
        """Multiply-adds so far, from the operand sizes of every product of a convolution or dense layer."""
        return sum(self._products)

    def matmul(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """The matrix product of a and b."""
        self._products.append(a.size * b.shape[-1])
        return self.product(a, b, out)

    def _summed(self, windows: Array, kernel: Array, out: Array) -> Array:
        self._products.append(windows.size)  # appended, because threads would lose additions to a shared sum
        return self.sum_of_products(windows, kernel, out)

    product: Callable[..., Array] = staticmethod(np.matmul)
    sum_of_products: Callable[..., Array] = staticmethod(sum_of_products)

    def convolve(
        self, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int], groups: int = 1
    ) -> Array:
        """The convolution of an array that already has its border."""
        if kernel.shape[-2] == 1 and groups == x.shape[-1] > 1:
            return self.convolve_depthwise(x, kernel[..., 0, :], stride, dilation)
        return convolve(self.matmul, x, kernel, stride, dilation, groups)

    def convolve_depthwise(self, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int]) -> Array:
        """The convolution of each channel with its own kernels."""
        return convolve_depthwise(self._summed, x, kernel, stride, dilation)

    def convolve_transposed(
        self,
        x: Array,
        kernel: Array,
        stride: Sequence[int],
        dilation: Sequence[int],
        cut: Sequence[int],
        count: Sequence[int],
        groups: int = 1,
    ) -> Array:
        """The transposed convolution: `count` positions, after cutting off those at the start."""
        axes = zip(x.shape[1:-1], kernel.shape[:-2], stride, dilation, cut, count, strict=True)
        around = [(d * (k - 1) // s, max((first + m - 1) // s - (n - 1), 0)) for n, k, s, d, first, m in axes]
        x, added = self.surrounded(x, around)
        cut = [first + before * s for first, before, s in zip(cut, added, stride, strict=True)]
        return convolve_transposed(self.matmul, x, kernel, stride, dilation, cut, count, groups)

    def attend(
        self, query: Array, key: Array, value: Array, bias: Array | None = None, visible: Array | None = None
    ) -> Array:
        """For each query the mean of the values, weighted by the softmax of how well their keys match."""
        return attend(self.matmul, query, key, value, bias, visible)

    deformed = staticmethod(deformed)

    def of_groups(self, taps: Array, kernel: Array, groups: int) -> Array:
        """The products of all values of windows, (batch, *positions, taps, channels), with filters, group by group."""
        *_, each, filters = kernel.shape
        rows = kernel.reshape(-1, each, groups, filters // groups)
        parts = []
        for group in range(groups):
            own = self.in_one_piece(taps[..., group * each : (group + 1) * each])
            own = own.reshape((*taps.shape[:-2], len(rows) * each))
            parts.append(self.matmul(own, rows[:, :, group].reshape(len(rows) * each, filters // groups)))
        return parts[0] if groups == 1 else np.concatenate(parts, -1)

    # -- borders

    def bordered(self, x: Array, amounts: Pairs, fill: float | str = 0) -> Array:
        """The positions with a border: of a constant, of reflected values (`reflect`), of the outermost ones
        (`replicate`), or of those at the other end (`circular`).

        All borders are made here; the engines receive arrays that already have theirs.
        """
        if not isinstance(fill, str):
            return padded(x, amounts, fill)
        if not any(map(any, amounts)):
            return x
        return np.pad(x, [(0, 0), *amounts, (0, 0)], mode=_MODES[fill])

    def surrounded(self, x: Array, amounts: Pairs) -> tuple[Array, Sequence[int]]:
        """The array with inputs around it, and how many were added before it: none, as they add nothing."""
        return x, (0,) * len(amounts)

    def zeros_for(self, x: Array, *sizes: int) -> Array:
        """Zeros of these sizes, for each sample of an array and of its type."""
        return np.zeros((len(x), *sizes), x.dtype)

    # -- pools, order

    in_one_piece = staticmethod(in_one_piece)
    pool_border = staticmethod(_pooling.border)
    window_max = staticmethod(_pooling.window_max)
    window_sum = staticmethod(_pooling.window_sum)
    window_counts = staticmethod(_pooling.window_counts)
    adaptive = staticmethod(_pooling.adaptive)
    unpooled = staticmethod(_pooling.unpooled)

    def flat(self, x: Array) -> Array:
        """All values of each sample, flattened in the order of the model's layout."""
        if self.layout == "channels_first":
            x = np.moveaxis(x, -1, 1)
        return x.reshape(len(x), prod(x.shape[1:]))

    def shaped(self, x: Array, spatial: tuple[int, ...], channels: int) -> Array:
        """The reverse of `flat`, to any shape."""
        if self.layout == "channels_first":
            return np.moveaxis(x.reshape(len(x), channels, *spatial), 1, -1)
        return x.reshape(len(x), *spatial, channels)

    # -- value by value, in tiles and threads

    def values(self, function: Callable[[Array, Array], object], x: Array) -> Array:
        """Applies a function to each value: `function(part, out)` is passed part of them, and where the results go."""
        flat = in_one_piece(x).reshape(-1)
        y = np.empty_like(flat)
        by_tiles(lambda tile: function(flat[tile], y[tile]), flat.size, flat.itemsize, flat.size)
        return y.reshape(x.shape)

    def rows(self, function: Callable[[Array, Array], object], x: Array) -> Array:
        """The same for a function that needs all channels of a position: the parts are (positions, channels)."""
        rows = in_one_piece(x).reshape(-1, x.shape[-1])
        y = np.empty_like(rows)
        by_tiles(lambda tile: function(rows[tile], y[tile]), len(rows), rows[:1].nbytes, x.size)
        return y.reshape(x.shape)

    def stretched(self, function: Callable[[int, int], Array], x: Array, axis: int, count: int) -> Array:
        """The array with `count` positions along an axis: `function(start, stop)` makes those from start to stop."""
        y = np.empty((*x.shape[:axis], count, *x.shape[axis + 1 :]), x.dtype)

        def one(tile: slice) -> None:
            y[(slice(None),) * axis + (tile,)] = function(tile.start, tile.stop)

        by_tiles(one, count, y.nbytes // count + PLACE, y.size)
        return y

    def affine(self, x: Array, factor: Array | None, offset: Array | None, out: Array | None = None) -> Array:
        """x · factor + offset, each one number per channel or None; written to `out`, which must be contiguous."""
        times = x.shape[-2] if x.ndim > 2 else 1  # positions that are treated as if they were more channels
        assert out is None or out.flags.c_contiguous  # for any other array `reshape` would make a copy and fill that
        rows = in_one_piece(x).reshape(-1, times * x.shape[-1])
        y = np.empty_like(rows) if out is None else out.reshape(rows.shape)
        factor, offset = (None if each is None else np.tile(each, times) for each in (factor, offset))

        def one(tile: slice) -> None:
            part = rows[tile]
            if factor is not None:
                part = np.multiply(part, factor, out=y[tile])
            if offset is not None:
                np.add(part, offset, out=y[tile])

        by_tiles(one, len(rows), rows[:1].nbytes, x.size)
        return y.reshape(x.shape)

    # -- functions that NumPy lacks

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + e⁻ˣ), without overflow."""
        y = np.multiply(x, 0.5)
        np.tanh(y, out=y)
        y += 1
        y *= 0.5
        return y

    erf = staticmethod(erf)
