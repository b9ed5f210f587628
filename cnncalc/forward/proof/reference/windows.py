"""Convolutions: of each window the sum of products; transposed, each input scattered over a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from cnncalc.forward.proof.reference.axes import around, covered, met, paddings, split, stops
from cnncalc.forward.proof.reference.kind import Array, Given, Kind, Multiplier, Place, Tensor, Values, numbers_in


class _Windowed(Kind):
    """Windows that stop along every axis."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self.starts = [
            stops(n, covered(k, d), s, before, after)
            for n, k, s, d, (before, after) in zip(
                self.x.spatial, self.kernel, self.stride, self.dilation, self.borders(), strict=True
            )
        ]

    def borders(self) -> list[tuple[int, int]]:
        """The padding before and after, an axis."""
        return paddings(self.padding, self.given.convention, self.x.spatial, self.kernel, self.stride, self.dilation)

    def shape(self) -> Tensor:
        return Tensor(tuple(map(len, self.starts)), self.made())

    def moves(self) -> tuple[Fraction, ...] | None:
        return tuple(Fraction(s) for s in self.stride)

    def made(self) -> int:
        """Output channels."""
        raise NotImplementedError

    def bias_of(self, weights: Mapping[str, Values], channel: int) -> float:
        return weights["bias"][channel,] if self.bias else 0.0

    def with_bias(self, arrays: dict[str, Array], channels: int) -> dict[str, Array]:
        return {**arrays, "bias": Array((channels,))} if self.bias else arrays

    def meetings(self) -> int:
        """How often a tap meets a position, padding too."""
        count = 1
        for starts, k in zip(self.starts, self.kernel, strict=True):
            count *= sum(len(taps) for taps in met(starts, k, 1))
        return count

    def patches(self) -> Iterator[tuple[Place, list[tuple[Place, Place]]]]:
        """Of every output position: what it meets, the positions of the input and the taps."""
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


class Conv(_Windowed):
    """Every filter meets the channels of its group."""

    def made(self) -> int:
        return int(self.filters)

    def groups_of_channels(self) -> list[tuple[range, range]]:
        return _by_groups(self.x.channels, self.filters, self.groups)

    def arrays(self) -> dict[str, Array]:
        taken = len(self.groups_of_channels()[0][0])
        return self.with_bias({"kernel": Array((*self.kernel, taken, self.filters))}, self.filters)

    def multiplications(self) -> int:
        return self.meetings() * sum(len(taken) * len(made) for taken, made in self.groups_of_channels())

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y, kernel = {}, weights["kernel"]
        for position, pairs in self.patches():
            for taken, made in self.groups_of_channels():
                for filter in made:
                    total = self.bias_of(weights, filter)
                    for (place, tap), (index, channel) in product(pairs, enumerate(taken)):
                        total += times(x.get((*place, channel), 0.0), kernel[*tap, index, filter])
                    y[*position, filter] = total
        return y


class DepthwiseConv(_Windowed):
    """Every channel has `multiplier` kernels of its own; their outputs stand together."""

    def made(self) -> int:
        return len(self.owners())

    def owners(self) -> list[int]:
        """The input channel of each kernel."""
        return [channel for channel in range(self.x.channels) for _ in range(self.multiplier)]

    def arrays(self) -> dict[str, Array]:
        return self.with_bias({"kernel": Array((*self.kernel, self.made()))}, self.made())

    def multiplications(self) -> int:
        return self.meetings() * len(self.owners())

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {
            place: value + self.bias_of(weights, place[-1])
            for place, value in self.apart(x, weights["kernel"], times).items()
        }

    def apart(self, x: Values, kernel: Values, times: Multiplier) -> Values:
        """Each channel by itself."""
        return {
            (*position, made): sum(times(x.get((*place, channel), 0.0), kernel[*tap, made]) for place, tap in pairs)
            for position, pairs in self.patches()
            for made, channel in enumerate(self.owners())
        }


