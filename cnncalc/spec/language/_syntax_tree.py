"""What expressions mean: their trees, which Python's parser builds, and the values of these.

Only the nodes named here are evaluated. This module is loaded with the first expression.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import log10
from typing import Any, cast

from cnncalc.source.diagnostics import excerpt, nearest
from cnncalc.spec.language.expressions import (
    FUNCTIONS,
    MAX_ITEMS,
    MAX_LENGTH,
    MAX_MAGNITUDE,
    NEW_FUNCTIONS,
    ExpressionError,
    ExpressionFailure,
    UnreadableExpression,
    Value,
    source_of,
    written,
)

_ALL_FUNCTIONS = {**FUNCTIONS, **NEW_FUNCTIONS}
_OF_LISTS = frozenset({"len", "sum"})
"""Functions of a list."""
_NUMBERS = {"min": (2, MAX_LENGTH), "max": (2, MAX_LENGTH), "divisible": (2, 2)}
"""How many numbers a function takes at least and at most; the others take one."""
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_GRAMMAR = (
    "an expression consists of numbers, names, items of lists (`widths[0]`), + - * / // % **, comparisons, and or not,"
    f" `a if b else c`, and the functions {', '.join(_ALL_FUNCTIONS)}"
)
_OTHER_SIGNS = (
    (r"&&|\|\|", "write `and`, `or`"),
    (r"\?", "a choice is written `8 if width > 4 else 16`"),
    (r"(?<![=!<>])=(?!=)", "a comparison is written `==`"),
    (r"!(?!=)", "write `not`"),
    (r"\^", "a power is written `**`"),
    (r"\$", "inside `$(…)`, write names without `$`"),
)
"""Operators of other languages, and their equivalents here."""


def tree_names(tree: ast.expr) -> frozenset[str]:
    """The names in a tree, except those of functions that are called."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
    return frozenset(node.id for node in names)


def item_chosen(text: str, items: Mapping[str, Any], value: Callable[[str], Value]) -> Any:
    """What an expression chooses among these, by name, by `a if c else b`, and from lists (with `items`) by number;
    None where it does anything else.

    Args:
        value: gives the value of another expression, for conditions and numbers.
    """
    try:
        tree = parse_expression(source_of(text))
    except (ExpressionError, ExpressionFailure):
        return None  # reported when it is evaluated
    return _chosen(tree, items, value)


def _chosen(node: ast.expr, items: Mapping[str, Any], value: Callable[[str], Value]) -> Any:
    if isinstance(node, ast.Name):
        return items.get(node.id)
    if isinstance(node, ast.IfExp):
        return _chosen(node.body if value(f"$({ast.unparse(node.test)})") else node.orelse, items, value)
    if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
        return None
    inside: list[Any] | None = getattr(_chosen(node.value, items, value), "items", None)
    if inside is None:
        return None
    index = value(f"$({ast.unparse(node.slice)})")
    return inside[index] if type(index) is int and -len(inside) <= index < len(inside) else None


def newer_parts(text: str) -> Iterator[str]:
    """What in an expression the first version of the language does not have."""
    try:
        tree = parse_expression(source_of(text))
    except (ExpressionError, ExpressionFailure):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            yield "an item of a list"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NEW_FUNCTIONS:
            yield f"the function `{node.func.id}`"


@lru_cache(maxsize=4096)
def parse_expression(source: str) -> ast.expr:
    """The tree of an expression.

    Raises:
        UnreadableExpression: it is not written in the language.
    """
    if len(source) > MAX_LENGTH:
        raise UnreadableExpression(f"is longer than {MAX_LENGTH} characters", "give a part of it a name under `vars`")
    if not source.strip():
        raise UnreadableExpression("is empty", "write what is to be calculated, as in `$(2 * width)`")
    try:
        with warnings.catch_warnings():
            # Python warns that it will refuse `8if …` one day, and under `-W error` it already does
            warnings.simplefilter("ignore")
            return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", source)
        ways = [help for sign, help in _OTHER_SIGNS if re.search(sign, outside)]
        raise UnreadableExpression("cannot be read", *(ways or [_GRAMMAR])) from None


