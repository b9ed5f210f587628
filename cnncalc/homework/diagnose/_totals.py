"""Misremembered rules for the totals: what was left out of the sum, or counted with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.homework.diagnose._counts import COUNTS
from cnncalc.homework.diagnose._sizes import BATCHES
from cnncalc.homework.diagnose.misconception import Misconception, columns
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple


class Summand(NamedTuple):
    """What an entry adds to a total, as its student sees it.

    Attributes:
        number: its number in the column of the total.
        other: its number in the other column: multiply-adds for parameters, and the other way round.
        biases: how many of its parameters are biases.
        statistics: how many of its parameters are statistics of a norm.
        values: the values of its output.
        layer: the entry's own layer.
    """

    number: int
    other: int
    biases: int
    statistics: int
    values: int
    layer: Layer


class Total(NamedTuple):
    """What a total is the sum of, the values of the model's input, and how many bytes a number takes."""

    summands: Sequence[Summand]
    image: int
    bytes: int

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


def _made(
    name: str, title: str, hint: str, where: str, totals: Callable[[Total], list[int]], source: str = ""
) -> TotalRule:
    return TotalRule(Misconception(name, title, hint, columns(where), lambda case: False, source=source), totals)


def _known(name: str, totals: Callable[[Total], list[int]]) -> TotalRule:
    """A mistake that can be made in a layer's number too."""
    return TotalRule(next(each for each in COUNTS if each.name == name), totals)


def _without(is_left_out: Callable[[Layer], bool]) -> Callable[[Total], list[int]]:
    return lambda total: [sum(each.number for each in total.summands if not is_left_out(each.layer))]


def _is_convolution(layer: Layer) -> bool:
    return bool(layer.kernel_array) and not layer.is_dense


def _but_one(total: Total) -> list[int]:
    return [total.number - each.number for each in total.summands if each.number]


def _one_twice(total: Total) -> list[int]:
    return [total.number + each.number for each in total.summands if each.number]


def _largest(total: Total) -> list[int]:
    return [max(each.number for each in total.summands)] if total.summands else []


TOTALS: tuple[TotalRule, ...] = (
    _made("dense layers left out of the total", "the dense layers are missing from the sum", "The total goes on to the last layer of the network.", "params macs", _without(lambda layer: layer.is_dense)),
    _made("convolutions left out of the total", "the convolutions are missing from the sum", "The total begins at the first layer of the network.", "params macs", _without(_is_convolution)),
    _made("norms left out of the total", "the norms are missing from the sum", "Which layers learn something besides convolutions and dense layers?", "params", _without(lambda layer: layer.is_norm), source="keras.io/api/models/model: summary()"),
    _made("biases left out of the total", "the biases are missing from the sum", "The biases of every layer are parameters too.", "params",
          lambda total: [total.number - sum(each.biases for each in total.summands)]),
    _made("activations in the total", "the values of the outputs were counted as parameters", "Parameters belong to the layers, not to what comes out of them.", "params",
          lambda total: [total.number + total.values, total.number + total.values + total.image, total.values, total.values + total.image], source="cs231n.github.io/convolutional-networks#case"),
    _known("MACs for parameters", lambda total: [sum(each.other for each in total.summands)]),
    _known("parameters for MACs", lambda total: [sum(each.other for each in total.summands)]),
    _known("FLOPs for MACs", lambda total: [2 * total.number]),
    _known("MACs halved", lambda total: [total.number // 2]),
    _made("one layer left out of the total", "a layer is missing from the sum", "Go through the layers one by one: is each of them in the sum?", "params macs", _but_one),
    _made("one layer counted twice in the total", "a layer was counted twice in the sum", "Go through the sum one number at a time: which layer is each of them from?", "params macs", _one_twice),
    _made("last layer for the total", "this is the number of the last layer", "The last layer is only one of those that are added up.", "params macs",
          lambda total: [next((each.number for each in reversed(total.summands) if each.number), 0)], source="keras.io/api/models/model: summary()"),
    _made("statistics left out of the total", "the statistics of the norms were left out", "Look at what the sheet assumes: do the means and variances of the norms count?", "params",
          lambda total: [total.number - sum(each.statistics for each in total.summands)], source="keras.io/api/models/model: summary()"),
    _made("largest layer for the total", "this is the number of the largest layer", "The largest layer is only one of those that are added up.", "params macs", _largest),
    _known("batch counted", lambda total: [batch * total.number for batch in BATCHES]),
    _made("batch counted in the memory", "the memory of a whole batch was counted", "The parameters are stored once, however large a batch is.", "memory",
          lambda total: [batch * total.bytes * total.number for batch in BATCHES]),
    # -- memory: in bytes, of the parameters' sum
    _made("one byte per number", "one byte was counted per number", "The sheet says how many bytes a parameter takes.", "memory", lambda total: [total.number]),
    _made("eight bytes per number", "eight bytes were counted per number", "Eight bytes make a number of double precision: what does the sheet assume?", "memory", lambda total: [8 * total.number], source="numpy.org/doc/stable/user/basics.types.html: float64 by default"),
    _made("two bytes per number", "two bytes were counted per number", "Two bytes make a number of half precision: what does the sheet assume?", "memory", lambda total: [2 * total.number], source="Micikevicius et al. 2018"),
    _made("bits for bytes", "this is the number of bits", "Memory is given in bytes: how many bits are in one?", "memory", lambda total: [8 * total.bytes * total.number]),
    _made("activations in the memory", "the values of the outputs were counted as memory", "Only the parameters are asked for, not what passes through the network.", "memory",
          lambda total: [total.bytes * numbers for numbers in (total.number + total.values, total.number + total.values + total.image, total.values, total.values + total.image)], source="cs231n.github.io/convolutional-networks#comp"),
    _made("training in the memory", "gradients or the optimizer's numbers were counted", "What training needs besides the parameters is not asked for.", "memory",
          lambda total: [times * total.bytes * total.number for times in (2, 3, 4)], source="cs231n.github.io/convolutional-networks#comp"),
)  # fmt: skip
