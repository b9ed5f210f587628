"""Other sizes along one axis: the nearest value, or a straight line between two.

Output position i of m is, in terms of the n input positions, at

- (i + ½)·n/m − ½ if the outermost edges of both coincide (half-pixel centres);
- i·(n − 1)/(m − 1) if the outermost centres coincide (`align_corners`).

Interpolated values are constant beyond the outermost centres. The nearest value is that at ⌊i·n/m⌋, as in PyTorch's
`nearest`, or at ⌊(i + ½)·n/m⌋, as in Keras and TensorFlow, and in PyTorch's `nearest-exact`. They agree if n divides m.
"""

from __future__ import annotations

from math import gcd
from typing import Any

from cnncalc.layers.base import ITSELF, Reads, pattern
from cnncalc.named_tuple import NamedTuple


class Way(NamedTuple):
    """How values between the given ones are found.

    Attributes:
        is_linear: whether by linear interpolation; otherwise by the nearest value.
        align_corners: for linear interpolation.
        centers: for the nearest value: whether the one under the centre of a position is taken, or under its edge.
    """

    is_linear: bool
    align_corners: bool = False
    centers: bool = False

    def _place(self, i: Any, n: int, m: int) -> tuple[Any, int]:
        """The place of output i (a number, or an array of them): a numerator and a denominator."""
        if self.align_corners:
            return i * (n - 1), max(m - 1, 1)
        if self.is_linear:
            return (2 * i + 1) * n - m, 2 * m
        return ((2 * i + 1) * n, 2 * m) if self.centers else (i * n, m)

    def _between(self, i: Any, n: int, m: int) -> tuple[Any, Any, Any]:
        """The two inputs that output i lies between (twice the same if it lies on one), and its share of the second."""
        above, below = self._place(i, n, m)
        low = above // below
        return low, low + (above % below > 0), above % below / below

    def reads(self, n: int, m: int) -> Reads:
        """What each of m positions reads of n; beyond the outermost centres there is a border.

        Raises:
            PatternTooLong: its period is too long.
        """
        if n == m:
            return ITSELF
        if n == 1:
            return Reads(1, 0, (0,), (0,))
        up, down = (m - 1, n - 1) if self.align_corners and m > 1 else (m, n)
        shared = gcd(up, down)

        def interval(i: int) -> tuple[int, int]:
            low, high, _ = self._between(i, n, m)
            return low, high if self.is_linear else low

        return pattern(up // shared, down // shared, interval)

    def values(self, xp: Any, x: Any, axis: int, m: int) -> Any:
        """The array with m positions along an axis."""
        n = x.shape[axis]
        if n == m:
            return x
        if not self.is_linear and m % n == 0:
            return xp.repeat(x, m // n, axis)
        added = 0
        if self.is_linear and (self._between(0, n, m)[0] < 0 or self._between(m - 1, n, m)[1] >= n):
            x = xp.bordered(x, [(1, 1) if each == axis else (0, 0) for each in range(1, x.ndim - 1)], "replicate")
            added = 1
        shape = [-1 if each == axis else 1 for each in range(x.ndim)]

        def made(start: int, stop: int) -> Any:
            low, high, share = self._between(xp.arange(start, stop), n, m)
            y = x.take(low + added, axis)
            if not self.is_linear:
                return y
            part = share.astype(x.dtype).reshape(shape)
            # if nothing of the other value is taken, not even an infinite one has an effect
            return xp.where((high > low).reshape(shape), (1 - part) * y + part * x.take(high + added, axis), y)

        return xp.stretched(made, x, axis, m)


NEAREST, LINEAR = Way(is_linear=False), Way(is_linear=True)
