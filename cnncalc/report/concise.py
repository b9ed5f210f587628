"""Findings a line each, `file:line:column: code message`, as editors and grep read them."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.checks.validation import Result
from cnncalc.diagnostics import concise
from cnncalc.report.text import clean


def concise_text(results: Sequence[Result]) -> str:
    """A line a finding."""
    return "".join(f"{clean(concise(found))}\n" for result in results for found in result.diagnostics)
