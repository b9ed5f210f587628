"""What became of each entry of a model, as rows: to a depth, and with equally changed copies folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import layers_unknown
from cnncalc.graph.entry_words import settings_parts
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Cell, Column, Table
from cnncalc.report.text import UNKNOWN, number
from cnncalc.report.views._changes import change_text, signed
from cnncalc.report.views.columns import shorter_forms
from cnncalc.report.views.rows import Listing, flat_names

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.comparison.differences import Comparison, Line, Pair
    from cnncalc.layers.base import Layer

SIGNS = {"added": "+", "removed": "−", "changed": "~", "renamed": ">", "same": "="}
COLUMNS = {
    "status": Column(""),
    "layer": Column("layer", narrows=1),
    "what": Column("what", narrows=2, is_uniform=False),
    "output": Column("output", leaves=3),
    "params": Column("params", True),
    "params_change": Column("Δ params", True),
    "macs": Column("MACs", True, leaves=2),
    "macs_change": Column("Δ MACs", True, leaves=1),
}


class DifferenceRow(NamedTuple):
    """What became of an entry, or of everything inside one.

    Attributes:
        what: in words, and then in fewer.
        names, outputs: before and after; only once if one of the sides lacks it.
        params, macs: before and after; None on a side that lacks it.
    """

    status: str
    names: tuple[str, ...]
    what: tuple[str, ...]
    outputs: tuple[str, ...]
    params: tuple[int | None, int | None]
    macs: tuple[int | None, int | None]
    times: int = 1

    @property
    def name(self) -> str:
        return moved(self.names[0], self.names[-1])

    def cells(self) -> dict[str, str | Cell]:
        """What the row shows, by column, except its name."""
        copies = f"{self.times} × " if self.times > 1 else ""
        return {
            "status": SIGNS[self.status],
            "what": Cell(self.what),
            "output": moved(self.outputs[0], self.outputs[-1]),
            "params": copies + _present(self.params),
            "params_change": _copies_of(copies, _change(*self.params)),
            "macs": copies + _present(self.macs),
            "macs_change": _copies_of(copies, _change(*self.macs)),
        }


def difference_rows(comparison: Comparison, listing: Listing) -> list[DifferenceRow]:
    """One row per entry that is not the same; to a depth, one per entry with everything inside it."""
    by_origin = listing.names == "origin"
    rows = list(_to_depth(comparison, listing.depth, by_origin) if listing.depth else _leaves(comparison, by_origin))
    return _folded(rows) if listing.fold else rows


def difference_table(rows: Sequence[DifferenceRow], listing: Listing) -> Table:
    """The rows as a table."""
    names = flat_names([row.name for row in rows], listing.names)
    keys = listing.columns or tuple(COLUMNS)
    cells: list[dict[str, str | Cell]] = [{**row.cells(), "layer": name} for row, name in zip(rows, names, strict=True)]
    columns = [COLUMNS[key]._replace(leaves=0) if listing.columns else COLUMNS[key] for key in keys]
    return Table(columns, [[line[key] for key in keys] for line in cells])


# -- leaves


def _leaves(comparison: Comparison, by_origin: bool) -> Iterator[DifferenceRow]:
    for pair in comparison.pairs or ():
        if pair.status != "same":
            yield _row(pair, comparison.analyses, by_origin)


def _name(row: EntryNumbers, by_origin: bool) -> str:
    return (by_origin and row.entry.origin) or row.name


def _row(pair: Pair, analyses: Sequence[Analysis], by_origin: bool) -> DifferenceRow:
    sides = (pair.before, pair.after)
    present = [line for line in sides if line]
    outputs = [
        line.row.output.text(analysis.spec.layout) for line, analysis in zip(sides, analyses, strict=True) if line
    ]
    params, macs = ((line and line.params for line in sides), (line and line.macs for line in sides))
    return DifferenceRow(
        pair.status,
        tuple(_name(line.row, by_origin) for line in present),
        _what(pair),
        tuple(outputs),
        _two(params),
        _two(macs),
    )


def _two(values: Iterable[int | None]) -> tuple[int | None, int | None]:
    first, second = values
    return first, second


# -- to a depth


def _to_depth(comparison: Comparison, depth: int, by_origin: bool) -> Iterator[DifferenceRow]:
    """Leaves that are not below that depth; those below, together by the entry that they are in."""
    tops = [_tops(analysis, depth) for analysis in comparison.analyses]
    groups: dict[str, list[Pair]] = {}
    for pair in comparison.pairs or ():
        line, top = (pair.after, tops[1]) if pair.after else (pair.before, tops[0])
        assert line is not None
        groups.setdefault(top[line.name].name, []).append(pair)
    for name, pairs in groups.items():
        if len(pairs) == 1 and name in (line.name for line in (pairs[0].before, pairs[0].after) if line):
            if pairs[0].status != "same":
                yield _row(pairs[0], comparison.analyses, by_origin)
        elif any(pair.status != "same" for pair in pairs):
            yield _together(pairs, tops, comparison.analyses, by_origin)


def _tops(analysis: Analysis, depth: int) -> dict[str, EntryNumbers]:
    """For each entry, the one at this depth that it is in: itself if it is not deeper."""
    found: dict[str, EntryNumbers] = {}

    def visit(entries: Iterable[EntryNumbers], level: int, top: EntryNumbers | None) -> None:
        for entry in entries:
            own = top or entry
            found[entry.name] = own
            visit(entry.children, level + 1, own if level >= depth else None)

    visit(analysis.entries, 1, None)
    return found


def _together(
    pairs: Sequence[Pair], tops: Sequence[dict[str, EntryNumbers]], analyses: Sequence[Analysis], by_origin: bool
) -> DifferenceRow:
    """The entries inside one entry as a row: how many have which status."""
    sides = [
        [line for line in lines if line] for lines in zip(*((pair.before, pair.after) for pair in pairs), strict=True)
    ]
    entries = [top[lines[0].name] if lines else None for top, lines in zip(tops, sides, strict=True)]
    present = [(entry, analysis) for entry, analysis in zip(entries, analyses, strict=True) if entry]
    counts = Counter(pair.status for pair in pairs)
    status = next(iter(counts)) if len(counts) == 1 else "changed"
    params, macs = (
        _two(sum(getattr(line, key) for line in lines) if lines else None for lines in sides)
        for key in ("params", "macs")
    )
    return DifferenceRow(
        status,
        tuple(_name(entry, by_origin) for entry, _ in present),
        (", ".join(f"{counts[each]} {each}" for each in SIGNS if counts[each]),),
        tuple(entry.output.text(analysis.spec.layout) for entry, analysis in present),
        params,
        macs,
    )


# -- copies with equal changes


def _folded(rows: Sequence[DifferenceRow]) -> list[DifferenceRow]:
    """Folds rows that are the same except for consecutive numbers in their names."""
    groups: dict[Any, list[DifferenceRow]] = {}
    for row in rows:
        groups.setdefault((_without_numbers(row.names), row._replace(names=())), []).append(row)
    return [found for group in groups.values() for found in _runs_of_copies(group)]


def _without_numbers(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(".".join("0" if part.isdigit() else part for part in name.split(".")) for name in names)


def _runs_of_copies(group: Sequence[DifferenceRow]) -> Iterator[DifferenceRow]:
    start = 0
    for stop in range(1, len(group) + 1):
        if stop < len(group) and _follows(group[stop - 1].names[-1], group[stop].names[-1]):
            continue
        first, last = group[start], group[stop - 1]
        names = tuple(_span(one, other) for one, other in zip(first.names, last.names, strict=True))
        yield first._replace(names=names, times=stop - start)
        start = stop


def _follows(name: str, other: str) -> bool:
    """Whether one number in the name is the next, and everything else is the same."""
    pairs = [(one, two) for one, two in zip(name.split("."), other.split("."), strict=True) if one != two]
    return len(pairs) == 1 and all(part.isdigit() for part in pairs[0]) and int(pairs[0][0]) + 1 == int(pairs[0][1])


def _span(first: str, last: str) -> str:
    parts = zip(first.split("."), last.split("."), strict=True)
    return ".".join(one if one == other else f"{one}…{other}" for one, other in parts)


# -- in words


def _present(values: tuple[int | None, int | None]) -> str:
    before, after = values
    return number(after if after is not None else before or 0)


def _copies_of(copies: str, text: str) -> str:
    return text if text in ("=", UNKNOWN) else copies + text


def _change(before: int | None, after: int | None) -> str:
    """The change of an entry's number; without a share if the entry was added or removed."""
    if layers_unknown(before or 0) or layers_unknown(after or 0):
        return UNKNOWN
    if before is None or after is None:
        delta = (after or 0) - (before or 0)
        return signed(delta) if delta else "="
    return change_text(before, after)


