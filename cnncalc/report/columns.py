"""The columns of `summarize`: a key, a title, what a row has there, and whether it is a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.report.text import number, per_axis, size_in_bytes
from cnncalc.spec.settings import Like

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.layers.base import Layer


class SummaryColumn(NamedTuple):
    """A column of `summarize`.

    Attributes:
        show: the text of a row.
        value: what a row is sorted by, and what CSV has.
    """

    key: str
    title: str
    show: Callable[[EntryNumbers, Analysis], str]
    value: Callable[[EntryNumbers, Analysis], Any]
    is_number: bool = True


def settings_text(layer: Layer) -> str:
    """A layer's settings in short, `3×3, 8 filters`: what is always said, and what is not the default."""
    parts = []
    names = list(layer.settings)
    if layer.leads:
        names.sort(key=lambda name: name != layer.leads)
    values = vars(layer)
    for name in names:
        declared = layer.settings[name]
        if not declared.short or name not in values or _is_default(name, layer):
            continue
        if callable(declared.short):
            parts.append(declared.short(values[name]))
        else:
            parts.append(declared.short.replace("{}", declared.type.show(values[name])))
    return ", ".join(parts)


def _is_default(name: str, layer: Layer) -> bool:
    declared = layer.settings[name]
    value = vars(layer)[name]
    default = declared.default
    if default is None:
        return False
    if isinstance(default, str):
        return declared.type.show(value) == default
    if isinstance(default, Like):
        return bool(value == vars(layer)[default.setting])
    return False  # it depends on the convention: worth saying


def kind_text(row: EntryNumbers) -> str:
    """The kind and settings of an entry, its norm and activation too: `conv 3×3, 8 filters, relu`."""
    own = row.layers[0].node
    assert own.layer is not None
    details = [text for text in (settings_text(own.layer), *(layer.node.kind for layer in row.layers[1:])) if text]
    return f"{own.kind} {', '.join(details)}" if details else own.kind


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


def _field_rank(row: EntryNumbers) -> float:
    sizes = [max(field.size) if field.status == "local" else float("inf") for field in row.fields.values()]
    return max(sizes, default=0)


COLUMNS = {
    column.key: column
    for column in (
        SummaryColumn("name", "layer", lambda row, _: row.name, lambda row, _: row.name, False),
        SummaryColumn("kind", "kind", lambda row, _: kind_text(row), lambda row, _: kind_text(row), False),
        SummaryColumn(
            "output",
            "output",
            lambda row, a: row.output.text(a.spec.layout),
            lambda row, a: row.output.text(a.spec.layout),
        ),
        SummaryColumn("values", "values", lambda row, _: number(row.output.values), lambda row, _: row.output.values),
        SummaryColumn("params", "params", lambda row, _: number(row.params), lambda row, _: row.params),
        SummaryColumn(
            "trainable_params",
            "trainable",
            lambda row, _: number(row.trainable_params),
            lambda row, _: row.trainable_params,
        ),
        SummaryColumn(
            "non_trainable_params",
            "non-trainable",
            lambda row, _: number(row.non_trainable_params),
            lambda row, _: row.non_trainable_params,
        ),
        SummaryColumn("macs", "MACs", lambda row, _: number(row.macs), lambda row, _: row.macs),
        SummaryColumn("flops", "FLOPs", lambda row, _: number(2 * row.macs), lambda row, _: 2 * row.macs),
        SummaryColumn(
            "memory", "memory", lambda row, _: size_in_bytes(row.activation_bytes), lambda row, _: row.activation_bytes
        ),
        SummaryColumn(
            "receptive_field",
            "receptive field",
            lambda row, _: fields_text(row.fields),
            lambda row, _: fields_text(row.fields),
        ),
    )
}
"""All columns, by key."""

DEFAULT_COLUMNS = ("name", "kind", "output", "params", "macs", "receptive_field")


def sort_value(key: str) -> Callable[[EntryNumbers, Analysis], Any]:
    """What rows are sorted by: output by its number of values, the field by its size."""
    if key == "output":
        return lambda row, _: row.output.values
    if key == "receptive_field":
        return lambda row, _: _field_rank(row)
    return COLUMNS[key].value
