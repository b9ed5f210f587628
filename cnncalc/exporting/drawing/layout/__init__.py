"""Drawings laid out: everything has its place, closed boxes hold drawings, and can be opened where they are.

drawing = laid_out(spec)
opened(drawing, lambda path: len(path) < 2)
"""

from cnncalc.exporting.drawing.layout._whole import laid_out
from cnncalc.exporting.drawing.layout.opening import opened
from cnncalc.exporting.drawing.layout.placed import (
    HEAD,
    MARGIN,
    LINE_HEIGHT,
    SIDE,
    Foot,
    PlacedBox,
    PlacedDrawing,
    PlacedEdge,
    box_paths,
    edge_points,
    text_lines,
)

__all__ = [
    "HEAD",
    "MARGIN",
    "LINE_HEIGHT",
    "SIDE",
    "Foot",
    "PlacedBox",
    "PlacedDrawing",
    "PlacedEdge",
    "box_paths",
    "edge_points",
    "laid_out",
    "opened",
    "text_lines",
]
