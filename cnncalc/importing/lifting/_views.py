"""The algebra of views: what a tensor of the file is, in terms of a layer's output.

A file reshapes, transposes and splits arrays; layers know positions and channels. So the walk keeps for each tensor a
`View` of a layer's output: an ordered row of axes, each a product of `Factor`s, and a factor is a piece of an axis of
that output: the batch (0), a spatial axis (1, 2, …), or the channels (the last). `reshape`, `transpose`, `squeeze` and
`expand` make another view and no layer. Only when an operation reads a tensor it says in which roles it needs the axes,
and if the output at hand does not have them so, the least layers are put between (`_arranging`).

For example a convolution makes a map of 14×14 positions and 768 channels. As PyTorch has it, the tensor is

    (batch, 768, 14, 14)      [batch] [channels] [height] [width]

and after `flatten(2).transpose(1, 2)`

    (batch, 196, 768)         [batch] [height · width] [channels]

A layer norm of the last axis reads the channels of each position, which the map has already: nothing is put between.
Sixteen heads are `reshape(batch, 196, 16, 48)`: [batch] [height · width] [channels / 48] [channels mod 48], which are
the factors (axis 3, size 16, step 48) and (axis 3, size 48, step 1). Undone, they are again one.

Axes of size 1 have no factors, the batch excepted: it is an axis of every output, whatever its size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import prod

from cnncalc.importing.draft import Source
from cnncalc.importing.operations import Operation
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

SPREAD = -1
"""The axis of a factor that repeats values: what `expand` makes."""


class Factor(NamedTuple):
    """A piece of an axis of an output.

    Attributes:
        axis: 0 is the batch, then come the spatial axes, then the channels; or `SPREAD`.
        size: how many places it has.
        step: how far apart along the axis they are.
    """

    axis: int
    size: int
    step: int = 1


Axis = tuple[Factor, ...]
"""An axis of a tensor: the product of its factors, the last of them varying fastest."""


class View(NamedTuple):
    """A tensor, as a view of an output.

    Attributes:
        source: whose output it is.
        shape: of that output.
        batch: how many samples there are in the file.
        axes: of the tensor.
        operation: the last that changed the view; None if none did.
    """

    source: Source
    shape: Shape
    batch: int
    axes: tuple[Axis, ...]
    operation: Operation | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the tensor."""
        return tuple(map(axis_size, self.axes))

    @property
    def channel_axis(self) -> int:
        """The number that the channels have in factors."""
        return len(self.shape.spatial) + 1

    def whole(self, axis: int) -> Axis:
        """A whole axis of the output, as an axis of a tensor."""
        return whole_axis(self.shape, self.batch, axis)

    def place_of(self, axis: int) -> int | None:
        """The axis of the tensor that is exactly a whole axis of the output; None if none is, or its size is 1."""
        wanted = self.whole(axis)
        return self.axes.index(wanted) if wanted and wanted in self.axes else None

    def reshaped(self, sizes: Sequence[int]) -> View | None:
        """The same values in axes of other sizes; None if an axis cannot be divided so."""
        factors = [factor for axis in self.axes for factor in axis]
        axes = regrouped(factors, sizes) or regrouped(joined_factors(factors), sizes)
        return None if axes is None else self._replace(axes=axes)

    def transposed(self, axes: Sequence[int]) -> View:
        """The axes in another order: the old place of each new one."""
        return self._replace(axes=tuple(self.axes[axis] for axis in axes))

    def expanded(self, sizes: Sequence[int]) -> View:
        """Spread over larger sizes, as by NumPy's `broadcast_to`."""
        axes = [()] * (len(sizes) - len(self.axes)) + [*self.axes]
        own = map(axis_size, axes)
        spread = [
            axis if size == now else (*axis, Factor(SPREAD, size))
            for axis, size, now in zip(axes, sizes, own, strict=True)
        ]
        return self._replace(axes=tuple(map(joined_factors, spread)))

    def over(self, source: Source, shape: Shape | None = None, **places: int) -> View:
        """The same tensor, of another output with as many axes. Where their sizes differ, `channels` says which axis of
        the tensor is the channels."""
        shape = shape or self.shape
        axes = list(self.axes)
        if "channels" in places:
            axes[places["channels"]] = whole_axis(shape, self.batch, self.channel_axis)
        return View(source, shape, self.batch, tuple(axes))

    @property
    def has_own_batch(self) -> bool:
        """Whether the batch is the first axis, and nothing else is in it."""
        return bool(self.axes) and self.axes[0] == (Factor(0, self.batch),)

    def without_lone_sample_in(self, places: Collection[int]) -> View:
        """The same tensor, with a single sample elsewhere than in these axes."""
        return self._replace(axes=with_lone_sample_outside(self.axes, places))


