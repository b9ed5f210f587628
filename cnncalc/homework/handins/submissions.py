"""Students' files: YAML as in the sheet, CSV as spreadsheets write it, JSON. If one cannot be read, the error says why.

The YAML of an answer sheet is read line by line, as plain text: whatever follows the colon is the answer. An extra
brace, a tab or a missing quote costs at most the answer in its own line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.homework._decoding import decoded
from cnncalc.homework.handins.files import MAX_BYTES, HandIn, UnreadableFile, content
from cnncalc.homework.sheet.answers import has_decimal_comma, is_blank
from cnncalc.homework.sheet.questions import TOTALS
from cnncalc.named_tuple import NamedTuple

__all__ = ["MAX_BYTES", "Submission", "UnreadableFile", "read_submission"]

MAX_LINES = 20_000
MAX_LINE = 5_000
"""The most characters of a line."""
MAX_NAME = 100
"""The most characters of a student's name."""
MAX_PROBLEMS = 20
"""How many problems are reported."""

Place = tuple[str, str]

_COLUMN_NAMES = {
    "output": "output", "output size": "output", "output shape": "output", "shape": "output", "size": "output",
    "params": "params", "parameters": "params", "param": "params", "number of parameters": "params",
    "receptive field": "receptive_field", "receptive_field": "receptive_field", "rf": "receptive_field",
    "field": "receptive_field", "macs": "macs", "mac": "macs", "memory": "memory",
    "memory of the parameters": "memory",
    "ausgabe": "output", "ausgabegröße": "output", "parameter": "params", "anzahl parameter": "params",
    "rezeptives feld": "receptive_field", "speicher": "memory", "speicher der parameter": "memory",
}  # fmt: skip
"""The names that students and spreadsheets give to the columns."""
_LAYER = ("layer", "schicht")
"""The headings of the column with the layers' names."""
_HEAD = ("student", "worksheet", "made_with")


class Submission(NamedTuple):
    """One student's file.

    Attributes:
        student: the student's name; the name of the file if it does not say.
        worksheet: the model that it says it is about, "" if it does not say.
        answers: the raw texts, by entry and column.
        problems: lines that could not be read, each with its number.
        made_with: how the sheet was made, according to itself.
        is_nameless: whether it does not give a name.
        has_commas: whether its numbers have decimal commas: it separates with `;`, or one of them shows it.
    """

    file: str
    student: str
    worksheet: str
    answers: Mapping[Place, str]
    problems: tuple[str, ...] = ()
    made_with: str = ""
    is_nameless: bool = False
    has_commas: bool = False


def read_submission(path: str) -> Submission:
    """Reads a student's file; its extension says whether it is CSV or JSON.

    Raises:
        UnreadableFile: it is not an answer sheet.
    """
    return read_hand_in(HandIn(path))


def read_hand_in(hand_in: HandIn) -> Submission:
    """Reads a file that was found. A key in a folder is not an answer sheet, nor is a sheet that is all blank.

    Raises:
        UnreadableFile: it is not an answer sheet.
    """
    path = hand_in.path
    text = _text(content(hand_in))
    suffix = os.path.splitext(path)[1].lower()
    found = _Reading()
    {".csv": _csv, ".tsv": _csv, ".json": _json}.get(suffix, _lines)(found, text)
    if not found.answers and not found.has_blanks:
        raise UnreadableFile(f"there are no answers in it{f' ({found.problems[0]})' if found.problems else ''}")
    student = found.head["student"]
    if not hand_in.is_named:
        if re.fullmatch(r"solutions( for .*)?", student):
            raise UnreadableFile("it is the sheet with the solutions")
        if not student and all(map(is_blank, found.answers.values())):
            raise UnreadableFile("nothing is filled in, not even a name")
    name = os.path.splitext(os.path.basename(path))[0]
    return Submission(
        path,
        student or name,
        found.head["worksheet"],
        found.answers,
        tuple(_first(found.problems)),
        found.head["made_with"],
        not student,
        found.has_semicolons or _has_commas(found.answers),
    )


