"""The entries of the spec as a tree, each with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.report.page._context import Distinct
from cnncalc.report.page.panel._places import base_name, quoted_lines
from cnncalc.report.text import number
from cnncalc.report.views.columns import entry_cell, share_text
from cnncalc.report.views.rows import Listing, tree

if TYPE_CHECKING:
    from cnncalc.analysis import EntryNumbers, LayerNumbers, Totals
    from cnncalc.graph import Node
    from cnncalc.report.page._context import PageModel
    from cnncalc.source.files import Source


class Entries:
    """The entries, outermost first, in order.

    Attributes:
        of: the id of the entry that a layer belongs to.
    """

    def __init__(self, model: PageModel) -> None:
        self._model = model
        self._places: Distinct[tuple[int, ...]] = Distinct()
        self._entries: list[list[int | str]] = []
        self._ids: dict[int, int] = {}  # by the identity of what an analysis has of an entry
        self.of: dict[Node, int] = {}
        for entry in model.analysis.entries:
            self._add(entry, -1, [], model.spec.source)
        self._copies = self._find_copies()

    def data(self) -> dict[str, Any]:
        """Each `[entry that it is in or -1, how many parts of its name are those of that entry's, the rest of its name,
        words, place, layer that it ends in, what its own layers have together]`. A place is `[file, line, column,
        quoted lines]`."""
        return {"entries": self._entries, "places": self._places.all()}

    def copies_of(self, node: Node) -> int | None:
        """The id of the text that says of how many equal copies a layer's entry is one; None if there are no others."""
        return self._copies.get(self.of[node])

    def _add(self, entry: EntryNumbers, parent: int, around: Sequence[str], source: Source) -> None:
        model, id_ = self._model, len(self._entries)
        name = entry.name.split(".")
        shared = _shared(name, around)
        words = model.texts.id(entry_cell(entry, model.spec.layout).forms[0])
        place, end = self._place(entry, source), model.ids[entry.end.node]
        together = model.texts.id(_together(entry.layers, model.analysis.totals))
        self._entries.append([parent, shared, ".".join(name[shared:]), words, place, end, together])
        self._ids[id(entry)] = id_
        for layer in entry.layers:
            self.of[layer.node] = id_
        for child in entry.children:
            self._add(child, id_, name, entry.entry.inside or source)

    def _place(self, entry: EntryNumbers, source: Source) -> int:
        """Where it is written. What was made from the file of another tool has no lines that anybody could look up."""
        span, texts = entry.entry.span, self._model.texts
        lines = texts.id(quoted_lines(entry.entry, source) if entry.layers else "")
        line, column = (0, 0) if self._model.spec.parsed.is_imported else (span.line, span.column)
        return self._places.id((texts.id(base_name(source)), line, column, lines))

    def _find_copies(self) -> dict[int, int]:
        """By entry that is equal to others: the text that says so."""
        found = {}
        for row in tree(self._model.analysis.entries, Listing(fold=True)):
            if row.times > 1:
                words = self._model.texts.id(f"one of {row.times:,} equal copies: {row.full_name}")
                found.update(dict.fromkeys([self._ids[id(entry)] for entry in row.entries], words))
        return found


def _together(layers: Sequence[LayerNumbers], totals: Totals) -> str:
    """The parameters and MACs of the layers of an entry, if it has several."""
    if len(layers) < 2:
        return ""
    parts = []
    for key, title in (("params", "parameters"), ("macs", "MACs")):
        count = sum([getattr(layer, key) for layer in layers])
        share = totals.share(key, count)
        parts.append(f"{number(count)} {title}{f' ({share_text(share)})' if share else ''}")
    return ", ".join(parts)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two names have in common at their beginnings."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (this, that) in pairs if this != that), min(len(one), len(other)))
