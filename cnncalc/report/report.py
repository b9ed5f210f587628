"""What a command reports, in the forms that every format is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import GeneratorType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from cnncalc.at_least import AtLeast
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.report._document import Document


class Records(NamedTuple):
    """Rows of values under their keys, for spreadsheets and programs: numbers are numbers, without separators."""

    keys: Sequence[str]
    rows: Iterable[Sequence[Any]]


class Shared(dict[str, Any]):
    """Fields that many objects of a report have in common.

    Most layers of a long model are alike. The JSON of what they have in common is written once for each depth and kept
    in `written`, so that a layer costs little more than its name.
    """

    __slots__ = ("written",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.written: dict[tuple[Any, ...], str] = {}


class Joined(tuple[Mapping[str, Any], ...]):
    """An object whose fields come from several mappings, in this order."""

    __slots__ = ()


def with_bounds(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields in which a number of which only a lower bound is known is None, and its bound is under `at_least`."""
    if AtLeast not in map(type, fields.values()):
        return fields
    bounds = {key: int(value) for key, value in fields.items() if isinstance(value, AtLeast)}
    return {**{key: None if key in bounds else value for key, value in fields.items()}, "at_least": bounds}


def written_out(data: Any) -> Any:
    """Data with every list that is made item by item, and every object that is put together, written out."""
    if isinstance(data, Joined):
        return {key: value for part in data for key, value in written_out(part).items()}
    if isinstance(data, Mapping):
        return {key: written_out(value) for key, value in with_bounds(data).items()}
    if isinstance(data, AtLeast):
        return None
    return list(map(written_out, data)) if isinstance(data, list | GeneratorType) else data


class Report:
    """The result of a command. A subclass defines the forms that it has; every format made from these follows.

    Attributes:
        own_writers: formats that it is written in by a way of its own: the form and the writer, as in `Format`.
    """

    __slots__ = ()
    own_writers: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})

    def document(self) -> Document:
        """Headings, sentences and tables for people."""
        raise NotImplementedError

    def table(self) -> Records:
        """One table of values."""
        raise NotImplementedError

    def data(self) -> Mapping[str, Any]:
        """Everything, field by field. A long list may be a generator, whose items are never all there at once, and an
        object may be `Joined`."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: the contents of the command's JSON."""
        written: dict[str, Any] = written_out(self.data())
        return written

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

        return "".join(html(self.document()))