def _has_commas(answers: Mapping[Place, str]) -> bool:
    """Whether a number shows that the file has decimal commas; between sizes, commas say nothing."""
    return any(has_decimal_comma(text) for (_, column), text in answers.items() if column in TOTALS)


class _Reading:
    """What has been read from a file so far."""

    def __init__(self) -> None:
        self.head = dict.fromkeys(_HEAD, "")
        self.answers: dict[Place, str] = {}
        self.problems: list[str] = []
        self.has_semicolons = False
        self.has_blanks = False
        """Whether there are empty cells for answers."""

    def says(self, key: str, value: str, where: str = "") -> None:
        """Records something about the whole sheet."""
        text = " ".join(value.split()).strip("\"' ")
        if key == "student":
            text = "" if is_blank(text) else f"{text[: MAX_NAME - 1]}…" if len(text) > MAX_NAME else text
        if text and self.head[key] and text != self.head[key]:
            self.problems.append(f"{where}`{key}` is given twice; the first counts")
        self.head[key] = self.head[key] or text

    def answer(self, place: Place, value: str, where: str = "") -> None:
        """Records an answer."""
        if self.answers.get(place) and self.answers[place] != value:
            self.problems.append(f"{where}{_short(place[0])} {place[1]} is answered twice; the last answer counts")
        self.answers[place] = value


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - MAX_PROBLEMS
    return problems if more <= 0 else [*problems[:MAX_PROBLEMS], f"{more:,} more problems like these"]


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")  # what spreadsheets write
    if found := decoded(data, encodings):
        return found[0]
    raise UnreadableFile("it is not text")


def column_of(text: str) -> str | None:
    """The column that a heading means."""
    return _COLUMN_NAMES.get(" ".join(text.replace("_", " ").lower().split()))


def _head_of(text: str) -> str:
    """The key of the sheet's head that is meant, "" if none is."""
    key = "_".join(text.replace("_", " ").lower().rstrip(": ").split())
    return key if key in _HEAD else ""


def _numbered_lines(found: _Reading, text: str) -> list[str]:
    """The lines; one that is too long is replaced by an empty one and reported, and lines after the limit are cut
    off."""
    lines = re.split("\r\n|\r|\n", text)
    if len(lines) > MAX_LINES:
        found.problems.append(f"only the first {MAX_LINES:,} lines are read")
    for number, line in enumerate(lines[:MAX_LINES], 1):
        if len(line) > MAX_LINE:
            found.problems.append(f"line {number}: longer than {MAX_LINE:,} characters, so it is left out")
            lines[number - 1] = ""
    return lines[:MAX_LINES]


# -- line by line

_INLINE = re.compile(r"""[{,] ?["']?(?P<key>[A-Za-z_ ]+?)["']? ?:""")


def _lines(found: _Reading, text: str) -> None:
    entry = ""
    for where, line in _content(_numbered_lines(found, text)):
        key, value = _key_and_value(line)
        if not key:
            found.problems.append(f"{where}no `:` in `{_short(line)}`")
            continue
        column = column_of(key)
        if head := _head_of(key):
            found.says(head, value, where)
        elif column and entry:
            found.answer((entry, column), value, where)
        elif column:
            found.problems.append(f"{where}`{_short(key)}` does not say for which layer")
        elif key.lower() == "answers" and not value:
            entry = ""
        elif not value:
            entry = key
        elif inline := list(_INLINE.finditer(value := " ".join(value.split()))):
            entry = key
            for each, following in zip(inline, [*inline[1:], None], strict=True):
                inside = value[each.end() : following.start() if following else len(value)].strip()
                if column := column_of(each["key"]):
                    last = inside if following else inside.removesuffix("}")
                    found.answer((entry, column), last.strip(), where)
        else:
            found.problems.append(f"{where}`{_short(line)}` is neither a layer nor an answer")


