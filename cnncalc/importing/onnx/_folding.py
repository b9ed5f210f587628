"""Calculating with constants: what exporters write out of sizes, indices and scales.

Numbers are in a row, the last axis varying fastest. Whatever only moves numbers is one thing: for each axis of the
result the offsets of what it takes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from math import prod

from cnncalc.importing.onnx._arrays import DTYPES, is_float
from cnncalc.importing.onnx._call import OperatorCall
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front, reduced_sizes, spread_sizes
from cnncalc.importing.operations import Tensor
from cnncalc.named_tuple import NamedTuple

Numbers = Sequence[float]


def strides_of(sizes: Sizes) -> list[int]:
    """How far apart neighbours along each axis are."""
    return list(accumulate(reversed(sizes[1:]), operator.mul, initial=1))[::-1] if sizes else []


def take(values: Numbers, offsets: Iterable[Sequence[int]]) -> list[float]:
    """The numbers at all sums of one offset per axis."""
    return [values[place] for place in _sums(offsets)]


def _sums(offsets: Iterable[Sequence[int]]) -> list[int]:
    places = [0]
    for along in offsets:
        places = [place + offset for place in places for offset in along]
    return places


def everything(sizes: Sizes) -> list[range]:
    """The offsets that take all there is."""
    return [range(0, size * step, step) for size, step in zip(sizes, strides_of(sizes), strict=True)]


def repeated_numbers(values: Numbers, sizes: Sizes, target: Sizes) -> Numbers:
    """The numbers of an array that is spread to larger sizes."""
    if sizes == target:
        return values
    if len(values) == 1:
        return [values[0]] * prod(target)
    filled = (1,) * (len(target) - len(sizes)) + sizes
    steps = strides_of(filled)
    return take(
        values,
        (
            [0] * size if own == 1 else range(0, size * step, step)
            for size, own, step in zip(target, filled, steps, strict=True)
        ),
    )


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


class Calculation(NamedTuple):
    """A calculation: the operator, the numbers of its inputs, and the sizes and type of what it gives."""

    call: OperatorCall
    rows: Sequence[Numbers]
    sizes: Sizes
    dtype: str


class FoldingRule(NamedTuple):
    """How an operator is calculated: the sizes and type of what it gives (None if it is not calculated after all), and
    the numbers, from those of its inputs."""

    outline: Callable[[OperatorCall], tuple[Sizes, str] | None]
    numbers: Callable[[Calculation], Numbers]


def fold(call: OperatorCall) -> Tensor | None:
    """The constant that an operator gives, if it is one that is calculated and all its inputs are known."""
    if call.node.operator in ("Shape", "Size"):
        return _sizes_as_constant(call)
    rule = RULES.get(call.node.operator)
    inputs = [each for each in call.inputs if each is not None]
    replaces = call.node.operator == "ScatterND"  # nobody does that to weights, but to masks
    if rule is None or not inputs or not all(call.ledger.is_known(each, even_if_unnamed=replaces) for each in inputs):
        return None
    outline = rule.outline(call)
    return None if outline is None else call.calculation(*outline, lambda: _calculate(call, rule, outline), inputs)


def _calculate(call: OperatorCall, rule: FoldingRule, outline: tuple[Sizes, str]) -> Numbers | None:
    rows = [call.known(place) for place in range(len(call.inputs)) if call.has(place)]
    known = [row for row in rows if row is not None]
    return rule.numbers(Calculation(call, known, *outline)) if len(known) == len(rows) else None


def _sizes_as_constant(call: OperatorCall) -> Tensor | None:
    sizes = call.input(0).sizes
    if sizes is None:
        return None
    if call.node.operator == "Size":
        return call.made([prod(sizes)], (), "int64")
    part = sizes[slice(call.integer("start"), call.integer("end", len(sizes)))]
    return call.made(part, (len(part),), "int64")


def _like_first(call: OperatorCall) -> tuple[Sizes, str]:
    return call.sizes(0), call.input(0).dtype


# -- each value from those in the same place


def _together(call: OperatorCall) -> tuple[Sizes, str] | None:
    sizes = spread_sizes(*(call.sizes(place) for place in range(len(call.inputs))))
    dtype = "bool" if call.node.operator in _COMPARING else call.input(len(call.inputs) - 1).dtype
    return None if sizes is None else (sizes, dtype)


def _rows(work: Calculation) -> list[Numbers]:
    return [repeated_numbers(row, work.call.sizes(place), work.sizes) for place, row in enumerate(work.rows)]


def _combine(work: Calculation) -> Numbers:
    how = _BINARY[work.call.node.operator]
    found, *others = _rows(work)
    for row in others:
        found = list(map(how, found, row))
    return _typed(found, work.dtype)


def _compare(work: Calculation) -> Numbers:
    return list(map(int, map(_COMPARING[work.call.node.operator], *_rows(work))))


def _each(work: Calculation) -> Numbers:
    return _typed(list(map(_UNARY[work.call.node.operator], work.rows[0])), work.dtype)


def _clip(work: Calculation) -> Numbers:
    """Limited to a range, either end of which may be open; before opset 11 the ends are settings."""
    call = work.call
    low, high = call.number("min", -math.inf), call.number("max", math.inf)
    ends = iter(work.rows[1:])
    low = next(ends)[0] if call.has(1) else low
    high = next(ends)[0] if call.has(2) else high
    return _typed([min(max(value, low), high) for value in work.rows[0]], work.dtype)


def _choose(work: Calculation) -> Numbers:
    return [a if condition else b for condition, a, b in zip(*_rows(work), strict=True)]


def _typed(values: Sequence[float], dtype: str) -> Numbers:
    return [float(value) for value in values] if is_float(dtype) else [int(value) for value in values]


def _cast_outline(call: OperatorCall) -> tuple[Sizes, str] | None:
    dtype = call.input(1).dtype if call.node.operator == "CastLike" else DTYPES.get(call.integer("to", 1), "")
    return None if dtype in ("", "string") else (call.sizes(0), dtype)


def _cast(work: Calculation) -> Numbers:
    return [int(bool(value)) for value in work.rows[0]] if work.dtype == "bool" else _typed(work.rows[0], work.dtype)


# -- and others


def _reduce_outline(call: OperatorCall) -> tuple[Sizes, str] | None:
    axes = call.reduced_axes()
    if axes is None:
        return None
    return reduced_sizes(call.sizes(0), axes, call.integer("keepdims", 1) == 1), call.input(0).dtype


def _reduce(work: Calculation) -> Numbers:
    axes, offsets = work.call.reduced_axes() or [], everything(work.call.sizes(0))
    inner = [offsets[axis] for axis in axes]
    outer: list[Sequence[int]] = [[0] if axis in axes else along for axis, along in enumerate(offsets)]
    how, values = _REDUCING[work.call.node.operator], work.rows[0]
    return _typed([how(take(values, ([place], *inner))) for place in _sums(outer)], work.dtype)


def _range_outline(call: OperatorCall) -> tuple[Sizes, str]:
    start, limit, delta = (values[0] for values in (call.known(place) or (0,) for place in range(3)))
    return (max(math.ceil((limit - start) / delta), 0),), call.input(0).dtype


def _range(work: Calculation) -> Numbers:
    return [work.rows[0][0] + place * work.rows[2][0] for place in range(work.sizes[0])]


def _cumulate_outline(call: OperatorCall) -> tuple[Sizes, str] | None:
    return None if call.integer("exclusive") or call.integer("reverse") else _like_first(call)


def _cumulate(work: Calculation) -> Numbers:
    values, axis = list(work.rows[0]), axis_from_front(int(work.rows[1][0]), len(work.sizes))
    step = strides_of(work.sizes)[axis]
    for place in range(len(values)):
        if place // step % work.sizes[axis]:
            values[place] += values[place - step]
    return values


def _scatter_outline(call: OperatorCall) -> tuple[Sizes, str] | None:
    return None if call.text("reduction", "none") != "none" else _like_first(call)


def _scatter(work: Calculation) -> Numbers:
    """ScatterND: parts of an array replaced."""
    values, indices, updates, depth = list(work.rows[0]), work.rows[1], work.rows[2], work.call.sizes(1)[-1]
    steps, run = strides_of(work.sizes), prod(work.sizes[depth:])
    for number in range(prod(work.call.sizes(1)[:-1])):
        index = [int(each) for each in indices[number * depth : (number + 1) * depth]]
        start = sum(each % size * step for each, size, step in zip(index, work.sizes, steps, strict=False))
        values[start : start + run] = updates[number * run : (number + 1) * run]
    return values


def _non_zero_outline(call: OperatorCall) -> tuple[Sizes, str] | None:
    values = call.known(0)
    return None if values is None else ((len(call.sizes(0)), sum(map(bool, values))), "int64")


def _non_zero(work: Calculation) -> Numbers:
    places, old = [place for place, value in enumerate(work.rows[0]) if value], work.call.sizes(0)
    return [place // step % size for step, size in zip(strides_of(old), old, strict=True) for place in places]


def _triangle(work: Calculation) -> Numbers:
    """What is above a diagonal of matrices, or below it; zeros elsewhere."""
    diagonal = int(work.rows[1][0]) if len(work.rows) > 1 else 0
    is_upper, (rows, columns) = work.call.integer("upper", 1) == 1, work.sizes[-2:]
    places = [column - row - diagonal for row in range(rows) for column in range(columns)] if rows and columns else []
    count = len(places) or 1
    kept = [place >= 0 if is_upper else place <= 0 for place in places]
    return [value if kept[place % count] else 0 for place, value in enumerate(work.rows[0])]


RULES: Mapping[str, FoldingRule] = {
    "Trilu": FoldingRule(_like_first, _triangle),
    **dict.fromkeys(_BINARY, FoldingRule(_together, _combine)),
    **dict.fromkeys(_COMPARING, FoldingRule(_together, _compare)),
    **dict.fromkeys(_UNARY, FoldingRule(_like_first, _each)),
    **dict.fromkeys(_REDUCING, FoldingRule(_reduce_outline, _reduce)),
    **dict.fromkeys(("Cast", "CastLike"), FoldingRule(_cast_outline, _cast)),
    "Clip": FoldingRule(_like_first, _clip),
    "Where": FoldingRule(_together, _choose),
    "Range": FoldingRule(_range_outline, _range),
    "CumSum": FoldingRule(_cumulate_outline, _cumulate),
    "ScatterND": FoldingRule(_scatter_outline, _scatter),
    "NonZero": FoldingRule(_non_zero_outline, _non_zero),
}
"""By name of the operator."""
