"""Changed copies of a graph: layers in the place of others, and layers put behind others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import rules
from cnncalc.diagnostics import severity_of
from cnncalc.graph import Graph, Node, fitted, misfits, place, place_merge
from cnncalc.layers.merging import Merge
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.types import split_same

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer


class Change(NamedTuple):
    """Layers in the place of others, and layers put behind others."""

    replaced: Mapping[Node, Layer] = {}
    inserted: Mapping[Node, Sequence[tuple[str, Layer]]] = {}


def changed(graph: Graph, change: Change, convention: str) -> dict[Node, Node] | None:
    """The layers of the changed graph by those of the first, each with what is put behind it; None if none fits."""
    ends: dict[Node, Node] = {node: node for node in graph.inputs}
    own: dict[Node, Node] = {}
    for node in graph.nodes:
        assert node.layer is not None
        layer = change.replaced.get(node, node.layer)
        like = ends[node.like] if node.like else None
        new = _placed(node, fitted(layer, like), tuple(ends[source] for source in node.inputs), convention, like)
        if new is None:
            return None
        new.shares = own.get(node.shares) if node.shares else None
        own[node] = new
        for kind, added in change.inserted.get(node, ()):
            if next(misfits(kind, added, new.output), None):
                return None
            new = place("", kind, added, new)
        ends[node] = new
    return ends


def _placed(node: Node, layer: Layer, sources: tuple[Node, ...], convention: str, like: Node | None) -> Node | None:
    if isinstance(layer, Merge):
        shapes = [source.output for source in sources]
        if next(layer.merge_problems(shapes, [source.name for source in sources], "channels_last"), None):
            return None
        return place_merge(node.name, node.kind, layer, sources)
    layer = _padded_again(layer, sources[0].output, convention)
    if next(misfits(node.kind, layer, sources[0].output), None):
        return None
    if any(severity_of(each.code) == "error" for each in layer.refused([sources[0].output], convention)):
        return None
    return place(node.name, node.kind, layer, sources[0], like)


def _padded_again(layer: Layer, x: Shape, convention: str) -> Layer:
    """The layer with the zeros that `same` stands for on this input: under `keras` they depend on its size."""
    padding = getattr(layer, "padding", None)
    if convention != "keras" or padding is None or padding.rule != "same" or layer.is_transposed:
        return layer
    window, dilation = window_of(layer)
    axes = zip(x.spatial, window, layer.stride, dilation, strict=True)  # type: ignore[attr-defined]
    zeros = tuple(split_same(rules.same_padding(*axis)) for axis in axes)
    return with_settings(layer, padding=Padding.by("same", zeros))


def window_of(layer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The window of a convolution or pool, and its dilation."""
    window = layer.kernel if hasattr(layer, "kernel") else layer.window
    return window, getattr(layer, "dilation", (1,) * len(window))


def with_settings(layer: Layer, **settings: Any) -> Layer:
    """The same layer under other settings."""
    return type(layer)({**vars(layer), **settings})


def chain(end: Node) -> Iterator[Node]:
    """A layer of a changed graph, after those put in before it that have no layer of the first graph."""
    inserted = []
    while not end.name and end.layer:
        inserted.append(end)
        end = end.inputs[0]
    if end.layer:
        yield end
    yield from reversed(inserted)
