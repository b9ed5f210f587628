"""What merges share: several tensors become one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from cnncalc.layers.base import CHANNEL_AXIS, ITSELF, Layer, Problem, Reads, reads_in_a_row
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

Sizes = tuple[int, ...]

_WAYS = {
    "positions differ": "give the branches the same strides, and the padding that keeps a size: 1 for a kernel of 3",
    "channels differ": "give them the same number of channels, with a 1×1 convolution if necessary",
    "ranks differ": "bring one of them into the form of the other: `global_avg_pool`, `flatten` or `reshape`",
}


class SeenMatrix(NamedTuple):
    """What a product reads of one of its two matrices, as a layer with a single input says it.

    Attributes:
        is_first: whether its rows (or, transposed, its columns) are those of the result, rather than the columns.
        is_turned: whether it is transposed.
    """

    is_first: bool
    is_turned: bool

    @property
    def is_gated(self) -> bool:
        return False

    @property
    def _keeps_positions(self) -> bool:
        """Whether its positions are told apart in the result; otherwise its channels are."""
        return self.is_first is not self.is_turned

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        if not self._keeps_positions:
            return None
        return (ITSELF,) * len(x.spatial) if self.is_first else reads_in_a_row(x.spatial)

    def reads_channels(self, x: Shape) -> Reads | None:
        return None if self._keeps_positions else ITSELF

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        axes = range(len(x.spatial))
        if not self.is_first:
            return (*(CHANNEL_AXIS for _ in axes), CHANNEL_AXIS)
        return (*axes, 0 if self.is_turned else CHANNEL_AXIS)


class Merge(Layer):
    """Combines tensors with the same positions, value by value or by joining channels.

    In arithmetic, a tensor with one position along an axis is broadcast along that axis of the others, a single
    channel over their channels, and a tensor without positions over all of theirs.
    """

    is_merge = True
    has_norm = True
    has_activation = True
    spreads: ClassVar[bool] = True
    """Whether anything is broadcast, as in arithmetic."""

    multiplies_matrices: ClassVar[bool] = False
    """Whether its two tensors are matrices, of which `through` says what is read."""

    @classmethod
    def keeps_shape(cls) -> bool:
        return False  # it has several inputs

    @property
    def joins(self) -> str:
        """The axis along which the tensors follow one another; "" for arithmetic."""
        return ""

    def through(self, index: int) -> SeenMatrix:
        """What is read of one of two matrices."""
        raise NotImplementedError

    def merge_problems(
        self, shapes: Sequence[Shape], names: Sequence[str], layout: str, like: str = "NAME"
    ) -> Iterator[Problem]:
        """Why these tensors cannot be merged.

        Args:
            names: the names of the layers that the branches end in.
            like: how an entry names the layer whose positions most branches have.
        """
        channels = max(shape.channels for shape in shapes)
        if pair := self.parted(shapes):
            yield self._mismatch(shapes, names, layout, *pair, "positions differ", like)
            return
        for index, shape in enumerate(shapes):
            if not self.channels_fit(shape.channels, channels):
                other = next(each for each, its in enumerate(shapes) if its.channels == channels)
                yield self._mismatch(shapes, names, layout, other, index, "channels differ")
                return

    def channels_fit(self, channels: int, most: int) -> bool:
        """Whether a branch of this many channels fits one that has the most."""
        return channels in (1, most)

    def parted(self, shapes: Sequence[Shape]) -> tuple[int, int] | None:
        """The first two branches whose positions do not fit together; None if all do."""
        spatial = positions(shapes)
        for index, shape in enumerate(shapes):
            if not _spreads_over(shape.spatial, spatial):
                others = enumerate(shapes)
                other = next(each for each, its in others if _differ(its.spatial, shape.spatial))
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
        if why == "channels differ" and self.spreads:
            ways[0] += ", or use `concat`"
        if why == "positions differ" and not self.spreads and (_spreads_over(one, other) or _spreads_over(other, one)):
            ways = [f"`concat` does not broadcast: if that is meant, end the branch in `{{resize: {{like: {like}}}}}`"]
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
        """The output for arrays that all have positions if any does; sizes of 1 are broadcast."""


def positions(shapes: Sequence[Shape]) -> Sizes:
    """The positions of the result: along each axis the first size that is not 1."""
    several = [shape.spatial for shape in shapes if any(size != 1 for size in shape.spatial)]
    ranks = [len(spatial) for spatial in several] or [max(len(shape.spatial) for shape in shapes)]
    rows = [shape.spatial for shape in shapes if len(shape.spatial) == ranks[0]]
    return tuple(next((size for size in sizes if size != 1), sizes[0]) for sizes in zip(*rows, strict=True))


def is_spread(shape: Shape, spatial: Sizes, axis: int) -> bool:
    """Whether a tensor is broadcast along one axis of these positions."""
    return len(shape.spatial) != len(spatial) or shape.spatial[axis] != spatial[axis]


def _spreads_over(own: Sizes, spatial: Sizes) -> bool:
    """Whether a tensor with these positions has those, or can be broadcast over them: a single position over any."""
    if len(own) == len(spatial):
        return all(size in (1, wanted) for size, wanted in zip(own, spatial, strict=True))
    return all(size == 1 for size in own)


def _differ(one: Sizes, other: Sizes) -> bool:
    """Whether tensors with these positions do not fit together."""
    return one != other and not (_spreads_over(one, other) or _spreads_over(other, one))


def _with_positions(x: Any, rank: int) -> Any:
    """An array without positions as one with a single position."""
    return x if x.ndim == rank else x.reshape(len(x), *(1,) * (rank - 2), x.shape[-1])
