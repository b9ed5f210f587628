"""Feedback about a sheet, for the student who handed it in."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT, UNANSWERED, UNREADABLE, WRONG, Graded
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import ENGLISH, Language, translatable
from cnncalc.homework.sheet.questions import Item, Sheet
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import clean, decimal
from cnncalc.report.views.homework._remarks import refusal, remarks_on
from cnncalc.report.views.homework._sheet_texts import TITLES, answer_text
from cnncalc.report.views.homework._working import SheetDerivations

VERDICTS = {
    RIGHT: translatable("right"),
    FOLLOWED: translatable("right given your earlier answers"),
    WRONG: translatable("wrong"),
    UNANSWERED: translatable("not answered"),
    UNREADABLE: translatable("cannot be read"),
}


class Feedback:
    """Writes feedback about one sheet after the other; `reveal` also shows the solutions."""

    def __init__(self, sheet: Sheet, rubric: Rubric, reveal: bool = False, say: Language = ENGLISH) -> None:
        self.sheet = sheet
        self.rubric = rubric
        self.reveal = reveal
        self.say = say
        self._derivations = SheetDerivations(sheet)
        self._items = {item.name: item for item in sheet.items}
        self._rules = cache(self._rule)

    def document(self, result: GradedFile) -> list[Block]:
        """Each answer, right or wrong; what went wrong, and the rule."""
        heading = Heading(self.sheet.name, result.student)
        if result.error:
            return [heading, Paragraph(refusal(result, self.say))]
        score = result.total
        facts = Facts([("points", f"{decimal(score.points)} of {decimal(score.out_of)}")])
        titles = ["layer", "asked", "your answer", "", "points", *(["solution"] if self.reveal else [])]
        columns = [Column(title, title == "points") for title in titles]
        blocks: list[Block] = [heading, facts, Table(columns, [self._row(each) for each in result.graded])]
        blocks += [Paragraph(text) for each in result.graded for text in self.remarks(each)]
        blocks += map(Paragraph, remarks_on(result, self.say))
        return blocks

    def _row(self, graded: Graded) -> list[str]:
        question = graded.question
        worth = self.rubric.worth(question)
        points = f"{decimal(self.rubric.points_for(graded))}/{decimal(worth)}"
        row = [question.entry, TITLES[question.column], answered(graded), self.verdict(graded), points]
        return [*row, answer_text(question.answer)] if self.reveal else row

    def verdict(self, graded: Graded) -> str:
        """Whether an answer is right, and whether the teacher decided about its points."""
        text = self.say(VERDICTS[graded.status])
        return text if graded.decided is None else self.say("{verdict}; points decided by hand", verdict=text)

    def remarks(self, graded: Graded) -> list[str]:
        """Remarks about an answer that is not simply right."""
        if graded.decided is not None and graded.decided == self.rubric.worth(graded.question):
            return []
        where = f"{graded.question.entry}, {TITLES[graded.question.column]}"
        if graded.reason:
            return [f"{where}: {self.say.message(graded.reason)}."]
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
