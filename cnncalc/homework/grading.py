"""Grading one sheet: right, wrong, wrong only because of an earlier answer; and which mistake it was.

A student is followed through the sheet: each entry is worked out on what this student answered before. Where that gives
the student's answer, the arithmetic was right (*follow-through*). Else the catalogue is asked: each mistake is carried
through the whole sheet, and the one that explains most of the student's answers, and contradicts fewest, is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from cnncalc.analysis.summary import STATISTICS_COUNT
from cnncalc.homework.answers import BLANK, UNITS, Answer, FormatError, read_answer
from cnncalc.homework.believed import Case, Tensor, Unworkable, case_of, field_of, work
from cnncalc.homework.mistakes import MB_FOR_MIB, MISTAKES, Mistake
from cnncalc.homework.questions import Item, Question, Sheet, Value
from cnncalc.spec.settings import Shape

RIGHT, FOLLOWED, WRONG, UNANSWERED, UNREADABLE = "right", "follow-through", "wrong", "unanswered", "unreadable"
"""What can be said of an answer."""

Place = tuple[str, str]
"""An entry and a column."""


class Graded(NamedTuple):
    """One answer, graded.

    Attributes:
        status: right, follow-through, wrong, unanswered or unreadable.
        mistakes: what was misremembered; none where nobody can tell.
        expected: what would follow from this student's own earlier answers, where that is not the right answer.
        reason: why it cannot be read.
    """

    question: Question
    answer: Answer
    status: str
    mistakes: tuple[Mistake, ...] = ()
    expected: Value | None = None
    reason: str = ""


class Grader:
    """Grades sheets against one key. What was worked out for one student serves the others."""

    def __init__(self, sheet: Sheet, tolerance: float = 0) -> None:
        self.sheet = sheet
        self.tolerance = Fraction(tolerance).limit_denominator(10**9)
        self.statistics = sheet.analysis.spec.convention in STATISTICS_COUNT
        self._worked: dict[tuple[object, ...], list[Value]] = {}

    def grade(self, texts: Mapping[Place, str]) -> list[Graded]:
        """Grades the answers of one student, by entry and column, in the order of the sheet."""
        answers, reasons = self._read(texts)
        own = _Follower(self, answers, ())
        followed = own.answers()
        graded = [self._first_look(question, answers, reasons, followed) for question in self.sheet.questions]
        wrong = [each for each in graded if each.status == WRONG]
        if not wrong:
            return graded
        named = self._named(answers, wrong, followed)
        return [each._replace(mistakes=named.get((each.question.entry, each.question.column), ())) for each in graded]

    def _read(self, texts: Mapping[Place, str]) -> tuple[dict[Place, Answer], dict[Place, str]]:
        answers, reasons = {}, {}
        for question in self.sheet.questions:
            place = question.entry, question.column
            try:
                answers[place] = read_answer(texts.get(place, ""), question.column, question.answer)
            except FormatError as error:
                answers[place] = BLANK._replace(text=texts[place].strip())
                reasons[place] = str(error)
        return answers, reasons

    def _first_look(
        self,
        question: Question,
        answers: Mapping[Place, Answer],
        reasons: Mapping[Place, str],
        followed: Mapping[Place, list[Value]],
    ) -> Graded:
        place = question.entry, question.column
        answer = answers[place]
        if place in reasons:
            return Graded(question, answer, UNREADABLE, reason=reasons[place])
        if answer.value is None:
            return Graded(question, answer, UNANSWERED)
        if self._is(answer, question.answer):
            return Graded(question, answer, RIGHT)
        own = followed.get(place, [])
        expected = own[0] if own and own[0] != question.answer else None
        if expected is not None and self._is(answer, expected):
            return Graded(question, answer, FOLLOWED, expected=expected)
        if question.column == "memory" and _is_megabytes(answer, question.answer):
            return Graded(question, answer, WRONG, (MB_FOR_MIB,))
        return Graded(question, answer, WRONG, expected=expected)

    def _is(self, answer: Answer, value: Value) -> bool:
        """Whether an answer has this value, within the tolerance; memory to the digits that were written."""
        given = answer.value
        if answer.unit and isinstance(value, int) and isinstance(given, int | Fraction):
            return _agrees(answer, Fraction(value, UNITS[answer.unit]))
        if given == value:
            return True
        if isinstance(given, int | Fraction) and isinstance(value, int):
            return abs(Fraction(given) - value) <= self.tolerance * value
        return False

    # -- which mistake

    def _named(
        self, answers: Mapping[Place, Answer], wrong: Sequence[Graded], followed: Mapping[Place, list[Value]]
    ) -> dict[Place, tuple[Mistake, ...]]:
        """The mistakes behind wrong answers: those that explain most of this student's sheet."""
        places = [(each.question.entry, each.question.column) for each in wrong]
        verdicts = [self._verdict((mistake,), answers, places, followed) for mistake in MISTAKES]
        likely = sorted((each for each in verdicts if each.explained), key=lambda each: -each.score)
        named: dict[Place, tuple[Mistake, ...]] = {}
        for verdict in likely:
            if verdict.is_credible:
                for place in verdict.explained:
                    named.setdefault(place, verdict.mistakes)
        open_places = [place for place in places if place not in named]
        if open_places:
            for pair in combinations(MISTAKES, 2):
                if not any(pair[0].columns & pair[1].columns & {column} for _, column in open_places):
                    continue
                if not all(any(each.mistakes == (one,) and each.score > 0 for each in likely) for one in pair):
                    continue
                verdict = self._verdict(pair, answers, open_places, followed)
                for place in verdict.explained if verdict.is_credible else ():
                    named.setdefault(place, pair)
        return named

    def _verdict(
        self,
        mistakes: tuple[Mistake, ...],
        answers: Mapping[Place, Answer],
        wrong: Sequence[Place],
        followed: Mapping[Place, list[Value]],
    ) -> _Verdict:
        """What these mistakes explain of a student's wrong answers, and which right ones speak against them."""
        predicted = _Follower(self, answers, mistakes).answers()
        explained = [place for place in wrong if any(self._is(answers[place], value) for value in predicted[place])]
        against = 0
        for place, values in predicted.items():
            answer = answers.get(place, BLANK)
            if place in explained or answer.value is None or not values or values == followed.get(place):
                continue
            against += place[1] in mistakes[0].columns
        return _Verdict(mistakes, explained, against)

    def worked(self, item: Item, inputs: tuple[Tensor, ...], column: str, mistakes: tuple[Mistake, ...]) -> list[Value]:
        """What someone answers who believes this of the inputs and makes these mistakes; [] where nothing comes out."""
        key = item.name, inputs, column, tuple(mistake.name for mistake in mistakes)
        if key not in self._worked:
            try:
                self._worked[key] = work(self.case(item, inputs), column, mistakes)
            except Unworkable:
                self._worked[key] = []
        return self._worked[key]

    def case(self, item: Item, inputs: Sequence[Tensor]) -> Case:
        """An entry on what is believed to enter it."""
        return case_of(item, inputs, self.sheet.layout, self.statistics)


