"""The results of grading: for a student about a sheet, for a teacher about a class, for a gradebook and for
Gradescope."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.homework.grading.batch import SUPERSEDED, GradedFile, by_question, common_mistakes
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT, UNANSWERED, UNREADABLE, WRONG, Graded
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.sheet.questions import Item, Sheet
from cnncalc.homework.sheet.record import made_with
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean
from cnncalc.report.views.homework.sheet import TITLES, SheetDerivations, answer_text

VERDICTS = {
    RIGHT: "right",
    FOLLOWED: "right given your earlier answers",
    WRONG: "wrong",
    UNANSWERED: "not answered",
    UNREADABLE: "cannot be read",
}


def decimal(value: Fraction) -> str:
    """Points as a person would write them: `3`, `2.5`, `0.33`."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


# -- for the student


class Feedback:
    """Writes feedback about one sheet after the other; `reveal` also shows the solutions."""

    def __init__(self, sheet: Sheet, rubric: Rubric, reveal: bool = False) -> None:
        self.sheet = sheet
        self.rubric = rubric
        self.reveal = reveal
        self._derivations = SheetDerivations(sheet)
        self._items = {item.name: item for item in sheet.items}
        self._rules = cache(self._rule)

    def document(self, result: GradedFile) -> list[Block]:
        """Each answer, right or wrong; what went wrong, and the rule."""
        heading = Heading(self.sheet.name, result.student)
        if result.error:
            return [heading, Paragraph(not_graded(result))]
        score = result.score
        facts = Facts([("points", f"{decimal(score.points)} of {decimal(score.out_of)}")])
        titles = ["layer", "asked", "your answer", "", "points", *(["solution"] if self.reveal else [])]
        columns = [Column(title, title == "points") for title in titles]
        blocks: list[Block] = [heading, facts, Table(columns, [self._row(each) for each in result.graded])]
        blocks += [Paragraph(text) for each in result.graded for text in self.remarks(each)]
        blocks += [Paragraph(f"{note[:1].upper()}{note[1:]}.") for note in result.notes]
        return blocks

    def _row(self, graded: Graded) -> list[str]:
        question = graded.question
        worth = self.rubric.worth(question)
        points = f"{decimal(self.rubric.points_for(graded))}/{decimal(worth)}"
        row = [question.entry, TITLES[question.column], answered(graded), VERDICTS[graded.status], points]
        return [*row, answer_text(question.answer)] if self.reveal else row

    def remarks(self, graded: Graded) -> list[str]:
        """Remarks about an answer that is not simply right."""
        where = f"{graded.question.entry}, {TITLES[graded.question.column]}"
        if graded.status == UNREADABLE:
            return [f"{where}: {graded.reason}."]
        if graded.status == FOLLOWED:
            return [f"{where}: the arithmetic is right, but it starts from a wrong answer."]
        if graded.status != WRONG:
            return []
        texts = [f"{mistake.title}. {mistake.hint}" for mistake in graded.mistakes] or ["wrong."]
        rule = self._rules(graded.question.entry, graded.question.column)
        return [f"{where}: {' Also: '.join(texts)}{f' The rule: {rule}' if rule else ''}"]

    def _rule(self, entry: str, column: str) -> str:
        """The rule of a question, with numbers substituted if solutions are shown."""
        item: Item | None = self._items.get(entry)
        if item is None:
            return (
                "" if entry != "total" else "4 bytes per parameter" if column == "memory" else "the sum over all layers"
            )
        texts = self._derivations.worked(item) if self.reveal else self._derivations.rules(item)
        return "; ".join(texts.get(column, []))


def not_graded(result: GradedFile) -> str:
    """Why a file was not graded, as its row says it."""
    return f"not graded: {result.error}"


def answered(graded: Graded) -> str:
    """The answer as written, with its value if that was calculated."""
    answer = graded.answer
    if answer.worked and isinstance(answer.value, int | Fraction):
        value = answer_text(answer.value) if isinstance(answer.value, int) else decimal(answer.value)
        return f"{clean(answer.text)} = {value}" if "=" not in answer.text else clean(answer.text)
    return clean(answer.text)


# -- for the teacher

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


class FeedbackReport(Report):
    """The feedback that a student gets about a sheet."""

    __slots__ = ("feedback", "result")

    def __init__(self, feedback: Feedback, result: GradedFile) -> None:
        self.feedback = feedback
        self.result = result

    def document(self) -> list[Block]:
        """Each answer, right or wrong; what went wrong, and the rule."""
        return self.feedback.document(self.result)


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


def gradescope_of(results: Sequence[GradedFile], feedback: Feedback, seconds: float) -> dict[str, Any]:
    """The `results.json` of a Gradescope autograder for everything that one student handed in, which should include a
    sheet."""
    sheets = [result for result in results if not result.error]
    others = [f"{os.path.basename(result.file)}: {not_graded(result)}" for result in results if result.error]
    if len(sheets) == 1:
        return gradescope_json(sheets[0], feedback, seconds, others)
    if len(sheets) > 1:
        names = ", ".join(os.path.basename(result.file) for result in sheets)
        return broken_json(f"there is more than one answer sheet ({names}): hand in one file", seconds)
    return broken_json("\n".join(others) or "nothing was handed in: hand in the filled-in sheet", seconds)


def gradescope_json(
    result: GradedFile, feedback: Feedback, seconds: float, others: Sequence[str] = ()
) -> dict[str, Any]:
    """The same for one sheet; `others` are remarks about the other files handed in."""
    rubric = feedback.rubric
    tests = [
        {
            "name": f"{each.question.entry}: {TITLES[each.question.column]}",
            "score": float(rubric.points_for(each)),
            "max_score": float(rubric.worth(each.question)),
            "status": "passed" if each.status in (RIGHT, FOLLOWED) else "failed",
            "output": "\n".join([f"{answered(each) or '(blank)'}: {VERDICTS[each.status]}", *feedback.remarks(each)]),
            "output_format": "text",
            "visibility": "visible",
        }
        for each in result.graded
    ]
    return {
        "score": float(result.score.points),
        "execution_time": round(seconds, 3),
        "output": "\n".join((*result.notes, *others)),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def broken_json(reason: str, seconds: float) -> dict[str, Any]:
    """The same if nothing could be graded: 0 points, and the reason."""
    return {"score": 0.0, "execution_time": round(seconds, 3), "output": reason, "output_format": "text", "tests": []}
