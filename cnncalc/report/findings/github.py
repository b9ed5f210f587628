"""Findings as workflow commands of GitHub Actions, which show them in a pull request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.report.findings._places import relative
from cnncalc.report.findings.concise import concise_line
from cnncalc.report.text import printable
from cnncalc.source.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cnncalc.report.findings.validation import FoundInFiles

MAX_SHOWN = 10
"""GitHub shows at most this many annotations of each level per step: ten errors, ten warnings, ten notices (50 per
job)."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_text(files: FoundInFiles, _encoding: str = "utf-8") -> Iterator[str]:
    """The first ten findings of each level as annotations, errors first; the others as plain lines in the log."""
    findings = [found for result in files.results for found in result.diagnostics]
    levels = [[found for found in findings if found.severity == severity] for severity in _COMMANDS]
    lines = [_command(found) for level in levels for found in level[:MAX_SHOWN]]
    if more := [concise_line(found, printable) for level in levels for found in level[MAX_SHOWN:]]:
        lines += [f"{len(more)} more, which GitHub would not show:", *_without_commands(more)]
    return (f"{line}\n" for line in lines)


def _command(found: Diagnostic) -> str:
    span = found.span
    properties = {
        "file": relative(found.file),
        "line": span.line,
        "endLine": span.end_line,
        "col": span.column,
        "endColumn": span.end_column,
        "title": found.code,
    }
    if span.end_line != span.line:
        del properties["col"], properties["endColumn"]  # GitHub takes columns on one line only
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = "\n".join([found.message, *filter(None, [found.label]), *found.chain, *found.help])
    return f"::{_COMMANDS[found.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """A message: in a workflow command only these characters mean anything."""
    lines = (printable(line).replace("%", "%25").replace("\r", "%0D") for line in text.split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _without_commands(lines: list[str]) -> list[str]:
    """Lines of the log in which GitHub looks for no commands until the same mark comes again.

    The mark is made from the lines themselves, so that none of them can contain it.
    """
    mark = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return [f"::stop-commands::{mark}", *lines, f"::{mark}::"]
