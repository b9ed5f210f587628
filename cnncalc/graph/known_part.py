"""The part of a graph of which all values can be calculated: what no opaque layer comes before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from cnncalc.graph.graph import Entry, Graph, Node
from cnncalc.named_tuple import NamedTuple


class KnownPart(NamedTuple):
    """The layers whose values can be calculated.

    Attributes:
        graph: these layers; the original if nothing is missing. If it lacks outputs, what the missing layers read are
            outputs as well.
        opaque: the opaque layers that are missing, unless another one is missing before them.
        missing: all layers that are missing, in order.
        after: how many of them come after those.
    """

    graph: Graph
    opaque: Sequence[Node] = ()
    missing: Sequence[Node] = ()
    after: int = 0


def known_part(graph: Graph) -> KnownPart:
    """The layers that read no opaque layer, directly or through others, nor use the weights of one that does."""
    missing: dict[Node, None] = {}
    opaque = []
    after = 0
    for node in graph.nodes:
        is_after = any(each in missing for each in node.inputs) or node.shares in missing
        assert node.layer is not None
        is_opaque = node.layer.is_opaque
        if is_after or is_opaque:
            missing[node] = None
            after += is_after
        if is_opaque and not is_after and not node.layer.is_further_output:
            opaque.append(node)
    return KnownPart(_without(graph, missing), opaque, list(missing), after) if missing else KnownPart(graph)


def _without(graph: Graph, missing: Collection[Node]) -> Graph:
    nodes = [node for node in graph.nodes if node not in missing]
    ends = {name: node for name, node in graph.ends.items() if node not in missing}
    outputs = [name for name in graph.outputs if name in ends]
    if len(outputs) < len(graph.outputs):
        read = {source.name: source for node in missing for source in node.inputs if source.layer}
        last = {name: node for name, node in read.items() if node not in missing}
        last = last or {node.name: node for node in nodes[-1:]}
        ends |= last
        outputs = list(dict.fromkeys([*outputs, *last]))
    return Graph(graph.inputs, nodes, list(_entries(graph.entries, missing)), ends, outputs)


def _entries(entries: Sequence[Entry], missing: Collection[Node]) -> Iterator[Entry]:
    """The entries in which something is left."""
    for entry in entries:
        nodes = [node for node in entry.nodes if node not in missing]
        children = list(_entries(entry.children, missing))
        passed_on = None if entry.passed_on in missing else entry.passed_on
        if nodes or children or passed_on:
            yield Entry(entry.name, entry.kind, entry.written, nodes, children, passed_on)
