"""Puts scores into the export of a gradebook (Canvas, Moodle, or any table with one row per student).

No other cell of the export changes, nor do its quotes, line ends or encoding. No row is added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from cnncalc.errors import CnncalcError
from cnncalc.homework._decoding import decoded
from cnncalc.homework.gradebook.identity import id_key, name_key
from cnncalc.named_tuple import NamedTuple

MAX_BYTES = 20_000_000

_WHO = ("student", "name", "full name")
_IDS = ("id", "sis user id", "sis login id", "id number", "username", "email", "email address", "login", "identifier")
"""Columns that say who a row is about; first and last names are combined."""
_CONTACTS = (
    ("email address", "email", "e-mail"),
    ("sis login id", "username", "login"),
    ("id number", "sis user id", "student id", "matrikelnummer", "id"),
)
"""Columns with the address, the login and the id, the best first."""
_PARTICIPANT = re.compile(r"\D*\D ?([0-9]{1,18})")
"""What Moodle calls participants in the first column of its worksheets."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet calculates."""
_FIRST, _LAST = ("first name", "given name", "vorname"), ("surname", "last name", "family name", "nachname")


class GradebookError(CnncalcError):
    """The export cannot be filled; the message says why."""


class Filled(NamedTuple):
    """A filled export.

    Attributes:
        data: the whole file.
        filled: how many scores were put in.
        missing: students who have a score but no row.
        ambiguous: students whose name is in several rows, and students who claim the same row.
        empty: rows that got no score, by what they say about their student.
    """

    data: bytes
    filled: int
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    empty: tuple[str, ...]


class Contact(NamedTuple):
    """Where a student can be reached, as far as a table says: texts, "" where it does not."""

    name: str = ""
    email: str = ""
    login: str = ""
    id: str = ""


class ClassList:
    """A table with one row per student.

    Attributes:
        is_worksheet: whether it is an offline grading worksheet of Moodle, whose first column has participants, as in
            `Participant 123`.
    """

    def __init__(self, data: bytes) -> None:
        """Reads a table.

        Raises:
            GradebookError: the file is not a table.
        """
        self._rows, self._delimiter, self._encoding = _records(data)
        if not self._rows or len(self._rows[0]) < 2:
            raise GradebookError("it is not a table with a line of headings")
        self._values = [[_value(cell) for cell in row] for row in self._rows]
        self._headings = self._values[0]
        self._by_key: dict[str, list[int]] = {}
        for index, row in enumerate(self._values):
            if index and not _is_no_student(row):
                for key in _keys(self._headings, row):
                    self._by_key.setdefault(key, []).append(index)
        participants = [_PARTICIPANT.fullmatch(row[0]) if row else None for row in self._values[1:]]
        self.is_worksheet = bool(participants) and all(participants)
        self._participants = [int(found[1]) if found else 0 for found in participants] if self.is_worksheet else []

    def rows_of(self, student: str, number: str = "") -> list[int]:
        """The rows that may be about a student: by name, in either order or without spaces, by id, by login or by
        address. Of several, and if there is none, the number in the LMS decides."""
        found = self._rows_by(_as_name(student), _as_id(student)) or self._rows_by(_as_squashed(student))
        if not number or len(found) == 1:
            return found
        by_number = self._rows_by(_as_id(number))
        return [index for index in by_number if index in found] if found else by_number

    def _rows_by(self, *keys: str) -> list[int]:
        return sorted({index for key in keys for index in self._by_key.get(key, ())})

    def row_of_participant(self, number: int) -> int | None:
        """The row of a participant in a worksheet of Moodle."""
        return self._participants.index(number) + 1 if number in self._participants else None

    def participant(self, row: int) -> int | None:
        """The participant in a row of a worksheet of Moodle."""
        return self._participants[row - 1] if self.is_worksheet else None

    def contact(self, row: int) -> Contact:
        """What a row says about its student."""
        by_heading = {heading.lower(): cell for heading, cell in zip(self._headings, self._values[row], strict=False)}
        name = _shown(self._headings, self._values[row])
        found = [next(filter(None, (by_heading.get(each, "") for each in names)), "") for names in _CONTACTS]
        return Contact(name, *found)


