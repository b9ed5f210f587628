"""Misremembered rules for the totals: what was left out of the sum, or counted with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.homework.diagnose._counts import COUNTS
from cnncalc.homework.diagnose._sizes import BATCHES
from cnncalc.homework.diagnose.misconception import Misconception, columns
from cnncalc.named_tuple import NamedTuple


class Summand(NamedTuple):
    """What an entry adds to a total, as its student sees it.

    Attributes:
        number: its number in the column of the total.
        other: its number in the other column: multiply-adds for parameters, and the other way round.
        biases: how many of its parameters are biases.
        statistics: how many of its parameters are statistics of a norm.
        values: the values of its output.
        part: `dense`, `convolution`, `norm`, or "" for any other.
    """

    number: int
    other: int
    biases: int
    statistics: int
    values: int
    part: str


class Total(NamedTuple):
    """What a total is the sum of, and the values of the model's input."""

    summands: Sequence[Summand]
    image: int

    @property
    def number(self) -> int:
        return sum(each.number for each in self.summands)

    @property
    def values(self) -> int:
        """The values of all outputs."""
        return sum(each.values for each in self.summands)


class TotalRule(NamedTuple):
    """A mistake in a total, and the totals of someone who makes it."""

    mistake: Misconception
    totals: Callable[[Total], list[int]]


def _made(name: str, title: str, hint: str, where: str, totals: Callable[[Total], list[int]]) -> TotalRule:
    return TotalRule(Misconception(name, title, hint, columns(where), lambda case: False), totals)


def _known(name: str, totals: Callable[[Total], list[int]]) -> TotalRule:
    """A mistake that can be made in a layer's number too."""
    return TotalRule(next(each for each in COUNTS if each.name == name), totals)


def _without(part: str) -> Callable[[Total], list[int]]:
    return lambda total: [sum(each.number for each in total.summands if each.part != part)]


def _but_one(total: Total) -> list[int]:
    return [total.number - each.number for each in total.summands if each.number]


def _one_twice(total: Total) -> list[int]:
    return [total.number + each.number for each in total.summands if each.number]


def _largest(total: Total) -> list[int]:
    return [max(each.number for each in total.summands)] if total.summands else []


_SUM = "The total is the sum over all layers."
_BYTES = "Each parameter is stored as a number of single precision."

TOTALS: tuple[TotalRule, ...] = (
    _made("dense layers left out of the total", "the dense layers are missing in the sum", _SUM, "params macs", _without("dense")),
    _made("convolutions left out of the total", "the convolutions are missing in the sum", _SUM, "params macs", _without("convolution")),
    _made("norms left out of the total", "the norms are missing in the sum", _SUM, "params", _without("norm")),
    _made("biases left out of the total", "the biases are missing in the sum", "The biases of every layer are parameters too.", "params",
          lambda total: [total.number - sum(each.biases for each in total.summands)]),
    _made("activations in the total", "the values of the outputs were counted", "Parameters belong to the layers, not to what comes out of them.", "params",
          lambda total: [total.number + total.values, total.number + total.values + total.image, total.values, total.values + total.image]),
    _known("MACs for parameters", lambda total: [sum(each.other for each in total.summands)]),
    _known("parameters for MACs", lambda total: [sum(each.other for each in total.summands)]),
    _known("FLOPs for MACs", lambda total: [2 * total.number]),
    _known("MACs halved", lambda total: [total.number // 2]),
    _made("one layer left out of the total", "a layer is missing in the sum", _SUM, "params macs", _but_one),
    _made("one layer counted twice in the total", "a layer was counted twice in the sum", _SUM, "params macs", _one_twice),
    _made("last layer for the total", "this is the number of the last layer", _SUM, "params macs",
          lambda total: [next((each.number for each in reversed(total.summands) if each.number), 0)]),
    _made("statistics left out of the total", "the statistics of the norms were left out", "In this convention, mean and variance count as well.", "params",
          lambda total: [total.number - sum(each.statistics for each in total.summands)]),
    _made("largest layer for the total", "this is the number of the largest layer", _SUM, "params macs", _largest),
    _known("batch counted", lambda total: [batch * total.number for batch in BATCHES]),
    _made("batch counted in the memory", "a batch was counted", "The sheet asks about the memory of the parameters.", "memory",
          lambda total: [batch * 4 * total.number for batch in BATCHES]),
    # -- memory: in bytes, of the parameters' sum
    _made("one byte per number", "one byte was counted per number", _BYTES, "memory", lambda total: [total.number]),
    _made("eight bytes per number", "eight bytes were counted per number", _BYTES, "memory", lambda total: [8 * total.number]),
    _made("two bytes per number", "two bytes were counted per number", _BYTES, "memory", lambda total: [2 * total.number]),
    _made("bits for bytes", "these are bits", "A byte has eight bits.", "memory", lambda total: [32 * total.number]),
    _made("activations in the memory", "the values of the outputs were counted", "The sheet asks about the memory of the parameters.", "memory",
          lambda total: [4 * (total.number + total.values), 4 * (total.number + total.values + total.image), 4 * total.values, 4 * (total.values + total.image)]),
    _made("training in the memory", "gradients or the optimizer's numbers were counted", "The sheet asks about the memory of the parameters.", "memory",
          lambda total: [times * 4 * total.number for times in (2, 3, 4)]),
)  # fmt: skip
