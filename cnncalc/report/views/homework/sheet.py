"""Homework sheets: the network with blanks for what is asked, or with the solutions and how they are calculated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from cnncalc.explanation.derivation import Derivation, Explainer
from cnncalc.explanation.derived_number import DerivedNumber
from cnncalc.homework.sheet.questions import (
    Item,
    Question,
    Sheet,
    Value,
    known_words,
    refuse_large,
    refuse_without_blanks,
    sheet_of,
)
from cnncalc.homework.sheet.record import made_with
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import is_derived, numeric, symbolic
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import MANY_TEXTS, clean, number
from cnncalc.report.views.columns import settings_text
from cnncalc.report.views.homework._sheet_examples import examples
from cnncalc.report.views.summarize import inputs_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.spec.top_level import Overrides

TITLES = {
    "output": "output size",
    "params": "parameters",
    "receptive_field": "receptive field",
    "macs": "MACs",
    "memory": "memory of the parameters",
}
_QUANTITIES = {"output": "output", "params": "params", "receptive_field": "receptive field", "macs": "macs"}


def answer_text(value: Value) -> str:
    """A right answer as a student would write it: `26x26x8`, `1,168`, `global`."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return value if isinstance(value, str) else number(value)


def entry_text(item: Item, layout: str) -> str:
    """What the sheet says about an entry: `conv 3×3, 8 filters, relu`."""
    node = item.node
    assert node.layer is not None
    details = [settings_text(node.layer, layout), *(follower.kind for follower in item.nodes[1:])]
    return f"{node.kind} {', '.join(text for text in details if text)}".strip()


class SheetDerivations:
    """How the answers of a sheet are calculated. For entries that are alike, it is said once."""

    def __init__(self, sheet: Sheet) -> None:
        self._explainer = Explainer(sheet.analysis)
        self._worked = lru_cache(MANY_TEXTS)(_worked_by_column)

    def worked(self, item: Item) -> Mapping[str, Sequence[str]]:
        """How each answer about an entry is calculated, by column, one line per step, including its norm and
        activation."""
        return self._worked(*self._layers(item))

    def rules(self, item: Item) -> dict[str, list[str]]:
        """The rules without numbers, each once; they do not give an answer away."""
        steps = list(_steps(self._layers(item)))
        return {column: list(dict.fromkeys(_rules(steps, column))) for column in _QUANTITIES}

    def _layers(self, item: Item) -> Iterator[_DerivedLayer]:
        for index, layer in enumerate(item.numbers.layers):
            node = layer.node
            weights = node.shares.name if node.shares else ""
            yield _DerivedLayer(self._explainer.explain(layer).derivation, node.kind if index else "", weights)


class _DerivedLayer(NamedTuple):
    """A layer of an entry.

    Attributes:
        follower: the kind of a norm or activation; "" for the entry's own layer.
        weights: the layer whose weights it uses, if these are another's.
    """

    derivation: Derivation
    follower: str
    weights: str


def _worked_by_column(*layers: _DerivedLayer) -> dict[str, list[str]]:
    steps = list(_steps(layers))
    return {column: _worked(steps, column) for column in _QUANTITIES}


_Steps = Sequence[tuple[_DerivedLayer, str, DerivedNumber]]


def _steps(layers: Iterable[_DerivedLayer]) -> Iterator[tuple[_DerivedLayer, str, DerivedNumber]]:
    """How the numbers of an entry's layers are calculated, with the name of the norm or activation that they belong
    to."""
    for layer in layers:
        for step in layer.derivation.steps:
            statistics = ", statistics" if step.quantity.startswith("non-") else ""
            yield layer, layer.follower and f"{layer.follower}{statistics}: ", step


def _rules(steps: _Steps, column: str) -> Iterator[str]:
    for name, step in _parts(steps, column):
        if is_derived(step.number):
            yield f"{name}{symbolic(step.number)}"
        elif name and step.number and column == "params":
            yield f"{name}{step.words}"  # a rule in words: one factor for each channel


def _parts(steps: _Steps, column: str) -> list[tuple[str, DerivedNumber]]:
    """The steps that an answer comes from."""
    parts = []
    for layer, name, step in steps:
        quantity = step.quantity.removeprefix("non-").removeprefix("trainable ")
        # no norm and no activation changes a size
        if quantity.startswith(_QUANTITIES[column]) and not (name and column == "output"):
            parts.append((name, _counted_elsewhere(layer, step) if column == "params" else step))
    if column in ("params", "macs"):
        return [(name, step) for name, step in parts if step.number] or parts[:1]
    return parts


def _counted_elsewhere(layer: _DerivedLayer, step: DerivedNumber) -> DerivedNumber:
    """The step for what is learned, in a layer that uses the weights of another."""
    if not layer.weights or not step.number:
        return step
    return step._replace(number=0, words=f"the weights are those of `{layer.weights}`, and are counted there")


def _worked(steps: _Steps, column: str) -> list[str]:
    parts = _parts(steps, column)
    lines = [f"{name}{_step_text(step)}" for name, step in parts]
    numbers = [int(step.number) for _, step in parts]
    if column in ("params", "macs") and len(numbers) > 1:
        lines.append(f"{' + '.join(map(number, numbers))} = {number(sum(numbers))}")
    return lines


def _step_text(step: DerivedNumber) -> str:
    if not is_derived(step.number):
        return step.words
    return f"{symbolic(step.number)} = {numeric(step.number)} = {number(int(step.number))}"


