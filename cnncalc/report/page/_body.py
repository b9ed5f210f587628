"""What stands on a page without JavaScript: names, totals, the closed graph and the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._table import table_html
from cnncalc.report.views.summarize import model_heading, total_facts

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def page_body(models: Sequence[PageModel]) -> Iterator[str]:
    """The body of the page; its scripts fill what is empty."""
    yield '<header><div class="find"></div></header>\n<main>\n'
    if len(models) > 1:
        yield '<section class="comparison" aria-label="Comparison"></section>\n'
    for number, model in enumerate(models, 1):
        yield from _section(model, number)
    yield "</main>"


def _section(model: PageModel, number: int) -> Iterator[str]:
    heading = model_heading(model.spec)
    yield f'<section class="model" aria-labelledby="model-{number}">\n<div class="all">'
    yield f'<h1 id="model-{number}">{html_escaped(heading.text)}</h1><p class="soft">{html_escaped(heading.beside)}</p>'
    yield from _facts(model)
    yield '</div>\n<div class="view graph"></div>\n<div class="beside">'
    yield '<div class="view details"></div><div class="view field"></div><div class="view values"></div></div>\n'
    yield '<div class="all view charts"></div>\n<div class="all view table">'
    yield from table_html(model, number)
    yield "</div>\n</section>\n"


def _facts(model: PageModel) -> Iterator[str]:
    yield '<dl class="facts">'
    for label, value in total_facts(model.analysis):
        yield f"<div><dt>{html_escaped(label)}</dt><dd>{html_escaped(value)}</dd></div>"
    yield "</dl>"
