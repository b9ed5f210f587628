"""Other sizes along one axis: the nearest value, a straight line between two, or a cubic through four.

Output position i of m is, in terms of the n input positions, at

- (i + ½)·n/m − ½ if the outermost edges of both coincide (half-pixel centres);
- i·(n − 1)/(m − 1) if the outermost centres coincide (`align_corners`).

Where a factor f is given, n/m is 1/f, even if n·f had to be rounded. Interpolated values are constant beyond the
outermost centres. The nearest value is that at ⌊i·n/m⌋, as in PyTorch's `nearest`, or at ⌊(i + ½)·n/m⌋, as in Keras
and TensorFlow, and in PyTorch's `nearest-exact`. They agree if n divides m. Cubics are those of Keys (1981) with
a = −3/4, as in PyTorch.
"""

from __future__ import annotations

from math import gcd
from typing import Any

from cnncalc.layers.base import ITSELF, Reads, pattern
from cnncalc.named_tuple import NamedTuple

_TAPS = {"nearest": (0, 0), "bilinear": (0, 1), "bicubic": (-1, 2)}
"""The first and last position that is read around a place between two, counted from the first of them."""
_A = -0.75


class Way(NamedTuple):
    """How values between the given ones are found.

    Attributes:
        mode: `nearest`, `bilinear` or `bicubic`.
        align_corners: for interpolation.
        centers: for the nearest value: whether the one under the centre of a position is taken, or under its edge.
    """

    mode: str
    align_corners: bool = False
    centers: bool = False

    def _step(self, n: int, m: int, step: tuple[int, int] | None) -> tuple[int, int]:
        """From one output to the next, in input positions: a numerator and a denominator."""
        if self.align_corners:
            return n - 1, max(m - 1, 1)
        down, up = step or (n, m)
        shared = gcd(down, up)
        return down // shared, up // shared

    def _place(self, i: Any, step: tuple[int, int]) -> tuple[Any, int]:
        """The place of output i (a number, or an array of them): a numerator and a denominator."""
        down, up = step
        if self.align_corners:
            return i * down, up
        if self.mode != "nearest":
            return (2 * i + 1) * down - up, 2 * up
        return ((2 * i + 1) * down, 2 * up) if self.centers else (i * down, up)

    def _interval(self, i: int, step: tuple[int, int]) -> tuple[int, int]:
        """The first and last input that output i depends on."""
        above, below = self._place(i, step)
        first, last = _TAPS[self.mode] if above % below else (0, 0)
        return above // below + first, above // below + last

    def reads(self, n: int, m: int, step: tuple[int, int] | None = None) -> Reads:
        """What each of m positions reads of n; beyond the outermost centres there is a border.

        Args:
            step: from one output to the next, as a fraction, if that is not n/m.

        Raises:
            PatternTooLong: its period is too long.
        """
        step = self._step(n, m, step)
        if n == 1:
            return ITSELF if m == 1 else Reads(1, 0, (0,), (0,))
        if step == (1, 1):
            return ITSELF
        if m == 1:
            low, high = self._interval(0, step)
            return Reads(1, 1, (low,), (high,))
        return pattern(step[1], step[0], lambda i: self._interval(i, step))

    def values(self, xp: Any, x: Any, axis: int, m: int, step: tuple[int, int] | None = None) -> Any:
        """The array with m positions along an axis."""
        n = x.shape[axis]
        step = self._step(n, m, step)
        if n == 1:
            return xp.repeat(x, m, axis)
        if step == (1, 1) and n == m:
            return x
        if self.mode == "nearest" and m % n == 0 and step == (1, m // n):
            return xp.repeat(x, m // n, axis)
        added = self._border(n, m, step)
        if added:
            x = xp.bordered(
                x, [(added, added) if each == axis else (0, 0) for each in range(1, x.ndim - 1)], "replicate"
            )
        shape = [-1 if each == axis else 1 for each in range(x.ndim)]

        def made(start: int, stop: int) -> Any:
            above, below = self._place(xp.arange(start, stop), step)
            low, is_between = above // below + added, above % below > 0
            y = x.take(low, axis)
            if self.mode == "nearest":
                return y
            share = (above % below / below).astype(x.dtype).reshape(shape)
            shares = {1: share} if self.mode == "bilinear" else _cubic(share)
            mixed = (1 - sum(shares.values())) * y
            for tap, part in shares.items():
                mixed = mixed + part * x.take(low + tap * is_between, axis)
            # if nothing of the other values is taken, not even an infinite one has an effect
            return xp.where(is_between.reshape(shape), mixed, y)

        return xp.stretched(made, x, axis, m)

    def _border(self, n: int, m: int, step: tuple[int, int]) -> int:
        """How many positions beyond the outermost ones are read."""
        if self.mode == "bicubic":
            return 2
        return int(self._interval(0, step)[0] < 0 or self._interval(m - 1, step)[1] >= n)


def _cubic(t: Any) -> dict[int, Any]:
    """The shares of three of the four positions around a place at t from one to the next; the rest is that one's."""
    return {-1: _A * t * (1 - t) * (1 - t), 1: ((-(_A + 2) * t + 2 * _A + 3) * t - _A) * t, 2: _A * t * t * (1 - t)}


NEAREST, LINEAR = Way("nearest"), Way("bilinear")
