"""The columns of `summarize`: a key, a title, what a row shows there, and its value for programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.graph.entry_words import entry_words, settings_parts
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Cell, Column
from cnncalc.report.text import MANY_TEXTS, UNKNOWN, number, per_axis, short_count, size_in_bytes
from cnncalc.report.views.rows import Row, range_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Graph
    from cnncalc.layers.base import Layer
    from cnncalc.settings.shape import Shape


class SummaryColumn(NamedTuple):
    """A column of `summarize`.

    Attributes:
        show: what a row shows.
        value: what rows are sorted by, and the value in CSV.
        narrows, is_uniform: see `document.Column`.
        tells_apart: whether it may differ between entries of the same kind, settings, output, parameters and MACs, so
        that these are not copies for a table that shows it.
    """

    key: str
    title: str
    show: Callable[[Row, Analysis], str | Cell]
    value: Callable[[Row, Analysis], Any]
    is_number: bool = True
    narrows: int = 0
    is_uniform: bool = True
    tells_apart: bool = False

    @property
    def head(self) -> Column:
        """The column in a document; it may only be left out if it was not asked for by name."""
        return Column(self.title, self.is_number, self.narrows, self.is_uniform)


def settings_text(layer: Layer, layout: str) -> str:
    """The same in one text: `3×3, 8 filters`."""
    return ", ".join(settings_parts(layer, layout))


@lru_cache(MANY_TEXTS)
def shorter_forms(kind: str, details: tuple[str, ...], suffix: str = "") -> Cell:
    """A kind with its details, and with ever fewer of them: `conv 3×3, 8 filters`, `conv 3×3`, `conv`."""
    counts = range(len(details), -1, -1)
    return Cell([f"{kind} {', '.join(details[:count])}".rstrip() + suffix for count in counts])


def layer_cell(layer: Layer | None, kind: str, layout: str, suffix: str = "") -> Cell:
    """The kind and settings of a layer, with shorter forms."""
    return shorter_forms(kind, settings_parts(layer, layout) if layer else (), suffix)


def kind_cell(row: Row, layout: str) -> Cell:
    """The kind and settings of a row, including its norm and activation, with shorter forms: `conv 3×3, 8 filters,
    relu`."""
    copies = f" (×{row.times})" if row.times > 1 and _is_first_of_copies(row) else ""
    return entry_cell(row.entry, layout, copies)


def kind_text(row: Row, layout: str) -> str:
    """The whole text of a row's kind and settings."""
    return kind_cell(row, layout).forms[0]


def entry_cell(entry: EntryNumbers, layout: str, suffix: str = "") -> Cell:
    """The kind and settings of an entry by itself, with shorter forms."""
    kind, details = entry_words(entry.entry, layout)
    return shorter_forms(kind, tuple(details), suffix)


def _is_first_of_copies(row: Row) -> bool:
    """Whether the copies are this row's own, rather than those of a row above."""
    return "…" in row.full_name.rsplit(".", 1)[-1]


def _kind_cell(row: Row, analysis: Analysis) -> Cell:
    return kind_cell(row, analysis.spec.layout)


def _kind_text(row: Row, analysis: Analysis) -> str:
    return kind_text(row, analysis.spec.layout)


# -- receptive fields


@lru_cache(MANY_TEXTS)
def field_text(field: Field) -> str:
    """Size of a receptive field: `3`, `3×5`, `global`."""
    if field.status != "local":
        return field.status
    return per_axis(field.size) + (" + global" if field.is_gated else "")


def fields_text(fields: dict[str, Field], graph: Graph) -> str:
    """The field in each input that is seen, in the order of the file; named if the model has several."""
    if len(graph.inputs) == 1:
        return field_text(*fields.values()) if fields else ""
    seen = [node.name for node in graph.inputs if node.name in fields]
    return ", ".join(f"{name}: {field_text(fields[name])}" for name in seen)


def _fields_range(row: Row, analysis: Analysis) -> str:
    """The field; for several copies, that of the first and of the last."""
    return range_text([fields_text(each.end.fields, analysis.spec.graph) for each in row.entries])


def _field_rank(row: Row) -> float:
    sizes = [size for field in row.entry.fields.values() for size in (field.size or (None,))]
    return max((float("inf") if size is None else size for size in sizes), default=0)


# -- shapes


@lru_cache(MANY_TEXTS)
def joined_sizes(shape: Shape, layout: str) -> str:
    """The sizes joined by ×, as in 28×28×1."""
    return shape.text(layout)


def shapes_read(entry: EntryNumbers, layout: str) -> str:
    """The shapes of what an entry reads; if it has entries inside, of what the first of these reads."""
    while entry.children:
        entry = entry.children[0]
    read = entry.layers[0].node.inputs if entry.layers else (entry.end.node,)
    return ", ".join([joined_sizes(source.output, layout) for source in read])


def kernel_text(entry: EntryNumbers) -> str:
    """The window of an entry's own layer: `3×3`."""
    layer = entry.layers[0].node.layer if entry.layers else None
    window = layer.sliding_window if layer else None
    return "×".join(map(str, window.kernel)) if window else ""


# -- counts


