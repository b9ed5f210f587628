"""Small constants, calculated while a program is read: arrays, and views of them, as PyTorch has them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.pt2._nodes import Ints, NotTranslatedError
from cnncalc.importing.stored import TYPECODES, Stored

MOST_ELEMENTS = 500_000
"""Larger constants are not calculated."""
_MOST_VALUES = 1000
"""More than these are kept as bytes alone."""


class _SharedNumbers:
    """Numbers that several arrays may share."""

    __slots__ = ("numbers", "writes")

    def __init__(self, numbers: array[float]) -> None:
        self.numbers = numbers
        self.writes = 0


class SmallArray:
    """Numbers of some sizes: a view of a buffer."""

    def __init__(self, buffer: _SharedNumbers, offset: int, sizes: Ints, strides: Ints, dtype: str) -> None:
        self._buffer = buffer
        self._offset = offset
        self.sizes = sizes
        self._strides = strides
        self.dtype = dtype
        self._as_tensor: tuple[int, Tensor] | None = None

    @classmethod
    def of(cls, numbers: Iterable[float], sizes: Ints, dtype: str) -> SmallArray:
        """A new array of these numbers, the last axis varying fastest.

        Raises:
            NotTranslatedError: it is too large, or of a type that is not calculated with.
        """
        check_size(sizes, dtype)
        convert: Callable[[float], float] = bool if dtype == "bool" else float if dtype.startswith("f") else int
        return cls(_SharedNumbers(array(TYPECODES[dtype], map(convert, numbers))), 0, sizes, _contiguous(sizes), dtype)

    @classmethod
    def of_stored(cls, stored: Stored) -> SmallArray:
        """The array that is in a file.

        Raises:
            NotTranslatedError: it is too large, or of a type that is not calculated with.
        """
        check_size(stored.sizes, stored.dtype)
        numbers: array[float] = array(TYPECODES[stored.dtype])
        numbers.frombytes(bytes(stored.read()))
        return cls(_SharedNumbers(numbers), 0, stored.sizes, _contiguous(stored.sizes), stored.dtype)

    # -- numbers

    def numbers(self) -> Sequence[float]:
        """All of them, the last axis varying fastest."""
        numbers = self._buffer.numbers
        if self.is_contiguous:
            return numbers[self._offset : self._offset + math.prod(self.sizes)]
        return [numbers[place] for place in self._places()]

    def write(self, values: Iterable[float]) -> None:
        """Puts numbers in their place: all views of the same numbers change."""
        self._buffer.writes += 1
        for place, value in zip(self._places(), values, strict=True):
            self._buffer.numbers[place] = value

    def _places(self) -> Iterator[int]:
        places = [self._offset]
        for size, stride in zip(self.sizes, self._strides, strict=True):
            places = [place + step * stride for place in places for step in range(size)]
        return iter(places)

    # -- views

    def permuted(self, axes: Sequence[int]) -> SmallArray:
        """With its axes in another order."""
        return self._view(tuple(self.sizes[axis] for axis in axes), tuple(self._strides[axis] for axis in axes))

    def expanded(self, sizes: Ints) -> SmallArray:
        """Spread to these sizes, as NumPy does it."""
        check_size(sizes, self.dtype)
        missing = len(sizes) - len(self.sizes)
        strides = (0,) * missing + tuple(
            0 if size == 1 else stride for size, stride in zip(self.sizes, self._strides, strict=True)
        )
        return self._view(sizes, strides)

    def sliced(self, axis: int, start: int, stop: int, step: int) -> SmallArray:
        """A part along an axis."""
        size, stride = len(range(start, stop, step)), self._strides[axis]
        sizes, strides = list(self.sizes), list(self._strides)
        sizes[axis], strides[axis] = size, stride * step
        return SmallArray(self._buffer, self._offset + start * stride, tuple(sizes), tuple(strides), self.dtype)

    def reshaped(self, sizes: Ints) -> SmallArray:
        """With other sizes: a view wherever PyTorch gives one."""
        strides = _viewed_strides(self.sizes, self._strides, sizes)
        return SmallArray.of(self.numbers(), sizes, self.dtype) if strides is None else self._view(sizes, strides)

    @property
    def is_contiguous(self) -> bool:
        """Whether the numbers lie in a row."""
        return self._strides == _contiguous(self.sizes)

    def _view(self, sizes: Ints, strides: Ints) -> SmallArray:
        return SmallArray(self._buffer, self._offset, sizes, strides, self.dtype)

    # -- as a tensor

    def tensor(self, name: str) -> Tensor:
        """A constant tensor with the numbers as they are now."""
        if self._as_tensor is None or self._as_tensor[0] != self._buffer.writes:
            numbers = array(TYPECODES[self.dtype], self.numbers())
            stored = Stored(self.sizes, self.dtype, numbers.tobytes, name)
            values = list(numbers) if len(numbers) <= _MOST_VALUES else None
            made = Tensor(name, self.sizes, self.dtype, Constant(stored, values, trainable=False, identity=name))
            self._as_tensor = (self._buffer.writes, made)
        return self._as_tensor[1]


def check_size(sizes: Ints, dtype: str) -> None:
    """Looks at an array before it is made.

    Raises:
        NotTranslatedError: it is too large, or of a type that is not calculated with.
    """
    if math.prod(sizes) > MOST_ELEMENTS or dtype not in TYPECODES:
        raise NotTranslatedError


def _contiguous(sizes: Ints) -> Ints:
    strides: list[int] = []
    step = 1
    for size in reversed(sizes):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def _viewed_strides(sizes: Ints, strides: Ints, wanted: Ints) -> Ints | None:
    """The strides of a view with other sizes: runs of axes that lie in a row are split anew; None if they cannot be."""
    if not math.prod(sizes) or not sizes:
        return _contiguous(wanted)
    made = [0] * len(wanted)
    at, base, run, taken = len(wanted) - 1, strides[-1], 1, 1
    for axis in reversed(range(len(sizes))):
        run *= sizes[axis]
        if axis and (sizes[axis - 1] == 1 or strides[axis - 1] == run * base):
            continue
        while at >= 0 and (taken < run or wanted[at] == 1):
            made[at] = taken * base
            taken *= wanted[at]
            at -= 1
        if taken != run:
            return None
        base, run, taken = strides[axis - 1], 1, 1
    return tuple(made) if at == -1 else None
