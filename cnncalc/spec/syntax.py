"""Why a text is not YAML, told so that a beginner can mend it.

The two parsers word their errors differently; what counts is the text at the place where they stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cnncalc.diagnostics import START, Diagnostic, Span
from cnncalc.spec.source import Source

_NO_CHARACTER = re.compile(
    r"\\u[dD][89a-fA-F]|\\U(0000[dD][89a-fA-F]|001[1-9a-fA-F]|00[2-9a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])"
)
"""An escape beyond Unicode, or of half a surrogate pair."""


def explain_syntax_error(source: Source, error: Any) -> Diagnostic:
    """One finding for an exception of either of PyYAML's parsers."""
    trouble = _Trouble(source, error)
    return next(iter(trouble.explanations()))


def question_mark(source: Source, row: int, column: int) -> Diagnostic:
    """`{name: what?}`."""
    span = Span(row + 1, column + 1, row + 1, column + 2)
    return source.diagnostic(
        "CNN108", span, "a `?` in a plain word", "inside brackets it has a meaning of its own", ["quote the word"]
    )


class _Trouble:
    """Where a parser stopped, and what it was in the middle of."""

    def __init__(self, source: Source, error: Any) -> None:
        self.source = source
        self.problem = str(getattr(error, "problem", None) or error)
        self.context = str(getattr(error, "context", None) or "")
        mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        self.is_placed = mark is not None
        self.row = min(mark.line, len(source.lines) - 1) if mark else 0
        self.text = source.lines[self.row]
        self.column = min(mark.column, len(self.text)) if mark else 0
        self.rest = self.text[self.column :]
        self.here = self._span(self.row, self.column, self.column + 1)
        self.opened = self._opened(opened) if opened else None

    def _opened(self, mark: Any) -> Span | None:
        """Where the bracket, quote or block stands that the parser was inside of."""
        if "flow" not in self.context:
            return self._span(mark.line, mark.column, mark.column + 1)
        # inside brackets the mark may point behind the bracket, even behind the text: the last one up to there is meant
        for row in range(min(mark.line, len(self.source.lines) - 1), -1, -1):
            line = self.source.lines[row][: mark.column + 1] if row == mark.line else self.source.lines[row]
            column = max(line.rfind("["), line.rfind("{"))
            if column >= 0:
                return self._span(row, column, column + 1)
        return None

    def _span(self, row: int, start: int, stop: int) -> Span:
        return Span(row + 1, start + 1, row + 1, stop + 1)

    def _found(self, code: str, span: Span, message: str, label: str = "", help: str = "") -> Diagnostic:
        return self.source.diagnostic(code, span, message, label, [help] if help else [])

    def explanations(self) -> Iterator[Diagnostic]:
        """What may be wrong, the likeliest first; the last one always fits."""
        yield from self._no_character()
        if not self.is_placed:
            yield self._found("CNN107", START, f"this is not YAML: {self.problem}")
        if self.rest[:1] == "?" and "flow" in self.context:
            yield question_mark(self.source, self.row, self.column)
        yield from self._block_scalar()
        yield from self._reserved_character()
        yield from self._second_document()
        yield from self._missing_space()
        yield from self._second_colon()
        yield from self._unclosed()
        yield from self._escape()
        yield from self._misplaced()
        label = f"`{self.rest[:1]}` has no meaning here" if self.rest else "something is missing here"
        yield self._found(
            "CNN107", self.here, "this is not YAML", label, "`cnncalc new` writes a spec that shows every form"
        )

    def _block_scalar(self) -> Iterator[Diagnostic]:
        """`params: >= 224`."""
        if "block scalar" in self.context and self.opened:
            span = self.opened
        elif "cannot start any token" in self.problem and self.rest[:1] in (">", "|"):
            span = self.here
        else:
            return
        written = re.split(r",|}| #", self.source.lines[span.line - 1][span.column - 1 :])[0].strip()
        message = f"`{written[:1]}` begins a block of text in YAML"
        yield self._found("CNN110", span, message, "quote this value", f'write "{written[:40]}"')

    def _reserved_character(self) -> Iterator[Diagnostic]:
        """`conv: @3x3`."""
        if "cannot start any token" not in self.problem:
            return
        word = re.split(r"[\s,}\]]", self.rest)[0] or self.rest[:1]
        message = f"a value cannot begin with `{self.rest[:1]}`"
        help = f'quote the value, `"{word[:40]}"`, or leave the character out'
        yield self._found("CNN108", self.here, message, "YAML keeps this character for itself", help)

    def _second_document(self) -> Iterator[Diagnostic]:
        """Something behind the end of the document, or beside its indentation."""
        if "<document start>" not in self.problem:
            return
        if any(line.rstrip() in ("---", "...") for line in self.source.lines[: self.row]):
            help = "put the second model into a file of its own"
            yield self._found("CNN105", self.here, "a second document begins", "one file holds one model", help)
        line = self._span(self.row, self.column, max(len(self.text.rstrip()), self.column + 1))
        help = "begin all keys of the file in the same column"
        yield self._found("CNN117", line, "this line fits nothing above it", "", help)

    def _missing_space(self) -> Iterator[Diagnostic]:
        """`layers:[flatten]` or `-flatten`: what follows is then blamed for it."""
        if not any(words in self.problem for words in ("mapping values", "expected ':'", "block end", "expected key")):
            return
        for row in (self.row, self.row - 1, self.row - 2):
            line = self.source.lines[row] if row >= 0 else ""
            if found := re.match(r"\s*(- *)?([A-Za-z_]\w*):([^\s:/].*)", line):
                message = f"no space behind the `:` in `{found.group(0).strip()[:40]}`"
                span = self._span(row, found.start(2), len(line.rstrip()))
                yield self._found("CNN115", span, message, "", f"write `{found.group(2)}: {found.group(3)[:40]}`")
            if found := re.match(r"\s*-([A-Za-z_][^-]*)", line):
                message = f"no space behind the `-` in `{line.strip()[:40]}`"
                span = self._span(row, found.start(1) - 1, len(line.rstrip()))
                yield self._found("CNN115", span, message, "", f"write `- {line.strip()[1:41]}`")

    def _second_colon(self) -> Iterator[Diagnostic]:
        """`- conv: 8, kernel: 3`, or a line that is indented too deep."""
        if "entries are not allowed" in self.problem:
            help = "put the list on the next line, or in brackets: `[…]`"
            yield self._found("CNN117", self.here, "a list cannot begin here", "behind `key:` on the same line", help)
        if "mapping values are not allowed" not in self.problem:
            return
        before, after = self.text[: self.column].lstrip(" -"), self.text[self.column + 1 :].strip()
        is_entry = self.text.lstrip().startswith("-")
        if is_entry and re.search(r":.*, *\w+$", before):
            entry = f"{before}:{' ' + after if after else ''}"
            help = f"write `- {{{entry[:60]}}}`, or each setting on a line of its own"
            yield self._found(
                "CNN109", self.here, "a second `:` on this line", "settings side by side need braces", help
            )
        if ":" in before:
            help = "quote the value, or put the second setting on its own line"
            yield self._found("CNN109", self.here, "a second `:` on this line", "", help)
        indent = len(self.text) - len(self.text.lstrip())
        line = self._span(self.row, indent, self.column)
        help = "give the keys of one mapping the same indentation"
        yield self._found("CNN117", line, "this line is indented deeper than the one it belongs to", "", help)

    def _unclosed(self) -> Iterator[Diagnostic]:
        """`{conv: 8, kernel: 3` and `{conv: 8 kernel: 3}`."""
        if self.opened and "end of stream" in self.problem:
            help = "close it on the same line"
            yield self._found("CNN111", self.opened, "a quote that is never closed", "opened here", help)
        if not self.opened or "flow" not in self.context:
            return
        row, column = self.opened.line - 1, self.opened.column - 1
        bracket = self.source.lines[row][column : column + 1]
        closing = "]" if bracket == "[" else "}"
        if row == self.row and self.rest:
            label = f"inside the `{bracket}` of column {column + 1}"
            help = "separate the settings with commas: `{conv: 8, kernel: 3}`"
            yield self._found("CNN111", self.here, f"expected `,` or `{closing}` here", label, help)
        help = f"add `{closing}` where it ends"
        yield self._found("CNN111", self.opened, f"this `{bracket}` is never closed", "opened here", help)

    def _escape(self) -> Iterator[Diagnostic]:
        if "escape" in self.problem:
            # the two parsers point at different characters of it
            slash = max(self.text.rfind("\\", 0, self.column + 1), 0)
            yield self._escaped(self._span(self.row, slash, slash + 2))

    def _no_character(self) -> Iterator[Diagnostic]:
        """`"\\U00110000"`, `"\\uD800"`: the Python parser has no place for them."""
        if self.is_placed:
            return
        for row, line in enumerate(self.source.lines):
            if found := _NO_CHARACTER.search(line):
                yield self._escaped(self._span(row, found.start(), found.start() + 2))

    def _escaped(self, span: Span) -> Diagnostic:
        help = "write `\\\\` for a backslash, or use single quotes"
        return self._found("CNN107", span, "an unknown escape in double quotes", "", help)

    def _misplaced(self) -> Iterator[Diagnostic]:
        """A line that fits nothing above it."""
        if not any(words in self.problem for words in ("expected key", "block end", "expected ':'", "expected '-'")):
            return
        indent = len(self.text) - len(self.text.lstrip())
        if self.column > indent:
            help = "quote the whole value, or remove the rest"
            if self.text.count("'") > 2:
                help = "inside single quotes an apostrophe stands twice, as in 'Anna''s net'; or use double quotes"
            yield self._found("CNN107", self.here, "more text behind a value that has ended", "", help)
        line = self._span(self.row, indent, max(len(self.text.rstrip()), indent + 1))
        help = "entries of one list begin in the same column, keys of one mapping too"
        yield self._found("CNN117", line, "this line fits no list or mapping above it", "the indentation is off", help)
