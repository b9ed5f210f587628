"""The layer graph, and the one way to make a changed copy of it."""

from cnncalc.graph.graph import (
    MAX_VALUES,
    NOTHING_READ,
    Entry,
    Graph,
    Node,
    Rules,
    fitted,
    input_node,
    misfits,
    output_shape,
    place,
    wrong_input,
)

__all__ = [
    "MAX_VALUES",
    "NOTHING_READ",
    "Entry",
    "Graph",
    "Node",
    "Rules",
    "fitted",
    "input_node",
    "misfits",
    "output_shape",
    "place",
    "wrong_input",
]
