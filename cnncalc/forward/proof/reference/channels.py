"""Channels that are dealt out, chosen, or exchanged for positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from cnncalc.forward.proof.reference.kind import Kind, Multiplier, Place, Tensor, Values


class _Blocks(Kind):
    """Blocks of positions on the one side, channels on the other: the two directions of one correspondence."""

    def correspondence(self, coarse: Tensor, each: int) -> Iterator[tuple[Place, Place]]:
        """Places of the tensor with fewer positions, and those of the one with fewer (`each`) channels."""
        blocks = list(product(range(self.block), repeat=len(coarse.spatial)))
        insides = (
            [(inside, channel) for inside in blocks for channel in range(each)]
            if self.order == "blocks"
            else [(inside, channel) for channel in range(each) for inside in blocks]
        )
        for position in coarse.positions():
            for stacked, (inside, channel) in enumerate(insides):
                fine = tuple(i * self.block + offset for i, offset in zip(position, inside, strict=True))
                yield (*position, stacked), (*fine, channel)

    def area(self) -> int:
        """Positions of a block."""
        return len(list(product(range(self.block), repeat=len(self.x.spatial))))


class DepthToSpace(_Blocks):
    """Channels become blocks of positions."""

    def moves(self) -> tuple[Fraction, ...] | None:
        return tuple(Fraction(1, self.block) for _ in self.x.spatial)

    def shape(self) -> Tensor:
        each = len(range(0, self.x.channels, self.area()))
        return Tensor(tuple(len(range(n * self.block)) for n in self.x.spatial), each)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {fine: x[coarse] for coarse, fine in self.correspondence(self.x, self.shape().channels)}


class SpaceToDepth(_Blocks):
    """Blocks of positions become channels."""

    def moves(self) -> tuple[Fraction, ...] | None:
        return tuple(Fraction(self.block) for _ in self.x.spatial)

    def shape(self) -> Tensor:
        corners = tuple(len(range(0, n, self.block)) for n in self.x.spatial)
        return Tensor(corners, self.area() * self.x.channels)

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {coarse: x[fine] for coarse, fine in self.correspondence(self.shape(), self.x.channels)}


class ChannelShuffle(Kind):
    """In turn the first channel of every group, the second of every group, and so on."""

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        each = len(range(0, self.x.channels, self.groups))
        dealt = [group * each + index for index in range(each) for group in range(self.groups)]
        return {(*at, made): x[*at, source] for at in self.x.positions() for made, source in enumerate(dealt)}


class Slice(Kind):
    """The channels from the first to the one before the last."""

    def kept(self) -> range:
        first, stop = self.given.settings["channels"]
        return range(self.x.channels)[first:stop]

    def shape(self) -> Tensor:
        return Tensor(self.x.spatial, len(self.kept()))

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        return {(*at, made): x[*at, source] for at in self.x.positions() for made, source in enumerate(self.kept())}


KINDS = {
    "depth_to_space": DepthToSpace,
    "space_to_depth": SpaceToDepth,
    "channel_shuffle": ChannelShuffle,
    "slice": Slice,
}
