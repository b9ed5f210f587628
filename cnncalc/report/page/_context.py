"""What every part of the page is made from."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from cnncalc.analysis.field_coverage import seen
from cnncalc.exporting.drawing.layout import Foot, laid_out
from cnncalc.report.views.field_columns import OF_ONE_LAYER, sight_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.field_coverage import Seen, Sight
    from cnncalc.exporting.drawing.layout import PlacedDrawing
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node


FOOT = Foot(112, 16)
"""What the boxes of the graph have room for: a number, and a bar that shows its share."""

Item = TypeVar("Item", bound=Hashable)


class Distinct(Generic[Item]):
    """A list in which each item is once: most layers of a long model are alike."""

    def __init__(self) -> None:
        self._ids: dict[Item, int] = {}

    def id(self, item: Item) -> int:
        """Where an item is in the list."""
        return self._ids.setdefault(item, len(self._ids))

    def __contains__(self, item: Item) -> bool:
        return item in self._ids

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
        numbers: those of each layer, by node.
        network: the model with its numbers, to be run; None for a page without values.
        not_run: why there are none, if they were not just left out.
        page_models: how many models share the page.
    """

    def __init__(self, analysis: Analysis, texts: Texts, network: Network | str | None, page_models: int = 1) -> None:
        self.analysis = analysis
        self.spec = analysis.spec
        self.texts = texts
        self.network, self.not_run = (None, network) if isinstance(network, str) else (network, "")
        self.page_models = page_models
        self.nodes: list[Node] = [*self.spec.graph.inputs, *(layer.node for layer in analysis.layers)]
        self.ids = {node: number for number, node in enumerate(self.nodes)}
        self.numbers = {layer.node: layer for layer in analysis.layers}
        self._facts: dict[Sight, tuple[int, ...]] = {}

    @cached_property
    def drawing(self) -> PlacedDrawing:
        """The graph with every group closed; its boxes have a `FOOT`."""
        return laid_out(self.spec, FOOT)

    @cached_property
    def seen(self) -> dict[Node, list[Seen]]:
        """What each layer sees of the inputs that it depends on; layers that depend on none are left out."""
        found: dict[Node, list[Seen]] = {}
        for each in seen(self.analysis):
            found.setdefault(each.layer.node, []).append(each)
        return found

    def field_facts(self, sight: Sight) -> tuple[int, ...]:
        """The ids of what is shown of a field, in the columns `OF_ONE_LAYER`."""
        if sight not in self._facts:
            self._facts[sight] = tuple([self.texts.id(sight_text(sight, key)) for key in OF_ONE_LAYER])
        return self._facts[sight]


def layer_address(name: str, number: int = 1) -> str:
    """The address of a layer on the page, as `hash` in `web/src/app.ts` has it; `number` is that of its model."""
    address = quote(name, safe="!'()*~")  # what `encodeURIComponent` leaves as it is
    return f"#{address}" if number == 1 else f"#{number}:{address}"
