"""Merges: several tensors, value by value or channel after channel.

A tensor of one position along an axis, or of a single channel, has its value wherever the others have several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.forward.proof.reference.kind import Kind, Multiplier, Place, Tensor, Values


def _place(shape: Tensor, position: Place) -> Place:
    """Where a tensor has its value for a position of the result."""
    if len(shape.spatial) != len(position):
        return (0,) * len(shape.spatial)
    return tuple(i if n > 1 else 0 for i, n in zip(position, shape.spatial, strict=True))


class Merge(Kind):
    """The positions are those of the inputs, of each axis the largest."""

    def positions(self) -> tuple[int, ...]:
        shapes = [shape.spatial for shape in self.given.inputs]
        several = [spatial for spatial in shapes if set(spatial) - {1}] or shapes
        rank = max(map(len, several))
        return tuple(max(sizes) for sizes in zip(*(each for each in several if len(each) == rank), strict=True))

    def shape(self) -> Tensor:
        return Tensor(self.positions(), max(shape.channels for shape in self.given.inputs))

    def combine(self, values: Sequence[float]) -> float:
        """The value of the result for those of the inputs."""
        raise NotImplementedError

    def values(self, inputs: Sequence[Values], weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for *at, channel in self.shape().places():
            y[*at, channel] = self.combine(
                [
                    x[*_place(shape, tuple(at)), channel if shape.channels > 1 else 0]
                    for x, shape in zip(inputs, self.given.inputs, strict=True)
                ]
            )
        return y


class Add(Merge):
    def combine(self, values: Sequence[float]) -> float:
        return sum(values)


class Subtract(Merge):
    def combine(self, values: Sequence[float]) -> float:
        return values[0] - sum(values[1:])


class Multiply(Merge):
    def combine(self, values: Sequence[float]) -> float:
        result = 1.0
        for value in values:
            result *= value
        return result


class Average(Merge):
    def combine(self, values: Sequence[float]) -> float:
        return sum(values) / len(values)


class Maximum(Merge):
    def combine(self, values: Sequence[float]) -> float:
        return max(values)


class Concat(Merge):
    """The channels of the first tensor, then those of the second, and so on."""

    def shape(self) -> Tensor:
        return Tensor(self.positions(), len(self.sources()))

    def sources(self) -> list[tuple[int, int]]:
        """Of each channel, which tensor it comes from, and which channel it is there."""
        return [(index, channel) for index, shape in enumerate(self.given.inputs) for channel in range(shape.channels)]

    def values(self, inputs: Sequence[Values], weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {
            (*at, made): inputs[index][*_place(self.given.inputs[index], at), channel]
            for at in self.shape().positions()
            for made, (index, channel) in enumerate(self.sources())
        }


KINDS = {
    "add": Add,
    "subtract": Subtract,
    "multiply": Multiply,
    "average": Average,
    "maximum": Maximum,
    "concat": Concat,
}
