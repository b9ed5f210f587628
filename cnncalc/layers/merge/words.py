"""Sentences about merges."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.words import LINES, MergeWords


class AddWords(MergeWords):
    of = "the sum of"
    sign = "+"


class SubtractWords(MergeWords):
    of = "the first minus the others:"
    sign = "−"


class MultiplyWords(MergeWords):
    of = "the product of"
    sign = "×"


class DivideWords(MergeWords):
    of = "the first divided by the others:"
    sign = "÷"


class WeightedAddWords(MergeWords):
    of = "the weighted sum of"
    sign = "+"
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


class MatmulWords(MergeWords):
    def made_of(self) -> str:
        turned = {"none": "", "first": " (the first transposed)", "second": " (the second transposed)"}
        return f"the matrix product{turned[self.layer.transpose]} of"

    def size(self, axes: Sequence[str], index: int) -> str:
        return "a row for each channel of the first matrix"

    def channels(self) -> str:
        per = "position" if self.layer.transpose == "second" else "channel"
        return f"a column for each {per} of the second matrix"

    def macs(self) -> str:
        factors = {"none": "a row of the first times a column", "second": "a row of the first times a row"}
        times = factors.get(self.layer.transpose, "a column of the first times a column")
        per = "position" if self.layer.transpose == "first" else "channel"
        return f"every output is {times} of the second: a product for each {per} of the first, added up"

    def remarks(self) -> tuple[str, ...]:
        return (*super().remarks(), "the rows of a matrix are positions, in reading order; its columns are channels")
