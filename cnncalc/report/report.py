"""What a command reports, in the forms that every format is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.report._document import Document


class Records(NamedTuple):
    """Rows of values under their keys, for spreadsheets and programs: numbers are numbers, without separators."""

    keys: Sequence[str]
    rows: Iterable[Sequence[Any]]


class Report:
    """The result of a command. A subclass defines the forms that it has; every format made from these follows."""

    __slots__ = ()

    def document(self) -> Document:
        """Headings, sentences and tables for people."""
        raise NotImplementedError

    def table(self) -> Records:
        """One table of values."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: the contents of the command's JSON."""
        raise NotImplementedError

    def render(self, format: str = "text") -> str:
        """The report as the command writes it to a file.

        Args:
            format: `text`, `json`, or another word that the command's `--format` takes.

        Raises:
            ValueError: there is no such format, or the report does not have the form that it is made from.
        """
        from cnncalc.report.formats.registry import FORMATS, formats_of

        known = formats_of(type(self))
        if format not in known:
            raise ValueError(f"expected one of {', '.join(known)}, found {format!r}")
        return FORMATS[format].render(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from cnncalc.report.formats.html import html

        return html(self.document())
