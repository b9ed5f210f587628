"""Entries with entries inside: merges, `residual` and `group`, and their branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import nearest
from cnncalc.graph import MAX_VALUES, Entry, Node, place_merge
from cnncalc.layers import layer_class
from cnncalc.layers.merge import Add, Merge
from cnncalc.spec.entries import COMMON, Written, followers
from cnncalc.spec.scope import Scope
from cnncalc.spec.settings import Mistake, Reading
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import TRUTH, excerpt

if TYPE_CHECKING:
    from cnncalc.spec.placement import Placed, Placement

_RESIDUAL_KEYS = frozenset({"shortcut", "skip", "activation"})


def place_branch(
    to: Placement, node: YamlNode | None, source: Node | None, scope: Scope
) -> tuple[list[Entry], Node | None]:
    """A branch: a chain, one entry, or the name of a layer; the tensor itself where it is empty."""
    if node is None:
        return [], source
    if isinstance(node, Sequence):
        return to.chain(node.items, source, scope)
    if isinstance(node, MappingNode):
        return to.chain([node], source, scope)
    if not isinstance(found := to.resolved(node, scope), Scalar | None):
        return place_branch(to, found, source, scope)
    return [], to.names.find(found, scope) if found else None


def refuse_settings(to: Placement, written: Written, known: frozenset[str]) -> None:
    """Reports the settings that an entry does not have."""
    for key, value in written.settings:
        if key.text not in known | COMMON:
            close = nearest(key.text, known | COMMON)
            label = f"a setting with a similar name exists: `{close}`" if close else ""
            own = f"settings of `{written.kind}`: {', '.join(sorted(known))}"
            if not known:
                own = f"`{written.kind}` has no settings of its own"
                if key.text in ("norm", "activation") and isinstance(value, Scalar):
                    own = f"make it an entry of its own behind this one: `- {excerpt(value.text)}`"
            message = f"`{written.kind}` has no setting `{excerpt(key.text)}`"
            to.findings.add("CNN204", key.span, message, label, own)


# -- merges


def place_merge_of_branches(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """`add`, `concat` and the others: each branch starts at the tensor that enters."""
    if not isinstance(written.principal, Sequence) or not written.principal.items:
        span = (written.principal or written.head).span
        word = written.principal.text if isinstance(written.principal, Scalar) else ""
        merged = f"[[], [{word}]]" if word in to.kinds else f"[[], {excerpt(word) or 'conv1'}]"
        help = f"as in `- {written.kind}: {merged}`"
        to.findings.add("CNN205", span, f"`{written.kind}` takes a list of branches", "", help)
        return None, None
    refuse_settings(to, written, frozenset({"activation"}))
    children: list[Entry] = []
    ends: list[Node | None] = []
    for branch in written.principal.items:
        entries, end = place_branch(to, branch, source, scope)
        children += entries
        ends.append(end)
    merge_type = layer_class(written.kind)
    assert issubclass(merge_type, Merge)
    node = _merged(to, written, path, written.kind, merge_type({}), ends)
    if node:
        to.reader.remark(written, node)
    nodes = to.reader.followed(written, path, node, followers(merge_type))
    return to.done(path, written, nodes, children)


def _merged(
    to: Placement, written: Written, path: str, kind: str, merge: Merge, ends: list[Node | None]
) -> Node | None:
    sources = tuple(end for end in ends if end is not None)
    if len(sources) < len(ends):
        return None
    shapes = [end.output for end in sources]
    fits = True
    names = [f"`{end.name}`" for end in sources]
    for problem in merge.merge_problems(shapes, names, to.reader.layout):
        to.findings.add(problem.code, written.head.span, problem.message, problem.label, *problem.help)
        fits = False
    if fits and merge.merge_shape(shapes).values > MAX_VALUES:
        message = f"the output of `{kind}` would hold more than {MAX_VALUES:,} numbers"
        to.findings.add("CNN308", written.head.span, message)
        return None
    return place_merge(path, kind, merge, sources) if fits else None


def place_residual(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """A `residual`: its entries and its shortcut, added."""
    settings = {key.text: value for key, value in written.settings}
    if not isinstance(written.principal, Sequence | MappingNode):
        span = (written.principal or written.head).span
        help = "as in `- residual: [{conv: 8, kernel: 3, padding: 1}]`"
        to.findings.add("CNN205", span, "`residual` takes a list of entries", "", help)
        return None, None
    refuse_settings(to, written, _RESIDUAL_KEYS)
    children, end = place_branch(to, written.principal, source, scope)
    if not _skips(to, settings.get("skip")):
        to.names.count_branch(settings.get("shortcut"), scope)
        return _followed_only(to, written, path, end, children)
    beside, shortcut = place_branch(to, settings.get("shortcut"), source, scope)
    node = _merged(to, written, path, "add", Add({}), [end, shortcut])
    nodes = to.reader.followed(written, path, node, frozenset({"activation"}))
    return to.done(path, written, nodes, children + beside)


def _skips(to: Placement, node: YamlNode | None) -> bool:
    """What `skip` says, true where it is left out."""
    if node is not None:
        try:
            return TRUTH.read(node, Reading())
        except Mistake as mistake:
            to.findings.mistake(mistake)
    return True


def _followed_only(to: Placement, written: Written, path: str, end: Node | None, children: list[Entry]) -> Placed:
    """A residual without its skip: the output of its entries, and the activation."""
    nodes = to.reader.followed(written, path, end, frozenset({"activation"}))
    if nodes is None:
        return None, None
    to.nodes += nodes[1:]
    return Entry(path, written.kind, written.head.span, nodes[1:], children), nodes[-1]


# -- groups


def place_group(to: Placement, written: Written, path: str, source: Node | None, scope: Scope, named: bool) -> Placed:
    """A `group`: a chain of its own; one with a name is a scope of its own too."""
    refuse_settings(to, written, frozenset())
    if not isinstance(written.principal, Sequence):
        to.findings.add("CNN205", (written.principal or written.head).span, "`group` takes a list of entries")
        return None, None
    inner = Scope(f"{path}.", scope, scope.values) if named else scope
    children, end = to.chain(written.principal.items, source, inner)
    return (Entry(path, "group", written.head.span, [], children) if children else None), end
