"""Merges: value by value, or channels joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Problem
from cnncalc.layers.merging import Merge
from cnncalc.settings.shape import Shape


class Add(Merge):
    """The sum, value by value."""

    also_called = "sum plus addition eltwise eltwiseadd elementwiseadd"

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.add, parts)


class Subtract(Merge):
    """The first tensor minus all others."""

    also_called = "sub minus difference"

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "keras" and len(inputs) != 2:
            message = f"Keras' Subtract takes two tensors, not {len(inputs)}"
            yield Problem("CNN531", "", message, "", ("subtract the sum of the others: `add` them first",))

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.subtract, parts)


class Multiply(Merge):
    """The product, value by value; a gate if one factor has a single number per channel."""

    also_called = "mul mult product elementwisemul"

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.multiply, parts)


class Average(Merge):
    """The mean, value by value."""

    also_called = "mean avg"

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        total = reduce(xp.add, parts)
        return xp.divide(total, len(parts), out=total if len(parts) > 1 else None)  # (a single part is an input)


class Maximum(Merge):
    """The maximum, value by value."""

    also_called = "max"

    def keeps_ids(self) -> bool:
        return True

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.maximum, parts)


class Minimum(Merge):
    """The minimum, value by value."""

    also_called = "min"

    def keeps_ids(self) -> bool:
        return True

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.minimum, parts)


class Concat(Merge):
    """All channels, one tensor after the other."""

    also_called = "cat concatenate concatenation"

    spreads = False

    def keeps_ids(self) -> bool:
        return True

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        return Shape(shapes[0].spatial, formulas.total(shape.channels for shape in shapes))

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return xp.concatenate(parts, -1)
