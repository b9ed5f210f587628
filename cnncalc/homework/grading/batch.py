"""Many sheets against one key: grades each file, and finds what only shows when they are compared."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from cnncalc.homework.gradebook.identity import name_key
from cnncalc.homework.grading.one_sheet import RIGHT, WRONG, Graded, Grader
from cnncalc.homework.grading.scoring import Rubric, Score, score
from cnncalc.homework.handins.attempts import last_attempts
from cnncalc.homework.handins.files import HandIn, UnreadableFile
from cnncalc.homework.handins.submissions import Submission, read_hand_in
from cnncalc.homework.sheet.answers import is_blank
from cnncalc.homework.sheet.questions import Question, Sheet
from cnncalc.homework.sheet.record import Keys
from cnncalc.named_tuple import NamedTuple

MAX_NOTES = 20
"""How many layers that are not in the model are named."""
SEVERAL, SUPERSEDED = "several", "superseded"
"""Standings of several hand-ins by one student: it is unknown which one counts, or another one does."""


class GradedFile(NamedTuple):
    """One graded file.

    Attributes:
        submission: what was in it; None if it cannot be read.
        graded: every answer, in the order of the sheet.
        notes: what the teacher should know: lines that could not be read, layers that are not in the model, …
        error: why it is not graded.
        standing: `several` or `superseded` if there are other hand-ins by this student.
    """

    file: str
    submission: Submission | None
    graded: Sequence[Graded] = ()
    score: Score = Score(0, 0)  # type: ignore[arg-type]
    notes: tuple[str, ...] = ()
    error: str = ""
    standing: str = ""

    @property
    def student(self) -> str:
        """The student; the file's name if that is unknown."""
        return self.submission.student if self.submission else os.path.splitext(os.path.basename(self.file))[0]


class Opened(NamedTuple):
    """A hand-in that was read, or the reason why not."""

    file: str
    submission: Submission | None
    error: str = ""


class Batch(NamedTuple):
    """Graded hand-ins, and what they were graded with."""

    sheet: Sheet
    rubric: Rubric
    results: list[GradedFile]


def open_hand_in(hand_in: HandIn) -> Opened:
    """Reads a hand-in, whatever it contains."""
    try:
        return Opened(hand_in.path, read_hand_in(hand_in))
    except UnreadableFile as error:
        return Opened(hand_in.path, None, str(error))
    except Exception as error:  # a bug of ours, which must not cost anyone else their grade
        return Opened(hand_in.path, None, _failed(error))


def grade_file(file: str, grader: Grader, rubric: Rubric) -> GradedFile:
    """Grades one file, whatever it contains."""
    return _grade(open_hand_in(HandIn(file)), grader, rubric)


def _grade(opened: Opened, grader: Grader, rubric: Rubric) -> GradedFile:
    submission = opened.submission
    if submission is None or opened.error:
        return GradedFile(opened.file, submission, error=opened.error)
    try:
        graded = [
            each
            for each in grader.grade(submission.answers, submission.has_commas)
            if not rubric.is_skipped(each.question)
        ]
    except Exception as error:  # the same here
        return GradedFile(opened.file, submission, error=_failed(error))
    notes = (*submission.problems, *_strange(submission, grader.sheet))
    return GradedFile(opened.file, submission, graded, score(graded, rubric), notes)


def _failed(error: Exception) -> str:
    return f"cnncalc failed on it ({type(error).__name__}), which is a bug: please report it, with this file"


def _strange(submission: Submission, sheet: Sheet) -> Iterator[str]:
    """Notes about what does not belong to this sheet."""
    asked = {(question.entry, question.column) for question in sheet.questions}
    layers = {item.name for item in sheet.items} | {"total"}
    strangers = list(dict.fromkeys(entry for entry, _ in submission.answers if entry not in layers))
    for entry in strangers[:MAX_NOTES]:
        yield f"there is no layer `{entry[:60]}` in the model"
    if len(strangers) > MAX_NOTES:
        yield f"{len(strangers) - MAX_NOTES:,} more layers that are not in the model"
    for (entry, column), text in submission.answers.items():
        if entry in layers and (entry, column) not in asked and not is_blank(text):
            yield f"{entry} {column} was not asked for"


