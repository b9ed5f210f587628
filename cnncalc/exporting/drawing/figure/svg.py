"""A figure as an SVG element for a page of HTML: the places that it has in a paper, in the colours of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import hypot

from cnncalc.exporting.drawing.figure.bodies import LINE, RADIUS, SLANT
from cnncalc.exporting.drawing.figure.legend import (
    COLOURS,
    HIGH,
    LEGEND,
    OUTPUT,
    ROOM_BELOW,
    SWATCH,
    TEXT_AT,
    legend_of,
    marks_outputs,
)
from cnncalc.exporting.drawing.figure.placing import PlacedFigure, PlacedLine, PlacedSlab, PlacedStack, Point

_MARGIN = 0.3
_LARGER = 1.3
"""Than in a paper: a screen is further away."""
_THIN, _THICK = 0.015, 0.05
"""Of outlines; thick ones are those of outputs."""
_ARROW, _HALF = 0.14, 0.05
"""How long the head of an arrow is, and half of how wide."""
_LETTERS = 0.22
"""The size of letters: as wide as in LaTeX, or narrower, in the usual fonts."""
_DESCENT = 0.08
"""How far the lowest line of a label is above its place."""


def figure_svg(drawn: PlacedFigure, texts: Mapping[str, str] = LEGEND) -> Iterator[str]:
    """A figure as an element `svg`, piece by piece. One that is wider than the page is made smaller.

    Args:
        texts: what the legend says of each look.
    """
    legend, wide = legend_of(drawn, texts)
    width, height = max(drawn.width, wide) + 2 * _MARGIN, drawn.height + 2 * _MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{-_MARGIN} {-_MARGIN} {width:.2f} {height:.2f}"'
        f' width="{_LARGER * width:.2f}cm" style="max-width: 100%; height: auto" font-family="system-ui, sans-serif"'
        f' font-size="{_LETTERS}" fill="currentColor" stroke="none" stroke-width="{_THIN}" stroke-linejoin="round">\n'
    )
    yield f"<title>{escape(drawn.figure.title)}</title>\n"
    marks = marks_outputs(drawn)
    for each in drawn.stacks:
        yield from _stack(each, marks and each.stack.is_output)
    for line in drawn.lines:
        yield from _line(line)
    for x, y in drawn.dots:
        yield f'<circle cx="{x:.2f}" cy="{-y:.2f}" r="0.035"/>\n'
    y = drawn.bottom - ROOM_BELOW
    for item in legend:
        corners = _rectangle(item.x, y - HIGH / 2, SWATCH, HIGH)
        yield _shape(corners, COLOURS.get(item.look, "FFFFFF"), item.look == OUTPUT)
        yield _text(item.text, item.x + TEXT_AT, y - 0.07, "start")
    yield "</svg>\n"


def _stack(placed: PlacedStack, is_marked: bool) -> Iterator[str]:
    for slab in placed.slabs:
        yield from _slab(slab, is_marked)
    x, y = placed.middle
    if placed.stack.is_merge:
        stroke = f'stroke="currentColor" stroke-width="{_THICK if is_marked else _THIN}"'
        yield f'<circle cx="{x:.2f}" cy="{-y:.2f}" r="{RADIUS}" fill="none" {stroke}/>\n'
        yield _text(placed.stack.sign, x, y - 0.07)
    x, y = placed.above_at
    for line, text in enumerate(placed.above, 1):
        yield _text(text, x, y + (len(placed.above) - line) * LINE)
    x, y = placed.below_at
    for line, text in enumerate(placed.below, 1):
        yield _text(text, x, y - line * LINE + 2 * _DESCENT)


def _slab(placed: PlacedSlab, is_marked: bool) -> Iterator[str]:
    colour = COLOURS[placed.slab.look]
    x, bottom, right = placed.x, placed.y - placed.height / 2, placed.x + placed.thickness
    top = bottom + placed.height
    across, up = placed.width * SLANT[0], placed.width * SLANT[1]
    front = _rectangle(x, bottom, placed.thickness, placed.height)
    if not placed.width:
        yield _shape(front, colour, is_marked)
        return
    yield _shape(front, _lighter(colour, 0.7), is_marked)
    over = ((x, top), (x + across, top + up), (right + across, top + up), (right, top))
    yield _shape(over, _lighter(colour, 0.4), is_marked)
    beside = ((right, bottom), (right + across, bottom + up), (right + across, top + up), (right, top))
    yield _shape(beside, colour, is_marked)


def _lighter(colour: str, share: float) -> str:
    """A colour mixed with white."""
    parts = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    return "".join(f"{round(255 - share * (255 - part)):02X}" for part in parts)


def _rectangle(x: float, y: float, width: float, height: float) -> Sequence[Point]:
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def _shape(corners: Sequence[Point], colour: str, is_marked: bool) -> str:
    width = f' stroke-width="{_THICK}"' if is_marked else ""
    return f'<polygon points="{_points(corners)}" fill="#{colour}" stroke="currentColor"{width}/>\n'


def _line(line: PlacedLine) -> Iterator[str]:
    dashes = ' stroke-dasharray="0.08 0.05"' if line.is_size_alone else ""
    yield f'<polyline points="{_points(line.points)}" fill="none" stroke="currentColor"{dashes}/>\n'
    (from_x, from_y), (x, y) = line.points[-2:]
    length = hypot(x - from_x, y - from_y) or 1.0
    along, across = (x - from_x) / length, (y - from_y) / length
    base_x, base_y = x - _ARROW * along, y - _ARROW * across
    sides = [(base_x - side * across, base_y + side * along) for side in (_HALF, -_HALF)]
    yield f'<polygon points="{_points(((x, y), *sides))}"/>\n'


def _text(text: str, x: float, y: float, anchor: str = "middle") -> str:
    return f'<text x="{x:.2f}" y="{-y:.2f}" text-anchor="{anchor}">{escape(text)}</text>\n' if text else ""


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.2f},{-y:.2f}" for x, y in points)
