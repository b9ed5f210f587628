"""Pools: the largest of a window's positions, or their mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import inf

from cnncalc.layers._window_definition import WindowedDefinition, met
from cnncalc.layers.definition import Definition, Multiplier, Settings, TensorSizes, TensorValues, numbers_in


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


class _PoolDefinition(Definition):
    """The largest value that each output looks at; a position outside the input is padding."""

    def seen(self) -> list[list[list[int]]]:
        """Along each axis, the positions that each output looks at."""
        raise NotImplementedError

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(map(len, self.seen())), self.x.channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for along in product(*(enumerate(axis) for axis in self.seen())):
            position = tuple(index for index, _ in along)
            places = list(product(*(places for _, places in along)))
            for channel in range(self.x.channels):
                inside = [x[*place, channel] for place in places if (*place, channel) in x]
                y[*position, channel] = self.reduced(inside, along)
        return y

    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        """The result for the values inside the input; `along` gives the positions of the window along each axis."""
        return max(inside, default=-inf)


class _WindowedPoolDefinition(WindowedDefinition, _PoolDefinition):
    @property
    def kernel(self) -> tuple[int, ...]:
        return tuple(self.window)

    @property
    def rounds_up(self) -> bool:
        return bool(self.rounding == "ceil")

    def seen(self) -> list[list[list[int]]]:
        axes = zip(self.starts, self.kernel, self.dilation, strict=True)
        return [[[place for place, _ in taps] for taps in met(starts, k, d)] for starts, k, d in axes]


class MaxPoolDefinition(_WindowedPoolDefinition):
    """The largest; padding is never picked."""


class AvgPoolDefinition(_WindowedPoolDefinition):
    """The mean of the input's positions, or of all positions of the window in the input or its padding."""

    @property
    def dilation(self) -> tuple[int, ...]:
        return (1,) * len(self.window)

    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        if not self.count_padding:
            return _mean(inside)
        axes = zip(self.x.spatial, self.borders(), along, strict=True)
        counted = [sum(-before <= place < n + after for place in places) for n, (before, after), (_, places) in axes]
        return sum(inside) / numbers_in(counted)


class LpPoolDefinition(_WindowedPoolDefinition):
    """The p-th root of the sum of the p-th powers of all absolute values."""

    @property
    def dilation(self) -> tuple[int, ...]:
        return (1,) * len(self.window)

    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        total = 0.0
        for value in inside:
            total += abs(value) ** self.p
        return float(total ** (1 / self.p))


class _GlobalDefinition(_PoolDefinition):
    def moves(self) -> tuple[Fraction | None, ...] | None:
        return None

    def seen(self) -> list[list[list[int]]]:
        return [[list(range(n))] for n in self.x.spatial]

    def shape(self) -> TensorSizes:
        return super().shape() if self.keep_dims else TensorSizes((), self.x.channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = super().value(x, weights, times)
        return y if self.keep_dims else {place[-1:]: value for place, value in y.items()}


class _MeanDefinition(_PoolDefinition):
    def reduced(self, inside: Sequence[float], along: Sequence[tuple[int, list[int]]]) -> float:
        return _mean(inside)


class GlobalAvgPoolDefinition(_MeanDefinition, _GlobalDefinition):
    """The mean of all."""


class GlobalMaxPoolDefinition(_GlobalDefinition):
    """The largest of all."""


class _AdaptiveDefinition(_PoolDefinition):
    """Output i of m looks at all positions that its m-th part of the axis touches."""

    def seen(self) -> list[list[list[int]]]:
        return [
            [
                # the interval from i·n/m to (i + 1)·n/m overlaps with that from j to j + 1
                [j for j in range(n) if j * m < (i + 1) * n and (j + 1) * m > i * n]
                for i in range(m)
            ]
            for n, m in zip(self.x.spatial, self.output, strict=True)
        ]

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(self.output), self.x.channels)

    def moves(self) -> tuple[Fraction | None, ...] | None:
        if set(self.output) == {1}:
            return None
        return tuple(Fraction(n, m) for n, m in zip(self.x.spatial, self.output, strict=True))

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        spatial, output = zip(*map(_fewer_parts, self.x.spatial, self.output), strict=True)
        yield {"output": output}, [TensorSizes(spatial, min(self.x.channels, 2))]


def _fewer_parts(n: int, m: int) -> tuple[int, int]:
    """Fewer positions and parts, which are still equal, or overlap, or outnumber the positions."""
    if n <= 7 and m <= 7:
        return n, m
    parts = min(m, 4 + m % 2)
    if n % m == 0:
        return parts * min(n // m, 3), parts
    return (parts + 1 + parts // 2, parts) if n > m else (max(n % parts, 1) if n > 7 else n, parts)


class AdaptiveAvgPoolDefinition(_MeanDefinition, _AdaptiveDefinition):
    """The mean of each part."""


class AdaptiveMaxPoolDefinition(_AdaptiveDefinition):
    """The largest of each part."""
