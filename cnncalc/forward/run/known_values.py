"""What of a model can be run, and what is reported about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.graph.known_part import KnownPart, known_part
from cnncalc.layers.base import plural
from cnncalc.source.diagnostics import START, DataError, Diagnostic

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

CODE = "CNN560"


def runnable(spec: Spec) -> tuple[Spec, list[Diagnostic]]:
    """The model as far as it can be run, and a finding for each opaque layer that stops it.

    Raises:
        DataError: no layer can be run.
    """
    part = known_part(spec.graph)
    if not part.missing:
        return spec, []
    stopped = [Diagnostic(CODE, stopped_text(part, each), spec.name, START, severity="warning") for each in part.opaque]
    if not part.graph.nodes:
        help = ("put a layer whose values are known before it",)
        raise DataError([each._replace(severity="error", help=help) for each in stopped])
    return spec._replace(graph=part.graph), stopped


def stopped_text(part: KnownPart, opaque: Node) -> str:
    """Why a run ends before an opaque layer, and how many layers it leaves out."""
    are, more = "is" if part.after == 1 else "are", len(part.opaque) - 1
    it = f"it and {plural(more, 'other')} like it" if more else "it"
    others = f"; {plural(part.after, 'layer')} after {it} {are} left out too" if part.after else ""
    return f"`{opaque.name}` ({opaque.kind}) cannot be run, because its values are unknown{others}"
