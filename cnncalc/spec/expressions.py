"""Expressions: `$name` and `$(…)` in a spec.

The grammar is a corner of Python's own (its parser builds the tree), and nothing but the nodes named here is evaluated:
numbers and texts, names, arithmetic, comparisons, `and or not`, `a if c else b`, and five functions. Size and
magnitude are bounded, so that no expression can run away.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import ceil, floor
from typing import Any

MAX_LENGTH = 400
MAX_MAGNITUDE = 10**18
"""No intermediate result may be larger."""

Value = int | float | str | bool


class ExpressionError(Exception):
    """An expression that cannot be read or evaluated; the message says why."""


def divisible(value: float, by: int) -> int:
    """The rounding of the MobileNet papers: to a multiple of `by`, never more than a tenth below the value.

    Source: Howard et al., "Searching for MobileNetV3" (2019), as in the authors' own code.
    """
    rounded = max(by, floor(value + by / 2) // by * by)
    return int(rounded + by if rounded < 0.9 * value else rounded)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "round": round, "floor": floor, "ceil": ceil, "divisible": divisible,
}  # fmt: skip
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


def is_expression(text: str) -> bool:
    """Whether a scalar's text is an expression."""
    return text[:1] == "$"


def source_of(text: str) -> str:
    """What stands behind the `$`.

    Raises:
        ExpressionError: it is neither a name nor a whole bracket.
    """
    if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", text):
        return text[1:]
    if not text.startswith("$("):
        raise ExpressionError("an expression is `$name` or `$(…)`")
    if not text.endswith(")"):
        raise ExpressionError("`$(` without its `)`")
    return text[2:-1]


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """The value of `$name` or `$(…)`; a float that is whole is an int.

    Raises:
        ExpressionError: it cannot be read, uses an unknown name, or fails.
    """
    tree = _parse(source_of(text))
    try:
        value = _value(tree, names)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ExpressionError(_reason(error, tree, names)) from None
    result: Value = int(value) if isinstance(value, float) and value == int(value) else value
    return result


def names_in(text: str) -> set[str]:
    """The names that an expression uses; none where it cannot be read."""
    try:
        return {node.id for node in ast.walk(_parse(source_of(text))) if isinstance(node, ast.Name)} - set(_FUNCTIONS)
    except ExpressionError:
        return set()


def _reason(error: Exception, tree: ast.expr, names: Mapping[str, Value]) -> str:
    reason = "division by zero" if isinstance(error, ZeroDivisionError) else str(error)
    used = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(names))
    where = ", ".join(f"{name} = {names[name]}" for name in used)
    return f"{reason} (with {where})" if where else reason


@lru_cache(maxsize=4096)
def _parse(source: str) -> ast.expr:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"it cannot be read: {getattr(error, 'msg', error)}") from None


def _value(node: ast.expr, names: Mapping[str, Value]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return _bounded(node.value)
    if isinstance(node, ast.Name):
        if node.id in names:
            return names[node.id]
        if node.id in ("true", "false"):
            return node.id == "true"
        known = f"; known are {', '.join(sorted(names))}" if names else ", and no vars or arguments at all"
        raise ExpressionError(f"there is no name `{node.id}` here{known}")
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _binary(node, names)
    if isinstance(node, ast.UnaryOp):
        return _unary(node.op, _value(node.operand, names))
    if isinstance(node, ast.BoolOp):
        return _boolean(node, names)
    if isinstance(node, ast.Compare):
        return _comparison(node, names)
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, names) else node.orelse, names)
    if isinstance(node, ast.Call):
        return _call(node, names)
    raise ExpressionError(f"`{ast.unparse(node)[:40]}` is not part of the language")


def _binary(node: ast.BinOp, names: Mapping[str, Value]) -> Any:
    left, right = _value(node.left, names), _value(node.right, names)
    if isinstance(left, str) or isinstance(right, str):
        raise ExpressionError(f"arithmetic on a text, `{left if isinstance(left, str) else right}`")
    if isinstance(node.op, ast.Pow) and (abs(right) > 64 or abs(left) ** abs(right) > MAX_MAGNITUDE):
        raise ExpressionError(f"{left} ** {right} is too large")
    return _bounded(_OPERATORS[type(node.op)](left, right))


def _unary(operation: ast.unaryop, value: Any) -> Any:
    if isinstance(operation, ast.Not):
        return not value
    if isinstance(value, str) or not isinstance(operation, ast.USub | ast.UAdd):
        raise ExpressionError("this sign has no meaning here")
    return -value if isinstance(operation, ast.USub) else value


def _boolean(node: ast.BoolOp, names: Mapping[str, Value]) -> Any:
    stops = isinstance(node.op, ast.Or)
    value: Any = None
    for each in node.values:
        value = _value(each, names)
        if bool(value) == stops:
            break
    return value


def _comparison(node: ast.Compare, names: Mapping[str, Value]) -> bool:
    left = _value(node.left, names)
    for operation, each in zip(node.ops, node.comparators, strict=True):
        if type(operation) not in _OPERATORS:
            raise ExpressionError(f"`{ast.unparse(node)[:40]}` is not part of the language")
        right = _value(each, names)
        if not _OPERATORS[type(operation)](left, right):
            return False
        left = right
    return True


def _call(node: ast.Call, names: Mapping[str, Value]) -> Any:
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    if name not in _FUNCTIONS or node.keywords:
        raise ExpressionError(f"there is no function `{name[:40]}`; known are {', '.join(_FUNCTIONS)}")
    arguments = [_value(each, names) for each in node.args]
    if any(isinstance(each, str) for each in arguments):
        raise ExpressionError(f"{name}() of a text")
    return _bounded(_FUNCTIONS[name](*arguments))


def _bounded(value: Any) -> Any:
    if isinstance(value, complex) or (isinstance(value, int | float) and not abs(value) <= MAX_MAGNITUDE):
        raise ExpressionError("the result is too large")
    return value


def written(value: Value) -> str:
    """A value as a spec would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
