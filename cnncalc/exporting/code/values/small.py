"""Small expressions of names that are known, and their values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from cnncalc.exporting.code.expressions import Expression, Identifier, Literal, Phrase, operation
from cnncalc.exporting.code.values.values import INDEX, Point, is_alike


def conditions(names: Sequence[str], values: Mapping[str, Any]) -> Iterator[Expression]:
    numbers = [name for name in names if type(values[name]) is int]
    for name in names:
        if isinstance(values[name], bool):
            yield Phrase("not {}", (Identifier(name),), 4, (4,))
    for name in numbers:
        yield operation(">", Identifier(name), Literal(1))
        yield operation("==", Identifier(name), Literal(1))
    for one, other in combinations(numbers, 2):
        yield operation("!=", Identifier(one), Identifier(other))
        yield operation("==", Identifier(one), Identifier(other))
    if INDEX in names:
        yield operation(">", Identifier(INDEX), Literal(0))
        yield operation("==", Identifier(INDEX), Literal(0))
    for name in names:
        if isinstance(values[name], str):
            yield operation("==", Identifier(name), Literal(values[name]))
            yield operation("!=", Identifier(name), Literal(values[name]))


def sums(names: Sequence[str], known: Sequence[tuple[Point, int]]) -> Iterator[Expression]:
    """Multiples, parts and sums."""
    point, value = known[0]
    for name in names:
        own = point.names[name]
        if own and value % own == 0 and value // own > 1:
            yield operation("*", Literal(value // own), Identifier(name))
        if value > 0 and own // value > 1:
            yield operation("//", Identifier(name), Literal(own // value))
    for one, other in combinations(names, 2):
        yield operation("+", Identifier(one), Identifier(other))
        yield operation("*", Identifier(one), Identifier(other))
        yield operation("//", Identifier(one), Identifier(other))
        yield operation("//", Identifier(other), Identifier(one))
        yield operation("-", Identifier(one), Identifier(other))
        yield operation("-", Identifier(other), Identifier(one))
    if INDEX in names:
        yield from _along_copies([name for name in names if name != INDEX], known)
    for one, other in combinations(names, 2):
        for name, times in ((one, other), (other, one)):
            rest = value - point.names[name]
            own = point.names[times]
            if own and rest % own == 0 and 1 < rest // own <= 8:
                product = operation("*", Literal(rest // own), Identifier(times))
                yield operation("+", Identifier(name), product)


def _along_copies(names: Sequence[str], known: Sequence[tuple[Point, int]]) -> Iterator[Expression]:
    """Values that grow by the same amount from copy to copy, or alternate."""
    by_index = {point.names[INDEX]: value for point, value in known if point.instance == known[0][0].instance}
    places = sorted(by_index)
    if len(places) < 2:
        return
    low, next_ = places[0], places[1]
    step = (by_index[next_] - by_index[low]) // (next_ - low)
    if step <= 0:
        return
    start = by_index[low] - step * low
    steps: list[Expression] = [Literal(step), *(Identifier(name) for name in names if known[0][0].names[name] == step)]
    starts: list[Expression] = [
        Literal(start),
        *(Identifier(name) for name in names if known[0][0].names[name] == start),
    ]
    for one in reversed(steps):
        growing = Identifier(INDEX) if one == Literal(1) else operation("*", one, Identifier(INDEX))
        if start == 0:
            yield growing
        for other in reversed(starts):
            yield operation("+", other, growing)


def right_ones(trees: Iterable[Expression], known: Sequence[tuple[Point, Any]]) -> Iterator[Expression]:
    return (tree for tree in trees if all(_is(tree, point, value) for point, value in known))


def _is(tree: Expression, point: Point, value: Any) -> bool:
    try:
        return is_alike(evaluated(tree, point.names), value)
    except (ArithmeticError, TypeError, KeyError, ValueError):
        return False


def evaluated(tree: Expression, names: Mapping[str, Any]) -> Any:
    """The value of a small expression.

    Raises:
        KeyError: it has a name without a value, or is more than an expression of numbers.
        TypeError, ArithmeticError, ValueError: it has no value.
    """
    if isinstance(tree, Literal):
        return tree.value
    if isinstance(tree, Identifier):
        return names[tree.text]
    if not isinstance(tree, Phrase):
        raise KeyError
    parts = [evaluated(part, names) for part in tree.parts]
    return _FUNCTIONS[tree.pattern](*parts)


def _number(value: Any) -> Any:
    if not isinstance(value, int | float):
        raise TypeError
    return value


def _of_numbers(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda one, other: function(_number(one), _number(other))


_OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{f"{{}} {sign} {{}}": _of_numbers(function) for sign, function in _OPERATORS.items()},
    "{} == {}": lambda one, other: one == other,
    "{} != {}": lambda one, other: one != other,
    "{} and {}": lambda one, other: one and other,
    "{} or {}": lambda one, other: one or other,
    "{} and {} and {}": lambda *parts: all(parts),
    "{} or {} or {}": lambda *parts: any(parts),
    "not {}": lambda one: not one,
    "{} if {} else {}": lambda yes, condition, no: yes if condition else no,
}