def with_lone_sample_outside(axes: tuple[Axis, ...], places: Collection[int]) -> tuple[Axis, ...]:
    """Where the batch of a file is a single sample and stands beside other factors in one of these axes: it may as well
    be in another, one of size 1 before any."""
    one = Factor(0, 1)
    others = [place for place in range(len(axes)) if place not in places]
    crowded = next((place for place in places if one in axes[place] and len(axes[place]) > 1), None)
    if crowded is None or not others:
        return axes
    to = next((place for place in others if not axes[place]), others[0])
    made = [*axes]
    made[crowded] = joined_factors(factor for factor in axes[crowded] if factor != one)
    made[to] = (*made[to], one)
    return tuple(made)


def whole_axis(shape: Shape, batch: int, axis: int) -> Axis:
    """A whole axis of an output; () if its size is 1."""
    if axis == 0:
        return (Factor(0, batch),)
    size = (*shape.spatial, shape.channels)[axis - 1]
    return (Factor(axis, size),) if size != 1 else ()


def view_of(source: Source, shape: Shape, batch: int, roles: Sequence[int]) -> View:
    """An output as a tensor whose axes are these axes of the output: `channels_first(2)`, for example."""
    return View(source, shape, batch, tuple(whole_axis(shape, batch, axis) for axis in roles))


def channels_first(rank: int) -> tuple[int, ...]:
    """The axes of an output as PyTorch has them: batch, channels, positions."""
    return (0, rank + 1, *range(1, rank + 1))


def channels_last(rank: int) -> tuple[int, ...]:
    """The axes of an output as they are numbered: batch, positions, channels."""
    return tuple(range(rank + 2))


def axis_size(axis: Iterable[Factor]) -> int:
    """How many places an axis of a tensor has."""
    return prod(factor.size for factor in axis)


def joined_factors(factors: Iterable[Factor]) -> Axis:
    """The same axis of as few factors as possible."""
    made: list[Factor] = []
    for factor in factors:
        if factor.size == 1 and factor.axis != 0:
            continue
        last = made[-1] if made else None
        if last and last.axis == factor.axis > 0 and last.step == factor.step * factor.size:
            made[-1] = Factor(factor.axis, last.size * factor.size, factor.step)
        elif last and last.axis == factor.axis == SPREAD:
            made[-1] = Factor(SPREAD, last.size * factor.size)
        else:
            made.append(factor)
    return tuple(made)


def regrouped(factors: Sequence[Factor], sizes: Sequence[int]) -> tuple[Axis, ...] | None:
    """A row of factors divided into axes of these sizes; None if that is impossible, or would divide the batch."""
    waiting = [*reversed(factors)]
    axes: list[Axis] = []
    for size in sizes:
        axis: list[Factor] = []
        missing = size
        while waiting and (missing > 1 or _is_lone_batch(waiting[-1], size, axis)):
            factor = waiting.pop()
            if missing % factor.size == 0:
                missing //= factor.size
                axis.append(factor)
            elif factor.axis != 0 and factor.size % missing == 0:
                rest = factor.size // missing
                axis.append(factor._replace(size=missing, step=factor.step * rest))
                waiting.append(factor._replace(size=rest))
                missing = 1
            else:
                return None
        if missing != 1:
            return None
        axes.append(joined_factors(axis))
    if waiting and axes:  # a batch of one
        axes[-1] = joined_factors([*axes[-1], *reversed(waiting)])
    return None if axis_size(factors) != prod(sizes) else tuple(axes)


def _is_lone_batch(factor: Factor, size: int, axis: list[Factor]) -> bool:
    """Whether an axis of size 1 can be the batch, of which there is one."""
    return factor.axis == 0 and factor.size == 1 == size and not axis
