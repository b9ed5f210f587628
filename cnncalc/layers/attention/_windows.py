"""Which positions attend to one another: those of a window, or of the whole tensor, or every d-th of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Reads, causal, pattern
from cnncalc.named_tuple import NamedTuple

Sizes = tuple[int, ...]


class Windows(NamedTuple):
    """The positions of a tensor in groups that attend to one another: one group for each window and remainder.

    Shifted windows are those of a tensor that was moved round by `shift`: the first of them begins at this position,
    and the last holds both ends of the tensor, which do not see each other.

    Attributes:
        spatial: the sizes of the tensor, per axis.
        window: the sizes of a window; of the whole tensor where there is none.
        shift: where the first window begins.
        dilation: every d-th position of a window is in the same group.
    """

    spatial: Sizes
    window: Sizes
    shift: Sizes
    dilation: Sizes

    @property
    def taken(self) -> Sizes:
        """How many positions of a group there are along each axis."""
        return tuple(w if d == 1 else formulas.exact_div(w, d) for w, d in zip(self.window, self.dilation, strict=True))

    @property
    def axes(self) -> Iterator[tuple[int, int, int]]:
        """Per axis, the sizes of the tensor and of a window, and the dilation."""
        return zip(self.spatial, self.window, self.dilation, strict=True)

    # -- in NumPy

    def split(self, xp: Any, x: Any) -> Any:
        """An array as (batch, group, position, channel); one of another size, all of which is seen, is a group."""
        if x.shape[1:-1] != self.spatial:
            return x.reshape(len(x), 1, prod(x.shape[1:-1]), x.shape[-1])
        if any(self.shift):
            x = xp.roll(x, [-s for s in self.shift], self._axes())
        return self._in_groups(x)

    def join(self, xp: Any, x: Any) -> Any:
        """The reverse of `split`, for any number of channels."""
        rank, channels = len(self.spatial), x.shape[-1]
        x = x.reshape(len(x), *self._each(0), *self._each(2), *self._each(1), channels)
        places = [1 + part * rank + axis for axis in range(rank) for part in (0, 2, 1)]
        x = x.transpose(0, *places, 1 + 3 * rank).reshape(len(x), *self.spatial, channels)
        return xp.roll(x, self.shift, self._axes()) if any(self.shift) else x

    def visible(self, xp: Any) -> Any:
        """(group, position, position): whether they see each other; None if all do."""
        if not any(self.shift):
            return None
        ends = xp.zeros((1, *self.spatial, 1), int)
        for axis, s in enumerate(self.shift):
            if s:  # the positions that were moved round to the other end
                ends[(slice(None),) * (1 + axis) + (slice(-s, None),)] += 2**axis
        ends = self._in_groups(ends)[0, ..., 0]
        return ends[:, :, None] == ends[:, None, :]

    def places_of_offsets(self, xp: Any) -> Any:
        """(position, position): the number of their difference, the later axes running faster."""
        places = xp.indices(self.taken).reshape(len(self.taken), -1)
        differences = places[:, :, None] - places[:, None, :]
        found = 0
        for difference, n in zip(differences, self.taken, strict=True):
            found = found * (2 * n - 1) + difference + n - 1
        return found

    def _axes(self) -> Sizes:
        return tuple(range(1, 1 + len(self.spatial)))

    def _each(self, part: int) -> list[int]:
        """Per axis, the number of windows (0), of positions of a group (1), or of groups in a window (2)."""
        return [(n // w, w // d, d)[part] for n, w, d in self.axes]

    def _in_groups(self, x: Any) -> Any:
        rank, channels = len(self.spatial), x.shape[-1]
        sizes = [size for parts in zip(*map(self._each, range(3)), strict=True) for size in parts]
        x = x.reshape(len(x), *sizes, channels)
        places = [1 + 3 * axis + part for part in (0, 2, 1) for axis in range(rank)]
        taken = prod(self.taken)
        return x.transpose(0, *places, 1 + 3 * rank).reshape(len(x), prod(self.spatial) // taken, taken, channels)

    # -- what is seen

    def reads(self, is_causal: bool = False) -> tuple[Reads | None, ...]:
        """The group of each position, per axis; None for an axis that it covers.

        Raises:
            PatternTooLong: the windows repeat too late.
        """
        return tuple(self._reads_along(axis, is_causal) for axis in range(len(self.spatial)))

    def _reads_along(self, axis: int, is_causal: bool) -> Reads | None:
        n, w, s, d = (each[axis] for each in self)
        if w == n and d == 1:
            return causal(n) if is_causal else None

        def seen(place: int) -> tuple[int, int]:
            start = (place - s) // w * w + s
            first, last = max(start, 0), min(start + w, n) - 1  # what was moved round is in a window of its own
            return first + (place - first) % d, place if is_causal else last - (last - place) % d

        period = n if s else w
        return pattern(period, period, seen)
