"""The network for inputs of other sizes: smaller along the axes that do not matter, larger along the one that does."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, DoesNotFit, checked, rebuilt
from cnncalc.settings.shape import Shape


def shrunk(graph: Graph, source: str, axis: int) -> Graph:
    """The graph with as few positions as its layers allow along all axes of its inputs but one."""
    if _input(graph, source).output.is_vector:
        return graph
    most = max(n for node in graph.inputs for n in node.output.spatial)
    for few in range(1, most):
        found = resized(graph, _at_most(few, axis))
        if found:
            return found
    return graph


def _at_most(few: int, but: int) -> Callable[[int, int | None], int]:
    return lambda n, axis: n if axis is None or axis == but else min(n, few)


def longer(graph: Graph, source: str, axis: int, size: int) -> Graph | None:
    """The graph with `size` positions of an input along an axis; None if a layer does not fit."""
    own = _input(graph, source).output
    if own.is_vector:
        return resized(graph, lambda n, a: size if a is None and n == own.channels else n)
    growth = size - own.spatial[axis]
    return resized(graph, lambda n, a: max(n + growth, 1) if a == axis else n)


def _input(graph: Graph, name: str) -> Node:
    return next(node for node in graph.inputs if node.name == name)


def resized(graph: Graph, size: Callable[[int, int | None], int]) -> Graph | None:
    """The graph for other inputs: `size` maps a size and its axis (None for the length of a vector) to a new size.

    None if a layer does not fit.
    """
    inputs = {node: _resized(node.output, size) for node in graph.inputs}
    try:
        return rebuilt(graph, Change(inputs), checked).graph
    except DoesNotFit:
        return None


def _resized(shape: Shape, size: Callable[[int, int | None], int]) -> Shape:
    if shape.is_vector:
        return Shape((), size(shape.channels, None))
    return Shape(tuple(size(n, axis) for axis, n in enumerate(shape.spatial)), shape.channels)
