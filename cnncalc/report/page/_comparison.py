"""Models side by side, as `compare` has them: what stands without JavaScript, and data for `web/src/comparison.ts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.report._document import Block, Heading, Paragraph, Table, text_of
from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._context import layer_address
from cnncalc.report.views.difference_rows import COLUMNS, DifferenceRow, difference_rows
from cnncalc.report.views.rows import WHOLE

if TYPE_CHECKING:
    from cnncalc.analysis import LayerNumbers
    from cnncalc.comparison.differences import Line, Pair
    from cnncalc.report.page._context import PageModel
    from cnncalc.report.views.compare import ComparisonReport

MARKED = ("added", "removed", "changed")
"""What becomes of layers that the graphs mark."""
MOST_ROWS = 500
"""So many entries are listed; nobody reads more, and a browser takes long to lay them out."""
NOT_TWO = "Only two models are compared layer by layer."


# -- without JavaScript


def comparison_heading(report: ComparisonReport) -> Heading:
    """The names of the models."""
    heading = report.document()[0]
    assert isinstance(heading, Heading)
    return heading


def comparison_html(report: ComparisonReport) -> Iterator[str]:
    """The totals; whether they are the same network; for two models, the entries that differ."""
    _, totals, *others = report.document()
    assert isinstance(totals, Table)
    yield from _totals_html(totals)
    for block in others:
        yield from _block_html(block, report)
    if report.comparison.pairs is None:
        yield f'<p class="soft">{NOT_TWO}</p>\n'


def _block_html(block: Block, report: ComparisonReport) -> Iterator[str]:
    match block:
        case Paragraph(text):
            begins = "" if len(report.comparison.analyses) > 2 else ' class="sentence"'  # not with the name of a model
            yield f"<p{begins}>{html_escaped(text)}</p>\n"
        case Table():  # that of the entries, which link to their layers here
            yield from _differences_html(report)


def _totals_html(table: Table) -> Iterator[str]:
    """The totals; the head of a column leads to its model."""
    _, *heads = [html_escaped(column.title) for column in table.columns]
    models = sum(column.title != "Δ" for column in table.columns) - 1
    links = [f'<a href="#model-{number}">{head}</a>' for number, head in enumerate(heads[:models], 1)]
    yield '<div class="scroll"><table class="totals"><thead><tr><td></td>'
    yield from (f'<th scope="col">{head}</th>' for head in (*links, *heads[models:]))
    yield "</tr></thead><tbody>\n"
    for row in table.rows:
        title, *values = map(text_of, row)
        yield f'<tr><th scope="row">{html_escaped(title)}</th>'
        yield from (_number_html(value) for value in values)
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _number_html(text: str) -> str:
    """A number, or its change, which has a tone."""
    tone = {"+": " more", "−": " less"}.get(text[:1], "")
    word = f'<span class="hidden">{tone}</span>' if tone else ""
    return f'<td class="number{tone}">{html_escaped(text)}{word}</td>'


def _differences_html(report: ComparisonReport) -> Iterator[str]:
    comparison = report.comparison
    pairs = [pair for pair in comparison.pairs or () if pair.status != "same"]
    rows = difference_rows(comparison, WHOLE)
    numbers = [key for key, column in COLUMNS.items() if column.is_number]
    yield '<div class="scroll long"><table class="differences"><thead><tr>'
    for key, column in COLUMNS.items():
        side = ' class="number"' if key in numbers else ""
        yield f'<th scope="col"{side}>{html_escaped(column.title)}</th>' if column.title else "<td></td>"
    yield "</tr></thead><tbody>\n"
    for pair, row in list(zip(pairs, rows, strict=True))[:MOST_ROWS]:
        yield from _difference_html(pair, row)
    yield "</tbody></table></div>\n"
    if len(rows) > MOST_ROWS:
        yield f"<p>These are {MOST_ROWS:,} of {len(rows):,} differences; "
        yield "<code>cnncalc compare</code> lists them all.</p>\n"


def _difference_html(pair: Pair, row: DifferenceRow) -> Iterator[str]:
    texts = {key: text_of(cell) for key, cell in row.cells().items()}
    yield f'<tr class="{row.status}"><td class="status">{texts["status"]} {row.status}</td>'
    yield f"<td>{_links(pair)}</td><td>{html_escaped(texts['what'])}</td><td>{html_escaped(texts['output'])}</td>"
    for key in ("params", "params_change", "macs", "macs_change"):
        yield _number_html(texts[key])
    yield "</tr>\n"


def _links(pair: Pair) -> str:
    """The name of an entry, which selects its layer: in both models, unless it is called the same there."""
    links = [_link(number, line) for number, line in ((1, pair.before), (2, pair.after)) if line]
    is_named_alike = pair.before and pair.after and pair.before.name == pair.after.name
    return links[-1] if is_named_alike else " → ".join(links)


def _link(number: int, line: Line) -> str:
    return f'<a href="{html_escaped(layer_address(line.name, number))}">{html_escaped(line.name)}</a>'


# -- for the scripts


def comparison_data(models: Sequence[PageModel], report: ComparisonReport) -> dict[str, Any]:
    """For two models: which layers of each were added, removed or changed, and which belong together."""
    if report.comparison.pairs is None:
        return {"marks": [{} for _ in models], "counterparts": []}
    pairs, (before, after) = report.comparison.pairs, models
    together = list(zip(before.spec.graph.inputs, after.spec.graph.inputs, strict=False))
    together += [(one.node, other.node) for pair in pairs for one, other in _counterparts(pair)]
    return {
        "marks": [
            _marks(before, ((pair.status, pair.before) for pair in pairs)),
            _marks(after, ((pair.status, pair.after) for pair in pairs)),
        ],
        "counterparts": [[before.ids[one], after.ids[other]] for one, other in together],
    }


def _marks(model: PageModel, lines: Iterable[tuple[str, Line | None]]) -> dict[str, list[int]]:
    """The layers of a model that are marked, by what became of them."""
    found: dict[str, list[int]] = {status: [] for status in MARKED}
    for status, line in lines:
        if line and status in found:
            found[status] += [model.ids[layer.node] for layer in line.row.layers]
    return found


def _counterparts(pair: Pair) -> Iterator[tuple[LayerNumbers, LayerNumbers]]:
    """The layers of an entry with those in their place in the other model: its own, its norm, its activation."""
    if pair.before and pair.after:
        (one, *ones), (other, *others) = pair.before.row.layers, pair.after.row.layers
        yield one, other
        by_kind = {layer.node.kind: layer for layer in others}
        yield from ((layer, by_kind[layer.node.kind]) for layer in ones if layer.node.kind in by_kind)
