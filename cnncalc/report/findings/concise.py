"""Findings a line each, `file:line:column: code message`, as editors and grep read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.checks.validate_files import FileFindings
from cnncalc.report.text import clean, is_command
from cnncalc.source.diagnostics import Diagnostic, concise


def concise_text(results: Sequence[FileFindings]) -> str:
    """A line a finding."""
    return "".join(f"{concise_line(found)}\n" for result in results for found in result.diagnostics)


def concise_line(found: Diagnostic, shown: Callable[[str], str] = clean) -> str:
    """One finding; a name that build servers would take for a command gets a `./` before it."""
    line = concise(found)
    return shown(f"./{line}" if is_command(f"{found.file}:") else line)
