"""What is wrong with a user's file: data with a place, not an exception that ends the run."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple


class Span(NamedTuple):
    """A stretch of text: lines and columns from 1, in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


class Diagnostic(NamedTuple):
    """One finding: what was found and where, what was expected, and how to correct it."""

    code: str
    message: str
    file: str
    span: Span
    label: str = ""
    """A few words next to the carets."""
    help: tuple[str, ...] = ()
    """What to do about it, one line each."""
    source: tuple[str, ...] = ()
    """The lines of the file, for the snippet."""
    chain: tuple[str, ...] = ()
    """The block calls that led here, innermost first."""
    severity: str = "error"
    """`error`, `warning` or `note`."""

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


def called_at(block: str, file: str, span: Span) -> str:
    """A link of the chain of calls that leads to a finding inside a block."""
    return f"in `{block}`, called at {file}:{span.line}:{span.column}"


class SpecError(CnncalcError, ValueError):
    """A spec has mistakes. `diagnostics` lists all of them, in the order of the file."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(concise(each) for each in self.diagnostics if each.is_error))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class DataError(SpecError):
    """Input data or weights do not fit the model, or the model does not fit in memory."""


def concise(diagnostic: Diagnostic) -> str:
    """`file:line:column: code message`, on one line."""
    span = diagnostic.span
    return f"{diagnostic.file}:{span.line}:{span.column}: {diagnostic.code} {diagnostic.message}"


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file, line and column, each finding once."""
    # not by the whole finding: it contains all lines of its file
    once = {(each.file, each.span, each.code, each.message): each for each in reversed(list(diagnostics))}
    return [once[key] for key in sorted(once)]


_MAX_KNOWN = 2_000
_MAX_COMPARED = 300
"""The limit on words to compare, which takes a hundred times as long as looking at their ends."""


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, or None (also where there are too many words to compare)."""
    if len(word) > 60 or len(known) > _MAX_KNOWN:
        return None
    if len(known) > _MAX_COMPARED:
        ends = word[:1].lower(), word[-1:].lower()
        known = [name for name in known if (name[:1].lower(), name[-1:].lower()) == ends][:_MAX_COMPARED]
    from difflib import get_close_matches

    choices = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), sorted(choices), 1, 0.7)
    return choices[close[0]] if close else None


def misspelt(word: str, known: Collection[str]) -> str | None:
    """The known word of which this one is a slip of the pen, or None.

    That is one letter (in a word of three: one that is missing), and two in a longer word that begins alike. A word
    whose meaning is fixed is only guessed so: `glu` is no `gru`, and nothing that is merely similar.
    """
    most = 0 if len(word) < 3 or len(word) > 60 else 1 if len(word) < 6 else 2
    if len(word) == 3:
        known = [name for name in known if len(name) == 4]
    edits = {name: _edits(word, name, most) for name in known}
    close = [name for name in known if edits[name] <= (most if name[:1] == word[:1] else min(most, 1))]
    best = [name for name in close if edits[name] == min(map(edits.__getitem__, close))]
    return best[0] if len(best) == 1 else None


def _edits(one: str, other: str, most: int) -> int:
    """How many letters are missing, added, wrong or exchanged with their neighbour; at most one more than `most`.

    The distance of Damerau and Levenshtein (optimal string alignment), row by row.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                edits = min(edits, last[j - 2] + 1)
            row.append(edits)
    return row[-1]


def did_you_mean(word: str, known: Collection[str], quote: str = "`") -> str:
    """The question whether the nearest of the known names was meant; "" where none is near."""
    close = nearest(word, known)
    return f"did you mean {quote}{close}{quote}?" if close else ""


def listed(names: Collection[str], most: int = 120) -> str:
    """The names joined by commas, cut off where there are very many."""
    shown = ", ".join(itertools.islice(names, most))
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def name_text(name: str, most: int = 80) -> str:
    """A name from a file, as a message may show it: short, and without control characters."""
    if name.isprintable() and len(name) <= most:
        return name
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def excerpt(text: str, length: int = 40) -> str:
    """A text short enough for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
