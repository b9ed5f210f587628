"""Feedback about hand-ins, each with the key that it was graded with: one by one, or as a table for a mail merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from cnncalc.homework.gradebook.exports import Contact
from cnncalc.homework.grading.batch import SUPERSEDED, AnswerKey, GradedFile
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import ENGLISH, Language
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.report._document import Block, Facts, Heading, Paragraph
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean, decimal
from cnncalc.report.views.homework._remarks import what_to_do
from cnncalc.report.views.homework.feedback import Feedback


class FeedbackWriters:
    """A writer of feedback for each key, made when it is first needed.

    Attributes:
        say: the language of what is said without a key.
    """

    def __init__(self, make: Callable[[Sheet, Rubric], Feedback], say: Language = ENGLISH) -> None:
        self.say = say
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
        heading = Heading(clean(result.worksheet) or self.say("homework"), clean(result.student))
        return [heading, Paragraph(clean(what_to_do(result, self.say)))]

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


class MailMergeReport(Report):
    """What each student is told, for a mail merge.

    Attributes:
        contact: where a student can be reached.
        files: the feedback files, in the order of the results; "" where there is none.
    """

    __slots__ = ("contact", "files", "results", "writers")

    def __init__(
        self,
        writers: FeedbackWriters,
        results: Sequence[GradedFile],
        contact: Callable[[GradedFile], Contact],
        files: Sequence[str],
    ) -> None:
        self.writers = writers
        self.results = results
        self.contact = contact
        self.files = files

    def table(self) -> Records:
        """One row per hand-in that counts or could not be graded."""
        rows = [
            self._row(result, file)
            for result, file in zip(self.results, self.files, strict=True)
            if result.standing != SUPERSEDED
        ]
        return Records(("student", "email", "login", "id", "points", "of", "percent", "file", "feedback"), rows)

    def _row(self, result: GradedFile, file: str) -> list[str]:
        contact = self.contact(result)
        points = ["", "", ""]
        if not result.error:
            total = result.total
            points = [decimal(total.points), decimal(total.out_of), decimal(Fraction(round(total.percent, 2)))]
        text = "\n".join(map(clean, self.writers.comment(result)))
        return [*map(clean, (contact.name or result.student, *contact[1:])), *points, clean(file), text]
