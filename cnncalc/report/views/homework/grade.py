"""The results of grading, for a teacher: a class, each question, and everything for machines."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cnncalc.homework.grading.batch import SUPERSEDED, GradedFile, by_question, common_mistakes
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.homework.sheet.record import made_with
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean
from cnncalc.report.views.homework._gradescope import gradescope_of
from cnncalc.report.views.homework._sheet_texts import TITLES, answer_text
from cnncalc.report.views.homework.feedback import VERDICTS, Feedback, answered, decimal, not_graded

BY = ("student", "question")
"""The subject of each row in the table of grades: a student, or a student and a question."""


class GradesReport(Report):
    """The results of grading: about one sheet for its student, about several for the teacher.

    Attributes:
        by: one of `BY`.
        seconds: how long grading took, for Gradescope.
    """

    __slots__ = ("by", "feedback", "results", "seconds")

    def __init__(
        self, feedback: Feedback, results: Sequence[GradedFile], by: str = "student", seconds: float = 0
    ) -> None:
        self.feedback = feedback
        self.results = results
        self.by = by
        self.seconds = seconds

    def document(self) -> list[Block]:
        """The feedback about one sheet, or the class for several. By question, every answer with its points."""
        if self.by == "question":
            return _questions_document(self.feedback, self.results)
        if len(self.results) == 1:
            return self.feedback.document(self.results[0])
        return _class_document(self.feedback.sheet, self.results)

    def table(self) -> Records:
        """One row per student, or per student and question."""
        if self.by == "question":
            return _question_records(self.results, self.feedback.rubric)
        return _student_records(self.results)

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/grades`, version 1."""
        return _class_json(self.feedback.sheet, self.results, self.feedback.rubric)

    def gradescope(self) -> dict[str, Any]:
        """The `results.json` of a Gradescope autograder."""
        return gradescope_of(self.results, self.feedback, self.seconds)


def _questions_document(feedback: Feedback, results: Sequence[GradedFile]) -> list[Block]:
    """Every answer of every student with its points."""
    titles = ("student", "layer", "asked", "answer", "", "points")
    rows = [
        [
            clean(result.student),
            each.question.entry,
            TITLES[each.question.column],
            answered(each),
            VERDICTS[each.status],
            f"{decimal(feedback.rubric.points_for(each))}/{decimal(feedback.rubric.worth(each.question))}",
        ]
        for result in results
        for each in result.graded
    ]
    failed = [Paragraph(f"{result.file}: {not_graded(result)}") for result in results if result.error]
    heading = Heading(feedback.sheet.name, "every answer")
    return [heading, Table([Column(title, title == "points") for title in titles], rows), *failed]


def _class_document(sheet: Sheet, results: Sequence[GradedFile]) -> list[Block]:
    readable = that_count(results)
    count = f"{len(results)} sheet{'' if len(results) == 1 else 's'}"
    failed = sum(bool(result.error) for result in results)
    count += f", {failed} not graded" if failed else ""
    blocks: list[Block] = [Heading(sheet.name, count), _students(results)]
    if readable:
        mean = sum((result.score.percent for result in readable), Fraction(0)) / len(readable)
        blocks.append(Facts([("mean", f"{decimal(Fraction(round(mean, 1)))}%")]))
        blocks += [Heading("questions", level=2), _questions(readable)]
    if common := common_mistakes(readable):
        rows = [[name, str(students), str(answers)] for name, students, answers in common]
        columns = [Column("mistake"), Column("students", True), Column("answers", True)]
        blocks += [Heading("mistakes", level=2), Table(columns, rows)]
    notes = [f"{result.file}: {note}" for result in results for note in result.notes]
    notes += [f"{result.file}: {not_graded(result)}" for result in results if result.error]
    if notes:
        blocks += [Heading("notes", level=2), *map(Paragraph, notes)]
    return blocks


def _students(results: Sequence[GradedFile]) -> Table:
    columns = [Column("student"), Column("points", True), Column("of", True), Column("%", True), Column("mistakes")]
    rows = []
    for result in results:
        score = result.score
        if result.error:
            rows.append([result.student, "–", "–", "–", not_graded(result)])
            continue
        percent = decimal(Fraction(round(score.percent, 1)))
        mistakes = "another hand-in counts" if result.standing == SUPERSEDED else mistakes_text(result)
        rows.append([result.student, decimal(score.points), decimal(score.out_of), percent, mistakes])
    return Table(columns, rows)


