"""What a teacher asks of a class: how each question was answered, and which mistakes are common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import sqrt

from cnncalc.homework.grading.batch import SUPERSEDED, GradedFile
from cnncalc.homework.grading.one_sheet import RIGHT, WRONG, Graded
from cnncalc.homework.grading.standing import person
from cnncalc.named_tuple import NamedTuple

FEWEST = 5
"""The fewest sheets that a discrimination is calculated from."""
MOST_WRONG = 3
"""How many wrong answers are listed."""


class WrongAnswer(NamedTuple):
    """A wrong answer, how many gave it, and the mistakes that explain it."""

    text: str
    times: int
    mistakes: tuple[str, ...]


class ByQuestion(NamedTuple):
    """How a question was answered, or all questions of a kind.

    Attributes:
        worksheet: the sheet that it is on; "" if on several.
        entry: the layer, "total", or the kind of the layers.
        asked: how many answers there are, blank ones included.
        points: the mean of the points.
        worth: the mean of the points for a right answer.
        discrimination: the correlation with the rest of the sheet, from -1 to 1; None if it is undefined.
        wrong_answers: the most frequent ones.
        mistakes: the most frequent ones, and in how many answers they were made.
    """

    worksheet: str
    entry: str
    column: str
    right: int
    answered: int
    asked: int
    points: Fraction
    worth: Fraction
    discrimination: float | None
    wrong_answers: list[WrongAnswer]
    mistakes: list[tuple[str, int]]


def that_count(results: Sequence[GradedFile]) -> list[GradedFile]:
    """The results that count in statistics: those graded, and not superseded by another hand-in by the same student."""
    return [result for result in results if not result.error and result.standing != SUPERSEDED]


def by_question(results: Sequence[GradedFile]) -> list[ByQuestion]:
    """Each question of each sheet."""
    return _grouped(results, lambda result, each: (result.worksheet, each.question.entry, each.question.column))


def by_kind(results: Sequence[GradedFile]) -> list[ByQuestion]:
    """The questions about layers of the same kind, of all sheets together: for a class in which every student has an
    own network, where a layer of one has nothing to do with that of another."""
    kinds: dict[int, dict[str, str]] = {}

    def place(result: GradedFile, each: Graded) -> tuple[str, str, str]:
        assert result.key
        if id(result.key) not in kinds:
            kinds[id(result.key)] = {item.name: item.node.kind for item in result.key.sheet.items}
        entry = each.question.entry
        return "", kinds[id(result.key)].get(entry, entry), each.question.column

    return _grouped(results, place)


def _grouped(
    results: Sequence[GradedFile], place: Callable[[GradedFile, Graded], tuple[str, str, str]]
) -> list[ByQuestion]:
    groups: dict[tuple[str, str, str], dict[int, list[Graded]]] = {}
    for index, result in enumerate(results):
        for each in result.graded:
            groups.setdefault(place(result, each), {}).setdefault(index, []).append(each)
    return [_summary(at, found, results) for at, found in groups.items()]


def _summary(
    at: tuple[str, str, str], by_sheet: Mapping[int, Sequence[Graded]], results: Sequence[GradedFile]
) -> ByQuestion:
    pairs = [(results[index], each) for index, graded in by_sheet.items() for each in graded]
    answered = [each for _, each in pairs if each.answer.value is not None]
    return ByQuestion(
        *at,
        right=sum(each.status == RIGHT for each in answered),
        answered=len(answered),
        asked=len(pairs),
        points=sum((result.points_for(each) for result, each in pairs), Fraction(0)) / len(pairs),
        worth=sum((result.worth(each.question) for result, each in pairs), Fraction(0)) / len(pairs),
        discrimination=_discrimination([(results[index], graded) for index, graded in by_sheet.items()]),
        wrong_answers=_wrong_answers(each for each in answered if each.status == WRONG),
        mistakes=Counter(mistake.name for each in answered for mistake in each.mistakes).most_common(MOST_WRONG),
    )


def _wrong_answers(graded: Iterable[Graded]) -> list[WrongAnswer]:
    """The most frequent wrong answers; the mistakes of each that most sheets show, first."""
    mistakes: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    for each in graded:
        counts[each.answer.text] += 1
        mistakes.setdefault(each.answer.text, Counter()).update(mistake.name for mistake in each.mistakes)
    return [
        WrongAnswer(text, count, tuple(name for name, _ in mistakes[text].most_common()))
        for text, count in counts.most_common(MOST_WRONG)
    ]


def _discrimination(sheets: Sequence[tuple[GradedFile, Sequence[Graded]]]) -> float | None:
    """The corrected item-total correlation: of being right here with the share of the points on the rest of the sheet.

    For one question, which is right or not, this is the point-biserial correlation; the question itself is left out of
    the total, with which it would correlate anyway (Henrysson, "Correction of item-total correlations in item
    analysis", Psychometrika 28, 1963, pp. 211-218). Where sheets have several questions of a kind, it is the
    correlation with the share of them that is right.

    None where it is undefined: if there are fewer than `FEWEST` sheets, if nobody or everybody is right, or if all have
    the same rest.
    """
    if len(sheets) < FEWEST:
        return None
    shares = [_shares(result, graded) for result, graded in sheets]
    pairs = [(here, rest) for here, rest in shares if rest is not None]
    return _correlation(pairs) if len(pairs) >= FEWEST else None


def _shares(result: GradedFile, graded: Sequence[Graded]) -> tuple[Fraction, Fraction | None]:
    """The share of some questions that is right, and that of the points on the rest; None if there is no rest."""
    right = Fraction(sum(each.status == RIGHT for each in graded), len(graded))
    points = result.score.points - sum(map(result.points_for, graded))
    out_of = result.score.out_of - sum(result.worth(each.question) for each in graded)
    return right, points / out_of if out_of else None


def _correlation(pairs: Sequence[tuple[Fraction, Fraction]]) -> float | None:
    """Pearson's correlation; None if one of the two is constant. Sums are exact, so that constant is constant."""
    n = len(pairs)
    mean_x = sum((x for x, _ in pairs), Fraction(0)) / n
    mean_y = sum((y for _, y in pairs), Fraction(0)) / n
    xx = sum((x - mean_x) ** 2 for x, _ in pairs)
    yy = sum((y - mean_y) ** 2 for _, y in pairs)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    return float(xy) / sqrt(float(xx) * float(yy)) if xx and yy else None


def common_mistakes(results: Sequence[GradedFile]) -> list[tuple[str, int, int]]:
    """Mistakes by how many students made them, then in how many answers: name, students, answers."""
    people: dict[str, set[Hashable]] = {}
    answers: Counter[str] = Counter()
    for result in results:
        names = [mistake.name for each in result.graded for mistake in each.mistakes]
        answers.update(names)
        for name in names:
            people.setdefault(name, set()).add(person(result))
    students = {name: len(who) for name, who in people.items()}
    order = sorted(students, key=lambda name: (-students[name], -answers[name]))
    return [(name, students[name], answers[name]) for name in order]
