"""Expressions: `$name` and `$(…)` in a spec.

The grammar is a small part of Python's (whose parser builds the tree), and only the nodes named here are evaluated:
numbers and texts, names, items of lists, arithmetic, comparisons, `and or not`, `a if c else b`, and a few functions.
Size and magnitude are limited, so that no expression can run away.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Container, Iterator, Mapping
from functools import lru_cache
from math import ceil, floor, log2, log10, sqrt
from typing import Any, cast

from cnncalc.errors import CnncalcError
from cnncalc.source.diagnostics import excerpt, nearest

MAX_LENGTH = 400
_MOST_LETTERS = MAX_LENGTH + len("$()")
"""Nothing longer can be an expression, and nothing longer is kept in a cache."""
MAX_MAGNITUDE = 10**18
"""The largest intermediate result."""

MAX_ITEMS = 1_000
"""The most values in a list, counting those in lists inside it."""

Value = int | float | str | bool | tuple["Value", ...]
"""A value of an expression; a list is a tuple, so that it can be looked up."""


class ExpressionError(CnncalcError):
    """An expression that cannot be read or evaluated: what is wrong, a few words for its place, and what to do."""

    def __init__(self, message: str, label: str = "", *help: str, missing: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.label = label
        self.help = help
        self.missing = missing
        """The name that does not exist."""


class ExpressionFailure(CnncalcError):
    """What is wrong with an expression, as the end of a sentence about it; and what to do."""

    is_of_values = True
    """Whether other values would work."""

    def __init__(self, message: str, *help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UnreadableExpression(ExpressionFailure):
    """It is not written in the language."""

    is_of_values = False


def divisible(value: float, by: int) -> int:
    """The rounding of the MobileNet papers: to a multiple of `by`, never more than a tenth below the value.

    Source: Howard et al., "Searching for MobileNetV3" (2019), as in the authors' own code.
    """
    rounded = max(by, floor(value + by / 2) // by * by)
    return int(rounded + by if rounded < 0.9 * value else rounded)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "round": round, "floor": floor, "ceil": ceil, "divisible": divisible,
}  # fmt: skip
"""The functions of the first version of the language. Their names cannot be given to anything else."""
NEW_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "sqrt": sqrt, "log2": log2, "len": len, "sum": sum, "range": lambda n: tuple(range(int(n))),
}  # fmt: skip
"""Those that came later: a variable or argument may have such a name, because it is never called."""
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


def is_expression(text: str) -> bool:
    """Whether a scalar's text is an expression."""
    return text[:1] == "$"


def size_parts(text: str) -> tuple[str, ...]:
    """The parts of `3x3x$(8 * width)`, split at each `x` outside brackets; just the text if it does not have this
    form."""
    return _size_parts(text) if len(text) <= 4 * MAX_LENGTH else (text,)


@lru_cache(maxsize=4096)
def _size_parts(text: str) -> tuple[str, ...]:
    size = re.compile(r"\s*(-?[0-9]+|\$[A-Za-z_]\w*|\$\()")
    parts: list[str] = []
    start = 0
    while True:
        found = size.match(text, start)
        if not found:
            return (text,)
        stop = _closing(text, found.end()) if found[1] == "$(" else found.end()
        parts.append(text[start:stop].strip())
        rest = text[stop:].lstrip()
        if not rest:
            return tuple(parts)
        if rest[0] not in "xX×":
            return (text,)
        start = len(text) - len(rest) + 1


def interpolated(text: str) -> tuple[str, ...]:
    """The parts of a name with expressions in it: `s4.y.$i` is `s4.y.` and `$i`."""
    return _interpolated(text) if len(text) <= 4 * MAX_LENGTH else (text,)


@lru_cache(maxsize=4096)
def _interpolated(text: str) -> tuple[str, ...]:
    parts: list[str] = []
    start = 0
    for found in re.finditer(r"\$(\(|[A-Za-z_]\w*)", text):
        if found.start() < start:
            continue  # inside the one before
        stop = _closing(text, found.end()) if found[1] == "(" else found.end()
        parts += [text[start : found.start()], text[found.start() : stop]]
        start = stop
    return tuple(filter(None, (*parts, text[start:])))


def item_chosen(text: str, items: Mapping[str, Any], value: Callable[[str], Value]) -> Any:
    """What an expression chooses among these, by name, by `a if c else b`, and from lists (with `items`) by number;
    None where it does anything else.

    Args:
        value: gives the value of another expression, for conditions and numbers.
    """
    try:
        tree = _parse(source_of(text))
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


