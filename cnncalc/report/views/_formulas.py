"""Computed numbers, and the legend of their symbols, as blocks of a document."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.at_least import AtLeast
from cnncalc.recorded_numbers import (
    html_symbol,
    html_symbolic,
    is_derived,
    latex_numeric,
    latex_symbol,
    latex_symbolic,
    numeric,
    symbol_text,
    symbolic,
)
from cnncalc.report._document import Formula, Legend, Symbol
from cnncalc.report.text import number


def formula_block(quantity: str, value: int, words: str = "") -> Formula:
    """A number, with the rule that led to it if it was calculated, in the forms that formats need."""
    result = number(value if isinstance(value, AtLeast) else int(value))
    if not is_derived(value):
        return Formula(quantity, "", "", result, words)
    if symbolic(value) == numeric(value):
        return Formula(quantity, "", numeric(value), result, words, ("", latex_numeric(value)))
    latex = latex_symbolic(value), latex_numeric(value)
    return Formula(quantity, symbolic(value), numeric(value), result, words, latex, html_symbolic(value))


_BRACKETS = {"floor": ("⌊ ⌋", r"\lfloor\;\rfloor"), "ceil": ("⌈ ⌉", r"\lceil\;\rceil")}
"""How operators that enclose their operand are shown: as text, and as LaTeX for math mode."""


def legend_block(meanings: Mapping[str, str]) -> Legend:
    """The meanings of symbols and operators, in the forms that formats need."""
    return Legend([Symbol(*_forms(key), meaning) for key, meaning in meanings.items()])


def key_text(key: str) -> str:
    """A symbol or operator as plain text."""
    return _forms(key)[0]


def _forms(key: str) -> tuple[str, str, str]:
    if key in _BRACKETS:
        text, latex = _BRACKETS[key]
        return text, latex, text
    return symbol_text(key), latex_symbol(key), html_symbol(key)
