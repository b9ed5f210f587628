"""What stands on a page without JavaScript: names, totals, the closed graph and the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._comparison import comparison_html
from cnncalc.report.page._drawing import drawing_html
from cnncalc.report.page._table import table_html
from cnncalc.report.page._values import values_notice
from cnncalc.report.views.summarize import model_heading, total_facts

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel
    from cnncalc.report.views.compare import ComparisonReport


def page_body(models: Sequence[PageModel], comparison: ComparisonReport | None) -> Iterator[str]:
    """The body of the page; its scripts fill what is empty."""
    yield '<header><div class="find"></div></header>\n<main>\n'
    if comparison:
        yield '<section class="comparison" aria-label="Comparison">'
        yield from comparison_html(comparison)
        yield "</section>\n"
    yield f'<div class="models{" two" if len(models) == 2 else ""}">\n'
    for number, model in enumerate(models, 1):
        yield from _section(model, number, "h2" if comparison else "h1")
    yield "</div>\n</main>"


def _section(model: PageModel, number: int, tag: str) -> Iterator[str]:
    heading = model_heading(model.spec)
    yield f'<section class="model" aria-labelledby="model-{number}">\n<div class="all about">'
    yield f'<{tag} id="model-{number}">{html_escaped(heading.text)}</{tag}>'
    yield f'<p class="soft">{html_escaped(heading.beside)}</p>'
    yield from _facts(model)
    yield from values_notice(model)
    yield '</div>\n<div class="view graph">'
    yield from drawing_html(model)
    yield '</div>\n<div class="side"><div class="beside">'
    yield '<div class="view details"></div><div class="view field"></div><div class="view values"></div></div></div>\n'
    yield '<div class="all view charts"></div>\n<div class="all view table">'
    yield from table_html(model, number)
    yield "</div>\n</section>\n"


def _facts(model: PageModel) -> Iterator[str]:
    yield '<dl class="facts">'
    for label, value in total_facts(model.analysis):
        yield f"<div><dt>{html_escaped(label)}</dt><dd>{html_escaped(value)}</dd></div>"
    yield "</dl>"
