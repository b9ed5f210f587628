"""Differences between models: their totals and, between two, what was added, removed or changed, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import known
from cnncalc.layers import KINDS, layer_class
from cnncalc.named_tuple import NamedTuple
from cnncalc.sameness.networks import compare_networks, same_layers
from cnncalc.settings.setting import Like

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.sameness.networks import Sameness
    from cnncalc.settings.shape import Shape

MAX_ALIGNED = 2_000
"""Runs of more entries than this are matched by name alone: alignment takes quadratic time."""

TOTALS = ("params", "trainable_params", "macs", "param_bytes", "activation_bytes", "peak_activation_bytes")
"""The totals that are compared, by their names in `analysis.Totals`."""


class Line(NamedTuple):
    """A leaf of the tree of entries: an entry with layers of its own.

    Attributes:
        settings: the settings of all its layers, by name (`kernel`, `batch_norm.epsilon`), as comparable values.
        implied: those of them that have the value they would have if nobody had written them.
        layout: of its model.
        alias: its name without the running numbers of unnamed entries.
    """

    name: str
    kind: str
    row: EntryNumbers
    settings: Mapping[str, Any]
    implied: frozenset[str]
    layout: str
    params: int
    macs: int
    alias: str


class Pair(NamedTuple):
    """An entry of the first model and its counterpart in the second; None on the side that lacks it.

    Attributes:
        settings: the settings that differ: name → (before, after), None on a side without this setting; not those that
        merely follow from others, or that one kind has and that are left at their default.
        inputs: the entries that it reads, by their names before and after, if these differ.
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
        kinds = [line.row.layers[0].node.kind for line in (self.before, self.after)]  # a residual's is `add`
        is_set_alike = kinds[0] == kinds[1] and not self.settings and not self.inputs
        if not is_set_alike or self._numbers(self.before) != self._numbers(self.after):
            return "changed"
        is_named_alike = self.before.name == self.after.name or self.before.alias == self.after.alias
        return "same" if is_named_alike else "renamed"

    @staticmethod
    def _numbers(line: Line) -> tuple[Any, ...]:
        return line.row.output, line.params, line.macs


class Comparison(NamedTuple):
    """Two or more models side by side.

    Attributes:
        sameness: for each model after the first, whether it is the same network, and if not, where they part.
        pairs: for exactly two models, every entry in the order of the second, removed ones in their old place; else
        None.
    """

    analyses: Sequence[Analysis]
    sameness: Sequence[Sameness]
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

    Entries are matched level by level: by the names they were given and, between these, by the longest runs of entries
    that are identical, then of entries with equal settings, then of entries of the same kind (`difflib`). Those of the
    same network that are not all alike by that belong together as their layers do, whatever is around them.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(analyses) < 2:
        raise ValueError("a comparison takes two models or more")
    first, *others = (each.spec for each in analyses)
    sameness = [compare_networks(first, other) for other in others]
    if len(analyses) > 2:
        return Comparison(analyses, sameness, None)
    before, after = map(_branches, analyses)
    pairs = list(_pairs(before, after))
    if sameness[0].holds(allow_folded=True) and any(pair.status not in ("same", "renamed") for pair in pairs):
        twins = same_layers(first, others[0], folds=not sameness[0].holds())
        return Comparison(analyses, sameness, _pairs_of_twins(list(_leaves(before)), list(_leaves(after)), twins))
    return Comparison(analyses, sameness, _rewired(analyses, pairs))


def change(before: int | None, after: int | None) -> tuple[int, float | None] | None:
    """The difference, absolute and as a share of the first number; None if a number (or all but a lower bound) is
    unknown.

    The share is None if the first number is 0 and the second is not.
    """
    if before is None or after is None or known(before) is None or known(after) is None:
        return None
    delta = after - before
    return delta, (delta / before if before else None if delta else 0.0)


# -- what is compared


