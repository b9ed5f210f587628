"""A tensor of a Keras model: what makes it, its sizes, and which of its axes are the channels."""

from __future__ import annotations

from cnncalc.importing.draft import Source
from cnncalc.settings.axes import AXES, CHANNELS
from cnncalc.settings.shape import Shape

MAX_RANK = max(AXES) + 1
"""The most axes that a tensor has besides the batch."""


class KerasTensor:
    """A tensor, without its batch.

    Attributes:
        source: the layer or input that makes it.
        sizes: in Keras' order.
        channel: which of them is that of the channels, counted from 0.
        row: of a tensor with more axes than a spec has names for: a tensor whose values are in the same order. No layer
            can read the tensor itself; it is there to be reshaped again.
    """

    __slots__ = ("channel", "row", "sizes", "source")

    def __init__(self, source: Source, sizes: tuple[int, ...], channel: int, row: KerasTensor | None = None) -> None:
        self.source = source
        self.sizes = sizes
        self.channel = channel
        self.row = row

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.sizes)

    @property
    def spatial(self) -> tuple[int, ...]:
        """The sizes of all axes but the channels."""
        return self.sizes[: self.channel] + self.sizes[self.channel + 1 :]

    @property
    def channels(self) -> int:
        """The size of the axis of the channels; of a tensor without axes, which is a single number, 1."""
        return self.sizes[self.channel] if self.sizes else 1

    @property
    def shape(self) -> Shape:
        """The same as cnncalc has it."""
        return shape_of(self.sizes, self.channel)

    def axis_name(self, axis: int) -> str:
        """What one of Keras' axes is called in a spec."""
        return axis_names(self.rank, self.channel)[axis]

    def with_channels(self, channels: int) -> tuple[int, ...]:
        """The sizes that it would have with another number of channels."""
        return with_size(self.sizes, self.channel, channels)

    def with_spatial(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        """The sizes that it would have with other positions."""
        return (*spatial[: self.channel], self.channels, *spatial[self.channel :])

    def __repr__(self) -> str:
        return f"<{self.source!r} {self.sizes}>"


def shape_of(sizes: tuple[int, ...], channel: int) -> Shape:
    """Sizes as cnncalc has them; a tensor without axes is a vector of one value."""
    return Shape((*sizes[:channel], *sizes[channel + 1 :]), sizes[channel]) if sizes else Shape((), 1)


def axis_names(rank: int, channel: int) -> tuple[str, ...]:
    """What the axes of a tensor are called in a spec, in Keras' order.

    Raises:
        ValueError: there are more than have names.
    """
    if rank > MAX_RANK:
        raise ValueError(f"{rank} axes are more than {MAX_RANK}")
    spatial = AXES[max(rank - 1, 0)]
    return (*spatial[:channel], CHANNELS, *spatial[channel:])


def with_size(sizes: tuple[int, ...], axis: int, size: int) -> tuple[int, ...]:
    """The sizes with another one along an axis."""
    return (*sizes[:axis], size, *sizes[axis + 1 :])