def _content(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The lines that are not empty, with their numbers and without comments."""
    for number, line in enumerate(lines, 1):
        line = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if line.strip() and line.strip() not in ("---", "..."):
            yield f"line {number}: ", line


def _key_and_value(line: str) -> tuple[str, str]:
    """The text before and after the first colon; no key if there is none."""
    key, colon, value = line.partition(":")
    key = re.sub(r"^-\s+", "", key.strip())
    if key[:1] in ("'", '"'):
        key = key[1:].removesuffix(key[0])
    key = key.strip()
    return (key, value.strip()) if colon and not re.search(r"""["'{}#]""", key) else ("", "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


# -- spreadsheets


def _csv(found: _Reading, text: str) -> None:
    lines = _numbered_lines(found, text)
    first = next((number for number, line in enumerate(lines) if column_line(line)), None)
    if first is None:
        raise UnreadableFile("it has no line of headings with `layer` and the columns asked for")
    if lines[first].count('"') % 2:
        lines[first] = lines[first].replace('"', "")
    delimiter = max(",;\t", key=lines[first].count)
    found.has_semicolons = delimiter == ";"
    rows = _rows(found, lines, delimiter)
    start = next((index for index, (_, row) in enumerate(rows) if _is_heading(row)), None)
    if start is None:
        raise UnreadableFile("it has no line of headings with `layer` and the columns asked for")
    for where, row in rows[:start]:
        if len(row) > 1 and (head := _head_of(row[0])):
            found.says(head, row[1], where)
    headings = [cell.strip() for cell in rows[start][1]]
    layer = next(index for index, cell in enumerate(headings) if cell.lower() in _LAYER)
    for where, row in rows[start + 1 :]:
        if len(row) <= layer or not row[layer].strip():
            continue
        for heading, cell in zip(headings, row, strict=False):
            column = column_of(heading)
            found.has_blanks |= bool(column)
            if column and cell.strip():
                found.answer((row[layer].strip(), column), cell.strip(), where)


def _rows(found: _Reading, lines: list[str], delimiter: str) -> list[tuple[str, list[str]]]:
    """The rows, each with its place. If a quote is missing, every line is a row, so that it hides no others."""
    try:
        reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter, strict=True)
        rows = [(f"line {reader.line_num}: ", row) for row in reader]
        if not any("\n" in cell and delimiter in cell for _, row in rows for cell in row):
            return rows
    except csv.Error:
        pass
    rows = []
    for number, line in enumerate(lines, 1):
        if line.count('"') % 2:
            found.problems.append(f"line {number}: a quote is missing in `{_short(line)}`")
        rows.append((f"line {number}: ", next(csv.reader([line], delimiter=delimiter), [])))
    return rows


def column_line(line: str) -> bool:
    """Whether this is the line of headings."""
    return _is_heading([cell.strip(' "\ufeff') for cell in re.split("[,;\t]", line)])


def _is_heading(row: list[str]) -> bool:
    cells = [cell.strip().lower() for cell in row]
    return any(cell in _LAYER for cell in cells) and any(map(column_of, cells))


# -- JSON


def _json(found: _Reading, text: str) -> None:
    def pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made and made[key] != value:
                found.problems.append(f"`{_short(key)}` is given twice; the last counts")
            made[key] = value
        return made

    try:
        # numbers are kept as written, however long
        root = json.loads(text, parse_int=str, parse_float=_plain_number, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"it is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise UnreadableFile("it is not JSON: too many nested brackets") from None
    if not isinstance(root, dict) or not isinstance(root.get("answers"), dict):
        raise UnreadableFile("it has no mapping `answers`")
    for key, value in root.items():
        if (head := _head_of(key)) and isinstance(value, str):
            found.says(head, value)
    for entry, given in root["answers"].items():
        if not isinstance(given, dict):
            found.problems.append(f"{_short(entry)}: expected a mapping of answers")
            continue
        for name, value in given.items():
            if not (column := column_of(name)):
                found.problems.append(f"{_short(entry)}: there is no column `{_short(name)}`")
            elif (answer := _as_text(value)) is None:
                found.problems.append(f"{_short(entry)} {column}: expected a number, sizes or a text")
            else:
                found.answer((entry, column), answer)


def _plain_number(text: str) -> str:
    """A number as a person would write it: `1e3` as `1000.0`."""
    return text if "e" not in text.lower() else str(float(text))


def _as_text(value: Any) -> str | None:
    """An answer as text; None if it is not an answer."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return f"[{', '.join(value)}]"
    return str(value) if isinstance(value, str | bool | float) else None
