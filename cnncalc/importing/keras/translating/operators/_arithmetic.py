"""Arithmetic, value by value: of two tensors, or of a tensor and constants."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, numbers_of_array
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._merges import broadcast, merge_of
from cnncalc.importing.keras.translating._norms import times_and_plus
from cnncalc.importing.keras.translating.operators._arguments import (
    Operator,
    given_operands,
    given_tensor,
)
from cnncalc.source.files import Unreadable


def _binary(kind: str) -> Operator:
    """An operator of two tensors, or of a tensor and constants."""
    return lambda call: _arithmetic(call, kind, *given_operands(call))


def _arithmetic(call: KerasCall, kind: str, a: Any, b: Any) -> Any:
    """Two operands value by value; the batch is lined up with the batch."""
    if isinstance(a, KerasTensor) and isinstance(b, KerasTensor):
        if a.rank != b.rank:
            raise _of_other_ranks(call, a, b)
        return merge_of(call, kind, [a, b])
    x, constant = (a, b) if isinstance(a, KerasTensor) else (b, a)
    if not isinstance(x, KerasTensor):
        raise call.refuse("it works on numbers that are not known here")
    numbers = _per_channel(x, constant)
    if numbers is None:
        return call.opaque([x], x.sizes, params=0, macs=0)
    return _with_constant(call, kind, x, numbers, x is b)


def _of_other_ranks(call: KerasCall, a: KerasTensor, b: KerasTensor) -> Unreadable:
    """As NumPy lines axes up, those of the smaller one are the last ones of the other: its batch meets positions."""
    return call.refuse(
        f"tensors of {a.rank + 1} and {b.rank + 1} axes are lined up at their ends: the batch of one meets positions",
        "a layer such as `keras.layers.Add` lines up the batches, and so does a reshape before it",
        code="CNN154",
    )


def _per_channel(x: KerasTensor, constant: Any) -> list[float] | None:
    """A constant with one number for all, or one for each of the last axis, if these are the channels."""
    numbers = list(numbers_of_array([constant]))
    if len(numbers) == 1:
        return numbers
    sizes = _sizes_of_array(constant)
    is_per_channel = sizes[-1:] == [x.channels] and prod(sizes[:-1]) == 1 and x.channel == x.rank - 1
    return numbers if is_per_channel and len(numbers) == x.channels else None


def _sizes_of_array(value: Any) -> list[int]:
    sizes = []
    while isinstance(value, list) and value:
        sizes.append(len(value))
        value = value[0]
    return sizes


def _with_constant(call: KerasCall, kind: str, x: KerasTensor, numbers: list[float], is_second: bool) -> Any:
    """A tensor and constants.

    Args:
        is_second: whether the constants are the first operand.
    """
    _negative = [-each for each in numbers]
    if kind == "add":
        return times_and_plus(call, x, [1.0], numbers)
    if kind == "subtract":
        return times_and_plus(call, x, [-1.0], numbers) if is_second else times_and_plus(call, x, [1.0], _negative)
    if kind == "multiply":
        return times_and_plus(call, x, numbers, [0.0])
    if kind == "divide" and not is_second and 0 not in numbers:
        return times_and_plus(call, x, [1 / each for each in numbers], [0.0])
    if kind == "maximum" and numbers == [0.0]:
        return call.add("relu", x)
    return call.opaque([x], x.sizes, params=0, macs=0)


def _power(call: KerasCall) -> Any:
    """A power; a square is a product."""
    x, exponent = given_operands(call)
    if isinstance(x, KerasTensor) and exponent == 2:
        return call.add("multiply", [x, x], x.sizes)
    return _unlearned(call)


def _square(call: KerasCall) -> Any:
    """A square."""
    x = given_tensor(call)
    return call.add("multiply", [x, x], x.sizes)


def _negative(call: KerasCall) -> Any:
    """The negative."""
    return times_and_plus(call, given_tensor(call), [-1.0], [0.0])


def _absolute(call: KerasCall) -> Any:
    """The larger one of a tensor and its negative."""
    x = given_tensor(call)
    return merge_of(call, "maximum", [x, times_and_plus(call, x, [-1.0], [0.0])])


def _clip(call: KerasCall) -> Any:
    """A range."""
    x = given_tensor(call)
    bounds = [
        next(numbers_of_array([call.argument(*each)]), None)
        for each in ((1, "x_min", "clip_value_min", "min_value"), (2, "x_max", "clip_value_max", "max_value"))
    ]
    if None in bounds:
        return call.opaque([x], x.sizes, params=0, macs=0)
    return call.add("clip", x, bounds=tuple(bounds))


def _unlearned(call: KerasCall) -> Any:
    """A function without a kind that works value by value."""
    sizes = [each.sizes for each in call.tensors]
    if len({*map(len, sizes)}) > 1:
        return call.opaque(params=0)
    return call.opaque(sizes=broadcast(call, sizes), params=0, macs=0)


def _unchanged(call: KerasCall) -> Any:
    """A function that leaves values as they are."""
    return call.add("identity", given_tensor(call))


_VALUE_BY_VALUE = (
    *("Exp", "Expm1", "Log", "Log1p", "Log2", "Log10", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos"),
    *("Tan", "Sinh", "Cosh", "Arcsin", "Arccos", "Arctan", "Arctanh", "Erf", "Floor", "Ceil", "Round", "Sign", "Mod"),
    *("FloorDivide", "Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "LogicalAnd", "LogicalOr"),
    *("LogicalNot", "Where", "Isnan", "Isinf", "Isfinite", "NanToNum", "SparsePlus", "SoftShrink", "HardShrink"),
    *("TanhShrink", "Squareplus", "Threshold", "SparseSigmoid", "Cumsum", "Cumprod", "Flip", "OnesLike", "ZerosLike"),
)

OPERATORS: dict[str, Operator] = {
    "Add": _binary("add"),
    "Subtract": _binary("subtract"),
    "Multiply": _binary("multiply"),
    "Divide": _binary("divide"),
    "TrueDivide": _binary("divide"),
    "Maximum": _binary("maximum"),
    "Minimum": _binary("minimum"),
    "Power": _power,
    "Square": _square,
    "Negative": _negative,
    **dict.fromkeys(("Absolute", "Abs"), _absolute),
    "Clip": _clip,
    **dict.fromkeys(("Cast", "SaturateCast", "ConvertToTensor", "StopGradient", "Copy", "Identity"), _unchanged),
    **dict.fromkeys(_VALUE_BY_VALUE, _unlearned),
}
