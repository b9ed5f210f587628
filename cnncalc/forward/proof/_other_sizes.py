"""The network for inputs of other sizes: smaller along the axes that do not matter, larger along the one that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from cnncalc.forward.proof._one_channel import turns_axes
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, DoesNotFit, checked, rebuilt
from cnncalc.layers.base import Layer
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.size_of import Factors
from cnncalc.settings.types import Sizes


def shrunk(graph: Graph, source: str, axis: int) -> Graph:
    """The graph with as few positions as its layers allow along all axes of its inputs but one.

    That is one if windows may be one position wide along these axes.
    """
    if _input(graph, source).output.is_vector or any(map(_turns_axes, graph.nodes)):
        return graph
    if found := _narrow(graph, axis):
        return found
    most = max(n for node in graph.inputs for n in node.output.spatial)
    for few in range(1, most):
        found = resized(graph, _at_most(few, axis))
        if found:
            return found
    return graph


def _narrow(graph: Graph, axis: int) -> Graph | None:
    """The graph with one position along all axes but one, and windows that read and move by one along them.

    None if a layer does not fit, or if this changes the sizes along the axis itself.
    """
    layers = {node: _one_wide(node.layer, axis) for node in graph.nodes if node.layer}
    found = resized(graph, _at_most(1, axis), layers)
    return found if found and all(map(partial(_is_as_long, axis), found.nodes, graph.nodes)) else None


def _turns_axes(node: Node) -> bool:
    """Whether places along several axes decide together what is seen along one of them: then all are needed."""
    return node.layer is not None and turns_axes(node.layer, node.x)


def _is_as_long(axis: int, one: Node, other: Node) -> bool:
    return one.output.spatial[axis : axis + 1] == other.output.spatial[axis : axis + 1]


def _one_wide(layer: Layer, axis: int) -> Layer:
    """The layer as it is along an axis; along the others it reads and makes one position, without a border."""
    narrow: dict[str, Any] = {}
    for name, value in vars(layer).items():
        declared = layer.settings.get(name)
        if isinstance(value, Padding):
            narrow[name] = Padding.by(value.rule, tuple(p if at == axis else (0, 0) for at, p in enumerate(value)))
        elif value and declared and isinstance(declared.type, Sizes | Factors):
            least = declared.type.low  # of a window or a stride 1, of an output padding 0
            narrow[name] = tuple(n if at == axis else least for at, n in enumerate(value))
    return layer.with_settings(**narrow) if narrow else layer


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


def resized(
    graph: Graph, size: Callable[[int, int | None], int], replaced: Mapping[Node, Layer] | None = None
) -> Graph | None:
    """The graph for other inputs: `size` maps a size and its axis (None for the length of a vector) to a new size.

    None if a layer does not fit.
    """
    inputs = {node: _resized(node.output, size) for node in graph.inputs}
    try:
        return rebuilt(graph, Change(inputs, replaced or {}), checked).graph
    except DoesNotFit:
        return None


def _resized(shape: Shape, size: Callable[[int, int | None], int]) -> Shape:
    if shape.is_vector:
        return Shape((), size(shape.channels, None))
    return Shape(tuple(size(n, axis) for axis, n in enumerate(shape.spatial)), shape.channels)
