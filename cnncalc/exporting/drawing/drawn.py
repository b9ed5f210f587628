"""What is drawn of a model: a box per entry, frames around what is inside an entry, and edges along the graph.

An entry is one box, with the norm and activation that belong to it. One with names of its own inside (a block, a named
group, copies) is a frame around these, or a box where its level is not opened; what is inside a residual or a merge
stands beside it. Nothing here knows how a drawing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.gc_pause import collector_waiting
from cnncalc.graph.entry_words import are_set_alike, entry_words, layers_words
from cnncalc.layers.base import NO_INPUT
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import excerpt

if TYPE_CHECKING:
    from cnncalc.graph import Entry, Node
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.reader import Spec

LINE = 34
"""The most characters of a line, unless a single setting is longer."""
LONGEST = 60
"""The most characters of a text that is not broken."""

ROLES = ("input", "weighted", "plain", "merge", "block")
"""What a box is: an input of the model, a layer with weights, one without, one that joins several tensors, or a block
that is not opened."""


class DrawnBox(NamedTuple):
    """An entry, or several equal ones.

    Attributes:
        number: how it is called in the drawing, from 1 in order: no text of a spec is part of an identifier.
        name: its name without the parts that the frames around it say.
        lines: what it is, broken into lines.
        shape: the shape of what it gives, in the order that the spec shows.
        role: one of `ROLES`.
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


def printed(text: str) -> str:
    """A text of a spec on one line that is not too long, without characters that are not seen."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in excerpt(text, LONGEST))


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
        groups = _equal_ones(entries) if run and self._is_last(level) else ((entry,) for entry in entries)
        return [each for copies in groups for each in self._members_of(copies, level, run)]

    def _is_last(self, level: int) -> bool:
        return self.levels is not None and level + 1 >= self.levels

    def _members_of(self, copies: Sequence[Entry], level: int, run: Entry | None) -> Sequence[DrawnBox | DrawnFrame]:
        """What is drawn for an entry, or for several equal copies of the last level; nothing if nothing is left."""
        entry = copies[0]
        name = _short_name(copies, run)
        placed = _placed(entry)
        if not placed.children:
            return [self._leaf(name, copies)] if placed.nodes else []
        is_run = placed.kind == "repeat"
        if self._is_last(level) or (is_run and self._is_last(level + 1) and _are_all_equal(placed.children)):
            return [self._closed(name, copies)]
        members = self.members(placed.children, level + 1, placed if is_run else None)
        if placed.nodes:
            members.append(self._own(name, placed))
        return [self._frame(name, entry, members)] if members and _has_names(placed) else members

    def _frame(self, name: str, entry: Entry, members: Sequence[DrawnBox | DrawnFrame]) -> DrawnFrame:
        about = _text(entry_words(entry, self.layout))
        if len(members) == 1 and isinstance(only := members[0], DrawnFrame):
            return only._replace(name=printed(name), about=printed(about))  # one frame is enough
        self.frames += 1
        return DrawnFrame(self.frames, printed(name), printed(about), tuple(members))

    def _own(self, name: str, entry: Entry) -> DrawnBox:
        """The layer of an entry that has others inside: the merge of its branches."""
        lines = _lines(layers_words(entry.nodes, self.layout))
        return self._box(name, lines, entry.end.output, _role(entry.nodes[0]), entry.nodes)

    def _leaf(self, name: str, copies: Sequence[Entry]) -> DrawnBox:
        """A layer with its norm and activation, or several equal ones."""
        entry = copies[0]
        nodes = _layers_in(copies)
        lines = _lines(entry_words(entry, self.layout), len(copies))
        return self._box(name, lines, copies[-1].end.output, _role(nodes[0]), nodes, len(copies))

    def _closed(self, name: str, copies: Sequence[Entry]) -> DrawnBox:
        """An entry with everything inside as one box, or several equal ones."""
        entry = copies[0]
        run = _placed(entry).children
        if entry.kind == "repeat" and len(copies) == 1 and _are_all_equal(run) and not _placed(run[0]).children:
            return self._leaf(name, run)
        lines = _lines(entry_words(entry, self.layout), len(copies))
        return self._box(name, lines, copies[-1].end.output, "block", _layers_in(copies), len(copies))

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


def _placed(entry: Entry) -> Entry:
    """What `share` places again, under its own name; otherwise the entry itself."""
    return _placed(entry.children[0]) if entry.kind == "share" else entry


def _has_names(entry: Entry) -> bool:
    """Whether it is the scope of what is inside: a block, a named group, copies; a residual, say, is not."""
    return entry.children[0].name.startswith(f"{entry.name}.")


def _layers_in(entries: Sequence[Entry]) -> list[Node]:
    return [node for entry in entries for each in entry.walk() for node in each.nodes]


def _short_name(copies: Sequence[Entry], run: Entry | None) -> str:
    """The last part of a name; of copies with that of their run: `body.0`, `body.1…3`."""
    first, last = (entry.name.rpartition(".")[2] for entry in (copies[0], copies[-1]))
    name = first if first == last else f"{first}…{last}"
    return f"{run.name.rpartition('.')[2]}.{name}" if run else name


def _role(node: Node) -> str:
    if isinstance(node.layer, Merge) and len(node.inputs) > 1:
        return "merge"
    return "weighted" if node.weights else "plain"


def _text(words: tuple[str, Sequence[str]]) -> str:
    """`conv 3×3, 8 filters, relu`."""
    kind, details = words
    return f"{kind} {', '.join(details)}".rstrip()


def _lines(words: tuple[str, Sequence[str]], times: int = 1) -> Iterator[str]:
    """The same, broken between settings; of several equal ones with their number."""
    kind, details = words
    *lines, last = _broken((_text((kind, details[:1])), *details[1:]))
    yield from (f"{line}," for line in lines)
    yield f"{last} (×{times})" if times > 1 else last


@lru_cache(1024)  # copies in many places are the same
def _broken(parts: Sequence[str]) -> Sequence[str]:
    """Parts on as few lines as there have to be, of about the same length."""
    parts = tuple(map(printed, parts))
    lines = _filled(parts, LINE)
    for width in range(LINE - 1, 0, -1):
        if len(narrower := _filled(parts, width)) > len(lines):
            break
        lines = narrower
    return lines


def _filled(parts: Sequence[str], width: int) -> list[str]:
    """Parts on lines that are no longer than this, unless a part is."""
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}, {part}"
        if len(joined) > width:
            lines.append(part)
        else:
            lines[-1] = joined
    return lines


# -- equal copies


def _equal_ones(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Entries that follow one another and are the same but for their names and what they read, together."""
    start = 0
    for index, entry in enumerate(entries):
        if index and not _are_equal(entries[start], entry):
            yield entries[start:index]
            start = index
    yield entries[start:]


def _are_all_equal(entries: Sequence[Entry]) -> bool:
    return len(next(iter(_equal_ones(entries)))) == len(entries)


def _are_equal(one: Entry, other: Entry) -> bool:
    if one.kind != other.kind or len(one.nodes) != len(other.nodes) or len(one.children) != len(other.children):
        return False
    return all(map(_are_equal_layers, one.nodes, other.nodes)) and all(map(_are_equal, one.children, other.children))


def _are_equal_layers(one: Node, other: Node) -> bool:
    return one.output == other.output and one.input_shapes == other.input_shapes and are_set_alike(one, other)
