"""What all lints look at: a model's layers, who reads them, and where they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.diagnostics import Diagnostic, Span, called_at
from cnncalc.layers.base import plural
from cnncalc.spec.source import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.graph import Entry
    from cnncalc.graph import Node as Layer
    from cnncalc.layers.base import Layer as Kind


def is_linear(layer: Kind) -> bool:
    """Whether it multiplies by weights and sums."""
    return bool(layer.kernel_array)


def is_convolution(layer: Kind) -> bool:
    """Whether it does so with a window that slides over the input."""
    return is_linear(layer) and layer.sliding_window is not None


def is_pool(layer: Kind) -> bool:
    """Whether it has such a window, and no weights."""
    return not is_linear(layer) and layer.sliding_window is not None


class Found(NamedTuple):
    """Something to say of a layer, at one of its settings ("" for its kind)."""

    layer: Layer
    setting: str
    message: str
    label: str = ""
    help: tuple[str, ...] = ()


class Place(NamedTuple):
    """The entry that a layer comes from, and the block calls around it, innermost first."""

    entry: Entry
    chain: tuple[str, ...]


class Model:
    """An analysed model, as the lints walk through it."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.spec = analysis.spec
        self.graph = analysis.spec.graph
        self.outputs = frozenset(self.graph.output_nodes)

    def of(self, holds: Callable[[Kind], object]) -> Iterator[tuple[Layer, Any]]:
        """The layers of which something holds, each with its settings, in the order of the forward pass."""
        return ((node, node.layer) for node in self.graph.nodes if node.layer and holds(node.layer))

    @cached_property
    def readers(self) -> dict[Layer, list[Layer]]:
        """Who reads each layer (and input); nothing for those that nobody reads."""
        found: dict[Layer, list[Layer]] = {}
        for node in self.graph.nodes:
            for source in node.inputs:
                found.setdefault(source, []).append(node)
        return found

    def before(self, node: Layer, passes: Callable[[Layer], bool]) -> Layer:
        """The layer (or input) that a layer reads, looking through those of which this holds."""
        node = node.inputs[0]
        while passes(node):
            node = node.inputs[0]
        return node

    # -- where things stand

    def span(self, found: Found) -> Span:
        """Where a finding is: at the setting where it is written, else at the head of the entry."""
        head = self._places[found.layer].entry.span
        written = self._entries.get(head)
        return (written and _place_of(written, found.setting)) or head

    def diagnostic(self, code: str, span: Span, found: Found) -> Diagnostic:
        """The finding, with the calls that lead to it."""
        chain = self._places[found.layer].chain
        return self.spec.source.diagnostic(code, span, found.message, found.label, found.help)._replace(chain=chain)

    @cached_property
    def _places(self) -> dict[Layer, Place]:
        places: dict[Layer, Place] = {}
        blocks = self.spec.root.get("blocks")
        names = {key.text for key, _ in blocks.pairs} if isinstance(blocks, Mapping) else set()
        pending = [Place(entry, ()) for entry in reversed(self.graph.entries)]
        while pending:
            place = pending.pop()
            entry, chain = place
            places.update(dict.fromkeys(entry.nodes, place))
            if entry.kind in names and entry.children:
                chain = (called_at(entry.kind, self.spec.source.name, entry.span), *chain)
            pending.extend(Place(child, chain) for child in reversed(entry.children))
        return places

    @cached_property
    def _entries(self) -> dict[Span, Mapping]:
        """The entries of the file that are mappings, by the place of their first key."""
        found: dict[Span, Mapping] = {}
        pending: list[Node | None] = [self.spec.root.get("layers"), self.spec.root.get("blocks")]
        while pending:
            node = pending.pop()
            if isinstance(node, Sequence):
                pending.extend(node.items)
            elif isinstance(node, Mapping) and node.pairs:
                found[node.pairs[0][0].span] = node
                pending.extend(value for _, value in node.pairs)
        return found


def _place_of(entry: Mapping, setting: str) -> Span | None:
    """Where an entry has a value for a setting; None where it has none."""
    value = entry.get(setting)
    if value is None and isinstance(inside := entry.pairs[0][1], Mapping):
        value = inside.get(setting)
    return value.span if isinstance(value, Scalar | Sequence) else None


_AXES = {1: ("position",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def lines(rank: int, axis: int, count: int) -> str:
    """So many positions of one axis: `1 row`, `2 columns`."""
    return plural(count, _AXES[rank][axis])


def last(rank: int, axis: int, count: int) -> str:
    """What comes behind `the last`: `row`, `2 columns`."""
    return _AXES[rank][axis] if count == 1 else lines(rank, axis, count)


def each(parts: list[str]) -> str:
    """`1 row`, `1 row and 1 column`, …"""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
