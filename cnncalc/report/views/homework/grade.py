"""The results of grading, for a teacher: a class, each question, and everything for machines."""

from __future__ import annotations

from typing import Any

from cnncalc.homework.gradebook.gradescope_metadata import GradescopeRules
from cnncalc.homework.grading.batch import Batch
from cnncalc.report._document import Block
from cnncalc.report.report import Records, Report
from cnncalc.report.views.homework._class import answers_document, class_document
from cnncalc.report.views.homework._gradescope import gradescope_of
from cnncalc.report.views.homework._machine import class_json, question_records, statistics_records, student_records
from cnncalc.report.views.homework.writers import FeedbackWriters

BY = ("student", "question")
"""The subject of each row in the table of grades: a student, or a student and a question."""


class GradesReport(Report):
    """The results of grading: about one sheet for its student, about several for the teacher.

    Attributes:
        by: one of `BY`.
        seconds: how long grading took, for Gradescope.
        rules: what students see on Gradescope, and how often they may hand in.
    """

    __slots__ = ("batch", "by", "rules", "seconds", "writers")

    def __init__(
        self,
        writers: FeedbackWriters,
        batch: Batch,
        by: str = "student",
        seconds: float = 0,
        rules: GradescopeRules | None = None,
    ) -> None:
        self.writers = writers
        self.batch = batch
        self.by = by
        self.seconds = seconds
        self.rules = rules or GradescopeRules()

    def document(self) -> list[Block]:
        """The feedback about one sheet, or the class for several. By question, every answer with its points."""
        if self.by == "question":
            return answers_document(self.batch)
        if len(self.batch.results) == 1:
            return self.writers.document(self.batch.results[0])
        return class_document(self.batch)

    def table(self) -> Records:
        """One row per student, or per student and question."""
        return (question_records if self.by == "question" else student_records)(self.batch.results)

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/grades`, version 1."""
        return class_json(self.batch)

    def gradescope(self) -> dict[str, Any]:
        """The `results.json` of a Gradescope autograder."""
        return gradescope_of(self.batch.results, self.writers, self.seconds, self.rules)


class StatisticsReport(Report):
    """How each question was answered."""

    __slots__ = ("batch",)

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def table(self) -> Records:
        """One row per question; where there are several sheets, then one per kind of layer."""
        return statistics_records(self.batch)
