"""Normalisations, and the two layers that only scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.layers.base import Layer, Problem, Weight, plural
from cnncalc.spec.settings import ByConvention, Reading, Shape, setting
from cnncalc.spec.types import COUNT, TRUTH, Real


class _Norm(Layer):
    """Subtract a mean, divide by a deviation, then a learned factor and offset per channel."""

    epsilon = setting(
        Real(above=0), "a small number that keeps the division from failing", ByConvention("1e-3", "1e-3", "1e-5")
    )
    scale = setting(TRUTH, "a learned factor per channel", "true", short=lambda _: "no scale")
    center = setting(TRUTH, "a learned offset per channel", "true", short=lambda _: "no center")
    affine = setting(TRUTH, "`false` leaves out both the scale and the center", "true")

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        if not values.pop("affine"):
            values["scale"] = values["center"] = False

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        weights = {"scale": self.scale, "center": self.center}
        return {name: Weight((x.channels,)) for name, present in weights.items() if present}


class BatchNorm(_Norm):
    """Normalisation of each channel by statistics of the batch while training, moving averages of them afterwards."""

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        statistic = Weight((x.channels,), is_statistic=True)
        return {**super().weights(x), "mean": statistic, "variance": statistic}


class LayerNorm(_Norm):
    """Normalisation over the channels of each position."""


class InstanceNorm(_Norm):
    """Normalisation of each channel over the positions of the sample."""

    takes = "positions"
    is_gated = True


class GroupNorm(_Norm):
    """Normalisation over groups of channels and all positions of the sample."""

    principal = "groups"
    is_gated = True
    groups = setting(COUNT, "parts into which the channels are divided", short="{} groups")

    def problems(self, x: Shape) -> Iterator[Problem]:
        if x.channels % self.groups:
            yield Problem(
                "CNN302",
                "groups",
                f"{self.groups} groups do not divide {plural(x.channels, 'channel')}",
                f"{x.channels} / {self.groups} is not whole",
            )


class LocalResponseNorm(Layer):
    """Division by the activity of neighbouring channels at the same position (AlexNet)."""

    principal = "size"
    size = setting(COUNT, "how many neighbouring channels count", "5", short="size {}")
    alpha = setting(Real(), "weight of the activity", "1e-4")
    beta = setting(Real(), "exponent", "0.75")
    k = setting(Real(), "constant added before the power", "1")


class Scale(Layer):
    """One learned factor per channel."""

    initial = setting(Real(), "value of the factors before training", "1")

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"scale": Weight((x.channels,))}


class Rescale(Layer):
    """Constants: factor · x + offset, as for pixels from 0 to 255."""

    principal = "factor"
    factor = setting(Real(), "what each value is multiplied by", short="× {}")
    offset = setting(Real(), "what is added afterwards", "0", short="+ {}")
