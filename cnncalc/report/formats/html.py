"""Documents as HTML fragments, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_html
from typing import TYPE_CHECKING

from cnncalc.report.document import Block, Document, Facts, Formula, Heading, Legend, Paragraph, Table
from cnncalc.report.text import clean

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis


def summary_html(analysis: Analysis) -> str:
    """The table of `summarize` as HTML."""
    from cnncalc.report.views.summarize import summary_document

    return html(summary_document(analysis))


def html_escaped(text: str) -> str:
    """A text that HTML shows as it is."""
    return escape_html(clean(text))


def html(document: Document) -> str:
    """The document as an HTML fragment."""
    return "\n".join("".join(_parts(block)) for block in document) + "\n"


_STYLE = """
body { font-family: sans-serif; max-width: 60em; margin: 2em auto }
table { border-collapse: collapse } th, td { border: 1px solid #999; padding: .3em .6em; min-width: 5em; height: 1.2em }
""".strip()


def page(title: str, document: Document) -> str:
    """The document as a page of its own, to look at or to print."""
    head = f'<meta charset="utf-8"><title>{html_escaped(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{html(document)}</body></html>\n'


def _parts(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"<h{block.level + 2}>{html_escaped(block.text)}"
        yield f" <small>{html_escaped(block.beside)}</small>" if block.beside else ""
        yield f"</h{block.level + 2}>"
    elif isinstance(block, Paragraph):
        yield f"<p>{html_escaped(block.text)}</p>"
    elif isinstance(block, Facts):
        yield "<table><tbody>"
        for label, value in block.pairs:
            yield f'<tr><th scope="row">{html_escaped(label)}</th><td>{html_escaped(value)}</td></tr>'
        yield "</tbody></table>"
    elif isinstance(block, Formula):
        rule = block.html or html_escaped(block.symbolic)
        parts = " = ".join(filter(None, (rule, html_escaped(block.numeric), html_escaped(block.result))))
        yield f"<p>{html_escaped(block.quantity)}: <code>{parts}</code><br>{html_escaped(block.words)}</p>"
    elif isinstance(block, Legend):
        yield "<table><tbody>"
        for symbol in block.symbols:
            yield f'<tr><th scope="row"><code>{symbol.html}</code></th><td>{html_escaped(symbol.meaning)}</td></tr>'
        yield "</tbody></table>"
    elif isinstance(block, Table):
        yield "<table><thead><tr>"
        yield from (f"<th>{html_escaped(column.title)}</th>" for column in block.columns)
        yield "</tr></thead><tbody>"
        for row in block.rows:
            yield "<tr>"
            for column, cell in zip(block.columns, row, strict=True):
                yield f'<td style="text-align: {"right" if column.is_number else "left"}">{html_escaped(cell)}</td>'
            yield "</tr>"
        yield "</tbody></table>"
