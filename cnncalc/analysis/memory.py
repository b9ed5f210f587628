"""Memory of activations: what is alive at each moment of the forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node


def peak_memory(graph: Graph) -> tuple[int, Node | None]:
    """The largest number of values alive at the same time, and the layer during which they are.

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
    peak, peak_at = 0, None
    for node in graph.nodes:
        alive += node.output.values
        if alive > peak:
            peak, peak_at = alive, node
        for source in set(node.inputs):
            if last_use[source] is node:
                alive -= source.output.values
        if node not in last_use:
            alive -= node.output.values  # nobody reads it
    return peak, peak_at
