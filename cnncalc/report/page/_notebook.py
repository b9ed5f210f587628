"""What a notebook shows of a page, without scripts: the totals, the graph with its groups closed, and a link that saves
the whole."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.svg import svg_element
from cnncalc.report._document import Facts
from cnncalc.report.formats.html import html, html_escaped
from cnncalc.report.views.summarize import model_heading, output_facts, total_facts

if TYPE_CHECKING:
    from cnncalc.report.page.model_page import ModelPage

MOST_BYTES = 4 << 20
"""The largest page that a notebook keeps, in its own file, with the link that saves it."""


def notebook_html(page: ModelPage) -> Iterator[str]:
    """The small form of a page, piece by piece."""
    for analysis in page.analyses:
        facts = Facts([*output_facts(analysis), *total_facts(analysis)])
        yield from html([model_heading(analysis.spec), facts])
        yield from svg_element(analysis.spec, page.depth or 1)
    yield f"<p>{_link(page)}</p>\n"


def _link(page: ModelPage) -> str:
    """A link that saves the whole page, and has it inside: a notebook runs no scripts, but keeps what it was given."""
    content = page.render("html").encode()
    if len(content) > MOST_BYTES:
        return f"The whole page is {len(content) / 1e6:.1f} MB: <code>render(&quot;html&quot;)</code> gives it."
    name = re.sub(r"[^\w.-]+", "-", "-".join(analysis.spec.name for analysis in page.analyses)).strip("-.") or "model"
    address = base64.b64encode(content).decode("ascii")
    return (
        f'<a download="{html_escaped(name)}.html" href="data:text/html;charset=utf-8;base64,{address}">'
        f"Save the whole page</a> ({len(content) / 1e3:,.0f} kB), with every layer, receptive field and chart."
    )
