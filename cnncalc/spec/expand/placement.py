"""The entries of `layers` in their places: names, branches, blocks, repetition.

An entry that failed keeps its name and has no end (None); entries that read it are skipped, not reported too.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from cnncalc.errors import CnncalcError
from cnncalc.graph import NOTHING_READ, Entry, Node
from cnncalc.layers import KINDS, MERGES, layer_class
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.size_of import is_none
from cnncalc.source.diagnostics import Span, called_at, excerpt
from cnncalc.source.entry import Written, apart
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand._copies import CopyTarget, Original, mentions_index, placed_or_copied
from cnncalc.spec.expand._sharing import Recipe, place_share
from cnncalc.spec.expand._structures import place_group, place_merge_of_branches, place_residual
from cnncalc.spec.expand.entries import COMMON, UNREADABLE, EntryReader, read_origin, size_of
from cnncalc.spec.expect import Expectation, read_expectations
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.blocks import Block, arguments_as_text, bind, is_cut_off
from cnncalc.spec.language.conditions import copies_of, has_no_copies, is_wanted
from cnncalc.spec.language.expressions import Value, is_expression
from cnncalc.spec.language.names import STRUCTURES, WITH_ENTRIES, LeftOut, Names
from cnncalc.spec.language.scope import Scope, values_in

if TYPE_CHECKING:
    from cnncalc.spec.parsed import Parsed

MAX_LAYERS = 200_000
"""The most layers that a model may have, counting all copies."""

MAX_DIFFERENT = 10_000
"""How many layers of copies may be like none before: maps that grow or shrink with every copy."""

MAX_TRIALS = 5_000
"""How many entries are looked at in blocks that nothing calls."""
MAX_DEPTH = 100
"""How deeply entries may be nested."""

_NO_LAYERS = MERGES | STRUCTURES
_WITH_SHORTCUT = COMMON | {"shortcut"}
"""Settings of these that are worked out where they are placed."""

Placed = tuple[Entry | None, Node | None]
"""An entry and the layer that it ends in; both None where it failed, only the entry None where it is left out."""
PlaceOnce = Callable[[Written, str, Node | None, Scope, bool], Placed]


class TooMuchError(CnncalcError):
    """A limit was reached and reported; the rest of the file is not read."""


class Placement:
    """Puts the entries of one spec in their places."""

    def __init__(
        self, reader: EntryReader, blocks: Mapping[str, Block], ends: dict[str, Node | None], places: dict[str, Span]
    ) -> None:
        self.reader = reader
        self.findings: Findings = reader.findings
        self.blocks = blocks
        self.kinds = frozenset(KINDS) | STRUCTURES | frozenset(blocks)
        self.names = Names(reader, blocks, self.kinds, ends, places)
        self.inputs = [end for end in ends.values() if end]
        """What the layers read that no layer makes."""
        self.nodes: list[Node] = []
        self.expectations: list[Expectation] = []
        self.recipes: dict[str, Recipe] = {}
        """How each entry was placed, by path; kept if something may be shared."""
        self.keeps_recipes = "share" in self.findings.source.text
        self._written: dict[YamlNode, Written] = {}
        """Entries inside others, taken apart: those of a block are placed in each call."""
        self.calls: dict[Hashable, Original | None] = {}
        """The calls of blocks and models that were placed, by what they depend on."""
        self.called: set[str] = set()
        """The blocks that were called."""
        self.copies = 0
        """How many entries were placed so far, with what counts like one."""
        self.different = 0
        """How many layers inside others were read anew."""
        self.depth = 0
        self.left_out = 0
        """How many entries so far are left out, because their `when` is false or their `repeat` is 0."""
        self.end: Node | None = None
        """What the layers end in."""
        self.parsed: Parsed | None = None
        """The text, to look up models that it names."""
        self.models: tuple[str, ...] = ()
        """Of a model inside another one, the files of all that it is inside, and its own."""
        self.is_over = False
        """Whether the rest is cut off."""

    # -- chains

    def model(self, key: YamlScalar, node: YamlNode, scope: Scope) -> list[Entry]:
        """Places the list under `layers`."""
        if not isinstance(node, YamlSequence):
            self._not_a_list(key, node)
            return []
        if not node.items:
            self.findings.add("CNN203", node.span, "`layers` is empty", "", "add an entry, as in `- conv: 3x3x8`")
            return []
        inputs = list(self.names.ends.values())
        if len(inputs) > 1 and not self._names_its_sources(node.items[0]):
            self.findings.add(
                "CNN203",
                node.items[0].span,
                "the model has several inputs; which one does the first layer read?",
                "",
                f"add `from: {next(iter(self.names.ends))}`",
            )
        try:
            self._check_size(node.items, scope.values)
            entries, self.end = self.chain(node.items, inputs[0] if len(inputs) == 1 else None, scope, is_top=True)
        except TooMuchError:
            return []
        scope.c_in = None  # what is read after the layers has no `c_in`
        if not self.models:  # (those of a model inside are checked with its own file)
            self._check_uncalled(scope)
        if not entries and not self.findings.has_errors:
            label = "each `when` is false, or `repeat` is 0"
            self.findings.add("CNN203", key.span, "no entry of `layers` is left", label, "keep at least one layer")
        return entries

    def _names_its_sources(self, node: YamlNode | None, depth: int = 0) -> bool:
        """Whether nothing in an entry or a branch reads the current tensor: each chain begins with a name or `from`."""
        if isinstance(node, YamlSequence):
            return bool(node.items) and self._names_its_sources(node.items[0], depth)
        if not isinstance(node, YamlScalar | YamlMapping) or not getattr(node, "pairs", True) or depth > MAX_DEPTH:
            return False
        written = apart(node)
        if written.value("from") or (written.kind in KINDS and layer_class(written.kind).reads_nothing):
            return True
        branches = self._inside(written) if written.kind in self.blocks or written.kind in WITH_ENTRIES else []
        # a branch that is a text is the name of a layer
        named = [isinstance(each, YamlScalar) or self._names_its_sources(each, depth + 1) for each in branches]
        return bool(named) and all(named)

    def _inside(self, written: Written) -> list[YamlNode | None]:
        """The chains and branches that begin where an entry begins."""
        if written.kind in self.blocks:
            return [self.blocks[written.kind].layers]
        if written.kind in MERGES:
            return [*written.principal.items] if isinstance(written.principal, YamlSequence) else []
        return [written.principal, *([written.value("shortcut")] if written.kind == "residual" else [])]

    def _check_size(self, items: list[YamlNode], values: Mapping[str, Value]) -> None:
        """Stops early where a few lines ask for far too many layers."""
        text = self.findings.source.text
        if not self.blocks and "repeat" not in text and "share" not in text and "for:" not in text:
            return  # no entry is repeated or in a block
        from cnncalc.spec.expand.size_bound import Shared, SizeBound

        bound = SizeBound(self.blocks, values)
        shared: Shared = ChainMap()
        count = 0
        for item in items:
            own = bound.entry(item, bound.values, shared)
            count += own
            if count > MAX_LAYERS:
                head = item.pairs[0][0] if isinstance(item, YamlMapping) else item
                self._too_many(head.span, f"at least {own:,} here")

    def _too_many(self, span: Span, label: str = "") -> NoReturn:
        if self.names.is_trial:
            raise TooMuchError  # nobody asked for so many
        message = f"more than {MAX_LAYERS:,} layers, counting all copies"
        self.findings.add("CNN104", span, message, label, "use fewer repetitions")
        raise TooMuchError

    def _check_uncalled(self, root: Scope) -> None:
        """Checks the blocks that nothing calls, as far as possible without an input."""
        trial = Placement(self.reader, self.blocks, {}, {})
        trial.parsed, trial.names.is_trial = self.parsed, True
        trial.copies = MAX_LAYERS - MAX_TRIALS
        for block in self.blocks.values():
            if block.name in self.called | trial.called:
                continue
            scope = Scope(f"{block.name}.", root, root.values)
            scope.c_in, scope.is_block, scope.blocks = None, True, (block.name,)
            scope.unknown = root.unknown | {argument.name for argument in block.arguments}
            scope.chain = (f"in `{block.name}`, which is not called here",)
            try:
                trial.chain(block.layers.items, None, scope)
            except TooMuchError:
                return

    def _not_a_list(self, key: YamlScalar, node: YamlNode) -> None:
        first = node.pairs[0][0] if isinstance(node, YamlMapping) and node.pairs else node
        text = first.text if isinstance(first, YamlScalar) else ""
        if text.startswith("-"):
            self.findings.add(
                "CNN115", first.span, f"no space after the `-` in `{excerpt(text)}`", "", "write `- conv: 3x3x8`"
            )
        elif isinstance(node, YamlScalar) and node.is_null:
            self.findings.add("CNN203", key.span, "`layers` is empty", "", "add an entry, as in `- conv: 3x3x8`")
        else:
            message = f"expected a list of entries under `layers`, found a {node.what}"
            self.findings.add("CNN205", first.span, message, "", "begin each entry with `- `")

    def chain(
        self, items: list[YamlNode], current: Node | None, scope: Scope, is_top: bool = False
    ) -> tuple[list[Entry], Node | None]:
        """Places entries one after the other; returns them, and the layer that the last one ends in."""
        outer, scope.items = scope.items, items
        entries = []
        for item in items:
            if self.findings.is_full:
                raise TooMuchError
            if self.is_over:
                break
            entry, current = self._entry(item, current, scope, is_top)
            if entry:
                entries.append(entry)
        scope.items = outer
        return entries, current

    def taken_apart(self, item: YamlNode, scope: Scope) -> Written | None:
        """The parts of an entry; None with findings."""
        written = self._written.get(item) or self.reader.written(item, self.kinds)
        if written is None:
            self.names.keep(item, scope)
        elif scope.parent:
            self._written[item] = written
        return written

    def _entry(self, item: YamlNode, current: Node | None, scope: Scope, is_top: bool) -> Placed:
        self.findings.scope = scope
        if isinstance(item, YamlScalar) and is_expression(item.text):
            found = self.resolved(item, scope)
            if isinstance(found, YamlScalar) and found.text == "none":
                return None, current
            written = self.reader.written(found, self.kinds) if found else None
        else:
            written = self.taken_apart(item, scope)
        if written is None:
            return None, None
        common = written.by_name
        path = scope.prefix + self.names.name(written, common.get("name"), scope)
        if "for" not in common:
            return self.at_path(written, path, current, scope, is_top, self.placed)
        from cnncalc.spec.expand._runs import place_run

        self.names.register(path, (common.get("name") or written.head).span)
        self.names.open.add(path)
        entry, end = place_run(self, written, path, current, scope)
        self._remember(written, path, entry, scope)
        end = self._closed(path, end)
        self.expect(written, path, entry, scope)
        return entry, end

    def at_path(
        self, written: Written, path: str, current: Node | None, scope: Scope, sees_channels: bool, place: PlaceOnce
    ) -> Placed:
        """Places an entry under its name, unless it is left out.

        Args:
            sees_channels: whether `c_in` in it is what enters this very entry.
            place: places it if it is not repeated.
        """
        common = written.by_name
        # an entry that is left out reads nothing, but its condition may need to know the channels
        read = self._read_first(written, common.get("from"))
        source = self.names.find_quietly(read, scope) if read else current
        if sees_channels:
            scope.c_in = source.output.channels if source else None
        if not is_wanted(common.get("when"), scope, self.findings):
            self.left_out += 1
            self.names.leave_out(written, path, scope, LeftOut("when", common["when"]))
            self._bounded(written.head.span, 0)
            return None, current
        if has_no_copies(common.get("repeat"), scope):
            self._no_copies(path, common, source, (common.get("name") or written.head).span)
            return None, current
        if "from" in common:
            read = self._read_first(written, common["from"], is_checked=True)
            source = self.names.find(read, scope) if read else None
        self.names.register(path, (common.get("name") or written.head).span)
        self.names.open.add(path)
        if "repeat" in common:
            entry, end = self.repeated(written, common, path, source, scope)
        else:
            self._refuse_first(written)
            entry, end = place(written, path, source, scope, isinstance(common.get("name"), YamlScalar))
        self._remember(written, path, entry, scope)
        end = self._closed(path, end)
        self.expect(written, path, entry, scope)
        return entry, end

    def _read_first(self, written: Written, node: YamlNode | None, is_checked: bool = False) -> YamlNode | None:
        """The name of the tensor that an entry reads first: its `from`, or the first name in a list of them.

        Args:
            is_checked: whether a wrong list is reported; there is no first name then.
        """
        if not isinstance(node, YamlSequence):
            return node
        from cnncalc.spec.expand._opaque import first_read

        return first_read(self, written, node, is_checked)

    def expect(self, written: Written, path: str, entry: Entry | None, scope: Scope) -> None:
        """Reads the `expect` of an entry, if it has one."""
        node = written.by_name.get("expect")
        if node is not None:
            found = read_expectations(self.findings, path, node, self.reader.layout, scope.resolve)
            self.expectations += found if entry else []

    def _remember(self, written: Written, path: str, entry: Entry | None, scope: Scope) -> None:
        """Remembers how an entry was placed, in case it is shared."""
        if entry and self.keeps_recipes:
            self.recipes[path] = Recipe(written, scope, entry)

    def _closed(self, path: str, end: Node | None) -> Node | None:
        """Keeps what an entry ends in, which others can read now; returns what the next one reads."""
        self.names.open.discard(path)
        return self.ended(path, end)

    def outputs(self, node: YamlNode | None, entries: list[Entry], scope: Scope) -> list[str]:
        """The names of the entries that the model returns."""
        return self.names.outputs(node, entries, self.end, scope)

    def ended(self, path: str, end: Node | None) -> Node | None:
        """Keeps what an entry ends in; returns what the next one reads."""
        self.names.ends[path] = end
        return end

    # -- repetition

    def _refuse_first(self, written: Written) -> None:
        for key, _ in written.settings:
            if key.text == "first":
                help = "add `repeat`, or write its settings in the entry"
                self.findings.add("CNN204", key.span, "`first` without `repeat`", "there are no copies", help)

    def _no_copies(self, path: str, common: Mapping[str, YamlNode], source: Node | None, span: Span) -> None:
        """Without any copies, what reads the entry reads what it would have read; numbering stays the same."""
        self.left_out += 1
        self._bounded(span)
        if source is None and "from" in common:
            self.names.left_out[path] = LeftOut("repeat", common["repeat"])
        else:
            self.names.register(path, span)
            self.names.ends[path] = source

    def repeated(
        self,
        written: Written,
        common: Mapping[str, YamlNode],
        path: str,
        source: Node | None,
        scope: Scope,
    ) -> Placed:
        try:
            times = copies_of(common["repeat"], scope)
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None, None
        except InputUnknown:
            times, source = 1, None  # checked once, as far as possible
        copies: list[Entry] = []
        end = source
        self._bounded(written.head.span, times)
        single = written.having(
            written.principal, [pair for pair in written.settings if pair[0].text not in ("repeat", "first")]
        )
        numbered = mentions_index(single)
        known: dict[Hashable, Original | None] = {}
        for index in range(times):
            copy = single if index or "first" not in common else self._first(single, common["first"])
            at = f"{path}.{index}"
            place = partial(self._copy, copy, at, index, end, scope)
            if end:
                key = copy is single, end.output, index if numbered else 0
                entry, end = placed_or_copied(self, known, key, CopyTarget(at, end, scope.chain), copy, place)
            else:
                entry, end = place()
            end = self.ended(at, end)
            if end is None:
                return None, None  # the other copies would fail in the same way
            if entry:
                copies.append(entry)
            if self.is_over:
                break
        return (Entry(path, "repeat", written, [], copies, end) if copies else None), end

    def _copy(self, written: Written, path: str, index: int, source: Node | None, scope: Scope) -> Placed:
        """Places one copy of a repeated entry."""
        self.count(written.head.span, len(scope.values) // 100)
        inner = Scope(f"{path}.", scope, {**scope.values, "index": index})
        inner.c_in = source.output.channels if source else None
        entry, end = self.placed(written, path, source, inner, False)
        if entry and self.keeps_recipes:
            self.recipes[path] = Recipe(written, inner, entry)
        return entry, end

    def _first(self, written: Written, node: YamlNode) -> Written:
        """The entry with what `first` changes for its first copy."""
        if not isinstance(node, YamlMapping):
            return written.having(node, written.settings)
        changed = {key.text: (key, value) for key, value in node.pairs}
        principal = changed.pop(written.kind)[1] if written.kind in changed else written.principal
        kept = [pair for pair in written.settings if pair[0].text not in changed]
        return Written(written.kind, written.head, principal, [*kept, *changed.values()], frozenset(changed))

    def _bounded(self, span: Span, more: int = 1) -> None:
        """Counts an entry, even if it is dropped later, and stops where so many more would go over the limit."""
        if not self.has_room_for(more):
            self._too_many(span)
        self.copies += 1

    def count(self, span: Span, parts: int) -> None:
        """Counts what takes as much work as so many entries: the branches of a merge, long arguments."""
        if not self.has_room_for(parts):
            self._too_many(span)
        self.copies += parts

    def has_room_for(self, entries: int) -> bool:
        """Whether so many more entries stay within the limit, for which those that are left out count too."""
        return self.copies + len(self.names.left_out) + entries <= MAX_LAYERS and len(self.nodes) <= MAX_LAYERS

    # -- one entry

    def placed(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        """Places an entry once. `scope` is where its settings are read and where the entries inside it are named."""
        self._bounded(written.head.span)
        if self.depth >= MAX_DEPTH:
            self.findings.add("CNN104", written.head.span, f"entries are nested more than {MAX_DEPTH} levels deep")
            raise TooMuchError
        self.depth += 1
        outer, self.findings.scope = self.findings.scope, scope
        is_frozen = self.reader.is_frozen
        said = written.by_name
        if "trainable" in said and self._is_key("trainable", written):
            self.reader.is_frozen = not is_wanted(said["trainable"], scope, self.findings)
        try:
            placed = self._dispatched(written, path, source, scope, is_named)
        finally:
            self.depth -= 1
            self.findings.scope = outer
            self.reader.is_frozen = is_frozen
        if entry := placed[0]:
            entry.origin = ""  # a copied call has that of the first one
            if "origin" in said and self._is_key("origin", written):
                self._give_origin(entry, said["origin"], scope)
        return placed

    def _is_key(self, key: str, written: Written) -> bool:
        """Whether a key of every entry has its meaning here, and is not an argument of the spec's own."""
        block = self.blocks.get(written.kind)
        return block is None or all(argument.name != key for argument in block.arguments)

    def _give_origin(self, entry: Entry, node: YamlNode, scope: Scope) -> None:
        """Notes what an entry, and its own layer, is called elsewhere."""
        resolved = self.resolved_name(node, scope)
        entry.origin = read_origin(resolved, self.findings) if resolved else ""
        if entry.nodes and entry.nodes[0].name == entry.name:
            entry.nodes[0].origin = entry.origin

    def _dispatched(self, written: Written, path: str, source: Node | None, scope: Scope, is_named: bool) -> Placed:
        if written.kind in self.blocks:
            return self._call(written, path, source, scope)
        if written.kind in WITH_ENTRIES and isinstance(written.principal, YamlScalar):
            # `add: $branches`
            principal = self.resolved(written.principal, scope)
            if principal is None:
                return None, None
            written = written.having(principal, written.settings)
        if written.kind == "model":
            from cnncalc.spec.expand._models import place_model

            return place_model(self, written, path, source, scope)
        if written.kind == "group":
            return place_group(self, written, path, source, scope, is_named)
        resolved = self._resolved(written, scope)
        if resolved is None:
            return None, None
        if written.kind == "residual":
            entry, end = place_residual(self, resolved, path, source, scope)
            if entry:
                entry.written = written
            return entry, end
        if written.kind == "share":
            return place_share(self, resolved, path, source, scope)
        if written.kind in MERGES:
            return place_merge_of_branches(self, resolved, path, source, scope)
        layer_type = layer_class(written.kind)
        if layer_type.reads_nothing:
            self.refuse_from(written, f"`{written.kind}`")
            source = NOTHING_READ
        if layer_type.is_opaque:
            from cnncalc.spec.expand._opaque import place_opaque

            return place_opaque(self, resolved, path, source, scope)
        before = self.reader.read
        nodes = self.reader.nodes(resolved, path, source, self._named(resolved, scope))
        if scope.parent:
            self._count_different(self.reader.read - before, written.head.span)
        return self.done(path, written, nodes, [])

    def refuse_from(self, written: Written, where: str) -> None:
        """Reports a `from` on what reads nothing."""
        for key, _ in written.settings:
            if key.text == "from":
                message = f"`from` has no meaning on {where}"
                self.findings.add("CNN219", key.span, message, "it reads nothing", "leave it out")

    def _count_different(self, layers: int, span: Span) -> None:
        """Counts layers of copies that are like none before, which takes ten times as long as copying."""
        self.different += layers
        if self.different > MAX_DIFFERENT:
            message = f"more than {MAX_DIFFERENT:,} different layers in copies of entries and blocks"
            self.findings.add("CNN104", span, message, "each copy has another size", "use fewer repetitions")
            raise TooMuchError

    def _named(self, written: Written, scope: Scope) -> dict[str, Node]:
        """The layers and inputs that the settings of an entry name, by name; without those that fail, with findings."""
        named: dict[str, Node] = {}
        layer_type = layer_class(written.kind)
        for key in layer_type.names_layers:
            own = [value for name, value in written.settings if name.text == key]
            own += [written.principal] if written.principal and layer_type.principal == key else []
            node = own[0] if own else self.reader.defaults.get(written.kind, {}).get(key)
            if isinstance(node, YamlScalar) and node is not UNREADABLE and not is_none(node):
                found = self.names.find(node, scope)
                named.update({node.text: found} if found else {})
        return named

    def done(self, path: str, written: Written, nodes: list[Node] | None, children: list[Entry]) -> Placed:
        if not nodes:
            return None, None
        self.nodes += nodes
        return Entry(path, written.kind, written, nodes, children), nodes[-1]

    def _resolved(self, written: Written, scope: Scope) -> Written | None:
        """The entry with its expressions replaced by their values; branches are left until they are placed."""
        if written.is_plain:
            return written
        is_layer = written.kind not in _NO_LAYERS
        nested = COMMON if is_layer else _WITH_SHORTCUT
        names = layer_class(written.kind).names_layers if is_layer else ()
        principal = written.principal
        if principal is not None and is_layer:
            resolved = self.resolved_name if layer_class(written.kind).principal in names else self.resolved
            principal = resolved(principal, scope) or UNREADABLE
        settings: list[tuple[YamlScalar, YamlNode]] = []
        for key, value in written.settings:
            if is_cut_off(key, value) and UNREADABLE in (principal, *(node for _, node in settings)):
                continue  # the other part of the expression that just failed
            resolved = self.resolved_name if key.text in names else self.resolved
            node = value if key.text in nested else resolved(value, scope) or UNREADABLE
            if node is UNREADABLE and not is_layer:
                return None
            settings.append((key, node))
        is_plain = principal is written.principal and len(settings) == len(written.settings)
        if is_plain and all(map(_is_same, settings, written.settings)):
            return written
        return written.having(principal, settings)

    def resolved(self, node: YamlNode, scope: Scope) -> YamlNode | None:
        """A node with its expressions replaced by their values; None where one fails."""
        try:
            return scope.resolve(node)
        except (Mistake, InputUnknown) as error:
            self.failed(error)
            return None

    def resolved_name(self, node: YamlNode, scope: Scope) -> YamlNode | None:
        """The same for a name, of which an expression may be a part."""
        try:
            return scope.resolve_name(node)
        except (Mistake, InputUnknown) as error:
            self.failed(error)
            return None

    def failed(self, error: Exception) -> bool:
        if isinstance(error, Mistake):
            self.findings.mistake(error)
        return False

    def _call(self, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
        block = self.blocks[written.kind]
        self.called.add(block.name)
        self.count(written.head.span, _work(written, scope))
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
        good = bind(self.findings, block, written, scope, inner)
        self.count(written.head.span, sum(values_in(inner.values.get(each.name, 0)) for each in block.arguments) // 3)
        inner.chain = (called_at(block.name, self.findings.source.name, written.head.span), *scope.chain)
        if not good:
            return None, None
        if source is None:
            return self._called(block, written, path, source, inner)
        inside = inner.blocks, self.depth, self.reader.is_frozen
        key = block.name, source.output, *inside, *arguments_as_text(block, inner)
        at, place = CopyTarget(path, source, inner.chain), partial(self._called, block, written, path, source, inner)
        return placed_or_copied(self, self.calls, key, at, written, place)

    def _called(self, block: Block, written: Written, path: str, source: Node | None, inner: Scope) -> Placed:
        """Places what is inside a block."""
        children, end = self.chain(block.layers.items, source, inner)
        if not children:
            return None, end
        entry = Entry(path, block.name, written, [], children, end)
        if block.arguments:
            names, values = block.arguments, inner.values
            entry.arguments = {each.name: values[each.name] for each in names if each.name in values}
        return entry, end


def _work(written: Written, scope: Scope) -> int:
    """How many entries take as long as a call's arguments: one for three values in lists, or a hundred variables."""
    listed = sum(map(size_of, (written.principal, *written.by_name.values())))
    return listed // 3 + len(scope.values) // 100


def _is_same(pair: tuple[YamlScalar, YamlNode], other: tuple[YamlScalar, YamlNode]) -> bool:
    return pair[1] is other[1]
