"""Changed copies of a graph: other layers, more or fewer of them, other inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cnncalc import formulas
from cnncalc.errors import CnncalcError
from cnncalc.graph.graph import (
    NOTHING_READ,
    Graph,
    Node,
    Rules,
    fitted,
    input_node,
    misfits,
    place,
    reading,
    shapes_of,
    wrong_input,
)
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import split_same


class Change(NamedTuple):
    """What is different in a copy.

    Attributes:
        inputs: other shapes of the model's inputs.
        replaced: layers that replace others; None removes a layer, whose readers then read its input.
        inserted: kinds and layers to insert after a layer, in order; they have no names.
    """

    inputs: Mapping[Node, Shape] = {}
    replaced: Mapping[Node, Layer | None] = {}
    inserted: Mapping[Node, Sequence[tuple[str, Layer]]] = {}


class Rebuilt(NamedTuple):
    """A changed copy.

    Attributes:
        graph: the new graph; it has no entries, as nobody wrote it.
        ends: for each input and layer of the original, what its readers read in the copy.
    """

    graph: Graph
    ends: Mapping[Node, Node]


class DoesNotFit(CnncalcError):
    """A layer of the copy does not accept its input."""


Fit = Callable[[str, Layer, tuple[Shape, ...], Rules | None], Layer]
"""Given a kind, a layer, its input shapes and its own rules, returns the layer fitted to them, or raises DoesNotFit."""


def checked(kind: str, layer: Layer, shapes: Sequence[Shape], _: Rules | None = None) -> Layer:
    """The layer as it is.

    Raises:
        DoesNotFit: it does not accept these inputs.
    """
    if wrong_input(kind, type(layer), shapes[0], "") or any(misfits(kind, layer, shapes, [""] * len(shapes), "")):
        raise DoesNotFit
    return layer


def padded_again(layer: Layer, x: Shape, convention: str) -> Layer:
    """The layer with the zeros that `same` stands for on this input: under `keras` they depend on its size."""
    window = layer.sliding_window
    if convention != "keras" or window is None or window.padding.rule != "same":
        return layer
    axes = zip(x.spatial, window.kernel, window.stride, window.dilation, strict=True)
    zeros = tuple(split_same(formulas.same_padding(*axis)) for axis in axes)
    return layer.with_settings(padding=Padding.by("same", zeros))


def rebuilt(graph: Graph, change: Change, fit: Fit | None = None, reuses: bool = False) -> Rebuilt:
    """A copy of a graph with a change; names, shared weights and named sizes stay, shapes follow.

    Args:
        fit: is called with every layer that is placed anew; not needed if all are known to fit.
        reuses: whether layers that depend on nothing that is changed are the original's; otherwise all are new.

    Raises:
        DoesNotFit: if `fit` raises it.
    """
    inputs = [_input(node, change) for node in graph.inputs]
    ends = dict(zip(graph.inputs, inputs, strict=True))
    nodes: list[Node] = []
    own: dict[Node, Node] = {}

    def put(
        name: str, kind: str, layer: Layer, sources: tuple[Node, ...], rules: Rules | None, like: Node | None = None
    ) -> Node:
        layer = reading(fitted(layer, like), sources)
        if fit:
            layer = fit(kind, layer, shapes_of(sources), rules)
        nodes.append(place(name, kind, layer, sources, like))
        nodes[-1].rules = rules
        return nodes[-1]

    for node in graph.nodes:
        sources = tuple([ends[source] for source in node.inputs])
        end = sources[0] if sources else NOTHING_READ
        if reuses and sources == node.inputs and node not in change.replaced and _keeps_others(node, ends, own):
            nodes.append(node)
            end = own[node] = node
        elif layer := change.replaced.get(node, node.layer):
            put(node.name, node.kind, layer, sources, node.rules, ends[node.like] if node.like else None)
            end = own[node] = nodes[-1].like_in_text(node)
            end.shares = own.get(node.shares) if node.shares else None
        for kind, inserted in change.inserted.get(node, ()):
            end = put("", kind, inserted, (end,), node.rules)
        ends[node] = end
    named = {name: ends[node] for name, node in graph.ends.items()}
    return Rebuilt(Graph(inputs, nodes, [], named, graph.outputs), ends)


def _keeps_others(node: Node, ends: Mapping[Node, Node], own: Mapping[Node, Node]) -> bool:
    """Whether the layers whose weights and whose size a layer takes are those of the original."""
    return (node.like is None or ends[node.like] is node.like) and (
        node.shares is None or own.get(node.shares) is node.shares
    )


def _input(node: Node, change: Change) -> Node:
    return input_node(node.name, change.inputs[node]) if node in change.inputs else node
