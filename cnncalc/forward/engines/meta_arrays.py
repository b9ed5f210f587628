# mypy: disable-error-code="override"
# (arrays without values stand in for arrays)
"""Arrays without values, which show how much memory a layer will allocate before it is run.

A layer's own `run` computes with these instead of NumPy's arrays, as with the meta tensors of PyTorch: each has a
shape, a type, and memory on a `Heap`, and each operation makes the arrays that NumPy or an engine would make. Memory
is in use from when an array is made until the last reference to it, or to a view of it, is gone; Python itself counts
those. So the estimate is what the code does, and a kind needs no estimate of its own. Only the engines, whose loops
would take too long, have their allocations written out once more, in `MetaArrays`.

A function of NumPy that is not listed here raises a TypeError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from cnncalc.forward.engines._attention import queries_at_once
from cnncalc.forward.engines.arrays import PLACE, Arrays
from cnncalc.forward.engines.convolution import CACHE, MAX_BUFFER, columns_at_once, parts
from cnncalc.forward.engines.strided_views import Pairs

Sizes = Sequence[int]


class Heap:
    """The memory in use, in bytes, and the most so far."""

    def __init__(self) -> None:
        self.held = 0
        self.peak = 0

    def take(self, count: int) -> None:
        """Allocates, or with a negative count frees."""
        self.held += count
        self.peak = max(self.peak, self.held)


class _Memory:
    """What an array and its views share: it is freed together with the last of them."""

    __slots__ = ("count", "heap")

    def __init__(self, heap: Heap, count: int) -> None:
        self.heap, self.count = heap, count
        heap.take(count)

    def __del__(self) -> None:
        self.heap.take(-self.count)


class MetaArray(NDArrayOperatorsMixin):
    """An array without values.

    Attributes:
        is_whole: whether its values are contiguous, so that it can be reshaped without a copy.
    """

    __slots__ = ("_memory", "dtype", "is_whole", "shape")

    def __init__(self, memory: _Memory, shape: Sizes, dtype: np.dtype[Any], is_whole: bool = True) -> None:
        self._memory, self.shape, self.dtype, self.is_whole = memory, tuple(shape), dtype, is_whole

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def shares(self, other: object) -> bool:
        """Whether both have the same memory."""
        return isinstance(other, MetaArray) and other._memory is self._memory

    def new(self, shape: Sizes, dtype: Any = None) -> MetaArray:
        """Another array on the same heap."""
        dtype = self.dtype if dtype is None else np.dtype(dtype)
        return MetaArray(_Memory(self._memory.heap, prod(shape) * dtype.itemsize), shape, dtype)

    def _view(self, shape: Sizes, is_whole: bool) -> MetaArray:
        return MetaArray(self._memory, shape, self.dtype, is_whole)

    # -- its methods, as far as layers use them

    def copy(self) -> MetaArray:
        return self.new(self.shape)

    def astype(self, dtype: Any, copy: bool = True) -> MetaArray:
        return self if np.dtype(dtype) == self.dtype and not copy else self.new(self.shape, dtype)

    def reshape(self, *sizes: Any) -> MetaArray:
        shape = list(sizes[0] if isinstance(sizes[0], tuple) else sizes)
        if -1 in shape:
            shape[shape.index(-1)] = self.size // max(-prod(shape), 1)
        return self._view(shape, True) if self.is_whole else self.new(shape)

    def transpose(self, *axes: int) -> MetaArray:
        moved = [axis for axis in axes if self.shape[axis] > 1]  # an axis of size 1 may be anywhere
        return self._view([self.shape[axis] for axis in axes], self.is_whole and moved == sorted(moved))

    def swapaxes(self, one: int, other: int) -> MetaArray:
        axes = list(range(self.ndim))
        axes[one], axes[other] = axes[other], axes[one]
        return self.transpose(*axes)

    def take(self, indices: Any, axis: int) -> MetaArray:
        return self.new((*self.shape[:axis], *indices.shape, *self.shape[axis + 1 :]))

    def max(self, axis: Any = None, keepdims: bool = False) -> MetaArray:
        axes = range(self.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        gone = {each % self.ndim for each in axes}
        kept = [(1 if each in gone else n) for each, n in enumerate(self.shape) if keepdims or each not in gone]
        return self.new(kept)

    sum = min = max

    def mean(self, axis: Any = None, keepdims: bool = False) -> MetaArray:
        found = self.max(axis, keepdims)
        if self.dtype == np.float16:
            found.new(found.shape, np.float32)  # for a moment: NumPy calculates it in float32
        return found

    def __getitem__(self, key: Any) -> MetaArray:
        if isinstance(key, MetaArray):
            return self.new((*key.shape, *self.shape[1:]))
        shape = np.broadcast_to(np.empty((), bool), self.shape)[key].shape
        return self._view(shape, self.is_whole and shape[1:] == self.shape[1:])

    def __setitem__(self, key: Any, values: Any) -> None:
        pass

    # -- NumPy's functions, which NumPy passes on to these two

    def __array_ufunc__(
        self, function: Any, method: str, *inputs: Any, out: tuple[Any, ...] = (None,), **more: Any
    ) -> Any:
        return NotImplemented if method != "__call__" or more else _by_value(function, *inputs, out=out[0])

    def __array_function__(self, function: Any, types: Any, arguments: Any, named: Any) -> Any:
        known = _FUNCTIONS.get(function)
        return known(*arguments, **named) if known else NotImplemented


def _sample(value: Any) -> Any:
    """A single value of an array's type and rank, with which NumPy itself says what type a result has."""
    return np.ones((1,) * value.ndim, value.dtype) if isinstance(value, MetaArray | np.ndarray) else value


