"""Drawings laid out: everything has its place, closed boxes hold drawings, and can be opened where they are.

drawing = laid_out(spec)
opened(drawing, lambda path: len(path) < 2)
"""

from cnncalc.exporting.drawing.layout._whole import laid_out
from cnncalc.exporting.drawing.layout.opening import opened
from cnncalc.exporting.drawing.layout.placed import (
    HEAD,
    LINE_HEIGHT,
    MARGIN,
    NAME_SIZE,
    OUTSIDE,
    SIDE,
    TEXT_SIZE,
    Foot,
    PlacedBox,
    PlacedDrawing,
    PlacedEdge,
    edge_points,
    text_lines,
)
from cnncalc.exporting.drawing.layout.text_width import FONT, helvetica_width, shortened

__all__ = [
    "FONT",
    "HEAD",
    "LINE_HEIGHT",
    "MARGIN",
    "NAME_SIZE",
    "OUTSIDE",
    "SIDE",
    "TEXT_SIZE",
    "Foot",
    "PlacedBox",
    "PlacedDrawing",
    "PlacedEdge",
    "edge_points",
    "helvetica_width",
    "laid_out",
    "opened",
    "shortened",
    "text_lines",
]
