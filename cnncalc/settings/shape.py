"""The sizes of a tensor, and the border around it."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.named_tuple import NamedTuple


class Shape(NamedTuple):
    """The sizes of a tensor without the batch: spatial sizes in order, and the channels.

    A tensor without positions (a feature vector) has no spatial sizes; its length is `channels`.
    """

    spatial: tuple[int, ...]
    channels: int

    @property
    def is_vector(self) -> bool:
        return not self.spatial

    @property
    def values(self) -> int:
        """How many numbers the tensor has."""
        return formulas.product(self.spatial) * self.channels if self.spatial else self.channels

    def sizes(self, layout: str) -> tuple[int, ...]:
        """All sizes in the order of the layout."""
        if layout == "channels_first":
            return (self.channels, *self.spatial)
        return (*self.spatial, self.channels)

    def text(self, layout: str = "channels_last") -> str:
        """The sizes joined by ×, as in 28×28×1."""
        return "×".join(map(str, self.sizes(layout)))

    @classmethod
    def of(cls, sizes: tuple[int, ...], layout: str = "channels_last") -> Shape:
        """The shape that has these sizes in this layout."""
        return cls(sizes[1:], sizes[0]) if layout == "channels_first" else cls(sizes[:-1], sizes[-1])


class NamedShapes(NamedTuple):
    """The shapes of several tensors, in order, each with its name; of a single one the name may be ""."""

    pairs: tuple[tuple[str, Shape], ...]

    @property
    def first(self) -> Shape:
        """The first shape."""
        return self.pairs[0][1]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were given."""
        return tuple(name for name, _ in self.pairs if name)

    def only(self, name: str) -> NamedShapes:
        """The shape of this name alone."""
        return NamedShapes(tuple(pair for pair in self.pairs if pair[0] == name))

    def text(self, layout: str = "channels_last") -> str:
        """The shapes as a person would write them: `100×4`, `boxes 100×4, scores 100`."""
        return ", ".join(f"{name} {shape.text(layout)}".lstrip() for name, shape in self.pairs)

    def json(self, layout: str = "channels_last") -> list[int] | dict[str, list[int]]:
        """The sizes; of named shapes by name."""
        return (
            {name: list(shape.sizes(layout)) for name, shape in self.pairs}
            if self.names
            else [*self.first.sizes(layout)]
        )


class Padding(tuple[tuple[int, int], ...]):
    """One pair (before, after) per axis, and the word that asked for them: `same`, `causal`, or ""."""

    rule: str = ""
    word: str = ""
    """What was written instead of amounts: a rule, or `valid`."""

    @classmethod
    def by(cls, rule: str, pairs: tuple[tuple[int, int], ...]) -> Padding:
        self = cls(pairs)
        self.rule = rule
        return self
