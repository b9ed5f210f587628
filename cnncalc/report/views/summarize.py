"""The report of `summarize`: one row per entry of the spec, and the totals."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.results import NOTES
from cnncalc.report._document import Block, Facts, Heading, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import number, short_count, size_in_bytes
from cnncalc.report.views.columns import COLUMNS, DEFAULT_COLUMNS, SummaryColumn, sort_value
from cnncalc.report.views.rows import WHOLE, Listing, Row, shorter, tree

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers, LayerNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.spec.reader import Spec


class SummaryReport(Report):
    """Sizes, parameters, MACs and fields of a model, in a table.

    Attributes:
        sort: a column to sort by (numbers from the largest, names from A); the model's order where None.
    """

    __slots__ = ("analysis", "columns", "listing", "sort")

    def __init__(self, analysis: Analysis, listing: Listing = WHOLE, sort: str | None = None) -> None:
        self.analysis = analysis
        self.listing = listing
        self.sort = sort
        self.columns = [COLUMNS[key] for key in listing.columns or DEFAULT_COLUMNS]

    def rows(self) -> list[Row]:
        """The rows of the tree; sorted, those of its leaves, by their whole names."""
        outputs = marked_outputs(self.analysis)
        found = list(tree(self.analysis.entries, self.listing, outputs, self._facts_of))
        if self.sort is None:
            return found
        value = sort_value(self.sort)
        leaves = [row._replace(level=0, is_alone=True) for row in found if not row.is_open or row.entry.layers]
        return sorted(leaves, key=lambda row: value(row, self.analysis), reverse=self.sort not in ("name", "kind"))

    def _facts_of(self, entry: EntryNumbers) -> tuple[Any, ...]:
        """All that is shown of an entry and must be the same in copies that become one row."""
        row = Row((entry,))
        shown = (each for each in self.columns if each.key != "name" and not each.is_of_place)
        return tuple(each.value(row, self.analysis) for each in shown)

    def document(self) -> list[Block]:
        """The table, how to make it shorter where it is long, and the totals."""
        rows = self.rows()
        cells = [[column.show(row, self.analysis) for column in self.columns] for row in rows]
        return [
            model_heading(self.analysis.spec),
            Table([self._head(column) for column in self.columns], cells),
            *shorter(len(rows), self.analysis.entries, self.listing),
            Facts([*output_facts(self.analysis), *_totals(self.analysis)]),
        ]

    def _head(self, column: SummaryColumn) -> Any:
        """A column; of those that nobody asked for, the field leaves where there is no room."""
        may_leave = self.listing.columns is None and column.key == "receptive_field"
        return column.head._replace(leaves=int(may_leave))

    def table(self) -> Records:
        """The rows under the columns' keys."""
        rows = ([column.value(row, self.analysis) for column in self.columns] for row in self.rows())
        return Records([column.key for column in self.columns], rows)

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/summary`, version 1."""
        return _summary_json(self.analysis)


# -- what several reports say of a model


def model_heading(spec: Spec, about: str = "") -> Heading:
    """The name of a model, its inputs and its convention (or what else there is to say)."""
    return Heading(spec.name, f"input {inputs_text(spec)} · {about or f'{spec.convention} convention'}")


def inputs_text(spec: Spec) -> str:
    """The shapes of the inputs, named where there are several."""
    inputs = spec.graph.inputs
    named = [(f"{node.name} " if len(inputs) > 1 else "") + node.output.text(spec.layout) for node in inputs]
    return ", ".join(named)


def inputs_json(spec: Spec) -> list[dict[str, Any]]:
    """The inputs with their shapes, as JSON has them."""
    return [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs]


def marked_outputs(analysis: Analysis) -> list[str]:
    """The entries that are marked as outputs: none where the model simply ends in its last entry."""
    outputs = analysis.spec.graph.outputs
    return [] if outputs == [analysis.entries[-1].name] else outputs


def output_facts(analysis: Analysis) -> list[tuple[str, str]]:
    """What the marks of a table mean: the outputs and their shapes."""
    if not marked_outputs(analysis):
        return []
    spec = analysis.spec
    shapes = [
        f"{name} {node.output.text(spec.layout)}"
        for name, node in zip(spec.graph.outputs, spec.graph.output_nodes, strict=True)
    ]
    return [("outputs →", ", ".join(shapes))]


# -- the totals


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


# -- JSON


def _summary_json(analysis: Analysis) -> dict[str, Any]:
    from cnncalc.report.formats.json import about_model

    spec, totals = analysis.spec, analysis.totals
    return {
        **about_model("summary", spec),
        "dtype": analysis.dtype,
        "batch": analysis.batch,
        **({"note": f"{analysis.dtype}: {NOTES[analysis.dtype]}"} if analysis.dtype in NOTES else {}),
        "inputs": inputs_json(spec),
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
