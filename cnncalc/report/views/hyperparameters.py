"""The report of `hyperparameters`: what is learned, what is set beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.explain.hyperparameter_table import HYPERPARAMETER, PARAMETER, HyperparameterRow
from cnncalc.report.document import Block, Column, Heading, Paragraph, Table
from cnncalc.report.text import number

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec


def hyperparameters_document(spec: Spec, rows: Sequence[HyperparameterRow]) -> list[Block]:
    """The table, and the definition of the two words under it."""
    columns = [
        Column("layer"),
        Column("kind"),
        Column("parameters (learned)"),
        Column("hyperparameters (set beforehand)"),
    ]
    *layers, others = rows
    cells = [[row.name, row.kind, _learned(row), _beforehand(row)] for row in layers]
    # one a line: they are many, and may hold commas
    for index, (name, value) in enumerate(others.beforehand):
        cells.append(["" if index else others.name, "", "", f"{name}: {value}"])
    return [Heading(spec.name), Table(columns, cells), Paragraph(PARAMETER), Paragraph(HYPERPARAMETER)]


def _learned(row: HyperparameterRow) -> str:
    if not row.kind:
        return ""
    return f"{row.learned} ({number(row.params)})" if row.learned else "none"


def _beforehand(row: HyperparameterRow) -> str:
    return ", ".join(f"{name}: {value}" for name, value in row.beforehand) or "none"


def hyperparameters_json(spec: Spec, rows: Sequence[HyperparameterRow]) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/hyperparameters`, version 1. What is not given is null."""
    from cnncalc.explain.hyperparameter_table import NOT_GIVEN
    from cnncalc.report.formats.json import about_model

    *layers, others = rows
    return {
        **about_model("hyperparameters", spec),
        "layers": [
            {
                "name": row.name,
                "kind": row.kind,
                "learned": row.learned or None,
                "params": row.params,
                "hyperparameters": dict(row.beforehand),
            }
            for row in layers
        ],
        "others": {name: None if value == NOT_GIVEN else value for name, value in others.beforehand},
        "definitions": {"parameter": PARAMETER, "hyperparameter": HYPERPARAMETER},
    }
