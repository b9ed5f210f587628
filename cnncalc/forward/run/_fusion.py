"""Batch normalisation folded into the convolution before it: the same function in fewer passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.executor import Weights
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, rebuilt
from cnncalc.layers.base import Layer


def fused(graph: Graph, weights: Weights) -> tuple[Graph, dict[str, Mapping[str, Array]]]:
    """A graph without the batch norms that directly follow a convolution or dense layer, and weights that include them.

    A layer that something else reads too, or that shares its weights, stays as it is. The new layers have the names of
    the convolutions; the arguments are not changed.
    """
    arrays = dict(weights)
    replaced: dict[Node, Layer | None] = {}
    for norm, per_channel in _foldable(graph, weights).items():
        before = norm.source
        assert before.layer is not None
        replaced |= {before: before.layer.with_settings(bias=True), norm: None}
        arrays[before.name] = _folded(before, weights[before.name], *per_channel)
        del arrays[norm.name]
    return rebuilt(graph, Change(replaced=replaced)).graph, arrays


def _foldable(graph: Graph, weights: Weights) -> dict[Node, tuple[Array, Array]]:
    """The layers that only multiply and add per channel, and are the only reader of one with its own kernel; their
    factors and offsets."""
    readers = Counter(source for node in graph.nodes for source in set(node.inputs))
    readers.update(graph.output_nodes)
    sharing = {each for node in graph.nodes if node.shares for each in (node, node.shares)}
    found = {}
    for node in graph.nodes:
        before = node.source
        if _takes_factors(before) and readers[before] == 1 and not {node, before} & sharing:
            assert node.layer is not None
            per_channel = node.layer.per_channel(np, weights.get(node.name, {}))
            if per_channel is not None:
                found[node] = per_channel
    return found


def _takes_factors(node: Node) -> bool:
    """Whether its weights can absorb factors and offsets of its output: it has a kernel, which it uses as it is, and
    may have a bias."""
    layer = node.layer
    return layer is not None and bool(layer.kernel_array) and "bias" in layer.settings and not layer.prepares_kernel


def _kernel_array(node: Node) -> str:
    """The array of a layer whose last axis is its output channels, "" if it has none."""
    return node.layer.kernel_array if node.layer else ""


def _folded(layer: Node, own: Mapping[str, Array], factor: Array, offset: Array) -> dict[str, Array]:
    """The weights of a layer, including a factor and an offset per output channel."""
    array = _kernel_array(layer)
    kernel = own[array]
    folded = {array: kernel * factor, "bias": own.get("bias", 0) * factor + offset}
    return {**own, **{name: values.astype(kernel.dtype, copy=False) for name, values in folded.items()}}
