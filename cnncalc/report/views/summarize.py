"""The report of `summarize`: one row per entry of the spec, and the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.results import NOTES
from cnncalc.report._document import Block, Facts, Heading, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import number, short_count, size_in_bytes, unknown_note
from cnncalc.report.views.columns import COLUMNS, DEFAULT_COLUMNS, SummaryColumn, sort_value
from cnncalc.report.views.rows import WHOLE, Listing, Row, in_order_of, shorter, tree

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.spec.reader import Spec


class SummaryReport(Report):
    """Sizes, parameters, MACs and fields of a model, in a table.

    Attributes:
        sort: a column to sort by (numbers from the largest, names from A); None for the model's order.
    """

    __slots__ = ("analysis", "columns", "listing", "sort")

    def __init__(self, analysis: Analysis, listing: Listing = WHOLE, sort: str | None = None) -> None:
        self.analysis = analysis
        self.listing = listing
        self.sort = sort
        self.columns = [COLUMNS[key] for key in listing.columns or DEFAULT_COLUMNS]

    def rows(self) -> list[Row]:
        """The rows of the tree; if sorted, those of its leaves under their whole names."""
        outputs = marked_outputs(self.analysis)
        found = list(tree(self.analysis.entries, self.listing, outputs, self._facts_of))
        if self.sort is None:
            return found
        value = sort_value(self.sort)
        leaves = [row._replace(level=0, is_alone=True) for row in found if not row.is_open or row.entry.layers]
        return in_order_of(leaves, lambda row: value(row, self.analysis), self.sort not in ("name", "kind"))

    def _facts_of(self, entry: EntryNumbers) -> tuple[Any, ...]:
        """What is shown about an entry that must be the same in copies that become one row."""
        row = Row((entry,))
        return tuple([each.value(row, self.analysis) for each in self.columns if each.tells_apart])

    def document(self) -> list[Block]:
        """The table, how to make it shorter if it is long, and the totals."""
        rows = self.rows()
        cells = [[column.show(row, self.analysis) for column in self.columns] for row in rows]
        return [
            model_heading(self.analysis.spec),
            Table([self._head(column) for column in self.columns], cells),
            *shorter(len(rows), self.analysis.entries, self.listing),
            Facts([*output_facts(self.analysis), *total_facts(self.analysis)]),
        ]

    def _head(self, column: SummaryColumn) -> Any:
        """A column; unless it was asked for, the field is left out if there is no room."""
        may_leave = self.listing.columns is None and column.key == "receptive_field"
        return column.head._replace(leaves=int(may_leave))

    def table(self) -> Records:
        """The rows under the columns' keys."""
        rows = ([column.value(row, self.analysis) for column in self.columns] for row in self.rows())
        return Records([column.key for column in self.columns], rows)

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/summary`, version 1."""
        from cnncalc.report._model_json import summary_json

        return summary_json(self.analysis)


# -- what several reports say about a model


def model_heading(spec: Spec, about: str = "") -> Heading:
    """The name of a model, its inputs and its convention (or what else there is to say)."""
    cut = [f"{key} {name}" for key, name in spec.overrides.cut.items()]
    parts = [f"input {inputs_text(spec)}", *cut, about or f"{spec.convention} convention"]
    return Heading(spec.name, " · ".join(parts))


def inputs_text(spec: Spec) -> str:
    """The shapes of the inputs, named if there are several."""
    inputs = spec.graph.inputs
    named = [(f"{node.name} " if len(inputs) > 1 else "") + node.output.text(spec.layout) for node in inputs]
    return ", ".join(named)


def outputs_text(spec: Spec, is_named: bool = False) -> str:
    """The shapes of the outputs, named where there are several or `is_named`."""
    outputs = list(zip(spec.graph.outputs, spec.graph.output_nodes, strict=True))
    is_named = is_named or len(outputs) > 1
    return ", ".join((f"{name} " if is_named else "") + node.output.text(spec.layout) for name, node in outputs)


def marked_outputs(analysis: Analysis) -> list[str]:
    """The entries that are marked as outputs: none if the model simply ends in its last entry."""
    outputs = analysis.spec.graph.outputs
    return [] if outputs == [analysis.entries[-1].name] else outputs


def output_facts(analysis: Analysis) -> list[tuple[str, str]]:
    """What the marks of a table mean: the outputs and their shapes."""
    if not marked_outputs(analysis):
        return []
    outputs = analysis.spec.graph.output_nodes
    return [("output →" if len(outputs) == 1 else "outputs →", outputs_text(analysis.spec, is_named=True))]


# -- the totals


def total_facts(analysis: Analysis) -> list[tuple[str, str]]:
    """The totals with their labels."""
    totals = analysis.totals
    unknown = unknown_note(totals.params)
    trained = unknown or ", all trainable"
    if totals.non_trainable_params:
        parts = f"{number(totals.trainable_params)} trainable, {number(totals.non_trainable_params)} not"
        trained = f"{unknown}  ({parts})"
    macs = f"{number(totals.macs)}{unknown_note(totals.macs)}  ({short_count(2 * totals.macs)} FLOPs)"
    batch = "" if analysis.batch == 1 else f", batch of {analysis.batch}"
    note = f": {NOTES[analysis.dtype]}" if analysis.dtype in NOTES else ""
    return [
        ("parameters", f"{number(totals.params)}{trained}"),
        ("MACs", macs + ("" if analysis.batch == 1 else " per sample")),
        ("parameter memory", f"{size_in_bytes(totals.param_bytes)}  ({analysis.dtype}{note})"),
        ("activation memory", f"{size_in_bytes(totals.activation_bytes)}  ({analysis.dtype}{batch})"),
        ("peak", f"{size_in_bytes(totals.peak_activation_bytes)}  (at {totals.peak_at})"),
    ]
