"""What tells models apart: their totals and, of two, what was added, removed or changed entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.graph import Node

MAX_ALIGNED = 2_000
"""Runs of more unmatched entries than this are matched by name alone: alignment takes the square of their number."""

TOTALS = ("params", "trainable_params", "macs", "param_bytes", "activation_bytes", "peak_activation_bytes")
"""The totals that are compared, by their names in `analysis.Totals`."""


class Line(NamedTuple):
    """A leaf of the tree of entries: an entry with layers of its own.

    Attributes:
        settings: those of all its layers, by `layer.setting` (`kernel`, `batch_norm.epsilon`); values to compare.
    """

    name: str
    kind: str
    row: EntryNumbers
    settings: Mapping[str, Any]
    params: int
    macs: int


class Pair(NamedTuple):
    """An entry of the first model and what became of it in the second; None on the side that lacks it.

    Attributes:
        settings: what was set otherwise: name → (before, after), None where a side has no such setting.
        inputs: the entries that it reads, by their names before and after, where these are others.
    """

    before: Line | None
    after: Line | None
    settings: Mapping[str, tuple[Any, Any]]
    inputs: tuple[Sequence[str], Sequence[str]] | None = None

    @property
    def status(self) -> str:
        """`added`, `removed`, `changed`, `renamed` (nothing else changed) or `same`."""
        if self.before is None or self.after is None:
            return "removed" if self.after is None else "added"
        is_set_alike = self.before.kind == self.after.kind and not self.settings and not self.inputs
        if not is_set_alike or self._numbers(self.before) != self._numbers(self.after):
            return "changed"
        return "same" if self.before.name == self.after.name else "renamed"

    @staticmethod
    def _numbers(line: Line) -> tuple[Any, ...]:
        return line.row.output, line.params, line.macs


class Comparison(NamedTuple):
    """Two or more models side by side.

    Attributes:
        pairs: of exactly two models every entry, in the order of the second, removed ones where they were; else None.
    """

    analyses: Sequence[Analysis]
    pairs: Sequence[Pair] | None

    @property
    def is_different(self) -> bool:
        """Whether the models differ, in their totals, receptive field, inputs, output or any entry (names aside)."""
        first, *others = map(_facts, self.analyses)
        return any(other != first for other in others) or any(
            pair.status not in ("same", "renamed") for pair in self.pairs or ()
        )


def compare(analyses: Sequence[Analysis]) -> Comparison:
    """Compares models; two of them entry by entry.

    Entries are matched by name; those that are left between two matches by the longest runs of the same kind and
    settings (`difflib`).

    Raises:
        ValueError: there are fewer than two.
    """
    if len(analyses) < 2:
        raise ValueError("a comparison takes two models or more")
    if len(analyses) > 2:
        return Comparison(analyses, None)
    before, after = (list(_lines(each)) for each in analyses)
    return Comparison(analyses, _rewired(analyses, list(_pairs(before, after))))


def change(before: int | None, after: int | None) -> tuple[int, float | None] | None:
    """What was added, and how much of the first number that is; None where a number is unknown.

    The share is None where the first number is 0 and the second is not.
    """
    if before is None or after is None:
        return None
    delta = after - before
    return delta, (delta / before if before else None if delta else 0.0)


# -- what is compared


def _facts(analysis: Analysis) -> tuple[Any, ...]:
    """What models that are the same have in common."""
    totals = [getattr(analysis.totals, name) for name in TOTALS]
    graph = analysis.spec.graph
    shapes = [[node.output for node in nodes] for nodes in (graph.inputs, graph.output_nodes)]
    return totals, shapes, list(analysis.end.fields.values())


def _lines(analysis: Analysis) -> Iterator[Line]:
    for row in analysis.walk():
        if row.layers:
            params = sum(layer.params for layer in row.layers)
            macs = sum(layer.macs for layer in row.layers)
            yield Line(row.name, row.kind, row, _settings(row), params, macs)


def _settings(row: EntryNumbers) -> dict[str, Any]:
    """The settings of an entry's layers; those that its norm and activation stand for under their kinds."""
    settings: dict[str, Any] = {}
    for index, numbers in enumerate(row.layers):
        node = numbers.node
        prefix = f"{node.kind}." if index else ""
        if index:
            settings[node.kind] = True
        settings.update({f"{prefix}{name}": value for name, value in _values(node).items()})
    return settings


