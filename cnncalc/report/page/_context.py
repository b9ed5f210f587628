"""What every part of the page is made from."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node


Item = TypeVar("Item", bound=Hashable)


class Distinct(Generic[Item]):
    """A list in which each item is once: most layers of a long model are alike."""

    def __init__(self) -> None:
        self._ids: dict[Item, int] = {}

    def id(self, item: Item) -> int:
        """Where an item is in the list."""
        return self._ids.setdefault(item, len(self._ids))

    def all(self) -> list[Item]:
        """The list."""
        return list(self._ids)


class Texts(Distinct[str]):
    """The texts of a page, each of which it has once."""


class PageModel:
    """A model of a page.

    Attributes:
        nodes: the inputs, then all layers in the order of the forward pass; where a node is in it is its id.
        ids: the ids, by node.
        network: the model with its numbers, to be run; None for a page without values.
    """

    def __init__(self, analysis: Analysis, texts: Texts, network: Network | None) -> None:
        self.analysis = analysis
        self.spec = analysis.spec
        self.texts = texts
        self.network = network
        self.nodes: list[Node] = [*self.spec.graph.inputs, *(layer.node for layer in analysis.layers)]
        self.ids = {node: number for number, node in enumerate(self.nodes)}
