"""Homework sheets: the network with blanks for what is asked, or with the solutions and how they come about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.explain.derivation import Explanation, explain
from cnncalc.homework.questions import Item, Question, Sheet, Value
from cnncalc.report.columns import settings_text
from cnncalc.report.csv import csv
from cnncalc.report.document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import clean, number
from cnncalc.trace import is_derived, numeric, symbolic

if TYPE_CHECKING:
    from cnncalc.explain.derivation import Step

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


def entry_text(item: Item) -> str:
    """What the sheet says of an entry: `conv 3×3, 8 filters, relu`."""
    node = item.node
    assert node.layer is not None
    details = [settings_text(node.layer), *(follower.kind for follower in item.nodes[1:])]
    return f"{node.kind} {', '.join(text for text in details if text)}".strip()


def derivations(sheet: Sheet, item: Item) -> dict[str, list[str]]:
    """How each answer about an entry comes about, by column, a line a step."""
    layer = next(each for each in sheet.analysis.layers if each.node is item.node)
    found: Explanation = explain(sheet.analysis, layer)
    return {
        column: [_step_text(step) for step in found.steps if step.quantity.startswith(quantity)]
        for column, quantity in _QUANTITIES.items()
    }


def rule_texts(sheet: Sheet, item: Item) -> dict[str, list[str]]:
    """The rules without their numbers, each once; they do not give an answer away."""
    layer = next(each for each in sheet.analysis.layers if each.node is item.node)
    steps = explain(sheet.analysis, layer).steps
    found = {}
    for column, quantity in _QUANTITIES.items():
        own = [step for step in steps if step.quantity.startswith(quantity)]
        found[column] = list(dict.fromkeys(symbolic(step.number) for step in own if is_derived(step.number)))
    return found


def _step_text(step: Step) -> str:
    if not is_derived(step.number):
        return step.words
    return f"{symbolic(step.number)} = {numeric(step.number)} = {number(int(step.number))}"


# -- the file that students fill in


def sheet_yaml(sheet: Sheet, with_key: bool = False, student: str = "") -> str:
    """An answer file: one answer a line. `student` is whom it is for."""
    inputs = ", ".join(node.output.text(sheet.layout) for node in sheet.analysis.spec.graph.inputs)
    lines = [
        f"# {clean(sheet.name)}: input {inputs}. One answer a line, behind its colon: 1168, 3*3*8*16+16, 26x26x8.",
        f"worksheet: {clean(sheet.name)}",
        f"student: {_who(with_key, student)}".rstrip(),
        "answers:",
    ]
    for item in sheet.items:
        if item.questions:
            lines.append(f"  {item.name}:  # {entry_text(item)}")
            steps = derivations(sheet, item) if with_key else {}
            for question in item.questions:
                lines += _yaml_answer(question, steps.get(question.column, []), with_key)
    if sheet.totals:
        lines.append("  total:")
        for question in sheet.totals:
            lines += _yaml_answer(question, [], with_key)
    return "\n".join(lines) + "\n"


def _who(with_key: bool, student: str) -> str:
    return clean(student) if not with_key else f"solutions for {clean(student)}" if student else "solutions"


def _yaml_answer(question: Question, steps: Sequence[str], with_key: bool) -> list[str]:
    if not with_key:
        return [f"    {question.column}:"]
    return [f"    {question.column}: {answer_text(question.answer)}", *(f"    #   {step}" for step in steps)]


def sheet_csv(sheet: Sheet, with_key: bool = False, student: str = "") -> str:
    """The same for a spreadsheet: a row a layer."""
    columns = asked_columns(sheet)
    rows = [["student", _who(with_key, student)], ["layer", "settings", *columns]]
    for name, settings, questions in _rows(sheet):
        by_column = {question.column: question for question in questions}
        cells = [_cell(by_column.get(column), with_key) for column in columns]
        rows.append([name, settings, *cells])
    return csv(["worksheet", sheet.name], rows)


def _cell(question: Question | None, with_key: bool) -> str:
    if question is None:
        return "–"
    return answer_text(question.answer) if with_key else ""


def asked_columns(sheet: Sheet) -> list[str]:
    """The columns that something is asked in, in their order."""
    return [column for column in TITLES if any(question.column == column for question in sheet.questions)]


def _rows(sheet: Sheet) -> list[tuple[str, str, Sequence[Question]]]:
    rows = [(item.name, entry_text(item), item.questions) for item in sheet.items if item.questions]
    return [*rows, *([("total", "", sheet.totals)] if sheet.totals else [])]


# -- on paper


def sheet_document(sheet: Sheet, with_key: bool = False, student: str = "") -> list[Block]:
    """The sheet to print: a table with blanks; with the key, how each answer comes about below it."""
    inputs = ", ".join(node.output.text(sheet.layout) for node in sheet.analysis.spec.graph.inputs)
    columns = asked_columns(sheet)
    rows = []
    for name, settings, questions in _rows(sheet):
        by_column = {question.column: question for question in questions}
        rows.append([name, settings, *(_cell(by_column.get(column), with_key) for column in columns)])
    blocks: list[Block] = [
        Heading(sheet.name, _who(with_key, student) if with_key else ""),
        Facts([("name", student), ("input", inputs)] if not with_key else [("input", inputs)]),
        Table([Column("layer"), Column("settings"), *(Column(TITLES[column]) for column in columns)], rows),
    ]
    if with_key:
        for item in sheet.items:
            steps = derivations(sheet, item)
            lines = [f"{TITLES[q.column]}: {step}" for q in item.questions for step in steps.get(q.column, [])]
            if lines:
                blocks += [Heading(item.name, entry_text(item), level=2), *map(Paragraph, lines)]
    return blocks
