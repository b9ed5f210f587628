"""Names of entries and inputs: where each ends, how unnamed entries are named, and how names are looked up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress

from cnncalc.graph import Entry, Node
from cnncalc.layers import MERGES
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import scalar
from cnncalc.source.diagnostics import Span, did_you_mean, excerpt
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand.entries import EntryReader, read_name
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.blocks import Block
from cnncalc.spec.language.scope import Passed, Scope

STRUCTURES = frozenset({"residual", "group", "share", "model"})
"""Kinds of entries that are no layers of their own."""
WITH_ENTRIES = MERGES | {"residual", "group"}
"""Kinds whose principal value contains entries."""


class LeftOut(NamedTuple):
    """Why an entry is left out: a `when` that is false, a `skip`, or an `after` or `until` that cuts it off.

    Attributes:
        is_here: whether that is written in the same text.
    """

    key: str
    node: YamlNode
    is_here: bool = True

    @property
    def words(self) -> str:
        value = excerpt(self.node.text) if isinstance(self.node, YamlScalar) else "…"
        where = f" on line {self.node.span.line}" if self.is_here else ""
        return f"`{self.key}: {value}`{where} leaves it out"

    @property
    def help(self) -> str:
        if not self.is_here:
            return "cut after an entry that everything goes through, such as a whole stage"
        return "leave out the entry that names it too, or name a layer that is always present"


class CutOff(NamedTuple):
    """What the end of a model is cut off by, and what gives the names of all its entries, cut off or not."""

    why: LeftOut
    names: Callable[[], Collection[str]]


class Names:
    """What is known about every name so far, by path."""

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
        """Entries that are being placed: nothing inside them can read them yet."""
        self.looked_up: list[str] = []
        """The paths that were looked up so far, to see what an entry depends on; "" for what was not found."""
        self.is_trial = False
        """Whether the place of a call is unknown, so that a name may exist or not."""
        self.left_out: dict[str, LeftOut] = {}
        """Entries that are left out, and why."""
        self.cut_off: dict[str, CutOff] = {}
        """The calls of models of which the end is cut off."""

    # -- giving names

    def name(self, written: Written, node: YamlNode | None, scope: Scope) -> str:
        """The name that an entry has in its scope: the one given, or its kind and a running number."""
        if node is not None:
            try:
                return read_name(scope.resolve_name(node))
            except Mistake as mistake:
                self.findings.mistake(mistake)
            except InputUnknown:
                pass
        return f"{written.kind}{self._next(written.kind, scope)}"

    def register(self, path: str, span: Span) -> None:
        """Reserves the path for an entry that is about to be placed."""
        if path in self.ends:
            first = self.places.get(path)
            where = f"first on line {first.line}" if first else ""
            help = "rename one of them; entries without a name are numbered by kind"
            self.findings.add("CNN209", span, f"the name `{path}` is given twice", where, help)
        self.ends[path] = None
        self.places.setdefault(path, span)

    def keep(self, item: YamlNode, scope: Scope) -> None:
        """Keeps the name of an entry that could not be read, so that entries that read it are not reported too."""
        if isinstance(item, YamlMapping) and isinstance(name := item.get("name"), YamlScalar):
            self.ends.setdefault(scope.prefix + name.text, None)
            self.places.setdefault(scope.prefix + name.text, name.span)

    def _next(self, kind: str, scope: Scope) -> int:
        scope.counts[kind] = scope.counts.get(kind, 0) + 1
        return scope.counts[kind]

    def leave_out(self, written: Written, path: str, scope: Scope, why: LeftOut) -> None:
        """Notes that an entry, with everything inside it, is left out.

        Unnamed entries are counted nevertheless, so that numbers are the same in every variant.
        """
        self.left_out.setdefault(path, why)
        if written.kind in self.blocks or any(key.text in ("repeat", "for") for key, _ in written.settings):
            return  # a scope of its own
        if written.kind == "group" and any(key.text == "name" for key, _ in written.settings):
            return
        branches = [written.principal, *(value for key, value in written.settings if key.text == "shortcut")]
        for branch in branches if written.kind in WITH_ENTRIES else []:
            self.leave_out_branch(branch, scope, why, written.kind in MERGES)

    def leave_out_branch(self, branch: YamlNode | None, scope: Scope, why: LeftOut, is_merge: bool = False) -> None:
        """Does the same for the entries of a branch (or of all branches of a merge) that is not placed."""
        for item in nested(_resolved(branch, scope), is_merge):
            is_given = isinstance(item, YamlScalar) and "$" in item.text
            entry = _resolved(item, scope) if is_given else item
            if is_given and (entry is None or (isinstance(entry, YamlScalar) and entry.text == "none")):
                continue
            inner = self.reader.written(entry or item, self.kinds)
            if inner is None:
                continue
            name = next((value for key, value in inner.settings if key.text == "name"), None)
            known = _resolved_name(name, scope)
            text = known.text if isinstance(known, YamlScalar) else f"{inner.kind}{self._next(inner.kind, scope)}"
            self.leave_out(inner, scope.prefix + text, scope, why)

    # -- looking them up

    def find(self, node: YamlNode, scope: Scope) -> Node | None:
        """The end of the layer or input that a node names, looked up from here outward; None with a finding."""
        try:
            found = self._name(node, scope)
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None
        except InputUnknown:
            return None
        text = found.text
        place, span = where_written(found, scope)
        path = self.path(text, place)
        if path in self.open:
            message = f"`{excerpt(text)}` cannot read itself"
            label = "it does not exist before it ends"
            self.findings.add("CNN311", span, message, label, "name an earlier layer")
            return None
        end = self._end(text, path, place)
        if end is not _NOWHERE or self._failed(path):
            return None if end is _NOWHERE else end
        with self.findings.within(place):
            self.not_found(span, text, place)
        return None

    def find_quietly(self, node: YamlNode, scope: Scope) -> Node | None:
        """The same without a finding."""
        with suppress(Mistake, InputUnknown):
            found = self._name(node, scope)
            place, _ = where_written(found, scope)
            end = self._end(found.text, self.path(found.text, place), place)
            return None if end is _NOWHERE else end
        return None

    def _name(self, node: YamlNode, scope: Scope) -> YamlScalar:
        """The text of a name, its expressions replaced.

        Raises:
            Mistake: it is not one.
            InputUnknown: an expression in it is not known.
        """
        if isinstance(node, YamlSequence):
            help = "several tensors are read by a merge, as in `concat: [a, b]`; only an `opaque` layer reads a list"
            raise Mistake("CNN205", node, "expected the name of a layer or input, found a list", "", help)
        written = scalar(node, "the name of a layer or input")
        return scalar(scope.resolve_name(written), "the name of a layer or input")

    def _end(self, text: str, path: str, scope: Scope) -> Node | None:
        """What is at a path that `path` found; `_NOWHERE` if nothing is."""
        if not path and text == "input":
            block = next((around for around in scope.outward() if around.is_block), None)
            self.looked_up.append(f"{block.prefix}input" if block else "")
            return block.entering if block else _NOWHERE
        self.looked_up.append(path)
        return None if path in self.open else self.ends.get(path, _NOWHERE)

    def path(self, text: str, scope: Scope) -> str:
        """The path of a name in the innermost scope that knows it; "" for what enters a block, and where no scope does.

        A scope also knows a name whose entry (or that of its first part, as in `unit1.conv1`) is left out. It is then
        not looked for further outward, because another layer with that name is not the one that was meant.
        """
        first = text.partition(".")[0]
        for around in scope.outward():
            if text == "input" and around.is_block:
                return ""
            if any(around.prefix + name in self.ends for name in (text, first)):
                return around.prefix + text
            if self.left_out and any(around.prefix + name in self.left_out for name in (text, first)):
                return around.prefix + text
        return ""

    def _failed(self, path: str) -> bool:
        """Whether an entry around this path failed, which has been reported."""
        while "." in path:
            path = path.rpartition(".")[0]
            if path in self.ends and self.ends[path] is None and path not in self.open:
                return True
        return False

    def called(self, node: Node, scope: Scope) -> str:
        """How an entry in this scope can name an input or the end of an entry; "" if it has no name for it."""
        for around in scope.outward():
            if around.is_block:
                if around.entering is node:
                    return "input"
                break
        for path in reversed(self.ends):
            if self.ends[path] is node:
                for around in scope.outward():
                    text = path.removeprefix(around.prefix)
                    if path.startswith(around.prefix) and self.path(text, scope) == path:
                        return text
        return ""

    def why_left_out(self, path: str) -> LeftOut | None:
        """Why the entry at a path, or one around it, is left out; None if it is not."""
        model, _, inner = path.partition(".")
        while inner and model not in self.cut_off:
            part, _, inner = inner.partition(".")
            model = f"{model}.{part}"
        if inner and inner in self.cut_off[model].names():
            return self.cut_off[model].why
        while path not in self.left_out and "." in path:
            path = path.rpartition(".")[0]
        return self.left_out.get(path)

    def not_found(self, span: Span, text: str, scope: Scope) -> None:
        """Reports a name that does not exist, with the likeliest reason."""
        if self.is_trial:
            return
        missing = f"there is no layer or input `{excerpt(text)}`"
        if why := self.why_left_out(self.path(text, scope)):
            self._is_left_out(span, text, why)
        elif later := _later(text, scope):
            message = f"`{excerpt(text)}` comes later"
            help = "a layer can only read what comes before it"
            self.findings.add("CNN311", span, message, f"on line {later.line}", help)
        elif text in self.kinds:
            help = f"for a layer of this kind write [{text}]"
            self.findings.add("CNN310", span, missing, "text here is the name of a layer", help)
        else:
            visible = list(dict.fromkeys(self._visible(scope)))
            label = did_you_mean(text, _not_another(text, visible))
            self.findings.add("CNN310", span, missing, label, f"names so far: {', '.join(visible[-12:])}")

    def _is_left_out(self, span: Span, text: str, why: LeftOut) -> None:
        if why.key == "for":
            help = f"name one of them, as in `{text}.0`"
            self.findings.add("CNN310", span, f"`{excerpt(text)}` names several copies side by side", "", help)
            return
        self.findings.add("CNN310", span, f"`{excerpt(text)}` is left out here", why.words, why.help)

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

    def outputs(self, node: YamlNode | None, entries: list[Entry], end: Node | None, scope: Scope) -> list[str]:
        """The names of the entries that the model returns: those listed, or the last one, which ends in `end`."""
        if node is None:
            return self._last(entries, end)
        names = node.items if isinstance(node, YamlSequence) else [node]
        outputs = []
        if not names:
            help = "name a layer, or remove `outputs` to return the last one"
            self.findings.add("CNN203", node.span, "`outputs` is empty", "", help)
        prefix = scope.prefix
        layers = {
            name.removeprefix(prefix): end for name, end in self.ends.items() if end is None or end.layer is not None
        }
        for each in names:
            if self.findings.is_full:
                break
            try:
                text = scalar(scope.resolve_name(each), "the name of a layer").text
            except Mistake as mistake:
                self.findings.mistake(mistake)
                continue
            except InputUnknown:
                continue
            if text in layers:
                outputs += [prefix + text] if layers[text] else []
                continue
            if why := self.why_left_out(prefix + text):
                self._is_left_out(each.span, text, why)
                continue
            label = did_you_mean(text, _not_another(text, layers))
            message = f"there is no layer `{excerpt(text)}`"
            self.findings.add("CNN310", each.span, message, label, f"layers: {', '.join(list(layers)[:12])}")
        return outputs

    def _last(self, entries: list[Entry], end: Node | None) -> list[str]:
        """The name of the entry that the layers end in."""
        if not entries or end is None:
            return [entry.name for entry in entries[-1:]]
        if end.layer is None:
            label = "every layer that would change it is left out"
            help = "keep at least one layer between the input and the output"
            self.findings.add("CNN203", entries[-1].span, "the model would return its input", label, help)
        # the last entry, or what an entry with nothing left in it passes on
        names = [entries[-1].name, *reversed(self.ends)]
        return [next(name for name in names if self.ends.get(name) is end)]


def _not_another(name: str, names: Iterable[str]) -> list[str]:
    """Names without those that say by their number that they are another layer's: `conv1` is not meant by `conv3`."""
    stem = name.rstrip(_DIGITS)
    return [each for each in names if stem == name or each.rstrip(_DIGITS) != stem or each == stem]


