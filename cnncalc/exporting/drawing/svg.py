"""A drawing as SVG, for documents: laid out here, so that it is the same wherever it is shown.

It needs no font, no script and nothing else from anywhere, and has other colours where pages are dark. What a box is,
its border says as well as its colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.entries import printed
from cnncalc.exporting.drawing.layout import (
    FONT,
    HEAD,
    MARGIN,
    NAME_SIZE,
    OUTSIDE,
    TEXT_SIZE,
    PlacedBox,
    PlacedDrawing,
    PlacedEdge,
    edge_points,
    helvetica_width,
    laid_out,
    opened,
    shortened,
    text_lines,
)
from cnncalc.exporting.exported import Exported

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.spec.reader import Spec

_STYLE = f"""\
.cnncalc {{ font: {TEXT_SIZE}px {FONT}; fill: #1f2328 }}
.cnncalc .name {{ font-size: {NAME_SIZE}px; font-weight: bold }}
.cnncalc .shape {{ fill: #4b535d }}
.cnncalc rect, .cnncalc path {{ fill: none; stroke: #57606a }}
.cnncalc path.arrow {{ fill: #57606a; stroke: none }}
.cnncalc rect.input {{ fill: #eaeef2 }}
.cnncalc rect.weighted {{ fill: #ddf4ff }}
.cnncalc rect.plain {{ fill: #ffffff; stroke-dasharray: 3 2 }}
.cnncalc rect.merge {{ fill: #fff8c5 }}
.cnncalc rect.block {{ fill: #dafbe1 }}
.cnncalc rect.output {{ stroke-width: 2.5 }}
.cnncalc rect.frame {{ stroke: #8c959f }}
.cnncalc .size {{ stroke-dasharray: 4 3 }}
@media (prefers-color-scheme: dark) {{
  .cnncalc {{ fill: #e6edf3 }}
  .cnncalc .shape {{ fill: #b6c2cf }}
  .cnncalc rect, .cnncalc path {{ stroke: #8b949e }}
  .cnncalc path.arrow {{ fill: #8b949e }}
  .cnncalc rect.input {{ fill: #2d333b }}
  .cnncalc rect.weighted {{ fill: #0c2d4d }}
  .cnncalc rect.plain {{ fill: #161b22 }}
  .cnncalc rect.merge {{ fill: #3b2f00 }}
  .cnncalc rect.block {{ fill: #0b3a1c }}
}}
"""
_CORNERS = {"input": 999, "weighted": 3, "plain": 3, "merge": 14, "block": 3}
"""The radius of a box's corners, by role."""
_BESIDE_HEAD = 10
_TITLE_HEIGHT, _TITLE_SIZE = 30, 14
_ARROW = 6
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def as_svg(spec: Spec, wishes: Wishes) -> Exported:
    """A model as an SVG document."""
    return Exported("".join(svg(spec, wishes.depth)))


def svg(spec: Spec, depth: int | None = None) -> Iterator[str]:
    """An SVG document of a model, in pieces.

    Args:
        depth: how many levels of the tree are shown, as in tables; None for all.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield from svg_element(spec, depth)


def svg_element(spec: Spec, depth: int | None = None) -> Iterator[str]:
    """The element `svg` of it, which may also stand in a page of HTML."""
    drawing = opened(laid_out(spec), lambda path: depth is None or len(path) < depth)
    title = printed(spec.name)
    width = max(drawing.width, helvetica_width(title, _TITLE_SIZE, True) + 2 * MARGIN)
    height = drawing.height + _TITLE_HEIGHT
    size = f'width="{_number(width)}" height="{_number(height)}" viewBox="0 0 {_number(width)} {_number(height)}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="cnncalc" role="img" {size}>\n'
    yield f"<title>{_escaped(title)}</title>\n<desc>{_escaped(_described(drawing))}</desc>\n"
    yield f"<style>\n{_STYLE}</style>\n"
    yield _text(width / 2, 20, title, "name", f' style="font-size: {_TITLE_SIZE}px"')
    yield from _drawing(drawing, (width - drawing.width) / 2, _TITLE_HEIGHT)
    yield "</svg>\n"


def _described(drawing: PlacedDrawing) -> str:
    """What can be seen, for those who cannot."""
    inputs = [box for box in drawing.boxes if box.role == "input"]
    others = len(drawing.boxes) - len(inputs)
    read = " and ".join(f"{box.name} {box.shape}" for box in inputs)
    return f"A graph of a network, from top to bottom: {read}, then {others:,} boxes."


def _drawing(drawing: PlacedDrawing, x: float, y: float) -> Iterator[str]:
    yield f'<g transform="translate({_number(x)} {_number(y)})">\n'
    for edge in drawing.edges:
        yield from _edge(drawing, edge)
    for box in drawing.boxes:
        yield from _frame(box) if box.is_open and box.inside else _box(box)
    yield "</g>\n"


def _box(box: PlacedBox) -> Iterator[str]:
    yield f"<g><title>{_escaped(box.title)}</title>\n"
    yield _rectangle(box, box.role)
    if box.inside:  # a second line inside the first: there is more in it
        yield _rectangle(box, "block", inset=3)
    for below, text, what in text_lines(box):
        yield _text(box.x, box.y + below, text, what)
    yield "</g>\n"


def _frame(box: PlacedBox) -> Iterator[str]:
    """An open group: a bar with its name, and what is inside below it."""
    inside = box.inside
    assert inside
    left, top = box.x - box.w / 2, box.y - box.h / 2
    yield f"<g><title>{_escaped(box.title)}</title>\n"
    yield _rectangle(box, "frame")
    yield _rectangle(box._replace(y=top + HEAD / 2, h=HEAD), "block")
    name_end = left + _BESIDE_HEAD + helvetica_width(box.name, NAME_SIZE, True) + 8
    words = shortened(" ".join(box.lines), max(int(left + box.w - _BESIDE_HEAD - name_end), 0))
    yield _text(left + _BESIDE_HEAD, top + 19, box.name, "name", "", "start")
    if words != "…":
        yield _text(name_end, top + 19, words, "line", "", "start")
    yield from _drawing(inside, box.x - inside.width / 2, top + HEAD)
    yield "</g>\n"


def _rectangle(box: PlacedBox, role: str, inset: int = 0) -> str:
    x, y, w, h = box.x - box.w / 2 + inset, box.y - box.h / 2 + inset, box.w - 2 * inset, box.h - 2 * inset
    place = f'x="{_number(x)}" y="{_number(y)}" width="{_number(w)}" height="{_number(h)}"'
    corners = _number(min(_CORNERS.get(role, 3), h / 2))
    output = " output" if box.is_output and not inset and role != "frame" else ""
    return f'<rect class="{role}{output}" {place} rx="{corners}"/>\n'


def _text(x: float, y: float, text: str, what: str, style: str = "", anchor: str = "middle") -> str:
    place = f'x="{_number(x)}" y="{_number(y)}"'
    return f'<text class="{what}"{style} {place} text-anchor="{anchor}">{_escaped(text)}</text>\n'


def _edge(drawing: PlacedDrawing, edge: PlacedEdge) -> Iterator[str]:
    points = list(edge_points(drawing, edge))
    (x, y) = points[-1]
    ends_here = edge.target != OUTSIDE
    if ends_here:
        points[-1] = (x, y - _ARROW)
    dashes = ' class="size"' if edge.is_size_alone else ""
    yield f'<path{dashes} d="{path_data(points)}"/>\n'
    if ends_here:
        yield f'<path class="arrow" d="M{_number(x - 4)} {_number(y - _ARROW - 1)}h8L{_number(x)} {_number(y)}z"/>\n'


def path_data(points: list[tuple[float, float]]) -> str:
    """Straight lines between points below each other, curves between others."""
    said = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if x != to_x:
            half = _number((y + to_y) / 2)
            said.append(f"C{_number(x)} {half} {_number(to_x)} {half} {_number(to_x)} {_number(to_y)}")
        elif said[-1].startswith("V"):
            said[-1] = f"V{_number(to_y)}"
        elif y != to_y:
            said.append(f"V{_number(to_y)}")
    return "".join(said)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
