"""Homework sheets: the network with blanks for what is asked, or with the solutions and how they are calculated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

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
from cnncalc.report._document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean, number
from cnncalc.report.views.columns import settings_text
from cnncalc.report.views.homework._sheet_examples import examples
from cnncalc.report.views.homework.sheet_working import SheetDerivations
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
