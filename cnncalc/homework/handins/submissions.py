"""Students' files: YAML as in the sheet, tables of spreadsheets and Markdown, JSON.

If one cannot be read, the error says why.

The YAML of an answer sheet is read line by line, as plain text: whatever follows the colon is the answer. An extra
brace, a tab or a missing quote costs at most the answer in its own line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import dropwhile
from typing import Any

from cnncalc.homework._decoding import decoded
from cnncalc.homework.handins._spreadsheets import sheets_of
from cnncalc.homework.handins._tables import has_table, table_rows
from cnncalc.homework.handins.files import MAX_BYTES, SPREADSHEETS, HandIn, UnreadableFile, content
from cnncalc.homework.handins.lms_names import named_by_lms
from cnncalc.homework.language import LANGUAGES, Language, Message, translatable
from cnncalc.homework.sheet.answers import has_decimal_comma, is_blank
from cnncalc.homework.sheet.questions import COLUMNS, TOTALS
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
NOWHERE = Message("")

_COLUMN_NAMES = {
    "output": ("output size", "output shape", "shape", "size", "ausgabe"),
    "params": ("parameters", "param", "number of parameters", "anzahl parameter"),
    "receptive_field": ("receptive field", "rf", "field"),
    "macs": ("mac",),
    "memory": ("memory of the parameters", "speicher"),
    "layer": ("layers",),
    "student": ("name",),
    "worksheet": (),
    "made_with": ("made with",),
}
"""The names that students, spreadsheets and sheets in other languages give to columns, and to what is at the head."""
_PRINTED = (
    translatable("output size"), translatable("parameters"), translatable("receptive field"), translatable("MACs"),
    translatable("memory of the parameters"), translatable("layer"), translatable("name"), translatable("made with"),
)  # fmt: skip
"""Those of printed sheets, which have them in their own language."""
_HEAD = ("student", "worksheet", "made_with")
TITLED = (*COLUMNS, "memory")
"""The columns that a table can have."""


class Submission(NamedTuple):
    """One student's file.

    Attributes:
        student: the student's name; if it does not say, the one that an LMS gave the file, or the file's own.
        worksheet: the model that it says it is about, "" if it does not say.
        answers: the raw texts, by entry and column.
        problems: lines that could not be read, each with its number.
        made_with: how the sheet was made, according to itself.
        is_nameless: whether it does not give a name.
        has_commas: whether its numbers have decimal commas: it separates with `;`, or one of them shows it.
        lms_number: the student's number in the LMS that named the file, if it is the only one that says whose it is.
    """

    file: str
    student: str
    worksheet: str
    answers: Mapping[Place, str]
    problems: tuple[Message, ...] = ()
    made_with: str = ""
    is_nameless: bool = False
    has_commas: bool = False
    lms_number: str = ""


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
    data = content(hand_in)
    suffix = os.path.splitext(path)[1].lower()
    found = _Reading()
    if suffix in SPREADSHEETS:
        _spreadsheet(found, data, suffix)
    else:
        {".csv": _csv, ".tsv": _csv, ".json": _json, ".md": _drawn, ".txt": _drawn}.get(suffix, _lines)(
            found, _text(data)
        )
    if not found.answers and not found.has_blanks:
        raise UnreadableFile(f"there are no answers in it{f' ({found.problems[0]})' if found.problems else ''}")
    student = found.head["student"]
    if not hand_in.is_named:
        if re.fullmatch(r"solutions( for .*)?", student):
            raise UnreadableFile(translatable("it is the sheet with the solutions"))
        if not student and all(map(is_blank, found.answers.values())):
            raise UnreadableFile(translatable("nothing is filled in, not even a name"))
    lms = None if student else named_by_lms(path)
    return Submission(
        path,
        student or (lms.student[:MAX_NAME] if lms else os.path.splitext(os.path.basename(path))[0]),
        found.head["worksheet"],
        found.answers,
        tuple(_first(found.problems)),
        found.head["made_with"],
        not student and lms is None,
        found.has_semicolons or _has_commas(found.answers),
        lms.number if lms else "",
    )


def _has_commas(answers: Mapping[Place, str]) -> bool:
    """Whether a number shows that the file has decimal commas; between sizes, commas say nothing."""
    return any(has_decimal_comma(text) for (_, column), text in answers.items() if column in TOTALS)


class _Reading:
    """What has been read from a file so far."""

    def __init__(self) -> None:
        self.head = dict.fromkeys(_HEAD, "")
        self.answers: dict[Place, str] = {}
        self.problems: list[Message] = []
        self.has_semicolons = False
        self.has_blanks = False
        """Whether there are empty cells for answers."""

    def problem(self, text: str, where: Message | None = None, **values: object) -> None:
        """Records what could not be read."""
        self.problems.append(Message(text, {"where": where, **values} if where else values))

    def says(self, key: str, value: str, where: Message = NOWHERE) -> None:
        """Records something about the whole sheet."""
        text = " ".join(value.split()).strip("\"' ")
        if key == "student":
            text = "" if is_blank(text) else f"{text[: MAX_NAME - 1]}…" if len(text) > MAX_NAME else text
        if text and self.head[key] and text != self.head[key]:
            self.problem(translatable("{where}`{key}` is given twice; the first counts"), where, key=key)
        self.head[key] = self.head[key] or text

    def answer(self, place: Place, value: str, where: Message = NOWHERE) -> None:
        """Records an answer."""
        if self.answers.get(place) and self.answers[place] != value:
            text = translatable("{where}{entry} {column} is answered twice; the last answer counts")
            self.problem(text, where, entry=_short(place[0]), column=place[1])
        self.answers[place] = value


def _line(number: int, text: str = translatable("line {number}: ")) -> Message:
    """A place in a file."""
    return Message(text, {"number": number})


def _first(problems: list[Message]) -> list[Message]:
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], Message(translatable("{count} more problems like these"), {"count": f"{more:,}"})]


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")  # what spreadsheets write
    if found := decoded(data, encodings):
        return found[0]
    raise UnreadableFile(translatable("it is not text"))


@cache
def _headings() -> dict[str, frozenset[str]]:
    """The names of each column, in all languages."""
    found = {key: {key, *names} for key, names in _COLUMN_NAMES.items()}
    for say in map(Language, LANGUAGES):
        for text in _PRINTED:
            key = next(key for key, names in _COLUMN_NAMES.items() if text.lower() in (key, *names))
            found[key].add(say(text))
    return {key: frozenset(map(_as_heading, names)) for key, names in found.items()}


def _as_heading(text: str) -> str:
    """A heading without case, underscores, and what stands in brackets after it."""
    return " ".join(re.sub(r"\(.*\)\s*$", "", text[:200]).replace("_", " ").casefold().split())


@lru_cache(maxsize=1024)
def column_of(text: str) -> str | None:
    """The column that a heading means."""
    heading = _as_heading(text)
    return next((column for column in TITLED if heading in _headings()[column]), None)


def _head_of(text: str) -> str:
    """The key of the sheet's head that is meant, "" if none is."""
    heading = _as_heading(text.rstrip(": "))
    return next((key for key in _HEAD if heading in _headings()[key]), "")


