"""What the panel of a layer shows, for `web/src/details.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.report.page.panel.derivations import Derivations
from cnncalc.report.page.panel.entries import Entries
from cnncalc.report.page.panel.layer_numbers import LayerTables
from cnncalc.report.page.panel.model_facts import model_data
from cnncalc.report.text import printable

if TYPE_CHECKING:
    from cnncalc.analysis import LayerNumbers
    from cnncalc.graph import Node
    from cnncalc.report.page._context import PageModel


def details_data(model: PageModel) -> dict[str, Any]:
    """What the page knows of it: of each layer, in the order of `PageModel.nodes` after the inputs, `[entry,
    derivation, numbers, settings, field, further]`; `further` is left out where there is nothing."""
    details = _Details(model)
    layers = [details.of(layer) for layer in model.analysis.layers]
    return {
        "model": model_data(model),
        "layers": layers,
        **details.entries.data(),
        **details.tables.data(),
        **details.derivations.data(),
    }


class _Details:
    """The panels of all layers, and the lists of what they have in common."""

    def __init__(self, model: PageModel) -> None:
        self.model = model
        self.entries = Entries(model)
        self.tables = LayerTables(model)
        self.derivations = Derivations(model)

    def of(self, layer: LayerNumbers) -> list[Any]:
        node = layer.node
        assert node.layer is not None
        convention = node.rules.convention if node.rules else self.model.spec.convention
        further = self._further(node)
        return [
            self.entries.of[node],
            self.derivations.id(layer),
            self.tables.numbers_id(layer),
            self.tables.settings_id(node.layer, convention),
            self.tables.field_ids(self.model.seen.get(node, ())),
            *([further] if further else ()),
        ]

    def _further(self, node: Node) -> dict[str, Any]:
        """What only some layers have."""
        spec, id = self.model.spec, self.model.texts.id
        found: dict[str, Any] = {}
        if node.origin:
            found["origin"] = id(printable(node.origin))
        if place := spec.parsed.place_in_file(node.name):
            found["read"] = id(printable(place))
        if (copies := self.entries.copies_of(node)) is not None:
            found["copies"] = copies
        if node.is_frozen:
            found["frozen"] = True
        if node.rules and node.rules.convention != spec.convention:
            found["convention"] = id(node.rules.convention)
        for key in ("shares", "like"):
            if other := getattr(node, key):
                found[key] = self.model.ids[other]
        return found
