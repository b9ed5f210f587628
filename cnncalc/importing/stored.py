"""Where the values of an array are in a model file, and what is done to them to have them as a layer does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any

from cnncalc.named_tuple import NamedTuple

TYPECODES = {
    "float32": "f",
    "float64": "d",
    "int64": "q",
    "int32": "i",
    "int16": "h",
    "int8": "b",
    "uint8": "B",
    "bool": "b",
}
"""The types of numbers that Python's `array` has, by what files call them."""

Step = tuple[str, Any]
RESHAPE, TRANSPOSE, TAKE, MULTIPLY, ADD = "reshape", "transpose", "take", "multiply", "add"
DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM = "divide_by_norm", "divide_by_spectral_norm"
"""What a step may do."""
Sizes = tuple[int, ...]


class Stored(NamedTuple):
    """The values of an array, which nobody has read yet.

    Nothing here needs NumPy: whoever wants the values reads the bytes, makes an array of them and takes the steps.

    Attributes:
        sizes: of the array in the file.
        dtype: the type of its numbers there, as in `float32`, `float16`, `bfloat16`, `int64`; little-endian.
        read: gives the bytes, the last axis varying fastest.
        name: what the file calls it.
        steps: what makes the layer's array of it, in order: `("reshape", sizes)`, of which one may be -1, which is what
            is left, `("transpose", axes)`, `("take", (axis, start, stop))`, `("multiply", number)`, `("add", number)`;
            `("divide_by_norm", axes)`, and `("divide_by_spectral_norm", (steps, u, v))`, which is u · M · v with the
            matrix M that the array is after steps of its own, and vectors that are stored, too.
        joined: further arrays, each with steps of its own; all are put one after the other along the axis `along`, and
            then come the `steps_after`.
    """

    sizes: tuple[int, ...]
    dtype: str
    read: Callable[[], bytes | memoryview]
    name: str = ""
    steps: tuple[Step, ...] = ()
    joined: tuple[Stored, ...] = ()
    along: int = 0
    steps_after: tuple[Step, ...] = ()

    def then(self, *steps: Step) -> Stored:
        """The same array after further steps."""
        if self.joined:
            return self._replace(steps_after=(*self.steps_after, *steps))
        return self._replace(steps=(*self.steps, *steps))

    @property
    def shape(self) -> Sizes | None:
        """The sizes of what the array becomes; None where the steps do not fit those in the file."""
        shape = _after(self.sizes, self.steps)
        for each in self.joined:
            other = each.shape
            if shape is None or other is None or not 0 <= self.along < len(shape) == len(other):
                return None
            if any(
                mine != own for axis, (mine, own) in enumerate(zip(shape, other, strict=True)) if axis != self.along
            ):
                return None
            shape = _with_size(shape, self.along, shape[self.along] + other[self.along])
        return _after(shape, self.steps_after)


def put_together(parts: Sequence[Stored], along: int = 0) -> Stored:
    """Arrays one after the other along an axis."""
    first, *others = parts
    if not first.joined:
        return first._replace(joined=tuple(others), along=along)
    nothing = Stored(_with_size(first.shape or (), along, 0), first.dtype, bytes, first.name)
    return nothing._replace(joined=tuple(parts), along=along)


def _with_size(shape: Sizes, axis: int, size: int) -> Sizes:
    """The same shape with another size along an axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def _after(shape: Sizes | None, steps: Iterable[Step]) -> Sizes | None:
    """The sizes after steps."""
    for word, value in steps:
        if shape is not None and word in _SHAPES:
            shape = _SHAPES[word](shape, value)
    return shape


def _reshaped(shape: Sizes, sizes: Sizes) -> Sizes | None:
    given = prod(size for size in sizes if size != -1)
    whole = tuple(prod(shape) // max(given, 1) if size == -1 else size for size in sizes)
    return whole if sizes.count(-1) < 2 and prod(whole) == prod(shape) else None


def _transposed(shape: Sizes, axes: Sizes) -> Sizes | None:
    return tuple(shape[axis] for axis in axes) if sorted(axes) == list(range(len(shape))) else None


def _taken(shape: Sizes, part: tuple[int, int, int]) -> Sizes | None:
    axis, start, stop = part
    fits = 0 <= axis < len(shape) and 0 <= start <= stop <= shape[axis]
    return _with_size(shape, axis, stop - start) if fits else None


_SHAPES: dict[str, Callable[[Sizes, Any], Sizes | None]] = {
    "reshape": _reshaped,
    "transpose": _transposed,
    "take": _taken,
}
"""The steps that change the sizes."""
