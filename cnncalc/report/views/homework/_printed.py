"""The sheet on paper: a table with boxes to write in, or with the solutions and how each is calculated."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.report._document import Block, Column, Facts, Form, Heading, Paragraph, Table
from cnncalc.report.views._formulas import legend_block
from cnncalc.report.views.homework._sheet_texts import TITLES, SheetTexts
from cnncalc.report.views.homework._working import SheetDerivations


def printed_sheet(texts: SheetTexts) -> Iterator[Block]:
    """The blocks of the page."""
    say = texts.say
    yield Heading(texts.sheet.name, " · ".join([*_whose(texts), texts.points()]), language=say.code)
    named = [] if texts.with_key else [(say("name"), texts.student)]
    yield Facts([*named, (say("input"), texts.inputs), (say("made with"), texts.made_with_options)])
    yield Paragraph(" ".join(texts.assumed))
    derivations = SheetDerivations(texts.sheet, say)
    yield _table(texts)
    if texts.with_key:
        yield from _solutions(texts, derivations)
    if meanings := derivations.meanings():
        yield Heading(say("Symbols"), level=2)
        yield legend_block(meanings)


def _whose(texts: SheetTexts) -> list[str]:
    """Whose solutions these are, if they are."""
    if not texts.with_key:
        return []
    return [texts.say("solutions for {name}", name=texts.student) if texts.student else texts.say("solutions")]


def _table(texts: SheetTexts) -> Block:
    say = texts.say
    worth = [] if texts.is_uniform else [say("points")]
    titles = [say("layer"), say("settings"), *(say(TITLES[column]) for column in texts.columns), *worth]
    rows = list(texts.cells())
    columns = [Column(title) for title in titles]
    return Table(columns, rows) if texts.with_key else Form(columns, rows, say("working"))


def _solutions(texts: SheetTexts, derivations: SheetDerivations) -> Iterator[Block]:
    """How each answer is calculated."""
    for item in texts.sheet.items:
        steps = derivations.worked(item)
        lines = [
            f"{texts.say(TITLES[question.column])}: {step}"
            for question in item.questions
            for step in steps.get(question.column, [])
        ]
        if lines:
            yield Heading(item.name, texts.settings(item), level=2)
            yield from map(Paragraph, lines)
