"""Operators that take parts of tensors, or put tensors together."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, prod

from cnncalc.importing.onnx._arrays import is_float
from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._lattices import is_everything
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front, pairs_of, slice_range
from cnncalc.importing.onnx.operators._views import offsets_along, reshape_to, slice_to, taken
from cnncalc.importing.operations import Constant, Tensor, counted_from_end
from cnncalc.importing.stored import put_together


def _take_slice(call: OperatorCall) -> Tensor | None:
    rank = len(call.sizes(0))
    if call.opset < 10:
        starts, ends, axes = (call.integers(name) for name in ("starts", "ends", "axes"))
        steps: list[int] | None = None
    else:
        starts, ends, axes, steps = (call.whole(place) for place in range(1, 5))
        if any(call.has(place) and call.whole(place) is None for place in range(1, 5)):
            return None
    starts, ends = starts or [], ends or []
    axes = list(range(len(starts))) if axes is None else [axis_from_front(axis, rank) for axis in axes]
    x = call.input(0)
    for start, end, axis, step in zip(starts, ends, axes, steps or [1] * len(starts), strict=True):
        size = (x.sizes or ())[axis]
        x = slice_to(call, x, axis, slice_range(start, end, step, size), counted_from_end(start, end))
    return x


def _split(call: OperatorCall) -> list[Tensor] | None:
    x, sizes = call.input(0), call.sizes(0)
    axis = axis_from_front(call.integer("axis"), len(sizes))
    counts = call.integers("split") if call.opset < 13 else call.whole(1)
    if counts is None:
        if call.has(1):
            return None
        each = -(-sizes[axis] // max(len(call.node.outputs), 1))
        counts = [max(min(each, sizes[axis] - place * each), 0) for place in range(len(call.node.outputs))]
    if sum(counts) != sizes[axis] or len(counts) != len(call.node.outputs):
        call.refuse(f"it splits {sizes[axis]} into {tuple(counts)} for {len(call.node.outputs)} outputs")
    starts = [sum(counts[:place]) for place in range(len(counts))]
    if x.constant is not None or len(counts) == 1:
        return [slice_to(call, x, axis, range(start, start + n)) for start, n in zip(starts, counts, strict=True)]
    all_sizes = [(*sizes[:axis], count, *sizes[axis + 1 :]) for count in counts]
    return call.add_all("split", [x], all_sizes, axis=axis, sizes=tuple(counts))


def translate_concat(call: OperatorCall) -> Tensor | None:
    places: Sequence[int] = range(len(call.inputs))
    rank = max((len(call.sizes(place)) for place in places), default=0)
    axis = axis_from_front(call.integer("axis"), rank)
    # PyTorch writes empty arrays of any rank, which do not count
    places = [place for place in places if prod(call.sizes(place))] or list(places[:1])
    first = call.sizes(places[0])
    rests = {(*call.sizes(place)[:axis], *call.sizes(place)[axis + 1 :]) for place in places}
    if len(rests) != 1:
        shown = [f"`{call.node.inputs[place]}` ({'×'.join(map(str, call.sizes(place)))})" for place in places]
        call.refuse(f"sizes of what it puts together do not fit, the batch included: {', '.join(shown)}")
    sizes = (*first[:axis], sum(call.sizes(place)[axis] for place in places), *first[axis + 1 :])
    if len(places) == 1:
        return call.input(places[0])
    if (joined := _joined(call, places, axis, sizes)) is not None:
        return joined
    made = call.add("concat", [call.operand(place) for place in places], sizes, axis=axis)
    fills = {call.ledger.fills.get(call.input(place)) for place in places}
    if len(fills) == 1 and (fill := fills.pop()) is not None:
        call.ledger.fills[made] = fill
    return made


def _joined(call: OperatorCall, places: Sequence[int], axis: int, sizes: Sizes) -> Tensor | None:
    """The constant that several constants are together."""
    constants = [call.input(place).constant for place in places]
    stores = [constant.stored for constant in constants if constant is not None and constant.stored is not None]
    if len(stores) != len(places):
        return None
    weights = [call.input(place) for place in places if call.ledger.may_be_weight(call.input(place))]
    inputs, dtype = [call.input(place) for place in places], call.input(places[0]).dtype
    if all(map(call.ledger.is_known, inputs)):
        return call.calculation(sizes, dtype, lambda: _one_after_the_other(call, places, axis), inputs)
    if not all(is_float(each.dtype) for each in inputs):
        return None
    return Tensor("", sizes, dtype, Constant(put_together(stores, axis), identity=_identity(weights)))


def _identity(tensors: Sequence[Tensor]) -> str:
    return next((each.constant.identity for each in tensors if each.constant is not None), "")


def _one_after_the_other(call: OperatorCall, places: Sequence[int], axis: int) -> list[float] | None:
    rows = [call.known(place) for place in places]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return None
    sizes = [call.sizes(place) for place in places]
    runs = [prod(each[axis:]) for each in sizes]
    outer = range(prod(sizes[0][:axis]))
    pairs = list(zip(known, runs, strict=True))
    return [value for number in outer for row, run in pairs for value in row[number * run : (number + 1) * run]]


def _gather(call: OperatorCall) -> Tensor | None:
    x, sizes, places = call.input(0), call.sizes(0), call.sizes(1)
    axis = axis_from_front(call.integer("axis"), len(sizes))
    new = (*sizes[:axis], *places, *sizes[axis + 1 :])
    indices = call.whole(1)
    if indices is None:
        lattice = call.ledger.lattices.get(call.input(1))
        if lattice is not None and len(sizes) == 1 and is_everything(lattice, places, sizes[0]):
            return reshape_to(call, x, new)
        table = call.operand(0)
        if len(sizes) == 2 and axis == 0 and is_float(x.dtype) and table.constant and table.constant.is_parameter:
            return call.add("embedding", [call.input(1), table], new, x.dtype, padding_id=None)
        return call.add("gather", [call.operand(0), call.input(1)], new, axis=axis)
    if any(not -sizes[axis] <= index < sizes[axis] for index in indices):
        call.refuse(f"an index is not within {sizes[axis]}")
    from_end = (indices[0] < 0, indices[-1] < 0) if indices else (False, False)
    indices = [index % sizes[axis] for index in indices]
    if (part := _even(indices)) is not None:
        return reshape_to(call, slice_to(call, x, axis, part, from_end), new)
    offsets = offsets_along(sizes, axis, indices)
    return taken(call, x, new, offsets) or call.add("gather", [call.operand(0), call.input(1)], new, axis=axis)


def _gather_nd(call: OperatorCall) -> Tensor | None:
    """GatherND, where each index is one along the first axis: how a table of relative positions is read."""
    if call.integer("batch_dims") or call.sizes(1)[-1] != 1:
        return None
    indices = reshape_to(call, call.input(1), call.sizes(1)[:-1])
    return _gather(call.with_inputs([call.input(0), indices]))


def _even(indices: Sequence[int]) -> range | None:
    """The range that indices in even distances are."""
    if not indices:
        return None
    step = indices[1] - indices[0] if len(indices) > 1 else 1
    stop = indices[-1] + (1 if step > 0 else -1)
    found = range(indices[0], stop, step) if step else range(0)
    return found if list(found) == list(indices) else None


def _pad(call: OperatorCall) -> Tensor | None:
    x, sizes = call.input(0), call.sizes(0)
    pads = call.integers("pads") if call.opset < 11 else call.whole(1)
    if pads is None or (call.has(3) and call.known(3) is None) or (call.has(2) and call.scalar(2) is None):
        return None
    axes = [axis_from_front(axis, len(sizes)) for axis in (call.whole(3) if call.has(3) else None) or range(len(sizes))]
    by_axis = dict(zip(axes, pairs_of(pads), strict=True))
    pairs = [by_axis.get(place, (0, 0)) for place in range(len(sizes))]
    for axis, (before, after) in enumerate(pairs):
        x = slice_to(call, x, axis, range(max(-before, 0), sizes[axis] - max(-after, 0)))
    wide = tuple((max(before, 0), max(after, 0)) for before, after in pairs)
    if not any(map(sum, wide)):
        return x
    mode = {"edge": "replicate", "wrap": "circular"}.get(mode := call.text("mode", "constant"), mode)
    value = (call.scalar(2) or 0.0) if call.opset >= 11 else call.number("value")
    new = tuple(size + sum(pair) for size, pair in zip(x.sizes or (), wide, strict=True))
    return call.add("pad", [x], new, pairs=wide, mode=mode, value=value)


def _count_up(call: OperatorCall) -> Tensor | None:
    """A Range of too many numbers to have them at hand."""
    start, limit, delta = (call.scalar(place) for place in range(3))
    if start is None or limit is None or not delta:
        return None
    count = max(ceil((limit - start) / delta), 0)
    return call.add("unknown", call.inputs, (count,), call.input(0).dtype, name="Range", custom="")


def _triangle(call: OperatorCall) -> Tensor | None:
    diagonal = call.scalar(1) if call.has(1) else 0
    if diagonal is None:
        return None
    is_upper = call.integer("upper", 1) == 1
    return call.add("triangle", [call.input(0)], call.sizes(0), upper=is_upper, diagonal=int(diagonal))


TRANSLATIONS: dict[str, Translation] = {
    "Trilu": _triangle,
    "Slice": _take_slice,
    "Split": _split,
    "Concat": translate_concat,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "Pad": _pad,
    "Range": _count_up,
}
