"""The sizes in a program: numbers, and expressions of symbols that stand for the batch or for sizes that are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.importing.operations import BATCH
from cnncalc.importing.pt2._expressions import calculate, only_symbol, symbols_of
from cnncalc.importing.pt2._program import Program
from cnncalc.source.diagnostics import name_text


class SymbolicSizes:
    """What the symbols of a program stand for."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ranges = program.json.get("range_constraints") or {}
        self._symbols: dict[str, int] = {}
        self._values: dict[str, int | None] = {}
        """Of expressions with these symbols: most sizes of a program are the same few."""

    def take_batch(self, size: Mapping[str, Any]) -> bool:
        """Lets the symbol that a size is stand for the batch; False if it is none."""
        symbol = only_symbol(_expression(size))
        if symbol:
            self._let(symbol, BATCH)
        return bool(symbol)

    def take(self, size: Mapping[str, Any], given: int) -> bool:
        """Lets the symbol in a size, if one is open, stand for what makes the size as large as it was given.

        Returns:
            Whether the program takes that size.
        """
        text = _expression(size)
        open_symbols = symbols_of(text) - self._symbols.keys()
        return len(open_symbols) != 1 or self._solve(text, open_symbols.pop(), given)

    def _solve(self, text: str, symbol: str, given: int) -> bool:
        """Exported sizes of inputs are linear in their symbol: two values give both coefficients."""
        at_one, at_two = (calculate(text, {**self._symbols, symbol: value}) for value in (1, 2))
        if at_one is None or at_two is None:
            return False
        value, rest = divmod(given - (2 * at_one - at_two), at_two - at_one or 1)
        bounds = self._ranges.get(symbol) or {}
        low, high = bounds.get("min_val"), bounds.get("max_val")
        self._let(symbol, value)
        return not rest and value >= max(low or 1, 1) and (high is None or value <= high)

    def _let(self, symbol: str, value: int) -> None:
        self._symbols[symbol] = value
        self._values.clear()

    def are_known(self, sizes: Iterable[Mapping[str, Any]]) -> bool:
        """Whether all of these are numbers by now."""
        return all(self._known(size) is not None for size in sizes)

    def of(self, size: Mapping[str, Any]) -> int:
        """A size as a number.

        Raises:
            Unreadable: it depends on something without a value.
        """
        if (known := self._known(size)) is None:
            what = name_text(_expression(size))
            self._program.refuse("CNN152", f"the size {what} depends on the values in a tensor")
        return known

    def all_of(self, sizes: Iterable[Mapping[str, Any]]) -> tuple[int, ...]:
        """Several of them."""
        return tuple([int(size["as_int"]) if "as_int" in size else self.of(size) for size in sizes])

    def _known(self, size: Mapping[str, Any]) -> int | None:
        if not is_open(size):
            return int(size["as_int"])
        text = _expression(size)
        if text not in self._values:
            self._values[text] = calculate(text, self._symbols)
        return self._values[text]


def is_open(size: Mapping[str, Any]) -> bool:
    """Whether a size is no number."""
    return "as_int" not in size


def _expression(size: Mapping[str, Any]) -> str:
    return str(size["as_expr"]["expr_str"]) if is_open(size) else ""
