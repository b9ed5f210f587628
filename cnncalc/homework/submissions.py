"""Students' files: YAML as the sheet has it, CSV as spreadsheets write it, JSON. One that cannot be read says why.

The YAML of an answer sheet is read a line at a time, as plain text: whatever stands behind the colon is the answer. A
brace too many, a tab or a missing quote costs at most the answer in its own line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

MAX_BYTES = 1_000_000
"""No answer sheet is larger."""
MAX_LINES = 20_000

Place = tuple[str, str]

_COLUMN_NAMES = {
    "output": "output", "output size": "output", "output shape": "output", "shape": "output", "size": "output",
    "params": "params", "parameters": "params", "param": "params", "number of parameters": "params",
    "receptive field": "receptive_field", "receptive_field": "receptive_field", "rf": "receptive_field",
    "field": "receptive_field", "macs": "macs", "mac": "macs", "memory": "memory",
}  # fmt: skip
"""What students and spreadsheets call the columns."""


class Unreadable(Exception):  # noqa: N818
    """A file is no answer sheet; the message says why, for the teacher."""


class Submission(NamedTuple):
    """One student's file.

    Attributes:
        student: who; the name of the file where it does not say.
        worksheet: the model that it says it answers, "" where it does not.
        answers: the raw texts, by entry and column.
        problems: lines that could not be read, each with its number.
    """

    file: str
    student: str
    worksheet: str
    answers: Mapping[Place, str]
    problems: tuple[str, ...] = ()


def read_submission(path: str) -> Submission:
    """Reads a student's file; the name decides about CSV and JSON.

    Raises:
        Unreadable: it is no answer sheet.
    """
    text = _text(path)
    suffix = os.path.splitext(path)[1].lower()
    readers = {".csv": _csv, ".tsv": _csv, ".json": _json}
    student, worksheet, answers, problems = readers.get(suffix, _lines)(text)
    if not answers and not problems:
        raise Unreadable("there are no answers in it")
    name = os.path.splitext(os.path.basename(path))[0]
    return Submission(path, student or name, worksheet, answers, tuple(problems))


_Parts = tuple[str, str, dict[Place, str], list[str]]


def _text(path: str) -> str:
    try:
        if not os.path.isfile(path):
            raise Unreadable("it is not a file" if os.path.exists(path) else "there is no such file")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    if len(data) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES:,} bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")  # what spreadsheets write
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise Unreadable("it is not a text")


def column_of(text: str) -> str | None:
    """The column that a heading means."""
    return _COLUMN_NAMES.get(" ".join(text.replace("_", " ").lower().split()))


# -- line by line

_LINE = re.compile(r"""\s*(?:-\s+)?["']?(?P<key>[^:"'{}#]+?)["']?\s*:(?P<value>.*)""", re.DOTALL)
_INLINE = re.compile(r"""[{,]\s*["']?(?P<key>[A-Za-z_ ]+?)["']?\s*:""")


def _lines(text: str) -> _Parts:
    head = {"student": "", "worksheet": ""}
    answers: dict[Place, str] = {}
    problems: list[str] = []
    entry = ""
    for number, line in _content(text):
        found = _LINE.fullmatch(line)
        if not found:
            problems.append(f"line {number}: no `:` in `{_short(line)}`")
            continue
        key, value = found["key"].strip(), found["value"].strip()
        column = column_of(key)
        if key.lower() in head:
            head[key.lower()] = value.strip("\"' ")
        elif column and entry:
            _add(answers, problems, number, (entry, column), value)
        elif column:
            problems.append(f"line {number}: `{key}` of which layer?")
        elif key.lower() == "answers" and not value:
            entry = ""
        elif not value:
            entry = key
        elif inline := list(_INLINE.finditer(value)):
            entry = key
            for each, following in zip(inline, [*inline[1:], None], strict=True):
                inside = value[each.end() : following.start() if following else len(value)].strip()
                if column := column_of(each["key"]):
                    last = inside if following else inside.removesuffix("}")
                    _add(answers, problems, number, (entry, column), last.strip())
        else:
            problems.append(f"line {number}: `{_short(line)}` is neither a layer nor an answer")
    return head["student"], head["worksheet"], answers, problems


def _content(text: str) -> Iterable[tuple[int, str]]:
    """The lines that say something, with their numbers; comments are taken off."""
    for number, line in enumerate(re.split("\r\n|\r|\n", text)[:MAX_LINES], 1):
        line = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if line.strip() and line.strip() not in ("---", "..."):
            yield number, line


def _add(answers: dict[Place, str], problems: list[str], number: int, place: Place, value: str) -> None:
    if answers.get(place):
        problems.append(f"line {number}: {place[0]} {place[1]} is answered twice; the last answer counts")
    answers[place] = value


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


# -- spreadsheets


def _csv(text: str) -> _Parts:
    first = next((line for line in text.splitlines() if column_line(line)), "")
    if not first:
        raise Unreadable("it has no line of headings with `layer` and what is asked")
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    start = next(i for i, row in enumerate(rows) if "layer" in [cell.strip().lower() for cell in row])
    head = {row[0].strip().lower().rstrip(":"): row[1].strip() for row in rows[:start] if len(row) > 1}
    headings = [cell.strip() for cell in rows[start]]
    where = [cell.lower() for cell in headings].index("layer")
    answers: dict[Place, str] = {}
    problems: list[str] = []
    for number, row in enumerate(rows[start + 1 : MAX_LINES], start + 2):
        if len(row) <= where or not row[where].strip():
            continue
        for heading, cell in zip(headings, row, strict=False):
            if (column := column_of(heading)) and cell.strip():
                _add(answers, problems, number, (row[where].strip(), column), cell)
    return head.get("student", ""), head.get("worksheet", ""), answers, problems


def column_line(line: str) -> bool:
    """Whether this is the line of headings."""
    cells = [cell.strip(' "\ufeff').lower() for cell in re.split("[,;\t]", line)]
    return "layer" in cells and any(map(column_of, cells))


# -- JSON


def _json(text: str) -> _Parts:
    try:
        root = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not JSON: {error}") from None
    if not isinstance(root, dict) or not isinstance(root.get("answers"), dict):
        raise Unreadable("it has no mapping `answers`")
    answers: dict[Place, str] = {}
    problems: list[str] = []
    for entry, given in root["answers"].items():
        if not isinstance(given, dict):
            problems.append(f"{_short(entry)}: expected a mapping of answers")
            continue
        for name, value in given.items():
            if column := column_of(str(name)):
                answers[entry, column] = _as_text(value)
            else:
                problems.append(f"{_short(entry)}: there is no column `{_short(str(name))}`")
    return str(root.get("student") or ""), str(root.get("worksheet") or ""), answers, problems


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)
