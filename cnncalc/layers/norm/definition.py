"""Norms: minus a mean, divided by a deviation, then a factor and an offset per channel; and layers that only scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import hypot, sqrt

from cnncalc.layers.definition import (
    DefinedArray,
    Definition,
    Index,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    array_for_each,
    place_for_each,
)


class _NormDefinition(Definition):
    def learned(self, name: str) -> bool:
        """Whether there is a factor, or an offset: `affine` decides for both, unless they are set themselves."""
        own = bool(self.settings[name])
        if self.is_written("affine"):
            return bool(self.affine) and (own or not self.is_written(name))
        return own

    def arrays(self) -> dict[str, DefinedArray]:
        return {name: DefinedArray((self.x.channels,)) for name in ("scale", "center") if self.learned(name)}

    def finished(self, place: Index, value: float, weights: Mapping[str, TensorValues]) -> float:
        """The value times the factor, plus the offset."""
        channel = place[-1:]
        if self.learned("scale"):
            value *= weights["scale"][channel]
        return value + weights["center"][channel] if self.learned("center") else value


class BatchNormDefinition(_NormDefinition):
    """Normalisation by the moving mean and variance of each channel."""

    def arrays(self) -> dict[str, DefinedArray]:
        mean = DefinedArray((self.x.channels,), is_statistic=True)
        return {**super().arrays(), "mean": mean, "variance": mean._replace(is_positive=True)}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for place, value in x.items():
            deviation = sqrt(weights["variance"][place[-1:]] + self.epsilon)
            y[place] = self.finished(place, (value - weights["mean"][place[-1:]]) / deviation, weights)
        return y


class _TogetherDefinition(_NormDefinition):
    """Normalisation by the mean and variance of values that belong together."""

    def sets(self) -> list[list[Index]]:
        """The places of the values that belong together."""
        raise NotImplementedError

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for places in self.sets():
            mean = sum(x[place] for place in places) / len(places)
            variance = sum((x[place] - mean) ** 2 for place in places) / len(places)
            for place in places:
                y[place] = self.finished(place, (x[place] - mean) / sqrt(variance + self.epsilon), weights)
        return y

    def of_channels(self, channels: Sequence[int]) -> list[Index]:
        """All positions of some channels."""
        return [(*at, channel) for at in self.x.positions() for channel in channels]


class _OverAxesDefinition(Definition):
    """The channels of a position belong together, or all values; each of them has its own learned numbers."""

    def has_all(self) -> bool:
        """Whether the positions are among the axes."""
        return len(self.axes) > 1

    def learned_sizes(self) -> tuple[int, ...]:
        return (*self.x.spatial, self.x.channels) if self.has_all() else (self.x.channels,)

    def own(self, place: Index) -> Index:
        """Where what is learned has its number for a value."""
        return place if self.has_all() else place[-1:]

    def sets(self) -> list[list[Index]]:
        """The places of the values that belong together."""
        if self.has_all():
            return [list(self.x.indices())]
        return [[(*at, channel) for channel in range(self.x.channels)] for at in self.x.positions()]


class LayerNormDefinition(_OverAxesDefinition, _TogetherDefinition):
    """The channels of a position, or of all positions; a factor and an offset for each of them."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {name: DefinedArray(self.learned_sizes()) for name in super().arrays()}

    def finished(self, place: Index, value: float, weights: Mapping[str, TensorValues]) -> float:
        if self.learned("scale"):
            value *= weights["scale"][self.own(place)]
        return value + weights["center"][self.own(place)] if self.learned("center") else value


class InstanceNormDefinition(_TogetherDefinition):
    """The positions of a channel."""

    def sets(self) -> list[list[Index]]:
        return [self.of_channels([channel]) for channel in range(self.x.channels)]


class GroupNormDefinition(_TogetherDefinition):
    """The positions of a group of neighbouring channels."""

    def each(self) -> int:
        """The number of channels in a group."""
        return len(range(0, self.x.channels, self.groups))

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        groups = min(self.groups, 3)
        yield {"groups": groups}, [self.x.at_most(3, 1)._replace(channels=groups * min(self.each(), 2))]

    def sets(self) -> list[list[Index]]:
        each = self.each()
        return [self.of_channels(range(g * each, (g + 1) * each)) for g in range(self.groups)]


