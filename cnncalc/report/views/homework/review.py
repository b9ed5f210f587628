"""The answers that a teacher should look at: unreadable and doubtful ones, with room for a decision."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.homework.grading.batch import SUPERSEDED, Batch, GradedFile
from cnncalc.homework.grading.decisions import COLUMNS
from cnncalc.homework.grading.one_sheet import Graded
from cnncalc.homework.sheet.answers import reading_text
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean, decimal


class ReviewReport(Report):
    """The answers in doubt, one per row; what was decided already stands in the column `decision`."""

    __slots__ = ("batch",)

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def table(self) -> Records:
        """One row per answer, in the order of the hand-ins."""
        return Records(COLUMNS, _rows(self.batch))


def _rows(batch: Batch) -> Iterator[list[str]]:
    for result in batch.results:
        if result.standing != SUPERSEDED:
            for each in result.graded:
                if each.reason or each.answer.doubt or each.decided is not None:
                    yield _row(result, each)


def _row(result: GradedFile, graded: Graded) -> list[str]:
    answer = graded.answer
    points = "" if graded.decided is None else decimal(graded.decided)
    return [
        *(clean(result.student), clean(result.file), graded.question.entry, graded.question.column),
        *(clean(answer.text), clean(reading_text(answer)), clean(str(graded.reason or answer.doubt))),
        *(decimal(result.points_for(graded)), decimal(result.worth(graded.question)), points),
    ]
