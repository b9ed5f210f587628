"""Operations that only hand values on: as few of them as possible, so that rules for others see what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import input_of, unchanged
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import Step

MOST_VALUES = 1000
"""How many numbers a constant keeps at hand."""


def same(operation: Operation) -> Written:
    """An operation that changes nothing, with these sizes."""
    x = operation.inputs[0]
    if x is None or (unchanged(operation.output) is None and not _does_nothing(operation, x)):
        return None
    return x


def _does_nothing(operation: Operation, x: Tensor) -> bool:
    if x.sizes is None or x.sizes != operation.output.sizes:
        return False
    settings = operation.settings
    if operation.name == "transpose":
        return tuple(settings["axes"]) == tuple(range(len(x.sizes)))
    if operation.name == "pad":
        return not any(any(pair) for pair in settings["pairs"])
    if operation.name == "roll":
        return not any(settings["shifts"])
    if operation.name == "slice":
        return bool(settings.get("step", 1) == 1)
    if operation.name == "dropout":
        return not settings["rate"]
    return operation.name in ("reshape", "expand")


def shaped_once(operation: Operation) -> Written:
    """One reshape for several in a row."""
    inner = input_of(operation, 0).operation
    if inner is None or inner.name != "reshape":
        return None
    return instead(operation, "reshape", [inner.inputs[0]], **operation.settings)


def turned_once(operation: Operation) -> Written:
    """One transpose for two in a row."""
    inner = input_of(operation, 0).operation
    if inner is None or inner.name != "transpose":
        return None
    axes = tuple(inner.settings["axes"][axis] for axis in operation.settings["axes"])
    return instead(operation, "transpose", [inner.inputs[0]], axes=axes)


def turned_apart(operation: Operation) -> Written:
    """A transpose of the last two axes for one between reshapes that only take the other axes together."""
    turn = input_of(operation, 0).operation
    if turn is None or turn.name != "transpose" or operation.output.sizes is None:
        return None
    first = input_of(turn, 0).operation
    if first is None or first.name != "reshape" or not _swaps_last(turn.settings["axes"]):
        return None
    x = input_of(first, 0)
    sizes = operation.output.sizes
    if x.sizes is None or len(x.sizes) != len(sizes) or first.output.sizes is None:
        return None
    if x.sizes[-2:] != first.output.sizes[-2:] or sizes != (*x.sizes[:-2], x.sizes[-1], x.sizes[-2]):
        return None
    return instead(operation, "transpose", [x], axes=swapped_last(len(sizes)))


def swapped_last(rank: int) -> tuple[int, ...]:
    """The axes of a transpose that swaps the last two."""
    return (*range(rank - 2), rank - 1, rank - 2)


def _swaps_last(axes: Sequence[int]) -> bool:
    return tuple(axes) == swapped_last(len(axes))


def view_of_constant(operation: Operation) -> Written:
    """A constant that is reshaped, transposed or cut is a constant."""
    x = operation.inputs[0]
    if x is None or x.constant is None or x.sizes is None or (sizes := operation.output.sizes) is None:
        return None
    if (step := _step(operation, x.sizes, sizes)) is None:
        return None
    constant = x.constant
    values = None if constant.values is None else _stepped(constant.values, x.sizes, step)
    stored = None if constant.stored is None else constant.stored.then(step)
    return Tensor(
        x.name,
        sizes,
        x.dtype,
        Constant(
            stored,
            values,
            is_parameter=constant.is_parameter,
            is_statistic=constant.is_statistic,
            trainable=constant.trainable,
            identity=constant.identity,
        ),
    )


def parts_of_constant(operation: Operation) -> Written:
    """The parts of a constant, each by itself."""
    x, axis, sizes = operation.inputs[0], operation.settings["axis"], operation.settings["sizes"]
    if x is None or x.constant is None:
        return None
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    return [
        Operation("slice", [x], [part], {"axis": axis, "start": start, "stop": start + size, "step": 1})
        for part, start, size in zip(operation.outputs, starts, sizes, strict=True)
    ]


def parts_of_spread(operation: Operation) -> Written:
    """The parts of a tensor along an axis that it had before it was spread along others."""
    x, settings = operation.inputs[0], operation.settings
    base = _unspread(x) if x is not None else None
    if x is None or base is None or base is x or base.constant is None or not base.sizes or not x.sizes:
        return None
    axis = settings["axis"] - len(x.sizes) + len(base.sizes)
    if axis < 0 or base.sizes[axis] != x.sizes[settings["axis"]]:
        return None
    sizes = settings["sizes"] if operation.name == "split" else [(operation.output.sizes or ())[settings["axis"]]]
    start = 0 if operation.name == "split" else max(settings["start"] or 0, 0)
    made = list[Operation]()
    for part, size in zip(operation.outputs, sizes, strict=True):
        own = Tensor(x.name, (*base.sizes[:axis], size, *base.sizes[axis + 1 :]), base.dtype)
        place = {"axis": axis, "start": start, "stop": start + size, "step": settings.get("step", 1)}
        made.append(Operation("slice", [base], [own], place))
        made.append(Operation("expand", [own], [part], {"sizes": part.sizes}))
        start += size
    return made


def _step(operation: Operation, old: tuple[int, ...], sizes: tuple[int, ...]) -> Step | None:
    settings = operation.settings
    if operation.name == "reshape" or (operation.name == "expand" and prod(old) == prod(sizes)):
        return "reshape", sizes
    if operation.name == "transpose":
        return "transpose", tuple(settings["axes"])
    if operation.name == "slice" and settings.get("step", 1) == 1:
        start = settings["start"] or 0
        start += old[settings["axis"]] if start < 0 else 0
        return "take", (settings["axis"], start, start + sizes[settings["axis"]])
    return None


def _stepped(values: Sequence[float], sizes: tuple[int, ...], step: Step) -> Sequence[float] | None:
    """The values after a step; None if they would have to be looked for among many."""
    name, how = step
    if name == "reshape" or len(values) != prod(sizes):
        return values
    if len(values) > MOST_VALUES:
        return None
    if name == "transpose":
        return [values[place] for place in places_after_transpose(sizes, how)]
    axis, start, stop = how
    inner, whole = prod(sizes[axis + 1 :]), prod(sizes[axis:])
    return [v for row in range(0, len(values), whole) for v in values[row + start * inner : row + stop * inner]]


def places_after_transpose(sizes: tuple[int, ...], axes: Sequence[int]) -> list[int]:
    """Where the values of a transposed array were, in its order."""
    strides = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    places = [0]
    for axis in axes:
        places = [place + step * strides[axis] for place in places for step in range(sizes[axis])]
    return places


def rolled(operation: Operation) -> Written:
    """What is cut off at the beginning and put at the end: `roll`."""
    axis = operation.settings["axis"]
    parts = [each.operation if each else None for each in operation.inputs]
    if len(parts) < 2 or any(part is None or part.name != "slice" for part in parts):
        return None
    cuts = [part for part in parts if part is not None]
    if len({input_of(cut, 0) for cut in cuts}) > 1 or any(not _cuts(cut, axis) for cut in cuts):
        return None
    x = input_of(cuts[0], 0)
    if x.sizes is None or x.sizes != operation.output.sizes:
        return None
    size = x.sizes[axis]
    spans = [_span(cut, size) for cut in cuts]
    if any(one[1] % size != next_[0] % size for one, next_ in pairwise((*spans, spans[0]))):
        return None
    return instead(operation, "roll", [x], shifts=(-spans[0][0],), axes=(axis,))


def taken_in_turn(operation: Operation) -> Written:
    """Single places of an axis that are taken one after the other and put in a row along another: a transpose."""
    places = [_single(each) for each in operation.inputs]
    if len(places) < 2 or any(place is None for place in places):
        return None
    found = [place for place in places if place is not None]
    (x, axis, start), along = found[0], operation.settings["axis"]
    if not x.sizes or found != [(x, axis, start + step) for step in range(len(found))]:
        return None
    made = list[Operation]()
    if len(found) < x.sizes[axis]:
        part = (*x.sizes[:axis], len(found), *x.sizes[axis + 1 :])
        made.append(before(operation, "slice", x, part, axis=axis, start=start, stop=start + len(found), step=1))
        x = made[0].output
    others = [place for place in range(len(x.sizes or ())) if place != axis]
    order = (*others[:along], axis, *others[along:])
    made.append(before(operation, "transpose", x, tuple((x.sizes or ())[place] for place in order), axes=order))
    return [*made, instead(operation, "reshape", [made[-1].output], sizes=operation.output.sizes)]


def part_of_row(operation: Operation) -> Written:
    """What was put in a row, and is taken out again."""
    x, sizes = input_of(operation, 0), operation.output.sizes
    row, axis = x.operation, operation.settings["axis"]
    if row is None or row.name != "concat" or row.settings["axis"] != axis or not x.sizes or not sizes:
        return None
    start = _span(operation, x.sizes[axis])[0]
    for part in row.inputs:
        if not start and part is not None and part.sizes == sizes and operation.settings.get("step", 1) == 1:
            return part
        start -= (part.sizes or (0,) * len(sizes))[axis] if part is not None else 0
    return None


def part_of_stack(operation: Operation) -> Written:
    """What was put in a row with others of its sizes, of which a reshape made a stack, and is taken out again."""
    x, sizes = input_of(operation, 0), operation.output.sizes
    row = input_of(x.operation, 0).operation if x.operation is not None and x.operation.name == "reshape" else None
    if row is None or row.name != "concat" or row.settings["axis"] or operation.settings["axis"] or not sizes:
        return None
    if sizes[0] != 1 or any(each is None or x.sizes != (len(row.inputs), *(each.sizes or ())) for each in row.inputs):
        return None
    return instead(operation, "reshape", [row.inputs[_span(operation, len(row.inputs))[0]]], sizes=sizes)


def _single(tensor: Tensor | None) -> tuple[Tensor, int, int] | None:
    """What a tensor is a single place of, along which axis, and the place."""
    flat = tensor.operation if tensor is not None else None
    cut = input_of(flat, 0).operation if flat is not None and flat.name == "reshape" else None
    if cut is None or cut.name != "slice" or cut.settings.get("step", 1) != 1:
        return None
    x, axis, sizes = input_of(cut, 0), cut.settings["axis"], cut.output.sizes
    if not x.sizes or not sizes or sizes[axis] != 1 or tensor is None:
        return None
    return (x, axis, _span(cut, x.sizes[axis])[0]) if tensor.sizes == (*sizes[:axis], *sizes[axis + 1 :]) else None


def _cuts(cut: Operation, axis: int) -> bool:
    return bool(cut.settings["axis"] == axis and cut.settings.get("step", 1) == 1)


def _span(cut: Operation, size: int) -> tuple[int, int]:
    """From where to where a slice goes."""
    start = cut.settings["start"] or 0
    start = max(start + size, 0) if start < 0 else min(start, size)
    assert cut.output.sizes is not None
    return start, start + cut.output.sizes[cut.settings["axis"]]


def rolled_by_indices(operation: Operation) -> Written:
    """A row that is taken along its axis from some place on, and round: `roll`; all of it in place is nothing."""
    x, indices = operation.inputs[:2]
    if x is None or x.sizes is None or indices is None or indices.constant is None or not indices.constant.values:
        return None
    axis, size = operation.settings["axis"], x.sizes[operation.settings["axis"]]
    if any(each not in range(-size, size) for each in indices.constant.values):
        return None
    values = [int(each) for each in indices.constant.values]
    if indices.sizes == () or len(indices.sizes or ()) > 1:
        return _picked(operation, x, axis, values) if indices.sizes == () else None
    if values != [(values[0] + place) % size for place in range(size)]:
        return None
    return instead(operation, "roll", [x], shifts=(-values[0],), axes=(axis,))


def _picked(operation: Operation, x: Tensor, axis: int, values: list[int]) -> Written:
    """One place along an axis, which goes: a slice and a reshape."""
    assert x.sizes is not None
    place = values[0] + (x.sizes[axis] if values[0] < 0 else 0)
    sizes = (*x.sizes[:axis], 1, *x.sizes[axis + 1 :])
    cut = before(operation, "slice", x, sizes, axis=axis, start=place, stop=place + 1, step=1)
    return [cut, instead(operation, "reshape", [cut.output], sizes=operation.output.sizes)]


def rolled_once(operation: Operation) -> Written:
    """One roll for several in a row."""
    inner = input_of(operation, 0).operation
    if inner is None or inner.name != "roll":
        return None
    shifts = (*inner.settings["shifts"], *operation.settings["shifts"])
    axes = (*inner.settings["axes"], *operation.settings["axes"])
    return instead(operation, "roll", [inner.inputs[0]], shifts=shifts, axes=axes)


def spread_once(operation: Operation) -> Written:
    """A tensor need not be spread before an operation that spreads it anyway."""
    inputs = [each and _unspread(each) for each in operation.inputs]
    sizes = operation.output.sizes
    if inputs == operation.inputs or not sizes or any(each is None or each.sizes is None for each in inputs):
        return None
    made = _spread_together([each.sizes for each in inputs if each is not None and each.sizes is not None])
    lacking = len(sizes) - len(made or sizes)
    if made is None or lacking < 0 or (1,) * lacking + made != sizes:
        return None
    if not lacking:
        return instead(operation, operation.name, inputs, **operation.settings)
    first, second = inputs
    assert first is not None
    inner = before(operation, operation.name, first, made, **operation.settings)
    inner.inputs.append(second)
    return [inner, instead(operation, "reshape", [inner.output], sizes=sizes)]


def _unspread(tensor: Tensor) -> Tensor:
    """A tensor before it was spread, also if it got axes of size 1 at the front afterwards."""
    by = tensor.operation
    if by is not None and by.name == "reshape" and by.inputs[0] is not None:
        inner = by.inputs[0]
        if inner.sizes and tensor.sizes and tensor.sizes[-len(inner.sizes) :] == inner.sizes:
            by = inner.operation
    return by.inputs[0] or tensor if by is not None and by.name == "expand" else tensor


def _spread_together(all_sizes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The sizes that NumPy spreads arrays over together."""
    rank = max(map(len, all_sizes))
    made = []
    for column in zip(*((1,) * (rank - len(sizes)) + sizes for sizes in all_sizes), strict=True):
        large = {size for size in column if size != 1}
        if len(large) > 1:
            return None
        made.append(large.pop() if large else 1)
    return tuple(made)


RULES: Rules = {
    **dict.fromkeys(("add", "sub", "mul", "div"), (spread_once,)),
    "identity": (same,),
    "cast": (same,),
    "expand": (same, view_of_constant),
    "reshape": (same, view_of_constant, shaped_once, turned_apart),
    "transpose": (same, view_of_constant, turned_once),
    "split": (parts_of_constant, parts_of_spread),
    "slice": (same, view_of_constant, parts_of_spread, part_of_row, part_of_stack),
    "pad": (same,),
    "dropout": (same,),
    "roll": (same, rolled_once),
    "concat": (rolled, taken_in_turn),
    "gather": (rolled_by_indices,),
}