def _facts(analysis: Analysis) -> tuple[Any, ...]:
    """What equal models have in common."""
    totals = [getattr(analysis.totals, name) for name in TOTALS]
    graph = analysis.spec.graph
    shapes = [[node.output for node in nodes] for nodes in (graph.inputs, graph.output_nodes)]
    return totals, shapes, list(analysis.end.fields.values())


class _Branch(NamedTuple):
    """An entry and what is inside it.

    Attributes:
        line: its own layers; None where it has none.
        name: its whole path.
        label: its name in its scope; empty if it was not given one.
        keys: what it has in common with entries that are identical; that have equal settings; that are of the same
        kind.
    """

    line: Line | None
    children: list[_Branch]
    name: str
    label: str
    keys: tuple[Any, Any, Any]


MOST_ALIKE = 1024
"""How many entries are remembered with their settings and keys, in case others are alike."""
_Settings = Mapping[str, Any]
_Placed = tuple[str, "Layer | None", bool]
"""The kind of a layer, the layer, and whether it is frozen."""


def _branches(analysis: Analysis) -> list[_Branch]:
    """The entries of a model."""
    settings, implied = lru_cache(MOST_ALIKE)(_settings), lru_cache(MOST_ALIKE)(_implied)
    keys = lru_cache(MOST_ALIKE)(_keys)

    def branch(row: EntryNumbers, scope: str = "", scope_alias: str = "") -> _Branch:
        own = row.name.removeprefix(f"{scope}.") if scope else row.name
        # a run of copies takes the number of what it repeats
        kinds = _kinds_repeated(row)
        number = next((kind for kind in kinds if _is_numbered(own, kind)), "")
        alias = f"{scope_alias}.{number or own}"
        opens_scope = any(child.name.startswith(f"{row.name}.") for child in row.children)
        inside = (row.name, alias) if opens_scope else (scope, scope_alias)
        children = [branch(child, *inside) for child in row.children]
        layers = tuple([(layer.node.kind, layer.node.layer, layer.node.is_frozen) for layer in row.layers])
        below = tuple([child.keys[1] for child in children])
        line = None
        if layers:
            params, macs = (sum([getattr(layer, name) for layer in row.layers]) for name in ("params", "macs"))
            layout = analysis.spec.layout
            line = Line(row.name, row.kind, row, settings(*layers), implied(*layers), layout, params, macs, alias)
        own_keys = keys(row.kind, layers, below, row.output, row.params, row.macs)
        return _Branch(line, children, row.name, "" if number else own, own_keys)

    return [branch(row) for row in analysis.entries]


def _kinds_repeated(row: EntryNumbers) -> list[str]:
    """The kind of an entry; of a run of copies also that of what is repeated."""
    is_run = row.kind == "repeat" and row.children
    return [row.kind, *(_kinds_repeated(row.children[0]) if is_run else ())]


def _is_numbered(name: str, kind: str) -> bool:
    """Whether a name is one that unnamed entries get: `conv1`."""
    return name.startswith(kind) and name[len(kind) :].isdecimal()


def _settings(*layers: _Placed) -> _Settings:
    """The settings of an entry's layers; those of its norm and activation under their kinds."""
    settings: dict[str, Any] = {}
    for index, (kind, layer, is_frozen) in enumerate(layers):
        prefix = f"{kind}." if index else ""
        if index:
            settings[kind] = True
        values = vars(layer) if layer is not None else {}
        settings.update({f"{prefix}{name}": value for name, value in values.items()})
        settings[f"{prefix}trainable"] = not is_frozen
    return settings


def _implied(*layers: _Placed) -> frozenset[str]:
    """The names of settings that have the value they would have if nobody had written them."""
    return frozenset(
        f"{kind}.{name}" if index else name
        for index, (kind, layer, _) in enumerate(layers)
        if layer is not None
        for name in layer.settings
        if name in vars(layer) and layer.is_default(name)
    )


