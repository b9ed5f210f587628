"""A model as parts: what will be classes or functions, what each of them reads and gives, and the layers in them.

A part is what has names of its own in the spec: the call of a block, a named group, a copy of a `repeat`, a model
inside, and the model itself. Which values a part reads from outside, and which of its own are read there, follows from
the layers: nothing else is assumed about the text.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.expressions import Expression, symbols, tree_of
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.graph import Entry, Graph, Node
from cnncalc.layers import KINDS, NORMS
from cnncalc.layers.equals import Equal
from cnncalc.spec.language.names import STRUCTURES

MODULE = "module_"
"""What the module of a layer is called in `Leaf.apply`."""


def argument(number: int) -> str:
    """What a layer's input of this number is called in `Leaf.apply`."""
    return f"input{number}_"


class ModuleEntry(Entry):
    """A module of the model that a file was made of, or a layer that one of these calls.

    Attributes:
        is_attribute: whether it is called as in the original, where it is an attribute of the module around it.
    """

    __slots__ = ("is_attribute",)
    is_attribute: bool


Axes = tuple[str, ...]
Turned = tuple[Expression | None, ...]


class Leaf:
    """A layer.

    Attributes:
        entry: the entry that it belongs to.
        role: "" for the entry's own layer, else `norm` or `activation`.
        equal: what the framework has in its place.
        make: makes what belongs to the network; None if there is nothing.
        apply: applies that to the inputs.
        reads: the layers (or inputs of the model) whose values it reads.
        any: whether it reads nothing of its input but the number of samples.
        axes: the orders of axes of what it reads and of what it gives, if a framework has several.
        turned: what makes of each value that it reads one in that order; None where it is in it; () if all are.
    """

    __slots__ = ("any", "apply", "axes", "entry", "equal", "make", "node", "reads", "role", "turned")

    def __init__(self, node: Node, entry: Entry, equal: Equal, make: Expression | None) -> None:
        self.node = node
        self.entry = entry
        is_own = isinstance(entry, ModuleEntry) or (node is entry.nodes[0] and node.name == entry.name)
        self.role = "" if is_own else _role(node)
        self.any = False
        self.reads = node.inputs
        self.axes: Axes = ()
        self.turned: Turned = ()
        self.becomes(equal, make)

    def becomes(self, equal: Equal, make: Expression | None) -> None:
        """Takes what the framework has in its place."""
        self.equal = equal
        self.make = make
        names = map(argument, range(max(len(self.node.inputs), 1)))
        self.apply = tree_of(equal.applied(MODULE, *names))

    @property
    def gives(self) -> tuple[Node, ...]:
        """The layer whose value it gives."""
        return (self.node,)

    def leaves(self) -> Iterator[Leaf]:
        """All layers inside."""
        yield self

    @property
    def is_frozen(self) -> bool:
        """Whether training leaves it as it is."""
        return self.node.is_frozen


class Section:
    """A part: layers and other parts, which read what enters.

    Attributes:
        entry: where it comes from; None for the model itself.
        items: what is in it, in order.
        reads: the layers and inputs outside it whose values it reads; that which enters is the first.
        gives: the layers inside it whose values are read outside; that which it ends in is the first.
        like: the part whose weights it shares, so that it is the same once more.
        text: what identifies the text that it comes from: the same for all calls of a block.
        arguments: the values of names that the entries inside were read with, those of the parts around a group too.
        axes, turned: as a layer has them.
        turned_results: the same for values that it gives.
    """

    __slots__ = ("arguments", "axes", "entry", "gives", "items", "like", "reads", "text", "turned", "turned_results")

    def __init__(self, entry: Entry | None, items: list[Item], text: Hashable = None) -> None:
        self.entry = entry
        self.items = items
        self.text = text
        self.reads: tuple[Node, ...] = ()
        self.gives: tuple[Node, ...] = ()
        self.like: Section | None = None
        self.axes: Axes = ()
        self.turned: Turned = ()
        self.turned_results: dict[Node, Expression] = {}
        self.arguments: Mapping[str, Any] = entry.arguments if entry else {}

    @property
    def prefix(self) -> str:
        """What the names of the entries inside begin with."""
        return f"{self.entry.name}." if self.entry else ""

    def leaves(self) -> Iterator[Leaf]:
        """All layers inside."""
        for item in self.items:
            yield from item.leaves()

    @property
    def is_frozen(self) -> bool:
        """Whether training leaves all weights inside as they are."""
        return are_frozen(self)


