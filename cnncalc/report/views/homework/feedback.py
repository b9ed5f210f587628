"""Feedback about a sheet, for the student who handed it in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT, UNANSWERED, UNREADABLE, WRONG, Graded
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import ENGLISH, Language, translatable
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.report._document import Block, Cell, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import clean
from cnncalc.report.views._formulas import legend_block
from cnncalc.report.views.homework._comments import LEVELS, Comment, Comments, places_text
from cnncalc.report.views.homework._remarks import remarks_on, what_to_do
from cnncalc.report.views.homework._sheet_texts import TITLES, answer_text

__all__ = ["LEVELS", "VERDICTS", "Feedback", "answered"]

VERDICTS = {
    RIGHT: translatable("right"),
    FOLLOWED: translatable("right given your earlier answers"),
    WRONG: translatable("wrong"),
    UNANSWERED: translatable("not answered"),
    UNREADABLE: translatable("cannot be read"),
}
TONES = {RIGHT: "good", FOLLOWED: "fair", WRONG: "bad", UNREADABLE: "bad"}
"""How verdicts are coloured."""
MOST_SUMMED_UP = 2
"""How many kinds of mistakes the first paragraph mentions."""


class Feedback:
    """Writes feedback about one sheet after the other, at one of the `LEVELS`."""

    def __init__(self, sheet: Sheet, rubric: Rubric, level: str = "hint", say: Language = ENGLISH) -> None:
        self.sheet = sheet
        self.rubric = rubric
        self.level = level
        self.say = say
        self._comments = Comments(sheet, level, say)

    def document(self, result: GradedFile) -> list[Block]:
        """What was right, each answer with its points, and what went wrong, each thing once with all its places."""
        heading = Heading(self.sheet.name, result.student, language=self.say.code)
        if result.error:
            return [heading, Paragraph(what_to_do(result, self.say))]
        score, say = result.total, self.say
        points = say("{points} of {total}", points=say.decimal(score.points), total=say.decimal(score.out_of))
        blocks: list[Block] = [heading, Facts([(say("points"), points)])]
        blocks += [Paragraph(self._summary(result.graded)), self._table(result.graded)]
        blocks += self._commented(result.graded)
        blocks += map(Paragraph, remarks_on(result, say))
        return blocks

    def _summary(self, graded: Sequence[Graded]) -> str:
        """What was right, and what went wrong most often."""
        right = sum(each.status in (RIGHT, FOLLOWED) for each in graded)
        if right == len(graded):
            return self.say("Everything is right.")
        text = self.say("{right} of {total} answers are right.", right=right, total=len(graded))
        text = text if right else self.say("Nothing is right yet.")
        if titles := _most(each.alternatives[0] for each in graded if each.alternatives and each.is_sure):
            return f"{text} {self.say('Most often: {titles}.', titles='; '.join(map(self.say, titles)))}"
        likely = _most(each.alternatives[0] for each in graded if len(each.alternatives) == 1)
        return f"{text} {self.say('Perhaps {title}.', title=self.say(likely[0]))}" if likely and right else text

    def _table(self, graded: Sequence[Graded]) -> Table:
        say = self.say
        titles = [say("layer"), say("asked"), say("your answer"), "", say("points")]
        titles += [say("solution")] if self.level == "full" else []
        columns = [Column(title, index == 4) for index, title in enumerate(titles)]
        return Table(columns, [self._row(each) for each in graded])

    def _row(self, graded: Graded) -> list[str | Cell]:
        question, say = graded.question, self.say
        worth = self.rubric.worth(question)
        points = f"{say.decimal(self.rubric.points_for(graded))}/{say.decimal(worth)}"
        verdict = Cell([self.verdict(graded)], tone=TONES.get(graded.status, ""))
        asked = say(TITLES[question.column])
        row: list[str | Cell] = [question.entry, asked, answered(graded, say), verdict, points]
        return [*row, answer_text(question.answer, say)] if self.level == "full" else row

    def verdict(self, graded: Graded) -> str:
        """Whether an answer is right, and whether the teacher decided about its points."""
        text = self.say(VERDICTS[graded.status])
        return text if graded.decided is None else self.say("{verdict}; points decided by hand", verdict=text)

    def _commented(self, graded: Sequence[Graded]) -> Iterator[Block]:
        """Each comment once, with all its places; then solutions, and the symbols of the rules that were quoted."""
        commented = [(each, comment) for each in graded if (comment := self._comment(each))]
        alike: dict[object, list[tuple[Graded, Comment]]] = {}
        for each, comment in commented:
            if comment.text:
                # That an answer is wrong is no hint: there, one paragraph per rule is easier to read.
                key = comment.text if comment.is_named or comment.solution else comment
                alike.setdefault(key, []).append((each, comment))
        yield from (Paragraph(self._comments.once(comments)) for comments in alike.values())
        if worked := [
            (each.question, comment.rule) for each, comment in commented if comment.solution and comment.rule
        ]:
            titles = [self.say("layer"), self.say("asked"), self.say("calculation")]
            rows = [[question.entry, self.say(TITLES[question.column]), rule] for question, rule in worked]
            yield Heading(self.say("Worked solutions"), level=2)
            yield Table([Column(title) for title in titles], rows)
        if meanings := self._comments.meanings(comment.rule for _, comment in commented):
            yield Heading(self.say("Symbols"), level=2)
            yield legend_block(meanings)

    def remarks(self, graded: Graded) -> list[str]:
        """Remarks about an answer that is not simply right."""
        comment = self._comment(graded)
        return [f"{places_text([graded], self.say)}: {self._comments.together(comment)}"] if comment else []

    def _comment(self, graded: Graded) -> Comment | None:
        is_forgiven = graded.decided is not None and graded.decided == self.rubric.worth(graded.question)
        return None if is_forgiven else self._comments.on(graded)


def _most(mistakes: Iterable[Sequence[Misconception]]) -> list[str]:
    """The titles of the mistakes that were made most often."""
    counted = Counter(mistake.title for together in mistakes for mistake in together)
    return [title for title, _ in counted.most_common(MOST_SUMMED_UP)]


def answered(graded: Graded, say: Language = ENGLISH) -> str:
    """The answer as written, with its value if that was calculated."""
    answer = graded.answer
    if answer.worked and isinstance(answer.value, int | Fraction):
        value = answer_text(answer.value, say) if isinstance(answer.value, int) else say.decimal(answer.value)
        return f"{clean(answer.text)} = {value}" if "=" not in answer.text else clean(answer.text)
    return clean(answer.text)
