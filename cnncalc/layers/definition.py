"""What a definition is: a kind written a second time, slowly, from docs/spec.md and docs/numbers.md, in pure Python.

A `definition.py` does not know the formulas, the kinds or the engines that it is to judge. It reads the settings of a
layer as written, the convention and the sizes of the inputs, and lists windows, scatters indices, adds and multiplies
one number at a time. The proof (`cnncalc.forward.proof`) compares a layer with its definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import sqrt
from typing import Any, ClassVar, NamedTuple

Index = tuple[int, ...]
"""The place of a value: its position, then the channel."""
TensorValues = dict[Index, float]
"""A tensor, or an array of weights: its values by index."""
Settings = dict[str, Any]

MAX_PRODUCTS = 10**4 // 2
"""The most multiplications of a layer that was made small, unless a single window needs more."""


class TensorSizes(NamedTuple):
    """The sizes of a tensor: its positions per axis, and its channels; a vector has no positions."""

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
        """The sizes, limited to this many positions along each axis and this many channels."""
        return TensorSizes(tuple(min(n, positions) for n in self.spatial), min(self.channels, channels))


class DefinedArray(NamedTuple):
    """An array that belongs to a layer; statistics are not learned by the gradient."""

    shape: tuple[int, ...]
    is_statistic: bool = False
    is_positive: bool = False

    def indices(self) -> Iterator[Index]:
        """The index of every number."""
        return product(*map(range, self.shape))


class Multiplier:
    """Multiplies, and counts the multiplications."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, a: float, b: float) -> float:
        self.count += 1
        return a * b


class Definition:
    """A kind by its definition. By default the shape stays the same, nothing is learned and no multiplication counts.

    Attributes:
        settings: as written, by name; sizes one per axis, paddings as amounts or as their rule. Each is also an
        attribute.
        inputs: the tensors that the layer reads, a single one except for merges; `x` is the first.
        layout: the order in which values are flattened.
    """

    reach: ClassVar[float] = 2.0
    """Inputs for comparing values are drawn from the range from minus this to this."""
    extremes: ClassVar[tuple[float, ...]] = ()
    """Additional input values to compare."""

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
        """Whether a setting is written in the spec rather than a default."""
        return name in self.settings.get("written", self.settings)

    # -- what it is

    def shape(self) -> TensorSizes:
        """The sizes of the output."""
        return self.x

    def borders(self) -> list[tuple[int, int]]:
        """The amounts that a padding means, per axis; only for a kind that has one."""
        raise NotImplementedError

    def arrays(self) -> dict[str, DefinedArray]:
        """The arrays that the layer has, by name."""
        return {}

    def moves(self) -> tuple[Fraction | None, ...] | None:
        """How far the field moves from one output to the next, per axis of the input; None for an axis that every
        output sees whole, and instead of the tuple if it sees everything."""
        return tuple(Fraction(1) for _ in self.x.spatial)

    def multiplications(self) -> int:
        """How often something is multiplied by a weight of a convolution or dense layer, for one sample."""
        return 0

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        """The output for one sample; `times` multiplies by such a weight."""
        return self.value(inputs[0], weights, times)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        """The output of a kind with one input."""
        raise NotImplementedError

    # -- how it is compared

    def ids(self) -> int | None:
        """How many ids there are, for a kind whose input is ids, each a row of its arrays; None if it is numbers."""
        return None

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        """Changed settings, and inputs so small that every product can be calculated one at a time.

        Channels, filters and positions are few; everything that makes a difference is kept: the kernel, the stride,
        the padding and the dilation, the remainder of each size by the stride (so that a last window is cut or left
        out as in the model), whether sizes divide, groups of several channels or of one, sizes of 1 that a merge
        broadcasts, unequal parts. There are several if not all axes can be long together.
        """
        yield {}, [self.x.at_most(3, 4)]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        """Settings about channels with which `channels` input channels give one output channel, or as few as
        possible."""
        return {}

    @classmethod
    def of_one_channel(cls, settings: Settings, channels: int) -> Settings:
        """The same, for a kind in which it depends on the other settings whether any is about channels."""
        return cls.one_channel(channels)


class Unchanged(Definition):
    """The same values at the same indices."""

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return dict(x)


class FilterDefinition(Definition):
    """A kind with filters, which may be standardised before use and have a learned factor each."""

    def with_gain(self, arrays: dict[str, DefinedArray]) -> dict[str, DefinedArray]:
        """Its arrays, with one factor for each filter of the kernel."""
        if not self.settings.get("gain"):
            return arrays
        return {**arrays, "gain": DefinedArray((arrays["kernel"].shape[-1],))}

    def filters_of(self, weights: Mapping[str, TensorValues]) -> TensorValues:
        """The kernel that is multiplied by; the last number of each index says of which filter a weight is."""
        used = dict(weights["kernel"])
        if self.settings.get("standardize"):
            used = self._standardized(used)
        if self.settings.get("gain"):
            used = {place: weight * weights["gain"][place[-1:]] for place, weight in used.items()}
        return used

    def _standardized(self, kernel: TensorValues) -> TensorValues:
        filters: dict[int, list[float]] = {}
        for place, weight in kernel.items():
            filters.setdefault(place[-1], []).append(weight)
        means, divisors = {}, {}
        for number, own in filters.items():
            means[number] = sum(own) / len(own)
            variance = sum((weight - means[number]) ** 2 for weight in own) / len(own)
            divisors[number] = sqrt(variance + self.epsilon) * (sqrt(len(own)) if self.standardize == "scaled" else 1)
        return {place: (weight - means[place[-1]]) / divisors[place[-1]] for place, weight in kernel.items()}


def array_for_each(what: str, x: TensorSizes) -> DefinedArray:
    """An array with one number for each channel, position or value, or one for all."""
    if what == "all":
        return DefinedArray((1,))
    spatial = () if what == "channel" else x.spatial
    return DefinedArray((*spatial, 1 if what == "position" else x.channels))


def place_for_each(what: str, place: Index) -> Index:
    """Where such an array has its number for a value."""
    *position, channel = place
    return {"channel": (channel,), "value": place, "position": (*position, 0), "all": (0,)}[what]


def numbers_in(shape: Sequence[int]) -> int:
    """How many numbers an array of this shape has."""
    count = 1
    for size in shape:
        count *= size
    return count