def _keys(
    kind: str, layers: tuple[_Placed, ...], below: tuple[int, ...], output: Shape, params: int, macs: int
) -> tuple[Any, Any, Any]:
    """The keys of an entry, from its layers, those that the entries inside it have, and its numbers."""
    alike = hash((kind, repr(sorted(_settings(*layers).items())), *below))
    return (alike, output, params, macs), alike, kind


# -- which entries belong together


def _pairs(before: list[_Branch], after: list[_Branch]) -> Iterator[Pair]:
    """The entries of two scopes, matched, and everything inside them."""
    named = _in_both([branch.label for branch in before], [branch.label for branch in after])
    start_before = start_after = 0
    for low, high in [*named, (len(before), len(after))]:
        yield from _aligned(before[start_before:low], after[start_after:high])
        if low < len(before):
            yield from _both(before[low], after[high])
        start_before, start_after = low + 1, high + 1


def _in_both(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Indices of names that are in both lists, in the same order; empty names do not count."""
    places = {name: index for index, name in enumerate(after) if name}
    return _rising([(index, places[name]) for index, name in enumerate(before) if name in places])


def _both(before: _Branch, after: _Branch) -> Iterator[Pair]:
    """An entry that is in both models."""
    if before.line and after.line:
        yield _pair(before.line, after.line)
    elif before.line or after.line:
        yield Pair(before.line, after.line, {})
    if before.children or after.children:
        yield from _pairs(before.children, after.children)


def _alone(branches: Sequence[_Branch], is_new: bool) -> Iterator[Pair]:
    """Entries that one of the models lacks."""
    for branch in branches:
        if branch.line:
            yield Pair(None, branch.line, {}) if is_new else Pair(branch.line, None, {})
        yield from _alone(branch.children, is_new)


LAST_KEY = 2


def _aligned(before: Sequence[_Branch], after: Sequence[_Branch], key: int = 0) -> Iterator[Pair]:
    """Aligns the entries between matched names by one key after another, the strictest first."""
    head, tail = _common(before, after, key)
    stop_before, stop_after = len(before) - tail, len(after) - tail
    for old, new in zip(before[:head], after[:head], strict=True):
        yield from _both(old, new)
    for olds, news, are_same in _runs(before[head:stop_before], after[head:stop_after], key):
        if are_same:
            for old, new in zip(olds, news, strict=True):
                yield from _both(old, new)
        elif olds and news and key < LAST_KEY:
            yield from _aligned(olds, news, key + 1)
        else:
            yield from _alone(olds, is_new=False)
            yield from _alone(news, is_new=True)
    for old, new in zip(before[stop_before:], after[stop_after:], strict=True):
        yield from _both(old, new)


def _common(before: Sequence[_Branch], after: Sequence[_Branch], key: int) -> tuple[int, int]:
    """How many entries agree at the beginning, and how many of the rest at the end."""
    agree = [one.keys[key] == other.keys[key] for one, other in zip(before, after, strict=False)]
    head = next((index for index, is_same in enumerate(agree) if not is_same), len(agree))
    rest = zip(reversed(before[head:]), reversed(after[head:]), strict=False)
    agree = [one.keys[key] == other.keys[key] for one, other in rest]
    return head, next((index for index, is_same in enumerate(agree) if not is_same), len(agree))


def _runs(
    before: Sequence[_Branch], after: Sequence[_Branch], key: int
) -> Iterator[tuple[Sequence[_Branch], Sequence[_Branch], bool]]:
    """The parts of two lists that agree, and those that do not, in order."""
    if len(before) + len(after) > MAX_ALIGNED and key == LAST_KEY:
        yield from _runs_of_names(before, after)
        return
    if not before or not after or len(before) + len(after) > MAX_ALIGNED:
        yield before, after, False
        return
    from difflib import SequenceMatcher

    old, new = ([branch.keys[key] for branch in branches] for branches in (before, after))
    for tag, low, high, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield before[low:high], after[start:stop], tag == "equal"


def _runs_of_names(
    before: Sequence[_Branch], after: Sequence[_Branch]
) -> Iterator[tuple[Sequence[_Branch], Sequence[_Branch], bool]]:
    low = high = 0
    for old, new in _in_both([branch.name for branch in before], [branch.name for branch in after]):
        yield before[low:old], after[high:new], False
        yield before[old : old + 1], after[new : new + 1], True
        low, high = old + 1, new + 1
    yield before[low:], after[high:], False


# -- entries of the same network


def _leaves(branches: Sequence[_Branch]) -> Iterator[_Branch]:
    """All entries with layers of their own, without what is around them, in the order in which they are calculated."""
    for branch in branches:
        yield from _leaves(branch.children)
        if branch.line:
            yield branch._replace(children=[])


def _pairs_of_twins(before: Sequence[_Branch], after: Sequence[_Branch], twins: Mapping[Node, Node]) -> list[Pair]:
    """The entries of two models with those that have the same layers; the others, between these, as ever."""
    partners = _partners(before, after, twins)
    found: list[Pair] = []
    start_before = start_after = 0
    for low, high in [*_rising(sorted(partners.items())), (len(before), len(after))]:
        crossed = {place: index for index, place in partners.items() if start_after <= place < high}
        olds = [before[index] for index in range(start_before, low) if index not in partners]
        news = [after[place] for place in range(start_after, high) if place not in crossed]
        found += _aligned(olds, news)
        for place, index in crossed.items():
            found += _both(before[index], after[place])
        if low < len(before):
            found += _both(before[low], after[high])
        start_before, start_after = low + 1, high + 1
    return _in_order_of_second(found, [branch.name for branch in after])


def _in_order_of_second(pairs: Sequence[Pair], names: Sequence[str]) -> list[Pair]:
    """The pairs in the order of the second model; what only the first has stays behind what it follows."""
    places = {name: place for place, name in enumerate(names)}
    last = -1
    placed = []
    for pair in pairs:
        last = places[pair.after.name] if pair.after else last
        placed.append((last, pair))
    return [pair for _, pair in sorted(placed, key=lambda each: each[0])]


def _partners(before: Sequence[_Branch], after: Sequence[_Branch], twins: Mapping[Node, Node]) -> dict[int, int]:
    """The places of entries with those of their counterparts: where the first of their layers is that has one."""
    places = {node: place for place, branch in enumerate(after) for node in _nodes(branch)}
    found: dict[int, int] = {}
    taken: set[int] = set()
    for index, branch in enumerate(before):
        theirs = (places[twins[node]] for node in _nodes(branch) if node in twins and twins[node] in places)
        place = next((each for each in theirs if each not in taken), None)
        if place is not None:
            found[index] = place
            taken.add(place)
    return found


def _nodes(branch: _Branch) -> list[Node]:
    return [layer.node for layer in branch.line.row.layers] if branch.line else []


def _rising(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence of these whose second numbers rise (by patience sorting)."""
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


def _followed(kind: str) -> Mapping[str, str]:
    """The settings of a kind that have the value of another one unless they are written, and that one."""
    declared = layer_class(kind).settings if kind in KINDS else {}
    return {name: each.default.setting for name, each in declared.items() if isinstance(each.default, Like)}


def _pair(before: Line, after: Line) -> Pair:
    if before.settings == after.settings:
        return Pair(before, after, {})
    names = dict.fromkeys([*before.settings, *after.settings])
    values = {name: (before.settings.get(name), after.settings.get(name)) for name in names}
    changed = {
        name: both
        for name, both in values.items()
        if both[0] != both[1] and not all(name in line.implied or name not in line.settings for line in (before, after))
    }
    # for a norm or activation that was added or removed, that is all there is to say
    return Pair(
        before,
        after,
        {name: both for name, both in changed.items() if name.partition(".")[0] not in changed or "." not in name},
    )


# -- who reads whom


def _rewired(analyses: Sequence[Analysis], pairs: list[Pair]) -> list[Pair]:
    """The pairs, with the inputs of entries that read others than before.

    Reading an entry that was added or removed does not count as a change: only entries in both models count.
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
