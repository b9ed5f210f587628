"""`for`: copies of an entry that differ in the values of some names.

In a list of entries the copies follow one another; in a merge each is a branch. Each copy is an entry of its own, with
its `when`, `from` and `repeat`, in a scope in which the names have its values. What copies have in common is copied
like that of a `repeat` (`_copies`): by the values of those names that are mentioned.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node
from cnncalc.layers.base import plural
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.entry import Written, texts
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand._copies import CopyTarget, Original, mentions_index, placed_or_copied
from cnncalc.spec.expand.entries import as_text
from cnncalc.spec.language.blocks import no_name
from cnncalc.spec.language.names import LeftOut
from cnncalc.spec.language.scope import Scope

if TYPE_CHECKING:
    from cnncalc.spec.expand.placement import Placed, Placement

_OF_THE_RUN = frozenset({"for", "name", "expect"})
"""Keys of an entry with `for` that are not about each copy."""
_EXAMPLE = "as in `for: {k: [3, 5, 7]}`"

Values = Mapping[str, Sequence[YamlNode]]
"""What each name is in each copy."""


def place_run(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """Places copies that follow one another."""
    run = _Run.of(to, written, path, scope)
    if run is None:
        return None, None
    copies: list[Entry] = []
    end = None if run.is_unknown else source
    for inner in run.scopes():
        entry, end = run.copy(inner, end)
        if end is None:
            return None, None  # the other copies would fail in the same way
        if entry:
            copies.append(entry)
        if to.is_over:
            break
    return (Entry(path, "repeat", written, [], copies, end) if copies else None), end


def branches_of_run(
    to: Placement, item: YamlNode, source: Node | None, scope: Scope
) -> tuple[Entry | None, list[tuple[Entry | None, Node | None]]]:
    """Places copies that are branches of a merge; returns their entry, and each copy with what it ends in."""
    written = to.taken_apart(item, scope)
    if written is None:
        return None, [(None, None)]
    path = scope.prefix + to.names.name(written, written.value("name"), scope)
    to.names.register(path, (written.value("name") or written.head).span)
    run = _Run.of(to, written, path, scope)
    if run is None:
        return None, [(None, None)]
    copies = [run.copy(inner, None if run.is_unknown else source) for inner in run.scopes()]
    del to.names.ends[path]
    to.names.left_out[path] = LeftOut("for", written.by_name["for"])
    entries = [entry for entry, _ in copies if entry]
    entry = Entry(path, "repeat", written, [], entries) if entries else None
    if not _refuse_of_one_copy(to, written.by_name.get("expect")):
        to.expect(written, path, entry, scope)
    return entry, copies


def _refuse_of_one_copy(to: Placement, node: YamlNode | None) -> bool:
    """Whether an `expect` of copies side by side asks for what each of them has, which is reported."""
    for key, _ in node.pairs if isinstance(node, YamlMapping) else ():
        if key.text in ("output", "receptive_field"):
            message = f"`{key.text}` has no meaning for copies side by side"
            help = "write it in the `expect` of the merge"
            to.findings.add("CNN219", key.span, message, "each copy has its own", help)
            return True
    return False


class _Run:
    """The copies of one entry.

    Attributes:
        single: the entry without what is about all copies.
        is_unknown: whether the values depend on what is not known, so that a single copy is checked as far as possible.
    """

    def __init__(self, to: Placement, written: Written, path: str, scope: Scope, values: Values | None) -> None:
        self.to = to
        self.path = path
        self.scope = scope
        self.is_unknown = values is None
        self.values: Values = values or {}
        self.names = _names(written)
        kept = [pair for pair in written.settings if pair[0].text not in _OF_THE_RUN]
        self.single = written.having(written.principal, kept)
        parts = [text for node in (self.single.principal, *self.single.by_name.values()) for text in texts(node)]
        self.mentioned = [name for name in self.names if any(name in text for text in parts if "$" in text)]
        self.is_numbered = mentions_index(self.single)
        self.known: dict[Hashable, Original | None] = {}

    @classmethod
    def of(cls, to: Placement, written: Written, path: str, scope: Scope) -> _Run | None:
        """The copies that an entry asks for; None with findings."""
        try:
            values = _values(to, written.by_name["for"], scope)
        except InputUnknown:
            return cls(to, written, path, scope, None)
        if values is None:
            return None
        run = cls(to, written, path, scope, values)
        to.count(written.head.span, len(run))
        return run

    def __len__(self) -> int:
        return len(next(iter(self.values.values()))) if self.values else int(self.is_unknown)

    def scopes(self) -> Iterator[Scope]:
        """The scope of each copy, in which the names have its values."""
        for index in range(len(self)):
            inner = Scope(f"{self.path}.{index}.", self.scope, {**self.scope.values, "index": index})
            inner.walked = self.scope.walked | set(self.names)
            if self.is_unknown:
                inner.unknown |= inner.walked
            for name, nodes in self.values.items():
                inner.give(name, nodes[index], None)
            yield inner

    def copy(self, inner: Scope, source: Node | None) -> Placed:
        """Places one copy."""
        entry, end = self.to.at_path(self.single, inner.prefix[:-1], source, inner, True, self._placed)
        if entry and entry.kind not in self.to.blocks:
            entry.arguments = {name: inner.values[name] for name in self.names if name in inner.values}
        return entry, end

    def _placed(self, written: Written, path: str, source: Node | None, inner: Scope, is_named: bool) -> Placed:
        place = partial(self.to.placed, written, path, source, inner, is_named)
        if source is None:
            return place()
        of_copy = (_text(inner, name) for name in self.mentioned)
        key = (source.output, inner.values["index"] if self.is_numbered else 0, *of_copy)
        return placed_or_copied(self.to, self.known, key, CopyTarget(path, source, inner.chain), written, place)


def _names(written: Written) -> list[str]:
    node = written.by_name["for"]
    return [key.text for key, _ in node.pairs] if isinstance(node, YamlMapping) else []


def _text(inner: Scope, name: str) -> Hashable:
    """What a name stands for in a copy, to see whether two copies are equal."""
    node = inner.arguments.get(name)
    return (type(inner.values[name]), inner.values[name]) if node is None else (as_text(node), node.span)


def _values(to: Placement, node: YamlNode, scope: Scope) -> Values | None:
    """The values of each name, as many for each; None with findings.

    Raises:
        InputUnknown: they depend on an input or a name that is not known.
    """
    if not isinstance(node, YamlMapping) or not node.pairs:
        is_empty = isinstance(node, YamlMapping) or (isinstance(node, YamlScalar) and node.is_null)
        found = "nothing" if is_empty else f"a {node.what}"
        to.findings.add("CNN205", node.span, f"expected names, each with a list of values, found {found}", "", _EXAMPLE)
        return None
    values: dict[str, Sequence[YamlNode]] = {}
    good = True
    for key, value in node.pairs:
        try:
            if reason := no_name(key.text):
                raise Mistake("CNN210", key, f"`{excerpt(key.text)}` cannot be a name of `for`", reason)
            values[key.text] = _list(key.text, value, scope)
        except Mistake as mistake:
            to.findings.mistake(mistake)
            good = False
    return values if good and _are_as_long(to, node, values) else None


def _list(name: str, node: YamlNode, scope: Scope) -> Sequence[YamlNode]:
    resolved = scope.resolve(node)
    if not isinstance(resolved, YamlSequence):
        found = f"`{excerpt(getattr(resolved, 'text', ''))}`" if resolved.what == "text" else f"a {resolved.what}"
        raise Mistake("CNN205", node, f"expected a list of values for `{name}`, found {found}", "", _EXAMPLE)
    return resolved.items


def _are_as_long(to: Placement, node: YamlMapping, values: Values) -> bool:
    (first, items), *others = values.items()
    for name, own in others:
        if len(own) != len(items):
            span = next(key.span for key, _ in node.pairs if key.text == name)
            label = f"`{name}` has {plural(len(own), 'value')}, and `{first}` has {len(items)}"
            help = "give each name one value for every copy"
            to.findings.add("CNN221", span, "lists of different lengths in a `for`", label, help)
            return False
    return True
