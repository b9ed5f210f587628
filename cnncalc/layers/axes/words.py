"""Sentences about whole axes."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.layers.words import LINES, Words, join
from cnncalc.settings.axes import axes_of


class PermuteWords(Words):
    def channels(self) -> str:
        axes = axes_of(len(self.x.spatial))
        moved = [f"{axis} from {vars(self.layer)[axis]}" for axis in axes if vars(self.layer)[axis] != axis]
        return f"the same values, with other axes: {join(moved)}"

    def unchanged(self) -> str:
        return self.channels()


class ReduceWords(Words):
    numbers: ClassVar = {
        "mean": "the mean",
        "sum": "the sum",
        "max": "the largest",
        "min": "the smallest",
        "l2": "the root of the sum of the squares",
    }

    def channels(self) -> str:
        over = join([LINES[axis][1] for axis in self.layer.axes])
        return f"{self.numbers[self.layer.how]} of all {over}: one number for each of the rest"

    def unchanged(self) -> str:
        return self.channels()
