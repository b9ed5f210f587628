"""Sentences about learned numbers."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.base import plural
from cnncalc.layers.words import Words


class LearnedWords(Words):
    learned = "numbers"

    def channels(self) -> str:
        return "as written: the layer reads nothing"

    def unchanged(self) -> str:
        return self.channels()

    def params(self) -> str:
        return "every value of the output is learned"

    def remarks(self) -> tuple[str, ...]:
        return ("it reads nothing: its numbers are the same for every input, and it sees none of it",)


class PrependWords(Words):
    learned = "positions"

    def size(self, axes: Sequence[str], index: int) -> str:
        return f"{plural(self.layer.count, 'learned position')} before those of the input"

    def params(self) -> str:
        return f"one number for each channel of {plural(self.layer.count, 'position')}"
