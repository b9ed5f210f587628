"""Layers about whole axes, as they are compared."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import Canonical, Computation, in_row_order, reduced_along
from cnncalc.settings.axes import CHANNELS, axes_of
from cnncalc.settings.shape import Shape


class ReduceCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        axes = axes_of(len(self.x.spatial))
        kept = [n for axis, n in zip(axes, self.x.spatial, strict=False) if axis not in self.layer.axes]
        without = Shape(tuple(kept), 1 if CHANNELS in self.layer.axes else self.x.channels)
        row = in_row_order(without, self.output, self.order)
        own = reduced_along(self.layer.how, self.x, self.layer.axes, without)
        return (*own, *([row] if without != self.output else []))
