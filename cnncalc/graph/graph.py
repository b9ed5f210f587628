"""The layer graph: nodes in the order of the forward pass, and the entries of the spec that they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.layers.base import NO_INPUT, Layer, Problem, Weight
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from typing import Any

    from cnncalc.source.diagnostics import Span
    from cnncalc.source.entry import Written
    from cnncalc.source.files import Source

MAX_VALUES = 10**15
"""The most values that a tensor may have."""


class Rules(NamedTuple):
    """By which rules layers were read: the convention, and the order of sizes, in which values are flattened."""

    convention: str
    order: str


class Node:
    """A layer in its place, or an input of the model (whose `layer` is None)."""

    __slots__ = ("inputs", "is_frozen", "kind", "layer", "like", "name", "origin", "output", "rules", "shares")

    def __init__(self, name: str, kind: str, layer: Layer | None, inputs: tuple[Node, ...], output: Shape) -> None:
        self.shares: Node | None = None
        """The layer whose weights this one reuses."""
        self.like: Node | None = None
        """The layer or input whose size this one takes; its values are not read."""
        self.is_frozen = False
        """Whether it has weights that training leaves as they are."""
        self.origin = ""
        """What it is called elsewhere; "" if the spec does not say."""
        self.rules: Rules | None = None
        """The rules of the model inside this one that the layer belongs to; None where they are the model's own."""
        self.name = name
        self.kind = kind
        self.layer = layer
        self.inputs = inputs
        self.output = output

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes of what the layer reads."""
        return shapes_of(self.inputs)

    @property
    def source(self) -> Node:
        """What the layer reads first; `NOTHING_READ` if it reads nothing."""
        return self.inputs[0] if self.inputs else NOTHING_READ

    @property
    def x(self) -> Shape:
        """The shape of what the layer reads first."""
        return self.source.output

    @property
    def weights(self) -> Mapping[str, Weight]:
        """The arrays of the layer, by name; an input has none."""
        return self.layer.arrays(self.input_shapes) if self.layer else {}

    def like_in_text(self, other: Node) -> Node:
        """The layer itself, with what the spec says of another one besides its settings."""
        self.is_frozen = other.is_frozen
        self.origin = other.origin
        return self


def shapes_of(sources: Sequence[Node]) -> tuple[Shape, ...]:
    """The shapes of what a layer reads; `NO_INPUT` if it reads nothing."""
    return tuple([source.output for source in sources]) or (NO_INPUT,)


_NO_ARGUMENTS: Mapping[str, Any] = {}


class Entry:
    """An entry of the spec in its place, and what is inside it.

    Attributes:
        name: its whole path.
        kind: a layer kind, `residual`, `group`, `share`, the name of a block, or `repeat` for a run of copies.
        written: how it was written.
        nodes: its own layer and those of its `norm` and `activation`; none for a group.
        children: the entries inside, in order: branches, the layers of a block, the copies of a run.
        passed_on: what it ends in if it has neither: a merge with a single branch left passes that on.
        origin: what it is called elsewhere; "" if the spec does not say.
        inside: the text that the entries inside were written in, where that is another one.
        arguments: what the names have for values that the entries inside are read with: the arguments of a block, the
            names of a `for`. Arguments that are no values are not among them.
    """

    __slots__ = ("arguments", "children", "inside", "kind", "name", "nodes", "origin", "passed_on", "written")

    def __init__(
        self,
        name: str,
        kind: str,
        written: Written,
        nodes: list[Node],
        children: list[Entry] | None = None,
        passed_on: Node | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.written = written
        self.nodes = nodes
        self.children = children or []
        self.passed_on = passed_on
        self.origin = ""
        self.inside: Source | None = None
        self.arguments: Mapping[str, Any] = _NO_ARGUMENTS

    @property
    def span(self) -> Span:
        """Where its kind is written."""
        return self.written.head.span

    @property
    def end(self) -> Node:
        """The layer (or input) that the entry ends in."""
        if self.nodes:
            return self.nodes[-1]
        return self.passed_on or self.children[-1].end

    def walk(self) -> Iterator[Entry]:
        """The entry and everything inside it, outermost first."""
        pending = [self]
        while pending:
            entry = pending.pop()
            yield entry
            pending.extend(reversed(entry.children))


class Graph:
    """A model whose every layer fits its input.

    Attributes:
        inputs: the model's inputs.
        nodes: all layers, each after the layers that it reads.
        entries: the spec's entries, the top of the tree of names.
        ends: the last layer of each entry and input, by name.
        outputs: the names of the entries that the model returns.
    """

    __slots__ = ("ends", "entries", "inputs", "nodes", "outputs")

    def __init__(
        self, inputs: list[Node], nodes: list[Node], entries: list[Entry], ends: dict[str, Node], outputs: list[str]
    ) -> None:
        self.inputs = inputs
        self.nodes = nodes
        self.entries = entries
        self.ends = ends
        self.outputs = outputs

    @property
    def output_nodes(self) -> list[Node]:
        """The layers whose values the model returns."""
        return [self.ends[name] for name in self.outputs]

    def walk(self) -> Iterator[Entry]:
        """All entries, outermost first, in order."""
        for entry in self.entries:
            yield from entry.walk()


def input_node(name: str, shape: Shape) -> Node:
    """An input of the model."""
    return Node(name, "input", None, (), shape)


NOTHING_READ = Node("", "", None, (), NO_INPUT)
"""What a layer that reads nothing is placed after. Like an input of the model, no layer makes it."""


def place(name: str, kind: str, layer: Layer, sources: tuple[Node, ...], like: Node | None = None) -> Node:
    """Places a layer after its sources, fitted to the size of `like`. It must have no `misfits`."""
    node = Node(name, kind, layer, sources, output_shape(layer, shapes_of(sources)))
    node.like = like
    return node


def output_shape(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    """The shape of a layer's output; only a merge has several inputs."""
    return layer.merge_shape(shapes) if isinstance(layer, Merge) else layer.output_shape(shapes[0])