class Gradebook(ClassList):
    """An export, and the column of an assignment in it."""

    def __init__(self, data: bytes, assignment: str, comments: str | None = None) -> None:
        """Reads an export.

        Args:
            comments: a column for comments.

        Raises:
            GradebookError: the file is not a table, has no such columns, or one is to have both.
        """
        super().__init__(data)
        self._column = _column(self._headings, assignment)
        self._comments = None if comments is None else _column(self._headings, comments)
        if self._comments == self._column:
            raise GradebookError(f"the column `{self._headings[self._column]}` cannot have both points and comments")
        self._done: set[int] = set()

    def rows_of(self, student: str, number: str = "") -> list[int]:
        """The rows that may be about a student and have a cell for the score."""
        return [index for index in super().rows_of(student, number) if len(self._rows[index]) > self._column]

    def put(self, row: int, score: str) -> None:
        """Puts a score into a row."""
        self._write(row, self._column, score)
        self._done.add(row)

    def comment(self, row: int, lines: Sequence[str]) -> None:
        """Puts a comment into a row, if there is a column for them. Moodle takes its text for HTML."""
        if self._comments is None or len(self._rows[row]) <= self._comments:
            return
        text = "<br>".join(map(escape, lines)) if self.is_worksheet else "\n".join(lines)
        self._write(row, self._comments, f"'{text}" if text.startswith(_FORMULA) else text)

    def _write(self, row: int, column: int, value: str) -> None:
        self._rows[row][column] = _raw(value, self._rows[row][column], self._delimiter)

    @property
    def data(self) -> bytes:
        """The whole file."""
        return "".join(self._delimiter.join(row) for row in self._rows).encode(
            self._encoding, "xmlcharrefreplace" if self.is_worksheet else "replace"
        )

    @property
    def done(self) -> frozenset[int]:
        """The rows that got a score."""
        return frozenset(self._done)

    @property
    def empty(self) -> tuple[str, ...]:
        """The rows that got no score, by what they say about their student."""
        rows = [row for index, row in enumerate(self._values) if index and index not in self._done]
        return tuple(filter(None, (_shown(self._headings, row) for row in rows)))


def fill(data: bytes, assignment: str, scores: Mapping[str, str]) -> Filled:
    """Puts scores (a text by student) into the column of an assignment.

    Raises:
        GradebookError: the file is not a table, or has no such column.
    """
    book = Gradebook(data, assignment)
    rows = {student: book.rows_of(student) for student in scores}
    meant = Counter(found[0] for found in rows.values() if len(found) == 1)
    sure = {student: found[0] for student, found in rows.items() if len(found) == 1 and meant[found[0]] == 1}
    for student, row in sure.items():
        book.put(row, scores[student])
    missing = tuple(student for student, found in rows.items() if not found)
    ambiguous = tuple(student for student, found in rows.items() if found and student not in sure)
    return Filled(book.data, len(sure), missing, ambiguous, book.empty)


def cells(data: bytes) -> list[list[str]]:
    """The values of the cells of a table, row by row.

    Raises:
        GradebookError: the file is not a table.
    """
    return [[_value(cell) for cell in row] for row in _records(data)[0]]


# -- the table


def _records(data: bytes) -> tuple[list[list[str]], str, str]:
    """Rows of cells as written, the delimiter, and the encoding."""
    if len(data) > MAX_BYTES:
        raise GradebookError(f"it is larger than {MAX_BYTES:,} bytes")
    text, encoding = _decoded(data)
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return list(_rows(text, delimiter)), delimiter, encoding


def _decoded(data: bytes) -> tuple[str, str]:
    """The text, and an encoding that reproduces the same bytes."""
    encodings = {b"\xff\xfe": ("utf-16-le",), b"\xfe\xff": ("utf-16-be",)}.get(data[:2], ("utf-8", "cp1252"))
    if found := decoded(data, encodings):
        return found
    raise GradebookError("it is not text")


