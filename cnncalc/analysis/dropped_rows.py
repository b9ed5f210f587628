"""Rows that a stride drops: input at the end that the windows stop short of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc import formulas

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.window import SlidingWindow

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def border_of(source: Node) -> Pairs:
    """The border in a map that windows read, per axis: what a `pad` has just put around it, otherwise none."""
    layer = source.layer
    if layer is None or not layer.border or layer.crops or layer.sliding_window:
        return ((0, 0),) * len(source.output.spatial)
    border: Pairs = vars(layer)[layer.border]
    return border


def dropped_rows(window: SlidingWindow, spatial: Sizes, border: Pairs) -> Sizes:
    """How many positions at the end of a map the windows stop short of, per axis.

    Only the map itself counts, not the padding of the window nor the border of a `pad`. Where the stride is larger than
    the window, what lies between two windows is left out at every size: that is not dropped.

    Args:
        spatial: the sizes of the map, with the border.
        border: how much of them is border, per axis (`border_of`).
    """
    axes = zip(spatial, window.kernel, window.stride, window.padding, window.dilation, strict=True)
    return tuple(
        max(formulas.unreached(n, k, s, before, d, count) - after, 0)
        for (n, k, s, (before, _), d), count, (_, after) in zip(axes, window.counts(spatial), border, strict=True)
    )
