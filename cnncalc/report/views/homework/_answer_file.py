"""The sheet that students fill in in an editor: one answer per line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.homework.sheet.questions import Question
from cnncalc.report.text import clean
from cnncalc.report.views._formulas import key_text
from cnncalc.report.views.homework._sheet_texts import SheetTexts, answer_text
from cnncalc.report.views.homework._working import SheetDerivations


def answer_lines(texts: SheetTexts) -> Iterator[str]:
    """The lines of the file. Its keys are the same in every language, so that grading reads them."""
    yield from (f"# {line}" for line in _head(texts))
    yield f"worksheet: {clean(texts.sheet.name)}"
    yield f"made_with: {clean(texts.made_with)}"
    yield f"student: {texts.who}".rstrip()
    yield "answers:"
    derivations = SheetDerivations(texts.sheet, texts.say)
    for row in texts.rows():
        yield f"  {row.name}:  # {row.about}{_worth(texts, row.questions)}"
        steps = derivations.worked(row.item) if texts.with_key and row.item else {}
        for question in row.questions:
            yield from _answer(texts, question, steps.get(question.column, []))
    if texts.with_key:
        yield from _symbols(texts, derivations)


def _head(texts: SheetTexts) -> Iterator[str]:
    say = texts.say
    yield say(
        "{name}: input {input}. One answer per line, after its colon: {examples}.",
        name=clean(texts.sheet.name), input=texts.inputs, examples=texts.how_to_answer(),
    )  # fmt: skip
    yield f"{texts.points()}. {say('An answer may be written as arithmetic: its value counts.')}"
    yield from texts.assumed


def _worth(texts: SheetTexts, questions: Sequence[Question]) -> str:
    if texts.is_uniform:
        return ""
    return f"; {texts.say('points')}: {texts.worth(questions)}"


def _answer(texts: SheetTexts, question: Question, steps: Sequence[str]) -> Iterator[str]:
    if not texts.with_key:
        yield f"    {question.column}:"
        return
    yield f"    {question.column}: {answer_text(question.answer, texts.say)}"
    yield from (f"    #   {step}" for step in steps)


def _symbols(texts: SheetTexts, derivations: SheetDerivations) -> Iterator[str]:
    meanings = derivations.meanings()
    if meanings:
        yield f"# {texts.say('Symbols')}"
        yield from (f"#   {key_text(key)}: {meaning}" for key, meaning in meanings.items())