def _numbered_lines(found: _Reading, text: str) -> list[str]:
    """The lines; one that is too long is replaced by an empty one and reported, and lines after the limit are cut
    off."""
    lines = re.split("\r\n|\r|\n", text)
    if len(lines) > MAX_LINES:
        found.problem(translatable("only the first {count} lines are read"), count=f"{MAX_LINES:,}")
    for number, line in enumerate(lines[:MAX_LINES], 1):
        if len(line) > MAX_LINE:
            text = translatable("{where}longer than {count} characters, so it is left out")
            found.problem(text, _line(number), count=f"{MAX_LINE:,}")
            lines[number - 1] = ""
    return lines[:MAX_LINES]


# -- line by line

_INLINE = re.compile(r"""[{,] ?["']?(?P<key>[A-Za-z_ ]+?)["']? ?:""")


def _lines(found: _Reading, text: str) -> None:
    entry = ""
    for where, line in _content(_numbered_lines(found, text)):
        key, value = _key_and_value(line)
        if not key:
            found.problem(translatable("{where}no `:` in `{found}`"), where, found=_short(line))
            continue
        column = column_of(key)
        if head := _head_of(key):
            found.says(head, value, where)
        elif column and entry:
            found.answer((entry, column), value, where)
        elif column:
            found.problem(translatable("{where}`{found}` does not say for which layer"), where, found=_short(key))
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
            found.problem(translatable("{where}`{found}` is neither a layer nor an answer"), where, found=_short(line))


def _content(lines: Iterable[str]) -> Iterable[tuple[Message, str]]:
    """The lines that are not empty, with their numbers and without comments."""
    for number, line in enumerate(lines, 1):
        line = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if line.strip() and line.strip() not in ("---", "...", "```", "```yaml"):
            yield _line(number), line


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
        raise UnreadableFile(translatable("it has no line of headings with `layer` and the columns asked for"))
    if lines[first].count('"') % 2:
        lines[first] = lines[first].replace('"', "")
    delimiter = max(",;\t", key=lines[first].count)
    found.has_semicolons = delimiter == ";"
    _table(found, _rows(found, lines, delimiter))


