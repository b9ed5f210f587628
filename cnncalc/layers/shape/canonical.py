"""Layers that move, add or drop values, as they are compared."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import PART, ZEROS, Canonical, Computation, form_along, in_row_order, named_axis
from cnncalc.settings.axes import AXES, place_of_axis
from cnncalc.settings.shape import Shape


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


def _part_along(x: Shape, axis: str, start: int, stop: int, output: Shape) -> Computation:
    """The places from `start` on and before `stop` along an axis of x."""
    return Computation(PART, {"part": (named_axis(x, axis), start, stop)}, output, form_along(x, axis))


class CropCanonical(Canonical):
    """A slice along each axis, one after the other."""

    def calculations(self) -> Sequence[Computation]:
        x, found = self.x, list[Computation]()
        for place, (axis, (before, after)) in enumerate(zip(AXES[len(x.spatial)], self.layer.amounts, strict=True)):
            if before or after:
                n = x.spatial[place]
                y = Shape((*x.spatial[:place], n - before - after, *x.spatial[place + 1 :]), x.channels)
                found.append(_part_along(x, axis, before, n - after, y))
                x = y
        return found


class SliceCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        start, stop = layer.range
        size = self.x.sizes("channels_last")[place_of_axis(layer.axis, len(self.x.spatial))]
        if (start, stop, layer.step) == (0, size, 1):
            return ()
        if layer.step == 1:
            return (_part_along(self.x, layer.axis, start, stop, self.output),)
        settings = {"axis": named_axis(self.x, layer.axis), "range": layer.range, "step": layer.step}
        return (self.calculation(settings=settings, form=self.form_along(layer.axis)),)


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
