"""What a check is: a function that finds one kind of problem in a model, together with the texts of its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import Span

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.source.files import Source
    from cnncalc.spec.written import WrittenLayer


class Code:
    """What a code means. `wrong` and `right` are specs, "" where no spec can show it (a missing file)."""

    __slots__ = ("explanation", "right", "severity", "title", "wrong")

    def __init__(self, title: str, explanation: str, wrong: str = "", right: str = "", severity: str = "error") -> None:
        self.title = title
        self.explanation = explanation
        self.wrong = wrong
        self.right = right
        self.severity = severity


class Elsewhere:
    """A place outside the text: the command line, or the model as a whole.

    Attributes:
        file: what is shown in place of a file name.
        chain: what led there.
    """

    __slots__ = ("chain", "file")

    def __init__(self, file: str, *chain: str) -> None:
        self.file = file
        self.chain = chain


class InText(NamedTuple):
    """A place in a text that may be another than the model's own, and the calls that led there, innermost first."""

    source: Source
    span: Span
    chain: tuple[str, ...]


class Finding(NamedTuple):
    """What a check has to say.

    Attributes:
        where: what it is about: layers as they were written, a layer by its entry, or a place.
        setting: the setting (of the layer, or of the entry) that it is about, "" for its kind.
        label: a few words next to the carets.
        help: what to do about it, one line each.
    """

    where: list[WrittenLayer] | Node | Span | InText | Elsewhere
    setting: str
    message: str
    label: str = ""
    help: tuple[str, ...] = ()


Search = Callable[["Model"], Iterator[Finding]]


class Check(Code):
    """A code with the function that yields its findings for a given model."""

    __slots__ = ("search",)

    def __init__(self, title: str, explanation: str, wrong: str, right: str, severity: str, search: Search) -> None:
        super().__init__(title, explanation, wrong, right, severity)
        self.search = search


declared: dict[str, Check] = {}
"""The checks of the modules imported so far, by code."""


def check(
    code: str, title: str, explanation: str, *, wrong: str = "", right: str = "", severity: str = "warning"
) -> Callable[[Search], Search]:
    """Declares a function as the check of a code; `registry` says which module has which check.

    Args:
        title: what was found, in a few words.
        explanation: why it is reported.
        wrong: a spec that has the problem.
        right: the same spec, corrected.
        severity: `warning`, `note` or `error`.
    """

    def declare(search: Search) -> Search:
        declared[code] = Check(title, explanation, wrong, right, severity, search)
        return search

    return declare


def layers(*entries: str, input: str = "28x28x1") -> str:
    """A short spec, for an example."""
    return f"input: {input}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries)
