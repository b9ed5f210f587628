"""Sums of tensors, each times a number of its own out of one learned row (BiFPN's fusion): `weighted_add`."""

from __future__ import annotations

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, instead
from cnncalc.importing.lifting.rewrites._terms import are_one, input_of, made_by, quotients, sums_with_numbers
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import TAKE
from cnncalc.named_tuple import NamedTuple

MOST_PARTS = 16
DEEPEST_CHAIN = 4
"""Between a row and one of its numbers: a slice, a reshape, a cast."""


class Shares(NamedTuple):
    """A row of learned numbers, and what becomes of them before they are factors.

    Attributes:
        row: the array.
        normalize: as the kind has it.
        epsilon: for `sum`.
    """

    row: Tensor
    normalize: str = "none"
    epsilon: float = 0.0

    def is_same(self, other: Shares) -> bool:
        """Whether both are one."""
        return are_one(self.row, other.row) and self[1:] == other[1:]


class Weighted(NamedTuple):
    """A tensor times one of the numbers."""

    tensor: Tensor
    shares: Shares
    place: int


def weighted_sum(operation: Operation) -> Written:
    """A sum in which each number of a row is a factor once."""
    terms = _terms(operation.output, operation.output.sizes)
    parts = [found for term in terms if (found := _weighted(term)) is not None]
    if not 1 < len(parts) == len(terms) or not all(each.shares.is_same(parts[0].shares) for each in parts):
        return None
    shares = parts[0].shares
    if sorted(each.place for each in parts) != list(range((shares.row.sizes or ())[0])):
        return None
    in_order = sorted(parts, key=lambda each: each.place)
    settings = {"normalize": shares.normalize} | ({"epsilon": shares.epsilon} if shares.epsilon else {})
    return instead(operation, "weighted_add", [*(each.tensor for each in in_order), shares.row], **settings)


def _terms(total: Tensor, sizes: tuple[int, ...] | None) -> list[Tensor]:
    """What is added, one after the other."""
    terms, waiting = list[Tensor](), [total]
    while waiting and len(terms) <= MOST_PARTS:
        tensor = waiting.pop()
        by = made_by(tensor, "add")
        if by is None or by.output.sizes != sizes:
            terms.append(tensor)
        else:
            waiting += [input_of(by, 1), input_of(by, 0)]
    return [*terms, *waiting]


def _weighted(term: Tensor) -> Weighted | None:
    """A term as a tensor times a number of a row; the numbers may be divided before the product, or with it."""
    for x, below in (*quotients(term), (term, None)):
        by = made_by(x, "mul")
        for one, other in ((0, 1), (1, 0)) if by is not None else ():
            assert by is not None
            number = input_of(by, other)
            for numerator, total in (*quotients(number), (number, None)):
                place = _place_in_row(numerator)
                divisor = below if below is not None else total
                if place is None or (below is not None and total is not None):
                    continue
                shares = _shares(place[0]) if divisor is None else _divided(place[0], divisor)
                if shares is not None:
                    return Weighted(input_of(by, one), shares, place[1])
    return None


def _place_in_row(number: Tensor) -> tuple[Tensor, int] | None:
    """The row that a number is taken from, and its place there."""
    for _ in range(DEEPEST_CHAIN):
        if number.constant is not None:
            return _place_in_array(number, number.constant)
        by = number.operation
        if by is None or by.name not in ("reshape", "slice") or (x := by.inputs[0]) is None:
            return None
        if by.name == "slice":
            is_row = len(x.sizes or ()) == 1 and by.output.sizes == (1,)
            return (x, by.settings["start"] % (x.sizes or ())[0]) if is_row else None
        number = input_of(by, 0)
    return None


def _place_in_array(number: Tensor, constant: Constant) -> tuple[Tensor, int] | None:
    """The same for a part of an array of the file."""
    stored = constant.stored
    if stored is None or not constant.is_parameter or len(stored.sizes) != 1 or stored.joined or not stored.steps:
        return None
    (word, part), *others = stored.steps
    if word != TAKE or part[1] + 1 != part[2] or any(word == TAKE for word, _ in others) or stored.shape is None:
        return None
    whole = Constant(
        stored._replace(steps=()), is_parameter=True, trainable=constant.trainable, identity=constant.identity
    )
    return Tensor(number.name, stored.sizes, number.dtype, whole), part[1]


def _shares(row: Tensor) -> Shares | None:
    """A row of factors as learned numbers."""
    if row.constant is not None:
        return Shares(row) if row.constant.is_parameter else None
    if (by := made_by(row, "softmax")) is not None:
        learned = input_of(by, 0)
        return Shares(learned, "softmax") if learned.constant is not None else None
    return next((found for above, below in quotients(row) if (found := _divided(above, below))), None)


def _divided(row: Tensor, total: Tensor) -> Shares | None:
    """A row of which all that is negative is 0, divided by its sum and a small number."""
    own = _not_negative(row)
    for epsilon, added in sums_with_numbers(total) if own is not None else ():
        by = made_by(_without_axes(added), "reduce")
        if by is None or by.settings["how"] != "sum" or epsilon <= 0:
            continue
        summed = _not_negative(input_of(by, 0))
        if own is not None and summed is not None and are_one(own, summed):
            return Shares(own, "sum", epsilon)
    return None


def _not_negative(row: Tensor) -> Tensor | None:
    by = made_by(row, "relu")
    return input_of(by, 0) if by is not None and input_of(by, 0).constant is not None else None


def _without_axes(tensor: Tensor) -> Tensor:
    by = made_by(tensor, "reshape", "expand")
    return tensor if by is None else input_of(by, 0)


RULES: Rules = {"add": (weighted_sum,)}
