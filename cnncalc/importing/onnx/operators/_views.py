"""Operators that only arrange values anew: of constants they give constants, of all else operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from cnncalc.importing.onnx._arrays import DTYPES, is_float
from cnncalc.importing.onnx._call import Call
from cnncalc.importing.onnx._folding import everything, repeated, strides, take
from cnncalc.importing.onnx._sizes import Sizes, axis_of, reshaped, spread
from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.stored import Step, Stored


def constant_view(
    call: Call, x: Tensor, sizes: Sizes, steps: Sequence[Step], offsets: Iterable[Sequence[int]] | None = None
) -> Tensor | None:
    """A constant after steps, with the numbers at these offsets of each axis, if it is a constant."""
    constant = x.constant
    if constant is None or constant.stored is None:
        return None
    values = call.ledger.known(x)
    if values is not None and offsets is not None:
        values = take(values, offsets) if call.ledger.may_calculate(prod(sizes)) else None
    viewed = Constant(constant.stored.then(*steps), None, identity=constant.identity)
    tensor = Tensor(x.name, sizes, x.dtype, viewed)
    if values is not None:
        _give(call, tensor, values)
    return tensor


def _give(call: Call, tensor: Tensor, values: Sequence[float]) -> None:
    if tensor.constant and len(values) <= 1000:
        tensor.constant.values = values
    else:
        call.ledger.keep(tensor, values)


def joined_stored(stores: Sequence[Stored], along: int) -> Stored | None:
    """Several arrays one after the other, if they can be said so."""
    return None if stores[0].joined else stores[0]._replace(joined=tuple(stores[1:]), along=along)


def reshape_to(call: Call, x: Tensor, sizes: Sizes) -> Tensor:
    """The same values with other sizes."""
    if x.sizes == sizes:
        return x
    made = constant_view(call, x, sizes, [("reshape", sizes)]) or call.add("reshape", [x], sizes, sizes=sizes)
    return _same_fill(call, x, made)


def transpose_to(call: Call, x: Tensor, axes: Sequence[int]) -> Tensor:
    """The same values with the axes in another order."""
    sizes, axes = x.sizes or (), tuple(axes)
    if axes == tuple(range(len(sizes))):
        return x
    if sorted(axes) != list(range(len(sizes))):
        raise ValueError("no order of axes")
    new, all_offsets = tuple(sizes[axis] for axis in axes), everything(sizes)
    made = constant_view(call, x, new, [("transpose", axes)], [all_offsets[axis] for axis in axes])
    return _same_fill(call, x, made or call.add("transpose", [x], new, axes=axes))


def expand_to(call: Call, x: Tensor, sizes: Sizes) -> Tensor:
    """The values repeated along axes of size 1."""
    if x.sizes == sizes:
        return x
    values = call.ledger.known(x)
    is_learned = call.ledger.may_be_weight(x)
    if values is not None and not is_learned and call.ledger.may_calculate(prod(sizes)):
        return call.made(repeated(values, x.sizes or (), sizes), sizes, x.dtype)
    made = call.add("expand", [call.as_parameter(x) if is_learned else x], sizes, sizes=sizes)
    if values is not None and len(set(values)) == 1:
        call.ledger.fills[made] = values[0]
    return _same_fill(call, x, made)


def _same_fill(call: Call, x: Tensor, made: Tensor) -> Tensor:
    if (fill := call.ledger.fills.get(x)) is not None:
        call.ledger.fills[made] = fill
    return made


def slice_to(call: Call, x: Tensor, axis: int, part: range) -> Tensor:
    """Some places along an axis, in even distances."""
    sizes = x.sizes or ()
    if part == range(sizes[axis]):
        return x
    if part.step < 0:
        return _flip(call, slice_to(call, x, axis, part[::-1]), axis)
    new = (*sizes[:axis], len(part), *sizes[axis + 1 :])
    if part.step == 1:
        offsets: list[Sequence[int]] = list(everything(sizes))
        offsets[axis] = [place * strides(sizes)[axis] for place in part] if call.ledger.known(x) is not None else []
        made = constant_view(call, x, new, [("take", (axis, part.start, part.stop))], offsets)
        if made is not None:
            return made
    elif (values := call.ledger.known(x)) is not None and call.ledger.may_calculate(prod(new)):
        offsets = list(everything(sizes))
        offsets[axis] = [place * strides(sizes)[axis] for place in part]
        return call.made(take(values, offsets), new, x.dtype)
    made = call.add("slice", [x], new, axis=axis, start=part.start, stop=part.stop, step=part.step)
    return _same_fill(call, x, made)


def _flip(call: Call, x: Tensor, axis: int) -> Tensor:
    sizes, values = x.sizes or (), call.ledger.known(x)
    if values is not None and call.ledger.may_calculate(len(values)):
        offsets: list[Sequence[int]] = list(everything(sizes))
        offsets[axis] = offsets[axis][::-1]
        return call.made(take(values, offsets), sizes, x.dtype)
    return call.add("flip", [x], sizes, axes=(axis,))


# -- the operators


def identity(call: Call) -> Tensor:
    x = call.input(0)
    if x.constant is None:
        return call.add("identity", [x], call.sizes(0))
    # exporters store equal arrays once, and give each its own name by this operator
    own = call.ledger_copy(x, Constant(x.constant.stored, x.constant.values), x.sizes)
    assert own.constant
    own.constant.identity = call.node.outputs[0] if x.constant.identity else ""
    return own


def cast(call: Call) -> Tensor | None:
    dtype = call.input(1).dtype if call.node.operator == "CastLike" else DTYPES.get(call.integer("to", 1))
    x = call.input(0)
    if dtype is None or dtype == "string":
        return None
    if is_float(dtype) and is_float(x.dtype):
        if x.constant is not None:
            made = call.ledger_copy(x, x.constant, x.sizes)
            made.dtype = dtype
            return made
        return call.add("identity", [x], call.sizes(0), dtype)
    return _same_fill(call, x, call.add("cast", [x], call.sizes(0), dtype, to=dtype))


def reshape(call: Call) -> Tensor | None:
    target = call.whole(1) if call.opset >= 5 else call.integers("shape")
    if target is None:
        target, stated = list(call.stated or ()), call.stated
        if stated is None:
            return None
    sizes = reshaped(call.sizes(0), target, call.integer("allowzero") == 1)
    if sizes is None:
        call.refuse(f"{call.sizes(0)} cannot be reshaped to {tuple(target)}")
    return reshape_to(call, call.input(0), sizes)


def flatten(call: Call) -> Tensor:
    sizes, axis = call.sizes(0), call.integer("axis", 1)
    axis = axis + len(sizes) if axis < 0 else axis
    return reshape_to(call, call.input(0), (prod(sizes[:axis]), prod(sizes[axis:])))


def squeeze(call: Call) -> Tensor | None:
    sizes, axes = call.sizes(0), call.axes(1, 13)
    if axes is None and call.has(1):
        return None
    found = {axis_of(axis, len(sizes)) for axis in axes or ()}
    if axes is None:
        found = {place for place, size in enumerate(sizes) if size == 1}
    if any(sizes[axis] != 1 for axis in found):
        call.refuse(f"an axis of {sizes} that is squeezed is not of size 1")
    return reshape_to(call, call.input(0), tuple(size for place, size in enumerate(sizes) if place not in found))


def unsqueeze(call: Call) -> Tensor | None:
    sizes, axes = call.sizes(0), call.axes(1, 13)
    if axes is None:
        return None
    rank = len(sizes) + len(axes)
    new = {axis_of(axis, rank) for axis in axes}
    if len(new) != len(axes):
        call.refuse("it adds an axis twice")
    rest = iter(sizes)
    return reshape_to(call, call.input(0), tuple(1 if place in new else next(rest) for place in range(rank)))


def transpose(call: Call) -> Tensor:
    rank = len(call.sizes(0))
    return transpose_to(call, call.input(0), call.integers("perm") or list(range(rank))[::-1])


def expand(call: Call) -> Tensor | None:
    target = call.whole(1)
    target = list(call.stated) if target is None and call.stated else target
    if target is None:
        return None
    sizes = spread(call.sizes(0), tuple(target))
    if sizes is None:
        call.refuse(f"{call.sizes(0)} cannot be expanded to {tuple(target)}")
    return expand_to(call, call.input(0), sizes)


def tile(call: Call) -> Tensor | None:
    times, x = call.whole(1), call.input(0)
    if times is None:
        return None
    sizes = tuple(size * count for size, count in zip(call.sizes(0), times, strict=True))
    if all(count == 1 for count in times):
        return x
    values = call.known(0)
    if values is not None and not call.ledger.may_be_weight(x) and call.ledger.may_calculate(prod(sizes)):
        offsets = [list(row) * count for row, count in zip(everything(call.sizes(0)), times, strict=True)]
        return call.made(take(values, offsets), sizes, x.dtype)
    return call.add("repeat", [call.operand(0)], sizes, times=tuple(times))


def constant_of_shape(call: Call) -> Tensor | None:
    target = call.whole(0)
    target = list(call.stated) if target is None and call.stated else target
    if target is None:
        return None
    return expand_to(call, call.filling or call.made([0.0], (), "float32"), tuple(target))


VIEWS = {
    "Identity": identity,
    "Cast": cast,
    "CastLike": cast,
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Expand": expand,
    "Tile": tile,
    "ConstantOfShape": constant_of_shape,
}
