"""A spec brought up to date with a model file: what a person added stays where its layer is still the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from cnncalc.checks.checked import with_ignored
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
    keys_with_comments,
    layers_in,
)
from cnncalc.updating._comments import comments_in
from cnncalc.updating._counterparts import counterparts
from cnncalc.updating._sections import Sections, arranged
from cnncalc.updating._spec_lines import SpecLines, without_expect

_ANOTHER_LAYER = "its layer is another one now"
_AT_THE_END = 10**9
"""The place in the list of what is not about a line."""


class Updated(NamedTuple):
    """A spec after its update.

    Attributes:
        text: of the spec; the old one, byte for byte, if it still describes the model.
        lost: what could not stay, each with its place in the old text.
    """

    text: str
    lost: tuple[str, ...]


def update(old_text: str, draft: Draft, name: str = "model.yaml", origin: str = "") -> Updated:
    """The spec of a model, with what was added to an older spec of it.

    Args:
        old_text: of the older spec.
        draft: the model.
        name: of the older spec, for the list of what is lost.
        origin: where the models that it names are looked up, as in `Source`.
    """
    old, mistakes = read(Source(name, old_text, origin))
    written = readable(draft)
    if old is None:
        return Updated(with_ignored(written.text), (f"{name} as a whole: {mistakes[0].message}",))
    new, _ = read(Source(name, written.text))
    if new is None:
        return Updated(written.text, ())
    if new.order == old.order and compare_networks(old, new).verdict == SAME:
        return Updated(old_text, ())
    return _Update(old, new, name).updated()


class _Update:
    """An older spec, and the new one that takes over its additions."""

    def __init__(self, old: Spec, new: Spec, name: str) -> None:
        self.old = old
        self.new = new
        self.name = name
        self.lost: list[tuple[int, str]] = []  # each with its line in the old text
        self.text = new.source.text
        self.lines = SpecLines(new.source.text)
        self.sections = Sections.of(old)
        places = {
            (entry.end, layers_in(entry), entry.kind): entry.span.line
            for entry in reversed([*new.graph.walk()])
            if self.lines.begins_entry(entry.span.line, entry.span.column)
        }
        outermost = {(end, size): line for (end, size, _), line in places.items()}
        self.places = places
        self.outermost = outermost

    def updated(self) -> Updated:
        twins = counterparts(self.old.graph, self.new.graph)
        nameless = [each for each in additions_of(self.old) if not self._take_over(each, twins)]
        self._take_over_comments_on_names()
        self.text = self._written()
        self._drop_what_does_not_hold()
        self._list_lost(nameless)
        return Updated(with_ignored(self.text), tuple(what for _, what in sorted(self.lost, key=lambda each: each[0])))

    def _lose(self, line: int, what: str, why: str) -> None:
        self.lost.append((line, f"{self.name}:{line}: {what}: {why}"))

    # -- entries

    def _take_over(self, addition: Addition, twins: Mapping[Node, Node]) -> bool:
        """Adds what was added to an entry to the one that is the same now; returns whether there is one."""
        places = [self._place(twins[end], size, kind) for end, size, kind in addition.entries if end in twins]
        found = Counter([line for line in places if line])
        if not found:
            return False
        line = found.most_common(1)[0][0]
        if addition.name and not self.lines.rename(line, addition.name):
            self._lose(addition.line, f"name `{addition.name}`", "another entry has it")
        if addition.expect and not self.lines.add(line, "expect", addition.expect):
            self._lose(addition.line, f"expect {addition.expect}", "the entry has one already")
        self.lines.comment(line, addition.remark, addition.above)
        return True

    def _place(self, end: Node, size: int, kind: str) -> int:
        """The line of the entry that is so many layers, preferably of the same kind; 0 if there is none."""
        return self.places.get((end, size, kind)) or self.outermost.get((end, size), 0)

    def _take_over_comments_on_names(self) -> None:
        lines = {(key, name): line for key, name, line, _, _ in keys_with_comments(self.new)}
        for key, name, _, remark, above in keys_with_comments(self.old):
            if line := lines.get((key, name)):
                self.lines.comment(line, remark, above)

    # -- the whole text

    def _written(self) -> str:
        """The new text, arranged as the old one, with the keys that say nothing about layers as they were."""
        new = Sections.of(self.new)
        kept = (*KEPT_KEYS, "name")
        own = {each.key: [*self.lines.written(each.line, each.line + len(each.own) - 1)] for each in new.all}
        own |= {each.key: [*each.own] for each in self.sections.all if each.key in kept}
        for key in LOST_KEYS:
            if section := self.sections.get(key):
                self._lose(section.line, f"`{key}`", "the model file has nothing like it")
        return "\n".join(arranged(self.sections, new, own)) + "\n"

    def _drop_what_does_not_hold(self) -> None:
        """Takes out expectations that are false now, and everything if the text is no longer read."""
        spec, mistakes = read(Source(self.name, self.text, self.old.source.origin))
        if spec is None or compare_networks(spec, self.new).verdict != SAME:
            why = mistakes[0].message if mistakes else "it would change the network"
            self.lost.append((0, f"{self.name}: everything: {why}"))
            self.text = self.new.source.text
            return
        text = self.text
        for line, messages in sorted(_false_expectations(spec).items(), reverse=True):
            text, what = without_expect(text, line)
            self.lost.append((_AT_THE_END, f"{self.name}: {what}: {'; '.join(messages)}"))
        self.text = text

    def _list_lost(self, entries: Sequence[Addition]) -> None:
        """Lists what of entries that are no longer there, and which comments, the text does not have.

        A name may be there all the same: the model file gives it.
        """
        for each in entries:
            if each.name and not re.search(rf"\bname: {re.escape(each.name)}(?![\w-])", self.text):
                self._lose(each.line, f"name `{each.name}`", _ANOTHER_LAYER)
            if each.expect:
                self._lose(each.line, f"expect {each.expect}", _ANOTHER_LAYER)
        left = Counter(comment for _, comment in comments_in(self.text.split("\n"), 1))
        for section in self.sections.all:
            why = _ANOTHER_LAYER if section.key in ("layers", "blocks") else "what it is about is no longer there"
            is_whole = section.key in (*KEPT_KEYS, *LOST_KEYS)
            lines = [*section.lead, *(() if is_whole else section.own)]
            for line, comment in comments_in(lines, section.line - len(section.lead)):
                left[comment] -= 1
                if left[comment] < 0:
                    self._lose(line, f"comment `{comment}`", why)


def _false_expectations(spec: Spec) -> dict[int, list[str]]:
    """How it is reported that expectations do not hold, by the lines that they are on."""
    found: dict[int, list[str]] = {}
    for each in failed_expectations(Model.of(spec)):
        if isinstance(each.where, Span):
            found.setdefault(each.where.line, []).append(each.message)
    return found
