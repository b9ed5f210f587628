"""The edges of each drawing of a model, and the ports through which they go in and out of closed boxes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.layout.placed import NO_PORT, OUTSIDE

if TYPE_CHECKING:
    from cnncalc.exporting.drawing.layout._contents import Content, End
    from cnncalc.graph import Graph

Place = tuple["Content", int]
"""A box, and which of its instances."""


def add_edges(whole: Content, graph: Graph) -> None:
    """Gives each drawing its edges. What a box reads from several layers of another are several edges, unless it is a
    single layer that reads them."""
    places = {
        node: (leaf, index) for leaf in _leaves(whole) for index, nodes in enumerate(leaf.instances) for node in nodes
    }
    for node in graph.nodes:
        for source in node.inputs:
            _connect(places[source], places[node], is_size_alone=False)
        if node.like:
            _connect(places[node.like], places[node], is_size_alone=True)


def _leaves(content: Content) -> Iterator[Content]:
    if not content.inside:
        yield content
    for each in content.inside:
        yield from _leaves(each)


def _way(place: Place) -> list[Place]:
    """The box and those around it, the outermost first."""
    content, instance = place
    way = [place]
    while content.around:
        instance //= content.times
        content = content.around
        way.append((content, instance))
    way.reverse()
    return way


def _connect(source: Place, target: Place, is_size_alone: bool) -> None:
    """An edge in the drawing that has both boxes, to it from inside the one, and from it into the other."""
    up, down = _way(source), _way(target)
    level = 0
    while up[level] == down[level]:
        level += 1
        if level == len(up) or level == len(down):
            return  # inside one layer
    if up[level][0] is down[level][0]:
        return  # from copy to copy of one box
    end: End = (up[-1][0].index, NO_PORT)
    for content, _ in reversed(up[level:-1]):
        port = content.outs.setdefault(end, len(content.outs))
        _add(content, end, (OUTSIDE, port), is_size_alone)
        end = (content.index, port)
    drawing = up[level - 1][0]
    for content, _ in down[level:-1]:
        port = content.ins.setdefault(end, len(content.ins))
        _add(drawing, end, (content.index, port), is_size_alone)
        drawing, end = content, (OUTSIDE, port)
    _add(drawing, end, (down[-1][0].index, NO_PORT), is_size_alone)


def _add(drawing: Content, source: End, target: End, is_size_alone: bool) -> None:
    edge = (source, target)
    drawing.edges[edge] = drawing.edges.get(edge, True) and is_size_alone