_DIGITS = "0123456789"
_NOWHERE = Node("", "", None, (), Shape((), 0))
"""Stands for no layer."""


def _resolved(node: YamlNode | None, scope: Scope) -> YamlNode | None:
    """A node with its expressions replaced by their values; None if one fails, which is not reported."""
    with suppress(Mistake, InputUnknown):
        return None if node is None else scope.resolve(node) if isinstance(node, YamlScalar) else node
    return None


def _resolved_name(node: YamlNode | None, scope: Scope) -> YamlNode | None:
    """The same for a name."""
    with suppress(Mistake, InputUnknown):
        return None if node is None else scope.resolve_name(node)
    return None


def where_written(name: YamlScalar, scope: Scope) -> tuple[Scope, Span]:
    """The scope and the place to which a name belongs; for one passed as an argument, those of the call."""
    return (name.scope, name.origin) if isinstance(name, Passed) else (scope, name.span)


_MAX_LATER = 10_000
"""How many entries are searched for a name that comes later."""


def _later(text: str, scope: Scope) -> YamlScalar | None:
    """The place of a name that is given in a later entry."""
    for around in scope.outward():
        for item in around.items[:_MAX_LATER]:
            name = item.get("name") if isinstance(item, YamlMapping) else None
            if isinstance(name, YamlScalar) and name.text == text:
                return name
    return None


def nested(branch: YamlNode | None, is_merge: bool) -> list[YamlNode]:
    """The entries inside a branch, or inside all branches of a merge."""
    if isinstance(branch, YamlSequence):
        return [item for each in branch.items for item in nested(each, False)] if is_merge else branch.items
    return [branch] if isinstance(branch, YamlMapping) else []
