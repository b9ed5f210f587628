"""A spec brought up to date with a model file: what a person added stays where its layer is still the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from cnncalc.checks.expectations import failed_expectations
from cnncalc.checks.model import Model
from cnncalc.graph import Node
from cnncalc.importing.draft import Draft
from cnncalc.importing.structure import readable
from cnncalc.named_tuple import NamedTuple
from cnncalc.sameness.networks import SAME, compare_networks
from cnncalc.source.diagnostics import Span
from cnncalc.source.files import Source
from cnncalc.spec.reader import Spec, read
from cnncalc.updating._additions import (
    KEPT_KEYS,
    LOST_KEYS,
    Addition,
    additions_of,
    key_lines,
    layers_in,
)
from cnncalc.updating._counterparts import counterparts
from cnncalc.updating._spec_lines import SpecLines, without_expect


class Updated(NamedTuple):
    """A spec after its update.

    Attributes:
        text: of the spec; the old one, byte for byte, if it still describes the model.
        lost: what could not stay, each with its place in the old text.
    """

    text: str
    lost: tuple[str, ...]


def update(old_text: str, draft: Draft, name: str = "model.yaml") -> Updated:
    """The spec of a model, with what was added to an older spec of it.

    Args:
        old_text: of the older spec.
        draft: the model.
        name: of the older spec, for the list of what is lost.
    """
    old, mistakes = read(Source(name, old_text))
    written = readable(draft)
    if old is None:
        return Updated(written.text, (f"{name} as a whole: {mistakes[0].message}",))
    new, _ = read(Source(name, written.text))
    if new is None or (new.order == old.order and compare_networks(old, new).verdict == SAME):
        return Updated(old_text if new else written.text, ())
    return _Update(old, new, name).updated()


class _Update:
    """An older spec, and the new one that takes over its additions."""

    def __init__(self, old: Spec, new: Spec, name: str) -> None:
        self.old = old
        self.new = new
        self.name = name
        self.lost: list[str] = []
        self.text = new.source.text
        self.lines = SpecLines(new.source.text)
        self.places = {
            (entry.end, layers_in(entry)): entry.span.line
            for entry in reversed([*new.graph.walk()])
            if self.lines.begins_entry(entry.span.line, entry.span.column)
        }

    def updated(self) -> Updated:
        twins = counterparts(self.old.graph, self.new.graph)
        for addition in additions_of(self.old):
            self._take_over(addition, twins)
        self._keys()
        self._drop_what_does_not_hold()
        return Updated(self.text, tuple(self.lost))

    def _lose(self, line: int, what: str, why: str) -> None:
        self.lost.append(f"{self.name}:{line}: {what}: {why}")

    # -- entries

    def _take_over(self, addition: Addition, twins: Mapping[Node, Node]) -> None:
        found = Counter(
            line
            for end, size in addition.entries
            if end in twins and (line := self.places.get((twins[end], size))) is not None
        )
        if not found:
            for what in _parts(addition):
                self._lose(addition.line, what, "its layer is another one now")
            return
        line = found.most_common(1)[0][0]
        if addition.name and not self.lines.rename(line, addition.name):
            self._lose(addition.line, f"name `{addition.name}`", "another entry has it")
        if addition.expect and not self.lines.add(line, "expect", addition.expect):
            self._lose(addition.line, f"expect {addition.expect}", "the entry has one already")
        self.lines.comment(line, addition.remark, addition.above)

    # -- keys of the spec

    def _keys(self) -> None:
        own = key_lines(self.old)
        if "name" in own:
            self.lines.replace_key("name", own["name"])
        for key in KEPT_KEYS:
            if key in own:
                self.lines.replace_key(key, own[key])
        starts = {key.text: key.line for key, _ in getattr(self.old.parsed.root, "pairs", [])}
        for key in LOST_KEYS:
            if key in own:
                self._lose(starts[key], f"`{key}`", "the model file has nothing like it")

    def _drop_what_does_not_hold(self) -> None:
        """Takes out expectations that are false now, and everything if the text is no longer read."""
        spec, mistakes = read(Source(self.name, self.lines.text))
        if spec is None or compare_networks(spec, self.new).verdict != SAME:
            why = mistakes[0].message if mistakes else "it would change the network"
            self.lost.append(f"{self.name}: everything: {why}")
            self.text = self.new.source.text
            return
        text = self.lines.text
        for line, messages in sorted(_false_expectations(spec).items(), reverse=True):
            text, what = without_expect(text, line)
            self.lost.append(f"{self.name}: {what}: {'; '.join(messages)}")
        self.text = text


def _parts(addition: Addition) -> Iterator[str]:
    """What is added, in words."""
    if addition.name:
        yield f"name `{addition.name}`"
    if addition.expect:
        yield f"expect {addition.expect}"
    yield from (f"comment `{each}`" for each in (*addition.above, addition.remark) if each)


def _false_expectations(spec: Spec) -> dict[int, list[str]]:
    """How it is reported that expectations do not hold, by the lines that they are on."""
    found: dict[int, list[str]] = {}
    for each in failed_expectations(Model.of(spec)):
        if isinstance(each.where, Span):
            found.setdefault(each.where.line, []).append(each.message)
    return found
