"""Batch normalisation folded into the convolution before it: the same function in fewer passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from cnncalc.forward.convolution import Array
from cnncalc.forward.executor import Weights
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, rebuilt
from cnncalc.layers.base import Layer


def fused(graph: Graph, weights: Weights) -> tuple[Graph, dict[str, Mapping[str, Array]]]:
    """A graph without the batch norms that only follow a convolution or dense layer, and weights that do their work.

    A layer that is read elsewhere too, or shares its weights, stays as it is. The new layers have the names of the
    convolutions; nothing that was given is changed.
    """
    arrays = dict(weights)
    replaced: dict[Node, Layer | None] = {}
    for norm in _foldable(graph):
        before = norm.inputs[0]
        assert before.layer is not None
        replaced |= {before: before.layer.with_settings(bias=True), norm: None}
        arrays[before.name] = _folded(norm, weights)
        del arrays[norm.name]
    return rebuilt(graph, Change(replaced=replaced)).graph, arrays


def _foldable(graph: Graph) -> set[Node]:
    """The batch norms that are the only readers of a layer with a kernel of its own."""
    readers = Counter(source for node in graph.nodes for source in set(node.inputs))
    readers.update(graph.output_nodes)
    sharing = {each for node in graph.nodes if node.shares for each in (node, node.shares)}
    return {
        node
        for node in graph.nodes
        if node.kind == "batch_norm"
        and _kernel_array(node.inputs[0])
        and readers[node.inputs[0]] == 1
        and not {node, node.inputs[0]} & sharing
    }


def _kernel_array(node: Node) -> str:
    """The array of a layer whose last axis is its output channels, "" where it has none."""
    return node.layer.kernel_array if node.layer else ""


def _folded(norm: Node, weights: Weights) -> dict[str, Array]:
    """The weights of the layer before a norm, with the norm's factors and offsets in them."""
    before, own = weights[norm.inputs[0].name], weights[norm.name]
    factor = 1 / np.sqrt(own["variance"] + own["variance"].dtype.type(norm.layer.epsilon))  # type: ignore[union-attr]
    factor = factor * own.get("scale", 1)
    array = _kernel_array(norm.inputs[0])
    kernel = before[array]
    bias = (before.get("bias", 0) - own["mean"]) * factor + own.get("center", 0)
    folded = {array: kernel * factor, "bias": bias}
    return {**before, **{name: array.astype(kernel.dtype, copy=False) for name, array in folded.items()}}
