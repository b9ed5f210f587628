"""What is in each drawing of a model, before anything has a place.

A box whose entry has names of its own inside holds these as the boxes of another drawing; what is inside a residual or
a merge stands beside it. Equal copies that follow one another are one box, and what is in it stands for all of them:
its *instances* are the layers of the first copy, then those of the others. In a box of ×3 within one of ×2 it has six.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.entries import (
    equal_ones,
    is_scope,
    placed_by,
    role_of,
    short_name,
)
from cnncalc.graph.entry_words import entry_words, layers_words

if TYPE_CHECKING:
    from cnncalc.graph import Entry, Node
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.reader import Spec

_MOST_BOXES = 200
"""The most boxes of a drawing; more are divided into sections."""
_SECTIONS = 50
"""About the most sections of a drawing."""

Instances = list[list["Node"]]
Words = tuple[str, Sequence[str]]


class Content:
    """What becomes a box.

    Attributes:
        times: how many equal copies it is.
        instances: the layers of each copy, of an entry without others inside.
        inside: the boxes of the drawing in it; none for a layer.
        around: the box that it is in.
        index: its place among the boxes there.
        ins: what is read inside, by where it comes from in the drawing around → number of the port.
        outs: what is read outside, by where it comes from in the drawing inside → number of the port.
        edges: those of the drawing inside, from a box and a port to a box and a port → whether only sizes are read.
    """

    def __init__(self, name: str, words: Words, shape: str, role: str, times: int = 1) -> None:
        self.name = name
        self.words = words
        self.shape = shape
        self.role = role
        self.times = times
        self.is_output = False
        self.instances: Instances = []
        self.inside: list[Content] = []
        self.around: Content | None = None
        self.index = 0
        self.ins: dict[End, int] = {}
        self.outs: dict[End, int] = {}
        self.edges: dict[tuple[End, End], bool] = {}


End = tuple[int, int]
"""Where an edge begins or ends: the index of a box and the number of its port, -1 for outside and for a layer."""


def model_contents(spec: Spec) -> Content:
    """A box that holds the whole model."""
    whole = Content(spec.name, ("", ()), "", "block")
    builder = _Builder(spec)
    inputs = [builder.leaf(node.name, ("", ()), node.output, "input", [[node]]) for node in spec.graph.inputs]
    _fill(whole, [*_divided(inputs), *_divided(builder.members([spec.graph.entries]))])
    whole.instances = _with_instances(whole, frozenset(spec.graph.output_nodes))
    return whole


class _Builder:
    """Makes boxes of entries. Entries of one place in several copies go together, the first copy's first."""

    def __init__(self, spec: Spec) -> None:
        self.layout = spec.layout

    def members(self, places: Sequence[Sequence[Entry]], run: Entry | None = None) -> list[Content]:
        """The boxes for the entries of one level.

        Args:
            places: the entries there, in each copy.
            run: what the entries are the copies of.
        """
        found: list[Content] = []
        start = 0
        for group in equal_ones(places[0]) if run else ([entry] for entry in places[0]):
            copies = [entry for place in places for entry in place[start : start + len(group)]]
            found += self._members_of(copies, len(group), run)
            start += len(group)
        return found

    def _members_of(self, copies: Sequence[Entry], times: int, run: Entry | None) -> list[Content]:
        entry = copies[0]
        name = short_name(copies[:times], run)
        placed = [placed_by(each) for each in copies]
        first = placed[0]
        shape = copies[times - 1].end.output
        if not first.children:
            instances = [each.nodes for each in placed]
            words = entry_words(entry, self.layout)
            return [self.leaf(name, words, shape, role_of(first.nodes[0]), instances, times)] if first.nodes else []
        is_run = first.kind == "repeat"
        inside = self.members([each.children for each in placed], first if is_run else None)
        if first.nodes:
            words = layers_words(first.nodes, self.layout)
            inside.append(self.leaf(name, words, shape, role_of(first.nodes[0]), [each.nodes for each in placed]))
        if not inside or (times == 1 and not is_scope(first)):
            return inside
        words = entry_words(entry, self.layout)
        if len(inside) == 1 and (inside[0].inside or is_run):  # one box is enough
            (only,) = inside
            if not (is_run or only.times > 1):
                only.words = words
            only.name = name
            only.times *= times
            return [only]
        group = Content(name, words, shape.text(self.layout), "block", times)
        _fill(group, _divided(inside))
        return [group]

    def leaf(self, name: str, words: Words, shape: Shape, role: str, instances: Instances, times: int = 1) -> Content:
        """A layer, with the norm and activation that belong to it, or several equal ones."""
        content = Content(name, words, shape.text(self.layout), role, times)
        content.instances = instances
        return content


def _fill(content: Content, inside: list[Content]) -> None:
    content.inside = inside
    for index, each in enumerate(inside):
        each.around, each.index = content, index


def _with_instances(content: Content, outputs: frozenset[Node]) -> Instances:
    """Finds the layers of each copy of what holds others, and where the model ends."""
    if content.inside:
        parts = [(_with_instances(each, outputs), each.times) for each in content.inside]
        count = max(len(instances) // times for instances, times in parts)
        content.instances = [[] for _ in range(count)]
        for instances, times in parts:
            for index, nodes in enumerate(instances):
                content.instances[index // times] += nodes
    content.is_output = any(not outputs.isdisjoint(nodes) for nodes in content.instances)
    return content.instances


# -- drawings of very many boxes


def _divided(members: list[Content]) -> list[Content]:
    """The boxes themselves, or closed sections of them if they are too many: again and again, until they are not."""
    while len(members) > _MOST_BOXES:
        levels = 2
        while _SECTIONS**levels < len(members):
            levels += 1
        size = round(len(members) ** (1 / levels))
        members = [_section(part) for part in _parts(members, size)]
    return members


def _parts(members: list[Content], size: int) -> Iterator[list[Content]]:
    """Boxes that follow one another, in parts of about this size, between which as few values go on as possible."""
    crossing = _crossings(members)
    start = 0
    while len(members) - start > size * 3 // 2:
        ends = range(start + size - size // 4, start + size + size // 4 + 1)
        goal = start + size
        end = min(ends, key=lambda each: (crossing[each], abs(each - goal)))
        yield members[start:end]
        start = end
    yield members[start:]


def _crossings(members: list[Content]) -> list[int]:
    """Before each box, how many boxes before it are read in it or after it."""
    place = {node: index for index, each in enumerate(members) for node in _first_copy(each)}
    last: dict[int, int] = {}
    for node, index in place.items():
        for source in (*node.inputs, *([node.like] if node.like else [])):
            if source in place:
                last[place[source]] = max(index, last.get(place[source], 0))
    change = [0] * (len(members) + 1)
    for read, index in last.items():
        if index > read:
            change[read + 1] += 1
            change[index + 1] -= 1
    return list(accumulate(change))


def _first_copy(content: Content) -> Iterator[Node]:
    if content.inside:
        for each in content.inside:
            yield from _first_copy(each)
    else:
        yield from content.instances[0]


def _section(members: list[Content]) -> Content:
    first, last = members[0], members[-1]
    name = f"{first.name.partition(' … ')[0]} … {last.name.rpartition(' … ')[2]}"
    count = sum(map(_layers_of, members))
    section = Content(name, (f"{count:,} layers", ()), last.shape, "block")
    _fill(section, members)
    return section


def _layers_of(content: Content) -> int:
    """How many layers it is, those of all its copies."""
    inside = sum(map(_layers_of, content.inside)) if content.inside else len(content.instances[0])
    return content.times * inside
