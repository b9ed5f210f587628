"""The layers of a model, for `web/src/data.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.report.views.columns import settings_text

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.report.page._context import PageModel


def layers_data(model: PageModel) -> list[dict[str, Any]]:
    """The inputs, then all layers in the order of the forward pass."""
    return [_layer_data(model, node) for node in model.nodes]


def _layer_data(model: PageModel, node: Node) -> dict[str, Any]:
    texts, layout = model.texts, model.spec.layout
    settings = settings_text(node.layer, layout) if node.layer else ""
    return {
        "name": node.name,
        "kind": texts.id(node.kind),
        "words": texts.id(f"{node.kind} {settings}".rstrip()),
        "shape": texts.id(node.output.text(layout)),
        "inputs": [model.ids[source] for source in node.inputs],
    }
