"""The report of `summarize`: a table and the totals, as a document, JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.results import NOTES
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.document import Block, Column, Facts, Heading, Table
from cnncalc.report.text import number, short_count, size_in_bytes
from cnncalc.report.views._rows import Row, tree
from cnncalc.report.views.columns import COLUMNS, DEFAULT_COLUMNS, sort_value

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.analysis.receptive_field import Field


class Shown(NamedTuple):
    """What of a model is shown, and in which order.

    Attributes:
        columns: keys of `COLUMNS`.
        sort: a column to sort by (numbers from the largest, names from A), or the model's order.
        depth: levels of the tree, all where None.
        fold: whether identical copies are one row.
    """

    columns: Sequence[str] = DEFAULT_COLUMNS
    sort: str | None = None
    depth: int | None = None
    fold: bool = False


def summary_rows(analysis: Analysis, shown: Shown) -> list[Row]:
    """The rows of the tree; sorted, those of its leaves, by their whole names."""
    found = list(tree(analysis.entries, shown.depth, shown.fold))
    if shown.sort is None:
        return found
    value = sort_value(shown.sort)
    leaves = [row._replace(level=0) for row in found if not row.is_open or row.entry.layers]
    return sorted(leaves, key=lambda row: value(row, analysis), reverse=shown.sort not in ("name", "kind"))


def summary_document(analysis: Analysis, shown: Shown = Shown()) -> list[Block]:  # noqa: B008 (it is immutable)
    """A row an entry, and the totals under it."""
    spec = analysis.spec
    columns = [COLUMNS[key] for key in shown.columns]
    cells = [[column.show(row, analysis) for column in columns] for row in summary_rows(analysis, shown)]
    inputs = ", ".join(
        (f"{node.name} " if len(spec.graph.inputs) > 1 else "") + node.output.text(spec.layout)
        for node in spec.graph.inputs
    )
    return [
        Heading(spec.name, f"input {inputs} · {spec.convention} convention"),
        Table([Column(column.title, column.is_number) for column in columns], cells),
        Facts(_totals(analysis)),
    ]


def _totals(analysis: Analysis) -> list[tuple[str, str]]:
    totals = analysis.totals
    trained = ", all trainable"
    if totals.non_trainable_params:
        trained = f"  ({number(totals.trainable_params)} trainable, {number(totals.non_trainable_params)} not)"
    macs = f"{number(totals.macs)}  ({short_count(2 * totals.macs)} FLOPs)"
    batch = "" if analysis.batch == 1 else f", batch of {analysis.batch}"
    note = f": {NOTES[analysis.dtype]}" if analysis.dtype in NOTES else ""
    return [
        ("parameters", f"{number(totals.params)}{trained}"),
        ("MACs", macs + ("" if analysis.batch == 1 else " per sample")),
        ("parameter memory", f"{size_in_bytes(totals.param_bytes)}  ({analysis.dtype}{note})"),
        ("activation memory", f"{size_in_bytes(totals.activation_bytes)}  ({analysis.dtype}{batch})"),
        ("peak", f"{size_in_bytes(totals.peak_activation_bytes)}  (at {totals.peak_at})"),
    ]


def summary_csv(analysis: Analysis, shown: Shown = Shown()) -> str:  # noqa: B008 (it is immutable)
    """The rows as CSV under the columns' keys, numbers without separators."""
    from cnncalc.report.formats.csv import csv

    columns = [COLUMNS[key] for key in shown.columns]
    return csv(
        shown.columns, [[column.value(row, analysis) for column in columns] for row in summary_rows(analysis, shown)]
    )


def summary_json(analysis: Analysis) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/summary`, version 1."""
    from cnncalc.report.formats.json import about_model

    spec, totals = analysis.spec, analysis.totals
    return {
        **about_model("summary", spec),
        "dtype": analysis.dtype,
        "batch": analysis.batch,
        **({"note": f"{analysis.dtype}: {NOTES[analysis.dtype]}"} if analysis.dtype in NOTES else {}),
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
    fields = {name: layer_field_json(field) for name, field in layer.fields.items()}
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
        **({"shares": node.shares.name} if node.shares else {}),
        **({"like": node.like.name} if node.like else {}),
    }


def _step_json(advance: int, period: int) -> int | str:
    """A step in the input: a whole number, or as in "1/2"."""
    common = gcd(advance, period)
    return advance // common if period == common else f"{advance // common}/{period // common}"


def layer_field_json(field: Field) -> dict[str, Any]:
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
