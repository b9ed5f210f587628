"""The layer graph: nodes in the order of the forward pass, and the entries of the spec that they came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.layers.base import Layer, Problem
from cnncalc.spec.settings import Shape

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span

MAX_VALUES = 10**15
"""No tensor may hold more numbers than this."""


class Node:
    """A layer in its place, or an input of the model (whose `layer` is None)."""

    __slots__ = ("inputs", "kind", "layer", "name", "output")

    def __init__(self, name: str, kind: str, layer: Layer | None, inputs: tuple[Node, ...], output: Shape) -> None:
        self.name = name
        self.kind = kind
        self.layer = layer
        self.inputs = inputs
        self.output = output


class Entry:
    """A line of the spec: its own layer, and those that its `norm` and `activation` stand for."""

    __slots__ = ("kind", "name", "nodes", "span")

    def __init__(self, name: str, kind: str, span: Span, nodes: list[Node]) -> None:
        self.name = name
        self.kind = kind
        self.span = span
        self.nodes = nodes

    @property
    def output(self) -> Shape:
        """The shape after the whole entry."""
        return self.nodes[-1].output


class Graph:
    """A model whose every layer fits its input.

    Attributes:
        inputs: the model's inputs.
        entries: the spec's entries in order.
        nodes: all layers in order, each after the layers that it reads.
        outputs: the entries that the model returns.
    """

    __slots__ = ("entries", "inputs", "nodes", "outputs")

    def __init__(self, inputs: list[Node], entries: list[Entry], outputs: list[Entry]) -> None:
        self.inputs = inputs
        self.entries = entries
        self.nodes = [node for entry in entries for node in entry.nodes]
        self.outputs = outputs


def input_node(name: str, shape: Shape) -> Node:
    """An input of the model."""
    return Node(name, "input", None, (), shape)


def place(name: str, kind: str, layer: Layer, source: Node) -> Node:
    """The layer after `source`. It must have no `misfits`."""
    return Node(name, kind, layer, (source,), layer.output_shape(source.output))


def wrong_input(kind: str, layer: type[Layer], x: Shape, layout: str) -> Problem | None:
    """Why a kind has no meaning for an input of this shape, whatever its settings."""
    if layer.takes == "positions" and x.is_vector:
        return Problem(
            "CNN303",
            "",
            f"`{kind}` needs an input with positions, and gets a vector of {x.channels:,}",
            "",
            ("put it before the layer that made the vector, or `reshape` the vector first",),
        )
    if layer.takes == "vector" and not x.is_vector:
        help = ("put a `flatten` before it",)
        return Problem("CNN303", "", f"`{kind}` needs a vector, and gets {x.text(layout)}", "", help)
    return None


def misfits(kind: str, layer: Layer, x: Shape) -> Iterator[Problem]:
    """What keeps a layer from reading an input of this shape."""
    problem = None
    for problem in layer.problems(x):
        yield problem
    if problem is None and layer.output_shape(x).values > MAX_VALUES:
        yield Problem("CNN308", "", f"the output of `{kind}` would hold more than {MAX_VALUES:,} numbers")
