"""Runs a graph: each layer on the arrays of those that it reads; each array is released after its last use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.engines.freed_memory import keep_freed_memory
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import NO_INPUT
from cnncalc.named_tuple import NamedTuple

Weights = Mapping[str, Mapping[str, Array]]
"""The arrays of each layer that has any: layer → name → array."""


class Step(NamedTuple):
    """One layer that has run.

    Attributes:
        output: (batch, *positions, channels).
        macs: multiply-adds of its products.
    """

    node: Node
    output: Array
    macs: int
    overflowed: bool = False
    """Whether a number overflowed on the way, which the output need not show: a norm may divide by infinity."""


def steps(graph: Graph, inputs: Mapping[str, Array], weights: Weights, arrays: Arrays) -> Iterator[Step]:
    """Runs the layers in their order; `inputs` are (batch, *positions, channels), by name.

    An array is released once the last layer that reads it has run; keeping a `Step` keeps its output.
    """
    keep_freed_memory()
    uses = reader_counts(graph)
    alive: dict[Node, Array] = {node: inputs[node.name] for node in graph.inputs if node in uses}
    nothing = np.empty((len(next(iter(inputs.values()))), NO_INPUT.channels))
    del inputs
    for node in graph.nodes:
        before = arrays.macs
        overflows: list[str] = []
        sources = [alive[source] for source in node.inputs] or [nothing]
        alive[node] = run_layer(node, sources, weights, arrays, overflows)
        del sources
        macs = arrays.macs - before
        # a product's overflow shows in its output, and not every BLAS library leaves the signal reliable
        yield Step(node, alive[node], macs, bool(overflows) and not macs)
        for source in set(node.inputs):
            uses[source] -= 1
            if not uses[source]:
                del alive[source]
        if node not in uses:
            del alive[node]  # nobody reads it


def reader_counts(graph: Graph) -> dict[Node, int]:
    """How many read each layer, counting the caller for outputs."""
    uses: dict[Node, int] = {}
    for node in graph.nodes:
        for source in set(node.inputs):
            uses[source] = uses.get(source, 0) + 1
    for node in graph.output_nodes:
        uses[node] = uses.get(node, 0) + 1
    return uses


def run_layer(
    node: Node, sources: list[Array], weights: Weights, arrays: Arrays, overflows: list[str] | None = None
) -> Array:
    """The output of one layer: a contiguous array of its own, even if the layer only passes its input on.

    Args:
        overflows: gets an entry if NumPy signals an overflow; nothing is printed or raised.
    """
    layer = node.layer
    assert layer is not None
    own = weights.get(owner(node).name, {})
    if node.rules:
        arrays = arrays.in_order(node.rules.order)
    seen = [] if overflows is None else overflows
    with np.errstate(all="ignore", over="call", call=lambda kind, _: seen.append(kind)):
        # ids stay as they are, exact whatever type the network is run in; all other kinds compute in that type
        if not layer.keeps_ids() and layer.ids() is None:
            sources = [source.astype(arrays.dtype, copy=False) for source in sources]
        output: Array = layer.run(arrays, sources if layer.is_merge or layer.also_reads else sources[0], own)
        if output.dtype.kind == "f":  # in NumPy 1 a number too large for float16 makes the result float32
            output = output.astype(arrays.dtype, copy=False)
    if any(np.may_share_memory(output, source) for source in sources):
        return output.copy()
    return arrays.in_one_piece(output)


def owner(node: Node) -> Node:
    """The layer whose weights this one uses: itself, unless it shares."""
    while node.shares:
        node = node.shares
    return node
