"""The report of `summarize`: a table and the totals, as a document, JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING, Any

from cnncalc.report.columns import COLUMNS, DEFAULT_COLUMNS, sort_value
from cnncalc.report.document import Block, Column, Facts, Heading, Table
from cnncalc.report.text import number, short_count, size_in_bytes

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers, LayerNumbers
    from cnncalc.analysis.receptive_field import Field


def ordered(analysis: Analysis, sort: str | None) -> list[EntryNumbers]:
    """The entries, in the model's order or by a column: numbers from the largest, names from A."""
    if sort is None:
        return analysis.entries
    value = sort_value(sort)
    descending = sort not in ("name", "kind")
    return sorted(analysis.entries, key=lambda row: value(row, analysis), reverse=descending)


def summary_document(
    analysis: Analysis, columns: Sequence[str] = DEFAULT_COLUMNS, sort: str | None = None
) -> list[Block]:
    """A row an entry, and the totals under it."""
    spec = analysis.spec
    shown = [COLUMNS[key] for key in columns]
    rows = [[column.show(row, analysis) for column in shown] for row in ordered(analysis, sort)]
    inputs = ", ".join(
        (f"{node.name} " if len(spec.graph.inputs) > 1 else "") + node.output.text(spec.layout)
        for node in spec.graph.inputs
    )
    return [
        Heading(spec.name, f"input {inputs} · {spec.convention} convention"),
        Table([Column(column.title, column.is_number) for column in shown], rows),
        Facts(_totals(analysis)),
    ]


def _totals(analysis: Analysis) -> list[tuple[str, str]]:
    totals = analysis.totals
    trained = ", all trainable"
    if totals.non_trainable_params:
        trained = f"  ({number(totals.trainable_params)} trainable, {number(totals.non_trainable_params)} not)"
    macs = f"{number(totals.macs)}  ({short_count(2 * totals.macs)} FLOPs)"
    batch = "" if analysis.batch == 1 else f", batch of {analysis.batch}"
    return [
        ("parameters", f"{number(totals.params)}{trained}"),
        ("MACs", macs + ("" if analysis.batch == 1 else " per sample")),
        ("parameter memory", f"{size_in_bytes(totals.param_bytes)}  ({analysis.dtype})"),
        ("activation memory", f"{size_in_bytes(totals.activation_bytes)}  ({analysis.dtype}{batch})"),
        ("peak", f"{size_in_bytes(totals.peak_activation_bytes)}  (at {totals.peak_at})"),
    ]


def summary_csv(analysis: Analysis, columns: Sequence[str] = DEFAULT_COLUMNS, sort: str | None = None) -> str:
    """The rows as CSV under the columns' keys, numbers without separators."""
    from cnncalc.report.csv import csv

    shown = [COLUMNS[key] for key in columns]
    return csv(columns, [[column.value(row, analysis) for column in shown] for row in ordered(analysis, sort)])


def summary_json(analysis: Analysis) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/summary`, version 1."""
    spec, totals = analysis.spec, analysis.totals
    return {
        "schema": "cnncalc/summary",
        "version": 1,
        "model": {"name": spec.name, "convention": spec.convention, "layout": spec.layout},
        "dtype": analysis.dtype,
        "batch": analysis.batch,
        "inputs": [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs],
        "layers": [_layer_json(layer, spec.layout) for layer in analysis.layers],
        "outputs": spec.graph.outputs,
        "totals": {
            "params": totals.params,
            "trainable_params": totals.trainable_params,
            "non_trainable_params": totals.non_trainable_params,
            "macs": totals.macs,
            "param_bytes": totals.param_bytes,
            "activation_bytes": totals.activation_bytes,
            "peak_activation_bytes": totals.peak_activation_bytes,
            "peak_at": totals.peak_at,
        },
    }


def _layer_json(layer: LayerNumbers, layout: str) -> dict[str, Any]:
    node = layer.node
    assert node.layer is not None
    settings = {
        name: list(value.sizes(layout)) if hasattr(value, "sizes") else node.layer.settings[name].type.json(value)
        for name, value in vars(node.layer).items()
    }
    fields = {name: _field_json(field) for name, field in layer.fields.items()}
    return {
        "name": layer.name,
        "kind": node.kind,
        "inputs": [source.name for source in node.inputs],
        "settings": settings,
        "output": list(node.output.sizes(layout)),
        "params": layer.params,
        "trainable_params": layer.trainable_params,
        "non_trainable_params": layer.non_trainable_params,
        "macs": layer.macs,
        "activation_bytes": layer.activation_bytes,
        "receptive_field": next(iter(fields.values())) if len(fields) == 1 else fields,
    }


def _step_json(advance: int, period: int) -> int | str:
    """A step in the input: a whole number, or as in "1/2"."""
    common = gcd(advance, period)
    return advance // common if period == common else f"{advance // common}/{period // common}"


def _field_json(field: Field) -> dict[str, Any]:
    if field.status != "local":
        return {"status": field.status}
    return {
        "status": "local",
        "size": list(field.size),
        "stride": [_step_json(axis.advance, axis.period) for axis in field.axes],
        "padding": list(field.padding),
        "aligned": field.is_aligned,
        "uniform": field.is_uniform,
        "gated": field.is_gated,
    }