def moved(before: str, after: str) -> str:
    """Both texts if they differ: `26×26×8 → 24×24×8`."""
    return before if before == after else f"{before} → {after}"


def _what(pair: Pair) -> tuple[str, ...]:
    """The kind and settings of an entry that was added or removed; for a changed one, the settings that differ."""
    before, after = pair.before, pair.after
    if before is None or after is None:
        return _kind_forms(after or before)
    parts = []
    for name, (old, new) in pair.settings.items():
        if None in (old, new) and declaring(after if old is None else before, name) is None:
            parts.append(f"{'+' if old is None else '−'}{name}")  # a norm or activation that was added or removed
        else:
            parts.append(f"{name} {value_text(before, name, old)} → {value_text(after, name, new)}")
    if pair.inputs:
        parts.append(f"from {', '.join(pair.inputs[0])} → {', '.join(pair.inputs[1])}")
    return (f"{moved(before.kind, after.kind)} {', '.join(parts)}".rstrip(),)


def _kind_forms(line: Line | None) -> tuple[str, ...]:
    """The kind of an entry with its settings, then with fewer and fewer of them."""
    assert line is not None
    own, *others = (layer.node for layer in line.row.layers)
    assert own.layer is not None
    details = (*settings_parts(own.layer, line.layout), *(node.kind for node in others))
    return tuple(shorter_forms(line.kind, details).forms)


def declaring(line: Line, name: str) -> tuple[Layer, str] | None:
    """The layer of an entry that has the setting `stride` or `batch_norm.epsilon`, and its name there."""
    kind, dot, setting = name.partition(".")
    for index, numbers in enumerate(line.row.layers):
        layer = numbers.node.layer
        if layer is not None and (numbers.node.kind == kind if dot else not index):
            own = setting if dot else name
            if own in layer.settings:
                return layer, own
    return None


def value_text(line: Line, name: str, value: Any) -> str:
    """The value of an entry's setting in words."""
    if value is None:
        return "none"
    owner = declaring(line, name)
    if owner is None:
        return "false" if value is False else "true" if name.endswith("trainable") else "yes"
    layer, own = owner
    return layer.settings[own].show(value, line.layout)
