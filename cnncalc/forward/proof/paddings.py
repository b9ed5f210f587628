"""A graph whose paddings are those of the definitions: what `same` and `causal` stand for is not taken as given."""

from __future__ import annotations

from typing import Any

from cnncalc.forward.proof.reference.axes import paddings
from cnncalc.forward.proof.reference.windows import ConvTranspose
from cnncalc.forward.proof.values import definition
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, rebuilt
from cnncalc.layers.base import Layer
from cnncalc.spec.settings import Padding


def by_definition(graph: Graph, convention: str, layout: str) -> Graph:
    """The same graph, with each padding that was written as a rule worked out by its definition."""
    replaced: dict[Node, Layer | None] = {}
    for node in graph.nodes:
        layer: Any = node.layer
        rule = getattr(getattr(layer, "padding", None), "rule", "")
        if rule:
            pairs = Padding.by(rule, tuple(_pairs(node, convention, layout)))
            replaced[node] = layer.with_settings(padding=pairs)
    return rebuilt(graph, Change(replaced=replaced)).graph


def _pairs(node: Node, convention: str, layout: str) -> list[tuple[int, int]]:
    layer: Any = node.layer
    x = node.inputs[0].output
    kind = definition(node, [x], layer.as_read, convention, layout)
    if isinstance(kind, ConvTranspose):
        # what is cut off after the output follows from its size
        return [(cut, after) for cut, (_, after) in zip(kind.cut, layer.padding, strict=True)]
    window = vars(layer).get("window") or layer.kernel
    dilation = vars(layer).get("dilation") or (1,) * len(window)
    return paddings(layer.padding, convention, x.spatial, window, layer.stride, dilation)