def _table(found: _Reading, rows: Sequence[tuple[Message, Sequence[str]]]) -> None:
    """The rows of a table, each with its place: what is said about the sheet, the headings, the answers."""
    start = next((index for index, (_, row) in enumerate(rows) if _is_heading(row)), None)
    if start is None:
        raise UnreadableFile(translatable("it has no line of headings with `layer` and the columns asked for"))
    for where, row in rows[:start]:
        cells = [*dropwhile(lambda cell: not cell.strip(), row)]
        if len(cells) > 1 and (head := _head_of(cells[0])):
            found.says(head, cells[1], where)
    headings = [cell.strip() for cell in rows[start][1]]
    layer = next(index for index, cell in enumerate(headings) if _is_layer(cell))
    for where, row in rows[start + 1 :]:
        if len(row) <= layer or not row[layer].strip() or _is_heading(row):
            continue
        for heading, cell in zip(headings, row, strict=False):
            column = column_of(heading)
            found.has_blanks |= bool(column)
            if column and cell.strip():
                found.answer((row[layer].strip(), column), cell.strip(), where)


def _spreadsheet(found: _Reading, data: bytes, suffix: str) -> None:
    """The first sheet of a spreadsheet that has a line of headings."""
    rows: list[tuple[Message, list[str]]] = []
    for sheet in sheets_of(data, suffix, found.problems.append):
        if any(map(_is_heading, sheet)):
            rows = [(_line(number, translatable("row {number}: ")), row) for number, row in enumerate(sheet, 1)]
            break
    _table(found, rows)


def _drawn(found: _Reading, text: str) -> None:
    """A table with `|` between its cells; a file without one is read line by line."""
    lines = _numbered_lines(found, text)
    rows = [(_line(row.line), row.cells) for row in table_rows(lines)] if has_table(lines) else []
    if any(_is_heading(row) for _, row in rows):
        _table(found, rows)
    else:
        _lines(found, text)


def _rows(found: _Reading, lines: list[str], delimiter: str) -> list[tuple[Message, list[str]]]:
    """The rows, each with its place. If a quote is missing, every line is a row, so that it hides no others."""
    try:
        reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter, strict=True)
        rows = [(_line(reader.line_num), row) for row in reader]
        if not any("\n" in cell and delimiter in cell for _, row in rows for cell in row):
            return rows
    except csv.Error:
        pass
    rows = []
    for number, line in enumerate(lines, 1):
        if line.count('"') % 2:
            found.problem(translatable("{where}a quote is missing in `{found}`"), _line(number), found=_short(line))
        rows.append((_line(number), next(csv.reader([line], delimiter=delimiter), [])))
    return rows


def column_line(line: str) -> bool:
    """Whether this is the line of headings."""
    return _is_heading([cell.strip(' "\ufeff') for cell in re.split("[,;\t]", line)])


def _is_heading(row: Sequence[str]) -> bool:
    return any(map(_is_layer, row)) and any(map(column_of, row))


def _is_layer(cell: str) -> bool:
    return _as_heading(cell) in _headings()["layer"]


# -- JSON


def _json(found: _Reading, text: str) -> None:
    def pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made and made[key] != value:
                found.problem(translatable("`{key}` is given twice; the last counts"), key=_short(key))
            made[key] = value
        return made

    try:
        # numbers are kept as written, however long
        root = json.loads(text, parse_int=str, parse_float=_plain_number, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"it is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise UnreadableFile(translatable("it is not JSON: too many nested brackets")) from None
    if not isinstance(root, dict) or not isinstance(root.get("answers"), dict):
        raise UnreadableFile(translatable("it has no mapping `answers`"))
    for key, value in root.items():
        if (head := _head_of(key)) and isinstance(value, str):
            found.says(head, value)
    for entry, given in root["answers"].items():
        if not isinstance(given, dict):
            found.problem(translatable("{entry}: expected a mapping of answers"), entry=_short(entry))
            continue
        for name, value in given.items():
            if not (column := column_of(name)):
                text = translatable("{entry}: there is no column `{found}`")
                found.problem(text, entry=_short(entry), found=_short(name))
            elif (answer := _as_text(value)) is None:
                text = translatable("{entry} {column}: expected a number, sizes or a text")
                found.problem(text, entry=_short(entry), column=column)
            else:
                found.answer((entry, column), answer)


def _plain_number(text: str) -> str:
    """A number as a person would write it: `1e3` as `1000.0`."""
    return text if "e" not in text.lower() else str(float(text))


def _as_text(value: Any) -> str | None:
    """An answer as text; None if it is not an answer."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str | None) for each in value):
        return f"[{', '.join(map(str, value))}]"
    return str(value) if isinstance(value, str | bool | float) else None
