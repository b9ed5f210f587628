"""What a command has to say, in the forms that every format is made of."""

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
    """The result of a command. A subclass defines the forms that it has; every format made of these follows."""

    __slots__ = ()

    def document(self) -> Document:
        """Headings, sentences and tables for people."""
        raise NotImplementedError

    def table(self) -> Records:
        """One table of values."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: what the command's JSON holds."""
        raise NotImplementedError

    def render(self, format: str = "text") -> str:
        """The report as the command writes it into a file.

        Args:
            format: `text`, `json`, or another word that the command's `--format` takes.

        Raises:
            ValueError: there is no such format, or the report has none of the forms that it is made of.
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
