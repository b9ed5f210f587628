"""Scores into the export of a gradebook (Canvas, Moodle, or any table with a row a student).

The export is changed in no other cell: not its quotes, not its line ends, not its encoding. No row is invented.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

MAX_BYTES = 20_000_000

_WHO = ("student", "name", "full name", "id", "sis user id", "sis login id", "id number", "username", "email",
        "email address", "login")  # fmt: skip
"""Columns that say who a row is about; first and last names are taken together."""
_FIRST, _LAST = ("first name", "given name", "vorname"), ("surname", "last name", "family name", "nachname")


class GradebookError(Exception):
    """The export cannot be filled; the message says why."""


class Filled(NamedTuple):
    """A filled export.

    Attributes:
        data: the whole file.
        filled: how many scores were put in.
        missing: students who have a score and no row.
        ambiguous: students whose name stands in several rows.
        empty: rows that got no score, by what they say of their student.
    """

    data: bytes
    filled: int
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    empty: tuple[str, ...]


def fill(data: bytes, assignment: str, scores: Mapping[str, str]) -> Filled:
    """Puts scores (a text by student) into the column of an assignment.

    Raises:
        GradebookError: the file is no table, or it has no such column.
    """
    rows, delimiter, encoding = _records(data)
    if not rows or len(rows[0]) < 2:
        raise GradebookError("it is no table with a line of headings")
    headings = [_value(cell) for cell in rows[0]]
    column = _column(headings, assignment)
    people = [_names(headings, [_value(cell) for cell in row]) for row in rows]
    filled, done = 0, set()
    missing: list[str] = []
    ambiguous: list[str] = []
    for student, score in scores.items():
        found = [i for i, names in enumerate(people) if i and _key(student) in names]
        if len(found) == 1 and len(rows[found[0]]) > column:
            rows[found[0]][column] = _raw(score, rows[found[0]][column], delimiter)
            done.add(found[0])
            filled += 1
        else:
            (ambiguous if len(found) > 1 else missing).append(student)
    whole = "".join(delimiter.join(row) for row in rows)
    empty = [_shown(headings, [_value(cell) for cell in row]) for i, row in enumerate(rows) if i and i not in done]
    return Filled(whole.encode(encoding), filled, tuple(missing), tuple(ambiguous), tuple(filter(None, empty)))


def cells(data: bytes) -> list[list[str]]:
    """What the cells of a table say, row by row.

    Raises:
        GradebookError: the file is no table.
    """
    return [[_value(cell) for cell in row] for row in _records(data)[0]]


def _records(data: bytes) -> tuple[list[list[str]], str, str]:
    """Rows of cells as they are written, the sign between them, and the encoding."""
    if len(data) > MAX_BYTES:
        raise GradebookError(f"it is larger than {MAX_BYTES:,} bytes")
    text, encoding = _decoded(data)
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return list(_rows(text, delimiter)), delimiter, encoding


def _decoded(data: bytes) -> tuple[str, str]:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise GradebookError("it is not a text")


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Records as lists of cells just as they are written; the last cell of each keeps its line end."""
    cells, start, quoted = [], 0, False
    for found in re.finditer(rf'["\n{delimiter}]', text):
        sign, at = found.group(), found.start()
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            end = at if sign == delimiter else at + 1
            cells.append(text[start:end])
            start = at + 1
            if sign == "\n":
                yield cells
                cells = []
    if cells or start < len(text):
        yield [*cells, text[start:]]


def _value(cell: str) -> str:
    """What a cell says."""
    text = cell.strip("\ufeff\r\n")
    if text.strip().startswith('"'):
        return next(csv.reader(io.StringIO(text.strip())), [""])[0].strip()
    return text.strip()


def _raw(value: str, old: str, delimiter: str) -> str:
    """A value as a cell, with the line end of the old one."""
    ending = old[len(old.rstrip("\r\n")) :]
    needs_quotes = delimiter in value or '"' in value
    return ('"' + value.replace('"', '""') + '"' if needs_quotes else value) + ending


def _column(headings: Sequence[str], assignment: str) -> int:
    """The column of an assignment: its name, or the one name that it is the beginning of (Canvas adds a number)."""
    for fits in (str.__eq__, str.startswith):
        found = [i for i, heading in enumerate(headings) if fits(heading.lower(), assignment.lower())]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            names = ", ".join(headings[i] for i in found)
            raise GradebookError(f"several columns begin with `{assignment}`: {names}")
    raise GradebookError(f"there is no column `{assignment}`; columns: {', '.join(headings)}")


def _names(headings: Sequence[str], row: Sequence[str]) -> set[str]:
    """All that a row's student may be called."""
    by_heading = {heading.lower(): cell for heading, cell in zip(headings, row, strict=False)}
    given = next((by_heading[each] for each in _FIRST if each in by_heading), "")
    family = next((by_heading[each] for each in _LAST if each in by_heading), "")
    names = [f"{given} {family}", *(by_heading.get(each, "") for each in _WHO)]
    names += [name.partition("@")[0] for name in names if "@" in name]
    return {_key(name) for name in names if _key(name)}


def _shown(headings: Sequence[str], row: Sequence[str]) -> str:
    by_heading = {heading.lower(): cell for heading, cell in zip(headings, row, strict=False)}
    given = next((by_heading[each] for each in _FIRST if each in by_heading), "")
    family = next((by_heading[each] for each in _LAST if each in by_heading), "")
    name = " ".join(filter(None, (given, family))) or by_heading.get("student", "") or by_heading.get("name", "")
    return "" if name.lower().startswith(("points possible", "student, test")) else name


def _key(name: str) -> str:
    """A name without its order, case, accents and signs: `Lovelace, Ada` is `Ada Lovelace` is `ada_lovelace`."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"\w+", "".join(each for each in plain if not unicodedata.combining(each)).replace("_", " "))
    return " ".join(sorted(words))
