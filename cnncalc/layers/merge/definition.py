"""Merges: several tensors, value by value or with their channels joined.

A tensor with one position along an axis, or with a single channel, has its value wherever the others have several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp

from cnncalc.layers.definition import (
    DefinedArray,
    Definition,
    Index,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    numbers_in,
)


def _place(shape: TensorSizes, position: Index) -> Index:
    """Where a tensor has its value for a position of the result."""
    if len(shape.spatial) != len(position):
        return (0,) * len(shape.spatial)
    return tuple(i if n > 1 else 0 for i, n in zip(position, shape.spatial, strict=True))


class _MergeDefinition(Definition):
    """The positions are those of the inputs, the largest along each axis."""

    def positions(self) -> tuple[int, ...]:
        shapes = [shape.spatial for shape in self.inputs]
        several = [spatial for spatial in shapes if set(spatial) - {1}] or shapes
        rank = max(map(len, several))
        return tuple(max(sizes) for sizes in zip(*(each for each in several if len(each) == rank), strict=True))

    def shape(self) -> TensorSizes:
        return TensorSizes(self.positions(), max(shape.channels for shape in self.inputs))

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        # sizes of 1 stay
        spatial = [tuple(min(n, 2 + axis % 2) for axis, n in enumerate(x.spatial)) for x in self.inputs]
        channels = self.fewer_channels()
        yield {}, [TensorSizes(*each) for each in zip(spatial, channels, strict=True)][:12]

    def fewer_channels(self) -> list[int]:
        """How many channels each small input has."""
        return [min(x.channels, 3) for x in self.inputs]

    def combine(self, values: Sequence[float]) -> float:
        """The value of the result, given those of the inputs."""
        raise NotImplementedError

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        y = {}
        for *at, channel in self.shape().indices():
            y[*at, channel] = self.combine(
                [
                    x[*_place(shape, tuple(at)), channel if shape.channels > 1 else 0]
                    for x, shape in zip(inputs, self.inputs, strict=True)
                ]
            )
        return y


class AddDefinition(_MergeDefinition):
    """The sum."""

    def combine(self, values: Sequence[float]) -> float:
        return sum(values)


class SubtractDefinition(_MergeDefinition):
    """The first minus all others."""

    def combine(self, values: Sequence[float]) -> float:
        return values[0] - sum(values[1:])


class MultiplyDefinition(_MergeDefinition):
    """The product."""

    def combine(self, values: Sequence[float]) -> float:
        result = 1.0
        for value in values:
            result *= value
        return result


class DivideDefinition(_MergeDefinition):
    """The first, divided by each of the others."""

    def combine(self, values: Sequence[float]) -> float:
        result = values[0]
        for value in values[1:]:
            result /= value
        return result


class WeightedAddDefinition(_MergeDefinition):
    """The sum of each tensor times its own share: a learned weight as it is, the part that its positive part is of the
    sum of all (and epsilon), or the part that e to its power is of all."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {"weight": DefinedArray((len(self.inputs),))}

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        own = [weights["weight"][index,] for index in range(len(self.inputs))]
        if self.normalize == "sum":
            positive = [max(weight, 0.0) for weight in own]
            own = [weight / (sum(positive) + self.epsilon) for weight in positive]
        if self.normalize == "softmax":
            own = [exp(weight) / sum(map(exp, own)) for weight in own]
        parts = [{place: share * value for place, value in x.items()} for x, share in zip(inputs, own, strict=True)]
        return super().values(parts, weights, times)

    def combine(self, values: Sequence[float]) -> float:
        return sum(values)


class AverageDefinition(_MergeDefinition):
    """The mean."""

    def combine(self, values: Sequence[float]) -> float:
        return sum(values) / len(values)


class MaximumDefinition(_MergeDefinition):
    """The largest."""

    def combine(self, values: Sequence[float]) -> float:
        return max(values)


class MinimumDefinition(_MergeDefinition):
    """The smallest."""

    def combine(self, values: Sequence[float]) -> float:
        return min(values)


class ConcatDefinition(Definition):
    """Along one axis the places of the first tensor, then those of the second, and so on."""

    def along(self) -> int:
        """Which of the places in an index is along the axis; the last one is the channel."""
        names = {1: ["position"], 2: ["height", "width"], 3: ["depth", "height", "width"]}
        return [*names.get(len(self.x.spatial), []), "channels"].index(self.axis)

    def sources(self) -> list[tuple[int, int]]:
        """For each place along the axis, which tensor it comes from, and which place it is there."""
        sizes = [(*x.spatial, x.channels)[self.along()] for x in self.inputs]
        return [(index, place) for index, size in enumerate(sizes) for place in range(size)]

    def shape(self) -> TensorSizes:
        sizes = [*self.x.spatial, self.x.channels]
        sizes[self.along()] = len(self.sources())
        return TensorSizes(tuple(sizes[:-1]), sizes[-1])

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        y, along, sources = {}, self.along(), self.sources()
        for at in self.shape().indices():
            index, place = sources[at[along]]
            y[at] = inputs[index][*at[:along], place, *at[along + 1 :]]
        return y

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {}, [self._fewer(index, x) for index, x in enumerate(self.inputs)][:12]

    def _fewer(self, index: int, x: TensorSizes) -> TensorSizes:
        """A few places: not equally many along the axis, 2 or 3 along each other."""
        along = self.along()
        few = [
            min(n, 1 + index % 3 if axis == along else 2 + axis % 2) for axis, n in enumerate((*x.spatial, x.channels))
        ]
        return TensorSizes(tuple(few[:-1]), few[-1])


class MatmulDefinition(Definition):
    """Rows times columns: the sum of the products of their numbers.

    The rows of a matrix are the positions in reading order, its columns the channels; or the other way round.
    """

    def matrix(self, which: int) -> list[list[Index]]:
        """The places of a tensor as rows, in the order in which the product takes them."""
        x = self.inputs[which]
        rows = [[(*at, channel) for channel in range(x.channels)] for at in x.positions()]
        is_turned = self.transpose == ("first", "second")[which]
        return [list(column) for column in zip(*rows, strict=True)] if is_turned else rows

    def shape(self) -> TensorSizes:
        rows = (self.x.channels,) if self.transpose == "first" else self.x.spatial
        return TensorSizes(rows, len(self.matrix(1)[0]))

    def multiplications(self) -> int:
        rows, columns = self.matrix(0), self.matrix(1)[0]
        return len(rows) * len(rows[0]) * len(columns)

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        a, b = inputs
        rows, columns = self.matrix(0), list(zip(*self.matrix(1), strict=True))
        y = {}
        for at, row in zip(self.shape().positions(), rows, strict=True):
            for channel, column in enumerate(columns):
                y[*at, channel] = sum(times(a[i], b[j]) for i, j in zip(row, column, strict=True))
        return y

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        first, second = (x.at_most(2, 2 + index) for index, x in enumerate(self.inputs))
        if self.transpose == "none":
            first = first._replace(channels=numbers_in(second.spatial))
        if self.transpose == "second":
            first = first._replace(channels=second.channels)
        if self.transpose == "first":
            together = numbers_in(first.spatial), *(1 for _ in second.spatial[1:])
            second = second._replace(spatial=first.spatial if first.spatial == second.spatial else together)
        yield {}, [first, second]
