"""Merges: several tensors become one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Problem
from cnncalc.spec.settings import Shape

_WAYS = {
    "positions differ": "give the branches the same strides, and the padding that keeps a size: 1 for a kernel of 3",
    "channels differ": "let them end in as many channels, with a 1×1 convolution if need be, or use `concat`",
    "ranks differ": "bring one of them to the other's form: `global_avg_pool`, `flatten` or `reshape`",
}


class Merge(Layer):
    """Tensors of the same positions, value by value or channel behind channel.

    A tensor without positions, or with one, is spread over the positions of the others.
    """

    has_activation = True
    spreads_channels: ClassVar[bool] = True
    """Whether a single channel is spread over the channels of the others."""

    @classmethod
    def keeps_shape(cls) -> bool:
        return False  # it has several inputs

    def merge_problems(self, shapes: Sequence[Shape], names: Sequence[str], layout: str) -> Iterator[Problem]:
        """What keeps these tensors from being merged; `names` are what the branches end in."""
        spatial = positions(shapes)
        for index, shape in enumerate(shapes):
            if not is_spread(shape, spatial) and shape.spatial != spatial:
                other = next(each for each, its in enumerate(shapes) if its.spatial == spatial)
                yield self._mismatch(shapes, names, layout, other, index, "positions differ")
                return
        channels = max(shape.channels for shape in shapes)
        if self.spreads_channels:
            for index, shape in enumerate(shapes):
                if shape.channels not in (1, channels):
                    other = next(each for each, its in enumerate(shapes) if its.channels == channels)
                    yield self._mismatch(shapes, names, layout, other, index, "channels differ")
                    return

    def _mismatch(
        self, shapes: Sequence[Shape], names: Sequence[str], layout: str, first: int, second: int, why: str
    ) -> Problem:
        first, second = sorted((first, second))
        ends = [f"branch {index + 1} ends in {names[index]}, {shapes[index].text(layout)}" for index in (first, second)]
        has_one_rank = len(shapes[first].spatial) == len(shapes[second].spatial)
        way = _WAYS[why if has_one_rank else "ranks differ"]
        return Problem("CNN312", "", f"the branches do not fit together: {why}", "; ".join(ends), (way,))

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of the result. The tensors have no `merge_problems`."""
        return Shape(positions(shapes), max(shape.channels for shape in shapes))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        """The output for several arrays."""
        rank = max(each.ndim for each in x)
        return self.merged(xp, [_with_positions(each, rank) for each in x])

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        """The same for arrays that all have positions, if any has; those of size 1 are spread."""
        raise NotImplementedError


def positions(shapes: Sequence[Shape]) -> tuple[int, ...]:
    """The positions of the result: those of the first tensor that has more than one."""
    with_positions = [shape.spatial for shape in shapes if shape.spatial]
    several = [spatial for spatial in with_positions if any(size != 1 for size in spatial)]
    return (several or with_positions or [()])[0]


def is_spread(shape: Shape, spatial: tuple[int, ...]) -> bool:
    """Whether a tensor is spread over these positions."""
    return shape.spatial != spatial and all(size == 1 for size in shape.spatial)


def _with_positions(x: Any, rank: int) -> Any:
    """An array without positions as one with a single position."""
    return x if x.ndim == rank else x.reshape(len(x), *(1,) * (rank - 2), x.shape[-1])


class Add(Merge):
    """The sum, value by value."""

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.add, parts)


class Subtract(Merge):
    """The first tensor minus all others."""

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.subtract, parts)


class Multiply(Merge):
    """The product, value by value; a gate where one factor is a number a channel."""

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.multiply, parts)


class Average(Merge):
    """The mean, value by value."""

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.add, parts) / len(parts)


class Maximum(Merge):
    """The largest, value by value."""

    def keeps_ids(self) -> bool:
        return True

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        return reduce(xp.maximum, parts)


class Concat(Merge):
    """Channel behind channel."""

    spreads_channels = False

    def keeps_ids(self) -> bool:
        return True

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        return Shape(positions(shapes), sum(shape.channels for shape in shapes))

    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        spatial = xp.broadcast_shapes(*(part.shape[1:-1] for part in parts))
        return xp.concatenate([xp.broadcast_to(part, (len(part), *spatial, part.shape[-1])) for part in parts], -1)