def tree_value(node: ast.expr, names: Mapping[str, Value]) -> Any:
    """The value of a tree whose names have these values.

    Raises:
        ExpressionFailure: it has none.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return _bounded(node.value)
    if isinstance(node, ast.Name):
        return _named(node.id, names)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _binary(node, names)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, names)
    if isinstance(node, ast.BoolOp):
        return _boolean(node, names)
    if isinstance(node, ast.Compare):
        return _comparison(node, names)
    if isinstance(node, ast.IfExp):
        return tree_value(node.body if tree_value(node.test, names) else node.orelse, names)
    if isinstance(node, ast.Call):
        return _call(node, names)
    if isinstance(node, ast.Subscript):
        return _item(node, names)
    raise _foreign(node)


def _item(node: ast.Subscript, names: Mapping[str, Value]) -> Value:
    """`widths[i]`."""
    if isinstance(node.slice, ast.Slice | ast.Tuple):
        raise UnreadableExpression(
            f"takes a slice, `{excerpt(ast.unparse(node))}`", "an item of a list is written `widths[0]`"
        )
    return picked(ast.unparse(node.value), tree_value(node.value, names), tree_value(node.slice, names))


def picked(name: str, items: Value, index: Value) -> Value:
    """The item of a list; a negative index counts from its end.

    Raises:
        ExpressionFailure: it is no list, or has no such item.
    """
    if not isinstance(items, tuple):
        raise ExpressionFailure(f"takes an item of `{excerpt(name)}`, which is not a list")
    if isinstance(index, bool) or not isinstance(index, int | float) or index != int(index):
        raise ExpressionFailure(
            f"takes item `{excerpt(written(index))}` of `{excerpt(name)}`", "items are numbered from 0"
        )
    if not -len(items) <= index < len(items):
        has = f"has {len(items)} item{'' if len(items) == 1 else 's'}"
        last = f"the last one is `{name}[{len(items) - 1}]`" if items else ""
        raise ExpressionFailure(f"takes item {int(index)} of `{excerpt(name)}`, which {has}", *filter(None, [last]))
    return items[int(index)]


def _foreign(node: ast.AST) -> ExpressionFailure:
    """The failure for something that Python has and this language does not."""
    text = ast.unparse(node)
    ways = [help for sign, help in _OTHER_SIGNS if re.search(sign, text)]
    return UnreadableExpression(f"has `{excerpt(text)}`, which is not part of the language", *(ways or [_GRAMMAR]))


def _named(name: str, names: Mapping[str, Value]) -> Value:
    if name in names:
        return names[name]
    if name in ("true", "false"):
        return name == "true"
    message = f"there is no name `{name}` here"
    if name == "index":
        help = "give it to a block as an argument, as in `{unit: 8, copy: $index, repeat: 3}`"
        raise ExpressionError(message, "`index` counts the copies of an entry with `repeat`", help)
    close = nearest(name, names)
    help = f"names here: {', '.join(sorted(names))}" if names else f"give it a value: `vars: {{{name}: …}}`"
    raise ExpressionError(message, f"did you mean `{close}`?" if close else "", help, missing=name)


def _binary(node: ast.BinOp, names: Mapping[str, Value]) -> Any:
    left, right = tree_value(node.left, names), tree_value(node.right, names)
    _refuse_others(left, right)
    if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod) and not right:
        raise ExpressionFailure("divides by zero")
    if isinstance(node.op, ast.Pow):
        _check_power(left, right)
    return _bounded(_OPERATORS[type(node.op)](left, right))


def _refuse_others(*values: Value) -> None:
    """Refuses to calculate with anything but numbers."""
    for each in values:
        if isinstance(each, str):
            raise ExpressionFailure(f"calculates with text, `{excerpt(each)}`", "only numbers can be calculated with")
        if isinstance(each, tuple):
            message = f"calculates with a list, `{excerpt(written(each))}`"
            raise ExpressionFailure(message, "take an item of it, as in `widths[0]`, or its `sum` or `len`")


def _check_power(base: float, exponent: float) -> None:
    if abs(exponent) > 64 or (base and exponent * log10(abs(base)) > 18):
        raise ExpressionFailure(f"is too large: {base} ** {exponent}", "no result may be larger than 10¹⁸")
    if base == 0 and exponent < 0:
        raise ExpressionFailure("divides by zero")
    if base < 0 and exponent != int(exponent):
        raise ExpressionFailure(f"has no real value: ({base}) ** {exponent}")


def _unary(node: ast.UnaryOp, names: Mapping[str, Value]) -> Any:
    value = tree_value(node.operand, names)
    if isinstance(node.op, ast.Not):
        return not value
    if not isinstance(node.op, ast.USub | ast.UAdd):
        raise _foreign(node)
    _refuse_others(value)
    return -value if isinstance(node.op, ast.USub) else value


def _boolean(node: ast.BoolOp, names: Mapping[str, Value]) -> Any:
    stops = isinstance(node.op, ast.Or)
    value: Any = None
    for each in node.values:
        value = tree_value(each, names)
        if bool(value) == stops:
            break
    return value


def _comparison(node: ast.Compare, names: Mapping[str, Value]) -> bool:
    left = tree_value(node.left, names)
    for operation, each in zip(node.ops, node.comparators, strict=True):
        if type(operation) not in _OPERATORS:
            raise _foreign(node)
        try:
            right = tree_value(each, names)
        except ExpressionError as error:
            is_text = isinstance(each, ast.Name) and isinstance(left, str) and not error.label
            raise (UnreadableExpression(f"has no name `{error.missing}`", f"write a text in quotes: '{error.missing}'")
                if is_text else error) from None  # fmt: skip
        is_equality = isinstance(operation, ast.Eq | ast.NotEq)
        if not is_equality and (isinstance(left, tuple) or isinstance(right, tuple)):
            shown = excerpt(written(left if isinstance(left, tuple) else right))
            raise ExpressionFailure(
                f"compares a list, `{shown}`", "lists can only be equal or not; compare their `len`"
            )
        if isinstance(left, str) != isinstance(right, str) and not is_equality:
            raise ExpressionFailure(
                f"compares a number with a text, `{excerpt(left if isinstance(left, str) else str(right))}`",
                "texts can only be equal or not, as in `$(size == 'small')`",
            )
        if not _OPERATORS[type(operation)](left, right):
            return False
        left = right
    return True


def _call(node: ast.Call, names: Mapping[str, Value]) -> Any:
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    if name not in _ALL_FUNCTIONS:
        close = nearest(name, _ALL_FUNCTIONS)
        ways = [f"did you mean `{close}`?"] if close else []
        raise UnreadableExpression(
            f"calls `{excerpt(name)}`, which does not exist", *ways, f"functions: {', '.join(_ALL_FUNCTIONS)}"
        )
    arguments = [tree_value(each, names) for each in node.args] if not node.keywords else []
    if name in ("min", "max") and len(arguments) == 1 and isinstance(arguments[0], tuple) and len(arguments[0]) > 0:
        arguments = list(arguments[0])
    elif node.keywords or not _takes(name, len(node.args)):
        raise _wrong_number(name, len(node.args))
    _refuse_arguments(name, arguments)
    try:
        return _bounded(_ALL_FUNCTIONS[name](*arguments))
    except (ValueError, OverflowError):
        raise ExpressionFailure(f"has no value: `{name}({', '.join(map(written, arguments))})`") from None


def _takes(name: str, count: int) -> bool:
    least, most = _NUMBERS.get(name, (1, 1))
    return least <= count <= most


def _wrong_number(name: str, count: int) -> UnreadableExpression:
    what = "list" if name in _OF_LISTS else "number"
    wanted = {(2, 2): "two", (1, 1): "one"}.get(_NUMBERS.get(name, (1, 1)), "two or more")
    given = f"{count} {'argument' if what == 'list' else what}{'' if count == 1 else 's'}"
    examples = {
        "divisible": "divisible(32 * width, 8)",
        "min": "min(width, 64)",
        "max": "max(width, 8)",
        "len": "len(widths)",
        "sum": "sum(widths)",
        "range": "range(4)",
    }
    way = f"as in `$({examples.get(name, f'{name}(width / 2)')})`"
    return UnreadableExpression(f"calls `{name}` with {given}; it takes {wanted}", way)


def _refuse_arguments(name: str, arguments: list[Value]) -> None:
    """Refuses what a function cannot calculate with."""
    numbers = arguments
    if name in _OF_LISTS:
        (items,) = arguments
        if not isinstance(items, tuple):
            raise ExpressionFailure(f"gives `{name}` something other than a list, `{excerpt(written(items))}`")
        numbers = list(items) if name == "sum" else []
    for each in numbers:
        if isinstance(each, str | tuple):
            what = "text" if isinstance(each, str) else "list"
            shown = f"a {what}, `{excerpt(written(each))}`"
            raise ExpressionFailure(f"gives `{name}` {shown}", "only numbers can be calculated with")
    if name == "divisible" and cast("float", arguments[1]) <= 0:
        message = f"rounds to a multiple of {written(arguments[1])}"
        raise ExpressionFailure(message, "`divisible(value, by)`: `by` is at least 1")
    if name == "range":
        _check_range(arguments[0])


def _check_range(count: Any) -> None:
    if isinstance(count, bool) or count != int(count) or count < 0:
        raise ExpressionFailure(f"calls `range` with {written(count)}", "it takes a whole number of at least 0")
    if count > MAX_ITEMS:
        raise ExpressionFailure(f"makes a list of {count:,} items", f"a list has at most {MAX_ITEMS:,}")


def _bounded(value: Any) -> Any:
    if isinstance(value, int | float) and not abs(value) <= MAX_MAGNITUDE:
        raise ExpressionFailure("is too large", "no result may be larger than 10¹⁸")
    return value
