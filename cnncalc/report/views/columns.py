"""The columns of `summarize`: a key, a title, what a row has there, and whether it is a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnncalc.layers import MERGES
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.text import number, per_axis, size_in_bytes

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.layers.base import Layer
    from cnncalc.report.views._rows import Row


class SummaryColumn(NamedTuple):
    """A column of `summarize`.

    Attributes:
        show: the text of a row.
        value: what a row is sorted by, and what CSV has.
    """

    key: str
    title: str
    show: Callable[[Row, Analysis], str]
    value: Callable[[Row, Analysis], Any]
    is_number: bool = True


def settings_text(layer: Layer, layout: str) -> str:
    """A layer's settings in short, `3×3, 8 filters`: what is always said, and what is not the default."""
    names = list(layer.settings)
    if layer.leads:
        names.sort(key=lambda name: name != layer.leads)
    values = vars(layer)
    said = (name for name in names if name in values and not layer.is_default(name))
    return ", ".join(filter(None, (layer.settings[name].in_short(values[name], layout) for name in said)))


def kind_text(row: Row, layout: str = "channels_last") -> str:
    """The kind and settings of a row, its norm and activation too: `conv 3×3, 8 filters, relu`."""
    entry = row.entry
    repeated = f" (×{row.times})" if row.times > 1 else ""
    if entry.kind == "share" and entry.children:
        return f"share {kind_text(row._replace(entry=entry.children[0], times=1), layout)}{repeated}"
    if not entry.layers or not (own := entry.layers[0].node).layer or entry.kind != own.kind:
        copies = entry.children
        kind = f"{copies[0].kind} ×{len(copies)}" if entry.kind == "repeat" else entry.kind
        details = ["of one branch"] * (entry.kind in MERGES) + [layer.node.kind for layer in entry.layers]
    else:
        kind = own.kind
        details = [settings_text(own.layer, layout), *(each.node.kind for each in entry.layers[1:])]
    return f"{kind} {', '.join(filter(None, details))}".rstrip() + repeated


def _kind(row: Row, analysis: Analysis) -> str:
    return kind_text(row, analysis.spec.layout)


def field_text(field: Field) -> str:
    """Size of a receptive field: `3`, `3×5`, `global`."""
    if field.status != "local":
        return field.status
    return per_axis(field.size) + (" + global" if field.is_gated else "")


def fields_text(fields: dict[str, Field]) -> str:
    """The field in each input, named where there are several."""
    if len(fields) == 1:
        return field_text(next(iter(fields.values())))
    return ", ".join(f"{name}: {field_text(field)}" for name, field in fields.items())


def _field_rank(row: Row) -> float:
    sizes = [max(field.size) if field.status == "local" else float("inf") for field in row.entry.fields.values()]
    return max(sizes, default=0)


def _sum(key: str) -> Callable[[Row, Analysis], int]:
    """A number of the row: of the whole entry, or where what is inside it has rows of its own, of its own layers."""

    def value(row: Row, _: Analysis) -> int:
        parts = row.entry.layers if row.is_open else [row.entry]
        return sum(getattr(part, key) for part in parts)

    return value


def _counted(
    key: str, title: str, attribute: str, show: Callable[[int], str] = number, factor: int = 1
) -> SummaryColumn:
    total = _sum(attribute)

    def text(row: Row, analysis: Analysis) -> str:
        value = total(row, analysis) * factor
        return "" if row.is_open and not value else show(value)

    return SummaryColumn(key, title, text, lambda row, analysis: total(row, analysis) * factor)


COLUMNS = {
    column.key: column
    for column in (
        SummaryColumn("name", "layer", lambda row, _: row.label, lambda row, _: row.entry.name, False),
        SummaryColumn("kind", "kind", _kind, _kind, False),
        SummaryColumn(
            "output",
            "output",
            lambda row, analysis: row.entry.output.text(analysis.spec.layout),
            lambda row, analysis: row.entry.output.text(analysis.spec.layout),
        ),
        SummaryColumn(
            "values", "values", lambda row, _: number(row.entry.output.values), lambda row, _: row.entry.output.values
        ),
        _counted("params", "params", "params"),
        _counted("trainable_params", "trainable", "trainable_params"),
        _counted("non_trainable_params", "non-trainable", "non_trainable_params"),
        _counted("macs", "MACs", "macs"),
        _counted("flops", "FLOPs", "macs", factor=2),
        _counted("memory", "memory", "activation_bytes", size_in_bytes),
        SummaryColumn(
            "receptive_field",
            "receptive field",
            lambda row, _: fields_text(row.entry.fields),
            lambda row, _: fields_text(row.entry.fields),
        ),
    )
}
"""All columns, by key."""

DEFAULT_COLUMNS = ("name", "kind", "output", "params", "macs", "receptive_field")


def sort_value(key: str) -> Callable[[Row, Analysis], Any]:
    """What rows are sorted by: output by its number of values, the field by its size."""
    if key == "output":
        return lambda row, _: row.entry.output.values
    if key == "receptive_field":
        return lambda row, _: _field_rank(row)
    return COLUMNS[key].value
