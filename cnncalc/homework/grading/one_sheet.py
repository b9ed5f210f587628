"""Grades one sheet: right, wrong, or wrong only because of an earlier answer; and names the mistakes.

A student is followed through the sheet: each entry is calculated from this student's earlier answers. If that gives
the student's answer, the arithmetic was right (*follow-through*). Otherwise the catalogue of mistakes is searched
(`naming`).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cnncalc.homework.diagnose.following import Place, Student, Workings
from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.diagnose.mistakes import MB_FOR_MIB
from cnncalc.homework.diagnose.naming import Diagnosis, Search
from cnncalc.homework.language import Message
from cnncalc.homework.sheet.answers import (
    BLANK,
    MAX_LENGTH,
    UNITS,
    Answer,
    FormatError,
    Manner,
    agrees_rounded,
    is_megabytes,
    read_answer,
)
from cnncalc.homework.sheet.questions import Question, Sheet, Value
from cnncalc.named_tuple import NamedTuple

MOST_STEPS = 200_000
"""How much is kept of what was calculated for earlier students."""

SHOWN = 40
"""How many characters are shown of an answer that is too long."""

RIGHT, FOLLOWED, WRONG, UNANSWERED, UNREADABLE = "right", "follow-through", "wrong", "unanswered", "unreadable"
"""The possible grades of an answer."""


class Graded(NamedTuple):
    """One answer, graded.

    Attributes:
        status: right, follow-through, wrong, unanswered or unreadable.
        alternatives: what may have been misremembered, the likeliest first: each is one or more misconceptions that
            give the answer together. None if that is unknown.
        is_sure: whether the whole sheet shows it; otherwise only this answer does.
        expected: what would follow from this student's own earlier answers, if that is not the right answer.
        reason: why it cannot be read.
        decided: the points that the teacher gave it, if so.
    """

    question: Question
    answer: Answer
    status: str
    alternatives: tuple[tuple[Misconception, ...], ...] = ()
    is_sure: bool = True
    expected: Value | None = None
    reason: Message | None = None
    decided: Fraction | None = None

    @property
    def mistakes(self) -> tuple[Misconception, ...]:
        """All misconceptions that are named, each once."""
        return tuple(dict.fromkeys(mistake for each in self.alternatives for mistake in each))


class Grader:
    """Grades sheets against one key. Results for one student are reused for the others."""

    def __init__(self, sheet: Sheet, tolerance: float = 0) -> None:
        self.sheet = sheet
        self.tolerance = Fraction(tolerance).limit_denominator(10**9)
        self._workings: Workings | None = None
        self.right = {(question.entry, question.column): question.answer for question in sheet.questions}

    @property
    def workings(self) -> Workings:
        """What was calculated for the students so far."""
        if self._workings is None or len(self._workings.steps) > MOST_STEPS:
            self._workings = Workings(self.sheet)
        return self._workings

    def grade(self, texts: Mapping[Place, str], has_commas: bool = False) -> list[Graded]:
        """Grades the answers of one student, by entry and column, in the order of the sheet.

        Args:
            has_commas: whether the student's file has decimal commas.
        """
        answers, reasons = self._read(texts, Manner(self.sheet.layout, has_commas))
        if all(self._is(answers[q.entry, q.column], q.answer) for q in self.sheet.questions):
            return [Graded(q, answers[q.entry, q.column], RIGHT) for q in self.sheet.questions]
        student = Student(self.workings, answers)
        followed = student.follow().values
        if readings := self._readings_that_follow(answers, followed):
            student = Student(self.workings, answers | readings)
            answers, followed = answers | readings, student.follow().values
        graded = [self._first_look(question, answers, reasons, followed) for question in self.sheet.questions]
        wrong = [_place(each) for each in graded if each.status == WRONG]
        found = Search(student, self._is).diagnoses(wrong) if wrong else {}
        return [_explained(each, found.get(_place(each))) for each in graded]

    def _read(self, texts: Mapping[Place, str], manner: Manner) -> tuple[dict[Place, Answer], dict[Place, Message]]:
        """The answers, each by the reading that is right if there is one; and why others cannot be read."""
        answers, reasons = {}, {}
        for question in self.sheet.questions:
            place = question.entry, question.column
            try:
                answer = read_answer(texts.get(place, ""), question.column, question.answer, manner)
                answers[place] = self._reading(answer, question.answer) or answer
            except FormatError as error:
                text = texts[place].strip()
                answers[place] = BLANK._replace(text=text if len(text) <= MAX_LENGTH else f"{text[:SHOWN]}…")
                reasons[place] = error.reason
        return answers, reasons

    def _reading(self, answer: Answer, value: Value) -> Answer | None:
        """The reading of a doubtful answer that has a value, if one has."""
        found = next((each for each in answer.readings if self._is(each, value)), None)
        return found and found._replace(readings=answer.readings, doubt=answer.doubt)

    def _readings_that_follow(
        self, answers: Mapping[Place, Answer], followed: Mapping[Place, tuple[Value, ...]]
    ) -> dict[Place, Answer]:
        """The readings of doubtful answers that are right given earlier answers, where the likeliest one is not."""
        found = {}
        for place, answer in answers.items():
            own = followed.get(place, ())
            if answer.readings and own and not self._reading(answer, self.right[place]):
                found[place] = self._reading(answer, own[0]) or answer
        return {place: answer for place, answer in found.items() if answer != answers[place]}

    def _first_look(
        self,
        question: Question,
        answers: Mapping[Place, Answer],
        reasons: Mapping[Place, Message],
        followed: Mapping[Place, tuple[Value, ...]],
    ) -> Graded:
        place = question.entry, question.column
        answer = answers[place]
        if place in reasons:
            return Graded(question, answer, UNREADABLE, reason=reasons[place])
        if answer.value is None:
            return Graded(question, answer, UNANSWERED)
        if self._is(answer, question.answer):
            return Graded(question, answer, RIGHT)
        own = followed.get(place, ())
        expected = own[0] if own and own[0] != question.answer else None
        if expected is not None and self._is(answer, expected):
            return Graded(question, answer, FOLLOWED, expected=expected)
        if any(is_megabytes(answer, value) for value in (question.answer, *own)):
            return Graded(question, answer, WRONG, ((MB_FOR_MIB,),), expected=expected)
        return Graded(question, answer, WRONG, expected=expected)

    def _is(self, answer: Answer, value: Value) -> bool:
        """Whether an answer has this value, within the tolerance; amounts of memory to the digits that were written."""
        given = answer.value
        if given == value and not answer.unit:
            return True
        if not (answer.unit or answer.is_about or self.tolerance):
            return False
        if (answer.unit or answer.is_about) and isinstance(value, int) and isinstance(given, int | Fraction):
            return agrees_rounded(answer, Fraction(value) / UNITS[answer.unit])
        if isinstance(given, int | Fraction) and isinstance(value, int):
            return abs(Fraction(given) - value) <= self.tolerance * value
        return False


def _explained(graded: Graded, diagnosis: Diagnosis | None) -> Graded:
    if graded.alternatives or diagnosis is None:
        return graded
    return graded._replace(alternatives=diagnosis.alternatives, is_sure=diagnosis.is_sure)


def _place(graded: Graded) -> Place:
    return graded.question.entry, graded.question.column
