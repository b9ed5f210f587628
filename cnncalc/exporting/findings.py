"""What keeps a layer from being exported, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.source.diagnostics import START, Diagnostic

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec


def not_expressible(spec: Spec, node: Node, target: str, reason: str) -> Diagnostic:
    """A layer that cannot be said in a framework or format, and why."""
    message = f"`{node.name}` ({node.kind}) cannot be said in {target}"
    layer = next((each for each in spec.written.layers if each.node is node), None)
    if layer is None:
        return Diagnostic("CNN160", message, spec.source.name, START, reason)
    source = layer.home.source if layer.home else spec.source
    return spec.parsed.located(
        Diagnostic("CNN160", message, source.name, layer.place(""), reason, (), source.lines, layer.chain)
    )
