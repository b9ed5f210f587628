"""Layers whose every output is connected to every channel, and the table of an embedding."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cnncalc.forward.proof.reference.kind import Array, Kind, Multiplier, Tensor, Values, numbers_in


class Dense(Kind):
    """At every position (of a vector once) each unit meets every channel."""

    def shape(self) -> Tensor:
        return Tensor(self.x.spatial, self.units)

    def arrays(self) -> dict[str, Array]:
        kernel = {"kernel": Array((self.x.channels, self.units))}
        return {**kernel, "bias": Array((self.units,))} if self.bias else kernel

    def moves(self) -> tuple[Fraction, ...] | None:
        return super().moves() if self.x.spatial else None

    def multiplications(self) -> int:
        return numbers_in(self.x.spatial) * self.x.channels * int(self.units)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y, kernel = {}, weights["kernel"]
        for position in self.x.positions():
            for unit in range(self.units):
                total = weights["bias"][unit,] if self.bias else 0.0
                for channel in range(self.x.channels):
                    total += times(x[*position, channel], kernel[channel, unit])
                y[*position, unit] = total
        return y


class Embedding(Kind):
    """Position i holds the row of the table that the i-th value names."""

    def shape(self) -> Tensor:
        return Tensor((self.x.channels,), self.width)

    def arrays(self) -> dict[str, Array]:
        return {"table": Array((self.vocabulary, self.width))}

    def moves(self) -> tuple[Fraction, ...] | None:
        return (Fraction(1),)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {(i, channel): weights["table"][int(x[i,]), channel] for i, channel in self.shape().places()}


KINDS = {"dense": Dense, "embedding": Embedding}
