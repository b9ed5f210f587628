"""Layers about whole axes, as they are compared."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import Canonical, Computation, in_row_order, reduced_along
from cnncalc.settings.axes import CHANNELS, axes_of
from cnncalc.settings.shape import Shape


class PermuteCanonical(Canonical):
    """Where the channels move to the end of all axes, or from there to the front, values are only in another order."""

    def calculations(self) -> Sequence[Computation]:
        if self.layer.is_idle:
            return ()
        *spatial, channels = axes_of(len(self.x.spatial))
        order = [channels, *spatial]
        read = [vars(self.layer)[axis] for axis in order]
        turns = {}
        if read == [*spatial, channels]:
            turns["channels_first"] = "channels_last"
        if read == [spatial[-1], channels, *spatial[:-1]]:
            turns["channels_last"] = "channels_first"
        return (self.calculation(turns=turns),)


class ReduceCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        axes = axes_of(len(self.x.spatial))
        kept = [n for axis, n in zip(axes, self.x.spatial, strict=False) if axis not in self.layer.axes]
        without = Shape(tuple(kept), 1 if CHANNELS in self.layer.axes else self.x.channels)
        row = in_row_order(without, self.output, self.order)
        own = reduced_along(self.layer.how, self.x, self.layer.axes, without)
        return (*own, *([row] if without != self.output else []))
