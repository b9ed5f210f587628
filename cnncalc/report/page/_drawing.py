"""The graph with every group closed, which stands without JavaScript; drawn as `web/src/graph/painting.ts` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.layout import OUTSIDE, edge_points, text_lines
from cnncalc.exporting.drawing.svg import path_data
from cnncalc.report.formats.html import html_escaped
from cnncalc.report.page._context import FOOT
from cnncalc.report.page._graph import box_numbers, family_key, params_note

if TYPE_CHECKING:
    from cnncalc.exporting.drawing.layout import PlacedBox, PlacedDrawing
    from cnncalc.report.page._context import PageModel

_MARGIN = 14
_CARD = 4
_ARROW = "m-3.5 -6l3.5 6l3.5 -6"


def drawing_html(model: PageModel) -> Iterator[str]:
    """The element, piece by piece."""
    drawing = model.drawing
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    size = f'width="{width:g}" height="{height:g}" viewBox="{-_MARGIN} {-_MARGIN} {width:g} {height:g}"'
    label = html_escaped(f"Graph of {model.spec.name}")
    yield f'<div class="viewport"><svg role="img" aria-label="{label}" {size}>'
    yield from _edges(drawing)
    for box in drawing.boxes:
        yield from _box(model, box)
    yield "</svg></div>"


def _edges(drawing: PlacedDrawing) -> Iterator[str]:
    for is_size_alone, name in ((False, "edges"), (True, "edges size-alone")):
        edges = [edge for edge in drawing.edges if edge.is_size_alone == is_size_alone]
        ways = [path_data(list(edge_points(drawing, edge))) + _ARROW * (edge.target != OUTSIDE) for edge in edges]
        if ways:
            yield f'<path class="{name}" d="{"".join(ways)}"/>'


def _box(model: PageModel, box: PlacedBox) -> Iterator[str]:
    group, output = " group" * bool(box.inside), " output" * box.is_output
    place = f"translate({box.x - box.w / 2:g} {box.y - box.h / 2:g})"
    yield f'<g class="box family-{family_key(box)}{group}{output}" transform="{place}">'
    yield f"<title>{html_escaped(box.title)}</title>"
    for behind in range(min(box.times - 1, 2), 0, -1):
        yield _card(box, behind * _CARD, "card behind")
    yield _card(box, 0, "card")
    values = box_numbers(model, box)
    middle = (box.h - (FOOT.height if values else 0)) / 2
    for below, text, what in text_lines(box):
        yield _text(box, middle + below, text, what)
    if values:
        yield _text(box, box.h - FOOT.height + 4, params_note(values), "note")
    yield "</g>"


def _card(box: PlacedBox, offset: int, name: str) -> str:
    return f'<rect class="{name}" x="{offset}" y="{offset}" width="{box.w:g}" height="{box.h:g}" rx="6"/>'


def _text(box: PlacedBox, y: float, text: str, what: str) -> str:
    return f'<text class="{what}" x="{box.w / 2:g}" y="{y:g}">{html_escaped(text)}</text>'
