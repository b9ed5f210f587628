"""Calculating with constants: what exporters write out of sizes, indices and scales.

Numbers are in a row, the last axis varying fastest. Whatever only moves numbers is one thing: for each axis of the
result the offsets of what it takes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import prod

from cnncalc.importing.onnx._arrays import DTYPES, is_float
from cnncalc.importing.onnx._call import Call
from cnncalc.importing.onnx._sizes import Sizes, axis_of, reduced, spread
from cnncalc.importing.operations import Tensor

Numbers = Sequence[float]


def strides(sizes: Sizes) -> list[int]:
    """How far apart neighbours along each axis are."""
    return list(accumulate(reversed(sizes[1:]), operator.mul, initial=1))[::-1] if sizes else []


def take(values: Numbers, offsets: Iterable[Sequence[int]]) -> list[float]:
    """The numbers at all sums of one offset per axis."""
    places = [0]
    for along in offsets:
        places = [place + offset for place in places for offset in along]
    return [values[place] for place in places]


def everything(sizes: Sizes) -> list[range]:
    """The offsets that take all there is."""
    return [range(0, size * step, step) for size, step in zip(sizes, strides(sizes), strict=True)]


def repeated(values: Numbers, sizes: Sizes, target: Sizes) -> Numbers:
    """The numbers of an array that is spread to larger sizes."""
    if sizes == target:
        return values
    if len(values) == 1:
        return [values[0]] * prod(target)
    filled = (1,) * (len(target) - len(sizes)) + sizes
    steps = strides(filled)
    return take(
        values,
        (
            [0] * size if own == 1 else range(0, size * step, step)
            for size, own, step in zip(target, filled, steps, strict=True)
        ),
    )


def transposed(values: Numbers, sizes: Sizes, axes: Sequence[int]) -> list[float]:
    """With other axes first."""
    offsets = everything(sizes)
    return take(values, (offsets[axis] for axis in axes))


def gathered(values: Numbers, sizes: Sizes, axis: int, indices: Sequence[int]) -> list[float]:
    """Some places along an axis."""
    offsets: list[Sequence[int]] = list(everything(sizes))
    step = strides(sizes)[axis]
    offsets[axis] = [index % sizes[axis] * step for index in indices]
    return take(values, offsets)


# -- arithmetic


def _divide(a: float, b: float) -> float:
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)  # towards zero
    return a / b


def _modulo(a: float, b: float) -> float:
    return a % b


_BINARY: dict[str, Callable[[float, float], float]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": _divide,
    "Mod": _modulo,
    "Pow": operator.pow,
    "Min": min,
    "Max": max,
    "Sum": operator.add,
}
_COMPARING: dict[str, Callable[[float, float], bool]] = {
    "Equal": operator.eq,
    "Less": operator.lt,
    "Greater": operator.gt,
    "LessOrEqual": operator.le,
    "GreaterOrEqual": operator.ge,
    "And": lambda a, b: bool(a) and bool(b),
    "Or": lambda a, b: bool(a) or bool(b),
    "Xor": lambda a, b: bool(a) != bool(b),
}
_UNARY: dict[str, Callable[[float], float]] = {
    "Neg": operator.neg,
    "Abs": abs,
    "Sqrt": math.sqrt,
    "Exp": math.exp,
    "Log": math.log,
    "Sin": math.sin,
    "Cos": math.cos,
    "Floor": math.floor,
    "Ceil": math.ceil,
    "Round": round,
    "Not": lambda a: not a,
    "Sign": lambda a: (a > 0) - (a < 0),
    "Reciprocal": lambda a: 1 / a,
    "Erf": math.erf,
    "Tanh": math.tanh,
    "Relu": lambda a: max(a, 0),
    "Sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "Identity": lambda a: a,
}
_REDUCING: dict[str, Callable[[Numbers], float]] = {
    "ReduceProd": prod,
    "ReduceSum": sum,
    "ReduceMax": max,
    "ReduceMin": min,
    "ReduceMean": lambda values: sum(values) / len(values),
}


def fold(call: Call) -> Tensor | None:
    """The constant that an operator gives, if it is one that is calculated and all its inputs are known."""
    name = call.node.operator
    if name in ("Shape", "Size"):
        return _fold_sizes(call)
    way = next((way for names, way in _WAYS if name in names), None)
    inputs = [each for each in call.inputs if each is not None]
    if way is None or any(call.ledger.may_be_weight(each) or call.ledger.known(each) is None for each in inputs):
        return None
    return way(call)


def _fold_sizes(call: Call) -> Tensor | None:
    sizes = call.input(0).sizes
    if sizes is None:
        return None
    if call.node.operator == "Size":
        return call.made([prod(sizes)], (), "int64")
    part = sizes[slice(call.integer("start"), call.integer("end", len(sizes)))]
    return call.made(part, (len(part),), "int64")


def _fold_binary(call: Call) -> Tensor | None:
    name, count = call.node.operator, len(call.inputs)
    sizes = spread(*(call.sizes(place) for place in range(count)))
    if sizes is None or not call.ledger.may_calculate(prod(sizes)):
        return None
    rows = [repeated(call.known(place) or (), call.sizes(place), sizes) for place in range(count)]
    if name in _COMPARING:
        return call.made([int(_COMPARING[name](a, b)) for a, b in zip(*rows, strict=True)], sizes, "bool")
    found, how = rows[0], _BINARY[name]
    for row in rows[1:]:
        found = list(map(how, found, row))
    return call.made(_rounded(found, call.input(0).dtype), sizes, call.input(0).dtype)


def _fold_unary(call: Call) -> Tensor | None:
    values, dtype = call.known(0) or (), call.input(0).dtype
    if not call.ledger.may_calculate(len(values)):
        return None
    return call.made(_rounded(list(map(_UNARY[call.node.operator], values)), dtype), call.sizes(0), dtype)


def _rounded(values: Sequence[float], dtype: str) -> Numbers:
    return [float(value) for value in values] if is_float(dtype) else [int(value) for value in values]


def _fold_cast(call: Call) -> Tensor | None:
    dtype = call.input(1).dtype if call.node.operator == "CastLike" else DTYPES.get(call.integer("to", 1), "")
    values = call.known(0) or ()
    if not dtype or dtype in ("string",) or not call.ledger.may_calculate(len(values)):
        return None
    cast = [int(bool(value)) for value in values] if dtype == "bool" else _rounded(values, dtype)
    return call.made(cast, call.sizes(0), dtype)


def _fold_reduce(call: Call) -> Tensor | None:
    from cnncalc.importing.onnx.operators._reductions import reduced_axes

    axes, sizes, values = reduced_axes(call), call.sizes(0), call.known(0) or ()
    if axes is None or not call.ledger.may_calculate(len(values)):
        return None
    offsets = everything(sizes)
    inner = [offsets[axis] for axis in axes]
    outer = [[0] if axis in axes else offsets[axis] for axis in range(len(sizes))]
    how = _REDUCING[call.node.operator]
    found = [how(take(values, ([place], *inner))) for place in take(range(len(values)), outer)]
    dtype = call.input(0).dtype
    return call.made(_rounded(found, dtype), reduced(sizes, axes, call.integer("keepdims", 1) == 1), dtype)


def _fold_range(call: Call) -> Tensor | None:
    start, limit, delta = (values[0] for values in (call.known(place) or (0,) for place in range(3)))
    count = max(math.ceil((limit - start) / delta), 0)
    if not call.ledger.may_calculate(count):
        return None
    return call.made([start + place * delta for place in range(count)], (count,), call.input(0).dtype)


def _fold_where(call: Call) -> Tensor | None:
    sizes = spread(*(call.sizes(place) for place in range(3)))
    if sizes is None or not call.ledger.may_calculate(prod(sizes)):
        return None
    rows = (repeated(call.known(place) or (), call.sizes(place), sizes) for place in range(3))
    return call.made([a if c else b for c, a, b in zip(*rows, strict=True)], sizes, call.input(1).dtype)


def _fold_cumulated(call: Call) -> Tensor | None:
    values, sizes = list(call.known(0) or ()), call.sizes(0)
    if call.integer("exclusive") or call.integer("reverse") or not call.ledger.may_calculate(len(values)):
        return None
    step, size = (row[axis_of((call.whole(1) or [0])[0], len(sizes))] for row in (strides(sizes), sizes))
    for place in range(len(values)):
        if place // step % size:
            values[place] += values[place - step]
    return call.made(values, sizes, call.input(0).dtype)


def _fold_scatter(call: Call) -> Tensor | None:
    """ScatterND: parts of an array replaced."""
    values, sizes = list(call.known(0) or ()), call.sizes(0)
    indices, updates, shape = call.whole(1) or [], call.known(2) or (), call.sizes(1)
    if call.text("reduction", "none") != "none" or not call.ledger.may_calculate(len(values) + len(indices)):
        return None
    depth = shape[-1]
    steps, run = strides(sizes), prod(sizes[depth:])
    for number in range(prod(shape[:-1])):
        index = indices[number * depth : (number + 1) * depth]
        start = sum(each % size * step for each, size, step in zip(index, sizes, steps, strict=False))
        values[start : start + run] = updates[number * run : (number + 1) * run]
    return call.made(values, sizes, call.input(0).dtype)


def _fold_non_zero(call: Call) -> Tensor | None:
    values, sizes = call.known(0) or (), call.sizes(0)
    if not call.ledger.may_calculate(len(values) * max(len(sizes), 1)):
        return None
    places = [place for place, value in enumerate(values) if value]
    found = [place // step % size for step, size in zip(strides(sizes), sizes, strict=True) for place in places]
    return call.made(found, (len(sizes), len(places)), "int64")


_WAYS: tuple[tuple[Iterable[str], Callable[[Call], Tensor | None]], ...] = (
    ({*_BINARY, *_COMPARING}, _fold_binary),
    (_UNARY, _fold_unary),
    (_REDUCING, _fold_reduce),
    (("Cast", "CastLike"), _fold_cast),
    (("Range",), _fold_range),
    (("Where",), _fold_where),
    (("CumSum",), _fold_cumulated),
    (("ScatterND",), _fold_scatter),
    (("NonZero",), _fold_non_zero),
)
