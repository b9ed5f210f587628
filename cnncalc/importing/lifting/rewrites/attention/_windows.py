"""Which places of a map an attention compares, read from the factors of its rows: windows, gaps, shifts."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.importing.lifting._views import Axis, Factor
from cnncalc.named_tuple import NamedTuple


class Compared(NamedTuple):
    """What is compared along the axes of a map.

    Attributes:
        window: per axis.
        dilation: per axis.
        counts: how many places see each other, per axis.
    """

    window: tuple[int, ...]
    dilation: tuple[int, ...]
    counts: tuple[int, ...]


def places_compared(sizes: Sequence[tuple[int, int]], outer: Axis, positions: Axis) -> Compared | None:
    """The windows of an attention.

    Args:
        sizes: number and size of each spatial axis, in order.
        outer: the factors that tell windows apart.
        positions: those inside a window.
    """
    found = []
    for axis, size in sizes:
        along = _along(
            size, [each for each in outer if each.axis == axis], [each for each in positions if each.axis == axis]
        )
        if along is None:
            return None
        found.append(along)
    if [each.axis for each in positions] != sorted(each.axis for each in positions):
        return None
    windows, dilations, counts = zip(*found, strict=True) if found else ((), (), ())
    return Compared(windows, dilations, counts)


def _along(size: int, outer: list[Factor], inner: list[Factor]) -> tuple[int, int, int] | None:
    """Window, dilation and count along an axis."""
    if len(inner) > 1 or len(outer) > 2:
        return None
    count, dilation = (inner[0].size, inner[0].step) if inner else (1, 1)
    window = count * dilation
    left = {(each.size, each.step) for each in outer}
    wanted = {(size // window, window), (dilation, 1)}
    return (window, dilation, count) if left == {each for each in wanted if each[0] > 1} else None
