"""How hard an exercise is, measured by the operations to carry out and the largest number on the way."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from cnncalc.analysis import Analysis
from cnncalc.explanation.derivation import Explainer
from cnncalc.homework.exercise.networks import LEVELS, exercise
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import Expression, expression_of

ASKED = ("output", "params", "receptive field", "field stride")
"""Quantities that the sheet asks for, or that its answers need."""


class Difficulty(NamedTuple):
    """What it takes to fill in the sheet.

    Attributes:
        steps: additions, multiplications, divisions and so on.
        largest: the largest number that comes up.
    """

    steps: int
    largest: int


def difficulty(analysis: Analysis) -> Difficulty:
    """The difficulty of a model, from the derivations that `explain` shows; equal ones, also of axes, count once."""
    steps, largest = 0, analysis.totals.params
    counting = [layer for layer in analysis.layers if layer.params]
    steps += max(len(counting) - 1, 0)  # the total
    for explanation in map(Explainer(analysis).explain, analysis.layers):
        for step in explanation.steps:
            if step.quantity.startswith(ASKED):
                operations, number = _measured(expression_of(step.number))
                steps += operations
                largest = max(largest, number) if operations else largest
    return Difficulty(steps, largest)


def _measured(expression: Expression) -> tuple[int, int]:
    """Operations in an expression, and its largest value."""
    operations, largest = int(bool(expression.operands)), expression.value
    for operand in expression.operands:
        below, value = _measured(operand)
        operations += below
        largest = max(largest, value)
    return operations, largest


def medians(seeds: Iterable[int]) -> dict[int, Difficulty]:
    """The median difficulty of each level over some seeds."""
    seeds = tuple(seeds)
    found = {}
    for level in LEVELS:
        measured = [difficulty(exercise(level, seed).analysis) for seed in seeds]
        found[level] = Difficulty(
            int(median(each.steps for each in measured)), int(median(each.largest for each in measured))
        )
    return found
