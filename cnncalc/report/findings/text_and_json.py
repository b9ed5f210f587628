"""Findings as text with the place shown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cnncalc.report.text import clean, width, wrapped
from cnncalc.source.diagnostics import Diagnostic

MAX_LINE = 160
"""Of longer source lines, only the part around the caret is shown."""


CONTINUED = 4
"""The margin of a message's further lines."""


def diagnostics_text(diagnostics: Iterable[Diagnostic], columns: int = 0) -> str:
    """All findings, a blank line between them; for a terminal of so many columns broken between words."""
    return "\n".join("\n".join(diagnostic_lines(each, columns)) + "\n" for each in diagnostics)


def diagnostic_lines(found: Diagnostic, columns: int = 0) -> Iterator[str]:
    """A finding line by line; places and what is shown of a file stay on one line each."""
    yield from wrapped(f"{found.severity}[{found.code}]: ", clean(found.message), columns, CONTINUED)
    snippet = found.source and found.span.line <= len(found.source)
    place = f":{found.span.line}:{found.span.column}" if snippet else ""
    margin = len(str(found.span.line)) + 1 if snippet else 1
    yield f"{' ' * margin}--> {clean(found.file)}{place}"
    if snippet:
        yield from _snippet(found, margin)
    elif found.label:
        yield from wrapped(f"{' ' * margin} = ", clean(found.label), columns)
    for line in found.chain:
        yield from wrapped(f"{' ' * margin} = ", clean(line), columns)
    for line in found.help:
        yield from wrapped(f"{' ' * margin} = help: ", clean(line), columns)


def _snippet(found: Diagnostic, margin: int) -> Iterator[str]:
    span = found.span
    line = found.source[span.line - 1].replace("\t", "→")  # to be seen
    start = span.column - 1
    stop = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - MAX_LINE // 2) if len(line) > MAX_LINE else 0
    shown = line[first : first + MAX_LINE]
    before = clean(line[first:start])
    marked = clean(line[start : min(stop, first + MAX_LINE)])
    carets = "^" * max(width(marked), 1)
    edge = " " * margin
    yield f"{edge} |"
    yield f" {span.line} | {clean(shown)}".rstrip()
    yield f"{edge} | {' ' * width(before)}{carets}{' ' + clean(found.label) if found.label else ''}".rstrip()


def diagnostic_json(found: Diagnostic) -> dict[str, Any]:
    """One finding, field by field."""
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "file": found.file,
        "line": found.span.line,
        "column": found.span.column,
        "end_line": found.span.end_line,
        "end_column": found.span.end_column,
        "label": found.label,
        "help": list(found.help),
        "chain": list(found.chain),
    }


def counted(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    parts = []
    for severity in ("error", "warning", "note"):
        count = sum(each.severity == severity for each in diagnostics)
        if count:
            parts.append(f"{count} {severity}{'' if count == 1 else 's'}")
    return ", ".join(parts)
