"""Whether a spec that was written has exactly the layers of the draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.at_least import AtLeast, known
from cnncalc.graph import Graph, Node
from cnncalc.importing.draft import Draft, DraftLayer, DraftOutput, Source
from cnncalc.importing.structure._regions import COMMUTATIVE
from cnncalc.importing.structure._rejoined import Inputs
from cnncalc.settings.size_of import SizeOf
from cnncalc.settings.tensor_of import TensorOf


class Correspondence:
    """The layers of a draft beside those of a graph.

    Args:
        draft: the model.
        own: its layers, each in the graph of the flat spec.
        inputs: what each layer reads.
        order: its layers in the order in which `graph` has them.
        graph: that of the spec that was written.
    """

    def __init__(
        self,
        draft: Draft,
        own: Mapping[DraftLayer, Node],
        inputs: Inputs,
        order: Sequence[DraftLayer],
        graph: Graph,
    ) -> None:
        self.draft = draft
        self.own = own
        self.inputs = inputs
        self.order = order
        self.graph = graph
        nodes = [node for node in graph.nodes if not (node.layer and node.layer.is_further_output)]
        self.pairs = list(zip(order, nodes, strict=False))
        self.is_complete = len(order) == len(nodes)
        self.twins: dict[Source, Node] = {**dict(zip(draft.inputs, graph.inputs, strict=True)), **dict(self.pairs)}
        self._further = {node.name: node for node in graph.nodes if node.layer and node.layer.is_further_output}

    def first_difference(self) -> DraftLayer | None:
        """The first layer that is not the same in both; None if all are."""
        for layer, node in self.pairs:
            if not self._is_same(layer, node):
                return layer
        ends = [self._twin(each) for each in self.draft.outputs]
        return None if self.is_complete and ends == self.graph.output_nodes else self.order[-1]

    def _twin(self, source: Source) -> Node | None:
        if isinstance(source, DraftOutput):
            return self._further.get(f"{self.twins[source.layer].name}.{source.name}")
        return self.twins.get(source)

    def _is_same(self, layer: DraftLayer, now: Node) -> bool:
        was = self.own[layer]
        return (
            was.kind == now.kind
            and was.output == now.output
            and was.is_frozen == now.is_frozen
            and _settings(was) == _settings(now)
            and (self._reads(layer, was) == _in_order(now.kind, now.inputs) or self._reads_anything(layer, was))
            and (self._twin(layer.shares) if layer.shares else None) == now.shares
            and self._likeness(layer, was) == now.like
        )

    def _reads_anything(self, layer: DraftLayer, was: Node) -> bool:
        """Whether it reads nothing in the model: an entry without a kind reads the one before it, whichever that is."""
        return not layer.inputs and was.layer is not None and was.layer.is_opaque

    def _reads(self, layer: DraftLayer, was: Node) -> list[int]:
        """What the layer of the draft reads, as far as that is in the other graph."""
        sources = [self._twin(each) for each in self.inputs[layer]]
        return _in_order(was.kind, [*sources, *self._named(layer, was)])

    def _named(self, layer: DraftLayer, was: Node) -> Iterator[Node | None]:
        """What it reads by the names in its settings; of a pool that it undoes, the pool's input."""
        assert was.layer
        for name in was.layer.also_reads:
            if source := layer.settings.get(name):
                is_undone = getattr(was.layer, name).undone is not None
                yield self._twin(self.inputs[source][0] if is_undone else source)

    def _likeness(self, layer: DraftLayer, was: Node) -> Node | None:
        """The layer whose size it takes."""
        return self._twin(layer.settings["like"]) if was.like else None


def _settings(node: Node) -> dict[str, Any]:
    """The settings of a layer, without the names of what it reads."""
    return {name: _unnamed(value) for name, value in vars(node.layer).items()} if node.layer else {}


def _unnamed(value: Any) -> Any:
    if isinstance(value, AtLeast):
        return known(value)  # what is unknown is not even equal to itself
    return value._replace(name="") if isinstance(value, SizeOf | TensorOf) else value


def _in_order(kind: str, nodes: Sequence[Node | None]) -> list[int]:
    """What a layer reads; where the order does not matter, in a fixed one."""
    found = [id(node) for node in nodes]
    return sorted(found) if kind in COMMUTATIVE else found
