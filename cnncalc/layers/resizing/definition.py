"""Other sizes: each output position takes parts of some positions of the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor

from cnncalc.layers.definition import Definition, Multiplier, Settings, TensorSizes, TensorValues
from cnncalc.layers.pooling.definition import MaxPoolDefinition

Mix = list[tuple[int, Fraction]]
"""Positions along an axis, and how much of each an output position takes."""


def line(place: Fraction, n: int) -> Mix:
    """A value between two positions, by linear interpolation; constant beyond the outermost ones."""
    place = min(max(place, Fraction(0)), Fraction(n - 1))
    low = floor(place)
    part = place - low
    return [(low, 1 - part), (low + 1, part)] if part else [(low, Fraction(1))]


class MixedDefinition(Definition):
    """Along each axis, every output position takes parts of some positions of the input."""

    def mixes(self) -> list[list[Mix]]:
        raise NotImplementedError

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(map(len, self.mixes())), self.x.channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for along in product(*(enumerate(axis) for axis in self.mixes())):
            for channel in range(self.x.channels):
                total = 0.0
                for parts in product(*(mix for _, mix in along)):
                    share = Fraction(1)
                    for _, part in parts:
                        share *= part
                    total += float(share) * x[*(place for place, _ in parts), channel]
                y[*(index for index, _ in along), channel] = total
        return y


class UpsampleDefinition(MixedDefinition):
    """Each position becomes `factor` positions: all equal, or interpolated between the centres of the positions."""

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(1, f) for f in self.factor)

    def mixes(self) -> list[list[Mix]]:
        sizes = zip(self.x.spatial, self.factor, strict=True)
        if self.mode == "nearest":
            return [[[(j, Fraction(1))] for j in range(n) for _ in range(f)] for n, f in sizes]
        # the centre of output i is at i + 1/2 on an axis that is f times as fine
        half = Fraction(1, 2)
        return [
            [line((Fraction(j * f + part) + half) / f - half, n) for j in range(n) for part in range(f)]
            for n, f in sizes
        ]

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {"factor": tuple(min(f, 6 + f % 2) for f in self.factor)}, [self.x.at_most(3, 2)]


def cubic(place: Fraction, n: int) -> Mix:
    """Keys' cubic with a = −3/4 through the two positions on either side; those beyond an end have the value there."""
    low, a = floor(place), Fraction(-3, 4)
    if place == low:
        return [(min(max(low, 0), n - 1), Fraction(1))]
    mix = []
    for at in range(low - 1, low + 3):
        d = abs(place - at)
        share = (a + 2) * d**3 - (a + 3) * d**2 + 1 if d <= 1 else a * (d**3 - 5 * d**2 + 8 * d - 4)
        mix.append((min(max(at, 0), n - 1), share))
    return mix


class MaxUnpoolDefinition(Definition):
    """One window of the pool after the other: its value goes to the first of the places that hold its largest."""

    def undone(self, x: TensorSizes) -> MaxPoolDefinition:
        """The pool, on an input."""
        _, window, stride, padding, dilation, rounding = self.pool.undone
        settings = {
            "window": window, "stride": stride, "padding": padding, "dilation": dilation, "rounding": rounding
        }  # fmt: skip
        return MaxPoolDefinition(settings, [x], self.convention, self.layout)

    def shape(self) -> TensorSizes:
        return self.inputs[1]

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(1, s) for s in self.undone(self.inputs[1]).stride)

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        for _, (x,) in self.undone(self.inputs[1]).smaller():
            yield {}, [self.undone(x).shape(), x]

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        pooled, x = inputs
        y = dict.fromkeys(x, 0.0)
        for along in product(*map(enumerate, self.undone(self.inputs[1]).seen())):
            position = tuple(index for index, _ in along)
            places = list(product(*(places for _, places in along)))
            for channel in range(self.x.channels):
                inside = [(*place, channel) for place in places if (*place, channel) in x]
                y[max(inside, key=x.__getitem__)] = pooled[*position, channel]
        return y


class ResizeDefinition(MixedDefinition):
    """More or fewer positions: the value at their edge or centre, or interpolated between those around it."""

    def sizes(self) -> tuple[int, ...]:
        """How many positions there are, per axis."""
        if self.factor:
            return tuple(floor(n * factor) for n, factor in zip(self.x.spatial, self.factor, strict=True))
        return tuple(self.size or self.like.spatial)

    def mixes(self) -> list[list[Mix]]:
        sizes = zip(self.x.spatial, self.sizes(), self.steps(), strict=True)
        return [[self._mix(i, n, m, step) for i in range(m)] for n, m, step in sizes]

    def steps(self) -> list[Fraction]:
        """From one output to the next, in positions of the input."""
        if self.align_corners:
            return [Fraction(n - 1, max(m - 1, 1)) for n, m in zip(self.x.spatial, self.sizes(), strict=True)]
        if self.factor:
            return [1 / factor for factor in self.factor]
        return [Fraction(n, m) for n, m in zip(self.x.spatial, self.sizes(), strict=True)]

    def moves(self) -> tuple[Fraction | None, ...] | None:
        sizes = list(zip(self.x.spatial, self.sizes(), self.steps(), strict=True))
        if all(n == 1 for n, _, _ in sizes) and any(m > 1 for _, m, _ in sizes):
            return None
        return tuple(Fraction(int(m == 1)) if n == 1 else Fraction(1) if m == 1 else step for n, m, step in sizes)

    def _mix(self, i: int, n: int, m: int, step: Fraction) -> Mix:
        half = Fraction(1, 2)
        if self.mode == "nearest":
            return [(floor((i + half) * step if self.centers else i * step), Fraction(1))]
        place = i * step if self.align_corners else (i + half) * step - half
        return line(place, n) if self.mode == "bilinear" else cubic(place, n)

    def shape(self) -> TensorSizes:
        return TensorSizes(self.sizes(), self.x.channels)

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        if self.factor:
            few = [max(min(n, 7), ceil(1 / factor)) for n, factor in zip(self.x.spatial, self.factor, strict=True)]
            yield {}, [TensorSizes(tuple(few), min(self.x.channels, 2))]
            return
        sizes = map(_fewer_positions, self.x.spatial, self.sizes())
        spatial, new = zip(*sizes, strict=True)
        yield {"size" if self.size else "like": new}, [TensorSizes(spatial, min(self.x.channels, 2))]


def _fewer_positions(n: int, m: int) -> tuple[int, int]:
    """Fewer input and output positions: one a multiple of the other if it was before."""
    if n <= 7 and m <= 7:
        return n, m
    if m % n == 0:
        return min(n, 3), min(n, 3) * min(m // n, 4)
    if n % m == 0:
        return min(m, 3) * min(n // m, 4), min(m, 3)
    return (min(n, 4), 7) if m > n else (7, min(m, 4))
