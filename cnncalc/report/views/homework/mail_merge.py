"""A table for a mail merge: one row per student, with the feedback in a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from cnncalc.homework.gradebook.exports import Contact
from cnncalc.homework.grading.batch import SUPERSEDED, GradedFile
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean, decimal
from cnncalc.report.views.homework.writers import FeedbackWriters


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
