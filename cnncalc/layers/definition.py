"""What a definition is: a kind once more, written slowly from docs/spec.md and docs/numbers.md, in pure Python.

Nothing in a `definition.py` knows the formulas, the kinds or the engines that it is to judge: it reads the settings of
a layer as they were written, the convention and the sizes of the inputs, and lists windows, scatters indices, adds and
multiplies one number at a time. The proof (`cnncalc.forward.proof`) holds a layer against its definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar, NamedTuple

Index = tuple[int, ...]
"""Where a value stands: its position, and then the channel."""
TensorValues = dict[Index, float]
"""A tensor: its values by index. Arrays of weights likewise."""
Settings = dict[str, Any]

MAX_PRODUCTS = 10**4 // 2
"""Multiplications of a layer that was made small, where a single window does not need more."""


class TensorSizes(NamedTuple):
    """The sizes of a tensor: of the positions, and how many channels; a vector has no positions."""

    spatial: tuple[int, ...]
    channels: int

    def positions(self) -> Iterator[Index]:
        """Every position, in reading order."""
        return product(*map(range, self.spatial))

    def indices(self) -> Iterator[Index]:
        """The index of every value."""
        return product(*map(range, (*self.spatial, self.channels)))

    def values(self) -> int:
        """How many values there are."""
        return numbers_in((*self.spatial, self.channels))

    def at_most(self, positions: int, channels: int) -> TensorSizes:
        """No more positions along any axis, and no more channels."""
        return TensorSizes(tuple(min(n, positions) for n in self.spatial), min(self.channels, channels))


class DefinedArray(NamedTuple):
    """An array that belongs to a layer; a statistic is not learned by the gradient."""

    shape: tuple[int, ...]
    is_statistic: bool = False
    is_positive: bool = False

    def indices(self) -> Iterator[Index]:
        """The index of every number."""
        return product(*map(range, self.shape))


class Multiplier:
    """Multiplies, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, a: float, b: float) -> float:
        self.count += 1
        return a * b


class Definition:
    """A kind by its definition. Of most kinds the shape stays, nothing is learned and no multiplication counts.

    Attributes:
        settings: as they were written, by name; sizes one an axis, paddings as amounts or their rule. Each is an
            attribute too.
        inputs: the tensors that the layer reads, one but for a merge; `x` is the first.
        layout: the order in which values are laid out in a row.
    """

    reach: ClassVar[float] = 2.0
    """Inputs to compare values on are drawn from minus this to this."""
    extremes: ClassVar[tuple[float, ...]] = ()
    """Such inputs that are wanted besides."""

    def __init__(
        self, settings: Mapping[str, Any], inputs: Sequence[TensorSizes], convention: str, layout: str
    ) -> None:
        self.settings = settings
        self.inputs = inputs
        self.x = inputs[0]
        self.convention = convention
        self.layout = layout

    def __getattr__(self, name: str) -> Any:
        """A setting."""
        try:
            return self.settings[name]
        except KeyError:
            raise AttributeError(name) from None

    def is_written(self, name: str) -> bool:
        """Whether a setting stands in the spec, and not only as its default."""
        return name in self.settings.get("written", self.settings)

    # -- what it is

    def shape(self) -> TensorSizes:
        """The sizes of the output."""
        return self.x

    def borders(self) -> list[tuple[int, int]]:
        """The amounts that a padding stands for, an axis; only of a kind that has one."""
        raise NotImplementedError

    def arrays(self) -> dict[str, DefinedArray]:
        """The arrays that the layer has, by name."""
        return {}

    def moves(self) -> tuple[Fraction, ...] | None:
        """How far what is seen moves on from one output to the next, an axis; None where every output sees all."""
        return tuple(Fraction(1) for _ in self.x.spatial)

    def multiplications(self) -> int:
        """How often something is multiplied by a weight of a convolution or dense layer, for one sample."""
        return 0

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        """The output for one sample; `times` is what multiplies with such a weight."""
        return self.value(inputs[0], weights, times)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        """The same of a kind with one input."""
        raise NotImplementedError

    # -- how it is compared

    def ids(self) -> int | None:
        """How many ids there are, of a kind whose input is ids, each a row of its arrays; None where it is numbers."""
        return None

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        """Settings that are other ones, and inputs so small that every product can be made one at a time.

        Channels, filters and positions are few; what makes a difference stays: the kernel, the stride, the padding and
        the dilation, the remainder of each size by the stride (so that a last window is cut or left out as in the
        model), whether sizes divide, groups of several channels or of one, sizes of 1 that a merge spreads, parts that
        are not alike. More than one where not all axes can be long at once.
        """
        yield {}, [self.x.at_most(3, 4)]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        """The settings that concern channels alone, so that of `channels` there comes out one, or as few as can be."""
        return {}


class Unchanged(Definition):
    """The same values under the same indices."""

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return dict(x)


def numbers_in(shape: Sequence[int]) -> int:
    """How many numbers an array of this shape holds."""
    count = 1
    for size in shape:
        count *= size
    return count
