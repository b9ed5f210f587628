"""Findings, one per line: `file:line:column: code message`, as read by editors and grep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc.report.text import clean, is_command
from cnncalc.source.diagnostics import Diagnostic, concise

if TYPE_CHECKING:
    from cnncalc.report.findings.validation import FoundInFiles


def concise_text(files: FoundInFiles, _encoding: str = "utf-8") -> Iterator[str]:
    """One line per finding."""
    return (f"{concise_line(found)}\n" for result in files.results for found in result.diagnostics)


def concise_line(found: Diagnostic, shown: Callable[[str], str] = clean) -> str:
    """One finding; a name that build servers would take for a command gets a `./` before it."""
    line = concise(found)
    return shown(f"./{line}" if is_command(f"{found.file}:") else line)
