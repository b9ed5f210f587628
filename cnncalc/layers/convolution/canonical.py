"""Convolutions as they are compared: a depthwise one is one with a group for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cnncalc.layers.canonical import Canonical, Computation, comparable, weighted_sums
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.shape import Padding, Shape


def prepared_by(layer: Any) -> dict[str, Any]:
    """How the weights of a layer are prepared before use."""
    standardized = {"standardize": layer.standardize, "epsilon": comparable(layer.epsilon)} if layer.standardize else {}
    return {**standardized, **({"gain": True} if layer.gain else {})}


class _Convolving(Canonical):
    name: ClassVar[str] = "conv"

    def after_zeros(self, amounts: Padding, x: Shape, is_positive: bool) -> Canonical | None:
        own = zip(amounts, self.layer.padding, strict=True)
        padding = Padding((before + more, after + further) for (before, after), (more, further) in own)
        layer = self.layer.with_settings(padding=padding)
        return type(self)(self.kind, layer, (x, *self.inputs[1:]), self.output, self.order, self.alike)

    def _window(self) -> dict[str, Any]:
        """The window, with the border that is read, which may be smaller or larger than the padding."""
        window: SlidingWindow = self.layer.sliding_window
        gaps = zip(window.dilation, window.kernel, strict=True)
        return {
            "kernel": window.kernel,
            "stride": window.stride,
            "padding": window.border(self.x.spatial),
            "dilation": tuple(1 if taps == 1 else step for step, taps in gaps),
        }

    def _own_sums(self, groups: int, filters: int, prepared: Mapping[str, Any], **more: Any) -> Computation:
        shape = Shape(self.output.spatial, filters)
        settings = {"filters": filters, **self._window(), "groups": groups, "bias": self.layer.bias, **more}
        return weighted_sums(self.name, settings, shape, self.form, prepared)


class ConvCanonical(_Convolving):
    def calculations(self) -> Sequence[Computation]:
        return (self._own_sums(self.layer.groups, self.layer.filters, prepared_by(self.layer)),)


class DepthwiseConvCanonical(_Convolving):
    def calculations(self) -> Sequence[Computation]:
        return (self._own_sums(self.x.channels, self.output.channels, prepared_by(self.layer)),)


class SeparableConvCanonical(_Convolving):
    """A depthwise convolution, and one of a single position."""

    def calculations(self) -> Sequence[Computation]:
        channels = self.x.channels
        first = self._own_sums(channels, channels * self.layer.multiplier, {}, bias=False)
        last = weighted_sums("dense", {"filters": self.layer.filters, "bias": self.layer.bias}, self.output)
        return (first, last)


class ConvTransposeCanonical(Canonical):
    """What is cut off after the output, or added there, is in its size."""

    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        settings = {
            **{name: getattr(layer, name) for name in ("filters", "kernel", "stride", "dilation", "groups", "bias")},
            "padding": tuple((before, 0) for before, _ in layer.padding),
        }
        return (weighted_sums(self.kind, settings, self.output, self.form),)


class DeformableConvCanonical(Canonical):
    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "padding": self.layer.sliding_window.border(self.x.spatial)}
