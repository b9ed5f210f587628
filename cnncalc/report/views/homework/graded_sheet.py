"""One sheet, graded from Python: in a notebook, or in the tests of an autograder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.analysis import analyze
from cnncalc.homework.grading.batch import AnswerKey, GradedFile, grade_all
from cnncalc.homework.grading.one_sheet import RIGHT
from cnncalc.homework.grading.scoring import FOLLOW_THROUGH, Rubric, score
from cnncalc.homework.handins.files import HandIn
from cnncalc.homework.handins.submissions import column_line
from cnncalc.homework.sheet.questions import known_words
from cnncalc.homework.sheet.record import Keys
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block
from cnncalc.report.report import Report
from cnncalc.report.views.homework.feedback import LEVELS, Feedback
from cnncalc.spec.reader import Spec, read
from cnncalc.spec.top_level import Overrides


class GradedAnswer(NamedTuple):
    """An answer, graded.

    Attributes:
        status: `right`, `follow-through`, `wrong`, `unanswered` or `unreadable`.
        mistakes: names of the mistakes that explain it.
        remarks: what is said about it to the student.
    """

    layer: str
    column: str
    answer: str
    status: str
    points: float
    out_of: float
    mistakes: tuple[str, ...]
    remarks: tuple[str, ...]


class GradedSheet(Report):
    """Answers that were graded, as text, as HTML in a notebook, or field by field.

    Attributes:
        student: the student's name, if the answers say it.
        points: the points that the answers earn.
        out_of: the points that were possible.
        notes: what could not be read.
    """

    __slots__ = ("_key", "_result")

    def __init__(self, result: GradedFile, key: AnswerKey) -> None:
        self._result = result
        self._key = key

    @classmethod
    def of(
        cls,
        answers: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str],
        spec: Spec,
        ask: Sequence[str] | None = None,
        tolerance: float = 0,
        follow_through: str = "full",
    ) -> GradedSheet:
        """Grades answers with a key.

        Raises:
            ValueError: these are no answers to this key.
        """
        if follow_through not in FOLLOW_THROUGH:
            raise ValueError(f"expected one of {', '.join(FOLLOW_THROUGH)}, found {follow_through!r}")
        if not 0 <= tolerance <= 1:
            raise ValueError(f"expected a tolerance from 0 to 1, found {tolerance!r}")
        rubric = Rubric(follow_through=FOLLOW_THROUGH[follow_through])
        words = known_words(ask) if ask is not None else _EVERYTHING if isinstance(answers, Mapping) else None
        keys = Keys(analyze(spec), _maker(spec), spec.is_overridden, words, spec.overrides)
        (result,) = grade_all([_hand_in(answers)], keys, lambda _: rubric, tolerance).results
        answer_key = result.key
        if result.error or answer_key is None:
            raise ValueError(result.error)
        if isinstance(answers, Mapping):
            if result.notes:
                raise ValueError("; ".join(map(str, result.notes)))
            if ask is None:
                result = _answered_alone(result, rubric)
        return cls(result, answer_key)

    @property
    def student(self) -> str:
        submission = self._result.submission
        return "" if submission is None or submission.is_nameless else submission.student

    @property
    def points(self) -> float:
        return _number(self._result.score.points)

    @property
    def out_of(self) -> float:
        return _number(self._result.score.out_of)

    @property
    def is_right(self) -> bool:
        """Whether every answer is right."""
        return all(each.status == RIGHT for each in self._result.graded)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(map(str, self._result.notes))

    @property
    def answers(self) -> list[GradedAnswer]:
        """Answer by answer, in the order of the sheet."""
        feedback = self._writer("hint")
        return [
            GradedAnswer(
                each.question.entry,
                each.question.column,
                each.answer.text,
                each.status,
                _number(self._result.points_for(each)),
                _number(self._result.worth(each.question)),
                tuple(mistake.name for mistake in each.mistakes),
                tuple(feedback.remarks(each)),
            )
            for each in self._result.graded
        ]

    def feedback(self, level: str = "hint", format: str = "text") -> str:
        """The feedback for the student.

        Args:
            level: one of `LEVELS`.
            format: `text`, `markdown`, `latex` or `html`.

        Raises:
            ValueError: there is no such level, or no such format.
        """
        return _Leveled(self._writer(level).document(self._result)).render(format)

    def document(self) -> list[Block]:
        """The feedback for the student, with hints."""
        return self._writer("hint").document(self._result)

    def __repr__(self) -> str:
        return f"<GradedSheet: {self.points} of {self.out_of} points>"

    def _writer(self, level: str) -> Feedback:
        if level not in LEVELS:
            raise ValueError(f"expected one of {', '.join(LEVELS)}, found {level!r}")
        return Feedback(self._key.sheet, self._key.rubric, level)


class _Leveled(Report):
    """A document that is finished."""

    __slots__ = ("_blocks",)

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks

    def document(self) -> list[Block]:
        """The document."""
        return self._blocks


_EVERYTHING = ("output", "params", "receptive_field", "macs", "memory", "total")
"""What can be asked."""


def _maker(spec: Spec) -> Any:
    def make(overrides: Overrides) -> Any:
        other, _ = read(spec.parsed, overrides)
        return analyze(other) if other else None

    return make


def _hand_in(answers: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str]) -> HandIn:
    """A hand-in with these answers."""
    if isinstance(answers, Mapping):
        for layer, given in answers.items():
            if not isinstance(given, Mapping):
                raise ValueError(f"{layer}: expected a mapping of answers, found {given!r}")
        texts = {layer: {column: _text(value) for column, value in given.items()} for layer, given in answers.items()}
        return HandIn("answers.json", data=json.dumps({"answers": texts}).encode("utf-8", "replace"))
    if isinstance(answers, str) and ("\n" in answers or answers.lstrip().startswith("{")):
        is_table = any(map(column_line, answers.splitlines()[:50]))
        suffix = ".csv" if is_table else ".json" if answers.lstrip().startswith("{") else ".yaml"
        return HandIn(f"answers{suffix}", data=answers.encode("utf-8", "replace"))
    if not isinstance(answers, str | os.PathLike):
        raise ValueError(f"expected a mapping of answers, a path or a text, found {answers!r}")
    return HandIn(os.fspath(answers))


def _text(value: Any) -> str:
    """An answer as a student would write it: sizes with × between them, or as Keras does with the batch."""
    if value is None:
        return ""
    if getattr(value, "ndim", None) == 0:
        value = value.item()  # a number of NumPy or PyTorch
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        sizes = list(value)
        return f"({', '.join(map(str, sizes))})" if None in sizes[:1] else "x".join(map(_number_text, sizes))
    return _number_text(value)


def _number_text(value: Any) -> str:
    """A number as text; one with thousands of digits, which Python does not write, stays too long to be read."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:x}" if isinstance(value, int) and value.bit_length() > 10_000 else str(value)


def _answered_alone(result: GradedFile, rubric: Rubric) -> GradedFile:
    """The result without questions that are not answered."""
    assert result.submission
    given = result.submission.answers
    graded = [each for each in result.graded if (each.question.entry, each.question.column) in given]
    return result._replace(graded=graded, score=score(graded, rubric))


def _number(value: Fraction) -> float:
    """Points: a whole number is an int."""
    return int(value) if value.denominator == 1 else float(value)
