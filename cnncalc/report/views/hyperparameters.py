"""The report of `hyperparameters`: what is learned, what is set beforehand."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.explanation.hyperparameter_table import (
    HYPERPARAMETER,
    NOT_GIVEN,
    PARAMETER,
    HyperparameterRow,
    hyperparameter_rows,
    training_row,
)
from cnncalc.layers.base import plural
from cnncalc.report._document import Block, Cell, Column, Heading, Paragraph, Table
from cnncalc.report.report import Joined, Records, Report, Shared
from cnncalc.report.text import MANY_TEXTS, number
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
        self.layers = list(hyperparameter_rows(entries, spec.convention, spec.layout))
        self.others = training_row(analysis)

    def document(self) -> list[Block]:
        """The table, and the definition of the two words under it."""
        rows = self._rows()
        names = flat_names([row.whole_name for row, _ in rows], self.listing.names)
        cells: list[list[str | Cell]] = [
            [name, known.kind, _learned(row, known), _pairs(known.beforehand) or "none"]
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
            "layers": (Joined(({"name": name}, _row_json(*row))) for name, *row in self.layers),
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


@lru_cache(MANY_TEXTS)
def _row_json(kind: str, learned: str, params: int, beforehand: tuple[tuple[str, str], ...]) -> Shared:
    return Shared({"kind": kind, "learned": learned or None, "params": params, "hyperparameters": dict(beforehand)})


def _closed(row: Row, layout: str) -> HyperparameterRow:
    """An entry as a whole: how many numbers it learns, in how many layers."""
    count = sum(bool(entry.layers) for entry in row.entry.walk())
    inside = f"in {plural(count, 'layer')}"
    learned = inside if row.entry.params else ""
    return HyperparameterRow(row.entry.name, kind_text(row, layout), learned, row.entry.params, (("", inside),))


def _learned(row: Row, known: HyperparameterRow) -> str:
    if not known.learned:
        return "none"
    return f"{known.learned} ({per_copy(row._replace(is_open=False), number(known.params))})"


@lru_cache(MANY_TEXTS)
def _pairs(beforehand: tuple[tuple[str, str], ...], separator: str = ", ") -> str:
    """The hyperparameters with their values; what has no name is said as it is."""
    return separator.join(f"{name}: {value}" if name else value for name, value in beforehand)


def _value(key: str, name: str, times: int, known: HyperparameterRow) -> Any:
    if key == "layer":
        return name
    if key == "params":
        return times * known.params if known.kind else ""
    return _pairs(known.beforehand, "; ") if key == "hyperparameters" else getattr(known, key)