def grade_all(
    hand_ins: Sequence[HandIn],
    keys: Keys,
    rubric_of: Callable[[Sheet], Rubric],
    tolerance: float = 0,
    force: bool = False,
    seen: Callable[[], None] = lambda: None,
) -> Batch:
    """Grades hand-ins in order, with the sheet that they were made for and its rubric; `seen` is called after each.

    A hand-in for another sheet is not graded; with `force` it is, and that is noted.
    """
    opened = [open_hand_in(each) for each in hand_ins]
    sheet, reasons = keys.choose([each.submission for each in opened])
    rubric = rubric_of(sheet)
    grader = Grader(sheet, tolerance)
    results = []
    for each, reason in zip(opened, reasons, strict=True):
        result = _grade(each if force else each._replace(error=each.error or reason), grader, rubric)
        if force and reason:
            result = result._replace(notes=(*result.notes, f"{reason}; graded nevertheless"))
        results.append(result)
        seen()
    return Batch(sheet, rubric, results)


# -- several hand-ins by one student


def person(result: GradedFile) -> Hashable:
    """Who handed in: by name, in any order and case; without a name by the file, which is unique."""
    if result.submission is None or result.submission.is_nameless:
        return "file", result.file
    return "name", name_key(result.student) or result.student


def settled(
    results: Sequence[GradedFile], policy: str | None, who: Callable[[GradedFile], Hashable] = person
) -> list[GradedFile]:
    """The results with their standing: of several hand-ins by one student, one counts by the policy, or none."""
    groups: dict[Hashable, list[int]] = {}
    for index, result in enumerate(results):
        if not result.error:
            groups.setdefault(who(result), []).append(index)
    settled = list(results)
    for indices in groups.values():
        if len(indices) > 1:
            for index, (standing, note) in _standings([results[index] for index in indices], indices, policy).items():
                others = [results[other].file for other in indices if other != index]
                notes = (*results[index].notes, f"{len(indices)} files by this student{note or _besides(others)}")
                settled[index] = results[index]._replace(standing=standing, notes=notes)
    return settled


def _besides(others: Sequence[str]) -> str:
    """Which other files a student handed in."""
    more = [f"{len(others) - 3} more"] if len(others) > 3 else []
    return f"; the other{'s are' if len(others) > 1 else ' is'} {', '.join([*others[:3], *more])}"


def _standings(group: Sequence[GradedFile], indices: Sequence[int], policy: str | None) -> dict[int, tuple[str, str]]:
    """The standing of each hand-in of a student, and what to say about it."""
    chosen = None
    if policy == "best":
        chosen = max(range(len(group)), key=lambda index: group[index].score.points)
    elif policy == "last":
        chosen = last_attempts([result.file for result in group])
    if chosen is None:
        why = ", and their names do not show the order" if policy else ""
        return dict.fromkeys(indices, (SEVERAL, why))
    notes = dict.fromkeys(indices, (SUPERSEDED, f"; {group[chosen].file} counts"))
    return {**notes, indices[chosen]: ("", "; this one counts")}


# -- what a teacher asks of a class


class ByQuestion(NamedTuple):
    """How one question was answered."""

    question: Question
    right: int
    answered: int
    wrong_answers: list[tuple[str, int]]
    """The most frequent ones, with how many gave them."""


def by_question(results: Sequence[GradedFile]) -> list[ByQuestion]:
    """Each question: how many were right, and the most frequent wrong answers."""
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


def common_mistakes(results: Sequence[GradedFile]) -> list[tuple[str, int, int]]:
    """Mistakes by how many students made them, then in how many answers: name, students, answers."""
    people: dict[str, set[Hashable]] = {}
    answers: Counter[str] = Counter()
    for result in results:
        names = [mistake.name for each in result.graded for mistake in each.mistakes]
        answers.update(names)
        for name in names:
            people.setdefault(name, set()).add(person(result))
    students = {name: len(who) for name, who in people.items()}
    order = sorted(students, key=lambda name: (-students[name], -answers[name]))
    return [(name, students[name], answers[name]) for name in order]
