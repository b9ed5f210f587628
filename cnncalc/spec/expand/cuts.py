"""A model of which only a part is placed: the entries up to one, those after one, or those between two.

What comes before the part is placed all the same, on the model's own input, and then dropped: the entries after it have
the names that they have in the whole model, and read a tensor with as many channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node, input_node
from cnncalc.layers import MERGES
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import Span, did_you_mean, excerpt, listed
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand.entries import EntryReader
from cnncalc.spec.expand.placement import Placed, Placement
from cnncalc.spec.language.blocks import Block
from cnncalc.spec.language.names import LeftOut
from cnncalc.spec.language.scope import Scope

if TYPE_CHECKING:
    from cnncalc.source.entry import Written

_WHOLE = MERGES | {"residual", "share"}
"""Entries that are kept or left out as a whole."""
_MOST_LISTED = 12


class Cut(NamedTuple):
    """Which entries of a model are kept.

    Attributes:
        until: the last one that is kept, a path; None for the last one of all.
        after: the last one that is not kept; None for none.
        refuse: reports what is wrong: with which of the two keys, a message, a label and help.
        entering: what the entries after `after` read; None for an input of the same shape as that entry's output.
    """

    until: str | None
    after: str | None
    refuse: Callable[..., None]
    entering: Node | None = None


class CutPlacement(Placement):
    """Places the entries of a model that a cut keeps."""

    def __init__(
        self,
        reader: EntryReader,
        blocks: Mapping[str, Block],
        ends: dict[str, Node | None],
        places: dict[str, Span],
        cut: Cut,
    ) -> None:
        super().__init__(reader, blocks, ends, places)
        self.cut = cut
        self.keeps_recipes = True  # nothing is copied: each entry has to come by here
        self._prefix = ""
        self._enclosing: list[str] = []
        self._dropped: set[Node] = set()
        self._is_begun = cut.after is None
        self.is_refused = False
        """Whether it makes no sense, which has been reported."""
        self.cut_off: set[str] = set()
        """The names of the entries before the part, without what all names begin with."""

    # -- while entries are placed

    def placed(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        self._enclosing.append(written.kind)
        try:
            return super().placed(written, path, source, scope, is_named)
        finally:
            self._enclosing.pop()

    def ended(self, path: str, end: Node | None) -> Node | None:
        end = super().ended(path, end)
        if self.is_over or end is None:
            return end
        name = path.removeprefix(self._prefix)
        if name == self.cut.after and self._may_cut("after", name):
            end = self._begun(path, end)
        if name == self.cut.until and self._may_cut("until", name):
            self.is_over = True
        return end

    def _may_cut(self, key: str, name: str) -> bool:
        """Whether no entry is around this one that is not cut in two."""
        whole = next((kind for kind in self._enclosing if kind in _WHOLE), "")
        if whole:
            help = f"name the `{whole}`, or an entry before it"
            self._refuse(key, f"`{name}` is inside a `{whole}`", "which is not cut in two", help)
        return not whole

    def _begun(self, path: str, end: Node) -> Node | None:
        """Drops all entries so far; returns what the others read instead of the last of them."""
        entering = self.cut.entering or input_node("input", end.output)
        self._dropped = {*self.inputs, *self.nodes}
        self._is_begun = True
        self.inputs = [entering]
        self.nodes.clear()
        self.reader.layers.clear()
        self.reader.weights.clear()
        self.reader.models.clear()
        self.expectations.clear()
        self._forget(self._dropped)
        self.names.ends[path] = entering
        now, meant = entering.output, end.output
        if (len(now.spatial), now.channels) == (len(meant.spatial), meant.channels):
            return entering
        reads, gets = _axes(meant), _axes(now)
        help = f"put `{{conv: {meant.channels}, kernel: 1}}` before it" if now.spatial else "put a `dense` before it"
        message = f"what comes after `{self.cut.after}` reads {reads}, but gets {gets}"
        self._refuse("after", message, "", *([help] if len(now.spatial) == len(meant.spatial) else []))
        return None

    def _refuse(self, key: str, message: str, label: str = "", *help: str) -> None:
        self.is_refused = True
        self.cut.refuse(key, message, label, *help)

    # -- when all are placed

    def model(self, key: YamlScalar, node: YamlNode, scope: Scope) -> list[Entry]:
        self._prefix = scope.prefix
        entries = super().model(key, node, scope)
        if self.is_refused or self.findings.has_errors or not entries:
            return []
        if not self._is_begun or (self.cut.until is not None and not self.is_over):
            self._not_there()
            return []
        if not self.nodes:
            self._nothing_left()
            return []
        self._check_sides()
        return self._kept(entries) if self._dropped else entries

    def _not_there(self) -> None:
        """Reports the entry that does not exist."""
        key, name = ("after", self.cut.after) if not self._is_begun else ("until", self.cut.until)
        assert name is not None
        names = [path.removeprefix(self._prefix) for path, end in self.names.ends.items() if end and end.layer]
        if why := self.names.why_left_out(self._prefix + name):
            self._refuse(key, f"`{excerpt(name)}` is left out", why.words)
            return
        where = f" up to `{self.cut.until}`" if self.is_over else ""
        help = f"entries: {listed(_near(name, names)[-_MOST_LISTED:])}"
        self._refuse(key, f"there is no entry `{excerpt(name)}`{where}", did_you_mean(name, names), help)

    def _nothing_left(self) -> None:
        if self.cut.until is not None and self.cut.after is not None:
            label = f"it ends with `{self.cut.until}`"
        else:
            label = "it is the last entry"
        self._refuse("after", f"nothing is left after `{self.cut.after}`", label, "name an earlier entry")

    def _check_sides(self) -> None:
        """Reports layers that read something from the other side of the cut."""
        for written in self.reader.layers:
            node = written.node
            others = (*node.inputs, *filter(None, (node.like, node.shares)))
            if other := next((each for each in others if each in self._dropped), None):
                name = other.name.removeprefix(self._prefix)
                reader = node.name.removeprefix(self._prefix)
                message = f"`{reader}` also needs `{name}`, which is before the cut"
                label = f"it comes after `{self.cut.after}`"
                help = "cut after an entry that everything goes through, such as a whole stage"
                self._refuse("after", message, label, help)
                return

    def _kept(self, entries: list[Entry]) -> list[Entry]:
        """The entries that are left, and those inside them; the names of the others are left out."""
        begin = self.inputs[0]
        self._forget({begin})
        if self.cut.entering is None:
            self.names.ends[begin.name] = begin
        return _without(entries, {*self._dropped, begin})

    def _forget(self, nodes: set[Node]) -> None:
        """Takes the names away that end in these."""
        assert self.cut.after is not None
        why = LeftOut("after", YamlScalar(self.cut.after, 1, 1, 1, 1), is_here=False)
        for path in [path for path, end in self.names.ends.items() if end in nodes]:
            del self.names.ends[path]
            self.names.left_out[path] = why
            self.cut_off.add(path.removeprefix(self._prefix))

    def outputs(self, node: YamlNode | None, entries: list[Entry], scope: Scope) -> list[str]:
        """What is left of what the model returns; if its end is cut off, what it ends in."""
        names = node.items if isinstance(node, YamlSequence) else [node] if node else []
        left = [each for each in names if not (isinstance(each, YamlScalar) and each.text in self.cut_off)]
        is_whole = node is not None and left and self.cut.until is None
        return super().outputs(YamlSequence(left, *node.span) if node and is_whole else None, entries, scope)


def _axes(shape: Shape) -> str:
    """`a map of 64 channels`, `a vector of 10`."""
    axes = len(shape.spatial)
    what = {0: "a vector", 1: "a sequence", 2: "a map"}.get(axes, f"a tensor with {axes} axes of positions")
    return f"{what} of {shape.channels:,}{' channels' if axes else ''}"


def _near(name: str, names: list[str]) -> list[str]:
    """The names beside one that does not exist: those inside the same entry, as far as there is one."""
    around = name
    while "." in around and around not in names:
        around = around.rpartition(".")[0]
    prefix = f"{around}." if around in names else ""
    return [each for each in names if each.startswith(prefix) and "." not in each[len(prefix) :]]


def _without(entries: list[Entry], dropped: set[Node]) -> list[Entry]:
    """The entries without what is dropped."""
    kept = []
    for entry in entries:
        entry.nodes = [node for node in entry.nodes if node not in dropped]
        entry.children = _without(entry.children, dropped)
        if entry.nodes or entry.children or (entry.passed_on and entry.passed_on not in dropped):
            kept.append(entry)
    return kept
