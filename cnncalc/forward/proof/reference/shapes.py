"""Values under other places: laid out in a row, put under other sizes, moved, repeated, left out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import floor

from cnncalc.forward.proof.reference.kind import Kind, Multiplier, Place, Tensor, Values, numbers_in


class Identity(Kind):
    """The same; so is whatever only drops values while training."""

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return dict(x)


def in_a_row(shape: Tensor, layout: str) -> list[Place]:
    """The places of a tensor in the order of a layout: position by position, or channel by channel."""
    if layout == "channels_last":
        return list(shape.places())
    return [(*position, channel) for channel in range(shape.channels) for position in shape.positions()]


class Flatten(Kind):
    """All values in one row."""

    def shape(self) -> Tensor:
        return Tensor((), numbers_in((*self.x.spatial, self.x.channels)))

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        places = zip(in_a_row(self.shape(), self.given.layout), in_a_row(self.x, self.given.layout), strict=True)
        return {place: x[source] for place, source in places}

    def moves(self) -> tuple[Fraction, ...] | None:
        # where the positions stay the same, only channels have other names
        is_kept = bool(self.x.spatial) and self.shape().spatial == self.x.spatial
        return super().moves() if is_kept else None


class Reshape(Flatten):
    """The row under other sizes; those of -1 are what is left."""

    def shape(self) -> Tensor:
        spatial, channels = self.given.settings["shape"]
        return Tensor(tuple(spatial), channels)


class _Moved(Kind):
    """Along each axis, every output position takes the value of one of the input; of none, it is zero."""

    def sources(self) -> list[list[int | None]]:
        raise NotImplementedError

    def shape(self) -> Tensor:
        return Tensor(tuple(map(len, self.sources())), self.x.channels)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for along in product(*(enumerate(axis) for axis in self.sources())):
            for channel in range(self.x.channels):
                source = (*(place for _, place in along), channel)
                y[*(index for index, _ in along), channel] = 0.0 if None in source else x[source]  # type: ignore[index]
        return y


class Pad(_Moved):
    """A border: of zeros, of what a mirror in the outermost position shows, or of the outermost value."""

    def sources(self) -> list[list[int | None]]:
        return [
            [self._source(place, n) for place in range(-before, n + after)]
            for n, (before, after) in zip(self.x.spatial, self.amounts, strict=True)
        ]

    def _source(self, place: int, n: int) -> int | None:
        if 0 <= place < n:
            return place
        if self.mode == "zeros":
            return None
        outermost = 0 if place < 0 else n - 1
        return outermost if self.mode == "replicate" else outermost + (outermost - place)


class Crop(_Moved):
    """What is left without a border."""

    def sources(self) -> list[list[int | None]]:
        return [
            [place for place in range(n) if place >= before and n - 1 - place >= after]
            for n, (before, after) in zip(self.x.spatial, self.amounts, strict=True)
        ]


Mix = list[tuple[int, Fraction]]
"""Positions of an axis, and how much of each an output position takes."""


def line(place: Fraction, n: int) -> Mix:
    """A value between two positions, by a straight line; flat beyond the outermost ones."""
    place = min(max(place, Fraction(0)), Fraction(n - 1))
    low = floor(place)
    part = place - low
    return [(low, 1 - part), (low + 1, part)] if part else [(low, Fraction(1))]


class Mixed(Kind):
    """Along each axis, every output position takes parts of some positions of the input."""

    def mixes(self) -> list[list[Mix]]:
        raise NotImplementedError

    def shape(self) -> Tensor:
        return Tensor(tuple(map(len, self.mixes())), self.x.channels)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
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


class Upsample(Mixed):
    """Each position becomes `factor` ones: all alike, or on the line between the centres of the positions."""

    def moves(self) -> tuple[Fraction, ...] | None:
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


class Resize(Mixed):
    """As many positions as another layer has: what lies at their edge or centre, or on the line between two."""

    def mixes(self) -> list[list[Mix]]:
        return [[self._mix(i, n, m) for i in range(m)] for n, m in zip(self.x.spatial, self.like.spatial, strict=True)]

    def moves(self) -> tuple[Fraction, ...] | None:
        sizes = list(zip(self.x.spatial, self.like.spatial, strict=True))
        if all(n == 1 for n, _ in sizes) and any(m > 1 for _, m in sizes):
            return None
        return tuple(self._move(n, m) for n, m in sizes)

    def _move(self, n: int, m: int) -> Fraction:
        if n == 1:
            return Fraction(int(m == 1))
        return Fraction(n - 1, m - 1) if self.align_corners and m > 1 else Fraction(n, m)

    def _mix(self, i: int, n: int, m: int) -> Mix:
        half = Fraction(1, 2)
        if self.mode == "nearest":
            return [(floor((i + half) * n / m if self.centers else Fraction(i * n, m)), Fraction(1))]
        if self.align_corners:
            return line(Fraction(i * (n - 1), max(m - 1, 1)), n)
        return line((i + half) * n / m - half, n)

    def shape(self) -> Tensor:
        return Tensor(tuple(self.like.spatial), self.x.channels)


KINDS = {
    "identity": Identity,
    "dropout": Identity,
    "spatial_dropout": Identity,
    "drop_path": Identity,
    "flatten": Flatten,
    "reshape": Reshape,
    "pad": Pad,
    "crop": Crop,
    "upsample": Upsample,
    "resize": Resize,
}
