"""What a teacher decides: the points of single answers, in a table that `--review` writes and `--decisions` honours.

A row says which answer it is about (`student` or `file`, `layer`, `column`) and has the points in `decision`. Rows
without a decision are left out. A row that fits no answer, or whose points it cannot have, is a mistake, and then
nothing is graded: a typing error must not cost anybody points.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from cnncalc.errors import CnncalcError
from cnncalc.homework._decoding import decoded
from cnncalc.homework.gradebook.identity import name_key
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.one_sheet import Graded
from cnncalc.homework.grading.scoring import score
from cnncalc.homework.handins.submissions import column_of
from cnncalc.named_tuple import NamedTuple

COLUMNS = ("student", "file", "layer", "column", "answer", "read_as", "why", "points", "max_points", "decision")
"""Those of the review; decisions need a student or a file, `layer`, `column` and `decision`."""
MAX_BYTES = 5_000_000
_POINTS = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,9})?|[.,][0-9]{1,9}")


class DecisionsError(CnncalcError):
    """Decisions cannot be honoured.

    Attributes:
        problems: what is wrong, each with its line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Decision(NamedTuple):
    """A row that says how many points an answer has."""

    line: int
    student: str
    file: str
    layer: str
    column: str
    points: str


# -- the file


def read_decisions(data: bytes) -> list[Decision]:
    """The rows of a table with a decision.

    Raises:
        DecisionsError: it is not a table, or has not the columns.
    """
    text = decoded(data, ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"))
    if text is None:
        raise DecisionsError(["it is not text"])
    lines = list(_lines(text[0]))
    headings = [cell.strip().lower() for cell in lines[0][1]] if lines else []
    needed = [name for name in ("layer", "column", "decision") if name not in headings]
    if not {"student", "file"} & set(headings):
        needed.insert(0, "student")
    if needed:
        raise DecisionsError([f"line 1: a heading is missing: {', '.join(needed)}"])
    rows = [(number, dict(zip(headings, map(_plain, cells), strict=False))) for number, cells in lines[1:]]
    return [
        Decision(
            number, row.get("student", ""), row.get("file", ""), row.get("layer", ""), row.get("column", ""), points
        )
        for number, row in rows
        if (points := row.get("decision", ""))
    ]


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its first line."""
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    start = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error:
        raise DecisionsError([f"line {start}: a quote is missing, or there is one too many"]) from None


def _plain(cell: str) -> str:
    """The text of a cell, without the `'` that keeps spreadsheets from calculating it."""
    text = cell.strip()
    return text[1:] if re.match(r"' *[=+\-@]", text) else text


# -- the answers


def decided(results: Sequence[GradedFile], decisions: Sequence[Decision]) -> list[GradedFile]:
    """The results, with the points that were decided.

    Raises:
        DecisionsError: a row fits no answer, or has points that the answer cannot have.
    """
    found: dict[tuple[int, str, str], tuple[Decision, Fraction]] = {}
    problems = []
    for decision in decisions:
        try:
            index, graded = _answer(results, decision)
            points = _points(decision, results[index].worth(graded.question))
            place = index, graded.question.entry, graded.question.column
            if place in found and found[place][1] != points:
                raise DecisionsError([f"the same answer has other points in line {found[place][0].line}"])
            found[place] = decision, points
        except DecisionsError as error:
            problems += [f"line {decision.line}: {problem}" for problem in error.problems]
    if problems:
        raise DecisionsError(problems)
    points_of = {place: points for place, (_, points) in found.items()}
    return [_with_points(result, index, points_of) for index, result in enumerate(results)]


def _with_points(result: GradedFile, index: int, points_of: dict[tuple[int, str, str], Fraction]) -> GradedFile:
    places = [(index, each.question.entry, each.question.column) for each in result.graded]
    if result.key is None or not any(place in points_of for place in places):
        return result
    graded = [each._replace(decided=points_of.get(place)) for each, place in zip(result.graded, places, strict=True)]
    return result._replace(graded=graded, score=score(graded, result.key.rubric))


def _answer(results: Sequence[GradedFile], decision: Decision) -> tuple[int, Graded]:
    """The answer that a row is about, with the index of its hand-in."""
    index = _hand_in(results, decision)
    result = results[index]
    if result.error:
        raise DecisionsError([f"`{_shown(decision)}` was not graded: {result.error}"])
    rows = [each for each in result.graded if each.question.entry == decision.layer]
    if not rows:
        raise DecisionsError([f"there is no layer `{decision.layer}` in what was asked of `{result.student}`"])
    columns = (decision.column, column_of(decision.column))
    answers = [each for each in rows if each.question.column in columns]
    if not answers:
        known = ", ".join(each.question.column for each in rows)
        raise DecisionsError([f"there is no column `{decision.column}` at {decision.layer}; columns: {known}"])
    return index, answers[0]


def _hand_in(results: Sequence[GradedFile], decision: Decision) -> int:
    """The index of the hand-in: that of the file, otherwise that of the student, who must have only one."""
    path = os.path.normpath(decision.file)
    by_file = [index for index, each in enumerate(results) if decision.file and os.path.normpath(each.file) == path]
    name = name_key(decision.student) or decision.student
    named = [index for index, each in enumerate(results) if name and (name_key(each.student) or each.student) == name]
    if by_file and decision.student and by_file[0] not in named:
        raise DecisionsError([f"`{decision.file}` was not handed in by `{decision.student}`"])
    name_of_file = os.path.basename(decision.file)
    some = named if decision.student else range(len(results))
    same_name = [index for index in some if name_of_file and os.path.basename(results[index].file) == name_of_file]
    if len(found := by_file or same_name or named) == 1:
        return found[0]
    if not found:
        raise DecisionsError([f"there is no hand-in by `{_shown(decision)}`"])
    raise DecisionsError([f"there are {len(found)} hand-ins by `{decision.student}`: say in a column `file` which one"])


def _shown(decision: Decision) -> str:
    return decision.student or decision.file


def _points(decision: Decision, worth: Fraction) -> Fraction:
    """The points of a decision, at most what the answer is worth."""
    if not _POINTS.fullmatch(decision.points):
        raise DecisionsError([f"`{decision.points[:40]}` is not a number of points: write 0, 0.5 or 1"])
    points = Fraction(decision.points.replace(",", "."))
    if points > worth:
        raise DecisionsError([f"{decision.points} is more than the answer is worth, {float(worth):g}"])
    return points
