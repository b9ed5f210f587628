"""Grades for machines: tables of values, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from cnncalc.homework.grading.batch import Batch, GradedFile
from cnncalc.homework.grading.statistics import ByQuestion, by_kind, by_question, common_mistakes, that_count
from cnncalc.homework.sheet.record import made_with
from cnncalc.report.report import Records
from cnncalc.report.text import clean, decimal
from cnncalc.report.views.homework._class import diagnosis_text, mistakes_text, notes_on, wrong_answer_texts
from cnncalc.report.views.homework._sheet_texts import answer_text


def status_of(result: GradedFile) -> str:
    """`graded`, `not graded`; for several hand-ins by a student `superseded`, or `several` if none was chosen."""
    return "not graded" if result.error else result.standing or "graded"


def student_records(results: Sequence[GradedFile]) -> Records:
    rows = []
    for result in results:
        score = result.total
        numbers = ["", "", ""]
        if not result.error:
            numbers = [decimal(score.points), decimal(score.out_of), decimal(Fraction(round(score.percent, 2)))]
        mistakes = result.error or mistakes_text(result).replace(", ", "; ")
        late = "" if result.error else decimal(result.score.points - result.total.points)
        row = [clean(result.student), *numbers, status_of(result), clean(mistakes), clean(result.worksheet), late]
        rows.append(row)
    return Records(
        ("student", "score", "max_score", "percent", "status", "mistakes", "worksheet", "deducted_for_lateness"), rows
    )


def question_records(results: Sequence[GradedFile]) -> Records:
    keys = ("student", "layer", "column", "answer", "status", "points", "max_points", "mistakes", "worksheet")
    rows = []
    for result in results:
        for each in result.graded:
            question = each.question
            points = (decimal(result.points_for(each)), decimal(result.worth(question)))
            mistakes = diagnosis_text(each)
            answer = clean(each.answer.text)
            place = (question.entry, question.column)
            rows.append([clean(result.student), *place, answer, each.status, *points, mistakes, result.worksheet])
    return Records(keys, rows)


def statistics_records(batch: Batch) -> Records:
    """One row per question of each sheet, except those made for one student, whose row would be that student's; where
    there are several sheets, then one per kind of layer."""
    counted = that_count(batch.results)
    shared = [result for result in counted if not result.is_own]
    found = [*by_question(shared), *(by_kind(counted) if len(batch.keys) > 1 or not shared else [])]
    keys = ("worksheet", "layer", "column", "right", "answered", "asked", "points", "max_points", "discrimination")
    rows = [
        [
            *(each.worksheet, each.entry, each.column, each.right, each.answered, each.asked),
            *(decimal(each.points), decimal(each.worth)),
            "" if each.discrimination is None else round(each.discrimination, 3),
            *("; ".join(wrong_answer_texts(each)), "; ".join(f"{name} ({count}×)" for name, count in each.mistakes)),
        ]
        for each in found
    ]
    return Records((*keys, "wrong_answers", "mistakes"), rows)


def class_json(batch: Batch) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/grades`, version 1."""
    counted = that_count(batch.results)
    return {
        "schema": "cnncalc/grades",
        "version": 1,
        "worksheet": batch.name,
        "made_with": made_with(batch.keys[0].sheet) if len(batch.keys) == 1 else "",
        "students": [_student_json(result) for result in batch.results],
        "questions": [_question_json(each) for each in by_question(counted)],
        "kinds": [_question_json(each) for each in by_kind(counted)],
        "mistakes": [
            {"name": name, "students": students, "answers": answers}
            for name, students, answers in common_mistakes(counted)
        ],
    }


def _question_json(question: ByQuestion) -> dict[str, Any]:
    return {
        "worksheet": question.worksheet,
        "layer": question.entry,
        "column": question.column,
        "right": question.right,
        "answered": question.answered,
        "asked": question.asked,
        "points": round(float(question.points), 4),
        "max_points": round(float(question.worth), 4),
        "discrimination": None if question.discrimination is None else round(question.discrimination, 4),
        "wrong_answers": [
            {"answer": each.text, "count": each.times, "mistakes": list(each.mistakes)}
            for each in question.wrong_answers
        ],
        "mistakes": [{"name": name, "answers": count} for name, count in question.mistakes],
    }


def _student_json(result: GradedFile) -> dict[str, Any]:
    late = result.lateness.by
    return {
        "file": result.file,
        "student": result.student,
        "status": status_of(result),
        "error": result.error or None,
        "worksheet": result.worksheet,
        "score": float(result.total.points),
        "max_score": float(result.total.out_of),
        "percent": round(float(result.total.percent), 2),
        "late_by_hours": None if late is None else round(late / timedelta(hours=1), 2),
        "deducted_for_lateness": float(result.score.points - result.total.points),
        "notes": notes_on(result),
        "answers": [
            {
                "layer": each.question.entry,
                "column": each.question.column,
                "answer": each.answer.text,
                "status": each.status,
                "points": float(result.points_for(each)),
                "max_points": float(result.worth(each.question)),
                "mistakes": [mistake.name for mistake in each.mistakes],
                "alternatives": [[mistake.name for mistake in mistakes] for mistakes in each.alternatives],
                "certain": each.is_sure,
                "follows_to": answer_text(each.expected) if each.expected is not None else None,
                "reason": str(each.reason) if each.reason else None,
                "doubt": each.answer.doubt or None,
                "decided": each.decided is not None,
            }
            for each in result.graded
        ],
    }