def that_count(results: Sequence[GradedFile]) -> list[GradedFile]:
    """The results that count in statistics: those graded, and not superseded by another hand-in by the same student."""
    return [result for result in results if not result.error and result.standing != SUPERSEDED]


def mistakes_text(result: GradedFile) -> str:
    """The mistakes of a sheet, each once."""
    return ", ".join(dict.fromkeys(mistake.name for each in result.graded for mistake in each.mistakes))


def _questions(results: Sequence[GradedFile]) -> Table:
    columns = [
        Column("layer"),
        Column("asked"),
        Column("right", True),
        Column("of", True),
        Column("most frequent wrong answers"),
    ]
    rows = []
    for each in by_question(results):
        wrong = ", ".join(
            f"{clean(text)} ({count}×)" if count > 1 else clean(text) for text, count in each.wrong_answers
        )
        rows.append([each.question.entry, TITLES[each.question.column], str(each.right), str(each.answered), wrong])
    return Table(columns, rows)


# -- for machines


def status_of(result: GradedFile) -> str:
    """`graded`, `not graded`; for several hand-ins by a student `superseded`, or `several` if none was chosen."""
    return "not graded" if result.error else result.standing or "graded"


def _student_records(results: Sequence[GradedFile]) -> Records:
    rows = []
    for result in results:
        score = result.score
        numbers = ["", "", ""]
        if not result.error:
            numbers = [decimal(score.points), decimal(score.out_of), decimal(Fraction(round(score.percent, 2)))]
        mistakes = result.error or mistakes_text(result).replace(", ", "; ")
        rows.append([clean(result.student), *numbers, status_of(result), clean(mistakes)])
    return Records(("student", "score", "max_score", "percent", "status", "mistakes"), rows)


def _question_records(results: Sequence[GradedFile], rubric: Rubric) -> Records:
    keys = ("student", "layer", "column", "answer", "status", "points", "max_points", "mistakes")
    rows = []
    for result in results:
        for each in result.graded:
            question = each.question
            points = (decimal(rubric.points_for(each)), decimal(rubric.worth(question)))
            mistakes = "; ".join(mistake.name for mistake in each.mistakes)
            answer = clean(each.answer.text)
            rows.append(
                [clean(result.student), question.entry, question.column, answer, each.status, *points, mistakes]
            )
    return Records(keys, rows)


def _class_json(sheet: Sheet, results: Sequence[GradedFile], rubric: Rubric) -> dict[str, Any]:
    return {
        "schema": "cnncalc/grades",
        "version": 1,
        "worksheet": sheet.name,
        "made_with": made_with(sheet),
        "students": [_student_json(result, rubric) for result in results],
        "questions": [
            {
                "layer": each.question.entry,
                "column": each.question.column,
                "right": each.right,
                "answered": each.answered,
                "wrong_answers": [{"answer": text, "count": count} for text, count in each.wrong_answers],
            }
            for each in by_question(that_count(results))
        ],
        "mistakes": [
            {"name": name, "students": students, "answers": answers}
            for name, students, answers in common_mistakes(that_count(results))
        ],
    }


def _student_json(result: GradedFile, rubric: Rubric) -> dict[str, Any]:
    return {
        "file": result.file,
        "student": result.student,
        "status": status_of(result),
        "error": result.error or None,
        "score": float(result.score.points),
        "max_score": float(result.score.out_of),
        "percent": round(float(result.score.percent), 2),
        "notes": list(result.notes),
        "answers": [
            {
                "layer": each.question.entry,
                "column": each.question.column,
                "answer": each.answer.text,
                "status": each.status,
                "points": float(rubric.points_for(each)),
                "max_points": float(rubric.worth(each.question)),
                "mistakes": [mistake.name for mistake in each.mistakes],
                "follows_to": answer_text(each.expected) if each.expected is not None else None,
                "reason": each.reason or None,
            }
            for each in result.graded
        ],
    }
