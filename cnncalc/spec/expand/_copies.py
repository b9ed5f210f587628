"""Copies: an entry that has been placed is copied where it would come out the same.

A network of a hundred blocks is mostly the same few blocks. What an entry becomes depends on its text, on the values
of the names in it, and on the shape of what enters; where these are equal, so are the layers, and only their names and
what they read differ. An entry is placed in full the first time and kept as an `Original`; after that its layers,
entries and names are copied, which takes a fraction of the time.

That is right only for an entry whose layers read nothing but each other and what enters, under names of its own. So
nothing is copied that looks up a name outside of it or has an `expect` or `weights` (which belong to one place); and
once anything is found to be wrong, everything is placed in full, so that every mistake is found where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from cnncalc.graph import Entry, Node
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.entry import texts
from cnncalc.spec.written import WrittenLayer

if TYPE_CHECKING:
    from cnncalc.source.diagnostics import Span
    from cnncalc.source.entry import Written
    from cnncalc.spec.expand.placement import Placed, Placement
    from cnncalc.spec.language.names import LeftOut

T = TypeVar("T")


class Before(NamedTuple):
    """How much of everything there was before an entry was placed."""

    nodes: int
    layers: int
    ends: int
    places: int
    left_out: int
    looked_up: int
    of_one_place: int
    copies: int
    dropped: int

    @classmethod
    def now(cls, to: Placement) -> Before:
        """How much there is now."""
        names = to.names
        return cls(
            len(to.nodes),
            len(to.reader.layers),
            len(names.ends),
            len(names.places),
            len(names.left_out),
            len(names.looked_up),
            len(to.expectations) + len(to.reader.weights),
            to.copies,
            to.left_out,
        )


class CopyTarget(NamedTuple):
    """Where an entry is to be placed.

    Attributes:
        path: what the names inside it begin with.
        source: what enters.
        chain: the calls that led inside it, innermost first.
    """

    path: str
    source: Node
    chain: tuple[str, ...]


class Original(NamedTuple):
    """An entry in its place, to be copied to others. The names inside it are kept without the path they begin with.

    Attributes:
        at: where it is.
        end: what it ends in.
        nodes: its layers, and those of everything inside it.
        layers: how these were written.
        ends: what each name inside it ends in.
        places: where these names are written.
        left_out: the names inside it that are left out, and why.
        copies: how many entries it came to.
        dropped: how many were left out.
    """

    at: CopyTarget
    entry: Entry | None
    end: Node
    nodes: list[Node]
    layers: list[WrittenLayer]
    ends: list[tuple[str, Node]]
    places: list[tuple[str, Span]]
    left_out: list[tuple[str, LeftOut]]
    copies: int
    dropped: int

    @classmethod
    def since(cls, before: Before, to: Placement, at: CopyTarget, placed: Placed) -> Original | None:
        """The entry that was placed since `before`; None if it must not be copied."""
        (entry, end), now, names = placed, Before.now(to), to.names
        if end is None or to.findings.items or to.keeps_recipes or now.of_one_place > before.of_one_place:
            return None
        if not all(each.startswith(f"{at.path}.") for each in names.looked_up[before.looked_up :]):
            return None
        nodes = to.nodes[before.nodes :]
        if not {each for node in nodes for each in (*node.inputs, node.like) if each} <= {at.source, *nodes}:
            return None
        return cls(
            at,
            entry,
            end,
            nodes,
            to.reader.layers[before.layers :],
            [(name, node) for name, node in _last(names.ends, now.ends - before.ends, at.path) if node],
            _last(names.places, now.places - before.places, at.path),
            _last(names.left_out, now.left_out - before.left_out, at.path),
            now.copies - before.copies,
            now.dropped - before.dropped,
        )

    def copied(self, to: Placement, at: CopyTarget, written: Written) -> Placed:
        """Places a copy on another input of the same shape; `written` is how the entry itself is written there."""
        path, cut, names = at.path, len(self.at.path), to.names
        twins = {self.at.source: at.source}
        for node in self.nodes:
            inputs = (twins[node.inputs[0]],) if len(node.inputs) == 1 else tuple(map(twins.__getitem__, node.inputs))
            twins[node] = twin = Node(path + node.name[cut:], node.kind, node.layer, inputs, node.output)
            if node.is_frozen or node.origin:
                twin.like_in_text(node)
            if node.like:
                twin.like = twins[node.like]
            twin.rules = node.rules
            to.nodes.append(twin)
        inside, chain = len(self.at.chain), at.chain
        for each in self.layers:
            # the same calls inside, and others that led there
            calls = each.chain[: len(each.chain) - inside] + chain if chain else each.chain
            layer = WrittenLayer(twins[each.node], each.entry, each.role, each.own, calls)
            layer.home = each.home
            to.reader.layers.append(layer)
        for name, node in self.ends:
            names.ends[path + name] = twins[node]
        for name, span in self.places:
            names.places[path + name] = span
        for name, why in self.left_out:
            names.left_out[path + name] = why
        to.copies += self.copies
        to.left_out += self.dropped
        if self.entry is None:
            return None, twins[self.end]
        entry = _twin(self.entry, path, cut, twins)
        entry.written = written
        return entry, twins[self.end]


def placed_or_copied(
    to: Placement,
    known: dict[Hashable, Original | None],
    key: Hashable,
    at: CopyTarget,
    written: Written,
    place: Callable[[], Placed],
) -> Placed:
    """Copies the entry that is known under a key (all that it depends on); the first one is placed in full.

    So is one that would go over the limit, for the finding to be where it goes over.
    """
    first = known.get(key)
    if first and not to.findings.items and to.has_room_for(first.copies + len(first.left_out)):
        return first.copied(to, at, written)
    before = Before.now(to)
    placed = place()
    if key not in known:
        known[key] = Original.since(before, to, at, placed)
    return placed


def _twin(entry: Entry, path: str, cut: int, twins: Mapping[Node, Node]) -> Entry:
    """The copy of an entry, with everything inside it."""
    twin = Entry(
        path + entry.name[cut:],
        entry.kind,
        entry.written,
        [twins[node] for node in entry.nodes],
        [_twin(child, path, cut, twins) for child in entry.children] if entry.children else None,
        twins[entry.passed_on] if entry.passed_on else None,
    )
    twin.origin = entry.origin
    twin.inside = entry.inside
    twin.arguments = entry.arguments
    return twin


def _last(mapping: dict[str, T], count: int, path: str) -> list[tuple[str, T]]:
    """The items that were added last, in order; their names without the path that they begin with."""
    items = [*islice(reversed(mapping.items()), count)]
    return [(name.removeprefix(path), value) for name, value in reversed(items)]


def mentions_index(written: Written) -> bool:
    """Whether the number of the copy may be in an expression of an entry."""
    values = (written.principal, *written.by_name.values())
    return any("index" in text for node in values for text in texts(node) if "$" in text)
