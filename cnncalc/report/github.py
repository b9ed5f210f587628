"""Findings as workflow commands of GitHub Actions, which show them in a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.checks.validation import Result
from cnncalc.diagnostics import Diagnostic, concise
from cnncalc.report.places import relative
from cnncalc.report.text import clean

MAX_SHOWN = 10
"""GitHub shows no more annotations of one step."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_text(results: Sequence[Result]) -> str:
    """The worst ten findings as annotations, the others as plain lines in the log."""
    order = list(_COMMANDS)
    findings = [found for result in results for found in result.diagnostics]
    findings.sort(key=lambda found: order.index(found.severity))
    lines = [_command(found) for found in findings[:MAX_SHOWN]]
    if more := findings[MAX_SHOWN:]:
        lines.append(f"{len(more)} more, which GitHub would not show:")
        lines += [_plain(clean(concise(found))) for found in more]
    return "".join(f"{line}\n" for line in lines)


def _command(found: Diagnostic) -> str:
    span = found.span
    properties = {
        "file": relative(found.file),
        "line": span.line,
        "endLine": span.end_line,
        "col": span.column,
        "endColumn": span.end_column,
        "title": f"{found.code}",
    }
    if span.end_line != span.line:
        del properties["col"], properties["endColumn"]  # GitHub takes columns on one line only
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = "\n".join([found.message, *filter(None, [found.label]), *found.chain, *found.help])
    return f"::{_COMMANDS[found.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """A message: in a workflow command only these characters mean anything."""
    lines = (clean(line).replace("%", "%25").replace("\r", "%0D") for line in text.split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _plain(line: str) -> str:
    """A line of the log that is no command, whatever it begins with."""
    return f" {line}" if line.lstrip().startswith(("::", "##[")) else line
