"""The entries of `layers` in their places: names, branches, blocks, repetition.

An entry that failed keeps its name and has no end (None); what reads it is passed over and not reported too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnncalc.diagnostics import Span, nearest
from cnncalc.graph import MAX_VALUES, Entry, Node, place_merge
from cnncalc.layers import KINDS, MERGES, layer_class
from cnncalc.layers.merge import Add, Merge
from cnncalc.spec.blocks import Block, bind
from cnncalc.spec.entries import COMMON, EntryReader, Written, followers, read_name
from cnncalc.spec.expectations import Expectation, read_expectations
from cnncalc.spec.findings import Findings
from cnncalc.spec.scope import Scope
from cnncalc.spec.settings import InputUnknown, Mistake, Reading
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import TRUTH, excerpt, scalar, whole

MAX_LAYERS = 200_000
"""A model may have so many layers, all copies counted."""

STRUCTURES = frozenset({"residual", "group", "share"})
"""Kinds of entries that are no layers of their own."""
_WITH_ENTRIES = MERGES | {"residual", "group"}
MAX_DEPTH = 100
"""Entries may lie so deep inside each other."""
_RESIDUAL_KEYS = frozenset({"shortcut", "skip", "activation"})

Placed = tuple[Entry | None, Node | None]
"""An entry and the layer that it ends in; both None where it failed, the entry alone where it is dropped."""


class TooMuchError(Exception):
    """A bound was reached, and reported; the rest of the file is not read."""


class Recipe(NamedTuple):
    """How an entry was placed, so that `share` can place it again."""

    written: Written
    scope: Scope
    entry: Entry


class Placement:
    """Puts the entries of one spec in their places."""

    def __init__(
        self, reader: EntryReader, blocks: Mapping[str, Block], ends: dict[str, Node | None], places: dict[str, Span]
    ) -> None:
        self.reader = reader
        self.findings: Findings = reader.findings
        self.blocks = blocks
        self.kinds = frozenset(KINDS) | STRUCTURES | frozenset(blocks)
        self.ends = ends
        """The last node of every input and entry so far, by path; None where it failed."""
        self.places = places
        self.nodes: list[Node] = []
        self.expectations: list[Expectation] = []
        self.recipes: dict[str, Recipe] = {}
        self.copies = 0
        self.depth = 0
        self.open: set[str] = set()
        """Entries that are being placed, by path: nothing inside them can read them."""
        self.dropped: set[str] = set()
        """Entries whose `when` is false, by path."""

    # -- chains

    def model(self, key: Scalar, node: YamlNode, values: Mapping[str, int | float | str | bool]) -> list[Entry]:
        """Places the list under `layers`."""
        if not isinstance(node, Sequence):
            self._not_a_list(key, node)
            return []
        if not node.items:
            self.findings.add("CNN203", node.span, "`layers` is empty", "", "add an entry, as in `- conv: 3x3x8`")
            return []
        scope = Scope("", None, values)
        inputs = list(self.ends.values())
        if len(inputs) > 1 and not _has_key(node.items[0], "from") and not _names_its_sources(node.items[0]):
            self.findings.add(
                "CNN203",
                node.items[0].span,
                "the model has several inputs; which one does the first layer read?",
                "",
                f"add `from: {next(iter(self.ends))}`",
            )
        try:
            return self.chain(node.items, inputs[0] if len(inputs) == 1 else None, scope, is_top=True)[0]
        except TooMuchError:
            return []

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
            message = f"expected a list of entries under `layers`, found a {node.what}"
            self.findings.add("CNN205", first.span, message, "", "begin each entry with `- `")

    def chain(
        self, items: list[YamlNode], current: Node | None, scope: Scope, is_top: bool = False
    ) -> tuple[list[Entry], Node | None]:
        """Places entries one behind the other: what they are, and the layer that the last one ends in."""
        outer, scope.items = scope.items, items
        entries = []
        for item in items:
            if self.findings.is_full:
                raise TooMuchError
            entry, current = self._entry(item, current, scope, is_top)
            if entry:
                entries.append(entry)
        scope.items = outer
        return entries, current

    def _entry(self, item: YamlNode, current: Node | None, scope: Scope, is_top: bool) -> Placed:
        self.findings.chain = scope.chain
        written = self.reader.written(item, self.kinds)
        if written is None:
            self._keep_name(item, scope)
            return None, None
        common = {key.text: value for key, value in written.settings if key.text in COMMON}
        name = self._name(written, common.get("name"), scope)
        path = scope.prefix + name
        source = self.find(common["from"], scope) if "from" in common else current
        if is_top:
            scope.c_in = source.output.channels if source else None
        if not self._wanted(common.get("when"), scope):
            self._count(written, scope)
            self.dropped.add(path)
            return None, current
        self._register(path, (common.get("name") or written.head).span, None)
        self.open.add(path)
        if "repeat" in common:
            entry, end = self._repeated(written, common, path, source, scope, is_top)
        else:
            entry, end = self._placed(written, path, source, scope, isinstance(common.get("name"), Scalar))
        self.open.discard(path)
        self.ends[path] = end
        if entry:
            self.recipes[path] = Recipe(written, scope, entry)
        if "expect" in common:
            found = read_expectations(self.findings, path, common["expect"], self.reader.layout)
            self.expectations += found if entry else []
        return entry, end

    # -- names

    def _keep_name(self, item: YamlNode, scope: Scope) -> None:
        if isinstance(item, MappingNode) and isinstance(name := item.get("name"), Scalar):
            self.ends.setdefault(scope.prefix + name.text, None)
            self.places.setdefault(scope.prefix + name.text, name.span)

    def _name(self, written: Written, node: YamlNode | None, scope: Scope) -> str:
        if node is not None:
            try:
                return read_name(scope.resolve(node))
            except Mistake as mistake:
                self.findings.mistake(mistake)
            except InputUnknown:
                pass
        scope.counts[written.kind] = scope.counts.get(written.kind, 0) + 1
        return f"{written.kind}{scope.counts[written.kind]}"

    def _register(self, path: str, span: Span, end: Node | None) -> None:
        if path in self.ends:
            first = self.places.get(path)
            where = f"first on line {first.line}" if first else ""
            self.findings.add(
                "CNN209",
                span,
                f"the name `{path}` stands twice",
                where,
                "rename one of them; entries without a name are numbered by kind",
            )
        self.ends[path] = end
        self.places.setdefault(path, span)

    def _count(self, written: Written, scope: Scope) -> None:
        """Counts the entries without a name inside a dropped one, so that numbers are the same in every variant."""
        if written.kind in self.blocks or any(key.text == "repeat" for key, _ in written.settings):
            return  # a scope of its own
        if written.kind == "group" and any(key.text == "name" for key, _ in written.settings):
            return
        branches = [written.principal, *(value for key, value in written.settings if key.text == "shortcut")]
        for branch in branches if written.kind in _WITH_ENTRIES else []:
            self._count_all(_nested(branch, written.kind in MERGES), scope)

    def _count_all(self, items: list[YamlNode], scope: Scope) -> None:
        for item in items:
            inner = self.reader.written(item, self.kinds)
            if inner is None:
                continue
            if not any(key.text == "name" for key, _ in inner.settings):
                scope.counts[inner.kind] = scope.counts.get(inner.kind, 0) + 1
            self._count(inner, scope)

    def find(self, node: YamlNode, scope: Scope) -> Node | None:
        """The end of the layer or input that a node names, looked up from here outward; None with a finding."""
        try:
            written = scalar(node, "the name of a layer or input")
            # a name passed as an argument belongs to the place of the call
            place = scope.callers.get(written.text[1:], scope) if written.text.startswith("$") else scope
            text = scalar(scope.resolve(written), "the name of a layer or input").text
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None
        except InputUnknown:
            return None
        for around in place.outward():
            if text == "input" and around.is_block:
                return around.entering
            if around.prefix + text in self.open:
                message = f"`{excerpt(text)}` cannot read itself"
                self.findings.add(
                    "CNN311", node.span, message, "it is not there before it ends", "name an earlier layer"
                )
                return None
            if around.prefix + text in self.ends:
                return self.ends[around.prefix + text]
        self._not_found(node.span, text, place)
        return None

    def _not_found(self, span: Span, text: str, scope: Scope) -> None:
        if any(around.prefix + text in self.dropped for around in scope.outward()):
            self.findings.add("CNN310", span, f"`{excerpt(text)}` is left out here", "its `when` is false")
            return
        for around in scope.outward():
            for item in around.items:
                name = item.get("name") if isinstance(item, MappingNode) else None
                if isinstance(name, Scalar) and name.text == text:
                    self.findings.add(
                        "CNN311",
                        span,
                        f"`{excerpt(text)}` comes only later",
                        f"on line {name.line}",
                        "a layer can read what stands before it",
                    )
                    return
        if text in self.kinds:
            self.findings.add(
                "CNN310",
                span,
                f"there is no layer or input `{excerpt(text)}`",
                "a text names a layer here",
                f"for a layer of this kind write [{text}]",
            )
            return
        close = nearest(text, self.ends)
        label = f"did you mean `{close}`?" if close else ""
        names = f"names so far: {', '.join(list(self.ends)[-12:])}"
        self.findings.add("CNN310", span, f"there is no layer or input `{excerpt(text)}`", label, names)

    # -- conditions and repetition

    def _wanted(self, node: YamlNode | None, scope: Scope) -> bool:
        if node is None:
            return True
        try:
            value = scope.resolve(node)
            if isinstance(value, Scalar) and value.text not in ("true", "false"):
                return whole(value, 0, "true or false") != 0
            return TRUTH.read(value, Reading())
        except Mistake as mistake:
            self.findings.mistake(mistake)
        except InputUnknown:
            pass
        return True

    def _repeated(
        self,
        written: Written,
        common: Mapping[str, YamlNode],
        path: str,
        source: Node | None,
        scope: Scope,
        is_top: bool,
    ) -> Placed:
        try:
            times = whole(scope.resolve(common["repeat"]), 0, "a whole number from 0")
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None, None
        except InputUnknown:
            return None, None
        copies: list[Entry] = []
        end = source
        self._bounded(written.head.span, times)
        single = written._replace(
            settings=[pair for pair in written.settings if pair[0].text not in ("repeat", "first")]
        )
        for index in range(times):
            copy = single if index or "first" not in common else self._first(single, common["first"])
            inner = Scope(f"{path}.{index}.", scope, {**scope.values, "index": index})
            if is_top:
                inner.c_in = end.output.channels if end else None
            entry, end = self._placed(copy, f"{path}.{index}", end, inner, False)
            self.ends[f"{path}.{index}"] = end
            if entry:
                self.recipes[f"{path}.{index}"] = Recipe(copy, inner, entry)
            if end is None:
                return None, None  # the other copies would fail alike
            if entry:
                copies.append(entry)
        return (Entry(path, "repeat", written.head.span, [], copies) if copies else None), end

    def _first(self, written: Written, node: YamlNode) -> Written:
        """The entry with what `first` changes for its first copy."""
        if not isinstance(node, MappingNode):
            return written._replace(principal=node)
        changed = {key.text: (key, value) for key, value in node.pairs}
        principal = changed.pop(written.kind)[1] if written.kind in changed else written.principal
        kept = [pair for pair in written.settings if pair[0].text not in changed]
        return written._replace(principal=principal, settings=[*kept, *changed.values()], replaced=frozenset(changed))

    def _bounded(self, span: Span, more: int = 1) -> None:
        """Counts what is placed, dropped or not, and stops at the bound."""
        if self.copies + more > MAX_LAYERS or len(self.nodes) > MAX_LAYERS:
            self.findings.add("CNN104", span, f"more than {MAX_LAYERS:,} layers, all copies counted", "", "repeat less")
            raise TooMuchError
        self.copies += 1

    # -- one entry

    def _placed(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        """Places an entry once. `scope` is where its settings are read and what lies inside it has its names."""
        self._bounded(written.head.span)
        if self.depth >= MAX_DEPTH:
            self.findings.add("CNN104", written.head.span, f"entries inside entries, deeper than {MAX_DEPTH} levels")
            raise TooMuchError
        principal = written.principal
        if written.kind in _WITH_ENTRIES and isinstance(principal, Scalar) and principal.text[1:] in scope.nodes:
            written = written._replace(principal=scope.nodes[principal.text[1:]])
        self.depth += 1
        try:
            return self._dispatched(written, path, source, scope, is_named)
        finally:
            self.depth -= 1

    def _dispatched(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        if written.kind in self.blocks:
            return self._call(written, path, source, scope)
        if written.kind == "group":
            return self._group(written, path, source, scope, is_named)
        resolved = self._resolved(written, scope)
        if resolved is None:
            return None, None
        if written.kind == "residual":
            return self._residual(resolved, path, source, scope)
        if written.kind == "share":
            return self._share(resolved, path, source, scope)
        if written.kind in MERGES:
            return self._merge(resolved, path, source, scope)
        nodes = self.reader.nodes(resolved, path, source)
        return self._done(path, written, nodes, [])

    def _done(self, path: str, written: Written, nodes: list[Node] | None, children: list[Entry]) -> Placed:
        if not nodes:
            return None, None
        self.nodes += nodes
        return Entry(path, written.kind, written.head.span, nodes, children), nodes[-1]

    def _resolved(self, written: Written, scope: Scope) -> Written | None:
        """The entry with its expressions replaced by their values; branches are left for when they are placed."""
        nested = {"first", *COMMON} if written.kind not in MERGES | STRUCTURES else {"first", "shortcut", *COMMON}
        principal = written.principal
        settings = []
        good = True
        try:
            if principal is not None and written.kind not in MERGES | STRUCTURES:
                principal = scope.resolve(principal)
        except (Mistake, InputUnknown) as error:
            good = self._failed(error)
        for key, value in written.settings:
            try:
                settings.append((key, value if key.text in nested else scope.resolve(value)))
            except (Mistake, InputUnknown) as error:
                good = self._failed(error)
        return written._replace(principal=principal, settings=settings) if good else None

    def _failed(self, error: Exception) -> bool:
        if isinstance(error, Mistake):
            self.findings.mistake(error)
        return False

    # -- what has entries inside

    def _branch(self, node: YamlNode | None, source: Node | None, scope: Scope) -> tuple[list[Entry], Node | None]:
        """A branch: a chain, one entry, or the name of a layer; the tensor itself where it is empty."""
        if node is None:
            return [], source
        if isinstance(node, Sequence):
            return self.chain(node.items, source, scope)
        if isinstance(node, MappingNode):
            return self.chain([node], source, scope)
        if isinstance(node, Scalar) and node.text[1:] in scope.nodes:
            return self._branch(scope.nodes[node.text[1:]], source, scope)
        return [], self.find(node, scope)

    def _unknown_keys(self, written: Written, known: frozenset[str]) -> None:
        for key, _ in written.settings:
            if key.text not in known | COMMON:
                close = nearest(key.text, known | COMMON)
                label = f"a setting with a similar name exists: `{close}`" if close else ""
                own = f"settings of `{written.kind}`: {', '.join(sorted(known))}"
                self.findings.add(
                    "CNN204", key.span, f"`{written.kind}` has no setting `{excerpt(key.text)}`", label, own
                )

    def _merge(self, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
        if not isinstance(written.principal, Sequence) or not written.principal.items:
            span = (written.principal or written.head).span
            self.findings.add(
                "CNN205",
                span,
                f"`{written.kind}` takes a list of branches",
                "",
                f"as in `- {written.kind}: [[], conv1]`",
            )
            return None, None
        self._unknown_keys(written, frozenset({"activation"}))
        children: list[Entry] = []
        ends: list[Node | None] = []
        for branch in written.principal.items:
            entries, end = self._branch(branch, source, scope)
            children += entries
            ends.append(end)
        merge_type = layer_class(written.kind)
        assert issubclass(merge_type, Merge)
        node = self._merged(written, path, written.kind, merge_type({}), ends)
        nodes = self.reader.followed(written, path, node, followers(merge_type))
        return self._done(path, written, nodes, children)

    def _merged(self, written: Written, path: str, kind: str, merge: Merge, ends: list[Node | None]) -> Node | None:
        sources = tuple(end for end in ends if end is not None)
        if len(sources) < len(ends):
            return None
        shapes = [end.output for end in sources]
        fits = True
        names = [f"`{end.name}`" for end in sources]
        for problem in merge.merge_problems(shapes, names, self.reader.layout):
            self.findings.add(problem.code, written.head.span, problem.message, problem.label, *problem.help)
            fits = False
        if fits and merge.merge_shape(shapes).values > MAX_VALUES:
            message = f"the output of `{kind}` would hold more than {MAX_VALUES:,} numbers"
            self.findings.add("CNN308", written.head.span, message)
            return None
        return place_merge(path, kind, merge, sources) if fits else None

    def _residual(self, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
        settings = {key.text: value for key, value in written.settings}
        if not isinstance(written.principal, Sequence | MappingNode):
            span = (written.principal or written.head).span
            self.findings.add(
                "CNN205",
                span,
                "`residual` takes a list of entries",
                "",
                "as in `- residual: [{conv: 8, kernel: 3, padding: 1}]`",
            )
            return None, None
        self._unknown_keys(written, _RESIDUAL_KEYS)
        children, end = self._branch(written.principal, source, scope)
        skip = True
        if "skip" in settings:
            try:
                skip = TRUTH.read(settings["skip"], Reading())
            except Mistake as mistake:
                self.findings.mistake(mistake)
        if not skip:
            self._count_all(_nested(settings.get("shortcut"), False), scope)
            return self._followed_only(written, path, end, children)
        beside, shortcut = self._branch(settings.get("shortcut"), source, scope)
        node = self._merged(written, path, "add", Add({}), [end, shortcut])
        nodes = self.reader.followed(written, path, node, frozenset({"activation"}))
        return self._done(path, written, nodes, children + beside)

    def _followed_only(self, written: Written, path: str, end: Node | None, children: list[Entry]) -> Placed:
        """A residual without its skip: the output of its entries, and the activation."""
        nodes = self.reader.followed(written, path, end, frozenset({"activation"}))
        if nodes is None:
            return None, None
        self.nodes += nodes[1:]
        return Entry(path, written.kind, written.head.span, nodes[1:], children), nodes[-1]

    def _group(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        self._unknown_keys(written, frozenset())
        if not isinstance(written.principal, Sequence):
            self.findings.add("CNN205", (written.principal or written.head).span, "`group` takes a list of entries")
            return None, None
        inner = Scope(f"{path}.", scope, scope.values) if is_named else scope
        children, end = self.chain(written.principal.items, source, inner)
        return (Entry(path, "group", written.head.span, [], children) if children else None), end

    def _call(self, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
        block = self.blocks[written.kind]
        if block.name in scope.blocks:
            calls = " → ".join([*scope.blocks, block.name])
            self.findings.add(
                "CNN218",
                written.head.span,
                f"the block `{block.name}` calls itself",
                calls,
                "a block cannot be part of itself",
            )
            return None, None
        inner = Scope(f"{path}.", scope, {})
        inner.c_in = source.output.channels if source else None
        inner.is_block, inner.entering = True, source
        inner.blocks = (*scope.blocks, block.name)
        good = bind(self.findings, block, written, scope, inner, COMMON)
        place = f"{self.findings.source.name}:{written.head.line}:{written.head.column}"
        inner.chain = (f"in `{block.name}`, called at {place}", *scope.chain)
        if not good:
            return None, None
        children, end = self.chain(block.layers.items, source, inner)
        self.findings.chain = scope.chain
        return (Entry(path, block.name, written.head.span, [], children) if children else None), end

    def _share(self, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
        self._unknown_keys(written, frozenset())
        try:
            text = scalar(
                scope.resolve(written.principal or written.head), "the name of a layer, group or block call"
            ).text
        except (Mistake, InputUnknown) as error:
            self._failed(error)
            return None, None
        recipe = next(
            (self.recipes[each.prefix + text] for each in scope.outward() if each.prefix + text in self.recipes), None
        )
        if recipe is None:
            self._not_shared((written.principal or written.head).span, text, scope)
            return None, None
        first = len(self.nodes)
        again = Scope(f"{path}.", recipe.scope, recipe.scope.values)
        entry, end = self._again(recipe, path, source, again)
        originals = [node for each in recipe.entry.walk() for node in each.nodes]
        copies = [node for each in entry.walk() for node in each.nodes] if entry else []
        if not entry or not self._same_weights(written, originals, copies):
            del self.nodes[first:]
            return None, None
        for copy, original in zip(copies, originals, strict=True):
            copy.shares = original.shares or original
        return Entry(path, "share", written.head.span, [], [entry]), end

    def _not_shared(self, span: Span, text: str, scope: Scope) -> None:
        """Why there is nothing to share under a name; nothing is said where it failed before."""
        paths = [each.prefix + text for each in scope.outward()]
        if any(path in self.open for path in paths):
            self.findings.add("CNN311", span, f"`{excerpt(text)}` cannot be shared inside itself")
            return
        found = [self.ends[path] for path in paths if path in self.ends]
        if not found:
            self._not_found(span, text, scope)
        elif found[0]:
            help = "name a layer, a group or the call of a block"
            self.findings.add("CNN310", span, f"`{excerpt(text)}` has no layers to share", "", help)

    def _again(self, recipe: Recipe, path: str, source: Node | None, scope: Scope) -> Placed:
        common = {key.text: value for key, value in recipe.written.settings if key.text in COMMON}
        if "repeat" in common:
            return self._repeated(recipe.written, common, path, source, scope, is_top=False)
        return self._placed(recipe.written, path, source, scope, is_named=True)

    def _same_weights(self, written: Written, originals: list[Node], copies: list[Node]) -> bool:
        """Whether the weights of the one fit the other."""
        if [node.kind for node in originals] != [node.kind for node in copies]:
            message = f"`{excerpt(written_name(written))}` has other layers with this input"
            self.findings.add("CNN313", written.head.span, message, "its `when` or `repeat` depends on the input")
            return False
        for original, copy in zip(originals, copies, strict=True):
            assert original.layer is not None
            assert copy.layer is not None
            wanted = original.layer.weights(original.inputs[0].output)
            if wanted != copy.layer.weights(copy.inputs[0].output):
                was, now = original.inputs[0].output.channels, copy.inputs[0].output.channels
                self.findings.add(
                    "CNN313",
                    written.head.span,
                    f"`{original.name}` cannot be shared with this input",
                    f"it learned {was} input channels, and gets {now}",
                )
                return False
        return True

    # -- what the model returns

    def outputs(self, node: YamlNode | None, entries: list[Entry]) -> list[str]:
        """The names of the entries that the model returns: those named, or the last one."""
        if node is None:
            return [entry.name for entry in entries[-1:]]
        names = node.items if isinstance(node, Sequence) else [node]
        outputs = []
        if not names:
            help = "name a layer, or leave `outputs` out for the last one"
            self.findings.add("CNN203", node.span, "`outputs` is empty", "", help)
        layers = [name for name, end in self.ends.items() if end is None or end.layer is not None]
        for each in names:
            try:
                text = scalar(each, "the name of a layer").text
            except Mistake as mistake:
                self.findings.mistake(mistake)
                continue
            if text in layers:
                outputs += [text] if self.ends[text] else []
                continue
            close = nearest(text, layers)
            label = f"did you mean `{close}`?" if close else ""
            message = f"there is no layer `{excerpt(text)}`"
            self.findings.add("CNN310", each.span, message, label, f"layers: {', '.join(layers[:12])}")
        return outputs


def written_name(written: Written) -> str:
    """The text behind the kind."""
    return written.principal.text if isinstance(written.principal, Scalar) else written.kind


def _has_key(item: YamlNode, key: str) -> bool:
    return isinstance(item, MappingNode) and item.get(key) is not None


def _names_its_sources(item: YamlNode) -> bool:
    """Whether an entry is a merge whose branches all are names."""
    if not isinstance(item, MappingNode) or not item.pairs or item.pairs[0][0].text not in MERGES:
        return False
    branches = item.pairs[0][1]
    return isinstance(branches, Sequence) and all(isinstance(branch, Scalar) for branch in branches.items)


def _nested(branch: YamlNode | None, is_merge: bool) -> list[YamlNode]:
    """The entries inside a branch, or inside all branches of a merge."""
    if isinstance(branch, Sequence):
        return [item for each in branch.items for item in _nested(each, False)] if is_merge else branch.items
    return [branch] if isinstance(branch, MappingNode) else []
