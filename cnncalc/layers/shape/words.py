"""Sentences about layers that move, add or drop values."""

from __future__ import annotations

from cnncalc.layers.words import Words, times


class FlattenWords(Words):
    def channels(self) -> str:
        return "every value of the input, in one vector"


class ReshapeWords(Words):
    def unchanged(self) -> str:
        return self.channels()


class PadWords(Words):
    def channels(self) -> str:
        return "the border adds to every side"


class CropWords(Words):
    def channels(self) -> str:
        return "the border is cut off"


class UpsampleWords(Words):
    def channels(self) -> str:
        return "every position becomes several"


class ResizeWords(Words):
    def unchanged(self) -> str:
        return f"as many positions as {self.layer.like.name} has, {times(self.output.spatial)}"


class DepthToSpaceWords(Words):
    def channels(self) -> str:
        return "channels are laid out as blocks of positions"


class SpaceToDepthWords(Words):
    def channels(self) -> str:
        return "blocks of positions are stacked as channels"


class ChannelShuffleWords(Words):
    def unchanged(self) -> str:
        return "the same channels in another order: the output is as large as the input"


class SliceWords(Words):
    def channels(self) -> str:
        first, end = self.layer.channels
        return f"channels {first} to {end - 1}"