def _closing(text: str, start: int) -> int:
    """The place after the bracket that closes the one before `start`; the end of the text if none does."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def source_of(text: str) -> str:
    """What follows the `$`.

    Raises:
        ExpressionError: it is neither a name nor a whole bracket.
    """
    if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", text):
        return text[1:]
    shown = f"`{excerpt(text)}`"
    if text.startswith("$("):
        if text.endswith(")"):
            return text[2:-1]
        if text.count("(") > text.count(")"):
            help = 'inside `{…}` and `[…]` YAML splits at commas: put it in quotes, "$(divisible(32 * width, 8))"'
            if _is_source(f"{text[2:]}"):
                help = f"write `{excerpt(text)})`"
            raise ExpressionError(f"{shown} has no end", "a `)` is missing", help)
    inner = re.fullmatch(r"\$\{([A-Za-z_]\w*)\}", text)
    bare = text[1:].replace("$", "")
    example = inner[1] if inner else f"({bare})" if _is_source(bare) else ""
    ways = [f"write `${example}`"] if example else []
    raise ExpressionError(f"{shown} is not an expression", "an expression is `$name` or `$(…)`", *ways)


def _is_source(text: str) -> bool:
    try:
        _parse(text)
    except ExpressionFailure:
        return False
    return True


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """The value of `$name` or `$(…)`; a float that is whole is an int.

    Raises:
        ExpressionError: it cannot be read, uses an unknown name, or fails.
    """
    if len(text) > _MOST_LETTERS:
        return _evaluate(text, names)
    used = _names_by_order(text)
    try:
        return _evaluated(text, used, *[names[name] for name in used])
    except (KeyError, ExpressionError):
        return _evaluate(text, names)  # which may say what other names there are


@lru_cache(maxsize=4096, typed=True)  # 1 is not true
def _evaluated(text: str, used: tuple[str, ...], *values: Value) -> Value:
    """The value of an expression whose names have these values: copies of a block ask for it again and again."""
    return _evaluate(text, dict(zip(used, values, strict=True)))


def _evaluate(text: str, names: Mapping[str, Value]) -> Value:
    source = source_of(text)
    try:
        value = _value(_parse(source), names)
    except (ArithmeticError, TypeError, ValueError, RecursionError):
        raise ExpressionError(f"`{excerpt(text)}` has no value") from None  # the functions' own bounds
    except ExpressionFailure as failure:
        used = sorted(names_in(text) & set(names)) if failure.is_of_values else []
        values = ", ".join(f"{name} = {excerpt(written(names[name]))}" for name in used)
        raise ExpressionError(f"`{excerpt(text)}` {failure.message}", values, *failure.help) from None
    result: Value = int(value) if isinstance(value, float) and value == int(value) else value
    return result


def names_in(text: str) -> frozenset[str]:
    """The names that an expression uses; none if it cannot be read."""
    return _names_in(text) if len(text) <= _MOST_LETTERS else frozenset()


@lru_cache(maxsize=4096)
def _names_in(text: str) -> frozenset[str]:
    try:
        tree = _parse(source_of(text))
    except (ExpressionError, ExpressionFailure):
        return frozenset()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
    return frozenset(node.id for node in names)


@lru_cache(maxsize=4096)
def _names_by_order(text: str) -> tuple[str, ...]:
    """The names in an expression that need a value, in a fixed order."""
    return tuple(sorted(names_in(text) - {"true", "false"}))


def newer_parts(text: str) -> Iterator[str]:
    """What in an expression the first version of the language does not have."""
    try:
        tree = _parse(source_of(text))
    except (ExpressionError, ExpressionFailure):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            yield "an item of a list"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NEW_FUNCTIONS:
            yield f"the function `{node.func.id}`"


def with_dollar(text: str, names: Container[str]) -> str:
    """`$width` for `width` and `$(2 * width)` for `2 * width`, if these are names; else ""."""
    used = names_in(f"$({text})")
    if not used or not all(name in names for name in used):
        return ""
    return f"${text}" if text in names else f"$({text})"


@lru_cache(maxsize=4096)
def _parse(source: str) -> ast.expr:
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


def _value(node: ast.expr, names: Mapping[str, Value]) -> Any:
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
        return _value(node.body if _value(node.test, names) else node.orelse, names)
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
    return picked(ast.unparse(node.value), _value(node.value, names), _value(node.slice, names))


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
    left, right = _value(node.left, names), _value(node.right, names)
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
    value = _value(node.operand, names)
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
        value = _value(each, names)
        if bool(value) == stops:
            break
    return value


def _comparison(node: ast.Compare, names: Mapping[str, Value]) -> bool:
    left = _value(node.left, names)
    for operation, each in zip(node.ops, node.comparators, strict=True):
        if type(operation) not in _OPERATORS:
            raise _foreign(node)
        try:
            right = _value(each, names)
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
    arguments = [_value(each, names) for each in node.args] if not node.keywords else []
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


def written(value: Value) -> str:
    """A value as a spec would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value) if isinstance(value, float) else str(value)


def plain_value(text: str) -> Value:
    """A scalar's text as a value for expressions: a number, true or false, or the text itself."""
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if (
        re.fullmatch(r"-?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][+-]?[0-9]{1,2})?", text)
        and not text.strip("-").isdigit()
    ):
        return float(text)
    return {"true": True, "false": False}.get(text, text)
