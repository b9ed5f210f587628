"""Many sheets against one key: finding the files, grading each, and what is seen only when they lie side by side."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cnncalc.homework.answers import is_blank
from cnncalc.homework.grading import RIGHT, WRONG, Graded, Grader
from cnncalc.homework.questions import Question, Sheet
from cnncalc.homework.scoring import Rubric, Score, score
from cnncalc.homework.submissions import Submission, Unreadable, read_submission

SUFFIXES = (".yaml", ".yml", ".csv", ".tsv", ".json", ".txt")
MAX_FILES = 100_000


class Result(NamedTuple):
    """One file.

    Attributes:
        submission: what was in it; None where it cannot be read.
        graded: every answer, in the order of the sheet.
        notes: what the teacher should know: lines that could not be read, layers that are not in the model, …
        error: why it cannot be read.
    """

    file: str
    submission: Submission | None
    graded: Sequence[Graded] = ()
    score: Score = Score(0, 0)  # type: ignore[arg-type]
    notes: tuple[str, ...] = ()
    error: str = ""

    @property
    def student(self) -> str:
        """Who; the file's name where nobody can tell."""
        return self.submission.student if self.submission else os.path.splitext(os.path.basename(self.file))[0]


def find_files(paths: Sequence[str]) -> Iterator[str]:
    """The files named, and those in the folders named, in order; hidden ones are left out."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):  # (it follows no links)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                    yield os.path.join(folder, name)


def grade_file(file: str, grader: Grader, rubric: Rubric) -> Result:
    """Grades one file, whatever is in it."""
    try:
        submission = read_submission(file)
    except Unreadable as error:
        return Result(file, None, error=str(error))
    graded = [each for each in grader.grade(submission.answers) if not rubric.is_skipped(each.question)]
    return Result(
        file, submission, graded, score(graded, rubric), (*submission.problems, *_strange(submission, grader.sheet))
    )


def _strange(submission: Submission, sheet: Sheet) -> Iterator[str]:
    """What does not belong to this sheet."""
    asked = {(question.entry, question.column) for question in sheet.questions}
    layers = {item.name for item in sheet.items} | {"total"}
    if submission.worksheet and submission.worksheet != sheet.name:
        yield f"the sheet is of `{submission.worksheet}`, the key of `{sheet.name}`"
    for entry in dict.fromkeys(entry for entry, _ in submission.answers):
        if entry not in layers:
            yield f"there is no layer `{entry}` in the model"
    for (entry, column), text in submission.answers.items():
        if entry in layers and (entry, column) not in asked and not is_blank(text):
            yield f"{entry} {column} was not asked for"


def grade_all(
    files: Sequence[str], sheet: Sheet, rubric: Rubric, tolerance: float = 0, seen: Callable[[], None] = lambda: None
) -> list[Result]:
    """Grades files in order; `seen` is called after each. Two of one student are noted on both."""
    grader = Grader(sheet, tolerance)
    results = []
    for file in files:
        results.append(grade_file(file, grader, rubric))
        seen()
    students = Counter(result.student for result in results if result.submission)
    return [
        result._replace(notes=(*result.notes, f"{students[result.student]} files of this student"))
        if result.submission and students[result.student] > 1
        else result
        for result in results
    ]


# -- what a teacher asks of a class


class ByQuestion(NamedTuple):
    """How one question went."""

    question: Question
    right: int
    answered: int
    wrong_answers: list[tuple[str, int]]
    """The commonest, with how many gave them."""


def by_question(results: Sequence[Result]) -> list[ByQuestion]:
    """Each question: how many were right, and the commonest wrong answers."""
    columns: dict[Question, list[Graded]] = {}
    for result in results:
        for each in result.graded:
            columns.setdefault(each.question, []).append(each)
    found = []
    for question, graded in columns.items():
        answered = [each for each in graded if each.answer.value is not None]
        wrong = Counter(each.answer.text for each in answered if each.status == WRONG)
        right = sum(each.status == RIGHT for each in answered)
        found.append(ByQuestion(question, right, len(answered), wrong.most_common(3)))
    return found


def common_mistakes(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """Mistakes by how many students made them, then in how many answers: name, students, answers."""
    students: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for result in results:
        names = [mistake.name for each in result.graded for mistake in each.mistakes]
        answers.update(names)
        students.update(dict.fromkeys(names, 1))
    order = sorted(students, key=lambda name: (-students[name], -answers[name]))
    return [(name, students[name], answers[name]) for name in order]
