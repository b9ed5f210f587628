"""The table of everything, which stands without JavaScript.

Its rows are those of `summarize`, so that what is shown is the same. Rows that are marked as sums have everything below
them in them; a merge with branches inside has a row of its own after these, so that the others add up to the totals.
End tags that HTML can do without are left out: a long table is a third smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isinf, prod
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import AtLeast
from cnncalc.graph.entry_words import layers_words
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import text_of
from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._context import layer_address
from cnncalc.report.text import number, size_in_bytes
from cnncalc.report.views.columns import COLUMNS, share_text, sort_value
from cnncalc.report.views.field_columns import FIELD_COLUMNS
from cnncalc.report.views.rows import OUTPUT, Listing, Row, range_text, tree
from cnncalc.report.views.summarize import marked_outputs, output_facts

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.field_coverage import Seen
    from cnncalc.graph import Node
    from cnncalc.report.page._context import PageModel

MOST_ROWS = 1_000
"""A table with more rows has one for equal copies; if it still has more, the rest is left out."""
_DEEPEST = 9
"""Rows that are deeper in the tree are not indented further."""


class TableColumn(NamedTuple):
    """A column of the table.

    Attributes:
        show: what a row shows.
        value: what it is sorted by; None or a lower bound comes last.
        share: what fraction of the model's total that is, for a column that says so.
    """

    title: str
    show: Callable[[Row], str]
    value: Callable[[Row], Any] | None = None
    share: Callable[[Any], float | None] | None = None


def table_html(model: PageModel, number_of_model: int = 1) -> Iterator[str]:
    """The table, piece by piece."""
    rows, notes = _rows(model.analysis)
    columns = list(_columns(model))
    caption = f"<caption>{html_escaped(' '.join(notes))}</caption>" if notes else ""
    yield f'<h2>Table</h2>\n<div class="scroll"><table class="layers">\n{caption}'
    heads = "".join(f'<th scope="col"{_class(column)}>{html_escaped(column.title)}' for column in columns)
    yield f'\n<thead><tr><th scope="col">layer{heads}</thead>\n<tbody>\n'
    prefix = f"{number_of_model}:" if number_of_model > 1 else ""
    known: set[str] = set()
    for row in rows:
        cells = "".join(_cell(column, row) for column in columns)
        yield f"<tr{_row_attributes(row, prefix, known)}>{_name(row, number_of_model)}{cells}\n"
    yield f"</tbody>\n<tfoot>{_footer(model.analysis, columns)}</tfoot></table></div>"


# -- the rows


def _rows(analysis: Analysis) -> tuple[list[Row], list[str]]:
    """What is listed, and what there is to say about that."""
    outputs = marked_outputs(analysis)
    rows = list(_with_own(tree(analysis.entries, outputs=outputs)))
    notes = ["Σ marks sums of the rows below."] if any(row.is_sum for row in rows) else []
    notes += [f"→ marks what the model returns: {shapes}." for _, shapes in output_facts(analysis)]
    if len(rows) <= MOST_ROWS:
        return rows, notes
    count = len(rows)
    rows = list(_with_own(tree(analysis.entries, Listing(fold=True), outputs)))
    if len(rows) < count:
        notes.append("Equal copies are one row.")
    if len(rows) > MOST_ROWS:
        left = len(rows) - MOST_ROWS
        words = "row is" if left == 1 else "rows are"
        notes.append(f"{number(left)} more {words} left out: `cnncalc summarize` lists them all.")
    return rows[:MOST_ROWS], notes


def _with_own(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, and after what is inside a merge one for its own layers."""
    open_rows: list[Row] = []
    for row in rows:
        while open_rows and open_rows[-1].level >= row.level:
            yield from _own(open_rows.pop())
        yield row
        if row.is_open:
            open_rows.append(row)
    while open_rows:
        yield from _own(open_rows.pop())


def _own(row: Row) -> Iterator[Row]:
    if row.entry.layers:
        yield row._replace(level=row.level + 1, is_alone=True)


# -- the columns


def _columns(model: PageModel) -> Iterator[TableColumn]:
    analysis, strides = model.analysis, _Strides(model)
    yield TableColumn("kind", lambda row: _kind(row, analysis))
    yield TableColumn("output", _shown("output", analysis), lambda row: row.entry.output.values)
    yield _counted("parameters", "params", "params", analysis, has_share=True)
    yield _counted("MACs", "macs", "macs", analysis, has_share=True)
    yield _counted("memory", "memory", "activation_bytes", analysis)
    yield TableColumn("alive", lambda row: size_in_bytes(_alive(row)), _alive)
    yield TableColumn(
        "receptive field",
        _shown("receptive_field", analysis),
        lambda row: sort_value("receptive_field")(row, analysis),
    )
    yield TableColumn("stride", strides.text, strides.value)


