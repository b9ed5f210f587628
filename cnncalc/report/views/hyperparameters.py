"""The report of `hyperparameters`: what is learned, what is set beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.explanation.hyperparameter_table import (
    HYPERPARAMETER,
    NOT_GIVEN,
    PARAMETER,
    HyperparameterRow,
    hyperparameters_of,
    training_row,
)
from cnncalc.layers.base import plural
from cnncalc.report._document import Block, Cell, Column, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import number
from cnncalc.report.views.columns import kind_text, per_copy
from cnncalc.report.views.rows import WHOLE, Listing, Row, flat_names, shorter, tree

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis

TITLES = {
    "layer": "layer",
    "kind": "kind",
    "learned": "parameters (learned)",
    "hyperparameters": "hyperparameters (set beforehand)",
}
KEYS = ("layer", "kind", "learned", "params", "hyperparameters")
"""The columns of the table of values; the one for people shows the number of parameters with their names."""


class HyperparametersReport(Report):
    """What each layer learns and what is set beforehand; and what is set for training.

    Attributes:
        layers: the layers with their entries, in order.
        others: the row `others`.
    """

    __slots__ = ("analysis", "layers", "listing", "others")

    def __init__(self, analysis: Analysis, listing: Listing = WHOLE) -> None:
        spec = analysis.spec
        self.analysis = analysis
        self.listing = listing
        entries = (entry for entry in analysis.walk() if entry.layers)
        self.layers = [hyperparameters_of(entry, spec.convention, spec.layout) for entry in entries]
        self.others = training_row(analysis)

    def document(self) -> list[Block]:
        """The table, and the definition of the two words under it."""
        rows = self._rows()
        names = flat_names([row.full_name for row, _ in rows], self.listing.names)
        cells: list[list[str | Cell]] = [
            [name, known.kind, _learned(row, known), _beforehand(known)]
            for name, (row, known) in zip(names, rows, strict=True)
        ]
        # one per line: there are many, and they may contain commas
        for index, (name, value) in enumerate(self.others.beforehand):
            cells.append(["" if index else self.others.name, "", "", f"{name}: {value}"])
        keys = [key for key in self.listing.columns or TITLES if key in TITLES]
        columns = [Column(TITLES[key], narrows=int(key == "layer")) for key in keys]
        places = [[*TITLES].index(key) for key in keys]
        return [
            Heading(self.analysis.spec.name),
            Table(columns, [[line[place] for place in places] for line in cells]),
            *shorter(len(cells), self.analysis.entries, self.listing),
            Paragraph(PARAMETER),
            Paragraph(HYPERPARAMETER),
        ]

    def table(self) -> Records:
        """One row per layer, and the row `others`."""
        keys = self.listing.columns or KEYS
        rows = [(row.full_name, row.times, known) for row, known in self._rows()]
        rows.append((self.others.name, 1, self.others))
        return Records(keys, ([_value(key, *row) for key in keys] for row in rows))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/hyperparameters`, version 1. What is not given is null."""
        from cnncalc.report.formats.json import about_model

        return {
            **about_model("hyperparameters", self.analysis.spec),
            "layers": [
                {
                    "name": row.name,
                    "kind": row.kind,
                    "learned": row.learned or None,
                    "params": row.params,
                    "hyperparameters": dict(row.beforehand),
                }
                for row in self.layers
            ],
            "others": {name: None if value == NOT_GIVEN else value for name, value in self.others.beforehand},
            "definitions": {"parameter": PARAMETER, "hyperparameter": HYPERPARAMETER},
        }

    def _rows(self) -> list[tuple[Row, HyperparameterRow]]:
        """The rows that have layers of their own, and those whose layers are folded away."""
        known = {row.name: row for row in self.layers}
        found = []
        for row in tree(self.analysis.entries, self.listing):
            if row.entry.children and not row.is_open:
                found.append((row, _closed(row, self.analysis.spec.layout)))
            elif row.entry.layers:
                found.append((row, known[row.entry.name]))
        return found


def _closed(row: Row, layout: str) -> HyperparameterRow:
    """An entry as a whole: how many numbers it learns, in how many layers."""
    count = sum(bool(entry.layers) for entry in row.entry.walk())
    inside = f"in {plural(count, 'layer')}"
    learned = inside if row.entry.params else ""
    return HyperparameterRow(row.entry.name, kind_text(row, layout), learned, row.entry.params, (("", inside),))


def _learned(row: Row, known: HyperparameterRow) -> str:
    return (
        f"{known.learned} ({per_copy(row._replace(is_open=False), number(known.params))})" if known.learned else "none"
    )


def _beforehand(known: HyperparameterRow) -> str:
    return ", ".join(_pairs(known)) or "none"


def _pairs(known: HyperparameterRow) -> list[str]:
    """The hyperparameters with their values; what has no name is said as it is."""
    return [f"{name}: {value}" if name else value for name, value in known.beforehand]


def _value(key: str, name: str, times: int, known: HyperparameterRow) -> Any:
    pairs = "; ".join(_pairs(known))
    values = {
        "layer": name,
        "kind": known.kind,
        "learned": known.learned,
        "params": times * known.params if known.kind else "",
        "hyperparameters": pairs,
    }
    return values[key]
