"""The sheet on paper: a table with boxes to write in, or with the solutions and how each is calculated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from textwrap import wrap

from cnncalc.homework.language import translatable
from cnncalc.homework.sheet.questions import is_merge
from cnncalc.report._document import Block, Column, Facts, Form, Heading, Paragraph, Picture, Table
from cnncalc.report.views._formulas import legend_block
from cnncalc.report.views.homework._sheet_texts import TITLES, SheetTexts
from cnncalc.report.views.homework._working import SheetDerivations

_LEGEND = {
    "input": translatable("input"),
    "convolutional": translatable("convolutional layer"),
    "pooled": translatable("pooling layer"),
    "connected": translatable("dense layer"),
    "closed": translatable("several layers"),
    "other": translatable("other layer"),
    "output": translatable("output"),
}
"""What the legend of a figure says of each look."""
_PAGE = 17.0, 22.0
"""How wide and how high a figure may be, in centimetres, before it is made smaller."""
_LABEL, _LINE = 20, 80
"""How many characters a line of a label has, and a line of text."""


def printed_sheet(texts: SheetTexts, has_figure: bool = False) -> Iterator[Block]:
    """The blocks of the page.

    Args:
        has_figure: whether the network is drawn.
    """
    say = texts.say
    yield Heading(texts.sheet.name, " · ".join([*_whose(texts), texts.points()]), language=say.code)
    named = [] if texts.with_key else [(say("name"), texts.student)]
    yield Facts([*named, (say("input"), texts.inputs), (say("made with"), texts.made_with_options)])
    yield Paragraph(" ".join(texts.assumed))
    if has_figure:
        yield _figure(texts)
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


def _figure(texts: SheetTexts) -> Picture:
    """The network as a figure. Only the key shows how large anything is: students calculate that."""
    from cnncalc.exporting.drawing.figure.placing import placed_on_page
    from cnncalc.exporting.drawing.figure.stacks import figure_by_layer
    from cnncalc.exporting.drawing.figure.svg import figure_svg
    from cnncalc.exporting.drawing.figure.ways import ways_in_words
    from cnncalc.exporting.drawing.tikz import picture

    spec, say = texts.sheet.analysis.spec, texts.say
    labels = {
        item.node: [item.name, *([] if is_merge(item) else _lines(texts.parts(item)))] for item in texts.sheet.items
    }
    for node in spec.graph.inputs:
        labels[node] = [node.name, *([] if texts.with_key else [node.output.text(spec.layout)])]
    figure = figure_by_layer(spec, labels, has_sizes=texts.with_key)
    drawn = placed_on_page(figure, *_PAGE)
    legend = {look: say(text) for look, text in _LEGEND.items()}
    lines = [line for way in ways_in_words(figure) for line in wrap(way, _LINE, subsequent_indent="  ")]
    return Picture(
        partial(picture, drawn, legend), partial(figure_svg, drawn, legend), drawn.width, drawn.height, lines
    )


def _lines(parts: Sequence[str]) -> list[str]:
    """Settings on lines of a label, as many on each as there is room for."""
    lines: list[str] = []
    for part in parts:
        if lines and len(joined := f"{lines[-1]}, {part}") <= _LABEL:
            lines[-1] = joined
        else:
            lines[-1:] = [*(f"{line}," for line in lines[-1:]), part]
    return lines


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
