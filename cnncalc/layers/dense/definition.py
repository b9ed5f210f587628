"""Layers whose every output is connected to every channel, and the table of an embedding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from cnncalc.layers.definition import (
    DefinedArray,
    Definition,
    FilterDefinition,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    numbers_in,
)


class DenseDefinition(FilterDefinition):
    """At every position (once for a vector), each unit is connected to every channel."""

    def shape(self) -> TensorSizes:
        return TensorSizes(self.x.spatial, self.units)

    def arrays(self) -> dict[str, DefinedArray]:
        kernel = {"kernel": DefinedArray((self.x.channels, self.units))}
        return self.with_gain({**kernel, "bias": DefinedArray((self.units,))} if self.bias else kernel)

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return super().moves() if self.x.spatial else None

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {"units": min(self.units, 3)}, [self.x.at_most(2, 5)]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"units": 1}

    def multiplications(self) -> int:
        return numbers_in(self.x.spatial) * self.x.channels * int(self.units)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y, kernel = {}, self.filters_of(weights)
        for position in self.x.positions():
            for unit in range(self.units):
                total = weights["bias"][unit,] if self.bias else 0.0
                for channel in range(self.x.channels):
                    total += times(x[*position, channel], kernel[channel, unit])
                y[*position, unit] = total
        return y


class EmbeddingDefinition(Definition):
    """Position i has the row of the table that the i-th value names."""

    def shape(self) -> TensorSizes:
        return TensorSizes((self.x.channels,), self.width)

    def arrays(self) -> dict[str, DefinedArray]:
        return {"table": DefinedArray((self.vocabulary, self.width))}

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return (Fraction(1),)

    def ids(self) -> int | None:
        return int(self.vocabulary)

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {"vocabulary": min(self.vocabulary, 7), "width": min(self.width, 3)}, [self.x.at_most(0, 4)]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"vocabulary": 2, "width": 1}  # one of the two ids stands for NaN

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {(i, channel): weights["table"][int(x[i,]), channel] for i, channel in self.shape().indices()}
