"""Memory of activations: what is alive at each moment of the forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node
    from cnncalc.settings.shape import Shape


def alive_values(graph: Graph) -> dict[Node, int]:
    """How many numbers are alive while each layer runs, those that it reads and writes included.

    Layers run in order. Each owns a new array (nothing is in place). A tensor, also an input, is alive until the last
    layer that reads it has run; the model's outputs stay alive.
    """
    last_use: dict[Node, Node | None] = {}
    for node in graph.nodes:
        for source in node.inputs:
            last_use[source] = node
    for node in graph.output_nodes:
        last_use[node] = None
    alive = sum(node.output.values for node in graph.inputs if node in last_use)
    found = {}
    values = sizes(graph)
    for node in graph.nodes:
        alive += values[node.output]
        found[node] = alive
        for source in {*node.inputs}:
            if last_use[source] is node:
                alive -= values[source.output]
        if node not in last_use:
            alive -= values[node.output]  # nobody reads it
    return found


def sizes(graph: Graph) -> dict[Shape, int]:
    """How many numbers a tensor of each shape in a graph has."""
    return {shape: shape.values for shape in {node.output for node in (*graph.inputs, *graph.nodes)}}


def peak_of(alive: dict[Node, int]) -> tuple[int, Node | None]:
    """The most numbers alive at once, and the first layer during which they are."""
    node = max(alive, key=alive.__getitem__, default=None)
    return (alive[node], node) if node else (0, None)