class LocalResponseNormDefinition(Definition):
    """Divided by (k + alpha · the mean of the squares of `size` channels around)^beta; outside there are zeros."""

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for place, value in x.items():
            *at, channel = place
            first = channel - self.size // 2
            around = [x.get((*at, each), 0.0) ** 2 for each in range(first, first + self.size)]
            y[place] = value / (self.k + self.alpha * (sum(around) / self.size)) ** self.beta
        return y

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        size = min(self.size, 6 + self.size % 2)
        yield {"size": size}, [self.x.at_most(2, size + 2)]


class GlobalResponseNormDefinition(Definition):
    """x + scale · x · N + center: N is the channel's norm over all positions, divided by the mean of all channels'."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {name: DefinedArray((self.x.channels,)) for name in ("scale", "center")}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        squares = dict.fromkeys(range(self.x.channels), 0.0)
        for (*_, channel), value in x.items():
            squares[channel] += value**2
        norms = {channel: sqrt(total) for channel, total in squares.items()}
        mean = sum(norms.values()) / len(norms)
        y = {}
        for place, value in x.items():
            response = value * norms[place[-1]] / (mean + self.epsilon)
            y[place] = value + weights["scale"][place[-1:]] * response + weights["center"][place[-1:]]
        return y


class RmsNormDefinition(_OverAxesDefinition):
    """Divided by the root of the mean of the squares of what belongs together, plus epsilon; then times a factor."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {"scale": DefinedArray(self.learned_sizes())} if self.scale else {}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for places in self.sets():
            mean = sum(x[place] ** 2 for place in places) / len(places)
            for place in places:
                factor = weights["scale"][self.own(place)] if self.scale else 1.0
                y[place] = x[place] / sqrt(mean + self.epsilon) * factor
        return y


class L2NormDefinition(Definition):
    """Divided by the length of the position's vector of channels, at least epsilon."""

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for at in self.x.positions():
            length = hypot(*(x[*at, channel] for channel in range(self.x.channels)))
            for channel in range(self.x.channels):
                y[*at, channel] = x[*at, channel] / max(length, self.epsilon)
        return y


class ScaleDefinition(Definition):
    """A factor, and an offset if asked for, of what the value belongs to."""

    def arrays(self) -> dict[str, DefinedArray]:
        names = ["scale", "center"] if self.center else ["scale"]
        return {name: array_for_each(self.per, self.x) for name in names}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for place, value in x.items():
            own = place_for_each(self.per, place)
            y[place] = value * weights["scale"][own] + (weights["center"][own] if self.center else 0.0)
        return y


class OffsetDefinition(Definition):
    """The number of what the value belongs to is added."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {"offset": array_for_each(self.per, self.x)}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {place: value + weights["offset"][place_for_each(self.per, place)] for place, value in x.items()}


class NormalizationDefinition(Definition):
    """Minus the mean of the channel, divided by the root of its variance; how many values they are of changes
    nothing."""

    def arrays(self) -> dict[str, DefinedArray]:
        mean = DefinedArray((self.x.channels,), is_statistic=True)
        return {"mean": mean, "variance": mean._replace(is_positive=True), "count": DefinedArray((), is_statistic=True)}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for place, value in x.items():
            deviation = max(sqrt(weights["variance"][place[-1:]]), 1e-7)
            y[place] = (value - weights["mean"][place[-1:]]) / deviation
        return y


class RescaleDefinition(Definition):
    """A constant factor, a constant offset; lists have one for each channel."""

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {
            place: value * _of_channel(self.factor, place[-1]) + _of_channel(self.offset, place[-1])
            for place, value in x.items()
        }

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        few = self.x.at_most(3, 4)
        lists = {
            name: each[: few.channels]
            for name in ("factor", "offset")
            if isinstance(each := self.settings[name], tuple)
        }
        yield lists, [few]


def _of_channel(numbers: float | Sequence[float], channel: int) -> float:
    return numbers[channel] if isinstance(numbers, Sequence) else numbers
