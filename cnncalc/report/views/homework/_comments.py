"""What a student reads about answers that are not simply right: what went wrong, a hint, the rule, the solution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT, WRONG, Graded
from cnncalc.homework.language import Language, translatable
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.views._formulas import key_text
from cnncalc.report.views.homework._sheet_texts import TITLES, answer_text
from cnncalc.report.views.homework._working import SheetDerivations

LEVELS = ("name", "hint", "full")
"""How much feedback says: the misconception; which part to think about again, with no number that completes the
answer; how the answer is calculated, and the solution."""

_RULES_OF_TOTALS = {
    "params": translatable("the sum over all layers"),
    "macs": translatable("the sum over all layers"),
    "memory": translatable("the bytes of a parameter, times the number of parameters"),
}


class Comment(NamedTuple):
    """What is said about an answer.

    Attributes:
        text: what went wrong, and a hint.
        rule: the rule, at the level that shows solutions with numbers; "" if none is quoted.
        solution: the right answer, at that level.
        is_named: whether a misconception is named.
    """

    text: str
    rule: str = ""
    solution: str = ""
    is_named: bool = False


class Comments:
    """Comments on the answers of a sheet, in a language and at one of the `LEVELS`."""

    def __init__(self, sheet: Sheet, level: str, say: Language) -> None:
        self.level = level
        self.say = say
        self._derivations = SheetDerivations(sheet, say)
        self._items = {item.name: item for item in sheet.items}
        self._rule = cache(self._rule_of)

    def on(self, graded: Graded) -> Comment | None:
        """The comment on an answer; None if there is nothing to say."""
        if graded.status == RIGHT:
            return None
        text = self._said(graded)
        is_solved, is_named = self.level == "full", bool(graded.alternatives)
        has_rule = is_solved or (graded.status == WRONG and self.level != "name")
        rule = self._rule(graded.question.entry, graded.question.column) if has_rule else ""
        solution = answer_text(graded.question.answer, self.say) if is_solved else ""
        return Comment(text, rule, solution, is_named) if text or solution else None

    def together(self, comment: Comment) -> str:
        """A comment in one paragraph."""
        solved = self.say("The answer is {solution}.", solution=comment.solution) if comment.solution else ""
        quoted = self.say("The rule: {rule}", rule=comment.rule) if comment.rule else ""
        return " ".join(filter(None, (comment.text, solved, quoted)))

    def once(self, comments: Sequence[tuple[Graded, Comment]]) -> str:
        """Comments that say the same about several answers in one paragraph, with all places, without solutions."""
        places = places_text([graded for graded, _ in comments], self.say)
        by_rule: dict[str, list[Graded]] = {}
        for graded, comment in comments:
            by_rule.setdefault("" if comment.solution else comment.rule, []).append(graded)
        return " ".join(filter(None, (f"{places}: {comments[0][1].text}", self._rules_text(by_rule))))

    def _rules_text(self, by_rule: Mapping[str, Sequence[Graded]]) -> str:
        """Rules, each with its places if there are several."""
        rules = {rule: where for rule, where in by_rule.items() if rule}
        if len(by_rule) == 1:
            return "".join(self.say("The rule: {rule}", rule=rule) for rule in rules)
        texts = [translatable("The rule for {places}: {rule}"), *[translatable("for {places}: {rule}")] * len(rules)]
        named = zip(texts, rules.items(), strict=False)
        return "; ".join(self.say(text, places=_entries(where), rule=rule) for text, (rule, where) in named)

    def meanings(self, rules: Iterable[str]) -> dict[str, str]:
        """What the symbols of rules stand for."""
        quoted = " ".join(rules)
        return {key: meaning for key, meaning in self._derivations.meanings().items() if _is_in(key, quoted)}

    def _said(self, graded: Graded) -> str:
        if graded.reason:
            return f"{self.say.message(graded.reason)}."
        if graded.status == FOLLOWED:
            return self.say("the arithmetic is right, but it starts from a wrong answer.")
        return (self._diagnosis(graded) or self.say("wrong.")) if graded.status == WRONG else ""

    def _diagnosis(self, graded: Graded) -> str:
        """What went wrong, in hedged words where only this answer shows it, and a hint."""
        if not graded.alternatives:
            return ""
        if len(graded.alternatives) == 1 and graded.is_sure:
            return self._together(graded.alternatives[0], translatable("{title}."))
        first, *others = graded.alternatives
        texts = [self._together(first, translatable("perhaps {title}."))]
        texts += [self._together(each, translatable("Or perhaps {title}.")) for each in others]
        return " ".join(texts)

    def _together(self, mistakes: Sequence[Misconception], text: str) -> str:
        """Mistakes that were made in the same answer."""
        parts = []
        for index, mistake in enumerate(mistakes):
            title = self.say(mistake.title)
            parts.append(self.say("Also: {title}.", title=title) if index else self.say(text, title=title))
            if self.level != "name":
                parts.append(self.say(mistake.hint))
        return " ".join(parts)

    def _rule_of(self, entry: str, column: str) -> str:
        """The rule of a question, with numbers substituted at the level that shows them."""
        item = self._items.get(entry)
        if item is None:
            return self.say(_RULES_OF_TOTALS[column]) if entry == "total" else ""
        texts = self._derivations.worked(item) if self.level == "full" else self._derivations.rules(item)
        return "; ".join(texts.get(column, []))


def _is_in(symbol: str, rules: str) -> bool:
    """Whether a symbol, or an operator (`floor`, `ceil`), occurs in rules."""
    text = key_text(symbol)
    if not text[0].isalpha():
        return text[0] in rules
    return text in "".join(each if each.isalnum() or each == "_" else " " for each in rules).split()


def _entries(graded: Sequence[Graded]) -> str:
    return ", ".join(each.question.entry for each in graded)


def places_text(graded: Sequence[Graded], say: Language) -> str:
    """Where something was answered: `conv1, conv2 (parameters)`."""
    by_column: dict[str, list[str]] = {}
    for each in graded:
        by_column.setdefault(each.question.column, []).append(each.question.entry)
    return "; ".join(f"{', '.join(entries)} ({say(TITLES[column])})" for column, entries in by_column.items())