class SheetReport(Report):
    """A sheet with blanks, or with the key.

    Attributes:
        with_key: whether it has the solutions, and how they are calculated.
        student: whom it is for.
    """

    __slots__ = ("sheet", "student", "with_key")

    def __init__(self, sheet: Sheet, with_key: bool = False, student: str = "") -> None:
        self.sheet = sheet
        self.with_key = with_key
        self.student = student

    @classmethod
    def of(cls, analysis: Analysis, ask: Sequence[str], overrides: Overrides, with_key: bool = False) -> SheetReport:
        """The sheet about a model.

        Args:
            overrides: what was set instead of the model's file.

        Raises:
            ValueError: a word is unknown, nothing is left to ask, or the model is too large for a sheet.
        """
        refuse_large(analysis.spec)
        sheet = sheet_of(analysis, known_words(ask), overrides)
        refuse_without_blanks(sheet)
        return cls(sheet, with_key)

    def document(self) -> list[Block]:
        """The sheet to print: a table with blanks; with the key, how each answer is calculated below it."""
        return _sheet_document(self.sheet, self.with_key, self.student)

    def table(self) -> Records:
        """The sheet for a spreadsheet, to fill in: one row per layer."""
        return _sheet_records(self.sheet, self.with_key, self.student)

    def answer_file(self) -> Iterator[str]:
        """The lines of the sheet to fill in in an editor: one answer per line."""
        return _sheet_yaml(self.sheet, self.with_key, self.student)


# -- the file that students fill in


def _sheet_yaml(sheet: Sheet, with_key: bool, student: str) -> Iterator[str]:
    made = made_with(sheet)
    yield f"# {clean(sheet.name)}: input {_inputs(sheet)}. One answer per line, after its colon: {_how(sheet, made)}."
    yield f"worksheet: {clean(sheet.name)}"
    yield f"made_with: {clean(made)}"
    yield f"student: {_who(with_key, student)}".rstrip()
    yield "answers:"
    derivations = SheetDerivations(sheet)
    for item in sheet.items:
        if item.questions:
            yield f"  {item.name}:  # {entry_text(item, sheet.layout)}"
            steps = derivations.worked(item) if with_key else {}
            for question in item.questions:
                yield from _yaml_answer(question, steps.get(question.column, []), with_key)
    if sheet.totals:
        yield "  total:"
        for question in sheet.totals:
            yield from _yaml_answer(question, [], with_key)


def _inputs(sheet: Sheet) -> str:
    return inputs_text(sheet.analysis.spec)


def _how(sheet: Sheet, made: str) -> str:
    """Examples of answers."""
    names = (f"{item.name} {entry_text(item, sheet.layout)}" for item in sheet.items)
    return examples(sheet, chain((sheet.name, _inputs(sheet), made), names))


def _who(with_key: bool, student: str) -> str:
    return clean(student) if not with_key else f"solutions for {clean(student)}" if student else "solutions"


def _yaml_answer(question: Question, steps: Sequence[str], with_key: bool) -> list[str]:
    if not with_key:
        return [f"    {question.column}:"]
    return [f"    {question.column}: {answer_text(question.answer)}", *(f"    #   {step}" for step in steps)]


def _sheet_records(sheet: Sheet, with_key: bool, student: str) -> Records:
    columns = asked_columns(sheet)
    head = [["made_with", made_with(sheet)], ["student", _who(with_key, student)], ["layer", "settings", *columns]]
    return Records(["worksheet", sheet.name], chain(head, _cells(sheet, columns, with_key)))


def _cells(sheet: Sheet, columns: Sequence[str], with_key: bool) -> Iterator[list[str]]:
    for name, settings, questions in _rows(sheet):
        by_column = {question.column: question for question in questions}
        yield [name, settings, *[_cell(by_column.get(column), with_key) for column in columns]]


def _cell(question: Question | None, with_key: bool) -> str:
    if question is None:
        return "–"
    return answer_text(question.answer) if with_key else ""


def asked_columns(sheet: Sheet) -> list[str]:
    """The columns in which something is asked, in order."""
    asked = {question.column for question in sheet.questions}
    return [column for column in TITLES if column in asked]


def _rows(sheet: Sheet) -> Iterator[tuple[str, str, Sequence[Question]]]:
    for item in sheet.items:
        if item.questions:
            yield item.name, entry_text(item, sheet.layout), item.questions
    if sheet.totals:
        yield "total", "", sheet.totals


# -- on paper


def _sheet_document(sheet: Sheet, with_key: bool, student: str) -> list[Block]:
    columns = asked_columns(sheet)
    rows = list(_cells(sheet, columns, with_key))
    blocks: list[Block] = [
        Heading(sheet.name, _who(with_key, student) if with_key else ""),
        Facts([*([] if with_key else [("name", student)]), ("input", _inputs(sheet)), ("made with", made_with(sheet))]),
        Table([Column("layer"), Column("settings"), *(Column(TITLES[column]) for column in columns)], rows),
    ]
    if with_key:
        derivations = SheetDerivations(sheet)
        for item in sheet.items:
            steps = derivations.worked(item)
            lines = [f"{TITLES[q.column]}: {step}" for q in item.questions for step in steps.get(q.column, [])]
            if lines:
                blocks += [Heading(item.name, entry_text(item, sheet.layout), level=2), *map(Paragraph, lines)]
    return blocks