def _values(node: Node) -> Mapping[str, Any]:
    return vars(node.layer) if node.layer is not None else {}


# -- which entries belong together


def _pairs(before: list[Line], after: list[Line]) -> Iterator[Pair]:
    """The entries of two models, matched."""
    start_before = start_after = 0
    for matched_before, matched_after in [*_same_names(before, after), (len(before), len(after))]:
        yield from _aligned(before[start_before:matched_before], after[start_after:matched_after])
        if matched_before < len(before):
            yield _pair(before[matched_before], after[matched_after])
        start_before, start_after = matched_before + 1, matched_after + 1


def _same_names(before: list[Line], after: list[Line]) -> Iterator[tuple[int, int]]:
    """Places of entries that have one name in both, where the order is the same in both."""
    places = {line.name: index for index, line in enumerate(after)}
    found = [(index, places[line.name]) for index, line in enumerate(before) if line.name in places]
    return iter(_rising(found))


def _rising(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of these whose second numbers rise (by patience sorting)."""
    from bisect import bisect_left

    tops: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (_, place) in enumerate(found):
        pile = bisect_left(tops, place)
        previous.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        ends[pile : pile + 1] = [index]
    chain = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(found[at])
        at = previous[at]
    return chain[::-1]


def _aligned(before: list[Line], after: list[Line]) -> Iterator[Pair]:
    """Pairs of entries whose names differ: first those that are set alike, then those of one kind in between."""
    if not before or not after or len(before) + len(after) > MAX_ALIGNED:
        yield from (Pair(line, None, {}) for line in before)
        yield from (Pair(None, line, {}) for line in after)
        return
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, list(map(_signature, before)), list(map(_signature, after)), autojunk=False)
    for _, low, high, start, stop in matcher.get_opcodes():
        yield from _of_one_kind(before[low:high], after[start:stop])


def _of_one_kind(before: list[Line], after: list[Line]) -> Iterator[Pair]:
    """Entries between two places that agree: those of one kind, in order, are the same entry, changed."""
    from difflib import SequenceMatcher

    old, new = ([line.kind for line in lines] for lines in (before, after))
    for tag, low, high, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from map(_pair, before[low:high], after[start:stop])
        else:
            yield from (Pair(line, None, {}) for line in before[low:high])
            yield from (Pair(None, line, {}) for line in after[start:stop])


def _signature(line: Line) -> tuple[str, str]:
    return line.kind, repr(sorted(line.settings.items()))


def _pair(before: Line, after: Line) -> Pair:
    names = dict.fromkeys([*before.settings, *after.settings])
    values = {name: (before.settings.get(name), after.settings.get(name)) for name in names}
    changed = {name: both for name, both in values.items() if both[0] != both[1]}
    # of a norm or activation that is new or gone, that is all there is to say
    return Pair(
        before,
        after,
        {name: both for name, both in changed.items() if name.partition(".")[0] not in changed or "." not in name},
    )


# -- who reads whom


def _rewired(analyses: Sequence[Analysis], pairs: list[Pair]) -> list[Pair]:
    """The pairs, and where an entry reads others than it did.

    What reads an entry that was added or removed is not changed by that: only entries that both models have count.
    """
    first, second = map(_owners, analyses)
    after_names = {pair.before.name: pair.after.name for pair in pairs if pair.before and pair.after}
    after_names.update(
        {
            one.name: other.name
            for one, other in zip(analyses[0].spec.graph.inputs, analyses[1].spec.graph.inputs, strict=False)
        }
    )
    known = set(after_names.values())
    return [_with_inputs(pair, first, second, after_names, known) for pair in pairs]


def _with_inputs(
    pair: Pair, first: Mapping[Node, str], second: Mapping[Node, str], after_names: Mapping[str, str], known: set[str]
) -> Pair:
    if pair.before is None or pair.after is None:
        return pair
    before = [first[node] for node in pair.before.row.layers[0].node.inputs]
    after = [second[node] for node in pair.after.row.layers[0].node.inputs]
    expected = [after_names.get(name) for name in before]
    if expected == after or None in expected or not known.issuperset(after):
        return pair
    return pair._replace(inputs=(before, after))


def _owners(analysis: Analysis) -> dict[Node, str]:
    """The entry, or input, that each layer belongs to."""
    owners = {node: node.name for node in analysis.spec.graph.inputs}
    for row in analysis.walk():
        owners.update({layer.node: row.name for layer in row.layers})
    return owners
