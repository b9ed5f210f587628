"""Expressions: `$name` and `$(…)` in a spec.

The grammar is a small part of Python's: numbers and texts, names, items of lists, arithmetic, comparisons, `and or
not`, `a if c else b`, and a few functions. (`_syntax_tree` reads and evaluates them.) Size and magnitude
are limited, so that no expression can run away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from math import ceil, floor, log2, sqrt
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.source.diagnostics import excerpt

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
    name = text[1:]
    if name.isascii() and name.isidentifier():
        return name
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
    from cnncalc.spec.language._syntax_tree import parse_expression

    try:
        parse_expression(text)
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
    value = names.get(text[1:])
    if isinstance(value, tuple):
        return value  # long lists are slow to look up
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
    from cnncalc.spec.language._syntax_tree import parse_expression, tree_value

    source = source_of(text)
    try:
        value = tree_value(parse_expression(source), names)
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
    from cnncalc.spec.language._syntax_tree import parse_expression, tree_names

    try:
        return tree_names(parse_expression(source_of(text)))
    except (ExpressionError, ExpressionFailure):
        return frozenset()


@lru_cache(maxsize=4096)
def _names_by_order(text: str) -> tuple[str, ...]:
    """The names in an expression that need a value, in a fixed order."""
    return tuple(sorted(names_in(text) - {"true", "false"}))


def with_dollar(text: str, names: Container[str]) -> str:
    """`$width` for `width` and `$(2 * width)` for `2 * width`, if these are names; else ""."""
    used = names_in(f"$({text})")
    if not used or not all(name in names for name in used):
        return ""
    return f"${text}" if text in names else f"$({text})"


def written(value: Value) -> str:
    """A value as a spec would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value) if isinstance(value, float) else str(value)


def plain_value(text: str) -> Value:
    """A scalar's text as a value for expressions: a number, true or false, or the text itself."""
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        # (a leading zero could mean octal)
        return int(text) if len(digits) <= 18 and (digits[0] != "0" or digits == "0") else text
    if digits[:1] in "0123456789." and re.fullmatch(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)
