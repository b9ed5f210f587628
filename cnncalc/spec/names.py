"""Names of entries and inputs: where each ends, which name an entry without one gets, and how a name is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnncalc.diagnostics import Span, nearest
from cnncalc.graph import Entry, Node
from cnncalc.layers import MERGES
from cnncalc.spec.blocks import Block
from cnncalc.spec.entries import EntryReader, Written, read_name
from cnncalc.spec.findings import Findings
from cnncalc.spec.scope import Passed, Scope
from cnncalc.spec.settings import InputUnknown, Mistake
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import excerpt, scalar

WITH_ENTRIES = MERGES | {"residual", "group"}
"""Kinds whose principal value holds entries."""


class Names:
    """What is known of every name so far, by path."""

    def __init__(
        self,
        reader: EntryReader,
        blocks: Mapping[str, Block],
        kinds: frozenset[str],
        ends: dict[str, Node | None],
        places: dict[str, Span],
    ) -> None:
        self.reader = reader
        self.findings: Findings = reader.findings
        self.blocks = blocks
        self.kinds = kinds
        self.ends = ends
        """The last node of every input and entry so far; None where it failed."""
        self.places = places
        self.open: set[str] = set()
        """Entries that are being placed: nothing inside them can read them."""
        self.is_trial = False
        """Whether the place of a call is not known, so that a name may be there or not."""
        self.dropped: set[str] = set()
        """Entries whose `when` is false."""

    # -- giving names

    def name(self, written: Written, node: YamlNode | None, scope: Scope) -> str:
        """The name that an entry has in its scope: the one written, or its kind and a running number."""
        if node is not None:
            try:
                return read_name(scope.resolve(node))
            except Mistake as mistake:
                self.findings.mistake(mistake)
            except InputUnknown:
                pass
        return f"{written.kind}{self._next(written.kind, scope)}"

    def register(self, path: str, span: Span) -> None:
        """Takes the path for an entry that is about to be placed."""
        if path in self.ends:
            first = self.places.get(path)
            where = f"first on line {first.line}" if first else ""
            help = "rename one of them; entries without a name are numbered by kind"
            self.findings.add("CNN209", span, f"the name `{path}` stands twice", where, help)
        self.ends[path] = None
        self.places.setdefault(path, span)

    def keep(self, item: YamlNode, scope: Scope) -> None:
        """Keeps the name of an entry that could not be read, so that what reads it is not reported too."""
        if isinstance(item, MappingNode) and isinstance(name := item.get("name"), Scalar):
            self.ends.setdefault(scope.prefix + name.text, None)
            self.places.setdefault(scope.prefix + name.text, name.span)

    def _next(self, kind: str, scope: Scope) -> int:
        scope.counts[kind] = scope.counts.get(kind, 0) + 1
        return scope.counts[kind]

    def count(self, written: Written, scope: Scope) -> None:
        """Counts the entries without a name inside a dropped one, so that numbers are the same in every variant."""
        if written.kind in self.blocks or any(key.text == "repeat" for key, _ in written.settings):
            return  # a scope of its own
        if written.kind == "group" and any(key.text == "name" for key, _ in written.settings):
            return
        branches = [written.principal, *(value for key, value in written.settings if key.text == "shortcut")]
        for branch in branches if written.kind in WITH_ENTRIES else []:
            self.count_branch(branch, scope, written.kind in MERGES)

    def count_branch(self, branch: YamlNode | None, scope: Scope, is_merge: bool = False) -> None:
        """Counts the entries without a name in a branch (or in all branches of a merge) that is not placed."""
        for item in nested(branch, is_merge):
            inner = self.reader.written(item, self.kinds)
            if inner is None:
                continue
            if not any(key.text == "name" for key, _ in inner.settings):
                self._next(inner.kind, scope)
            self.count(inner, scope)

    # -- looking them up

    def find(self, node: YamlNode, scope: Scope) -> Node | None:
        """The end of the layer or input that a node names, looked up from here outward; None with a finding."""
        try:
            written = scalar(node, "the name of a layer or input")
            found = scalar(scope.resolve(written), "the name of a layer or input")
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None
        except InputUnknown:
            return None
        text = found.text
        place, span = where_written(found, scope)
        for around in place.outward():
            if text == "input" and around.is_block:
                return around.entering
            path = around.prefix + text
            if path in self.open:
                message = f"`{excerpt(text)}` cannot read itself"
                label = "it is not there before it ends"
                self.findings.add("CNN311", span, message, label, "name an earlier layer")
                return None
            if path in self.ends:
                return self.ends[path]
        with self.findings.within(place):
            self.not_found(span, text, place)
        return None

    def not_found(self, span: Span, text: str, scope: Scope) -> None:
        """Reports a name that is not there, with the likeliest reason."""
        if self.is_trial:
            return
        missing = f"there is no layer or input `{excerpt(text)}`"
        if any(around.prefix + text in self.dropped for around in scope.outward()):
            self.findings.add("CNN310", span, f"`{excerpt(text)}` is left out here", "its `when` is false")
        elif later := _later(text, scope):
            message = f"`{excerpt(text)}` comes only later"
            help = "a layer can read what stands before it"
            self.findings.add("CNN311", span, message, f"on line {later.line}", help)
        elif text in self.kinds:
            help = f"for a layer of this kind write [{text}]"
            self.findings.add("CNN310", span, missing, "a text names a layer here", help)
        else:
            visible = list(self._visible(scope))
            close = nearest(text, visible)
            label = f"did you mean `{close}`?" if close else ""
            self.findings.add("CNN310", span, missing, label, f"names so far: {', '.join(visible[-12:])}")

    def _visible(self, scope: Scope) -> Iterator[str]:
        """The names that an entry in this scope can read, as it would write them."""
        known = list(self.ends)
        prefixes = [around.prefix for around in scope.outward()]
        if any(around.is_block for around in scope.outward()):
            yield "input"
        for path in known[:100] + known[100:][-1000:]:
            prefix = next(each for each in prefixes if path.startswith(each))
            unfinished = [each for each in self.open if not prefix.startswith(f"{each}.")]
            if not any(path == each or path.startswith(f"{each}.") for each in unfinished):
                yield path.removeprefix(prefix)

    # -- what the model returns

    def outputs(self, node: YamlNode | None, entries: list[Entry], scope: Scope) -> list[str]:
        """The names of the entries that the model returns: those named, or the last one."""
        if node is None:
            return [entry.name for entry in entries[-1:]]
        names = node.items if isinstance(node, Sequence) else [node]
        outputs = []
        if not names:
            help = "name a layer, or leave `outputs` out for the last one"
            self.findings.add("CNN203", node.span, "`outputs` is empty", "", help)
        layers = dict.fromkeys(name for name, end in self.ends.items() if end is None or end.layer is not None)
        for each in names:
            if self.findings.is_full:
                break
            try:
                text = scalar(scope.resolve(each), "the name of a layer").text
            except Mistake as mistake:
                self.findings.mistake(mistake)
                continue
            except InputUnknown:
                continue
            if text in layers:
                outputs += [text] if self.ends[text] else []
                continue
            if text in self.dropped:
                self.findings.add("CNN310", each.span, f"`{excerpt(text)}` is left out here", "its `when` is false")
                continue
            close = nearest(text, layers)
            label = f"did you mean `{close}`?" if close else ""
            message = f"there is no layer `{excerpt(text)}`"
            self.findings.add("CNN310", each.span, message, label, f"layers: {', '.join(list(layers)[:12])}")
        return outputs


def where_written(name: Scalar, scope: Scope) -> tuple[Scope, Span]:
    """The scope and the place to which a name belongs; for one that was passed as an argument those of the call."""
    return (name.scope, name.origin) if isinstance(name, Passed) else (scope, name.span)


_MAX_LATER = 10_000
"""So many entries are searched for a name that comes only later."""


def _later(text: str, scope: Scope) -> Scalar | None:
    """The name where it is written in an entry that comes later."""
    for around in scope.outward():
        for item in around.items[:_MAX_LATER]:
            name = item.get("name") if isinstance(item, MappingNode) else None
            if isinstance(name, Scalar) and name.text == text:
                return name
    return None


def nested(branch: YamlNode | None, is_merge: bool) -> list[YamlNode]:
    """The entries inside a branch, or inside all branches of a merge."""
    if isinstance(branch, Sequence):
        return [item for each in branch.items for item in nested(each, False)] if is_merge else branch.items
    return [branch] if isinstance(branch, MappingNode) else []
