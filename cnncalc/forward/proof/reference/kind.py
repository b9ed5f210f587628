"""What a definition is: the answers of a kind, and what they may depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

Place = tuple[int, ...]
Values = dict[tuple[int, ...], float]
"""A tensor: its values by place, of the positions first and then the channel. Arrays of weights likewise."""


class Tensor(NamedTuple):
    """The sizes of a tensor: of the positions, and how many channels; a vector has no positions."""

    spatial: tuple[int, ...]
    channels: int

    def positions(self) -> Iterator[Place]:
        """Every position, in reading order."""
        return product(*map(range, self.spatial))

    def places(self) -> Iterator[Place]:
        """The place of every value."""
        return product(*map(range, (*self.spatial, self.channels)))


class Array(NamedTuple):
    """An array that belongs to a layer; a statistic is not learned by the gradient."""

    shape: tuple[int, ...]
    is_statistic: bool = False

    def places(self) -> Iterator[Place]:
        return product(*map(range, self.shape))


class Given(NamedTuple):
    """What a definition depends on.

    Attributes:
        settings: as they were written, by name; sizes one an axis, paddings as amounts or their rule.
        inputs: the tensors that the layer reads, one but for a merge.
        layout: the order in which values are laid out in a row.
    """

    settings: Mapping[str, Any]
    inputs: Sequence[Tensor]
    convention: str
    layout: str


class Multiplier:
    """Multiplies, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, a: float, b: float) -> float:
        self.count += 1
        return a * b


class Kind:
    """A definition. Of most kinds the shape stays, nothing is learned and no multiplication counts."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.x = given.inputs[0]

    def __getattr__(self, name: str) -> Any:
        """A setting."""
        try:
            return self.given.settings[name]
        except KeyError:
            raise AttributeError(name) from None

    def is_written(self, name: str) -> bool:
        """Whether a setting stands in the spec, and not only as its default."""
        settings = self.given.settings
        return name in settings.get("written", settings)

    def shape(self) -> Tensor:
        """The sizes of the output."""
        return self.x

    def arrays(self) -> dict[str, Array]:
        """The arrays that the layer has, by name."""
        return {}

    def moves(self) -> tuple[Fraction, ...] | None:
        """How far what is seen moves on from one output to the next, an axis; None where every output sees all."""
        return tuple(Fraction(1) for _ in self.x.spatial)

    def multiplications(self) -> int:
        """How often something is multiplied by a weight of a convolution or dense layer, for one sample."""
        return 0

    def values(self, inputs: Sequence[Values], weights: Mapping[str, Values], times: Multiplier) -> Values:
        """The output for one sample; `times` is what multiplies with such a weight."""
        return self.value(inputs[0], weights, times)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        """The same of a kind with one input."""
        raise NotImplementedError


def numbers_in(shape: Sequence[int]) -> int:
    """How many numbers an array of this shape holds."""
    count = 1
    for size in shape:
        count *= size
    return count
