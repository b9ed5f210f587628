"""Pools: the largest of a window's positions, or their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import inf

from cnncalc.forward.proof.reference.axes import covered, met, paddings, stops
from cnncalc.forward.proof.reference.kind import Kind, Multiplier, Tensor, Values, numbers_in


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


class _Pool(Kind):
    """The largest of what each output looks at; a position outside of the input is padding."""

    def seen(self) -> list[list[list[int]]]:
        """Along each axis, the positions that each output looks at."""
        raise NotImplementedError

    def shape(self) -> Tensor:
        return Tensor(tuple(map(len, self.seen())), self.x.channels)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for along in product(*(enumerate(axis) for axis in self.seen())):
            position = tuple(index for index, _ in along)
            places = list(product(*(places for _, places in along)))
            for channel in range(self.x.channels):
                inside = [x[*place, channel] for place in places if (*place, channel) in x]
                y[*position, channel] = self.reduced(inside, along)
        return y

    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        """What is made of the values in the input; `along` says which positions the window has along each axis."""
        return max(inside, default=-inf)


class _Windowed(_Pool):
    def dilations(self) -> tuple[int, ...]:
        return (1,) * len(self.window)

    def borders(self) -> list[tuple[int, int]]:
        settings = self.padding, self.given.convention, self.x.spatial, self.window, self.stride, self.dilations()
        return paddings(*settings)

    def seen(self) -> list[list[list[int]]]:
        axes = zip(self.x.spatial, self.window, self.stride, self.dilations(), self.borders(), strict=True)
        rounds_up = self.rounding == "ceil"
        return [
            [[place for place, _ in taps] for taps in met(stops(n, covered(k, d), s, before, after, rounds_up), k, d)]
            for n, k, s, d, (before, after) in axes
        ]

    def moves(self) -> tuple[Fraction, ...] | None:
        return tuple(Fraction(s) for s in self.stride)


class MaxPool(_Windowed):
    """The largest; padding is never picked."""

    def dilations(self) -> tuple[int, ...]:
        return tuple(self.dilation)


class AvgPool(_Windowed):
    """The mean of the input's positions, or of all in the window that lie in the input or its padding."""

    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        if not self.count_padding:
            return _mean(inside)
        axes = zip(self.x.spatial, self.borders(), along, strict=True)
        counted = [sum(-before <= place < n + after for place in places) for n, (before, after), (_, places) in axes]
        return sum(inside) / numbers_in(counted)


class _Global(_Pool):
    def moves(self) -> tuple[Fraction, ...] | None:
        return None

    def seen(self) -> list[list[list[int]]]:
        return [[list(range(n))] for n in self.x.spatial]

    def shape(self) -> Tensor:
        return super().shape() if self.keep_dims else Tensor((), self.x.channels)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = super().value(x, weights, times)
        return y if self.keep_dims else {place[-1:]: value for place, value in y.items()}


class _Mean(_Pool):
    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        return _mean(inside)


class GlobalAvgPool(_Mean, _Global):
    """The mean of all."""


class GlobalMaxPool(_Global):
    """The largest of all."""


class _Adaptive(_Pool):
    """Output i of m looks at all positions that its m-th part of the axis touches."""

    def seen(self) -> list[list[list[int]]]:
        return [
            [
                # the stretch from i·n/m to (i + 1)·n/m overlaps with that from j to j + 1
                [j for j in range(n) if j * m < (i + 1) * n and (j + 1) * m > i * n]
                for i in range(m)
            ]
            for n, m in zip(self.x.spatial, self.output, strict=True)
        ]

    def shape(self) -> Tensor:
        return Tensor(tuple(self.output), self.x.channels)

    def moves(self) -> tuple[Fraction, ...] | None:
        if set(self.output) == {1}:
            return None
        return tuple(Fraction(n, m) for n, m in zip(self.x.spatial, self.output, strict=True))


class AdaptiveAvgPool(_Mean, _Adaptive):
    """The mean of each part."""


class AdaptiveMaxPool(_Adaptive):
    """The largest of each part."""


KINDS = {
    "max_pool": MaxPool,
    "avg_pool": AvgPool,
    "global_avg_pool": GlobalAvgPool,
    "global_max_pool": GlobalMaxPool,
    "adaptive_avg_pool": AdaptiveAvgPool,
    "adaptive_max_pool": AdaptiveMaxPool,
}
