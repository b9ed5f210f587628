"""What is known of a tensor that no layer makes: an array of the file, or what is calculated from such arrays alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.importing.lifting._views import View
from cnncalc.importing.operations import Constant, Operation
from cnncalc.importing.stored import RESHAPE, TAKE, TRANSPOSE, Step, Stored
from cnncalc.named_tuple import NamedTuple

Sizes = tuple[int, ...]


class Fixed(NamedTuple):
    """An array of the file, seen in some order.

    Attributes:
        constant: the array.
        whole: its sizes in the file.
        own: its sizes as it is seen.
        sizes: those that it is spread over; the same where it is not.
        steps: from the array to what is seen.
    """

    constant: Constant
    whole: Sizes
    own: Sizes
    sizes: Sizes
    steps: tuple[Step, ...] = ()

    @property
    def values(self) -> Sequence[float] | None:
        """What is seen in a row, if there are few."""
        values, sizes = self.constant.values, self.whole
        if values is None:
            return None
        for step, what in self.steps:
            if step == RESHAPE:
                sizes = what
                continue
            ranges, order = [range(size) for size in sizes], what if step == TRANSPOSE else range(len(sizes))
            if step == TAKE:
                axis, start, stop = what
                ranges[axis] = range(start, stop)
            values, sizes = _picked(values, sizes, ranges, order), tuple(len(ranges[axis]) for axis in order)
        return values

    @property
    def total(self) -> int:
        """How many numbers are seen."""
        return prod(self.own)

    @property
    def is_learned(self) -> bool:
        """Whether it is counted: parameters and statistics."""
        return self.constant.is_parameter or self.constant.is_statistic

    @property
    def number(self) -> float | None:
        """Its only value; None if it has several, or is learned."""
        if self.is_learned or self.total != 1 or not (values := self.values):
            return None
        return values[0]

    def reshaped(self, sizes: Sequence[int]) -> Fixed | None:
        """In other sizes; None if it is spread, and these do not keep that."""
        sizes = tuple(sizes)
        if self.own != self.sizes:
            return self._reshaped_where_spread(sizes)
        return self._replace(own=sizes, sizes=sizes, steps=(*self.steps, (RESHAPE, sizes)))

    def _reshaped_where_spread(self, sizes: Sizes) -> Fixed | None:
        """Axes of size 1 may come and go."""
        if [size for size in sizes if size != 1] != [size for size in self.sizes if size != 1]:
            return None
        spread = iter(own for own, size in zip(self.own, self.sizes, strict=True) if size != 1)
        own = tuple(1 if size == 1 else next(spread) for size in sizes)
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, (RESHAPE, own)))

    def transposed(self, axes: Sequence[int]) -> Fixed:
        """With its axes in another order."""
        axes = tuple(axes)
        if axes == tuple(range(len(axes))):
            return self
        own, sizes = (tuple(each[axis] for axis in axes) for each in (self.own, self.sizes))
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, (TRANSPOSE, axes)))

    def taken(self, axis: int, start: int, stop: int) -> Fixed | None:
        """A part of it along an axis; None where it is spread along it."""
        if self.own[axis] != self.sizes[axis]:
            return None
        own, sizes = ((*each[:axis], stop - start, *each[axis + 1 :]) for each in (self.own, self.sizes))
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, (TAKE, (axis, start, stop))))

    def expanded(self, sizes: Sequence[int]) -> Fixed:
        """Spread over larger sizes."""
        own = (*(1 for _ in range(len(sizes) - len(self.own))), *self.own)
        steps = self.steps if own == self.own else (*self.steps, (RESHAPE, own))
        return self._replace(own=own, sizes=tuple(sizes), steps=steps)

    @property
    def stored(self) -> Stored | None:
        """Where its numbers are; None if the file does not have them."""
        return self.constant.stored.then(*self.steps) if self.constant.stored else None


def _picked(values: Sequence[float], sizes: Sizes, ranges: Sequence[range], order: Sequence[int]) -> list[float]:
    """The numbers at these places along each axis of an array, with its axes in another order."""
    places = [0]
    for axis in order:
        stride = prod(sizes[axis + 1 :])
        places = [place + stride * index for place in places for index in ranges[axis]]
    return [values[place] for place in places]


def fixed(constant: Constant, sizes: Sequence[int]) -> Fixed:
    """An array as the file has it."""
    whole = tuple(sizes)
    return Fixed(constant, whole, whole, whole)


class Derived(NamedTuple):
    """What is calculated from arrays alone, in a way that no kind has.

    Attributes:
        arrays: from which it is calculated.
        sizes: its own.
        called: the operation that makes it, as the file calls it.
        operations: all that are needed to calculate it.
    """

    arrays: tuple[Fixed, ...]
    sizes: Sizes
    called: str
    operations: frozenset[Operation] = frozenset()


class Indices(NamedTuple):
    """The places where a max pool found its values.

    Attributes:
        values: the pool's output.
        read: what the pool reads.
    """

    values: View
    read: View


Value = View | Fixed | Derived | Indices
"""What is known of a tensor."""
