"""A model with other or additional layers, if it still fits together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.graph.rebuild import Change, DoesNotFit, Rebuilt, checked, rebuilt
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import split_same

if TYPE_CHECKING:
    from cnncalc.graph import Graph
    from cnncalc.layers.base import Layer


def changed(graph: Graph, change: Change, convention: str) -> Rebuilt | None:
    """The changed graph, with `same` recalculated; None if a layer does not fit or its framework refuses it."""
    try:
        return rebuilt(graph, change, partial(_fit, convention))
    except DoesNotFit:
        return None


def _fit(convention: str, kind: str, layer: Layer, shapes: Sequence[Shape]) -> Layer:
    layer = checked(kind, _padded_again(layer, shapes[0], convention), shapes)
    if next(iter(layer.refused(shapes, convention)), None):
        raise DoesNotFit
    return layer


def _padded_again(layer: Layer, x: Shape, convention: str) -> Layer:
    """The layer with the zeros that `same` means for this input: under `keras` they depend on its size."""
    window = layer.sliding_window
    if convention != "keras" or window is None or window.padding.rule != "same":
        return layer
    axes = zip(x.spatial, window.kernel, window.stride, window.dilation, strict=True)
    zeros = tuple(split_same(formulas.same_padding(*axis)) for axis in axes)
    return layer.with_settings(padding=Padding.by("same", zeros))
