"""Merges: value by value, or channels joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from math import prod
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Initial, Problem, Weight, plural, wide
from cnncalc.layers.merging import Merge, SeenMatrix
from cnncalc.settings.axes import AXIS, CHANNELS, place_of_axis
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Choice, Real


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


class Divide(Merge):
    """The first tensor divided by all others, value by value."""

    since = 2
    also_called = "div truediv truedivide quotient"

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.divide, parts)


class WeightedAdd(Merge):
    """The sum, value by value, of each tensor times a learned weight of its own (BiFPN)."""

    since = 2
    also_called = "weightedsum weightedaddition weightedfusion fastnormalizedfusion bifpnadd"
    normalize = setting(
        Choice("none", "sum", "softmax"),
        "what becomes of the weights: nothing, relu and then each divided by the sum of all plus epsilon (the fast "
        "normalised fusion of EfficientDet), or softmax",
        "none",
        short=lambda how: "" if how == "none" else f"by {how}",
    )
    epsilon = setting(Real(above=0), "for `sum`: a small number that keeps the division from failing", "1e-4")

    def arrays(self, inputs: Sequence[Shape]) -> Mapping[str, Weight]:
        return {"weight": Weight((len(inputs),))}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return 1.0

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        shares = self._shares(xp, weights["weight"])
        return super().run(xp, [part * shares[i : i + 1] for i, part in enumerate(x)], weights)

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.add, parts)

    def _shares(self, xp: Any, own: Any) -> Any:
        """What each tensor is multiplied by."""
        if self.normalize == "none":
            return own
        values = wide(xp, xp.maximum(own, 0) if self.normalize == "sum" else xp.exp(own - own.max()))
        total = values.sum() + (values.dtype.type(self.epsilon) if self.normalize == "sum" else 0)
        return (values / total).astype(own.dtype, copy=False)


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

    since = 2
    also_called = "min"

    def keeps_ids(self) -> bool:
        return True

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.minimum, parts)


class Concat(Merge):
    """One tensor after the other: all their channels, or their positions along an axis."""

    also_called = "cat concatenate concatenation"

    spreads = False
    axis = setting(
        AXIS,
        "the axis along which they follow one another; along the others they are of the same size",
        CHANNELS,
        short=lambda axis: "" if axis == CHANNELS else f"along the {axis}",
        since=2,
    )

    def keeps_ids(self) -> bool:
        return True

    @property
    def joins(self) -> str:
        return self.axis

    def channels_fit(self, channels: int, most: int) -> bool:
        return self.axis == CHANNELS or channels == most

    def parted(self, shapes: Sequence[Shape]) -> tuple[int, int] | None:
        rank = max(len(shape.spatial) for shape in shapes)
        along = place_of_axis(self.axis, rank)
        beside = [(*shape.spatial[:along], 0, *shape.spatial[along + 1 :]) for shape in shapes]
        alike = [index for index, sizes in enumerate(beside) if sizes == beside[0]]
        other = next((index for index in range(len(shapes)) if index not in alike), None)
        return None if other is None else (0, other)

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        sizes = [shape.sizes("channels_last") for shape in shapes]
        along = place_of_axis(self.axis, len(shapes[0].spatial))
        joined = formulas.total(each[along] for each in sizes)
        return Shape.of((*sizes[0][:along], joined, *sizes[0][along + 1 :]))

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return xp.concatenate(parts, 1 + place_of_axis(self.axis, parts[0].ndim - 2))


class Matmul(Merge):
    """The product of two matrices: of each tensor a row for each position, in reading order, and a column for each
    channel."""

    since = 2
    also_called = "mm bmm dot batchmatmul matmult matrixmultiply matrixmultiplication matrixproduct"
    takes = "positions"
    spreads = False
    multiplies_matrices = multiplies_tensors = True
    transpose = setting(
        Choice("none", "first", "second"),
        "which of the two is transposed: its rows become columns",
        "none",
        short=lambda which: "" if which == "none" else f"{which} transposed",
    )

    def merge_problems(
        self, shapes: Sequence[Shape], names: Sequence[str], layout: str, like: str = "NAME"
    ) -> Iterator[Problem]:
        if len(shapes) != 2:
            message = f"`matmul` takes two branches, not {len(shapes)}"
            help = "for more matrices, write a `matmul` in a branch of another; `[]` is the current tensor"
            yield Problem("CNN205", "", message, "", (help,))
            return
        for name, shape in zip(names, shapes, strict=True):
            if shape.is_vector:
                message = f"`matmul` needs matrices, but {name} is a vector of {shape.channels:,}"
                help = "`reshape` it first: a row for each position, a column for each channel"
                yield Problem("CNN303", "", message, "", (help,))
                return
        if self._columns(shapes[0], "first") != self._rows(shapes[1], "second"):
            yield self._misfit(shapes, names)

    def _misfit(self, shapes: Sequence[Shape], names: Sequence[str]) -> Problem:
        matrices = [
            f"{name} has {_matrix(shape)}{', transposed' if self.transpose == which else ''}"
            for which, name, shape in zip(("first", "second"), names, shapes, strict=True)
        ]
        columns, rows = self._columns(shapes[0], "first"), self._rows(shapes[1], "second")
        message = f"the matrices do not fit together: {plural(columns, 'column')} and {plural(rows, 'row')}"
        fitting = [way for way in ("none", "first", "second") if self.with_settings(transpose=way)._fits(shapes)]
        ways = [f"with `transpose: {way}` they fit" for way in fitting]
        wanted = f"the second needs {plural(columns, 'channel' if self.transpose == 'second' else 'position')}"
        return Problem("CNN312", "", message, "; ".join(matrices), tuple(ways) or (wanted,))

    def _fits(self, shapes: Sequence[Shape]) -> bool:
        return self._columns(shapes[0], "first") == self._rows(shapes[1], "second")

    def _rows(self, shape: Shape, which: str) -> int:
        return shape.channels if self.transpose == which else formulas.product(shape.spatial)

    def _columns(self, shape: Shape, which: str) -> int:
        return formulas.product(shape.spatial) if self.transpose == which else shape.channels

    def parted(self, shapes: Sequence[Shape]) -> tuple[int, int] | None:
        return None  # positions need not be equal

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        first, second = shapes
        spatial = (first.channels,) if self.transpose == "first" else first.spatial
        return Shape(spatial, self._columns(second, "second"))

    def multiply_adds(self, inputs: Sequence[Shape], y: Shape) -> int:
        first, _ = inputs
        return formulas.product([*first.spatial, first.channels, y.channels])

    def through(self, index: int) -> SeenMatrix:
        return SeenMatrix(index == 0, self.transpose == ("first", "second")[index])

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        first, second = (part.reshape(len(part), prod(part.shape[1:-1]), part.shape[-1]) for part in parts)
        if self.transpose == "first":
            return xp.matmul(first.swapaxes(1, 2), second)
        y = xp.matmul(first, second.swapaxes(1, 2) if self.transpose == "second" else second)
        return y.reshape(*parts[0].shape[:-1], y.shape[-1])

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return self.merged(xp, x)  # ranks may differ


def _matrix(shape: Shape) -> str:
    """`64 rows × 3 columns`."""
    return f"{plural(formulas.product(shape.spatial), 'row')} × {plural(shape.channels, 'column')}"