def _by_value(function: Callable[..., Any], *inputs: Any, out: Any = None) -> Any:
    """A function of single values: a new array, with sizes of 1 broadcast."""
    if out is not None:
        return out
    shape = np.broadcast_shapes(*(getattr(each, "shape", ()) for each in inputs))
    with np.errstate(all="ignore"):
        dtype = function(*map(_sample, inputs)).dtype
    return next(each for each in inputs if isinstance(each, MetaArray)).new(shape, dtype)


def _moveaxis(x: MetaArray, source: int, target: int) -> MetaArray:
    axes = [axis for axis in range(x.ndim) if axis != source % x.ndim]
    axes.insert(target % x.ndim, source % x.ndim)
    return x.transpose(*axes)


def _repeat(x: MetaArray, times: int, axis: int) -> MetaArray:
    axis %= x.ndim
    return x.new((*x.shape[:axis], x.shape[axis] * times, *x.shape[axis + 1 :]))


def _concatenate(arrays: Sequence[MetaArray], axis: int) -> MetaArray:
    first, axis = arrays[0], axis % arrays[0].ndim
    return first.new((*first.shape[:axis], sum(each.shape[axis] for each in arrays), *first.shape[axis + 1 :]))


def _pad(x: MetaArray, amounts: Pairs, **_: Any) -> MetaArray:
    return x.new([before + n + after for n, (before, after) in zip(x.shape, amounts, strict=True)])


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: lambda *inputs: _by_value(np.where, *inputs),
    np.clip: lambda *inputs, **out: _by_value(np.clip, *inputs, **out),
    np.mean: MetaArray.mean,
    np.sum: MetaArray.max,
    np.moveaxis: _moveaxis,
    np.repeat: _repeat,
    np.concatenate: _concatenate,
    np.pad: _pad,
    np.roll: lambda x, *_: x.copy(),
    np.copyto: lambda *_: None,
    np.may_share_memory: lambda one, other: one.shares(other),
}


