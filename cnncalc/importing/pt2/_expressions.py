"""SymbolicSizes that depend on others: SymPy's notation `Mul(Integer(49), Symbol('s77'))`, calculated without SymPy."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

_TOKEN = re.compile(r"\s*(?:(\w+)=|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|'([^']*)'|([(),]))")
_MOST_CHARACTERS = 10_000
_MOST = 2**63


def symbols_of(text: str) -> set[str]:
    """The symbols in an expression."""
    return set(re.findall(r"Symbol\('([^']*)'", text[:_MOST_CHARACTERS]))


def only_symbol(text: str) -> str:
    """The symbol that an expression is; "" if it is anything else."""
    found = re.fullmatch(r"Symbol\('([^']*)'[^()]*\)", text)
    return found[1] if found else ""


def calculate(text: str, symbols: Mapping[str, int]) -> int | None:
    """The whole number that an expression is; None if it is none, is not in this notation, or has open symbols."""
    try:
        value = _value(text, symbols)
        return int(value) if value == int(value) else None
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):
        return None


def _value(text: str, symbols: Mapping[str, int]) -> Any:
    """Calls are calculated as their brackets close: a stack instead of a recursion on what the file says."""
    calls: list[tuple[str, list[Any]]] = [("", [])]
    name = skipped = ""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found or len(text) > _MOST_CHARACTERS:
            raise ValueError(text[:100])
        place = found.end()
        keyword, word, number, quoted, mark = found.groups()
        if keyword:
            skipped = keyword
        elif word:
            name = word
        elif mark == "(":
            calls.append((name, []))
            name = ""
        elif mark:
            name = skipped = ""
            if mark == ")":
                _close(calls, symbols)
        elif not skipped:
            calls[-1][1].append(quoted if number is None else _number(number))
    ((_, (value,)),) = calls
    return value


def _number(text: str) -> Fraction | int:
    return int(text) if text.lstrip("-").isdigit() else _fraction(text)


def _fraction(*numbers: Any) -> Fraction:
    from fractions import Fraction  # (its import takes longer than most models)

    return Fraction(*numbers)


def _close(calls: list[tuple[str, list[Any]]], symbols: Mapping[str, int]) -> None:
    name, arguments = calls.pop()
    value = symbols[arguments[0]] if name == "Symbol" else _FUNCTIONS[name](*arguments)
    if abs(value) >= _MOST:
        raise OverflowError
    calls[-1][1].append(value)


def _power(base: Any, exponent: Any) -> Any:
    if exponent != int(exponent) or abs(exponent) > 64:
        raise TypeError
    return _fraction(base) ** int(exponent)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Integer": lambda n: n,
    "Float": lambda n, *_: _fraction(n),
    "Rational": _fraction,
    "Add": lambda *terms: sum(terms),
    "Mul": lambda *factors: math.prod(factors),
    "Pow": _power,
    "PowByNatural": _power,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "CeilDiv": lambda a, b: -(-a // b),
    "IntTrueDiv": _fraction,
    "FloatTrueDiv": lambda a, b: _fraction(a) / _fraction(b),
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "Max": max,
    "Min": min,
    "Abs": abs,
    "floor": math.floor,
    "ceiling": math.ceil,
    "FloorToInt": math.floor,
    "CeilToInt": math.ceil,
    "TruncToInt": math.trunc,
    "RoundToInt": round,
    "ToFloat": lambda n: n,
    "Identity": lambda n: n,
}
