"""What is drawn of a model: a box per entry, frames around what is inside an entry, and edges along the graph.

An entry is one box, with the norm and activation that belong to it. One with names of its own inside (a block, a named
group, copies) is a frame around these, or a box where its level is not opened; what is inside a residual or a merge
stands beside it. Nothing here knows how a drawing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.entries import (
    are_all_equal,
    broken_words,
    entry_layers,
    equal_ones,
    is_scope,
    placed_by,
    printed,
    role_of,
    short_name,
    words_text,
)
from cnncalc.gc_pause import collector_waiting
from cnncalc.graph.entry_words import entry_words, layers_words
from cnncalc.layers.base import NO_INPUT
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.graph import Entry, Node
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.reader import Spec

LINE = 34
"""The most characters of a line, unless a single setting is longer."""


class DrawnBox(NamedTuple):
    """An entry, or several equal ones.

    Attributes:
        number: how it is called in the drawing, from 1 in order: no text of a spec is part of an identifier.
        name: its name without the parts that the frames around it say.
        lines: what it is, broken into lines.
        shape: the shape of what it gives, in the order that the spec shows.
        role: one of `entries.ROLES`.
        is_output: whether its values leave the model.
        nodes: the layers in it, or the input that it is.
        times: how many equal entries it stands for.
        output: the shape in numbers.
    """

    number: int
    name: str
    lines: tuple[str, ...]
    shape: str
    role: str
    is_output: bool = False
    nodes: tuple[Node, ...] = ()
    times: int = 1
    output: Shape = NO_INPUT


class DrawnFrame(NamedTuple):
    """An entry with others inside; frames have numbers of their own."""

    number: int
    name: str
    about: str
    members: tuple[DrawnBox | DrawnFrame, ...]


class DrawnEdge(NamedTuple):
    """What one box gives, another reads; or only its size, not its values."""

    source: int
    target: int
    is_size_alone: bool


class ModelDrawing(NamedTuple):
    """A model as boxes, frames and edges.

    Attributes:
        members: the inputs, then the outermost entries.
    """

    title: str
    members: tuple[DrawnBox | DrawnFrame, ...]
    edges: tuple[DrawnEdge, ...]


def drawing(spec: Spec, depth: int | None = None) -> ModelDrawing:
    """What is drawn of a model.

    Args:
        depth: how many levels of the tree are shown, as in tables; None for all.
    """
    with collector_waiting():
        artist = _Artist(spec, depth)
        inputs = [artist.input(node) for node in spec.graph.inputs]
        members = artist.members(spec.graph.entries, 0)
        return ModelDrawing(printed(spec.name), (*inputs, *members), tuple(artist.edges()))


class _Artist:
    """Draws a model.

    Attributes:
        levels: how many levels of the tree are shown; None for all.
        box_of: the number of the box that each layer and input is in.
    """

    def __init__(self, spec: Spec, levels: int | None) -> None:
        self.graph = spec.graph
        self.layout = spec.layout
        self.levels = levels
        self.outputs = frozenset(spec.graph.output_nodes)
        self.box_of: dict[Node, int] = {}
        self.boxes = 0
        self.frames = 0

    def input(self, node: Node) -> DrawnBox:
        """An input of the model."""
        return self._box(node.name, (), node.output, "input", (node,))

    def members(self, entries: Sequence[Entry], level: int, run: Entry | None = None) -> list[DrawnBox | DrawnFrame]:
        """What is drawn for entries of one level, which may be the copies of a run."""
        groups = equal_ones(entries) if run and self._is_last(level) else ((entry,) for entry in entries)
        return [each for copies in groups for each in self._members_of(copies, level, run)]

    def _is_last(self, level: int) -> bool:
        return self.levels is not None and level + 1 >= self.levels

    def _members_of(self, copies: Sequence[Entry], level: int, run: Entry | None) -> Sequence[DrawnBox | DrawnFrame]:
        """What is drawn for an entry, or for several equal copies of the last level; nothing if nothing is left."""
        entry = copies[0]
        name = short_name(copies, run)
        placed = placed_by(entry)
        if not placed.children:
            return [self._leaf(name, copies)] if placed.nodes else []
        is_run = placed.kind == "repeat"
        if self._is_last(level) or (is_run and self._is_last(level + 1) and are_all_equal(placed.children)):
            return [self._closed(name, copies)]
        members = self.members(placed.children, level + 1, placed if is_run else None)
        if placed.nodes:
            members.append(self._own(name, placed))
        return [self._frame(name, entry, members)] if members and is_scope(placed) else members

    def _frame(self, name: str, entry: Entry, members: Sequence[DrawnBox | DrawnFrame]) -> DrawnFrame:
        about = words_text(entry_words(entry, self.layout))
        if len(members) == 1 and isinstance(only := members[0], DrawnFrame):
            return only._replace(name=printed(name), about=printed(about))  # one frame is enough
        self.frames += 1
        return DrawnFrame(self.frames, printed(name), printed(about), tuple(members))

    def _own(self, name: str, entry: Entry) -> DrawnBox:
        """The layer of an entry that has others inside: the merge of its branches."""
        lines = _lines(layers_words(entry.nodes, self.layout))
        return self._box(name, lines, entry.end.output, role_of(entry.nodes[0]), entry.nodes)

    def _leaf(self, name: str, copies: Sequence[Entry]) -> DrawnBox:
        """A layer with its norm and activation, or several equal ones."""
        entry = copies[0]
        nodes = entry_layers(copies)
        lines = _lines(entry_words(entry, self.layout), len(copies))
        return self._box(name, lines, copies[-1].end.output, role_of(nodes[0]), nodes, len(copies))

    def _closed(self, name: str, copies: Sequence[Entry]) -> DrawnBox:
        """An entry with everything inside as one box, or several equal ones."""
        entry = copies[0]
        run = placed_by(entry).children
        if entry.kind == "repeat" and len(copies) == 1 and are_all_equal(run) and not placed_by(run[0]).children:
            return self._leaf(name, run)
        lines = _lines(entry_words(entry, self.layout), len(copies))
        return self._box(name, lines, copies[-1].end.output, "block", entry_layers(copies), len(copies))

    def _box(
        self, name: str, lines: Iterable[str], shape: Shape, role: str, nodes: Sequence[Node], times: int = 1
    ) -> DrawnBox:
        self.boxes += 1
        self.box_of.update(dict.fromkeys(nodes, self.boxes))
        is_output = not self.outputs.isdisjoint(nodes)
        text = shape.text(self.layout)
        return DrawnBox(self.boxes, printed(name), tuple(lines), text, role, is_output, tuple(nodes), times, shape)

    def edges(self) -> Iterator[DrawnEdge]:
        """An edge for each pair of boxes of which one reads the other; there is none from a box to itself."""
        found: dict[tuple[int, int], bool] = {}
        for node in self.graph.nodes:
            read = [(source, False) for source in node.inputs] + ([(node.like, True)] if node.like else [])
            for source, is_size_alone in read:
                pair = self.box_of[source], self.box_of[node]
                if pair[0] != pair[1]:
                    found[pair] = found.get(pair, True) and is_size_alone
        return (DrawnEdge(*pair, is_size_alone) for pair, is_size_alone in found.items())


def _lines(words: tuple[str, Sequence[str]], times: int = 1) -> Iterator[str]:
    """What an entry is, on lines; of several equal ones with their number."""
    *lines, last = broken_words(words, LINE)
    yield from lines
    yield f"{last} (×{times})" if times > 1 else last
