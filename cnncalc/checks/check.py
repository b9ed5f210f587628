"""What a check is: a function that finds one kind of thing in a model, and the texts of its code beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import Span

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.spec.written import WrittenLayer


class Code:
    """What a code of findings means. `wrong` and `right` are specs, "" where no text can show it (a missing file)."""

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
        file: what stands in the place of a file's name.
        chain: what led there.
    """

    __slots__ = ("chain", "file")

    def __init__(self, file: str, *chain: str) -> None:
        self.file = file
        self.chain = chain


class Finding(NamedTuple):
    """What a check has to say.

    Attributes:
        where: what it is about: layers as they were written, a layer by its entry, or a place.
        setting: the setting (of the layer, or of the entry) that it is about, "" for its kind.
        label: a few words under the caret.
        help: ways out, a line each.
    """

    where: list[WrittenLayer] | Node | Span | Elsewhere
    setting: str
    message: str
    label: str = ""
    help: tuple[str, ...] = ()


Search = Callable[["Model"], Iterator[Finding]]


class Check(Code):
    """A code whose findings a function yields, for any model that it is given."""

    __slots__ = ("search",)

    def __init__(self, title: str, explanation: str, wrong: str, right: str, severity: str, search: Search) -> None:
        super().__init__(title, explanation, wrong, right, severity)
        self.search = search


declared: dict[str, Check] = {}
"""The checks of the modules that are imported, by code."""


def check(
    code: str, title: str, explanation: str, *, wrong: str = "", right: str = "", severity: str = "warning"
) -> Callable[[Search], Search]:
    """Declares a function to be the check of a code; `registry` says which module has which.

    Args:
        title: what was found, in a few words.
        explanation: why that is worth a finding.
        wrong: a spec of which it finds something.
        right: the same, mended.
        severity: `warning`, `note` or `error`.
    """

    def declare(search: Search) -> Search:
        declared[code] = Check(title, explanation, wrong, right, severity, search)
        return search

    return declare


def layers(*entries: str, input: str = "28x28x1") -> str:
    """A short spec, for an example."""
    return f"input: {input}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries)
