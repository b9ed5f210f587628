"""A spec brought up to date with a model file: what a person added stays where its layer is still the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from cnncalc.analysis import analyze
from cnncalc.checks.checked import with_ignored
from cnncalc.checks.expectations import FailedExpectation, own_failures
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
from cnncalc.updating._spec_lines import SpecLines

_ANOTHER_LAYER = "its layer is another one now"


class Updated(NamedTuple):
    """A spec after its update.

    Attributes:
        text: of the spec; the old one, byte for byte, if it still describes the model.
        lost: what could not stay, each with its place in the old text.
        renewed: exact values that were expected and are others now, each with its place in the new text.
        failing: expectations that stay and do not hold now: bounds and other models are demands of a person, not
            records of how the model was.
    """

    text: str
    lost: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()


def update(old_source: Source, draft: Draft) -> Updated:
    """The spec of a model, with what was added to an older spec of it.

    Args:
        old_source: the text of the older spec; files that it names are looked up from its place.
        draft: the model.
    """
    name = old_source.name
    old, mistakes = read(old_source)
    written = readable(draft)
    if old is None:
        return Updated(with_ignored(written.text), (f"{name} as a whole: {mistakes[0].message}",))
    new, _ = read(Source(name, written.text))
    if new is None:
        return Updated(written.text)
    if new.order == old.order and compare_networks(old, new).verdict == SAME:
        return Updated(old_source.text)
    return _Update(old, new).updated()


class _Update:
    """An older spec, and the new one that takes over its additions."""

    def __init__(self, old: Spec, new: Spec) -> None:
        self.old = old
        self.new = new
        self.name = old.source.name
        self.lost: list[tuple[int, str]] = []  # each with its line in the old text
        self.renewed: list[str] = []
        self.failing: list[str] = []
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
        self._renew_expectations()
        self._list_lost(nameless)
        lost = tuple(what for _, what in sorted(self.lost, key=lambda each: each[0]))
        return Updated(with_ignored(self.text), lost, tuple(self.renewed), tuple(self.failing))

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

    def _renew_expectations(self) -> None:
        """Writes exact values that are expected as they are now; drops everything if the text is no longer read."""
        spec, mistakes = read(Source(self.name, self.text, self.old.source.origin))
        if spec is None or compare_networks(spec, self.new).verdict != SAME:
            why = mistakes[0].message if mistakes else "it would change the network"
            self.lost.append((0, f"{self.name}: everything: {why}"))
            self.text = self.new.source.text
            return
        by_place: dict[Span, list[FailedExpectation]] = {}
        for failure in own_failures(analyze(spec)):
            by_place.setdefault(failure.expectation.span, []).append(failure)
        uses = Counter([each.span for each in spec.expectations])  # a block is called more than once
        lines = self.text.split("\n")
        for span in sorted(by_place, reverse=True):
            failures = by_place[span]
            values = {each.found for each in failures}
            is_one = len(values) == 1 and len(failures) == uses[span] and span.line == span.end_line
            value = values.pop() if is_one else ""
            if value:
                line = lines[span.line - 1]
                lines[span.line - 1] = f"{line[: span.column - 1]}{value}{line[span.end_column - 1 :]}"
            said = dict.fromkeys(f"{self.name}:{span.line}: {each.finding.message}" for each in failures)
            (self.renewed if value else self.failing)[:0] = said
        self.text = "\n".join(lines)

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