class MetaArrays(Arrays):
    """What layers compute with, on arrays without values: the engines with what each of them allocates."""

    def __init__(self, layout: str, dtype: str) -> None:
        super().__init__(layout, dtype)
        self.heap = Heap()

    def array(self, shape: Sizes, dtype: Any = None) -> MetaArray:
        """A new array."""
        dtype = np.dtype(dtype or self.dtype)
        return MetaArray(_Memory(self.heap, prod(shape) * dtype.itemsize), shape, dtype)

    def _for_a_moment(self, count: int) -> None:
        """Allocates bytes and frees them."""
        self.heap.take(count)
        self.heap.take(-count)

    def _by_tiles(self, task: Callable[[int], object], count: int, row: int, work: int) -> None:
        """Runs a task for the first tile, given its rows, in as many threads as there would be."""
        before, peak = self.heap.held, self.heap.peak
        self.heap.peak = before
        task(min(max(CACHE // max(row, 1), 1), count))
        each = self.heap.peak - before
        self.heap.peak = max(peak, before + each * len(parts(count, work)))

    def in_one_piece(self, x: MetaArray) -> MetaArray:
        return x if x.is_whole else x.copy()

    def zeros_for(self, x: MetaArray, *sizes: int) -> MetaArray:
        return x.new((len(x), *sizes))

    def matmul(self, a: MetaArray, b: MetaArray, out: Any = None) -> Any:
        return a.new((*a.shape[:-1], b.shape[-1]))

    def attend(
        self, query: MetaArray, key: MetaArray, value: MetaArray, bias: Any = None, visible: Any = None
    ) -> MetaArray:
        y = query.new((*query.shape[:-1], value.shape[-1]))
        some = next(queries_at_once(query.shape[:-1], key.shape[-2]))
        scores = prod(query.shape[:-2]) * (some.stop - some.start) * key.shape[-2]
        hidden = 0 if visible is None else visible.size * (some.stop - some.start) // query.shape[-2]
        self._for_a_moment(scores * _SCORE_BYTES[y.itemsize] + y.nbytes + hidden)
        return y

    def convolve(self, x: MetaArray, kernel: MetaArray, stride: Sizes, dilation: Sizes, groups: int = 1) -> MetaArray:
        *window, taken, filters = kernel.shape
        if taken == 1 and groups == x.shape[-1] > 1:
            return self.convolve_depthwise(x, kernel[..., 0, :], stride, dilation)
        y = x.new((len(x), *_windows(x, window, stride, dilation), filters))
        row = x.itemsize * prod(window) * taken * groups
        if row > MAX_BUFFER:  # otherwise the windows are in a buffer that is there in any case
            self._for_a_moment(row)
        if groups > 1:
            self._for_a_moment(min(max(MAX_BUFFER // row, 1) * filters * x.itemsize, y.nbytes))
        return y

    def convolve_depthwise(self, x: MetaArray, kernel: MetaArray, stride: Sizes, dilation: Sizes) -> MetaArray:
        *window, channels = kernel.shape
        several = _repeat(x, channels // x.shape[-1], -1) if channels != x.shape[-1] else x
        y = several.new((len(x), *_windows(x, window, stride, dilation), channels))
        columns = y.shape[-2] if len(window) > 1 and stride[-1] == 1 else 1
        self._for_a_moment(kernel.nbytes * columns_at_once(columns, kernel.nbytes))
        return y

    def convolve_transposed(
        self,
        x: MetaArray,
        kernel: MetaArray,
        stride: Sizes,
        dilation: Sizes,
        cut: Sizes,
        count: Sizes,
        groups: int = 1,
    ) -> MetaArray:
        *window, _, filters = kernel.shape
        y = x.new((len(x), *count, filters))
        tap = x.size // x.shape[-1] * filters * x.itemsize
        copied = 2 * x.nbytes // groups if groups > 1 else 0  # the inputs of a group, and of the one before it
        self._for_a_moment(min(max(MAX_BUFFER // max(tap, 1), 1), prod(window)) * tap // groups + copied)
        return y

    def deformed(
        self,
        x: MetaArray,
        moves: MetaArray,
        window: Sizes,
        first: Sizes,
        stride: Sizes,
        dilation: Sizes,
        groups: int,
        modulated: bool,
    ) -> MetaArray:
        taps = x.new((*moves.shape[:-1], prod(window), x.shape[-1]))
        places = moves.size // moves.shape[-1]
        self._for_a_moment(places * (12 * 8 + 4 * max(x.itemsize, 8) * x.shape[-1] // groups))
        return taps

    def bordered(self, x: MetaArray, amounts: Pairs, fill: float | str = 0) -> MetaArray:
        if not any(map(any, amounts)):
            return x
        y = _pad(x, [(0, 0), *amounts, (0, 0)])
        if isinstance(fill, str):  # NumPy copies the values of one side at a time
            self._for_a_moment(max(max(pair) * y.nbytes // n for pair, n in zip(amounts, y.shape[1:-1], strict=True)))
        return y

    def window_max(self, x: MetaArray, window: Sizes, stride: Sizes, dilation: Sizes) -> MetaArray:
        for axis, count in enumerate(_windows(x, window, stride, dilation), 1):
            x = x.new((*x.shape[:axis], count, *x.shape[axis + 1 :]))
        return x

    def window_sum(self, x: MetaArray, window: Sizes, stride: Sizes) -> MetaArray:
        return self.window_max(x, window, stride, (1,) * len(window))

    def window_counts(self, x: MetaArray, window: Sizes, stride: Sizes, border: Pairs, counted: Pairs) -> MetaArray:
        read = self.array((1, *(sum(pair) + n for n, pair in zip(x.shape[1:-1], border, strict=True)), 1), bool)
        sizes = _windows(read, window, stride, (1,) * len(window))
        counts = x.new((1, *sizes, 1))
        self._for_a_moment(4 * 8 * max(sizes))  # where the windows start and end
        return counts

    def unpooled(self, y: MetaArray, x: MetaArray, window: Sizes, stride: Sizes, dilation: Sizes) -> MetaArray:
        largest = self.window_max(x, window, stride, dilation)
        winners = self.array(y.shape, np.int16)
        spread = x.new(x.shape, y.dtype)
        self._for_a_moment(3 * y.size)  # of which windows something is unknown
        del largest, winners
        return spread

    def adaptive(self, x: MetaArray, output: Sizes, reduce: Any) -> MetaArray:
        for axis, count in enumerate(output, 1):
            y = x.new((*x.shape[:axis], count, *x.shape[axis + 1 :]))
            self._for_a_moment(y.size // count * (4 + y.itemsize))  # means are calculated in float32 at least
            x = y
        return x

    def values(self, function: Callable[[Any, Any], object], x: MetaArray) -> MetaArray:
        return self._tiled(function, x, (1,))

    def rows(self, function: Callable[[Any, Any], object], x: MetaArray) -> MetaArray:
        return self._tiled(function, x, (x.shape[-1],))

    def _tiled(self, function: Callable[[Any, Any], object], x: MetaArray, row: tuple[int]) -> MetaArray:
        x = self.in_one_piece(x)
        y = x.copy()

        def one(rows: int) -> None:
            shape = (rows, *row) if row != (1,) else (rows,)
            function(x._view(shape, True), y._view(shape, True))

        self._by_tiles(one, x.size // max(row[0], 1), row[0] * x.itemsize, x.size)
        return y

    def stretched(self, function: Callable[[int, int], Any], x: MetaArray, axis: int, count: int) -> MetaArray:
        y = x.new((*x.shape[:axis], count, *x.shape[axis + 1 :]))
        self._by_tiles(lambda rows: function(0, rows), count, y.nbytes // count + PLACE, y.size)
        return y

    def affine(self, x: MetaArray, factor: Any, offset: Any, out: Any = None) -> MetaArray:
        x = self.in_one_piece(x)
        y: MetaArray = x.copy() if out is None else out
        times = x.shape[-2] if x.ndim > 2 else 1
        self._for_a_moment(sum(each.nbytes for each in (factor, offset) if each is not None) * times)
        return y

    def erf(self, x: MetaArray) -> MetaArray:
        self._for_a_moment(x.size * _ERF_BYTES[x.itemsize])
        return x.copy()


_SCORE_BYTES = {2: 8, 4: 4, 8: 8}
"""Bytes of a score and what is made of it, by the bytes of a value."""
_ERF_BYTES = {2: 24, 4: 24, 8: 64}
"""Bytes that the error function needs per value, by the bytes of a value."""


def _windows(x: MetaArray, window: Sizes, stride: Sizes, dilation: Sizes) -> list[int]:
    """How many windows there are in an array that has its border, per axis."""
    axes = zip(x.shape[1:-1], window, stride, dilation, strict=True)
    return [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in axes]