def fitted(layer: Layer, like: Node | None) -> Layer:
    """The layer with the size of the layer that it names."""
    return layer.of_size(like.output) if like and layer.sized_by else layer


def reading(layer: Layer, sources: Sequence[Node]) -> Layer:
    """The layer for the tensors that it reads besides its input."""
    return layer.reading([source.output for source in sources[1:]]) if layer.also_reads else layer


def wrong_input(kind: str, layer: type[Layer], x: Shape, layout: str) -> Problem | None:
    """Why a kind makes no sense for an input of this shape, whatever its settings."""
    if layer.takes in ("positions", "map") and x.is_vector:
        return Problem(
            "CNN303",
            "",
            f"`{kind}` needs an input with positions, but gets a vector of {x.channels:,}",
            "",
            ("put it before the layer that made the vector, or `reshape` the vector first",),
        )
    if layer.takes == "sequence" and len(x.spatial) != 1:
        from cnncalc.graph._as_sequence import as_sequence

        what = f"a map, {x.text(layout)}" if x.spatial else f"a vector of {x.channels:,}"
        return Problem("CNN303", "", f"`{kind}` needs a sequence, but gets {what}", "", as_sequence(x, layout))
    if layer.takes == "map" and len(x.spatial) != 2:
        help = ("a `reshape` before it gives the positions a height and a width",)
        return Problem("CNN303", "", f"`{kind}` needs a map, but gets {x.text(layout)}", "", help)
    if layer.takes == "vector" and not x.is_vector:
        help = ("put a `flatten` before it",)
        return Problem("CNN303", "", f"`{kind}` needs a vector, but gets {x.text(layout)}", "", help)
    return None


def misfits(
    kind: str, layer: Layer, shapes: Sequence[Shape], names: Sequence[str], layout: str, like: str = "NAME"
) -> Iterator[Problem]:
    """What keeps a layer from reading inputs of these shapes.

    Args:
        names: the names of the layers that the branches of a merge end in.
        like: how an entry names the layer whose positions most branches have.
    """
    if isinstance(layer, Merge):
        problems = layer.merge_problems(shapes, names, layout, like)
    else:
        problems = layer.problems(shapes[0])
    problem = None
    for problem in problems:
        yield problem
    if problem is None and output_shape(layer, shapes).values > MAX_VALUES:
        yield Problem("CNN308", "", f"the output of `{kind}` would have more than {MAX_VALUES:,} values")
