"""Entries with entries inside: merges, `residual` and `group`, and their branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node, misfits, place
from cnncalc.layers import layer_class
from cnncalc.layers.base import Layer
from cnncalc.layers.merging import Merge, positions
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake, Reading
from cnncalc.settings.types import TRUTH
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand.entries import COMMON, followers
from cnncalc.spec.language.names import LeftOut
from cnncalc.spec.language.scope import Scope

if TYPE_CHECKING:
    from cnncalc.spec.expand.placement import Placed, Placement

_FOLLOWERS = frozenset({"norm", "activation"})
_RESIDUAL_KEYS = _FOLLOWERS | {"shortcut", "skip"}
RESIDUAL_MERGE = "add"
"""How `residual` merges its two branches."""


class Branch(NamedTuple):
    """A branch in its place.

    Attributes:
        end: the layer that it ends in; None where it failed.
        is_absent: whether it has entries and all of them are left out.
    """

    entries: list[Entry]
    end: Node | None
    is_absent: bool = False


def place_branch(to: Placement, node: YamlNode | None, source: Node | None, scope: Scope) -> Branch:
    """Places a branch: a chain, one entry, or the name of a layer; an empty one is the tensor itself."""
    if node is None:
        return Branch([], source)
    if isinstance(node, YamlSequence | YamlMapping):
        before = to.left_out
        entries, end = to.chain(node.items if isinstance(node, YamlSequence) else [node], source, scope)
        is_good = end is not None or source is None
        return Branch(entries, end, is_absent=is_good and not entries and to.left_out > before)
    if not isinstance(found := to.resolved_name(node, scope), YamlScalar | None):
        return place_branch(to, found, source, scope)
    return Branch([], to.names.find(found, scope) if found else None)


def refuse_settings(to: Placement, written: Written, known: frozenset[str]) -> dict[str, YamlNode]:
    """Reports the settings that an entry does not have; those that were meant, with their values."""
    meant: dict[str, YamlNode] = {}
    for key, value in written.settings:
        if key.text not in known | COMMON:
            from cnncalc.spec.suggestions.misread_words import unknown_setting

            name, _ = unknown_setting(to.findings, key, value, written.kind, sorted(known), COMMON, written.settings)
            meant[name] = value
    return meant


# -- merges


def place_merge_of_branches(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """`add`, `concat` and the other merges: each branch starts at the tensor that enters."""
    if not isinstance(written.principal, YamlSequence) or not written.principal.items:
        span = (written.principal or written.head).span
        word = written.principal.text if isinstance(written.principal, YamlScalar) else ""
        name = excerpt(word) if word[:1].isalpha() else "conv1"
        merged = f"[[], [{word}]]" if word in to.kinds else f"[[], {name}]"
        help = f"as in `- {written.kind}: {merged}`"
        to.findings.add("CNN205", span, f"`{written.kind}` takes a list of branches", "", help)
        return None, None
    to.count(written.head.span, len(written.principal.items))
    branches, entries = _branches(to, written.principal.items, source, scope)
    left = [branch for branch in branches if not branch.is_absent]
    ends = [branch.end.output for branch in left if branch.end]
    merge = to.reader.merge(written, max(ends, key=lambda shape: len(shape.spatial)) if ends else None)
    if not left and source is None:
        return None, None
    if not left:
        help = f"keep at least one branch, or give the `{written.kind}` itself a `when`"
        message = f"no branch of `{written.kind}` is left"
        to.findings.add("CNN316", written.head.span, message, "all of their entries are left out", help)
        return None, None
    if len(left) == 1 and (len(branches) > 1 or any(map(has_run, written.principal.items))):
        return _followed_only(to, written, path, left[0]._replace(entries=entries))
    node = _merged(to, written, path, written.kind, merge, left, source, scope)
    nodes = to.reader.followed(written, path, node, followers(layer_class(written.kind)))
    return to.done(path, written, nodes, entries)


def _branches(
    to: Placement, nodes: list[YamlNode], source: Node | None, scope: Scope
) -> tuple[list[Branch], list[Entry]]:
    """The branches of a merge, and the entries in them; an entry with `for` is a branch for each copy."""
    branches: list[Branch] = []
    entries: list[Entry] = []
    for node in nodes:
        if not has_run(node):
            branches.append(place_branch(to, node, source, scope))
            entries += branches[-1].entries
            continue
        from cnncalc.spec.expand._runs import branches_of_run

        run, copies = branches_of_run(to, node, source, scope)
        entries += [run] if run else []
        branches += [Branch([each] if each else [], end, not each and end is not None) for each, end in copies]
    return branches, entries


def has_run(node: YamlNode) -> bool:
    """Whether an entry has a `for`."""
    if not isinstance(node, YamlMapping) or not node.pairs:
        return False
    value = node.pairs[0][1]
    return node.get("for") is not None or (isinstance(value, YamlMapping) and value.get("for") is not None)


def _merged(
    to: Placement,
    written: Written,
    path: str,
    kind: str,
    merge: Layer | None,
    branches: list[Branch],
    source: Node | None,
    scope: Scope,
) -> Node | None:
    if merge is None:
        return None
    assert isinstance(merge, Merge)
    ends = [branch.end for branch in branches]
    sources = tuple(end for end in ends if end is not None)
    if len(sources) < len(ends):
        return None
    shapes = [end.output for end in sources]
    names = [f"`{end.name}`" for end in sources]
    like = _to_be_like([source, *sources], positions(shapes), to, scope)
    fits = True
    for problem in misfits(kind, merge, shapes, names, to.reader.layout, like):
        help = _ways_together(to, merge, branches, scope) or problem.help
        to.findings.add(problem.code, written.head.span, problem.message, problem.label, *help)
        fits = False
    if not fits:
        return None
    node = place(path, kind, merge, sources)
    is_frozen = to.reader.freezes(written, "trainable" in written.by_name)
    node.is_frozen = is_frozen and bool(node.weights)
    to.reader.remember(node, written)
    return node


def _ways_together(to: Placement, merge: Merge, branches: list[Branch], scope: Scope) -> tuple[str, ...]:
    """What to do where a stride brought two branches apart by a few positions; nothing where none did."""
    nodes = [branch.end for branch in branches if branch.end]
    pair = merge.parted([node.output for node in nodes])
    if not pair or len({len(nodes[index].output.spatial) for index in pair}) > 1:
        return ()
    from cnncalc.spec.suggestions.lost_positions import BranchEnd, Ends, ways_together

    ends = [
        BranchEnd(index + 1, nodes[index], to.names.called(nodes[index], scope), bool(branches[index].entries))
        for index in pair
    ]
    small, large = sorted(ends, key=lambda end: end.node.output.spatial)
    return ways_together(Ends(small, large, to.nodes, to.reader.convention, to.reader.layout))


def _to_be_like(nodes: list[Node | None], spatial: tuple[int, ...], to: Placement, scope: Scope) -> str:
    """How an entry in a branch can name a tensor with these positions: what entered the merge, or an earlier branch."""
    names = (to.names.called(node, scope) for node in nodes if node and node.output.spatial == spatial)
    return next(filter(None, names), "NAME")


def place_residual(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """A `residual`: its entries and its shortcut, added."""
    settings = {key.text: value for key, value in written.settings}
    if not isinstance(written.principal, YamlSequence | YamlMapping):
        span = (written.principal or written.head).span
        help = "as in `- residual: [{conv: 8, kernel: 3, padding: 1}]`"
        to.findings.add("CNN205", span, "`residual` takes a list of entries", "", help)
        return None, None
    settings = {**refuse_settings(to, written, _RESIDUAL_KEYS), **settings}
    inner = place_branch(to, written.principal, source, scope)
    skip = settings.get("skip")
    if skip is not None and not _skips(to, skip):
        to.names.leave_out_branch(settings.get("shortcut"), scope, LeftOut("skip", skip))
        entry, end = _followed_only(to, written, path, inner)
        return (None if inner.is_absent and entry and not entry.nodes else entry), end
    shortcut = place_branch(to, settings.get("shortcut"), source, scope)
    if inner.is_absent:
        return _followed_only(to, written, path, shortcut)
    merge = layer_class(RESIDUAL_MERGE)({})
    node = _merged(to, written, path, RESIDUAL_MERGE, merge, [inner, shortcut], source, scope)
    nodes = to.reader.followed(written, path, node, _FOLLOWERS)
    return to.done(path, written, nodes, inner.entries + shortcut.entries)


def _skips(to: Placement, node: YamlNode) -> bool:
    """The value of `skip`."""
    try:
        return TRUTH.read(node, Reading())
    except Mistake as mistake:
        to.findings.mistake(mistake)
    return True


def _followed_only(to: Placement, written: Written, path: str, only: Branch) -> Placed:
    """A merge or residual with a single branch left: the output of that branch, its norm and activation."""
    nodes = to.reader.followed(written, path, only.end, _FOLLOWERS)
    if nodes is None:
        return None, None
    to.nodes += nodes[1:]
    return Entry(path, written.kind, written, nodes[1:], only.entries, only.end), nodes[-1]


# -- groups


def place_group(to: Placement, written: Written, path: str, source: Node | None, scope: Scope, named: bool) -> Placed:
    """A `group`: a chain of its own, and a scope of its own if it has a name."""
    refuse_settings(to, written, frozenset())
    if not isinstance(written.principal, YamlSequence):
        to.findings.add("CNN205", (written.principal or written.head).span, "`group` takes a list of entries")
        return None, None
    inner = Scope(f"{path}.", scope, scope.values) if named else scope
    children, end = to.chain(written.principal.items, source, inner)
    return (Entry(path, "group", written, [], children, end) if children else None), end
