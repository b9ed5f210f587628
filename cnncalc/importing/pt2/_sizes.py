"""The sizes in a program: numbers, and expressions of symbols that stand for the batch or for sizes that are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnncalc.importing.operations import BATCH
from cnncalc.importing.pt2._expressions import UnknownExpressionError, calculate, only_symbol, symbols_of


class OpenSizeError(Exception):
    """A size depends on symbols without a value, or on the values in a tensor."""


class MisfitError(Exception):
    """A given size is not one that the program takes."""


class Sizes:
    """What the symbols of a program stand for."""

    def __init__(self, ranges: Mapping[str, Any]) -> None:
        self.symbols: dict[str, int] = {}
        self._ranges = ranges

    def take_batch(self, size: Mapping[str, Any]) -> bool:
        """Lets the symbol that a size is stand for the batch; False if it is none."""
        symbol = only_symbol(_expression(size))
        if symbol:
            self.symbols[symbol] = BATCH
        return bool(symbol)

    def take(self, size: Mapping[str, Any], given: int) -> None:
        """Lets the symbol in a size stand for what makes the size as large as it was given.

        Raises:
            MisfitError: nothing does.
        """
        text = _expression(size)
        open_symbols = symbols_of(text) - self.symbols.keys()
        if len(open_symbols) == 1:
            (symbol,) = open_symbols
            self._solve(text, symbol, given)
        if (fixed := self.of(size)) != given:
            raise MisfitError(f"{given}, but it is {fixed} there")

    def _solve(self, text: str, symbol: str, given: int) -> None:
        """Exported sizes of inputs are linear in their symbol: two values give both coefficients."""
        at_one, at_two = (calculate(text, {**self.symbols, symbol: value}) for value in (1, 2))
        value, rest = divmod(given - (2 * at_one - at_two), at_two - at_one or 1)
        bounds = self._ranges.get(symbol) or {}
        low, high = bounds.get("min_val"), bounds.get("max_val")
        if rest or value < max(low or 1, 1) or (high is not None and value > high):
            raise MisfitError(f"{given}, which the model does not take")
        self.symbols[symbol] = value

    def of(self, size: Mapping[str, Any]) -> int:
        """A size as a number.

        Raises:
            OpenSizeError: it depends on something without a value.
        """
        if "as_int" in size:
            return int(size["as_int"])
        try:
            return calculate(_expression(size), self.symbols)
        except UnknownExpressionError:
            raise OpenSizeError(_expression(size)) from None

    def all_of(self, sizes: Iterable[Mapping[str, Any]]) -> tuple[int, ...]:
        """Several of them."""
        return tuple(map(self.of, sizes))


def is_open(size: Mapping[str, Any]) -> bool:
    """Whether a size is no number."""
    return "as_int" not in size


def shown(sizes: Sequence[Mapping[str, Any]]) -> str:
    """Sizes for a message: `3x?x?`."""
    return "x".join("?" if is_open(size) else str(size["as_int"]) for size in sizes)


def _expression(size: Mapping[str, Any]) -> str:
    return str(size["as_expr"]["expr_str"]) if is_open(size) else ""
