"""A graph whose paddings follow the definitions: the analysis's own `same` and `causal` are not relied on."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.forward.proof.small_layers import definition
from cnncalc.graph import Graph, Node, Rules
from cnncalc.graph.rebuild import Change, rebuilt
from cnncalc.layers.base import Layer
from cnncalc.settings.shape import Padding


def by_definition(graph: Graph, rules: Rules) -> Graph:
    """The same graph, with each padding that was written as a rule calculated by its definition."""
    replaced: dict[Node, Layer | None] = {}
    for node in graph.nodes:
        assert node.layer is not None
        if worked_out := dict(_worked_out(node, rules)):
            replaced[node] = node.layer.with_settings(**worked_out)
    return rebuilt(graph, Change(replaced=replaced)).graph


def _worked_out(node: Node, rules: Rules) -> Iterator[tuple[str, Padding]]:
    """The settings that are paddings written as a rule, calculated by the definition."""
    assert node.layer is not None
    for name, value in vars(node.layer).items():
        if isinstance(value, Padding) and value.rule:
            inputs = node.input_shapes
            pairs = definition(node, inputs, node.layer.as_read, rules).borders()
            yield name, Padding.by(value.rule, tuple(pairs))
