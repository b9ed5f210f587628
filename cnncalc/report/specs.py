"""The report of `specs`: the shipped models and their totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.report.document import Block, Column, Heading, Table
from cnncalc.report.text import short_count

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis


def specs_document(analyses: Mapping[str, Analysis]) -> list[Block]:
    """A row a model."""
    columns = [
        Column("name"),
        Column("input", True),
        Column("parameters", True),
        Column("MACs", True),
        Column("what it is"),
    ]
    rows = [
        [
            name,
            _input(each),
            short_count(each.totals.params),
            short_count(each.totals.macs),
            _first_sentence(each.spec.description),
        ]
        for name, each in analyses.items()
    ]
    return [Heading("Shipped specs", "cnncalc summarize NAME"), Table(columns, rows)]


def _input(analysis: Analysis) -> str:
    return ", ".join(node.output.text(analysis.spec.layout) for node in analysis.spec.graph.inputs)


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    return line.split(". ")[0].rstrip(".")


def specs_json(analyses: Mapping[str, Analysis]) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/specs`, version 1."""
    return {
        "schema": "cnncalc/specs",
        "version": 1,
        "specs": [
            {
                "name": name,
                "file": each.spec.source.name,
                "description": each.spec.description,
                "inputs": [
                    {"name": node.name, "shape": list(node.output.sizes(each.spec.layout))}
                    for node in each.spec.graph.inputs
                ],
                "params": each.totals.params,
                "macs": each.totals.macs,
            }
            for name, each in analyses.items()
        ],
    }
