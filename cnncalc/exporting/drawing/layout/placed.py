"""A drawing in which everything has its place: a tree, as what is inside a closed box is a drawing of its own.

Lengths are px of CSS; the top left of each drawing is 0, 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.graph import Node

HEAD = 28
"""The height of the bar with the name of an open group."""
SIDE = 14
"""What is free at the left and right in the frame of an open group."""
MARGIN = 8
"""What is free around boxes: no other edge comes closer. Rows go so far above and below their highest boxes."""
PAD, LINE_HEIGHT = 6, 16
"""What is free above and below the text of a box, and the height of its lines."""
NAME_SIZE, TEXT_SIZE = 13, 12
"""Sizes of the letters of names, which are bold, and of everything else."""

OUTSIDE, NO_PORT = -1, -1
"""In the place of a box and of a port."""


class Foot(NamedTuple):
    """What is free in each box below its text, for something else; inputs of the model have nothing there."""

    width: float
    height: float


NO_FOOT = Foot(0, 0)


class PlacedBox(NamedTuple):
    """An entry, or several equal ones.

    Attributes:
        x: where its centre is.
        y: where its centre is.
        w: how wide it is.
        h: how high it is.
        row: which of the drawing's rows it is in.
        name: its name as it is written in it, without what the boxes around it say.
        lines: what it is, broken into lines.
        shape: the shape of what it gives, in the order that the spec shows.
        title: all of it in full, on one line.
        role: one of `entries.ROLES`.
        is_output: whether its values leave the model.
        times: of how many equal copies it is the first.
        nodes: the layers in it, those of the first copy.
        copies: the layers of the other copies, its own and those in other copies of a box around it, each in the same
            order.
        inside: what is in it; None for a layer.
        is_open: whether that is shown in its place.
    """

    x: float
    y: float
    w: float
    h: float
    row: int
    name: str
    lines: tuple[str, ...]
    shape: str
    title: str
    role: str
    is_output: bool
    times: int
    nodes: tuple[Node, ...]
    copies: tuple[tuple[Node, ...], ...]
    inside: PlacedDrawing | None
    is_open: bool = False


class PlacedEdge(NamedTuple):
    """What one box gives, another reads.

    Attributes:
        source: the box that it leaves; `OUTSIDE` if it comes in through the drawing's upper border.
        source_port: at which of the source's `outs`, or of the drawing's `ins`; `NO_PORT` for a layer.
        target: the box that it ends in; `OUTSIDE` if it goes out through the drawing's lower border.
        target_port: at which of the target's `ins`, or of the drawing's `outs`; `NO_PORT` for a layer.
        leaves: how far right of the source's centre it begins.
        enters: how far right of the target's centre it ends.
        lanes: where it runs beside the boxes of each row between the two.
        is_size_alone: whether only its size is read, not its values.
    """

    source: int
    source_port: int
    target: int
    target_port: int
    leaves: float
    enters: float
    lanes: tuple[float, ...]
    is_size_alone: bool


class PlacedDrawing(NamedTuple):
    """Boxes in rows. Between two rows, edges go from one side to another; beside boxes they are vertical.

    Attributes:
        rows: where each row begins and ends.
        boxes: in the order of the spec.
        ins: where something comes in through the upper border.
        outs: where something goes out through the lower border.
    """

    width: float
    height: float
    rows: tuple[tuple[float, float], ...]
    boxes: tuple[PlacedBox, ...]
    edges: tuple[PlacedEdge, ...]
    ins: tuple[float, ...] = ()
    outs: tuple[float, ...] = ()


def edge_points(drawing: PlacedDrawing, edge: PlacedEdge) -> Iterator[tuple[float, float]]:
    """Where an edge goes: straight down between points with the same x, otherwise in a curve that is vertical at both.

    The control points of the curve, a cubic one, are at half its height.
    """
    first = 0
    if edge.source == OUTSIDE:
        yield drawing.ins[edge.source_port], 0
    else:
        box = drawing.boxes[edge.source]
        first = box.row + 1
        yield box.x + edge.leaves, box.y + box.h / 2
        yield box.x + edge.leaves, drawing.rows[box.row][1]
    for row, x in enumerate(edge.lanes, first):
        yield x, drawing.rows[row][0]
        yield x, drawing.rows[row][1]
    if edge.target == OUTSIDE:
        yield drawing.outs[edge.target_port], drawing.height
    else:
        box = drawing.boxes[edge.target]
        yield box.x + edge.enters, drawing.rows[box.row][0]
        yield box.x + edge.enters, box.y - box.h / 2


def text_lines(box: PlacedBox) -> Iterator[tuple[float, str, str]]:
    """What is written in a closed box, centred: how far below its centre the baseline is, the text, and what it is: its
    `name`, a `line`, its `shape`."""
    texts = [(box.name, "name"), *((line, "line") for line in box.lines), (box.shape, "shape")]
    texts = [(text, what) for text, what in texts if text]
    for index, (text, what) in enumerate(texts):
        yield LINE_HEIGHT * (index - len(texts) / 2 + 0.75), text, what
