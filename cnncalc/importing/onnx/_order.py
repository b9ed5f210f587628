"""The order of nodes: each after those that it reads."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.importing.onnx._call import Knowledge
from cnncalc.importing.onnx._messages import NodeMessage
from cnncalc.importing.onnx._wire import DAMAGED
from cnncalc.importing.operations import Tensor


def nodes_in_order(nodes: list[NodeMessage], names: Mapping[str, Tensor], ledger: Knowledge) -> list[NodeMessage]:
    """The nodes, each after those that it reads, as they should be in a file and nearly always are."""
    made: set[str] = set()
    makers = {name: node for node in nodes for name in node.outputs if name}
    for node in nodes:
        if any(name and name not in made and name in makers for name in node.inputs if name not in names):
            return _sorted(nodes, makers, names, ledger)
        made.update(node.outputs)
    return nodes


def _sorted(
    nodes: list[NodeMessage], makers: Mapping[str, NodeMessage], names: Mapping[str, Tensor], ledger: Knowledge
) -> list[NodeMessage]:
    readers: dict[int, list[NodeMessage]] = {node.index: [] for node in nodes}
    missing = {}
    for node in nodes:
        sources = {makers[name].index for name in node.inputs if name in makers and name not in names}
        missing[node.index] = len(sources)
        for index in sources:
            readers[index].append(node)
    ready = [node for node in nodes if not missing[node.index]]
    for node in ready:
        for reader in readers[node.index]:
            missing[reader.index] -= 1
            if not missing[reader.index]:
                ready.append(reader)
    if len(ready) < len(nodes):
        node = next(node for node in nodes if missing[node.index])
        place = f'node {node.index} ({node.operator}, "{node.name}")'
        ledger.refuse("CNN150", place, "it reads what is made of its own output: the graph has a cycle", DAMAGED)
    return ready
