"""Layers that move, add or drop values, as they are compared."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import ZEROS, Canonical, Computation, in_row_order, named_axis
from cnncalc.settings.axes import AXES, place_of_axis


class _InARow(Canonical):
    def calculations(self) -> Sequence[Computation]:
        return (in_row_order(self.x, self.output, self.order),)


class FlattenCanonical(_InARow):
    pass


class ReshapeCanonical(_InARow):
    pass


class PadCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        mode = "zeros" if layer.mode == "constant" and not layer.value else layer.mode
        if not any(map(any, layer.amounts)) and not any(layer.channels):
            return ()
        if mode == "zeros" and not any(layer.channels):
            return (self.calculation(ZEROS, {"amounts": layer.amounts}),)
        value = layer.value if mode == "constant" else 0.0
        settings = {"mode": mode, "value": value, "amounts": layer.amounts, "channels": layer.channels}
        return (self.calculation(settings=settings),)


class CropCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        axes = zip(AXES[len(self.x.spatial)], self.layer.amounts, self.x.spatial, strict=True)
        parts = [(named_axis(self.x, axis), before, n - after) for axis, (before, after), n in axes if before or after]
        form = self.form_along("position")
        return (self.calculation("slice", {"parts": tuple(parts)}, form=form),) if parts else ()


class SliceCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        start, stop = layer.range
        size = self.x.sizes("channels_last")[place_of_axis(layer.axis, len(self.x.spatial))]
        if (start, stop, layer.step) == (0, size, 1):
            return ()
        axis, form = named_axis(self.x, layer.axis), self.form_along(layer.axis)
        if layer.step == 1:
            return (self.calculation("slice", {"parts": ((axis, start, stop),)}, form=form),)
        settings = {"axis": axis, "range": layer.range, "step": layer.step}
        return (self.calculation(settings=settings, form=form),)


class _Blocked(Canonical):
    def calculations(self) -> Sequence[Computation]:
        if self.layer.block == 1:
            return ()
        order = "" if 1 in (self.x.channels, self.output.channels) else self.layer.order
        return (self.calculation(settings={"block": self.layer.block, "order": order}),)


class DepthToSpaceCanonical(_Blocked):
    pass


class SpaceToDepthCanonical(_Blocked):
    pass


class ChannelShuffleCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        return () if self.layer.groups in (1, self.x.channels) else super().calculations()
