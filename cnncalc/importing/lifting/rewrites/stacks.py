"""Stacks of tensors: sums over them, as split attention and selective kernels sum what each path has found; and windows
of other sizes than one another, which files put one after the other."""

from __future__ import annotations

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import input_of, made_by
from cnncalc.importing.operations import Operation, Tensor
from cnncalc.named_tuple import NamedTuple

MOST_PARTS = 16


def sum_of_stack(operation: Operation) -> Written:
    """The sum along an axis that a reshape has made: of the parts that are one after the other without it."""
    axes = tuple(operation.settings["axes"])
    stack = input_of(operation, 0)
    if operation.settings["how"] != "sum" or len(axes) != 1 or not stack.sizes or not operation.output.sizes:
        return None
    axis, count = axes[0], stack.sizes[axes[0]]
    if not 1 < count <= MOST_PARTS or operation.settings.get("keep_dims"):
        return None
    if axis == len(stack.sizes) - 1 and _stacked(stack, axis) is None:
        return None  # the channels, as they were made
    made = list[Operation]()
    parts = _parts(operation, stack, axis, count, made)
    if parts is None:
        return None
    total = parts[0]
    for part in parts[1:-1]:
        made.append(_added(operation, total, part))
        total = made[-1].output
    return [*made, instead(operation, "add", [total, parts[-1]])]


def _added(operation: Operation, one: Tensor, other: Tensor) -> Operation:
    made = before(operation, "add", one, operation.output.sizes or ())
    made.inputs.append(other)
    return made


def _parts(operation: Operation, stack: Tensor, axis: int, count: int, made: list[Operation]) -> list[Tensor] | None:
    """The tensors in a stack, without its axis; operations that they need are added to those made."""
    if (product := made_by(stack, "mul")) is not None and _is_of_stacks(product, axis, count):
        return _products(operation, product, axis, count, made)
    if (stacked := _stacked(stack, axis)) is not None:
        return _flattened(operation, stacked, axis, made)
    row = _in_a_row(stack, axis, count)
    return None if row is None else _cut(operation, row, axis, count, made)


def _stacked(stack: Tensor, axis: int) -> list[Tensor] | None:
    """The tensors that are put one after the other along an axis along which each is 1."""
    by = made_by(stack, "concat")
    if by is None or by.settings["axis"] != axis:
        return None
    parts = [each for each in by.inputs if each is not None and each.sizes and each.sizes[axis] == 1]
    return parts if len(parts) == len(by.inputs) else None


def _flattened(operation: Operation, parts: list[Tensor], axis: int, made: list[Operation]) -> list[Tensor]:
    """Tensors without an axis of 1."""
    found = []
    for part in parts:
        sizes = part.sizes or ()
        flat = (*sizes[:axis], *sizes[axis + 1 :])
        made.append(before(operation, "reshape", part, flat, sizes=flat))
        found.append(made[-1].output)
    return found


def _is_of_stacks(product: Operation, axis: int, count: int) -> bool:
    sizes = [input_of(product, place).sizes or () for place in (0, 1)]
    rank = len(product.output.sizes or ())
    return all(len(each) == rank and each[axis] == count for each in sizes)


def _products(
    operation: Operation, product: Operation, axis: int, count: int, made: list[Operation]
) -> list[Tensor] | None:
    """The products of parts; or the parts of the product, where no part is there yet."""
    factors = [input_of(product, 0), input_of(product, 1)]
    rows = [_in_a_row(each, axis, count) for each in factors]
    if rows[0] is not None and rows[1] is not None and not any(map(_concatenated, rows)):
        whole, other = sorted(rows, key=lambda each: -_volume(each))
        assert whole is not None
        made.append(before(operation, "mul", whole, whole.sizes or ()))
        made[-1].inputs.append(other)
        return _cut(operation, made[-1].output, axis, count, made)
    if rows == [None, None] and not any(_stacked(each, axis) for each in factors):
        return None
    found = [_any_parts(operation, each, row, axis, count, made) for each, row in zip(factors, rows, strict=True)]
    made_ = []
    for one, other in zip(*found, strict=True):
        large, small = sorted((one, other), key=lambda each: -_volume(each))
        made.append(before(operation, "mul", large, large.sizes or ()))
        made[-1].inputs.append(small)
        made_.append(made[-1].output)
    return made_


def _volume(tensor: Tensor | None) -> int:
    product = 1
    for size in (tensor.sizes or ()) if tensor else ():
        product *= size
    return product


def _any_parts(
    operation: Operation, stack: Tensor, row: Tensor | None, axis: int, count: int, made: list[Operation]
) -> list[Tensor]:
    """The parts of a stack, whatever it is made of."""
    if (stacked := _stacked(stack, axis)) is not None:
        return _flattened(operation, stacked, axis, made)
    if row is not None:
        return _cut(operation, row, axis, count, made)
    parts = list[Tensor]()
    sizes = stack.sizes or ()
    one = (*sizes[:axis], 1, *sizes[axis + 1 :])
    for place in range(count):
        made.append(before(operation, "slice", stack, one, axis=axis, start=place, stop=place + 1, step=1))
        parts.append(made[-1].output)
    return _flattened(operation, parts, axis, made)


