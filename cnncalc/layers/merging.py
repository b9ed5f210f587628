"""What merges share: several tensors become one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Problem
from cnncalc.settings.shape import Shape

Sizes = tuple[int, ...]

_WAYS = {
    "positions differ": "give the branches the same strides, and the padding that keeps a size: 1 for a kernel of 3",
    "channels differ": "let them end in as many channels, with a 1×1 convolution if need be, or use `concat`",
    "ranks differ": "bring one of them to the other's form: `global_avg_pool`, `flatten` or `reshape`",
}


class Merge(Layer):
    """Tensors of the same positions, value by value or channel behind channel.

    In arithmetic, what has one position along an axis is spread over that axis of the others, a single channel over
    their channels, and a tensor without positions over all of theirs.
    """

    is_merge = True
    has_activation = True
    spreads: ClassVar[bool] = True
    """Whether anything is spread: in arithmetic."""

    @classmethod
    def keeps_shape(cls) -> bool:
        return False  # it has several inputs

    def merge_problems(
        self, shapes: Sequence[Shape], names: Sequence[str], layout: str, like: str = "NAME"
    ) -> Iterator[Problem]:
        """What keeps these tensors from being merged.

        Args:
            names: what the branches end in.
            like: how an entry names the layer whose positions most branches have.
        """
        channels = max(shape.channels for shape in shapes)
        if pair := self.parted(shapes):
            yield self._mismatch(shapes, names, layout, *pair, "positions differ", like)
            return
        for index, shape in enumerate(shapes):
            if self.spreads and shape.channels not in (1, channels):
                other = next(each for each, its in enumerate(shapes) if its.channels == channels)
                yield self._mismatch(shapes, names, layout, other, index, "channels differ")
                return

    def parted(self, shapes: Sequence[Shape]) -> tuple[int, int] | None:
        """The first two branches whose positions do not go together; None where all do."""
        spatial = positions(shapes)
        for index, shape in enumerate(shapes):
            if not (_spreads_over(shape.spatial, spatial) if self.spreads else shape.spatial == shapes[0].spatial):
                others = enumerate(shapes)
                other = next(each for each, its in others if _differ(its.spatial, shape.spatial, self.spreads))
                return min(index, other), max(index, other)
        return None

    def _mismatch(
        self,
        shapes: Sequence[Shape],
        names: Sequence[str],
        layout: str,
        first: int,
        second: int,
        why: str,
        like: str = "",
    ) -> Problem:
        first, second = sorted((first, second))
        ends = [f"branch {index + 1} ends in {names[index]}, {shapes[index].text(layout)}" for index in (first, second)]
        one, other = shapes[first].spatial, shapes[second].spatial
        ways = [_WAYS[why if len(one) == len(other) else "ranks differ"]]
        if not self.spreads and (_spreads_over(one, other) or _spreads_over(other, one)):
            ways = [f"`concat` spreads nothing: where that is meant, end the branch in `{{resize: {{like: {like}}}}}`"]
            if not (one and other):
                ways.append("a vector needs positions first: `global_avg_pool: {keep_dims: true}`, or `reshape`")
        return Problem("CNN312", "", f"the branches do not fit together: {why}", "; ".join(ends), tuple(ways))

    def merge_shape(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of the result. The tensors have no `merge_problems`."""
        return Shape(positions(shapes), max(shape.channels for shape in shapes))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        """The output for several arrays."""
        rank = max(each.ndim for each in x)
        return self.merged(xp, [_with_positions(each, rank) for each in x])

    @abstractmethod
    def merged(self, xp: Any, parts: Sequence[Any]) -> Any:
        """The same for arrays that all have positions, if any has; those of size 1 are spread."""


def positions(shapes: Sequence[Shape]) -> Sizes:
    """The positions of the result: along each axis the first size that is not 1."""
    several = [shape.spatial for shape in shapes if any(size != 1 for size in shape.spatial)]
    ranks = [len(spatial) for spatial in several] or [max(len(shape.spatial) for shape in shapes)]
    rows = [shape.spatial for shape in shapes if len(shape.spatial) == ranks[0]]
    return tuple(next((size for size in sizes if size != 1), sizes[0]) for sizes in zip(*rows, strict=True))


def is_spread(shape: Shape, spatial: Sizes, axis: int) -> bool:
    """Whether a tensor is spread over one axis of these positions."""
    return len(shape.spatial) != len(spatial) or shape.spatial[axis] != spatial[axis]


def _spreads_over(own: Sizes, spatial: Sizes) -> bool:
    """Whether a tensor of these positions has those, or can be spread over them: a single position over any."""
    if len(own) == len(spatial):
        return all(size in (1, wanted) for size, wanted in zip(own, spatial, strict=True))
    return all(size == 1 for size in own)


def _differ(one: Sizes, other: Sizes, spreads: bool) -> bool:
    """Whether tensors of these positions do not go together."""
    return one != other and not (spreads and (_spreads_over(one, other) or _spreads_over(other, one)))


def _with_positions(x: Any, rank: int) -> Any:
    """An array without positions as one with a single position."""
    return x if x.ndim == rank else x.reshape(len(x), *(1,) * (rank - 2), x.shape[-1])
