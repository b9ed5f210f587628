"""What is added to the scores of an attention: learned numbers per difference of places, or masks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from cnncalc.importing.lifting._views import Axis, Factor, joined_factors
from cnncalc.importing.lifting.rewrites._constants import numbers_of
from cnncalc.importing.lifting.rewrites._terms import made_by, sole_number
from cnncalc.importing.lifting.rewrites._tracing import Arranged, beginning, followed, way_back
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import put_together

MOST_LOOKED_THROUGH = 400
"""Operations that a mask may be calculated by."""


def is_causal(mask: Tensor, count: int) -> bool:
    """Whether a mask lets each position see itself and those before it, and no other."""
    values = numbers_of(mask)
    if values is None and mask.sizes and mask.sizes[-2:] == (count, count) and prod(mask.sizes) == count * count:
        return _hides_what_is_later(mask)
    if values is None or len(values) != count * count:
        return False
    wanted = [other <= own for own in range(count) for other in range(count)]
    if "bool" in mask.dtype:
        return [bool(value) for value in values] == wanted
    return [value == 0 for value in values] == wanted and all(v in (0, 1) or v < -1e3 for v in values)


def _hides_what_is_later(mask: Tensor) -> bool:
    """Whether a mask is -∞ where a triangle below the diagonal is 0, and 0 elsewhere; or -∞ above it."""
    if by := made_by(mask, "triangle"):
        return bool(by.settings["upper"] and by.settings["diagonal"] == 1 and _hides(by.inputs[0]))
    by = made_by(mask, "where")
    if by is None or not _hides(by.inputs[1]) or sole_number(by.inputs[2]) != 0:
        return False
    question = made_by(by.inputs[0], "equal", "not")
    if question is None or (question.name == "equal" and sole_number(question.inputs[1]) != 0):
        return False
    triangle = made_by(question.inputs[0], "triangle")
    return triangle is not None and (triangle.settings["upper"], triangle.settings["diagonal"]) == (False, 0)


def _hides(tensor: Tensor | None) -> bool:
    """Whether it is a number that a softmax makes 0 of."""
    value = sole_number(tensor)
    return value is not None and value < -1e3


def is_fixed(tensor: Tensor) -> bool:
    """Whether a tensor is calculated from constants alone that are not learned."""
    waiting, seen = [tensor], set[Tensor]()
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        if each.constant is not None:
            if each.constant.is_parameter:
                return False
        elif each.operation is None or len(seen) > MOST_LOOKED_THROUGH:
            return False
        else:
            waiting += [one for one in each.operation.inputs if one is not None]
    return True


def relative_bias(mask: Tensor, window: Sequence[int], heads: int) -> Tensor | None:
    """The table of a mask that is a learned number for each head and difference of two places in a window."""
    count = prod(window)
    table, way, made = way_back(mask, "reshape", "transpose", "identity", "cast")
    gather = table.operation
    learned = gather.inputs[0] if gather is not None and gather.name == "gather" else table
    if learned is None or learned.constant is None or not learned.constant.is_parameter:
        return None
    if gather is not None and gather.name == "gather" and gather.settings["axis"] == 0:
        return _looked_up(gather, followed(Arranged(beginning_of(table)), way, made), window, heads)
    if table.constant is not None and table.constant.stored is not None:
        return _written_out(table, followed(Arranged(beginning_of(table)), way, made), window, heads, count)
    return None


def beginning_of(tensor: Tensor) -> tuple[Axis, ...]:
    """An array without a batch as its own axes."""
    return beginning(tensor, -1)[:0] + tuple(
        (Factor(axis + 1, size),) if size != 1 else () for axis, size in enumerate(tensor.sizes or ())
    )


def _looked_up(gather: Operation, seen: Arranged | None, window: Sequence[int], heads: int) -> Tensor | None:
    table, indices = gather.inputs[:2]
    if table is None or indices is None or table.constant is None or seen is None:
        return None
    count, differences = prod(window), prod(2 * size - 1 for size in window)
    if table.sizes != (differences, heads) or not _is_by_head(seen, len(indices.sizes or ()) + 1, count, heads):
        return None
    places = numbers_of(indices)
    return table if places is not None and list(places) == places_of_differences(window) else None


def _is_by_head(seen: Arranged, features: int, count: int, heads: int) -> bool:
    """Whether a table that was looked up is arranged as (heads, queries, keys)."""
    *outer, own, others = seen.axes
    lead = joined_factors(factor for axis in outer for factor in axis)
    if lead != ((Factor(features, heads),) if heads > 1 else ()):
        return False
    if features == 2:
        return (own, others) == (((Factor(1, count, count),), (Factor(1, count),)) if count > 1 else ((), ()))
    return (own, others) == (((Factor(1, count),), (Factor(2, count),)) if count > 1 else ((), ()))


def places_of_differences(window: Sequence[int]) -> list[int]:
    """Where in the table the number of each pair of places is, the query's running slowest."""
    own = [_place(place, window) for place in product(*map(range, window))]
    return [one - other + own[-1] for one in own for other in own]


def _place(place: Sequence[int], window: Sequence[int]) -> int:
    """A place in a row of all differences. That of a difference of two is the difference of theirs, and the middle."""
    row = 0
    for step, size in zip(place, window, strict=True):
        row = row * (2 * size - 1) + step
    return row


def _written_out(array: Tensor, seen: Arranged | None, window: Sequence[int], heads: int, count: int) -> Tensor | None:
    """The table that an exporter has already looked up, if the array really repeats its numbers."""
    if seen is None or [size for size in array.sizes or () if size > 1] not in _orders(heads, count):
        return None
    values = numbers_of(array)
    if values is None:
        return None
    by_head = (array.sizes or ())[-1] != heads or heads == count
    step, row = (count * count, 1) if by_head else (1, heads)
    places = places_of_differences(window)
    firsts: dict[int, int] = {}
    for pair, place in enumerate(places):
        first = firsts.setdefault(place, pair)
        if any(values[head * step + pair * row] != values[head * step + first * row] for head in range(heads)):
            return None
    return _table(array, [firsts[place] for place in sorted(firsts)], heads, count, by_head)


def _orders(heads: int, count: int) -> list[list[int]]:
    orders = [[heads, count, count], [count, count, heads], [count * count, heads]]
    return [[size for size in order if size > 1] for order in orders]


def _table(array: Tensor, pairs: Sequence[int], heads: int, count: int, by_head: bool) -> Tensor:
    """The array that has each number once: (differences, heads)."""
    assert array.constant is not None
    assert array.constant.stored is not None
    shaped = ("reshape", (heads, count * count)) if by_head else ("reshape", (count * count, heads))
    steps = (shaped, ("transpose", (1, 0))) if by_head else (shaped,)
    rows = [array.constant.stored.then(*steps, ("take", (0, pair, pair + 1))) for pair in pairs]
    constant = Constant(
        put_together(rows),
        is_parameter=array.constant.is_parameter,
        is_statistic=array.constant.is_statistic,
        trainable=array.constant.trainable,
        identity=array.constant.identity,
    )
    return Tensor(array.name, (len(pairs), heads), array.dtype, constant)


def flattened(tensor: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """A constant in other sizes."""
    made = view_of_constant(Operation("reshape", [tensor], [Tensor(tensor.name, sizes)], {}))
    return made if isinstance(made, Tensor) else tensor
