"""Tensors of learned numbers: by themselves, or before a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.layers.base import Initial, Layer, Reads, Weight
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import COUNT, Real, ShapeType


class _LearnedNumbers(Layer):
    since = 2
    initial = setting(Real(), "value of the numbers before training", "0")

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return self.initial


class Learned(_LearnedNumbers):
    """A tensor of learned numbers that reads nothing: queries, tokens, constants."""

    also_called = "parameter learnedtokens learnedqueries learnedtensor"
    principal = "shape"
    example = "100x256"
    reads_nothing = True
    shape = setting(ShapeType(), "the sizes of the tensor", short="{}")

    def output_shape(self, x: Shape) -> Shape:
        return self.shape

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"value": Weight((*self.shape.spatial, self.shape.channels))}

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.repeat(weights["value"][None], len(x), axis=0)


class Prepend(_LearnedNumbers):
    """Learned positions before the others of a sequence: class and register tokens."""

    also_called = "classtoken clstoken registertokens"
    principal = "count"
    example = "1"
    takes = "sequence"
    count = setting(COUNT, "how many positions", short="{}")

    def output_shape(self, x: Shape) -> Shape:
        (length,) = x.spatial
        return Shape((length + self.count,), x.channels)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"value": Weight((self.count, x.channels))}

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = xp.bordered(x, ((self.count, 0),))
        y[:, : self.count] += weights["value"]  # to zeros
        return y

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return (Reads(1, 1, (-self.count,), (-self.count,)),)
