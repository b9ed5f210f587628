"""A model with other or additional layers, if it still fits together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cnncalc.graph.rebuild import Change, DoesNotFit, Rebuilt, checked, padded_again, rebuilt

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Rules
    from cnncalc.layers.base import Layer
    from cnncalc.settings.shape import Shape


MOST_ALIKE = 1024
"""How many layers are remembered that fit: the copies of an entry are one layer in many places."""


def changed(graph: Graph, change: Change, convention: str) -> Rebuilt | None:
    """The changed graph, with `same` recalculated; None if a layer does not fit or its framework refuses it."""
    remembered = lru_cache(MOST_ALIKE)(partial(fit, convention))
    try:
        return rebuilt(graph, change, remembered, reuses=True)
    except DoesNotFit:
        return None


def fit(convention: str, kind: str, layer: Layer, shapes: Sequence[Shape], rules: Rules | None) -> Layer:
    """The layer, with `same` recalculated for these inputs.

    Args:
        convention: that of the model; a layer of a model inside has its own `rules`.

    Raises:
        DoesNotFit: it does not accept them, or its framework refuses it.
    """
    convention = rules.convention if rules else convention
    layer = checked(kind, padded_again(layer, shapes[0], convention), shapes)
    if next(iter(layer.refused(shapes, convention)), None):
        raise DoesNotFit
    return layer
