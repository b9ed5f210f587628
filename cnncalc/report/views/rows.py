"""The rows of a table from the tree of entries: down to a depth, with identical copies folded."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import AtLeast
from cnncalc.graph.entry_words import are_set_alike
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import INDENTATION, Cell, Hint

if TYPE_CHECKING:
    from cnncalc.analysis import EntryNumbers

NAMES = ("full", "short", "origin")
"""How a table names layers: `stage1.0.conv1`, or without the parts in the rows above, `conv1`; or by what the spec says
that they are called elsewhere, where it does."""

OUTPUT = " →"
"""What marks an entry whose values leave the model."""


class Row(NamedTuple):
    """An entry as a row, or several entries that are the same in everything shown.

    Attributes:
        entries: the entry; if copies are folded, all of them in order.
        level: how deep it is in the tree, from 0.
        is_open: whether the rows below show what is inside it.
        names: one of `NAMES`.
        is_output: whether its values leave the model.
        is_alone: whether it is listed outside its tree, so that it shows only its own numbers.
    """

    entries: tuple[EntryNumbers, ...]
    level: int = 0
    is_open: bool = False
    names: str = "full"
    is_output: bool = False
    is_alone: bool = False

    @property
    def is_sum(self) -> bool:
        """Whether its numbers are the sums of the rows below."""
        return self.is_open and not self.is_alone

    @property
    def entry(self) -> EntryNumbers:
        """The entry; the first of several."""
        return self.entries[0]

    @property
    def times(self) -> int:
        return len(self.entries)

    @property
    def full_name(self) -> str:
        """The name; for several copies, with the first and the last number: `body.0…2.conv1`."""
        return spanned(self.entries[0].name, self.entries[-1].name)

    @property
    def short_name(self) -> str:
        """The name without the parts in the rows above."""
        return self.full_name if self.level == 0 or self.is_alone else self.full_name.rsplit(".", 1)[-1]

    @property
    def whole_name(self) -> str:
        """The name with nothing left out; with `--names origin` what it is called elsewhere, if that is known."""
        if self.names == "origin" and self.entry.entry.origin:
            return spanned(self.entry.entry.origin, self.entries[-1].entry.origin)
        return self.full_name

    @property
    def name(self) -> str:
        return self.short_name if self.names == "short" else self.whole_name

    @property
    def name_cell(self) -> Cell:
        """The name in its place in the tree, marked if it is an output; the shorter form leaves out the parts in the
        rows above."""
        mark = OUTPUT if self.is_output else ""
        forms = (self.name,) if self.names == "origin" else (self.name, self.short_name)
        return Cell([form + mark for form in forms], self.level)


def spanned(first: str, last: str) -> str:
    """The name of several copies, with the first and the last number: `body.0…2.conv1`."""
    parts, others = first.split("."), last.split(".")
    if first == last or len(parts) != len(others):
        return first if first == last else f"{first}…{last}"
    return ".".join(one if one == other else f"{one}…{other}" for one, other in zip(parts, others, strict=True))


def in_order_of(rows: Iterable[Row], value: Callable[[Row], Any], is_descending: bool) -> list[Row]:
    """The rows sorted by a value; those of which it is unknown come last, by their lower bounds."""

    def key(row: Row) -> tuple[bool, Any]:
        found = value(row)
        is_unknown = found is None or isinstance(found, AtLeast)
        return is_unknown is not is_descending, int(found or 0) if is_unknown else found

    return sorted(rows, key=key, reverse=is_descending)


def flat_names(names: Sequence[str], style: str = "full") -> list[Cell]:
    """The names of rows that do not form a tree; short, each without the leading parts of the row above it."""
    cells = []
    above: list[str] = []
    for name in names:
        parts = name.split(".")
        common = 0
        while common < min(len(parts), len(above)) - 1 and parts[common] == above[common]:
            common += 1
        short = INDENTATION * common + ".".join(parts[common:])
        cells.append(Cell({"full": [name, short], "short": [short]}.get(style, [name])))
        above = parts
    return cells


def range_text(texts: Sequence[str]) -> str:
    """What a row of several copies shows: the first and the last text, or the one that they share."""
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]}…{texts[-1]}"


class Listing(NamedTuple):
    """What a table lists of a model, and how.

    Attributes:
        columns: the keys of the columns; None for the default ones.
        names: one of `NAMES`.
        depth: levels of the tree; None for all.
        fold: whether identical copies are one row.
    """

    columns: tuple[str, ...] | None = None
    names: str = "full"
    depth: int | None = None
    fold: bool = False


WHOLE = Listing()
"""Every row, under its full name."""


def _nothing_else(_: EntryNumbers) -> Hashable:
    return None


def tree(
    entries: Sequence[EntryNumbers],
    listing: Listing = WHOLE,
    outputs: Sequence[str] = (),
    shown: Callable[[EntryNumbers], Hashable] = _nothing_else,
) -> Iterator[Row]:
    """The rows of these entries.

    Args:
        outputs: the names of the entries that are to be marked as outputs.
        shown: what a table shows about an entry besides kind, settings, shapes and counts; copies that differ in it
        are not folded.
    """
    return _rows([(entry,) for entry in entries], listing, frozenset(outputs), shown, 0)


LONG = 40
"""A table with more rows than this says how to make it shorter."""


def shorter(count: int, entries: Sequence[EntryNumbers], listing: Listing) -> list[Hint]:
    """How to make a table with this many rows shorter, if it is long and as far as that helps."""
    if count <= LONG:
        return []
    ways = []
    if listing.depth is None and any(entry.children for entry in entries):
        ways.append("`--depth 1` shows only the outermost entries")
    if not listing.fold and _have_copies(entries, listing.depth):
        ways.append("`--fold` one row per group of identical copies")
    return [Hint(f"{count} rows: {', '.join(ways)}.")] if ways else []


def _have_copies(entries: Sequence[EntryNumbers], levels: int | None) -> bool:
    """Whether a row of these entries, down to so many levels, would be folded: the first two copies show it."""
    if any(_is_copy(one) and _is_copy(other) and alike(one, other) for one, other in pairwise(entries)):
        return True
    if levels == 1:
        return False
    below = levels and levels - 1
    return any(_have_copies(_inside(entry), below) for entry in entries if entry.children)


def _rows(
    parallel: Sequence[tuple[EntryNumbers, ...]],
    listing: Listing,
    outputs: frozenset[str],
    shown: Callable[[EntryNumbers], Hashable],
    level: int,
) -> Iterator[Row]:
    """The rows of entries, each standing for itself and for its copies in folded rows above."""
    for entries in _folded(parallel, shown) if listing.fold else parallel:
        is_open = bool(_inside(entries[0])) and (listing.depth is None or level + 1 < listing.depth)
        is_output = bool(outputs) and _are_outputs(entries[:1] if is_open else _all_inside(entries), outputs)
        yield Row(entries, level, is_open, listing.names, is_output)
        if is_open:
            inside = list(zip(*map(_inside, entries), strict=True))
            yield from _rows(inside, listing, outputs, shown, level + 1)


def _are_outputs(entries: Iterable[EntryNumbers], outputs: frozenset[str]) -> bool:
    return any(each.name in outputs for each in entries)


def _all_inside(entries: Iterable[EntryNumbers]) -> Iterator[EntryNumbers]:
    return (each for entry in entries for each in entry.walk())


def _folded(
    parallel: Sequence[tuple[EntryNumbers, ...]], shown: Callable[[EntryNumbers], Hashable]
) -> Iterator[tuple[EntryNumbers, ...]]:
    """Numbered copies that are the same, together."""
    index = 0
    while index < len(parallel):
        first = parallel[index]
        stop = index + 1
        if _is_copy(first[0]):
            while stop < len(parallel) and _is_copy(parallel[stop][0]) and alike(first[0], parallel[stop][0], shown):
                stop += 1
        yield tuple(entry for entries in parallel[index:stop] for entry in entries)
        index = stop


def _is_copy(entry: EntryNumbers) -> bool:
    return entry.name.rsplit(".", 1)[-1].isdigit()


def _inside(entry: EntryNumbers) -> Sequence[EntryNumbers]:
    """What is shown below an entry. What `share` reuses has its name: one row covers both."""
    is_share = entry.kind == "share" and [child.name for child in entry.children] == [entry.name]
    return entry.children[0].children if is_share else entry.children


def alike(first: EntryNumbers, second: EntryNumbers, shown: Callable[[EntryNumbers], Hashable] = _nothing_else) -> bool:
    """Whether two entries are the same except for their names and places: kinds, settings, shapes and numbers."""
    if first.kind != second.kind or first.output != second.output:
        return False
    if first.params != second.params or first.macs != second.macs or shown(first) != shown(second):
        return False
    if len(first.layers) != len(second.layers) or len(first.children) != len(second.children):
        return False
    layers = zip(first.layers, second.layers, strict=True)
    return all(are_set_alike(one.node, other.node) for one, other in layers) and all(
        alike(one, other, shown) for one, other in zip(first.children, second.children, strict=True)
    )
