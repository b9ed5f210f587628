"""Where the values of an array are in a model file, and what is done to them to have them as a layer does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.named_tuple import NamedTuple

Step = tuple[str, Any]


class Stored(NamedTuple):
    """The values of an array, which nobody has read yet.

    Nothing here needs NumPy: whoever wants the values reads the bytes, makes an array of them and takes the steps.

    Attributes:
        sizes: of the array in the file.
        dtype: the type of its numbers there, as in `float32`, `float16`, `bfloat16`, `int64`; little-endian.
        read: gives the bytes, the last axis varying fastest.
        name: what the file calls it.
        steps: what makes the layer's array of it, in order: `("reshape", sizes)`, `("transpose", axes)`,
            `("take", (axis, start, stop))`, `("multiply", number)`, `("add", number)`.
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
