"""Borders that a `pad` puts around a map: padding that a window reads like rows of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.graph import Node

Pairs = tuple[tuple[int, int], ...]


def border_of(source: Node) -> Pairs:
    """The border in a map that a layer reads, per axis: what a `pad` has just put around it, otherwise none."""
    layer = source.layer
    if layer is None or not layer.border or layer.crops or layer.sliding_window:
        return ((0, 0),) * len(source.output.spatial)
    border: Pairs = vars(layer)[layer.border]
    return border
