"""Why a text is not YAML, explained so that a beginner can correct it.

The two parsers word their errors differently, and change them between releases. So their messages are not used: what
counts is where they stopped, what is open there (`_parser_stops`), and the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.source._parser_stops import Stop
from cnncalc.source.diagnostics import START, Diagnostic, Span
from cnncalc.source.files import MAX_DEPTH, Source

_NO_CHARACTER = re.compile(
    r"\\u[dD][89a-fA-F]|\\U(0000[dD][89a-fA-F]|001[1-9a-fA-F]|00[2-9a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])"
)
"""An escape beyond Unicode, or for half of a surrogate pair."""


def explain_syntax_error(source: Source, stop: Stop) -> Diagnostic:
    """One finding for the place where a parser stopped."""
    return next(iter(_Trouble(source, stop).explanations()))


def question_mark(source: Source, row: int, column: int) -> Diagnostic:
    """`{name: what?}`."""
    span = Span(row + 1, column + 1, row + 1, column + 2)
    return source.diagnostic(
        "CNN108", span, "a `?` in a plain word", "inside brackets, `?` has a special meaning", ["quote the word"]
    )


def too_deep(source: Source, row: int, column: int) -> Diagnostic:
    """A hundred brackets."""
    span = Span(row + 1, column + 1, row + 1, column + 2)
    return source.diagnostic("CNN104", span, f"nested deeper than {MAX_DEPTH} levels")


class _Trouble:
    """Where a parser stopped, and what it was in the middle of."""

    def __init__(self, source: Source, stop: Stop) -> None:
        self.source = source
        self.stop = stop
        self.row, self.column = stop.row, stop.column
        self.text = source.lines[self.row]
        self.before, self.rest = self.text[: self.column], self.text[self.column :]
        self.indent = len(self.text) - len(self.text.lstrip())
        self.here = self._span(self.row, self.column, self.column + 1)

    def _span(self, row: int, start: int, stop: int) -> Span:
        return Span(row + 1, start + 1, row + 1, stop + 1)

    def _found(self, code: str, span: Span, message: str, label: str = "", help: str = "") -> Diagnostic:
        return self.source.diagnostic(code, span, message, label, [help] if help else [])

    def explanations(self) -> Iterator[Diagnostic]:
        """What may be wrong, the likeliest first; the last one always fits."""
        yield from self._too_deep()
        if not self.stop.is_placed:
            yield from self._no_character()
            yield self._found("CNN107", START, f"this is not YAML: {self.stop.words}")
        if self.stop.quote:
            yield from self._unclosed_quote(*self.stop.quote)
        if self.rest[:1] == "?" and self.stop.brackets:
            yield question_mark(self.source, self.row, self.column)
        yield from self._block_scalar()
        yield from self._reserved_character()
        if self.stop.brackets:
            yield from self._item_of_a_list()
        if self.stop.brackets and not self._is_in_a_sign():
            yield from self._unclosed(*self.stop.brackets[-1])
        if self.stop.is_ended and self.rest[:1] != ":":
            yield from self._second_document()
        if not self._is_in_a_sign():
            yield from self._missing_space()
            yield from self._second_colon()
            yield from self._misplaced()
        label = f"`{self.rest[:1]}` has no meaning here" if self.rest else "something is missing here"
        yield self._found(
            "CNN107", self.here, "this is not YAML", label, "`cnncalc new` writes a spec that shows every form"
        )

    def _block_scalar(self) -> Iterator[Diagnostic]:
        """`params: >= 224`."""
        # within brackets a parser stops at the sign, elsewhere after whatever may follow it
        found = re.search(r"(^|[\s\[{,])([>|][-+\d]*\s*)?$", self.before)
        if found and found.group(2):
            span = self._span(self.row, found.start(2), found.start(2) + 1)
        elif found and self.stop.brackets and self.rest[:1] in (">", "|"):
            span = self.here
        else:
            return
        written = re.split(r",|}| #", self.source.lines[span.line - 1][span.column - 1 :])[0].strip()
        message = f"`{written[:1]}` begins a block of text in YAML"
        yield self._found("CNN110", span, message, "quote this value", f'write "{written[:40]}"')

    def _reserved_character(self) -> Iterator[Diagnostic]:
        """`conv: @3x3`."""
        begins = not self.before or self.before[-1] in " \t[]{},\"'"
        if not begins or self.rest[:1] not in ("@", "`", "%") or (self.rest[0] == "%" and not self.column):
            return
        word = re.split(r"[\s,}\]]", self.rest)[0] or self.rest[:1]
        message = f"a value cannot begin with `{self.rest[:1]}`"
        help = f'quote the value, `"{word[:40]}"`, or leave the character out'
        yield self._found("CNN108", self.here, message, "YAML reserves this character", help)

    def _second_document(self) -> Iterator[Diagnostic]:
        """Something after the end of the document, or at another indentation."""
        if any(line.rstrip() in ("---", "...") for line in self.source.lines[: self.row]):
            help = "put the second model in a file of its own"
            yield self._found("CNN105", self.here, "a second document begins", "one file holds one model", help)
        line = self._span(self.row, self.column, max(len(self.text.rstrip()), self.column + 1))
        help = "start all keys of the file in the same column"
        yield self._found("CNN117", line, "this line does not fit anything above it", "", help)

    def _missing_space(self) -> Iterator[Diagnostic]:
        """`layers:[flatten]` or `-flatten`: parsers then complain about what follows."""
        for row in (self.row, self.row - 1, self.row - 2):
            line = self.source.lines[row] if row >= 0 else ""
            if found := re.match(r"\s*(- *)?([A-Za-z_]\w*):([^\s:/].*)", line):
                message = f"no space after the `:` in `{found.group(0).strip()[:40]}`"
                span = self._span(row, found.start(2), len(line.rstrip()))
                yield self._found("CNN115", span, message, "", f"write `{found.group(2)}: {found.group(3)[:40]}`")
            if found := re.match(r"\s*-([A-Za-z_][^-]*)", line):
                message = f"no space after the `-` in `{line.strip()[:40]}`"
                span = self._span(row, found.start(1) - 1, len(line.rstrip()))
                yield self._found("CNN115", span, message, "", f"write `- {line.strip()[1:41]}`")

    def _second_colon(self) -> Iterator[Diagnostic]:
        """`- conv: 8, kernel: 3`, or a line that is indented too far."""
        if re.match(r"-(\s|$)", self.rest) and self.column > self.indent:
            help = "put the list on the next line, or in brackets: `[…]`"
            yield self._found("CNN117", self.here, "a list cannot begin here", "after `key:` on the same line", help)
        before, after = self.before.lstrip(" -"), self.rest[1:].strip()
        if self.rest[:1] != ":" or not before:
            return
        is_entry = self.text.lstrip().startswith("-")
        if is_entry and re.search(r":.*, *\w+$", before):
            entry = f"{before}:{' ' + after if after else ''}"
            help = f"write `- {{{entry[:60]}}}`, or each setting on a line of its own"
            yield self._found(
                "CNN109", self.here, "a second `:` on this line", "several settings on one line need braces", help
            )
        if ":" in before:
            help = "quote the value, or put the second setting on its own line"
            yield self._found("CNN109", self.here, "a second `:` on this line", "", help)
        line = self._span(self.row, self.indent, self.column)
        help = "give the keys of one mapping the same indentation"
        yield self._found("CNN117", line, "this line is indented further than the one it belongs to", "", help)

    def _too_deep(self) -> Iterator[Diagnostic]:
        if self.stop.too_deep:
            yield too_deep(self.source, *self.stop.too_deep)

    def _unclosed_quote(self, row: int, column: int) -> Iterator[Diagnostic]:
        # the two parsers point at different characters of an escape
        slash = self.text.rfind("\\", 0, self.column + 1)
        is_escape = re.fullmatch(r"\\[^\\]?[\da-fA-F]{0,8}.?", self.text[slash : self.column + 1])
        if is_escape and self.source.lines[row][column] == '"' and self.rest:
            yield self._escaped(self._span(self.row, slash, slash + 2))
        help = "close it on the same line"
        yield self._found(
            "CNN111", self._span(row, column, column + 1), "a quote that is never closed", "opened here", help
        )

    def _item_of_a_list(self) -> Iterator[Diagnostic]:
        """`{from: $(xs[0])}`."""
        found = re.search(r"\$\([^,{}\[\]]*$", self.before)
        if not found or self.rest[:1] != "[":
            return
        stop, depth = found.start() + 1, 0
        while stop < len(self.text) and (depth or stop == found.start() + 1):
            depth += {"(": 1, ")": -1}.get(self.text[stop], 0)
            stop += 1
        message = "an expression that was cut at its `[`"
        label, help = (
            "inside `{…}` and `[…]`, `[` begins a list",
            f'put it in quotes: "{self.text[found.start() : stop]}"',
        )
        yield self._found("CNN212", self._span(self.row, found.start(), stop), message, label, help)

    def _unclosed(self, row: int, column: int) -> Iterator[Diagnostic]:
        """`{conv: 8, kernel: 3` and `{conv: 8 kernel: 3}`."""
        bracket = self.source.lines[row][column]
        closing = "]" if bracket == "[" else "}"
        if row == self.row and self.rest:
            label = f"inside the `{bracket}` of column {column + 1}"
            help = "separate the settings with commas: `{conv: 8, kernel: 3}`"
            default = re.search(r"([A-Za-z_]\w*) *= *$", self.before)
            if default and self.rest[0] in "[{":
                help = f'quote an argument and its default: "{default.group(1)}=[]"'
            yield self._found("CNN111", self.here, f"expected `,` or `{closing}` here", label, help)
        opened, help = self._span(row, column, column + 1), f"add `{closing}` where it ends"
        yield self._found("CNN111", opened, f"this `{bracket}` is never closed", "opened here", help)

    def _is_in_a_sign(self) -> bool:
        """Whether the parser stopped in a directive, an anchor, an alias or a tag that cannot be read."""
        return self.text[:1] == "%" or bool(re.search(r"(^|[\s\[{,])[&*!]\S*$", self.before))

    def _no_character(self) -> Iterator[Diagnostic]:
        """`"\\U00110000"`, `"\\uD800"`: the Python parser gives no place for them."""
        for row, line in enumerate(self.source.lines):
            if found := _NO_CHARACTER.search(line):
                yield self._escaped(self._span(row, found.start(), found.start() + 2))

    def _escaped(self, span: Span) -> Diagnostic:
        help = "write `\\\\` for a backslash, or use single quotes"
        return self._found("CNN107", span, "an unknown escape in double quotes", "", help)

    def _misplaced(self) -> Iterator[Diagnostic]:
        """A line that does not fit anything above it."""
        if re.search(r"(^|[-?:]\s)\s*$", self.before) and self.rest[:1] in (",", "]", "}", "?"):
            return
        if self.column > self.indent:
            help = "quote the whole value, or remove the rest"
            if self.text.count("'") > 2:
                help = "inside single quotes, double the apostrophe, as in 'Anna''s net', or use double quotes"
            yield self._found("CNN107", self.here, "more text after the end of a value", "", help)
        line = self._span(self.row, self.indent, max(len(self.text.rstrip()), self.indent + 1))
        help = "entries of one list begin in the same column, and so do the keys of one mapping"
        yield self._found(
            "CNN117", line, "this line does not fit any list or mapping above it", "the indentation is off", help
        )
