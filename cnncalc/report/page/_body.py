"""What stands on a page without JavaScript: names, totals, the closed graph and the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._comparison import comparison_heading, comparison_html
from cnncalc.report.page._drawing import drawing_html
from cnncalc.report.page._table import table_html
from cnncalc.report.page._values import values_notice
from cnncalc.report.views.summarize import model_heading, total_facts

if TYPE_CHECKING:
    from cnncalc.report._document import Heading
    from cnncalc.report.page._context import PageModel
    from cnncalc.report.views.compare import ComparisonReport


def page_body(models: Sequence[PageModel], comparison: ComparisonReport | None) -> Iterator[str]:
    """The body of the page; its scripts fill what is empty."""
    heading = comparison_heading(comparison) if comparison else model_heading(models[0].spec)
    yield f"<header><div>{_heading_html(heading, 'h1', 0 if comparison else 1)}</div>"
    yield '<div class="find"></div></header>\n<main>\n'
    if comparison:
        yield '<section class="comparison" aria-label="Comparison">'
        yield from comparison_html(comparison)
        yield "</section>\n"
    yield f'<div class="models{" two" if len(models) == 2 else ""}">\n'
    for number, model in enumerate(models, 1):
        yield from _section(model, number, is_alone=not comparison)
    yield "</div>\n</main>"


def _heading_html(heading: Heading, tag: str, number: int) -> str:
    """The heading of a model, which has its number, or of a comparison."""
    identity = f' id="model-{number}"' if number else ""
    beside = f'<p class="soft">{html_escaped(heading.beside)}</p>' if heading.beside else ""
    return f"<{tag}{identity}>{html_escaped(heading.text)}</{tag}>{beside}"


def _section(model: PageModel, number: int, is_alone: bool) -> Iterator[str]:
    yield f'<section class="model" aria-labelledby="model-{number}">\n<div class="all about">'
    if not is_alone:  # otherwise its heading is that of the page
        yield _heading_html(model_heading(model.spec), "h2", number)
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
