"""The entries of `layers`, one behind the other: their names, what they read, and where they lie in the graph."""

from __future__ import annotations

from cnncalc.diagnostics import Span, nearest
from cnncalc.graph import Entry, Node
from cnncalc.layers import KINDS
from cnncalc.spec.entries import COMMON, EntryReader, Written, read_name
from cnncalc.spec.expectations import Expectation, read_expectations
from cnncalc.spec.findings import Findings
from cnncalc.spec.settings import Mistake
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import excerpt, scalar


class Placement:
    """Puts entries in their places, after the inputs of the model.

    An entry that failed keeps its name, so that what reads it is passed over and not reported too.
    """

    def __init__(self, reader: EntryReader, ends: dict[str, Node | None], places: dict[str, Span]) -> None:
        self.reader = reader
        self.findings: Findings = reader.findings
        self.ends = ends
        """The last node of every input and entry so far, by name; None where it failed."""
        self.places = places
        self.entries: list[Entry] = []
        self.expectations: list[Expectation] = []
        self.counts: dict[str, int] = {}
        self.later: dict[str, Span] = {}

    def layers(self, key: Scalar, node: YamlNode) -> None:
        """Places all entries of the list under `key`."""
        if not isinstance(node, Sequence):
            self._not_a_list(key, node)
            return
        if not node.items:
            self.findings.add("CNN203", node.span, "`layers` is empty", "", "add an entry, as in `- conv: 3x3x8`")
        self.later = {
            value.text: value.span
            for item in node.items
            if isinstance(item, MappingNode) and isinstance(value := item.get("name"), Scalar)
        }
        inputs = list(self.ends.values())
        current = inputs[0] if len(inputs) == 1 else None
        for index, item in enumerate(node.items):
            if self.findings.is_full:
                return
            current = self._entry(item, current, needs_from=index == 0 and len(inputs) > 1)

    def _not_a_list(self, key: Scalar, node: YamlNode) -> None:
        first = node.pairs[0][0] if isinstance(node, MappingNode) and node.pairs else node
        text = first.text if isinstance(first, Scalar) else ""
        if text.startswith("-"):
            self.findings.add(
                "CNN115", first.span, f"no space behind the `-` in `{excerpt(text)}`", "", "write `- conv: 3x3x8`"
            )
        elif isinstance(node, Scalar) and node.is_null:
            self.findings.add("CNN203", key.span, "`layers` is empty", "", "add an entry, as in `- conv: 3x3x8`")
        else:
            self.findings.add(
                "CNN205",
                first.span,
                f"expected a list of entries under `layers`, found a {node.what}",
                "",
                "begin each entry with `- `",
            )

    def _entry(self, item: YamlNode, current: Node | None, needs_from: bool) -> Node | None:
        written = self.reader.written(item, KINDS)
        if written is None:
            self._keep_name(item)
            return None
        settings = {key.text: value for key, value in written.settings if key.text in COMMON}
        name = self._name(written, settings.get("name"))
        source = current
        if "from" in settings:
            source = self._source(settings["from"])
        elif needs_from:
            self.findings.add(
                "CNN203",
                written.head.span,
                "the model has several inputs; which one does this layer read?",
                "",
                f"add `from: {next(iter(self.ends))}`",
            )
        entry = self.reader.entry(written, name, source)
        if "expect" in settings:
            self.expectations += read_expectations(self.findings, name, settings["expect"], self.reader.layout)
        end = entry.nodes[-1] if entry else None
        if entry:
            self.entries.append(entry)
        self.ends[name] = end
        return end

    def _keep_name(self, item: YamlNode) -> None:
        """A failed entry keeps its name, so that what reads it is not reported too."""
        if isinstance(item, MappingNode) and isinstance(name := item.get("name"), Scalar):
            self.ends.setdefault(name.text, None)
            self.places.setdefault(name.text, name.span)

    def _name(self, written: Written, node: YamlNode | None) -> str:
        span = (node or written.head).span
        name = ""
        if node is not None:
            try:
                name = read_name(node)
            except Mistake as mistake:
                self.findings.mistake(mistake)
        if not name:
            self.counts[written.kind] = self.counts.get(written.kind, 0) + 1
            name = f"{written.kind}{self.counts[written.kind]}"
        if name in self.ends:
            first = self.places.get(name)
            where = f"first on line {first.line}" if first else ""
            numbered = "" if node else f"`{written.kind}` without a name is numbered; give this one a name of its own"
            self.findings.add(
                "CNN209",
                span,
                f"the name `{name}` stands twice",
                where,
                *([numbered] if numbered else ["rename one of them"]),
            )
        self.places.setdefault(name, span)
        return name

    def _source(self, node: YamlNode) -> Node | None:
        try:
            text = scalar(node, "the name of a layer or input").text
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None
        if text in self.ends:
            return self.ends[text]
        if text in self.later:
            self.findings.add(
                "CNN311",
                node.span,
                f"`{excerpt(text)}` comes only later",
                f"on line {self.later[text].line}",
                "a layer can read what stands before it",
            )
            return None
        close = nearest(text, self.ends)
        self.findings.add(
            "CNN310",
            node.span,
            f"there is no layer or input `{excerpt(text)}`",
            f"did you mean `{close}`?" if close else "",
            f"names so far: {', '.join(list(self.ends)[-12:])}",
        )
        return None

    def outputs(self, node: YamlNode | None) -> list[Entry]:
        """The entries that the model returns: those named, or the last one."""
        if node is None:
            return self.entries[-1:]
        names = node.items if isinstance(node, Sequence) else [node]
        by_name = {entry.name: entry for entry in self.entries}
        outputs = []
        if not names:
            self.findings.add(
                "CNN203", node.span, "`outputs` is empty", "", "name a layer, or leave `outputs` out for the last one"
            )
        for each in names:
            try:
                text = scalar(each, "the name of a layer").text
            except Mistake as mistake:
                self.findings.mistake(mistake)
                continue
            if text in by_name:
                outputs.append(by_name[text])
            elif self.ends.get(text) or text not in self.ends:
                close = nearest(text, by_name)
                self.findings.add(
                    "CNN310",
                    each.span,
                    f"there is no layer `{excerpt(text)}`",
                    f"did you mean `{close}`?" if close else "",
                    f"layers: {', '.join(list(by_name)[:12])}",
                )
        return outputs
