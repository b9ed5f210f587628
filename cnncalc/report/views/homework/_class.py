"""A class for its teacher: every student, every question, every mistake."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cnncalc.homework.grading.batch import SUPERSEDED, Batch, GradedFile
from cnncalc.homework.grading.one_sheet import Graded
from cnncalc.homework.grading.statistics import ByQuestion, by_kind, by_question, common_mistakes, that_count
from cnncalc.homework.language import ENGLISH
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import clean, decimal
from cnncalc.report.views.homework._remarks import why_not_graded
from cnncalc.report.views.homework._sheet_texts import TITLES
from cnncalc.report.views.homework.feedback import VERDICTS, answered


def class_document(batch: Batch) -> list[Block]:
    """The table of students, and what their answers have in common."""
    results = batch.results
    count = f"{len(results)} sheet{'' if len(results) == 1 else 's'}"
    failed = sum(bool(result.error) for result in results)
    count += f", {failed} not graded" if failed else ""
    blocks: list[Block] = [Heading(batch.name, count), _students(batch)]
    if counted := that_count(results):
        mean = sum((result.total.percent for result in counted), Fraction(0)) / len(counted)
        blocks.append(Facts([("mean", f"{decimal(Fraction(round(mean, 1)))}%")]))
        blocks += [Heading("questions", level=2), _questions(batch, counted)]
    if common := common_mistakes(counted):
        rows = [[name, str(students), str(answers)] for name, students, answers in common]
        columns = [Column("mistake"), Column("students", True), Column("answers", True)]
        blocks += [Heading("mistakes", level=2), Table(columns, rows)]
    if notes := list(_notes(results)):
        blocks += [Heading("notes", level=2), *map(Paragraph, notes)]
    return blocks


def answers_document(batch: Batch) -> list[Block]:
    """Every answer of every student with its points."""
    titles = ("student", "layer", "asked", "answer", "", "points")
    rows = [
        [
            clean(result.student),
            each.question.entry,
            TITLES[each.question.column],
            answered(each),
            VERDICTS[each.status],
            f"{decimal(result.points_for(each))}/{decimal(result.worth(each.question))}",
        ]
        for result in batch.results
        for each in result.graded
    ]
    failed = [
        Paragraph(f"{result.file}: {why_not_graded(result, ENGLISH)}") for result in batch.results if result.error
    ]
    heading = Heading(batch.name, "every answer")
    return [heading, Table([Column(title, title == "points") for title in titles], rows), *failed]


def _notes(results: Sequence[GradedFile]) -> list[str]:
    notes = [f"{result.file}: {note}" for result in results for note in notes_on(result)]
    return notes + [f"{result.file}: {why_not_graded(result, ENGLISH)}" for result in results if result.error]


def notes_on(result: GradedFile) -> list[str]:
    """What the teacher should know about a hand-in."""
    late = [result.lateness.note] if result.lateness.note else []
    return [*map(str, result.notes), *result.asides, *late]


def _students(batch: Batch) -> Table:
    columns = [Column("student"), Column("points", True), Column("of", True), Column("%", True), Column("mistakes")]
    rows = []
    for result in batch.results:
        score = result.total
        if result.error:
            rows.append([clean(result.student), "–", "–", "–", why_not_graded(result, ENGLISH)])
            continue
        percent = decimal(Fraction(round(score.percent, 1)))
        mistakes = "another hand-in counts" if result.standing == SUPERSEDED else mistakes_text(result)
        rows.append([clean(result.student), decimal(score.points), decimal(score.out_of), percent, mistakes])
    return Table(columns, rows)


def mistakes_text(result: GradedFile) -> str:
    """What may be behind the wrong answers of a sheet, each once."""
    return ", ".join(dict.fromkeys(text for each in result.graded if (text := diagnosis_text(each))))


def diagnosis_text(graded: Graded) -> str:
    """What may be behind an answer: `a and b` where two mistakes were made together, `a or b` where it is either."""
    return " or ".join(" and ".join(mistake.name for mistake in mistakes) for mistakes in graded.alternatives)


def _questions(batch: Batch, counted: Sequence[GradedFile]) -> Table:
    """The questions; where students have different sheets, by the kind of the layer."""
    is_one = len(batch.keys) == 1
    columns = [
        Column("layer" if is_one else "layers"),
        Column("asked"),
        Column("right", True),
        Column("of", True),
        Column("points", True),
        Column("discrimination", True, leaves=1),
        Column("most frequent wrong answers" if is_one else "most frequent mistakes"),
    ]
    found = by_question(counted) if is_one else by_kind(counted)
    return Table(columns, [_question(each, is_one) for each in found])


def _question(each: ByQuestion, is_one: bool) -> list[str]:
    points = f"{decimal(each.points)}/{decimal(each.worth)}"
    discrimination = "–" if each.discrimination is None else f"{each.discrimination:z.2f}".replace("-", "−")
    wrong = ", ".join(wrong_answer_texts(each)) if is_one else ", ".join(_times(*pair) for pair in each.mistakes)
    numbers = [str(each.right), str(each.answered), points, discrimination]
    return [each.entry, TITLES[each.column], *numbers, wrong]


def wrong_answer_texts(question: ByQuestion) -> list[str]:
    """The most frequent wrong answers, with how many gave them and the mistakes that explain them."""
    texts = []
    for text, count, mistakes in question.wrong_answers:
        remarks = [*([f"{count}×"] if count > 1 else []), *mistakes]
        texts.append(f"{clean(text)} ({', '.join(remarks)})" if remarks else clean(text))
    return texts


def _times(name: str, count: int) -> str:
    return f"{name} ({count}×)" if count > 1 else name