class SeparableConv(DepthwiseConv):
    """The same, and then a sum of the channels at every position for each filter."""

    def made(self) -> int:
        return int(self.filters)

    def arrays(self) -> dict[str, Array]:
        between = len(self.owners())
        kernels = {
            "depthwise_kernel": Array((*self.kernel, between)),
            "pointwise_kernel": Array((between, self.filters)),
        }
        return self.with_bias(kernels, self.filters)

    def multiplications(self) -> int:
        between = len(self.owners())
        return self.meetings() * between + numbers_in(self.shape().spatial) * between * self.made()

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        between, kernel = self.apart(x, weights["depthwise_kernel"], times), weights["pointwise_kernel"]
        return {
            (*position, filter): self.bias_of(weights, filter)
            + sum(times(between[*position, made], kernel[made, filter]) for made in range(len(self.owners())))
            for position in self.shape().positions()
            for filter in range(self.filters)
        }


class ConvTranspose(Conv):
    """Every input is spread over a window of the output, and what a convention does not promise is cut off."""

    def __init__(self, given: Given) -> None:
        Kind.__init__(self, given)
        self.sizes, self.cut = zip(*(self._axis(axis) for axis in range(len(self.x.spatial))), strict=True)

    def _axis(self, axis: int) -> tuple[int, int]:
        """How many positions are left along an axis, and how many are cut off before them."""
        n, k, s, d = self.x.spatial[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        reached = max(j * s + tap * d for j in (0, n - 1) for tap in (0, k - 1)) + 1
        extra = self.output_padding[axis] if self.is_written("output_padding") else None
        if self.given.convention == "keras" and (self.padding.rule == "same" or self._cuts_nothing()):
            promised = self._promised_by_keras(n, s, reached, covered(k, d), extra)
            return promised, split(reached - promised)[0] if self.padding.rule == "same" else 0
        before, after = (0, 0) if self.padding.word == "valid" else self.padding[axis]
        return reached - before - after + (extra or 0), before

    def _cuts_nothing(self) -> bool:
        return self.padding.word == "valid" or not any(map(any, self.padding))

    def _promised_by_keras(self, n: int, s: int, reached: int, span: int, extra: int | None) -> int:
        """The size under `same` and `valid`: one thing where an output padding is written, another where it is not."""
        if self.padding.rule == "same":
            return len(range(n * s)) if extra is None else reached - 2 * _half(span) + extra
        return max(reached, n * s) if extra is None else reached + extra

    def shape(self) -> Tensor:
        return Tensor(tuple(self.sizes), self.made())

    def moves(self) -> tuple[Fraction, ...] | None:
        return tuple(Fraction(1, s) for s in self.stride)

    def meetings(self) -> int:
        return numbers_in(self.x.spatial) * numbers_in(self.kernel)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        shape, kernel = self.shape(), weights["kernel"]
        y = {place: self.bias_of(weights, place[-1]) for place in shape.places()}
        for position, tap in product(self.x.positions(), product(*map(range, self.kernel))):
            steps = zip(position, tap, self.stride, self.dilation, self.cut, strict=True)
            target = tuple(j * s + t * d - cut for j, t, s, d, cut in steps)
            for taken, made in self.groups_of_channels():
                for filter, (index, channel) in product(made, enumerate(taken)):
                    term = times(x[*position, channel], kernel[*tap, index, filter])
                    if (*target, filter) in y:
                        y[*target, filter] += term
        return y

    def is_hole(self, axis: int) -> bool:
        """Whether no output along an axis is reached by any input."""
        steps = product(range(self.x.spatial[axis]), range(self.kernel[axis]))
        reached = {j * self.stride[axis] + tap * self.dilation[axis] - self.cut[axis] for j, tap in steps}
        return reached.isdisjoint(range(self.sizes[axis]))


def _half(span: int) -> int:
    """Positions on each side of the middle one (of an even window, of the one after the middle)."""
    return around("same", "lecture", 1, span, 1, 1)[0]


KINDS = {
    "conv": Conv,
    "depthwise_conv": DepthwiseConv,
    "separable_conv": SeparableConv,
    "conv_transpose": ConvTranspose,
}
