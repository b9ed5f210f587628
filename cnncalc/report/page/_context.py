"""What every part of the page is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node


class Texts:
    """The texts of a page, each of which it has once."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def id(self, text: str) -> int:
        """Where a text is in the list."""
        return self._ids.setdefault(text, len(self._ids))

    def all(self) -> list[str]:
        """The list."""
        return list(self._ids)


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


def layer_address(name: str, number: int = 1) -> str:
    """The address of a layer on the page, as `hash` in `web/src/app.ts` has it; `number` is that of its model."""
    address = quote(name, safe="!'()*~")  # what `encodeURIComponent` leaves as it is
    return f"#{address}" if number == 1 else f"#{number}:{address}"
