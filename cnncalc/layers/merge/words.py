"""Sentences about merges."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.layers.words import AXES, Words, join, times
from cnncalc.settings.shape import Shape


class MergeWords(Words):
    """What all merges say."""

    of: ClassVar[str]
    """What a merge makes of its branches: `the sum of`."""

    def channels(self) -> str:
        return "value by value: as many channels as the branches have"

    def params(self) -> str:
        return "a merge has nothing to learn"

    def remarks(self) -> tuple[str, ...]:
        shapes = [times((*x.spatial, x.channels)) for x in self.inputs]
        spread = [_spread(x, self.output) if self.layer.spreads else "" for x in self.inputs]
        parts = zip(self.names, shapes, spread, strict=True)
        return (f"{self.of} {join([f'{name} ({shape}{over})' for name, shape, over in parts])}",)


def _spread(shape: Shape, merged: Shape) -> str:
    """Over what a tensor is spread in a merge: `, spread over the width`."""
    if len(shape.spatial) != len(merged.spatial):
        return ", spread over all positions"
    pairs = zip(AXES[len(merged.spatial)], shape.spatial, merged.spatial, strict=True)
    over = [f"the {axis}" for axis, own, size in pairs if own != size]
    over += ["the channels"] if shape.channels == 1 < merged.channels and shape.spatial == merged.spatial else []
    return f", spread over {join(over)}" if over else ""


class AddWords(MergeWords):
    of = "the sum of"


class SubtractWords(MergeWords):
    of = "the first minus the others:"


class MultiplyWords(MergeWords):
    of = "the product of"


class AverageWords(MergeWords):
    of = "the mean of"


class MaximumWords(MergeWords):
    of = "the largest of"


class MinimumWords(MergeWords):
    of = "the smallest of"


class ConcatWords(MergeWords):
    of = "the channels of"

    def channels(self) -> str:
        return "the channels of all branches, one behind the other"
