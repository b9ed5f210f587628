"""A computed number as a block of a document."""

from __future__ import annotations

from cnncalc.recorded_numbers import html_symbolic, is_derived, latex_numeric, latex_symbolic, numeric, symbolic
from cnncalc.report._document import Formula
from cnncalc.report.text import number


def formula_block(quantity: str, value: int, words: str = "") -> Formula:
    """A number, with the rule that led to it where it was computed, in the forms that formats need."""
    result = number(int(value))
    if not is_derived(value):
        return Formula(quantity, "", "", result, words)
    latex = latex_symbolic(value), latex_numeric(value)
    return Formula(quantity, symbolic(value), numeric(value), result, words, latex, html_symbolic(value))