class _Verdict(NamedTuple):
    """How well some mistakes explain a sheet."""

    mistakes: tuple[Mistake, ...]
    explained: list[Place]
    against: int

    @property
    def score(self) -> int:
        return len(self.explained) - self.against

    @property
    def is_credible(self) -> bool:
        """Whether more speaks for these mistakes than against them."""
        return len(self.explained) > self.against


def _agrees(answer: Answer, value: Fraction) -> bool:
    """Whether a value, rounded to the digits of the answer, is the answer."""
    assert isinstance(answer.value, int | Fraction)
    digits = answer.text.partition(".")[2]
    places = len(digits) - len(digits.lstrip("0123456789"))
    places = sum(1 for each in digits if each.isdigit()) if places == 0 else places
    return abs(answer.value - value) <= Fraction(1, 2 * 10**places)


def _is_megabytes(answer: Answer, value: Value) -> bool:
    if answer.unit not in ("kib", "mib", "gib") or not isinstance(value, int):
        return False
    decimal = answer.unit.replace("i", "")
    return _agrees(answer, Fraction(value, UNITS[decimal]))


class _Follower:
    """Works through the sheet on a student's own answers; with mistakes where the student gave none."""

    def __init__(self, grader: Grader, answers: Mapping[Place, Answer], mistakes: tuple[Mistake, ...]) -> None:
        self.grader = grader
        self.given = answers
        self.mistakes = mistakes
        self.tensors: dict[object, Tensor] = {}
        for node in grader.sheet.analysis.spec.graph.inputs:
            ones = tuple((1, 1) for _ in node.output.spatial) or None
            self.tensors[node] = Tensor(node.output, ones)

    def answers(self) -> dict[Place, list[Value]]:
        """What would be answered at each place."""
        found: dict[Place, list[Value]] = {}
        for item in self.grader.sheet.items:
            inputs = tuple(self._tensor(source) for source in item.node.inputs)
            for column in {question.column for question in item.questions} | {"output", "receptive_field"}:
                found[item.name, column] = self.grader.worked(item, inputs, column, self.mistakes)
            self._believe(item, inputs, found)
        for question in self.grader.sheet.totals:
            found["total", question.column] = self._total(question.column, found)
        return {(q.entry, q.column): found[q.entry, q.column] for q in self.grader.sheet.questions}

    def _tensor(self, node: object) -> Tensor:
        """What is believed of a layer's output; the truth where it belongs to no entry of the sheet."""
        if node not in self.tensors:
            output: Shape = node.output  # type: ignore[attr-defined]
            self.tensors[node] = Tensor(output, None)
        return self.tensors[node]

    def _believe(self, item: Item, inputs: tuple[Tensor, ...], found: Mapping[Place, list[Value]]) -> None:
        """Takes down what this student thinks comes out of an entry: the own answer, else what was worked out."""
        shape = self._shape(item, found)
        field = self._field(item, inputs, found)
        x = inputs[0].shape
        before = x if item.node.kind in ("flatten", "global_avg_pool", "global_max_pool") else None
        if item.node.kind in ("dropout", "relu", "identity"):
            before = inputs[0].before
        tensor = Tensor(shape, field, before, x.channels)
        for node in item.nodes:
            self.tensors[node] = tensor

    def _shape(self, item: Item, found: Mapping[Place, list[Value]]) -> Shape:
        truth = item.numbers.output
        answer = self.given.get((item.name, "output"), BLANK)
        for value in (answer.value, *found[item.name, "output"][:1]):
            if shape := _as_shape(value, truth, self.grader.sheet.layout):
                return shape
        return truth

    def _field(
        self, item: Item, inputs: tuple[Tensor, ...], found: Mapping[Place, list[Value]]
    ) -> tuple[tuple[int, int], ...] | None:
        """The field that is believed: the own answer, with the stride that follows from the layers below."""
        try:
            right = field_of(self.grader.case(item, inputs))
        except (Unworkable, ValueError, ZeroDivisionError):
            right = None
        if right is None:
            right = _true_field(item)
        answer = self.given.get((item.name, "receptive_field"), BLANK)
        for value in (answer.value, *found[item.name, "receptive_field"][:1]):
            if right and isinstance(value, int | tuple):
                sizes = (value,) * len(right) if isinstance(value, int) else value
                if len(sizes) == len(right):
                    return tuple((r, j) for r, (_, j) in zip(sizes, right, strict=True))
        return right

    def _total(self, column: str, found: Mapping[Place, list[Value]]) -> list[Value]:
        """The sum of what was answered; of what was worked out where nothing was."""
        total = 0
        summed = "params" if column == "memory" else column
        for item in self.grader.sheet.items:
            own = self.given.get((item.name, summed), BLANK).value
            values = [own] if isinstance(own, int) else found.get((item.name, summed)) or self._unasked(item, summed)
            if not values or not isinstance(values[0], int):
                return []
            total += values[0]
        return [total * 4 if column == "memory" else total]

    def _unasked(self, item: Item, column: str) -> list[Value]:
        inputs = tuple(self._tensor(source) for source in item.node.inputs)
        return self.grader.worked(item, inputs, column, self.mistakes)


def _as_shape(value: object, truth: Shape, layout: str) -> Shape | None:
    """An answer as a shape of the right form; None where it is none."""
    if truth.is_vector:
        return Shape((), value) if isinstance(value, int) and 0 < value < 10**12 else None
    if isinstance(value, tuple) and len(value) == len(truth.spatial) + 1 and all(0 < size < 10**6 for size in value):
        if sorted(value) == sorted(truth.sizes(layout)):
            return truth  # written in another order
        return Shape.of(value, layout)
    return None


def _true_field(item: Item) -> tuple[tuple[int, int], ...] | None:
    fields = list(item.numbers.end.fields.values())
    if len(fields) != 1 or fields[0].status != "local":
        return None
    (field,) = fields
    if any(stride.denominator != 1 for stride in field.stride):
        return None
    return tuple((r, int(j)) for r, j in zip(field.size, field.stride, strict=True))


def questions_by_entry(sheet: Sheet) -> Iterator[tuple[str, list[Question]]]:
    """The questions of each entry, then those of the total."""
    for item in sheet.items:
        if item.questions:
            yield item.name, list(item.questions)
    if sheet.totals:
        yield "total", list(sheet.totals)
