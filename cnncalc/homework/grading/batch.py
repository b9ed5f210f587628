"""Many hand-ins: each is graded with its key, whatever is in the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from cnncalc.homework.gradebook.identity import may_be
from cnncalc.homework.grading.lateness import ON_TIME, Lateness
from cnncalc.homework.grading.one_sheet import Graded, Grader
from cnncalc.homework.grading.scoring import Rubric, Score, score
from cnncalc.homework.handins.files import HandIn, UnreadableFile
from cnncalc.homework.handins.lms_names import named_by_lms
from cnncalc.homework.handins.submissions import Submission, read_hand_in
from cnncalc.homework.language import Message, translatable
from cnncalc.homework.sheet.answers import is_blank
from cnncalc.homework.sheet.key_folder import KeyFolder
from cnncalc.homework.sheet.questions import Question, Sheet
from cnncalc.homework.sheet.record import Keys, Match
from cnncalc.named_tuple import NamedTuple

MAX_NOTES = 20
"""How many layers that are not in the model are named."""
SEVERAL, SUPERSEDED = "several", "superseded"
"""Standings of several hand-ins by one student: it is unknown which one counts, or another one does."""


class AnswerKey(NamedTuple):
    """What hand-ins are graded with."""

    sheet: Sheet
    rubric: Rubric


class GradedFile(NamedTuple):
    """One graded file.

    Attributes:
        submission: what was in it; None if it cannot be read.
        graded: every answer, in the order of the sheet.
        score: what the answers earn.
        notes: what its student should know: lines that could not be read, layers that are not in the model, …
        error: why it is not graded.
        standing: `several` or `superseded` if there are other hand-ins by this student.
        key: what it was graded with; None if there is no key for it.
        asides: what only the teacher should know; other students and their files may be named.
        lateness: whether it was late, and what that costs.
        is_own: whether the sheet was made for one student.
    """

    file: str
    submission: Submission | None
    graded: Sequence[Graded] = ()
    score: Score = Score(0, 0)  # type: ignore[arg-type]
    notes: tuple[Message, ...] = ()
    error: str = ""
    standing: str = ""
    key: AnswerKey | None = None
    asides: tuple[str, ...] = ()
    lateness: Lateness = ON_TIME
    is_own: bool = False

    @property
    def total(self) -> Score:
        """The points that count: what the answers earn, less what is deducted."""
        points, out_of = self.score
        return Score(max(points - self.lateness.deducted(out_of), Fraction(0)), out_of)

    def points_for(self, graded: Graded) -> Fraction:
        """The points for one of the answers."""
        return self.key.rubric.points_for(graded) if self.key else Fraction(0)

    def worth(self, question: Question) -> Fraction:
        """The points for a right answer to one of the questions."""
        return self.key.rubric.worth(question) if self.key else Fraction(0)

    @property
    def worksheet(self) -> str:
        """The name of the sheet that it was graded with, or that it says it is."""
        if self.key:
            return self.key.sheet.name
        return self.submission.worksheet if self.submission else ""

    @property
    def student(self) -> str:
        """The student; the file's name if that is unknown."""
        return self.submission.student if self.submission else os.path.splitext(os.path.basename(self.file))[0]

    @property
    def lms_number(self) -> str:
        """The student's number in an LMS, if only the name of the file says whose it is."""
        return self.submission.lms_number if self.submission else ""


class Opened(NamedTuple):
    """A hand-in that was read, or the reason why not."""

    file: str
    submission: Submission | None
    error: str = ""


class Batch(NamedTuple):
    """Graded hand-ins, and what they were graded with.

    Attributes:
        name: of the model, or of the folder of keys.
        keys: each once.
        results: in the order of the hand-ins.
    """

    name: str
    keys: list[AnswerKey]
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
    key = AnswerKey(grader.sheet, rubric)
    return _grade(open_hand_in(HandIn(file)), Match(grader.sheet), key, grader)


def _grade(opened: Opened, match: Match, key: AnswerKey | None, grader: Grader | None) -> GradedFile:
    error = opened.error or match.reason
    asides = tuple(filter(None, (match.note, _on_names(opened.submission))))
    result = GradedFile(opened.file, opened.submission, error=error, key=key, asides=asides, is_own=bool(match.owner))
    if opened.submission is None or error or key is None or grader is None:
        return result
    try:
        submission = opened.submission
        answers = grader.grade(submission.answers, submission.has_commas)
        graded = [each for each in answers if not key.rubric.is_skipped(each.question)]
    except Exception as failure:  # the same here
        return result._replace(error=_failed(failure))
    notes = (*submission.problems, *_strange(submission, key.sheet))
    return result._replace(graded=graded, score=score(graded, key.rubric), notes=notes)


def _on_names(submission: Submission | None) -> str:
    """A note if an LMS says that a hand-in is somebody else's than it says itself."""
    lms = named_by_lms(submission.file) if submission else None
    if submission is None or lms is None or not lms.is_name or may_be(lms.student, submission.student):
        return ""
    return f"the name in it is {submission.student}, but {lms.system.title()} says that it is from {lms.student}"


def _failed(error: Exception) -> str:
    return f"cnncalc failed on it ({type(error).__name__}), which is a bug: please report it, with this file"


def _strange(submission: Submission, sheet: Sheet) -> Iterator[Message]:
    """Notes about what does not belong to this sheet."""
    asked = {(question.entry, question.column) for question in sheet.questions}
    layers = {item.name for item in sheet.items} | {"total"}
    strangers = list(dict.fromkeys(entry for entry, _ in submission.answers if entry not in layers))
    for entry in strangers[:MAX_NOTES]:
        yield Message(translatable("there is no layer `{entry}` in the model"), {"entry": entry[:60]})
    if len(strangers) > MAX_NOTES:
        count = f"{len(strangers) - MAX_NOTES:,}"
        yield Message(translatable("{count} more layers that are not in the model"), {"count": count})
    for (entry, column), text in submission.answers.items():
        if entry in layers and (entry, column) not in asked and not is_blank(text):
            yield Message(translatable("{entry} {column} was not asked for"), {"entry": entry, "column": column})


def grade_all(
    hand_ins: Sequence[HandIn],
    keys: Keys | KeyFolder,
    rubric_of: Callable[[Sequence[Sheet]], Rubric],
    tolerance: float = 0,
    force: bool = False,
    seen: Callable[[], None] = lambda: None,
) -> Batch:
    """Grades hand-ins in order, each with the sheet that it was made for; `seen` is called after each.

    A hand-in for another sheet is not graded; with `force` it is, and that is noted.
    """
    opened = [open_hand_in(each) for each in hand_ins]
    name, sheets, matches = keys.match([each.submission for each in opened])
    rubric = rubric_of(sheets)
    answer_keys = [AnswerKey(sheet, rubric) for sheet in sheets]
    graders = {id(key.sheet): (key, Grader(key.sheet, tolerance)) for key in answer_keys}
    results = []
    for each, match in zip(opened, matches, strict=True):
        forced = force and match.sheet and match.reason
        key, grader = graders.get(id(match.sheet), (None, None))
        result = _grade(each, match._replace(reason="") if forced else match, key, grader)
        if forced:
            note = Message(translatable("{reason}; graded nevertheless"), {"reason": Message(match.reason)})
            result = result._replace(notes=(*result.notes, note))
        results.append(result)
        seen()
    return Batch(name, answer_keys, results)
