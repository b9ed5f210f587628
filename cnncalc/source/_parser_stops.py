"""Where a parser gave up, and what was open there: found from the events before that and the text, not from its
message.

PyYAML's two parsers word their errors differently, and change them from release to release; LibYAML limits nesting
since 0.2.6. But they agree on where they stop, and on what came before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cnncalc.source.files import MAX_DEPTH, Source

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    | (?P<quoted>'(?:[^']|'')*+'|"(?:\\.|[^"\\])*+")
    | (?P<unclosed>['"])
    | (?P<property>[&*!][^\s,\[\]{}]*)
    | (?P<open>[\[{])
    | (?P<close>[\]}])
    | (?P<colon>:(?=\s|$))
    | (?P<indicator>[-?](?=\s|$))
    | (?P<comma>,)
    | (?P<blanks>\s+)
    | (?P<word>(?:[^\s,\[\]{}:]|:(?!\s))+)""",
    re.DOTALL | re.VERBOSE,
)
_IN_WORDS = ("quoted", "unclosed", "property", "indicator", "word")
_BRACKET = re.compile(r"(?:[&!]\S*\s+)*([\[{])")


@dataclass
class Stop:
    """A place in a text (rows and columns from 0), and what is open there, outermost first."""

    row: int = 0
    column: int = 0
    is_placed: bool = False
    is_ended: bool = False
    """Whether the document's root has already ended."""
    depth: int = 0
    """How many lists and mappings are open."""
    brackets: list[tuple[int, int]] = field(default_factory=list)
    quote: tuple[int, int] | None = None
    too_deep: tuple[int, int] | None = None
    """Where a list or mapping begins that is nested too deeply for a spec."""
    words: str = ""
    """The message of a parser that gives no place: shown as it is."""

    def open(self, row: int, column: int, in_brackets: bool) -> None:
        """A list or mapping begins."""
        self.depth += 1
        if in_brackets:
            self.brackets.append((row, column))
        if self.depth > MAX_DEPTH and not self.too_deep:
            self.too_deep = row, column

    def close(self, in_brackets: bool) -> None:
        """The innermost list or mapping ends."""
        self.depth -= 1
        if in_brackets and self.brackets:
            self.brackets.pop()


Errors = tuple[type[Exception], ...]


def find_stop(source: Source, events: Iterator[Any], errors: Errors, limit: int | None = None) -> Stop:
    """Where the parser of these events stops; without a place if it does not, or if it reads more than `limit`
    characters.

    Args:
        errors: the exceptions that the parser raises.
    """
    stop, since, flows = Stop(), (0, 0), list[bool]()
    try:
        for event in events:
            kind, mark = type(event).__name__, event.end_mark
            since = mark.line, mark.column
            if kind in ("SequenceStartEvent", "MappingStartEvent"):
                flows.append(bool(event.flow_style))
                stop.open(event.start_mark.line, event.start_mark.column, flows[-1])
                if flows[-1]:
                    stop.brackets[-1] = _bracket(source, event.start_mark, stop.brackets)
            elif kind in ("SequenceEndEvent", "MappingEndEvent"):
                stop.close(flows.pop())
            stop.is_ended = not flows and kind not in ("StreamStartEvent", "DocumentStartEvent")
            if stop.too_deep or (limit and mark.index > limit):
                return stop
    except errors as error:
        if place := getattr(error, "problem_mark", None):
            stop.is_placed = True
            stop.row = min(place.line, len(source.lines) - 1)
            stop.column = min(place.column, len(source.lines[stop.row]))
            _read_on(stop, source, since)
        else:
            stop.words = str(error)
    return stop


def _read_on(stop: Stop, source: Source, since: tuple[int, int]) -> None:
    """Notes what is opened after the last event: a parser reads ahead, up to a line of a thousand characters."""
    start, end = (_offset(source, *place) for place in (since, (stop.row, stop.column)))
    at, in_word = start, False  # within a word, which may continue over several lines, quotes and brackets are text
    while at < end:
        found = _TOKEN.match(source.text, at, end)
        assert found
        kind, row = found.lastgroup, since[0] + source.text.count("\n", start, at)
        is_text = in_word and (kind not in ("blanks", "comment", "colon") if not stop.brackets else kind in _IN_WORDS)
        place = row, at - (source.text.rfind("\n", 0, at) + 1)
        if is_text:
            at += 1
            continue
        if kind == "unclosed":
            stop.quote = place
            return
        if kind == "open":
            stop.open(*place, in_brackets=True)
        elif kind == "close" and stop.brackets:
            stop.close(in_brackets=True)
        at = found.end()
        if kind not in ("blanks", "comment", "property"):
            in_word = kind == "word" or (kind in ("comma", "close") and not stop.brackets)


def _bracket(source: Source, mark: Any, brackets: list[tuple[int, int]]) -> tuple[int, int]:
    """Where the bracket of an event is: after its anchor; for a pair in a list (`[a: b]`), the list's bracket."""
    found = _BRACKET.match(source.text, _offset(source, mark.line, mark.column))
    if found:
        before = source.text[: found.start(1)]
        return before.count("\n"), len(before) - before.rfind("\n") - 1
    return brackets[-2] if len(brackets) > 1 else (mark.line, mark.column)


def _offset(source: Source, row: int, column: int) -> int:
    return sum(len(line) + 1 for line in source.lines[:row]) + column