class Series:
    """Copies of an entry, each of which reads the one before, and what all of them read.

    Attributes:
        copies: each as a part, of a single entry too.
        axes, turned: as a layer has them.
    """

    __slots__ = ("axes", "copies", "entry", "gives", "reads", "turned")

    def __init__(self, entry: Entry, copies: list[Section]) -> None:
        self.entry = entry
        self.copies = copies
        self.axes: Axes = ()
        self.turned: Turned = ()
        self.reads: tuple[Node, ...] = ()
        self.gives: tuple[Node, ...] = ()

    def leaves(self) -> Iterator[Leaf]:
        """All layers inside."""
        for copy in self.copies:
            yield from copy.leaves()

    @property
    def is_frozen(self) -> bool:
        """Whether training leaves all weights inside as they are."""
        return are_frozen(self)


def are_frozen(item: Section | Series) -> bool:
    """Whether training leaves all weights in a part or run as they are, and there are some."""
    weighted = [leaf.node for leaf in item.leaves() if leaf.node.weights]
    return bool(weighted) and all(node.is_frozen for node in weighted)


Item = Leaf | Section | Series


def parts_of(
    graph: Graph,
    equals: Mapping[Node, Equal],
    framework: CodeFramework,
    is_flat: bool = False,
    entries: Sequence[Entry] | None = None,
) -> Section:
    """The model as a part.

    Args:
        equals: what the framework has in the place of each layer.
        is_flat: whether all layers are in it themselves.
        entries: what the parts are made of, if not of the entries of the spec.
    """
    entries = graph.entries if entries is None else entries
    opened: set[Entry] = set()
    while True:
        made = _Making(graph, entries, equals, framework, None if is_flat else opened)
        before = len(opened)
        if not is_flat:
            made.open_series(opened)
            made.join_shares(opened)
        if len(opened) == before:
            return made.model


class _Making:
    """One attempt to make the parts.

    Attributes:
        opened: entries whose layers belong to the part around them, as something outside has to reach them; None for
            all entries.
    """

    def __init__(
        self,
        graph: Graph,
        entries: Sequence[Entry],
        equals: Mapping[Node, Equal],
        framework: CodeFramework,
        opened: Collection[Entry] | None,
    ) -> None:
        self.graph = graph
        self.equals = equals
        self.framework = framework
        self.opened = opened
        self.home: Hashable = None
        self.current = graph.inputs[0] if graph.inputs else None
        self.model = Section(None, [item for each in self._of_entries(entries) for item in each])
        outside = set(graph.output_nodes)
        self.readers: dict[Node, list[Node]] = {}
        for leaf in self.model.leaves():
            for node in leaf.reads:
                self.readers.setdefault(node, []).append(leaf.node)
        self._connect(self.model, outside)
        self.model.reads = tuple(graph.inputs)
        self.model.gives = tuple(graph.output_nodes)

    # -- the tree

    def _of_entries(self, entries: Sequence[Entry]) -> list[list[Item]]:
        return [[*self._of_entry(entry)] for entry in entries]

    def _of_entry(self, entry: Entry) -> Iterator[Item]:
        before, home = self.current, self.home
        self.home = id(entry.inside) if entry.inside else home
        inside = self._of_entries(entry.children)
        self.home = home
        items = [item for each in inside for item in each]
        if entry.nodes:
            yield from items
            for node in entry.nodes:
                yield self._leaf(node, entry)
        elif not items:
            return
        elif self._is_open(entry):
            yield from items
        elif entry.kind == RUN:
            pairs = zip(entry.children, inside, strict=True)
            yield Series(entry, [self._copy(child, own) for child, own in pairs if own])
        else:
            yield self._section(entry, items)
        if before is self.current and entry.passed_on:
            self.current = entry.passed_on

    def _copy(self, entry: Entry, items: list[Item]) -> Section:
        """A copy in a run as one part."""
        only = items[0] if len(items) == 1 else None
        return only if isinstance(only, Section) else self._section(entry, items)

    def _is_open(self, entry: Entry) -> bool:
        """Whether the entries inside have no names of their own, or have to be reached from outside."""
        if self.opened is None or entry in self.opened or not entry.children:
            return True
        return not entry.children[0].name.startswith(f"{entry.name}.") or entry.kind == "share"

    def _section(self, entry: Entry, items: list[Item]) -> Section:
        is_run = entry.kind == RUN  # each copy of a `for` is one of a `repeat` in the same entry
        return Section(entry, items, (self.home, entry.kind if is_block(entry) else entry.span, is_run, _depth(entry)))

    def _leaf(self, node: Node, entry: Entry) -> Leaf:
        leaf = Leaf(node, entry, self.equals[node], self.framework.made(node, self.equals[node]))
        if not leaf.reads and self.current and argument(0) in _roots(leaf.apply):
            leaf.any = True
            leaf.reads = (self.current,)
        self.current = node
        return leaf

    # -- what is read

    def _connect(self, item: Section | Series, outside: Collection[Node]) -> set[Node]:
        """Finds what every part reads and gives; returns the layers inside."""
        inside: set[Node] = set()
        for part in item.items if isinstance(item, Section) else item.copies:
            if isinstance(part, Section) and isinstance(item, Section) and part.entry and not is_block(part.entry):
                part.arguments = {**item.arguments, **part.arguments}
            inside |= {part.node} if isinstance(part, Leaf) else self._connect(part, outside)
        reads = [node for leaf in item.leaves() for node in leaf.reads if node not in inside]
        item.reads = tuple(dict.fromkeys(reads))
        read = [
            leaf.node
            for leaf in item.leaves()
            if leaf.node in outside or any(reader not in inside for reader in self.readers.get(leaf.node, ()))
        ]
        end = item.entry.end if item.entry else None
        item.gives = tuple(sorted(read, key=lambda node: node is not end))
        return inside

    # -- what has to be opened

    def open_series(self, opened: set[Entry]) -> None:
        """Opens runs unless each copy reads the one before it and the same values from outside, and gives one."""
        for series in _all_series(self.model):
            before, others = series.copies[0].reads[:1], series.copies[0].reads[1:]
            for copy in series.copies:
                is_layer = copy.entry is not None and bool(copy.entry.nodes)
                if (
                    copy.reads != (*before, *others)
                    or len(copy.gives) != 1
                    or (others and (is_layer or len(series.copies) == 1))
                ):
                    opened.add(series.entry)
                    break
                before = copy.gives
            if len(series.gives) != 1:
                opened.add(series.entry)

    def join_shares(self, opened: set[Entry]) -> None:
        """Finds parts that are another one once more; opens the entries that keep the two of another pair apart."""
        paths = dict(_paths(self.model, ()))
        for leaf in self.model.leaves():
            if leaf.node.shares is None:
                continue
            own, other = paths[leaf.node], paths[leaf.node.shares]
            if own == other:
                continue
            depth = next(i for i in range(len(own) + 1) if own[: i + 1] != other[: i + 1])
            part, original = (path[depth] if depth < len(path) else None for path in (own, other))
            if isinstance(part, Section) and isinstance(original, Section) and _is_again(part, original):
                part.like = original
            else:
                opened |= {each.entry for each in (*own[depth:], *other[depth:]) if each.entry}


