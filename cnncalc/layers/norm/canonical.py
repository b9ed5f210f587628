"""Norms, and layers that only scale and add, as they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.layers.canonical import RESCALE, Canonical, Computation, single
from cnncalc.settings.axes import CHANNELS


class BatchNormCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        return (self.calculation(scales=True),)


class _OverSomeAxes(Canonical):
    def settings(self) -> dict[str, Any]:
        return super().settings() | ({"axes": (CHANNELS,)} if self.has_one_position else {})


class LayerNormCanonical(_OverSomeAxes):
    pass


class RmsNormCanonical(_OverSomeAxes):
    pass


class InstanceNormCanonical(Canonical):
    """A group for each channel."""

    def calculations(self) -> Sequence[Computation]:
        return (self.calculation("group_norm", {**self.settings(), "groups": self.x.channels}),)


class GroupNormCanonical(Canonical):
    """All channels of a single position in one group are normalised as by a layer norm."""

    def calculations(self) -> Sequence[Computation]:
        if self.has_one_position and self.layer.groups == 1:
            settings = {name: value for name, value in self.settings().items() if name != "groups"}
            return (self.calculation("layer_norm", {**settings, "axes": (CHANNELS,)}),)
        return super().calculations()


class _PerSomething(Canonical):
    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "per": self.per()}


class ScaleCanonical(_PerSomething):
    pass


class OffsetCanonical(_PerSomething):
    pass


class RescaleCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        factor, offset = single(self.layer.factor), single(self.layer.offset)
        if (factor, offset) == (1, 0):
            return ()
        return (self.calculation(RESCALE, settings={"factor": factor, "offset": offset}),)
