"""Sentences about layers that move, add or drop values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cnncalc.layers.base import plural
from cnncalc.layers.words import LINES, Words
from cnncalc.settings.axes import AXES


class FlattenWords(Words):
    def size(self, axes: Sequence[str], index: int) -> str:
        return "all positions in one row, row by row"

    def channels(self) -> str:
        return "every value of the input, in one vector"


class ReshapeWords(Words):
    def unchanged(self) -> str:
        return self.channels()


class _BorderWords(Words):
    does: ClassVar[str]
    """What happens at the two ends of an axis."""
    leaves: ClassVar[str]
    """What happens along an axis whose border is 0."""

    def size(self, axes: Sequence[str], index: int) -> str:
        before, after = self.layer.amounts[index]
        if not before and not after:
            return self.leaves
        if before == after:
            return f"{plural(before, 'position')} {self.does} at each end"
        return f"{plural(before, 'position')} {self.does} at the beginning, {after} at the end"


class PadWords(_BorderWords):
    does = "added"
    leaves = "nothing is added along this axis"

    def channels(self) -> str:
        before, after = self.layer.channels
        if before == after:
            return f"{plural(before, 'channel')} added on either side of those of the input"
        return f"{plural(before, 'channel')} added before those of the input, {after} after them"


class CropWords(_BorderWords):
    does = "cut off"
    leaves = "nothing is cut off along this axis"


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
    def size(self, axes: Sequence[str], index: int) -> str:
        return self._taken() if self.layer.axis == AXES[len(self.x.spatial)][index] else "all of this axis"

    def channels(self) -> str:
        return self._taken()

    def _taken(self) -> str:
        first, end = self.layer.range
        taken = f"{LINES[self.layer.axis][1]} {first} to {end - 1}"
        return taken if self.layer.step == 1 else f"one of every {self.layer.step} of {taken}"
