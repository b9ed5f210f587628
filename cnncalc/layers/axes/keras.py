"""Whole axes in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Equal, row
from cnncalc.layers.keras import Keras
from cnncalc.settings.axes import CHANNELS, axes_of


class PermuteKeras(Keras):
    """`Permute`, which counts axes from 1."""

    def equal(self) -> Equal:
        rank = len(self.x.spatial)
        places = axes_of(rank)
        order = tuple(1 + places.index(vars(self.layer)[new]) for new in places)
        return Equal(f"layers.Permute({row(order)})")


_FUNCTIONS = {"mean": "ops.mean", "sum": "ops.sum", "max": "ops.max", "min": "ops.min"}


class ReduceKeras(Keras):
    """Operations; channels stay, as one."""

    def equal(self) -> Equal:
        places = axes_of(len(self.x.spatial))
        axes = tuple(1 + places.index(axis) for axis in self.layer.axes)
        keeps = self.layer.keep_dims or CHANNELS in self.layer.axes
        more = ", keepdims=True" if keeps else ""
        x = "{0}"
        if self.layer.how == "l2":
            reduced = f"ops.sqrt(ops.sum(ops.square({x}), {row(axes)}{more}))"
        else:
            reduced = f"{_FUNCTIONS[self.layer.how]}({x}, {row(axes)}{more})"
        gone = tuple(axis for axis in axes if axis <= len(self.x.spatial))
        is_left = keeps and not self.layer.keep_dims and gone
        return Equal(forward=f"ops.squeeze({reduced}, {row(gone)})" if is_left else reduced)