def _counted(title: str, key: str, attribute: str, analysis: Analysis, has_share: bool = False) -> TableColumn:
    """A column of `summarize` with numbers that add up."""

    def value(row: Row) -> int:
        parts = row.entries if row.is_sum or not row.is_open else [each for one in row.entries for each in one.layers]
        return sum([getattr(part, attribute) for part in parts])

    def share(value: int) -> float | None:
        return analysis.totals.share(attribute, value)

    return TableColumn(title, _shown(key, analysis), value, share if has_share else None)


def _shown(key: str, analysis: Analysis) -> Callable[[Row], str]:
    return lambda row: text_of(COLUMNS[key].show(row, analysis))


def _kind(row: Row, analysis: Analysis) -> str:
    """The kind and settings; of the layers of a merge, without what is inside it."""
    if row.is_open and row.is_alone:
        kind, details = layers_words(row.entry.entry.nodes, analysis.spec.layout)
        return f"{kind} {', '.join(details)}".rstrip()
    return text_of(COLUMNS["kind"].show(row, analysis))


def _alive(row: Row) -> int:
    """The most that is alive while one of its layers runs."""
    if row.is_open and row.is_alone:
        return max(layer.alive_bytes for entry in row.entries for layer in entry.layers)
    inside = (layer.alive_bytes for entry in row.entries for each in entry.walk() for layer in each.layers)
    return max(inside, default=0)


class _Strides:
    """The strides of fields, by the layer that an entry ends in."""

    def __init__(self, model: PageModel) -> None:
        self._several = len(model.spec.graph.inputs) > 1
        self._seen = model.seen

    def text(self, row: Row) -> str:
        """The stride in each input, named if there are several; of copies the first and the last."""
        return range_text([self._of(entry.end.node) for entry in row.entries])

    def _of(self, node: Node) -> str:
        texts = [(each.input.name, FIELD_COLUMNS["stride"].text(each.sight)) for each in self._local(node)]
        return ", ".join(f"{name}: {text}" if self._several else text for name, text in texts)

    def value(self, row: Row) -> float | None:
        """The largest."""
        steps = (step for each in self._local(row.entry.end.node) for step in each.field.stride)
        return max((float(step) for step in steps if step is not None), default=None)

    def _local(self, node: Node) -> list[Seen]:
        return [each for each in self._seen.get(node, ()) if each.field.status == "local"]


# -- their HTML


def _class(column: TableColumn) -> str:
    return ' class="number"' if column.value else ""


def _row_attributes(row: Row, prefix: str, known: set[str]) -> str:
    """Without scripts, the address of a layer leads to its row."""
    name = prefix + row.full_name
    own = ' class="sum"' if row.is_sum else ""
    if name in known or row.times > 1:
        return own
    known.add(name)
    return f' id="{html_escaped(name)}"{own}'


def _name(row: Row, number_of_model: int) -> str:
    address = layer_address(row.entry.name, number_of_model)
    is_own = row.is_open and row.is_alone
    text = html_escaped(row._replace(is_alone=False).short_name)
    beside = ' <span class="soft">itself</span>' if is_own else OUTPUT if row.is_output else ""
    level = f' class="l{min(row.level, _DEEPEST)}"' if row.level else ""
    return f'<th scope="row"{level}><a href="{html_escaped(address)}">{text}</a>{beside}'


def _cell(column: TableColumn, row: Row) -> str:
    text = column.show(row)
    if column.value is None:
        return f"<td>{html_escaped(text)}"
    value = column.value(row)
    share = column.share(value) if column.share and value else None
    beside = f" <small>{html_escaped(share_text(share))}</small>" if share is not None else ""
    return f"<td{_sorted_by(text, value)}>{html_escaped(text)}{beside}"


def _sorted_by(text: str, value: Any) -> str:
    """What a cell is sorted by, where its text does not say it: nothing for what is unknown. (`unknown`, `≥ 12` and
    `Σ ≥ 12` are no numbers, and say so themselves.)"""
    if isinstance(value, AtLeast) or _said(text) == str(value) or (value is None and not text):
        return ""
    if value is None:
        return ' data-v=""'
    return f' data-v="{"Infinity" if isinf(value) else f"{value:g}" if isinstance(value, float) else value}"'


def _said(text: str) -> str:
    """The number that a text says, as `value` in `web/src/table.ts` reads it: a shape says how many values it has."""
    sizes = text.removeprefix("Σ ").replace(",", "").split("×")
    return str(prod(map(int, sizes))) if all(map(str.isdecimal, sizes)) else text


def _footer(analysis: Analysis, columns: Sequence[TableColumn]) -> str:
    totals = analysis.totals
    texts = {
        "parameters": number(totals.params),
        "MACs": number(totals.macs),
        "memory": size_in_bytes(totals.activation_bytes),
        "alive": f"peak {size_in_bytes(totals.peak_activation_bytes)}",
    }
    cells = "".join(f"<td>{html_escaped(texts.get(column.title, ''))}" for column in columns)
    return f'<tr><th scope="row">total{cells}'
