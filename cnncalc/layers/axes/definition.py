"""Whole axes: in another order, or reduced to one number each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import sqrt

from cnncalc.layers.definition import Definition, Multiplier, Settings, TensorSizes, TensorValues

_NAMES = {
    0: ["channels"],
    1: ["position", "channels"],
    2: ["height", "width", "channels"],
    3: ["depth", "height", "width", "channels"],
}
"""The axes of a tensor in the order of an index, by the number of spatial ones."""


class PermuteDefinition(Definition):
    """An index of the output says, for each of its axes, the place along the old one that it is made from."""

    def old(self) -> list[str]:
        """The old axes in the order of the new ones."""
        return [self.settings[new] for new in _NAMES[len(self.x.spatial)]]

    def shape(self) -> TensorSizes:
        sizes = dict(zip(_NAMES[len(self.x.spatial)], (*self.x.spatial, self.x.channels), strict=True))
        *spatial, channels = (sizes[old] for old in self.old())
        return TensorSizes(tuple(spatial), channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        names, y = _NAMES[len(self.x.spatial)], {}
        for at in self.shape().indices():
            places = dict(zip(self.old(), at, strict=True))
            y[at] = x[tuple(places[name] for name in names)]
        return y

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        few = [min(n, 2 + axis) for axis, n in enumerate(self.x.spatial)]
        yield {}, [TensorSizes(tuple(few), min(self.x.channels, 5))]


class ReduceDefinition(Definition):
    """All values that differ only in their places along the reduced axes make one."""

    def is_reduced(self) -> list[bool]:
        """For each part of an index, whether it is along a reduced axis."""
        return [name in self.axes for name in _NAMES[len(self.x.spatial)]]

    def stays(self) -> list[bool]:
        """For each part of an index, whether the output's indices have it."""
        *spatial, _ = self.is_reduced()
        return [*(self.keep_dims or not reduced for reduced in spatial), True]

    def shape(self) -> TensorSizes:
        axes = zip((*self.x.spatial, self.x.channels), self.is_reduced(), self.stays(), strict=True)
        *spatial, channels = (1 if reduced else n for n, reduced, stays in axes if stays)
        return TensorSizes(tuple(spatial), channels)

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(None if reduced else Fraction(1) for reduced in self.is_reduced()[:-1])

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        alike: dict[tuple[int, ...], list[float]] = {}
        for at, value in x.items():
            axes = zip(at, self.is_reduced(), self.stays(), strict=True)
            place = tuple(0 if reduced else index for index, reduced, stays in axes if stays)
            alike.setdefault(place, []).append(value)
        return {place: self.reduced(values) for place, values in alike.items()}

    def reduced(self, values: Sequence[float]) -> float:
        """One number for several."""
        if self.how == "mean":
            return sum(values) / len(values)
        if self.how == "sum":
            return sum(values)
        if self.how == "l2":
            return sqrt(sum(value**2 for value in values))
        ordered = sorted(values)
        return ordered[-1] if self.how == "max" else ordered[0]