def _sum(key: str) -> Callable[[Row, Analysis], int]:
    """A number of the row, for all its copies: of whole entries, or of their own layers if rows for the others
    follow."""

    def value(row: Row, _: Analysis) -> int:
        if row.is_open:
            return sum(getattr(layer, key) for entry in row.entries for layer in entry.layers)
        return sum([getattr(entry, key) for entry in row.entries])

    return value


def _of_one_copy(row: Row, key: str) -> int:
    """A number that a row shows: of one copy, with everything inside it."""
    if row.is_open and row.is_alone:
        return sum(getattr(layer, key) for layer in row.entry.layers)
    number: int = getattr(row.entry, key)
    return number


def per_copy(row: Row, text: str) -> str:
    """A number as a row shows it: the sum of the rows below is marked as such, and that of a copy has the number of
    copies."""
    return _marked(text, row.is_sum, row.times)


def _marked(text: str, is_sum: bool, times: int) -> str:
    if is_sum and text not in ("0", UNKNOWN):
        text = f"Σ {text}"
    return f"{times} × {text}" if times > 1 else text


def _counted(
    key: str,
    title: str,
    attribute: str,
    show: Callable[[int], str] = number,
    factor: int = 1,
    is_narrowed: bool = True,
    tells_apart: bool = False,
) -> SummaryColumn:
    total = _sum(attribute)
    forms = (show, short_count) if is_narrowed else (show,)

    @lru_cache(MANY_TEXTS)
    def marked(value: int, is_sum: bool, times: int) -> Cell:
        return Cell([_marked(form(value), is_sum, times) for form in forms])

    def cell(row: Row, _: Analysis) -> Cell:
        return marked(_of_one_copy(row, attribute) * factor, row.is_sum, row.times)

    def value(row: Row, analysis: Analysis) -> int:
        return total(row, analysis) * factor

    return SummaryColumn(key, title, cell, value, narrows=3 * is_narrowed, tells_apart=tells_apart)


def share_text(share: float | None) -> str:
    """A share of a total: `12.5%`, `<0.1%`; None is unknown."""
    if share is None:
        return UNKNOWN
    percent = 100 * share
    return f"{percent:.1f}%" if percent >= 0.05 or not percent else "<0.1%"


def _percent(key: str, title: str, attribute: str) -> SummaryColumn:
    """A column of the share that a row has in a total of the model."""
    total = _sum(attribute)

    def share(value: int, analysis: Analysis) -> float | None:
        return analysis.totals.share(attribute, value)

    def cell(row: Row, analysis: Analysis) -> str:
        part = share(_of_one_copy(row, attribute), analysis)
        return UNKNOWN if part is None else per_copy(row, share_text(part))

    def value(row: Row, analysis: Analysis) -> float | None:
        part = share(total(row, analysis), analysis)
        return None if part is None else round(100 * part, 4)

    return SummaryColumn(key, title, cell, value)


def _text(key: str, title: str, text: Callable[[Row, Analysis], str], tells_apart: bool = False) -> SummaryColumn:
    return SummaryColumn(key, title, text, text, tells_apart=tells_apart)


COLUMNS = {
    column.key: column
    for column in (
        SummaryColumn("name", "layer", lambda row, _: row.name_cell, lambda row, _: row.full_name, False, narrows=2),
        SummaryColumn("kind", "kind", _kind_cell, _kind_text, False, 1, is_uniform=False),
        _text("input", "input", lambda row, analysis: shapes_read(row.entry, analysis.spec.layout), tells_apart=True),
        _text("output", "output", lambda row, analysis: joined_sizes(row.entry.output, analysis.spec.layout)),
        _text("kernel", "kernel", lambda row, _: kernel_text(row.entry)),
        SummaryColumn(
            "values", "values", lambda row, _: number(row.entry.output.values), lambda row, _: row.entry.output.values
        ),
        _counted("params", "params", "params"),
        _percent("percent", "% of params", "params"),
        _counted("trainable_params", "trainable", "trainable_params", tells_apart=True),
        _counted("non_trainable_params", "non-trainable", "non_trainable_params", tells_apart=True),
        _counted("macs", "MACs", "macs"),
        _percent("macs_percent", "% of MACs", "macs"),
        _counted("flops", "FLOPs", "macs", factor=2),
        _counted("memory", "memory", "activation_bytes", size_in_bytes, is_narrowed=False, tells_apart=True),
        _text("receptive_field", "receptive field", _fields_range),
    )
}
"""All columns, by key."""

DEFAULT_COLUMNS = ("name", "kind", "output", "params", "macs", "receptive_field")


def _values_read(row: Row) -> int:
    return sum(source.output.values for layer in row.entry.layers[:1] for source in layer.node.inputs)


def _window_size(row: Row) -> int:
    text = kernel_text(row.entry)
    return prod(map(int, text.split("×"))) if text else 0


def _values_made(row: Row) -> int:
    return row.entry.output.values


_SORTED_BY: dict[str, Callable[[Row], float]] = {
    "input": _values_read,
    "output": _values_made,
    "kernel": _window_size,
    "receptive_field": _field_rank,
}
"""What rows are sorted by if the value is text: shapes and windows by their number of values."""


def sort_value(key: str) -> Callable[[Row, Analysis], Any]:
    """What rows are sorted by."""
    if key in _SORTED_BY:
        return lambda row, _: _SORTED_BY[key](row)
    return COLUMNS[key].value
