"""The quick proof of `validate --verify`: a model runs, and what is measured is held against its analysis."""

from __future__ import annotations

from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.diagnostics import DataError, Diagnostic
from cnncalc.forward.proof.verification import Difference, verify
from cnncalc.spec.settings import Shape

_QUANTITIES = {"output": "output", "params": "parameters", "macs": "MACs", "values": "values"}


def contradictions(analysis: Analysis) -> list[Diagnostic]:
    """A finding for each size or count that was measured to be another one, or why the model cannot run."""
    source, layout = analysis.spec.source, analysis.spec.layout
    try:
        found = verify(analysis, quick=True)
    except DataError as error:
        return [each._replace(file=source.name) for each in error.diagnostics]
    told = [(each.layer, _sentence(each, layout)) for each in found.differences]
    if found.failure:
        layer, reason = found.failure
        told.append((layer, f"`{layer}` could not run: {reason}"))
    if not told:
        return []
    spans = {node.name: row.span for entry in analysis.spec.graph.entries for row in entry.walk() for node in row.nodes}
    help = ("this is a mistake in cnncalc, not in the spec: please report it",)
    return [
        source.diagnostic("CNN402", spans[layer], message, "measured by running it", help) for layer, message in told
    ]


def _sentence(each: Difference, layout: str) -> str:
    if each.quantity == "values":
        return f"`{each.layer}` is not what its kind is defined to be: {each.measured.text(layout)}"
    measured, claimed = (_text(value, layout) for value in (each.measured, each.claimed))
    return f"{_QUANTITIES[each.quantity]} of `{each.layer}`: measured {measured}, claimed {claimed}"


def _text(value: Any, layout: str) -> str:
    if isinstance(value, Shape):
        return value.text(layout)
    if isinstance(value, tuple):  # trainable parameters, and the others where there are any
        return " + ".join(f"{part:,}" for part in (value if value[1] else value[:1]))
    return f"{value:,}"
