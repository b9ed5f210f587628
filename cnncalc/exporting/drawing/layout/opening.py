"""Opening groups in their places: what is beside and below them moves away.

The page does the same in the browser, so this is the reference that it is tested against. Rows grow with their highest
box. Boxes and lanes that have the same x keep a common one, so that columns and edges stay straight, and no two
neighbours of a row come closer: then edges cross neither boxes nor, if they did not before, each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from cnncalc.exporting.drawing.layout.placed import (
    HEAD,
    MARGIN,
    NO_PORT,
    OUTSIDE,
    SIDE,
    PlacedBox,
    PlacedDrawing,
    PlacedEdge,
)

Path = tuple[int, ...]
"""A box: its index in the outermost drawing, in that of its inside, and so on."""


def opened(drawing: PlacedDrawing, is_open: Callable[[Path], bool], path: Path = ()) -> PlacedDrawing:
    """A drawing with groups opened in their places, from one in which all are closed.

    Args:
        is_open: whether the group with this path is to be open; it is asked for those that can be seen.
        path: that of the group that the drawing is in.
    """
    boxes = [_grown(box, is_open, (*path, index)) for index, box in enumerate(drawing.boxes)]
    shift, wider = _shifts(drawing, boxes)
    rows = _rows(drawing, boxes)
    moved = [box._replace(x=box.x + shift[box.x], y=sum(rows[box.row]) / 2) for box in boxes]
    return drawing._replace(
        width=drawing.width + wider,
        height=drawing.height + rows[-1][1] - drawing.rows[-1][1],
        rows=tuple(rows),
        boxes=tuple(moved),
        edges=tuple(_moved(edge, moved, shift) for edge in drawing.edges),
        ins=tuple(x + shift[x] for x in drawing.ins),
        outs=tuple(x + shift[x] for x in drawing.outs),
    )


def _grown(box: PlacedBox, is_open: Callable[[Path], bool], path: Path) -> PlacedBox:
    """A box as large as it is when it is open, if it is."""
    if not box.inside or not is_open(path):
        return box
    inside = opened(box.inside, is_open, path)
    width = inside.width + 2 * SIDE
    return box._replace(
        w=max(box.w, width + width % 2), h=max(box.h, HEAD + inside.height), inside=inside, is_open=True
    )


def _rows(drawing: PlacedDrawing, boxes: list[PlacedBox]) -> list[tuple[float, float]]:
    """Where rows begin and end: each is as much higher as the highest of its boxes needs."""
    grown = [0.0] * len(drawing.rows)
    for box in boxes:
        top, bottom = drawing.rows[box.row]
        grown[box.row] = max(grown[box.row], box.h + 2 * MARGIN - (bottom - top))
    rows, below = [], 0.0
    for (top, bottom), more in zip(drawing.rows, grown, strict=True):
        rows.append((top + below, bottom + below + more))
        below += more
    return rows


def _shifts(drawing: PlacedDrawing, boxes: list[PlacedBox]) -> tuple[dict[float, float], float]:
    """How far what is at an x moves to the right, and how much wider the drawing gets.

    What stands in a row is a chain, and so are the ports of a border. Two neighbours move apart by half of what each
    grows: from the left, this gives the least that each x moves, from the right the most. Between the two, each moves
    as near to half of all as those at its left allow, so that what is in the middle stays there.
    """
    chains = _chains(drawing, boxes)
    apart: dict[float, list[tuple[float, float]]] = defaultdict(list)  # x → its left neighbours, and how much further
    ends: dict[float, float] = {}  # x → how much further from both borders
    for chain in chains:
        for x, half in chain.items():
            ends[x] = max(ends.get(x, 0.0), half)
        for one, other in pairwise(sorted(chain)):
            apart[other].append((one, chain[one] + chain[other]))
    ordered = sorted(ends)
    least: dict[float, float] = {}
    for x in ordered:
        least[x] = max([ends[x], *(least[each] + more for each, more in apart[x])])
    wider = max((least[x] + ends[x] for x in ordered), default=0.0)
    most = {x: wider - ends[x] for x in ordered}
    for x in reversed(ordered):
        for each, more in apart[x]:
            most[each] = min(most[each], most[x] - more)
    shift: dict[float, float] = {}
    for x in ordered:
        wanted = min(wider // 2, most[x])
        shift[x] = max([wanted, ends[x], *(shift[each] + more for each, more in apart[x])])
    return shift, wider


def _chains(drawing: PlacedDrawing, boxes: list[PlacedBox]) -> list[dict[float, float]]:
    """What is side by side: where it is, with half of what it grows."""
    rows: list[dict[float, float]] = [{} for _ in drawing.rows]
    for before, box in zip(drawing.boxes, boxes, strict=True):
        rows[box.row][box.x] = (box.w - before.w) / 2
    for edge in drawing.edges:
        first = 0 if edge.source == OUTSIDE else boxes[edge.source].row + 1
        for row, x in enumerate(edge.lanes, first):
            rows[row].setdefault(x, 0.0)
    return [dict.fromkeys(drawing.ins, 0.0), *rows, dict.fromkeys(drawing.outs, 0.0)]


def _moved(edge: PlacedEdge, boxes: list[PlacedBox], shift: dict[float, float]) -> PlacedEdge:
    return edge._replace(
        leaves=_at_port(boxes, edge.source, edge.source_port, edge.leaves, is_out=True),
        enters=_at_port(boxes, edge.target, edge.target_port, edge.enters, is_out=False),
        lanes=tuple(x + shift[x] for x in edge.lanes),
    )


def _at_port(boxes: list[PlacedBox], index: int, port: int, closed: float, is_out: bool) -> float:
    """How far right of its centre an edge begins or ends at a box: at the port of an open one."""
    if index == OUTSIDE or port == NO_PORT or not (box := boxes[index]).is_open or box.inside is None:
        return closed
    return (box.inside.outs if is_out else box.inside.ins)[port] - box.inside.width / 2
