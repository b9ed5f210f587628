"""The rows of a table from the tree of entries: to a depth, identical repeats folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis import EntryNumbers, LayerNumbers


class Row(NamedTuple):
    """An entry as a row.

    Attributes:
        level: how deep it lies in the tree, from 0.
        times: how many identical copies the row stands for.
        is_open: whether the rows below are what lies inside it, so that its own numbers are those of its own layers.
    """

    entry: EntryNumbers
    level: int = 0
    times: int = 1
    is_open: bool = False

    @property
    def label(self) -> str:
        """The name without what stands in the rows above it; a run of copies by its first and last."""
        name = self.entry.name if self.level == 0 else self.entry.name.rsplit(".", 1)[-1]
        if self.times > 1:
            name = f"{name}…{int(name) + self.times - 1}" if name.isdigit() else name
        return "  " * self.level + name


def tree(entries: Sequence[EntryNumbers], depth: int | None, fold: bool, level: int = 0) -> Iterator[Row]:
    """The rows of these entries, `depth` levels of them (all where None); with `fold` identical copies are one row."""
    index = 0
    while index < len(entries):
        entry = entries[index]
        times = 1
        if fold:
            while index + times < len(entries) and alike(entry, entries[index + times]):
                times += 1
            times = times if entry.name.rsplit(".", 1)[-1].isdigit() else 1
        inside = _inside(entry)
        is_open = bool(inside) and (depth is None or level + 1 < depth)
        yield Row(entry, level, times, is_open)
        if is_open:
            yield from tree(inside, depth, fold, level + 1)
        index += times


def _inside(entry: EntryNumbers) -> Sequence[EntryNumbers]:
    """What is shown below an entry. What `share` runs again bears its name: one row says both."""
    is_share = entry.kind == "share" and [child.name for child in entry.children] == [entry.name]
    return entry.children[0].children if is_share else entry.children


def alike(first: EntryNumbers, second: EntryNumbers) -> bool:
    """Whether two entries are the same but for their names and places: kinds, settings, shapes and numbers."""
    if (first.kind, first.output, first.params, first.macs) != (second.kind, second.output, second.params, second.macs):
        return False
    own = zip(first.layers, second.layers, strict=False)
    if len(first.layers) != len(second.layers) or any(not _same_layer(one, other) for one, other in own):
        return False
    inside = zip(first.children, second.children, strict=False)
    return len(first.children) == len(second.children) and all(alike(one, other) for one, other in inside)


def _same_layer(one: LayerNumbers, other: LayerNumbers) -> bool:
    return one.node.kind == other.node.kind and vars(one.node.layer) == vars(other.node.layer)