def _all_series(section: Section) -> Iterator[Series]:
    for item in section.items:
        if isinstance(item, Series):
            yield item
        for part in item.copies if isinstance(item, Series) else [item]:
            if isinstance(part, Section):
                yield from _all_series(part)


def _paths(item: Item, path: tuple[Section | Series, ...]) -> Iterator[tuple[Node, tuple[Section | Series, ...]]]:
    """The parts and runs that each layer is in, outermost first."""
    if isinstance(item, Leaf):
        yield item.node, path
    elif isinstance(item, Section):
        inner = path if item.entry is None else (*path, item)
        for each in item.items:
            yield from _paths(each, inner)
    else:
        for copy in item.copies:
            yield from _paths(copy, (*path, item))


def _is_again(part: Section, original: Section) -> bool:
    """Whether a part is another one with the same weights, so that the same code is applied to something else."""
    own, others = [*part.leaves()], [*original.leaves()]
    if len(own) != len(others) or len(part.reads) != len(original.reads):
        return False
    twins = dict(zip(part.reads, original.reads, strict=True))
    for leaf, other in zip(own, others, strict=True):
        if (leaf.make, leaf.apply) != (other.make, other.apply):
            return False
        if leaf.node.shares not in (other.node, other.node.shares) or tuple(map(twins.get, leaf.reads)) != other.reads:
            return False
        twins[leaf.node] = other.node
    return [twins[node] for node in part.gives] == [*original.gives]


def is_block(entry: Entry) -> bool:
    """Whether an entry is the call of a block."""
    return entry.kind not in KINDS and entry.kind not in STRUCTURES and entry.kind != RUN


def _depth(entry: Entry) -> int:
    """How many modules of one class are inside one another; a block of a spec is never inside itself."""
    if not isinstance(entry, ModuleEntry):
        return 0
    return max((sum(each.kind == entry.kind for each in path) for path in _inner_paths(entry)), default=1)


def _inner_paths(entry: Entry) -> Iterator[tuple[Entry, ...]]:
    """The entries from this one to each of the innermost inside it."""
    if not entry.children:
        yield (entry,)
    for child in entry.children:
        for path in _inner_paths(child):
            yield (entry, *path)


RUN = "repeat"
"""The kind of an entry of copies."""


def _role(node: Node) -> str:
    return "norm" if node.kind in NORMS else "activation"


def _roots(tree: Expression) -> set[str]:
    return {name.partition(".")[0] for name in symbols(tree)}
