"""A graph whose paddings are those of the definitions: what `same` and `causal` stand for is not taken as given."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.forward.proof.values import definition
from cnncalc.graph import Graph, Node
from cnncalc.spec.settings import Padding


def by_definition(graph: Graph, convention: str, layout: str) -> Graph:
    """The same graph, with each padding that was written as a rule worked out by its definition."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes:
        assert node.layer is not None
        worked_out = dict(_worked_out(node, convention, layout))
        layer = node.layer.with_settings(**worked_out) if worked_out else node.layer
        new[node] = Node(node.name, node.kind, layer, tuple(new[source] for source in node.inputs), node.output)
    ends = {name: new[node] for name, node in graph.ends.items()}
    return Graph(graph.inputs, [new[node] for node in graph.nodes], graph.entries, ends, graph.outputs)


def _worked_out(node: Node, convention: str, layout: str) -> Iterator[tuple[str, Padding]]:
    """The settings that are paddings written as a rule, by the definition."""
    assert node.layer is not None
    for name, value in vars(node.layer).items():
        if isinstance(value, Padding) and value.rule:
            inputs = [source.output for source in node.inputs]
            pairs = definition(node, inputs, node.layer.as_read, convention, layout).borders()
            yield name, Padding.by(value.rule, tuple(pairs))
