"""What is known of a tensor that no layer makes: an array of the file, or what is calculated from such arrays alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as every
from math import prod

from cnncalc.importing.lifting._views import View
from cnncalc.importing.operations import Constant, Operation
from cnncalc.importing.stored import Step, Stored
from cnncalc.named_tuple import NamedTuple

Sizes = tuple[int, ...]


class Fixed(NamedTuple):
    """An array of the file, seen in some order.

    Attributes:
        constant: the array.
        own: its sizes as it is seen.
        sizes: those that it is spread over; the same where it is not.
        steps: from the array to what is seen.
        values: what is seen in a row, if there are few.
    """

    constant: Constant
    own: Sizes
    sizes: Sizes
    steps: tuple[Step, ...] = ()
    values: tuple[float, ...] | None = None

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
        return self.values[0] if self.values is not None and len(self.values) == 1 and not self.is_learned else None

    def reshaped(self, sizes: Sequence[int]) -> Fixed | None:
        """In other sizes; None if it is spread, and these do not keep that."""
        sizes = tuple(sizes)
        if self.own != self.sizes:
            return self._reshaped_where_spread(sizes)
        return self._replace(own=sizes, sizes=sizes, steps=(*self.steps, ("reshape", sizes)))

    def _reshaped_where_spread(self, sizes: Sizes) -> Fixed | None:
        """Axes of size 1 may come and go."""
        if [size for size in sizes if size != 1] != [size for size in self.sizes if size != 1]:
            return None
        spread = iter(own for own, size in zip(self.own, self.sizes, strict=True) if size != 1)
        own = tuple(1 if size == 1 else next(spread) for size in sizes)
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, ("reshape", own)))

    def transposed(self, axes: Sequence[int]) -> Fixed:
        """With its axes in another order."""
        axes = tuple(axes)
        if axes == tuple(range(len(axes))):
            return self
        own, sizes = (tuple(each[axis] for axis in axes) for each in (self.own, self.sizes))
        values = None
        if self.values is not None:
            steps = [prod(self.own[axis + 1 :]) for axis in axes]
            places = every(*map(range, own))
            values = tuple(self.values[sum(map(int.__mul__, place, steps))] for place in places)
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, ("transpose", axes)), values=values)

    def taken(self, axis: int, start: int, stop: int) -> Fixed | None:
        """A part of it along an axis; None where it is spread along it."""
        if self.own[axis] != self.sizes[axis]:
            return None
        own, sizes = ((*each[:axis], stop - start, *each[axis + 1 :]) for each in (self.own, self.sizes))
        values = None
        if self.values is not None:
            ranges = [range(start, stop) if place == axis else range(size) for place, size in enumerate(self.own)]
            steps = [prod(self.own[place + 1 :]) for place in range(len(self.own))]
            values = tuple(self.values[sum(map(int.__mul__, place, steps))] for place in every(*ranges))
        return self._replace(own=own, sizes=sizes, steps=(*self.steps, ("take", (axis, start, stop))), values=values)

    def expanded(self, sizes: Sequence[int]) -> Fixed:
        """Spread over larger sizes."""
        own = (*(1 for _ in range(len(sizes) - len(self.own))), *self.own)
        steps = self.steps if own == self.own else (*self.steps, ("reshape", own))
        return self._replace(own=own, sizes=tuple(sizes), steps=steps)

    @property
    def stored(self) -> Stored | None:
        """Where its numbers are; None if the file does not have them."""
        return self.constant.stored.then(*self.steps) if self.constant.stored else None


def fixed(constant: Constant, sizes: Sequence[int]) -> Fixed:
    """An array as the file has it."""
    values = None if constant.values is None else tuple(constant.values)
    return Fixed(constant, tuple(sizes), tuple(sizes), (), values)


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