_OPENING = re.compile('\ufeff? *"')
_INSIDE = re.compile(r'[^"]*(?:""[^"]*)*"')
_BEHIND = re.compile(r"[ \r]*")


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Records as lists of cells exactly as written; the last cell of each keeps its line end.

    Raises:
        GradebookError: a quote is missing, so it is unclear which row is whose.
    """
    stop = re.compile(f"[{delimiter}\n]|\\Z")
    cells: list[str] = []
    at = 0
    while at < len(text):
        end = _end(text, at, stop)
        if text.startswith(delimiter, end):
            cells.append(text[at:end])
            at = end + 1
        else:
            yield [*cells, text[at : end + 1]]
            cells, at = [], end + 1
    if cells:
        yield [*cells, ""]


def _end(text: str, at: int, stop: re.Pattern[str]) -> int:
    """Where the cell that begins at a place ends: at the next delimiter, or after its quotes."""
    opening = _OPENING.match(text, at)
    if not opening:
        found = stop.search(text, at)
        return found.start() if found else len(text)
    inside = _INSIDE.match(text, opening.end())
    behind = _BEHIND.match(text, inside.end()) if inside else None
    if behind is None or not stop.match(text, behind.end()):
        line = text.count("\n", 0, at) + 1
        raise GradebookError(f"line {line}: a quote is missing, or there is one too many")
    return behind.end()


def _value(cell: str) -> str:
    """The value of a cell."""
    text = cell.strip("\ufeff\r\n").strip()
    if text.startswith('"'):
        text = text[1:-1].replace('""', '"')
    return text.strip()


def _raw(value: str, old: str, delimiter: str) -> str:
    """A value as a cell, with the line end of the old one."""
    ending = old[len(old.rstrip("\r\n")) :]
    needs_quotes = any(each in value for each in (delimiter, '"', "\n", "\r"))
    return ('"' + value.replace('"', '""') + '"' if needs_quotes else value) + ending


def _column(headings: Sequence[str], assignment: str) -> int:
    """The column of an assignment: the one with its name, or the only one that begins with it (Canvas adds a
    number)."""
    for fits in (str.__eq__, str.startswith):
        found = [i for i, heading in enumerate(headings) if fits(heading.lower(), assignment.lower())]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            names = ", ".join(headings[i] for i in found)
            raise GradebookError(f"several columns begin with `{assignment}`: {names}")
    raise GradebookError(f"there is no column `{assignment}`; columns: {', '.join(headings)}")


# -- the students


def _keys(headings: Sequence[str], row: Sequence[str]) -> set[str]:
    """Everything that a row's student may be called: names in any order; ids, logins and addresses as they are."""
    by_heading = {heading.lower(): cell for heading, cell in zip(headings, row, strict=False)}
    names = [" ".join(filter(None, _parts(by_heading))), *(by_heading.get(each, "") for each in _WHO)]
    ids = [by_heading.get(each, "") for each in _IDS]
    ids += [each.partition("@")[0] for each in ids if "@" in each]
    squashed = {_as_squashed(" ".join(each)) for name in names for each in _turned(id_key(name).split())}
    return {*map(_as_name, filter(name_key, names)), *map(_as_id, filter(id_key, ids)), *squashed}


def _as_name(text: str) -> str:
    return f"name {name_key(text)}"


def _as_squashed(text: str) -> str:
    """A name as Canvas writes it in the names of files, `lovelaceada`."""
    return f"squashed {id_key(text).replace(' ', '')}"


def _turned(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The words beginning with each of them: the family name may have several."""
    return ((*words[place:], *words[:place]) for place in range(len(words)))


def _as_id(text: str) -> str:
    return f"id {id_key(text)}"


def _parts(by_heading: Mapping[str, str]) -> tuple[str, str]:
    """First and last name, "" if there are no columns for them."""
    given = next((by_heading[each] for each in _FIRST if each in by_heading), "")
    family = next((by_heading[each] for each in _LAST if each in by_heading), "")
    return given, family


def _is_no_student(row: Sequence[str]) -> bool:
    """Whether a row is one that Canvas adds: the possible points, or its test student."""
    return bool(row) and row[0].lower().startswith(("points possible", "student, test"))


def _shown(headings: Sequence[str], row: Sequence[str]) -> str:
    by_heading = {heading.lower(): cell for heading, cell in zip(headings, row, strict=False)}
    name = " ".join(filter(None, _parts(by_heading))) or next(
        (by_heading[each] for each in (*_WHO, "identifier") if by_heading.get(each)), ""
    )
    return "" if _is_no_student(row) else name
