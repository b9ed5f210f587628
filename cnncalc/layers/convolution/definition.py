"""Convolutions: a sum of products for each window; transposed, each input is scattered over a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import exp, floor

from cnncalc.layers._window_definition import WindowedDefinition, around, covered, met, split
from cnncalc.layers.definition import (
    MAX_PRODUCTS,
    DefinedArray,
    FilterDefinition,
    Index,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    numbers_in,
)


class _ConvolutionDefinition(WindowedDefinition, FilterDefinition):
    """What the four kinds have in common."""

    def bias_of(self, weights: Mapping[str, TensorValues], channel: int) -> float:
        return weights["bias"][channel,] if self.bias else 0.0

    def with_bias(self, arrays: dict[str, DefinedArray], channels: int) -> dict[str, DefinedArray]:
        return {**arrays, "bias": DefinedArray((channels,))} if self.bias else arrays

    def meetings(self) -> int:
        """How often a tap meets a position, including padding."""
        count = 1
        for starts, k in zip(self.starts, self.kernel, strict=True):
            count *= sum(len(taps) for taps in met(starts, k, 1))
        return count

    def patches(self) -> Iterator[tuple[Index, list[tuple[Index, Index]]]]:
        """For every output position: what it reads, as pairs of an input position and a tap."""
        axes = zip(self.starts, self.kernel, self.dilation, strict=True)
        windows = [list(enumerate(met(starts, k, d))) for starts, k, d in axes]
        for along in product(*windows):
            pairs = [
                (tuple(place for place, _ in each), tuple(tap for _, tap in each))
                for each in product(*(taps for _, taps in along))
            ]
            yield tuple(index for index, _ in along), pairs


def _by_groups(taken: int, made: int, groups: int) -> list[tuple[range, range]]:
    """The input and output channels of each group, dealt out in order."""
    each, of_each = len(range(0, taken, groups)), len(range(0, made, groups))
    return [(range(g * each, (g + 1) * each), range(g * of_each, (g + 1) * of_each)) for g in range(groups)]


class ConvDefinition(_ConvolutionDefinition):
    """Every filter reads the channels of its group."""

    def made(self) -> int:
        return int(self.filters)

    def groups_of_channels(self) -> list[tuple[range, range]]:
        return _by_groups(self.x.channels, self.filters, self.groups)

    def arrays(self) -> dict[str, DefinedArray]:
        taken = len(self.groups_of_channels()[0][0])
        kernel = {"kernel": DefinedArray((*self.kernel, taken, self.filters))}
        return self.with_gain(self.with_bias(kernel, self.filters))

    def fewer_channels(self) -> tuple[Settings, int, int]:
        each, of_each = map(len, self.groups_of_channels()[0])
        groups = min(self.groups, 3 if each == 1 else 2)
        each, of_each = min(each, 3), min(of_each, 2)
        return {"groups": groups, "filters": groups * of_each}, groups * each, groups * each * of_each

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"filters": 1, "groups": 1}

    def multiplications(self) -> int:
        return self.meetings() * sum(len(taken) * len(made) for taken, made in self.groups_of_channels())

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y, kernel = {}, self.filters_of(weights)
        for position, pairs in self.patches():
            for taken, made in self.groups_of_channels():
                for filter in made:
                    total = self.bias_of(weights, filter)
                    for (place, tap), (index, channel) in product(pairs, enumerate(taken)):
                        total += times(x.get((*place, channel), 0.0), kernel[*tap, index, filter])
                    y[*position, filter] = total
        return y


class DepthwiseConvDefinition(_ConvolutionDefinition):
    """Every channel has its own `multiplier` kernels; their outputs are neighbours."""

    def made(self) -> int:
        return len(self.owners())

    def owners(self) -> list[int]:
        """The input channel of each kernel."""
        return [channel for channel in range(self.x.channels) for _ in range(self.multiplier)]

    def arrays(self) -> dict[str, DefinedArray]:
        kernel = {"kernel": DefinedArray((*self.kernel, self.made()))}
        return self.with_gain(self.with_bias(kernel, self.made()))

    def fewer_channels(self) -> tuple[Settings, int, int]:
        channels, multiplier = min(self.x.channels, 3), min(self.multiplier, 2)
        return {"multiplier": multiplier}, channels, channels * multiplier

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"multiplier": 1}

    def multiplications(self) -> int:
        return self.meetings() * len(self.owners())

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {
            place: value + self.bias_of(weights, place[-1])
            for place, value in self.apart(x, self.filters_of(weights), times).items()
        }

    def apart(self, x: TensorValues, kernel: TensorValues, times: Multiplier) -> TensorValues:
        """The convolution of each channel separately."""
        return {
            (*position, made): sum(times(x.get((*place, channel), 0.0), kernel[*tap, made]) for place, tap in pairs)
            for position, pairs in self.patches()
            for made, channel in enumerate(self.owners())
        }


class SeparableConvDefinition(DepthwiseConvDefinition):
    """A depthwise convolution, and then for each filter a sum over the channels at every position."""

    def made(self) -> int:
        return int(self.filters)

    def arrays(self) -> dict[str, DefinedArray]:
        between = len(self.owners())
        kernels = {
            "depthwise_kernel": DefinedArray((*self.kernel, between)),
            "pointwise_kernel": DefinedArray((between, self.filters)),
        }
        return self.with_bias(kernels, self.filters)

    def fewer_channels(self) -> tuple[Settings, int, int]:
        channels, multiplier, filters = min(self.x.channels, 2), min(self.multiplier, 2), min(self.filters, 3)
        return {"multiplier": multiplier, "filters": filters}, channels, channels * multiplier * (1 + filters)

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"multiplier": 1, "filters": 1}

    def multiplications(self) -> int:
        between = len(self.owners())
        return self.meetings() * between + numbers_in(self.shape().spatial) * between * self.made()

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        between, kernel = self.apart(x, weights["depthwise_kernel"], times), weights["pointwise_kernel"]
        return {
            (*position, filter): self.bias_of(weights, filter)
            + sum(times(between[*position, made], kernel[made, filter]) for made in range(len(self.owners())))
            for position in self.shape().positions()
            for filter in range(self.filters)
        }


class DeformableConvDefinition(ConvDefinition):
    """A convolution that finds, at each position, where the taps of another one are."""

    def offsets(self) -> int:
        """How many numbers there are at each position."""
        return numbers_in(self.kernel) * int(self.offset_groups) * (3 if self.modulated else 2)

    def arrays(self) -> dict[str, DefinedArray]:
        count = self.offsets()
        kernel = DefinedArray((*self.kernel, self.x.channels, count))
        return {**super().arrays(), "offset_kernel": kernel, "offset_bias": DefinedArray((count,))}

    def fewer_channels(self) -> tuple[Settings, int, int]:
        groups, parts = min(self.groups, 2), min(self.offset_groups, 2)
        changes = {"groups": groups, "filters": groups, "offset_groups": parts}
        return changes, 2, 2 * (1 + self.offsets())

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"filters": 1, "groups": 1, "offset_groups": 1}

    def multiplications(self) -> int:
        return super().multiplications() + self.meetings() * self.x.channels * self.offsets()

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y, taps = {}, list(product(*map(range, self.kernel)))
        for position, pairs in self.patches():
            moves = [self.move(x, weights, number, pairs, times) for number in range(self.offsets())]
            for taken, made in self.groups_of_channels():
                for filter in made:
                    total = self.bias_of(weights, filter)
                    for (place, tap), (index, channel) in product(pairs, enumerate(taken)):
                        value = self.moved(x, place, channel, taps.index(tap), moves)
                        total += times(value, weights["kernel"][*tap, index, filter])
                    y[*position, filter] = total
        return y

    def move(
        self,
        x: TensorValues,
        weights: Mapping[str, TensorValues],
        number: int,
        pairs: Sequence[tuple[Index, Index]],
        times: Multiplier,
    ) -> float:
        """One of the numbers at a position."""
        total, kernel = weights["offset_bias"][number,], weights["offset_kernel"]
        for (place, tap), channel in product(pairs, range(self.x.channels)):
            total += times(x.get((*place, channel), 0.0), kernel[*tap, channel, number])
        return total

    def moved(self, x: TensorValues, place: Index, channel: int, tap: int, moves: Sequence[float]) -> float:
        """The value at a tap once it is moved: that of the tap's number among those of the channel's group."""
        count = numbers_in(self.kernel)
        number = channel * self.offset_groups // self.x.channels * count + tap
        value = _between(x, place[0] + moves[2 * number], place[1] + moves[2 * number + 1], channel)
        if not self.modulated:
            return value
        return value / (1 + exp(-moves[2 * count * self.offset_groups + number]))


def _between(x: TensorValues, row: float, column: float, channel: int) -> float:
    """Linear interpolation along both axes; there are zeros around the map."""
    top, left = floor(row), floor(column)
    value = 0.0
    for near_row, near_column in product((top, top + 1), (left, left + 1)):
        share = (1 - abs(row - near_row)) * (1 - abs(column - near_column))
        value += share * x.get((near_row, near_column, channel), 0.0)
    return value


class ConvTransposeDefinition(ConvDefinition):
    """Every input is spread over a window of the output, and whatever a convention does not promise is cut off."""

    @cached_property
    def kept(self) -> list[tuple[int, int, int]]:
        """How many positions are cut off before the output, how many it has, and how many come after, per axis."""
        return [self._kept(axis) for axis in range(len(self.x.spatial))]

    def _kept(self, axis: int) -> tuple[int, int, int]:
        n, k, s, d = self.x.spatial[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        reached = max(j * s + tap * d for j in (0, n - 1) for tap in (0, k - 1)) + 1
        extra = self.output_padding[axis] if self.is_written("output_padding") else None
        if self.convention == "keras" and (self.padding.rule == "same" or self._cuts_nothing()):
            promised = self._promised_by_keras(n, s, reached, covered(k, d), extra)
            before = split(reached - promised)[0] if self.padding.rule == "same" else 0
            return before, promised, max(reached - promised - before, 0)
        before, after = (0, 0) if self.padding.word == "valid" else self.padding[axis]
        return before, reached - before - after + (extra or 0), after

    def borders(self) -> list[tuple[int, int]]:
        return [(before, after) for before, _, after in self.kept]

    def _cuts_nothing(self) -> bool:
        return self.padding.word == "valid" or not any(map(any, self.padding))

    def _promised_by_keras(self, n: int, s: int, reached: int, span: int, extra: int | None) -> int:
        """The size under `same` and `valid`, which depends on whether an output padding is written."""
        if self.padding.rule == "same":
            return len(range(n * s)) if extra is None else reached - 2 * _half(span) + extra
        return max(reached, n * s) if extra is None else reached + extra

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(size for _, size, _ in self.kept), self.made())

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(1, s) for s in self.stride)

    def meetings(self) -> int:
        return numbers_in(self.x.spatial) * numbers_in(self.kernel)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        shape, kernel = self.shape(), weights["kernel"]
        y = {place: self.bias_of(weights, place[-1]) for place in shape.indices()}
        for position, tap in product(self.x.positions(), product(*map(range, self.kernel))):
            steps = zip(position, tap, self.stride, self.dilation, self.kept, strict=True)
            target = tuple(j * s + t * d - before for j, t, s, d, (before, _, _) in steps)
            for taken, made in self.groups_of_channels():
                for filter, (index, channel) in product(made, enumerate(taken)):
                    term = times(x[*position, channel], kernel[*tap, index, filter])
                    if (*target, filter) in y:
                        y[*target, filter] += term
        return y

    def smaller(self) -> Iterator[tuple[Settings, list[TensorSizes]]]:
        changes, channels, each = self.fewer_channels()
        few = 3 if 3 ** len(self.x.spatial) * numbers_in(self.kernel) * each <= MAX_PRODUCTS else 2
        # at least one position must be left
        axes = zip(self.x.spatial, self.kernel, self.stride, self.dilation, self.borders(), strict=True)
        least = [(n, -(-(sum(cut) + 1 - d * (k - 1)) // s) + 1) for n, k, s, d, cut in axes]
        yield changes, [TensorSizes(tuple(min(n, max(few, fewest)) for n, fewest in least), channels)]


def _half(span: int) -> int:
    """Positions on each side of the middle one (for an even window, of the one after the middle)."""
    return around("same", "lecture", 1, span, 1, 1)[0]
