"""Sentences about merges."""

from __future__ import annotations

from cnncalc.layers.words import LINES, MergeWords


class AddWords(MergeWords):
    of = "the sum of"


class SubtractWords(MergeWords):
    of = "the first minus the others:"


class MultiplyWords(MergeWords):
    of = "the product of"


class DivideWords(MergeWords):
    of = "the first divided by the others:"


class WeightedAddWords(MergeWords):
    of = "the weighted sum of"
    learned = "weights"

    def params(self) -> str:
        return "one learned weight for each branch"


class AverageWords(MergeWords):
    of = "the mean of"


class MaximumWords(MergeWords):
    of = "the largest of"


class MinimumWords(MergeWords):
    of = "the smallest of"


class ConcatWords(MergeWords):
    def made_of(self) -> str:
        return f"the {LINES[self.layer.axis][1]} of"

    def channels(self) -> str:
        return f"{self.made_of()} all branches, one after another"
