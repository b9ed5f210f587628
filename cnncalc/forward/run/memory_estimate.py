"""How much memory running a model takes: its weights, what is alive at each layer, and what that layer works with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.forward.engines.convolution import MAX_BUFFER
from cnncalc.forward.engines.meta_arrays import MetaArrays
from cnncalc.forward.run.executor import owner, reader_counts, run_layer
from cnncalc.forward.run.input_data import vocabularies
from cnncalc.forward.run.weights import learned
from cnncalc.graph import NOTHING_READ
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node


class Use(NamedTuple):
    """What a run is for, as far as that takes memory.

    Attributes:
        batch: samples.
        kept: layers whose outputs stay until the end, besides the model's outputs.
        is_shown: whether statistics of what stays are calculated at the end, in float64.
        is_summed_up: whether those of every output are calculated while the layers run.
        shifts: whether two runs take place at the same time and are compared.
        fuses: whether batch norms are folded into the weights, of which there are two sets in the meantime.
        traced: the layer that the run is for: its input, its output and its weights are copied in float64.
        reading: bytes for each number of an array of weights while it is read from a file.
        keeps_inputs: whether the inputs stay until the end.
    """

    batch: int = 1
    kept: Collection[Node] = ()
    is_shown: bool = False
    is_summed_up: bool = False
    shifts: bool = False
    fuses: bool = False
    traced: Node | None = None
    reading: int = 0
    keeps_inputs: bool = True


ONCE = Use()
COMPARED = 28
"""Bytes that the comparison of two values in different runs takes."""


class MemoryEstimate(NamedTuple):
    """The most bytes in use at any moment.

    Attributes:
        parameters: of all weights.
        activations: of the inputs and outputs alive at that moment.
        work: everything else.
    """

    parameters: int
    activations: int
    work: int

    @property
    def total(self) -> int:
        return sum(self)


class LayerNeed(NamedTuple):
    """What a layer allocates while it runs, in bytes, its output included; and the type of its output."""

    allocated: int
    dtype: np.dtype[Any]


def estimated_memory(graph: Graph, layout: str, dtype: str, use: Use = ONCE) -> MemoryEstimate:
    """The memory for preparing and running a model, before anything is allocated.

    Args:
        layout: the order in which values are flattened.
        dtype: the type of the numbers.
    """
    item = np.dtype(dtype).itemsize
    arrays = [(node, prod(weight.shape)) for node, _, weight in learned(graph)]
    needs = _Needs(graph, layout, dtype, use.batch)
    inputs = sum(map(needs.size, graph.inputs))
    drawing = 0 if dtype == "float32" else 4  # numbers are drawn in float32
    moments = [(inputs, max(use.reading, drawing) * max((count for _, count in arrays), default=0))]
    if use.fuses:
        kernels = [count for node, count in arrays if node.layer and node.layer.kernel_array]
        moments.append((inputs, item * sum(kernels) + max(4, item) * max(kernels, default=0)))
    moments += _moments(graph, needs, use)
    if use.traced:
        own = sum(count for node, count in arrays if node is owner(use.traced))
        values = use.traced.output.values + use.traced.x.values
        moments.append((inputs + values * item, 8 * (values + own)))
    activations, work = max(moments, key=sum)
    return MemoryEstimate(item * sum(count for _, count in arrays), activations, work + MAX_BUFFER)


def _moments(graph: Graph, needs: _Needs, use: Use) -> Iterator[tuple[int, int]]:
    """For each layer, the bytes of the outputs alive when it is done, and what else there is while it runs or after."""
    readers, kept = reader_counts(graph), {*use.kept, *(graph.inputs if use.keeps_inputs else ())}
    runs = 2 if use.shifts else 1
    after = COMPARED if use.shifts else 8 if use.is_summed_up else 1
    alive = {node: needs.size(node) for node in graph.inputs if node in kept or node in readers}
    held = sum(alive.values())
    for node in graph.nodes:
        work = needs.of(node).allocated - needs.size(node)
        alive[node] = needs.size(node)
        held += alive[node]
        yield runs * held, max(work, after * use.batch * node.output.values)
        for source in {*node.inputs}:
            readers[source] -= 1
        for each in {node, *node.inputs}:
            if not readers.get(each) and each not in kept:
                held -= alive.pop(each)
    if use.is_shown:
        yield held, 8 * max(node.output.values for node in alive)


class _Needs:
    """What the layers of a graph allocate; layers with equal settings and inputs are run once."""

    def __init__(self, graph: Graph, layout: str, dtype: str, batch: int) -> None:
        self._layout, self._dtype, self._batch = layout, dtype, batch
        ids = vocabularies(graph)
        self._types = {node: np.dtype(np.float64 if node in ids else dtype) for node in (*graph.inputs, NOTHING_READ)}
        self._known: dict[Any, LayerNeed] = {}

    def of(self, node: Node) -> LayerNeed:
        """What a layer needs; asked in the order in which layers run."""
        types = [self._types[source] for source in node.inputs or (NOTHING_READ,)]
        key = node.layer, node.input_shapes, tuple(types)
        if key not in self._known:
            self._known[key] = layer_need(node, self._layout, self._dtype, self._batch, types)
        self._types[node] = self._known[key].dtype
        return self._known[key]

    def size(self, node: Node) -> int:
        """Bytes of the output of an input, or of a layer that was asked for."""
        return self._types[node].itemsize * self._batch * node.output.values


def layer_need(node: Node, layout: str, dtype: str, batch: int, types: Sequence[np.dtype[Any]]) -> LayerNeed:
    """Runs a layer on arrays without values, whose types are given."""
    arrays = MetaArrays(layout, dtype)
    sizes = [(batch, *shape.sizes("channels_last")) for shape in node.input_shapes]
    sources: Any = list(map(arrays.array, sizes, types))
    own = owner(node)
    weights: Any = {own.name: {name: arrays.array(weight.shape) for name, weight in own.weights.items()}}
    before = arrays.heap.peak = arrays.heap.held
    output = run_layer(node, sources, weights, arrays)
    return LayerNeed(arrays.heap.peak - before, output.dtype)
