"""Learned numbers: a tensor by themselves, or positions before those of a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.layers.definition import DefinedArray, Definition, Multiplier, Settings, TensorSizes, TensorValues


class LearnedDefinition(Definition):
    """The learned numbers, whatever the sample."""

    def shape(self) -> TensorSizes:
        spatial, channels = self.settings["shape"]
        return TensorSizes(tuple(spatial), channels)

    def arrays(self) -> dict[str, DefinedArray]:
        return {"value": DefinedArray((*self.shape().spatial, self.shape().channels))}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return dict(weights["value"])

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {"shape": self.shape().at_most(3, 4)}, [self.x]


class PrependDefinition(Definition):
    """The learned positions in their order, then those of the input."""

    def shape(self) -> TensorSizes:
        return TensorSizes((self.count + self.x.spatial[0],), self.x.channels)

    def arrays(self) -> dict[str, DefinedArray]:
        return {"value": DefinedArray((self.count, self.x.channels))}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = dict(weights["value"])
        for (position, channel), value in x.items():
            y[position + self.count, channel] = value
        return y

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {"count": min(self.count, 2)}, [self.x.at_most(3, 4)]
