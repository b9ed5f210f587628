"""Feedback about hand-ins, each with the key that it was graded with."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.homework.grading.batch import AnswerKey, GradedFile
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.report._document import Block, Facts, Heading, Paragraph
from cnncalc.report.report import Report
from cnncalc.report.text import clean
from cnncalc.report.views.homework.feedback import Feedback, not_graded


class FeedbackWriters:
    """A writer of feedback for each key, made when it is first needed."""

    def __init__(self, make: Callable[[Sheet, Rubric], Feedback]) -> None:
        self._make = make
        self._made: dict[int, tuple[AnswerKey, Feedback]] = {}

    def of(self, key: AnswerKey) -> Feedback:
        """The writer for a key."""
        if id(key) not in self._made:
            self._made[id(key)] = key, self._make(*key)
        return self._made[id(key)][1]

    def document(self, result: GradedFile) -> list[Block]:
        """The feedback about a hand-in, even if there is no key for it."""
        if result.key:
            return self.of(result.key).document(result)
        return [Heading(clean(result.worksheet) or "not graded", clean(result.student)), Paragraph(not_graded(result))]

    def comment(self, result: GradedFile) -> list[str]:
        """The same in a few lines, for a cell of a table: the points, and what is said about the answers, without them
        all."""
        lines = []
        for block in self.document(result):
            if isinstance(block, Facts):
                lines += [f"{label}: {value}" for label, value in block.pairs]
            elif isinstance(block, Paragraph):
                lines.append(block.text)
        return lines


class HandInReport(Report):
    """The feedback that a student gets about a hand-in."""

    __slots__ = ("result", "writers")

    def __init__(self, writers: FeedbackWriters, result: GradedFile) -> None:
        self.writers = writers
        self.result = result

    def document(self) -> list[Block]:
        """Each answer, right or wrong; what went wrong, and the rule."""
        return self.writers.document(self.result)
