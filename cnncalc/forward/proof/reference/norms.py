"""Norms: minus a mean, divided by a deviation, then a factor and an offset per channel; and what only scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

from cnncalc.forward.proof.reference.kind import Array, Kind, Multiplier, Place, Values


class _Norm(Kind):
    def learned(self, name: str) -> bool:
        """Whether there is a factor, or an offset: `affine` speaks for both, where they do not speak for themselves."""
        own = bool(self.given.settings[name])
        if self.is_written("affine"):
            return bool(self.affine) and (own or not self.is_written(name))
        return own

    def arrays(self) -> dict[str, Array]:
        return {name: Array((self.x.channels,)) for name in ("scale", "center") if self.learned(name)}

    def finished(self, place: Place, value: float, weights: Mapping[str, Values]) -> float:
        """Times the factor, plus the offset."""
        channel = place[-1:]
        if self.learned("scale"):
            value *= weights["scale"][channel]
        return value + weights["center"][channel] if self.learned("center") else value


class BatchNorm(_Norm):
    """By the moving mean and variance of each channel."""

    def arrays(self) -> dict[str, Array]:
        moving = {name: Array((self.x.channels,), is_statistic=True) for name in ("mean", "variance")}
        return {**super().arrays(), **moving}

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for place, value in x.items():
            deviation = sqrt(weights["variance"][place[-1:]] + self.epsilon)
            y[place] = self.finished(place, (value - weights["mean"][place[-1:]]) / deviation, weights)
        return y


class _Together(_Norm):
    """By the mean and variance of the values that belong together."""

    def sets(self) -> list[list[Place]]:
        """The places of the values that belong together."""
        raise NotImplementedError

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for places in self.sets():
            mean = sum(x[place] for place in places) / len(places)
            variance = sum((x[place] - mean) ** 2 for place in places) / len(places)
            for place in places:
                y[place] = self.finished(place, (x[place] - mean) / sqrt(variance + self.epsilon), weights)
        return y

    def of_channels(self, channels: Sequence[int]) -> list[Place]:
        """All positions of some channels."""
        return [(*at, channel) for at in self.x.positions() for channel in channels]


class LayerNorm(_Together):
    """The channels of a position."""

    def sets(self) -> list[list[Place]]:
        return [[(*at, channel) for channel in range(self.x.channels)] for at in self.x.positions()]


class InstanceNorm(_Together):
    """The positions of a channel."""

    def sets(self) -> list[list[Place]]:
        return [self.of_channels([channel]) for channel in range(self.x.channels)]


class GroupNorm(_Together):
    """The positions of a group of neighbouring channels."""

    def sets(self) -> list[list[Place]]:
        each = len(range(0, self.x.channels, self.groups))
        return [self.of_channels(range(g * each, (g + 1) * each)) for g in range(self.groups)]


class LocalResponseNorm(Kind):
    """Divided by (k + alpha · the mean of the squares of `size` channels around)^beta; outside there are zeros."""

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for place, value in x.items():
            *at, channel = place
            first = channel - self.size // 2
            around = [x.get((*at, each), 0.0) ** 2 for each in range(first, first + self.size)]
            y[place] = value / (self.k + self.alpha * (sum(around) / self.size)) ** self.beta
        return y


class Scale(Kind):
    """A factor per channel."""

    def arrays(self) -> dict[str, Array]:
        return {"scale": Array((self.x.channels,))}

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {place: value * weights["scale"][place[-1:]] for place, value in x.items()}


class Rescale(Kind):
    """A constant factor, a constant offset."""

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {place: value * self.factor + self.offset for place, value in x.items()}


KINDS = {
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "instance_norm": InstanceNorm,
    "group_norm": GroupNorm,
    "local_response_norm": LocalResponseNorm,
    "scale": Scale,
    "rescale": Rescale,
}
