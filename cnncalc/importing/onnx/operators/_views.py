"""Operators that only arrange values anew: of constants they give constants, of all else operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod

from cnncalc.importing.onnx._arrays import DTYPES, MAX_FOLDED, MAX_VALUES, is_float
from cnncalc.importing.onnx._call import MAX_WAITING, OperatorCall, Translation
from cnncalc.importing.onnx._folding import everything, repeated_numbers, strides_of, take
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front, reshaped, spread_sizes
from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.stored import Step

Offsets = Callable[[], Sequence[Sequence[int]]]
"""What is taken along each axis, found out only for arrays whose numbers are known: others may be of any size."""


def _constant_view(
    call: OperatorCall, x: Tensor, sizes: Sizes, steps: Sequence[Step], offsets: Offsets | None = None
) -> Tensor | None:
    """A constant after steps, with the numbers at these offsets of each axis (or all in their order), if it is one."""
    constant = x.constant
    if constant is None or constant.stored is None:
        return None
    ledger, viewed = call.ledger, Constant(constant.stored.then(*steps), identity=constant.identity)
    tensor = Tensor(x.name, sizes, x.dtype, viewed)

    def way() -> Sequence[float] | None:
        values = ledger.known(x)
        return values if values is None or offsets is None else take(values, offsets())

    if prod(sizes) <= MAX_VALUES:
        viewed.values = way()
    elif prod(sizes) <= MAX_FOLDED and ledger.is_known(x, even_if_unnamed=True) and ledger.depth([x]) < MAX_WAITING:
        ledger.keep_way(tensor, way, [x])
    return tensor


def reshape_to(call: OperatorCall, x: Tensor, sizes: Sizes) -> Tensor:
    """The same values with other sizes."""
    if x.sizes == sizes:
        return x
    made = _constant_view(call, x, sizes, [("reshape", sizes)]) or call.add("reshape", [x], sizes, sizes=sizes)
    return _same_fill(call, x, made)


def transpose_to(call: OperatorCall, x: Tensor, axes: Sequence[int]) -> Tensor:
    """The same values with the axes in another order."""
    sizes, axes = x.sizes or (), tuple(axes)
    if axes == tuple(range(len(sizes))):
        return x
    if sorted(axes) != list(range(len(sizes))):
        raise ValueError("no order of axes")
    new = tuple(sizes[axis] for axis in axes)

    def offsets() -> list[Sequence[int]]:
        found = everything(sizes)
        return [found[axis] for axis in axes]

    made = _constant_view(call, x, new, [("transpose", axes)], offsets)
    return _same_fill(call, x, made or call.add("transpose", [x], new, axes=axes))


def expand_to(call: OperatorCall, x: Tensor, sizes: Sizes) -> Tensor:
    """The values repeated along axes of size 1."""
    if x.sizes == sizes:
        return x
    if call.ledger.is_known(x):
        made = call.calculation(sizes, x.dtype, lambda: _repeated(call, x, sizes), [x])
        if made is not None:
            return made
    made = call.add("expand", [call.as_operand(x)], sizes, sizes=sizes)
    if prod(x.sizes or ()) == 1 and (values := call.ledger.known(x)):
        call.ledger.fills[made] = values[0]
    return _same_fill(call, x, made)


def _repeated(call: OperatorCall, x: Tensor, sizes: Sizes) -> Sequence[float] | None:
    values = call.ledger.known(x)
    return None if values is None else repeated_numbers(values, x.sizes or (), sizes)


def taken(call: OperatorCall, x: Tensor, sizes: Sizes, offsets: Offsets) -> Tensor | None:
    """The numbers of a constant at these offsets of each axis, if they are known."""
    if not call.ledger.is_known(x):
        return None
    ledger = call.ledger

    def way() -> Sequence[float] | None:
        values = ledger.known(x)
        return None if values is None else take(values, offsets())

    return call.calculation(sizes, x.dtype, way, [x])


def offsets_along(sizes: Sizes, axis: int, places: Iterable[int]) -> Offsets:
    """The offsets of some places along an axis, and of everything along the others."""

    def offsets() -> list[Sequence[int]]:
        step, found = strides_of(sizes)[axis], everything(sizes)
        return [*found[:axis], [place * step for place in places], *found[axis + 1 :]]

    return offsets


def _same_fill(call: OperatorCall, x: Tensor, made: Tensor) -> Tensor:
    if (fill := call.ledger.fills.get(x)) is not None:
        call.ledger.fills[made] = fill
    return made


def slice_to(
    call: OperatorCall, x: Tensor, axis: int, part: range, from_end: tuple[bool, bool] = (False, False)
) -> Tensor:
    """Some places along an axis, in even distances; the start and the stop may be counted from the end."""
    sizes = x.sizes or ()
    if part == range(sizes[axis]):
        return x
    if part.step < 0:
        return _flip(call, slice_to(call, x, axis, part[::-1]), axis)
    new = (*sizes[:axis], len(part), *sizes[axis + 1 :])
    if part.step == 1:
        made = _constant_view(call, x, new, [("take", (axis, part.start, part.stop))], offsets_along(sizes, axis, part))
    else:
        made = taken(call, x, new, offsets_along(sizes, axis, part))
    settings = {"axis": axis, "start": part.start, "stop": part.stop, "step": part.step, "from_end": from_end}
    return _same_fill(call, x, made or call.add("slice", [x], new, **settings))


def _flip(call: OperatorCall, x: Tensor, axis: int) -> Tensor:
    sizes = x.sizes or ()
    made = taken(call, x, sizes, offsets_along(sizes, axis, range(sizes[axis])[::-1]))
    return made or call.add("flip", [x], sizes, axes=(axis,))


# -- the operators


def _identity(call: OperatorCall) -> Tensor:
    x = call.input(0)
    if x.constant is None:
        return call.add("identity", [x], call.sizes(0))
    if not call.ledger.may_be_weight(x):
        return x
    # exporters store equal arrays once, and give each its own name by this operator
    own = Constant(x.constant.stored, x.constant.values, identity=call.node.outputs[0])
    return call.ledger_copy(x, own, x.sizes)


def _cast(call: OperatorCall) -> Tensor | None:
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


def _reshape(call: OperatorCall) -> Tensor | None:
    target = call.whole(1) if call.opset >= 5 else call.integers("shape")
    if target is None:
        target, stated = list(call.stated or ()), call.stated
        if stated is None:
            return None
    sizes = reshaped(call.sizes(0), target, call.integer("allowzero") == 1)
    if sizes is None:
        call.refuse(f"{call.sizes(0)} cannot be reshaped to {tuple(target)}")
    return reshape_to(call, call.input(0), sizes)


def _flatten(call: OperatorCall) -> Tensor:
    sizes, axis = call.sizes(0), call.integer("axis", 1)
    axis = axis + len(sizes) if axis < 0 else axis
    return reshape_to(call, call.input(0), (prod(sizes[:axis]), prod(sizes[axis:])))


def _squeeze(call: OperatorCall) -> Tensor | None:
    sizes, axes = call.sizes(0), call.axes(1, 13)
    if axes is None and call.has(1):
        return None
    found = {axis_from_front(axis, len(sizes)) for axis in axes or ()}
    if axes is None:
        found = {place for place, size in enumerate(sizes) if size == 1}
    if any(sizes[axis] != 1 for axis in found):
        call.refuse(f"an axis of {sizes} that is squeezed is not of size 1")
    return reshape_to(call, call.input(0), tuple(size for place, size in enumerate(sizes) if place not in found))


def _unsqueeze(call: OperatorCall) -> Tensor | None:
    sizes, axes = call.sizes(0), call.axes(1, 13)
    if axes is None:
        return None
    rank = len(sizes) + len(axes)
    new = {axis_from_front(axis, rank) for axis in axes}
    if len(new) != len(axes):
        call.refuse("it adds an axis twice")
    rest = iter(sizes)
    return reshape_to(call, call.input(0), tuple(1 if place in new else next(rest) for place in range(rank)))


def _transpose(call: OperatorCall) -> Tensor:
    rank = len(call.sizes(0))
    return transpose_to(call, call.input(0), call.integers("perm") or list(range(rank))[::-1])


def _expand(call: OperatorCall) -> Tensor | None:
    target = call.whole(1)
    target = list(call.stated) if target is None and call.stated else target
    if target is None:
        return None
    sizes = spread_sizes(call.sizes(0), tuple(target))
    if sizes is None:
        call.refuse(f"{call.sizes(0)} cannot be expanded to {tuple(target)}")
    return expand_to(call, call.input(0), sizes)


def _tile(call: OperatorCall) -> Tensor | None:
    times, x = call.whole(1), call.input(0)
    if times is None:
        return None
    sizes = tuple(size * count for size, count in zip(call.sizes(0), times, strict=True))
    if all(count == 1 for count in times):
        return x
    if all(size == 1 or count == 1 for size, count in zip(call.sizes(0), times, strict=True)):
        return expand_to(call, x, sizes)
    factors = times

    def offsets() -> list[Sequence[int]]:
        return [list(row) * count for row, count in zip(everything(call.sizes(0)), factors, strict=True)]

    if (made := taken(call, x, sizes, offsets)) is not None:
        return made
    return call.add("repeat", [call.operand(0)], sizes, times=tuple(times))


def _constant_of_shape(call: OperatorCall) -> Tensor | None:
    target = call.whole(0)
    target = list(call.stated) if target is None and call.stated else target
    if target is None:
        return None
    return expand_to(call, call.filling or call.made([0.0], (), "float32"), tuple(target))


TRANSLATIONS: dict[str, Translation] = {
    "Identity": _identity,
    "Cast": _cast,
    "CastLike": _cast,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Tile": _tile,
    "ConstantOfShape": _constant_of_shape,
}
