"""Feature maps as pictures: a few channels of a tensor, averaged down where they are large, in 8 bits."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, prod

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.named_tuple import NamedTuple

LEVELS = 252
"""The code of the largest value. That of the smallest is 0; of a picture with values of both signs, 0 itself is in the
middle."""
NEGATIVE_INFINITY, POSITIVE_INFINITY, NOT_A_NUMBER = 253, 254, 255
"""The codes of what is no finite number."""
VECTOR = 64
"""The most values of a vector that are shown."""
LONG = 4
"""How many times as long as the side of a map the only axis of a sequence may be."""


class Fineness(NamedTuple):
    """How much of each tensor is shown.

    Attributes:
        side: the most positions along an axis of a map.
        channels: the most channels.
    """

    side: int
    channels: int

    def sizes(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """How many positions are left along each axis that is shown: the last two."""
        most = self.side if len(spatial) > 1 else LONG * self.side
        return tuple(ceil(n / ceil(n / most)) for n in spatial[-2:])

    def values(self, spatial: Sequence[int], channels: int) -> int:
        """How many values of a tensor are shown."""
        return prod(self.sizes(spatial)) * min(channels, self.channels if spatial else VECTOR)


class MapPicture(NamedTuple):
    """Some channels of a tensor.

    Attributes:
        codes: one byte for each value, channel after channel.
        channels: how many are shown, from the first; of a vector, each value is one.
        sizes: the positions along each axis that is shown.
        low, high: the values that codes 0 and LEVELS stand for.
        plane: which position of the first of three axes is shown.
    """

    codes: bytes
    channels: int
    sizes: tuple[int, ...]
    low: float
    high: float
    plane: int | None = None

    @property
    def is_signed(self) -> bool:
        """Whether it has values of both signs."""
        return self.low < 0 < self.high


def picture_of(values: Array, fineness: Fineness) -> MapPicture:
    """The picture of a tensor, (*positions, channels)."""
    plane = values.shape[0] // 2 if values.ndim == 4 else None
    if plane is not None:
        values = values[plane]
    shown = values[..., : fineness.channels if values.ndim > 1 else VECTOR].astype(float)
    sizes = fineness.sizes(shown.shape[:-1])
    with np.errstate(all="ignore"):
        for axis, size in enumerate(sizes):
            shown = averaged(shown, axis, size)
        codes, low, high = _coded(np.moveaxis(shown, -1, 0))
    return MapPicture(codes, shown.shape[-1], sizes, low, high, plane)


def averaged(values: Array, axis: int, size: int) -> Array:
    """Means of neighbours along an axis, so many that `size` are left; the last one may be of fewer."""
    n = values.shape[axis]
    if size == n:
        return values
    starts = np.arange(0, n, ceil(n / size))
    counts = np.diff([*starts, n]).reshape((-1,) + (1,) * (values.ndim - axis - 1))
    means: Array = np.add.reduceat(values, starts, axis) / counts
    return means


def _coded(values: Array) -> tuple[bytes, float, float]:
    """Values as codes, and what the first and the last code stand for."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low < 0 < high:
        high = max(-low, high)
        low = -high
    codes = np.full(values.shape, LEVELS / 2)
    if low < high:
        # halves first, because a difference of large numbers may be infinite
        codes = (values / 2 - low / 2) / (high / 2 - low / 2) * LEVELS
    codes[values == -np.inf] = NEGATIVE_INFINITY
    codes[values == np.inf] = POSITIVE_INFINITY
    codes[np.isnan(values)] = NOT_A_NUMBER
    return np.rint(codes).astype(np.uint8).tobytes(), low, high


def are_alike(one: MapPicture, other: MapPicture) -> bool:
    """Whether two pictures look the same: no code differs by more than rounding can make it."""
    if (one.channels, one.sizes) != (other.channels, other.sizes):
        return False
    first, second = (np.frombuffer(each.codes, np.uint8).astype(int) for each in (one, other))
    is_near = np.abs(first - second) <= 1
    return bool((is_near & ((first > LEVELS) == (second > LEVELS))).all())


class Extremes(NamedTuple):
    """The smallest and the largest value, NaN if any value is; and how many values are no finite number."""

    low: float
    high: float
    infinite: int = 0
    undefined: int = 0


def extremes(values: Array) -> Extremes:
    """The extremes of a tensor."""
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return Extremes(low, high)
    return Extremes(low, high, int(np.isinf(values).sum()), int(np.isnan(values).sum()))
