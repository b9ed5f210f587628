"""A model as a drawing in which everything has its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.layout._contents import model_contents
from cnncalc.exporting.drawing.layout._placing import placed_drawing
from cnncalc.exporting.drawing.layout._reads import add_edges
from cnncalc.exporting.drawing.layout.placed import NO_FOOT, Foot
from cnncalc.gc_pause import collector_waiting

if TYPE_CHECKING:
    from cnncalc.exporting.drawing.layout.placed import PlacedDrawing
    from cnncalc.spec.reader import Spec


def laid_out(spec: Spec, foot: Foot = NO_FOOT) -> PlacedDrawing:
    """The drawing of a model with every group closed; each holds the drawing of what is in it."""
    with collector_waiting():
        whole = model_contents(spec)
        add_edges(whole, spec.graph)
        return placed_drawing(whole, foot)