def _in_a_row(stack: Tensor, axis: int, count: int) -> Tensor | None:
    """What a reshape has made a stack of: the same without its axis, and so many times as long along the next one."""
    sizes = stack.sizes or ()
    by = made_by(stack, "reshape")
    row = input_of(by, 0) if by else None
    wanted = (*sizes[:axis], count * sizes[axis + 1], *sizes[axis + 2 :])
    return row if row is not None and row.sizes == wanted else None


def _concatenated(row: Tensor | None) -> Operation | None:
    return None if row is None else made_by(row, "concat")


def _cut(operation: Operation, row: Tensor, axis: int, count: int, made: list[Operation]) -> list[Tensor]:
    """So many equal parts along an axis; those that were put one after the other, if they are equal."""
    sizes = row.sizes or ()
    each = (*sizes[:axis], sizes[axis] // count, *sizes[axis + 1 :])
    by = _concatenated(row)
    if by is not None and by.settings["axis"] == axis and [one and one.sizes for one in by.inputs] == [each] * count:
        return [one for one in by.inputs if one is not None]
    parts = []
    for place in range(count):
        start = place * each[axis]
        made.append(before(operation, "slice", row, each, axis=axis, start=start, stop=start + each[axis], step=1))
        parts.append(made[-1].output)
    return parts


def gated_half(operation: Operation) -> Written:
    """The first half of an axis times an activation of the second: a gated linear unit."""
    for value, gate in ((0, 1), (1, 0)):
        first, activation = operation.inputs[value], operation.inputs[gate]
        by = made_by(activation, "sigmoid", "tanh", "relu", "gelu", "silu")
        second = by.inputs[0] if by else activation
        if first is None or second is None or (by and by.settings.get("approximate", "none") != "none"):
            continue
        whole = _half(first, 0)
        if whole is not None and whole == _half(second, 1):
            return instead(operation, "glu", [whole[0]], axis=whole[1], gate=by.name if by else "linear")
    return None


def _half(tensor: Tensor, which: int) -> tuple[Tensor, int] | None:
    """Of what a tensor is this half, and along which axis."""
    by = tensor.operation
    if by is None or by.name not in ("split", "slice") or (x := by.inputs[0]) is None or not x.sizes:
        return None
    axis = by.settings["axis"]
    if tensor.sizes is None or 2 * tensor.sizes[axis] != x.sizes[axis]:
        return None
    if by.name == "split":
        return (x, axis) if len(by.outputs) == 2 and by.outputs[which] is tensor else None
    start = (by.settings["start"] or 0) % x.sizes[axis]
    return (x, axis) if start == which * tensor.sizes[axis] and by.settings.get("step", 1) == 1 else None


def adaptive_pool(operation: Operation) -> Written:
    """The windows of a pool that is told how many there are, cut out one by one because they are not all alike."""
    axis, m, sizes = operation.settings["axis"], len(operation.inputs), operation.output.sizes or ()
    if axis < 2 or len(sizes) <= axis or sizes[axis] != m:
        return None
    first = _window(operation.inputs[0], axis)
    if first is None or first.n % m == 0 or m % first.n == 0:
        return None
    windows = [_window(each, axis) for each in operation.inputs]
    hows = {each.how for each in windows if each and each.how}
    expected = [(first.x, i * first.n // m, -(-(i + 1) * first.n // m)) for i in range(m)]
    if (
        len(hows) != 1
        or not hows <= {*_POOLS}
        or [each and (each.x, each.start, each.stop) for each in windows] != expected
    ):
        return None
    x, name = first.x, _POOLS[hows.pop()]
    inner = made_by(x, name)
    if inner is not None and (input_of(inner, 0).sizes or ())[axis:] == (x.sizes or ())[axis:]:
        x = input_of(inner, 0)  # the same pool, along the axes before this one
    return instead(operation, name, [x], size=sizes[2:])


_POOLS = {"mean": "adaptive_avg_pool", "max": "adaptive_max_pool"}


class _Window(NamedTuple):
    """Some places along an axis.

    Attributes:
        x: the tensor that they are cut out of.
        n: how many there are in it.
        start: the first.
        stop: the one behind the last.
        how: what one number is made of them; "" for one place as it is.
    """

    x: Tensor
    n: int
    start: int
    stop: int
    how: str


def _window(tensor: Tensor | None, axis: int) -> _Window | None:
    """The places along an axis that a part of a stack is made of."""
    how = ""
    if (by := made_by(tensor, "reduce")) is not None:
        if tuple(by.settings["axes"]) != (axis,) or not by.settings.get("keep_dims"):
            return None
        tensor, how = input_of(by, 0), by.settings["how"]
    cut = made_by(tensor, "slice")
    if cut is None or not cut.output.sizes or not (sizes := input_of(cut, 0).sizes):
        return None
    if cut.settings["axis"] != axis or cut.settings.get("step", 1) != 1 or not sizes[axis]:
        return None
    n, start = sizes[axis], (cut.settings["start"] or 0) % sizes[axis]
    return _Window(input_of(cut, 0), n, start, start + cut.output.sizes[axis], how)


RULES: Rules = {"reduce": (sum_of_stack,), "mul": (gated_half,), "concat": (adaptive_pool,)}
