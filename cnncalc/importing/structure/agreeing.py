"""Whether a spec that was written has exactly the layers of the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.graph import Graph, Node
from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.structure.regions import COMMUTATIVE
from cnncalc.settings.size_of import SizeOf
from cnncalc.settings.tensor_of import TensorOf


def first_difference(
    order: Sequence[DraftLayer], own: Mapping[DraftLayer, Node], graph: Graph, flat: Graph
) -> DraftLayer | None:
    """The first layer that is not the same in both; None if all are.

    Args:
        order: the layers in the order in which `graph` has them.
        own: the layers of the draft in `flat`.
    """
    twins: dict[Node, Node] = dict(zip(flat.inputs, graph.inputs, strict=True))
    twins.update({own[layer]: node for layer, node in zip(order, graph.nodes, strict=False)})
    for layer, node in zip(order, graph.nodes, strict=False):
        if not _is_same(own[layer], node, twins):
            return layer
    if len(order) != len(graph.nodes):
        return order[-1]
    ends = [twins.get(node) for node in flat.output_nodes]
    return None if ends == graph.output_nodes else order[-1]


def _is_same(was: Node, now: Node, twins: Mapping[Node, Node]) -> bool:
    return (
        was.kind == now.kind
        and was.output == now.output
        and was.is_frozen == now.is_frozen
        and _settings(was) == _settings(now)
        and _reads(was, twins) == _reads(now, {})
        and (twins.get(was.shares) if was.shares else None) == now.shares
        and (twins.get(was.like) if was.like else None) == now.like
    )


def _settings(node: Node) -> dict[str, Any]:
    """The settings of a layer, without the names of what it reads."""
    return {name: _unnamed(value) for name, value in vars(node.layer).items()} if node.layer else {}


def _unnamed(value: Any) -> Any:
    return value._replace(name="") if isinstance(value, SizeOf | TensorOf) else value


def _reads(node: Node, twins: Mapping[Node, Node]) -> list[int]:
    """What a layer reads, in order; in a fixed one where the order does not matter."""
    found = [id(twins.get(source, source)) for source in _joined(node)]
    return sorted(found) if node.kind in COMMUTATIVE else found


def _joined(node: Node) -> list[Node]:
    return list(node.inputs)
