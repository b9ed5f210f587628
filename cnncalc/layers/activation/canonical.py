"""Activations as they are compared: those with fixed bounds or slopes by these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from cnncalc.layers.canonical import Canonical, Computation, named_axis


class _Clipping(Canonical):
    bounds: ClassVar[tuple[float, float]]

    def calculations(self) -> Sequence[Computation]:
        return (self.calculation("clip", {"bounds": self.bounds}, is_positive=self.bounds[0] >= 0),)


class Relu6Canonical(_Clipping):
    bounds = (0.0, 6.0)


class HardTanhCanonical(_Clipping):
    bounds = (-1.0, 1.0)


class ClipCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        low, _ = self.layer.bounds
        return (self.calculation(is_positive=low >= 0),)


class ReluCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        return (self.calculation(is_positive=True),)


class LeakyReluCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        return super().calculations() if self.layer.slope else (self.calculation("relu", {}, is_positive=True),)


class PreluCanonical(Canonical):
    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "per": self.per()}


class _AlongOneAxis(Canonical):
    @property
    def form(self) -> tuple[tuple[int, ...], ...]:
        return self.form_along(self.layer.axis)

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "axis": named_axis(self.x, self.layer.axis)}


class SoftmaxCanonical(_AlongOneAxis):
    pass


class LogSoftmaxCanonical(_AlongOneAxis):
    pass
