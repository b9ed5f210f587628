"""Layers that give the input another size, as they are compared: by that size, however it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.layers.canonical import Canonical, Computation

REPEATED = {"mode": "nearest", "align_corners": False, "centers": False, "steps": None}
"""How a map is resized where each value is there as often as each other, next to itself."""


class _Resizing(Canonical):
    def _resized(self, mode: str, align_corners: bool, centers: bool, steps: Sequence[Any]) -> Sequence[Computation]:
        """The calculation that gives the output its size; `steps` are those from one output to the next, per axis."""
        sizes = list(zip(self.x.spatial, self.output.spatial, strict=True))
        if all(n == m for n, m in sizes):
            return ()
        if self.has_one_position:
            mode = "nearest"  # there is no other value
        is_nearest = mode == "nearest"
        settings = {
            "mode": mode,
            "align_corners": align_corners and not is_nearest,
            "centers": centers and is_nearest and any(m % n for n, m in sizes),
            "steps": None if align_corners or self.has_one_position else _uneven(steps, sizes),
        }
        return (self.calculation("resize", settings),)


def _uneven(steps: Sequence[Any], sizes: Sequence[tuple[int, int]]) -> tuple[Any, ...] | None:
    """The steps, if one is not that which follows from the sizes."""
    found = tuple(
        step if step and step[0] * m != step[1] * n else None for step, (n, m) in zip(steps, sizes, strict=True)
    )
    return found if any(found) else None


class UpsampleCanonical(_Resizing):
    def calculations(self) -> Sequence[Computation]:
        return self._resized(self.layer.mode, False, False, [None] * len(self.layer.factor))


class ResizeCanonical(_Resizing):
    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        steps = [(f.denominator, f.numerator) for f in layer.factor] if layer.factor else [None] * len(self.x.spatial)
        return self._resized(layer.mode, layer.align_corners, layer.centers, steps)


class MaxUnpoolCanonical(Canonical):
    """The window of the pool, with the border that it reads, however its padding and rounding are written."""

    def settings(self) -> dict[str, Any]:
        pool = self.layer.pool.undone
        return {
            "kernel": pool.kernel,
            "stride": pool.stride,
            "dilation": pool.dilation,
            "border": pool.border(self.output.spatial),
        }
