"""All instances of one part as one class: what they have in common, and parameters for what differs.

The instances come from one text, so that what stands at the same place of it belongs together (a `slot`). What only
some of them have is there under a condition; where it is missing, what entered it is passed on. Everything is checked
on every instance, and instances that cannot be one class become several.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.expressions import (
    Call,
    Expression,
    Identifier,
    Keyword,
    Literal,
    substituted,
    symbols,
    tree_of,
)
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.exporting.code.identifiers import Identifiers
from cnncalc.exporting.code.parts import MODULE, Item, Leaf, ModuleEntry, Section, Series, Turned, argument, is_block
from cnncalc.exporting.code.values import (
    ANYTHING,
    CHANNELS,
    INDEX,
    ClassParameter,
    Different,
    Point,
    Topic,
    ValueFinder,
)
from cnncalc.graph import Node
from cnncalc.source.entry import texts
from cnncalc.source.yaml_nodes import YamlNode
from cnncalc.spec.language.expressions import ExpressionError, is_expression, size_parts, source_of

Slot = tuple[Hashable, ...]
"""A place in the text: where an entry is written, and which of its layers is meant."""


PLAIN = Call(Identifier(MODULE), (Identifier(argument(0)),))
"""How most modules are applied."""


class Ref(tuple[Any, ...]):
    """A value in a class: what enters (`("", number)`), or what is at a slot (the slot, and which of its values)."""

    __slots__ = ()


class Copies:
    """A run: copies of a module one after the other.

    Attributes:
        firsts: those that are written out, at the beginning.
        body: each of the others, in which `index` is its number; None if there are no others.
        start: the number of the first of the others.
        end: the number after the last one.
    """

    __slots__ = ("body", "end", "firsts", "start")

    def __init__(
        self, firsts: list[Expression], body: Expression | None = None, start: int = 0, end: Expression | None = None
    ) -> None:
        self.firsts = firsts
        self.body = body
        self.start = start
        self.end = end

    @property
    def is_numbered(self) -> bool:
        """Whether the copies need their numbers."""
        return self.body is not None and INDEX in symbols(self.body)


class Member:
    """One item of a class.

    Attributes:
        slot: where it comes from.
        items: the items of the instances there; None in an instance without it.
        make: makes what belongs to the network; None if there is nothing.
        apply: applies it to what it reads.
        reads: what it reads.
        gives: its values.
        condition: when it is there; None if it always is.
        blueprint: the class of the part that it is.
        passes: which of what it reads is passed on where it is missing.
        shares: the slot of what it applies once more; None if it has something of its own.
        is_frozen: whether training leaves it as it is, and nothing around it says so.
        turned: what makes of each value that it reads one in the order of axes in which it is read, if that is another.
    """

    __slots__ = (
        *("apply", "blueprint", "condition", "gives", "is_frozen", "items", "make", "passes", "reads", "shares"),
        *("slot", "turned"),
    )

    def __init__(self, slot: Slot, items: list[Item | None]) -> None:
        self.slot = slot
        self.items = items
        self.make: Expression | Copies | None = None
        self.apply: Expression = Identifier("")
        self.reads: tuple[Ref, ...] = ()
        self.gives: tuple[Ref, ...] = ()
        self.condition: Expression | None = None
        self.blueprint: Blueprint | None = None
        self.passes = 0
        self.turned: Turned = ()
        self.shares: Slot | None = None
        self.is_frozen = False

    @property
    def item(self) -> Item:
        """The item of the first instance that has one."""
        return next(item for item in self.items if item is not None)


class Blueprint:
    """A class, or a function, for several instances of a part.

    Attributes:
        name: of the class.
        instances: the parts.
        rows: what is in it, in order.
        inputs: how many values it reads.
        results: the values that it gives.
        variables: its parameters.
        sizes: the names of those that are numbers of channels.
        seen: the name of the one that need not be given, as it is how many channels enter; "" if there is none.
    """

    def __init__(self, name: str, instances: Sequence[Section]) -> None:
        self.name = name
        self.instances = instances
        self.rows: list[Member] = []
        self.inputs = len(instances[0].reads)
        self.results: tuple[Ref, ...] = ()
        self.variables: list[ClassParameter] = []
        self.sizes: frozenset[str] = frozenset()
        self.seen = ""

    @property
    def given(self) -> list[ClassParameter]:
        """The parameters that are given when it is called."""
        return [each for each in self.variables if each.name != self.seen]

    def call(self, section: Section) -> Call:
        """What makes an instance."""
        number = next(i for i, each in enumerate(self.instances) if each is section)
        values, keywords = [], []
        for each in self.given:
            value = each.values[number]
            given = value if isinstance(value, Identifier) else Literal(None if value is ANYTHING else value)
            if each.default is ANYTHING:
                values.append(given)
            else:
                default = each.default if isinstance(each.default, Identifier) else Literal(each.default)
                keywords.append(Keyword(each.name, default if value is ANYTHING else given, default))
        return Call(Identifier(self.name), tuple(values), tuple(keywords))


class Classes:
    """The classes of a model.

    Attributes:
        blueprints: in the order of need; the model itself is the last one.
        of_section: the class of each part.
    """

    def __init__(
        self,
        model: Section,
        name: str,
        framework: CodeFramework,
        reserved: Iterable[str] = (),
        defaults: Mapping[str, Mapping[str, Any]] = {},
    ) -> None:
        self.framework = framework
        self.defaults = defaults
        self.by_name: dict[str, Blueprint] = {}
        self.blueprints: list[Blueprint] = []
        self.of_section: dict[int, Blueprint] = {}
        self._names = Identifiers([*framework.reserved, *reserved])
        name = framework.name_of(name)
        self._names.taken.add(name)
        self._by_key: dict[Hashable, list[Section]] = {}
        self.said_outside: set[int] = set()
        """The parts around which it is said that all in them is frozen."""
        self._collect(model)
        for section in _inner_first(model):
            key = _key(section)
            if key in self._by_key:
                self._classify(self._by_key.pop(key))
        self.model = self._generalised(name, [model])
        self.blueprints.append(self.model)

    def _collect(self, section: Section) -> None:
        is_said = id(section) in self.said_outside
        for item in section.items:
            inside = item.copies if isinstance(item, Series) else [item]
            if is_said or (not isinstance(item, Leaf) and item.is_frozen):
                self.said_outside |= set(map(id, inside))
        for inner in _sections(section):
            self._by_key.setdefault(_key(inner), []).append(inner)
            self._collect(inner)

    def _classify(self, sections: list[Section]) -> None:
        """Makes classes for the instances of one text: one if possible."""
        for section in sections:
            for inner in _sections(section):
                key = _key(inner)
                if key in self._by_key:
                    self._classify(self._by_key.pop(key))
        title = _title(sections[0])
        name = self.framework.name_of(title)
        pending = list(sections)
        while pending:
            taken, left = self._one_class(pending)
            own = self._new_name(title, name)
            blueprint = self.by_name[own] = self._generalised(own, taken)
            self.blueprints.append(blueprint)
            for section in taken:
                self.of_section[id(section)] = blueprint
            pending = left

    @property
    def taken(self) -> frozenset[str]:
        """The names that mean something outside classes."""
        return frozenset(self._names.taken)

    def _new_name(self, title: str, name: str) -> str:
        """A name for a class: with a number after others of this name, and `Block` where it means something else."""
        if name in self._names.taken and name not in self.by_name:
            name = self.framework.name_of(title, "block")
        number, found = 2, name
        while found in self._names.taken:
            found = f"{name}{number}"
            number += 1
        self._names.taken.add(found)
        return found

    def _one_class(self, sections: list[Section]) -> tuple[list[Section], list[Section]]:
        """As many as possible that can be one class, and the others."""
        if self._is_one(sections):
            return sections, []
        outlines: dict[Hashable, list[Section]] = {}
        for section in sections:
            outlines.setdefault(_outline(section), []).append(section)
        first, *others = outlines.values()
        groups = others if self._is_one(first) else [*([each] for each in first[1:]), *others]
        taken, left = first if self._is_one(first) else first[:1], []
        for group in groups:
            if self._is_one([*taken, *group]):
                taken = [*taken, *group]
            else:
                left += group
        return taken, left

    def _is_one(self, sections: Sequence[Section]) -> bool:
        """Whether instances can be one class."""
        try:
            self._generalised("", sections)
        except Different:
            return False
        return True

    def _generalised(self, name: str, sections: Sequence[Section]) -> Blueprint:
        """The class of these instances.

        Raises:
            Different: they cannot be one.
        """
        return _Generalising(self, name, sections).blueprint

    def make(self, section: Section) -> Expression:
        """What makes a part: a call of its class, or its layers one after the other."""
        if is_inline(section):
            return self.framework.one_after_other([leaf.make for leaf in section.leaves() if leaf.make])
        return self.of_section[id(section)].call(section)


class _Generalising:
    def __init__(self, classes: Classes, name: str, sections: Sequence[Section]) -> None:
        self.classes = classes
        self.sections = sections
        if len({(len(each.reads), each.axes) for each in sections}) > 1:
            raise Different
        self.blueprint = Blueprint(name, sections)
        called = _parameter_names(sections, classes.taken)
        if classes.framework.knows_channels:
            self.blueprint.seen = called["c_in"]
        tables = [dict(slots_of(each)) for each in sections]
        rows = {slot: Member(slot, [table.get(slot) for table in tables]) for slot in _in_order(tables)}
        self.rows = rows
        self.called = called
        self.finder = ValueFinder(
            [_environment(each, called, classes.framework.knows_channels) for each in sections],
            dict.fromkeys(tree for row in rows.values() for tree in _expressions(row, called)),
            {called.get(name, name): value for name, value in classes.defaults.get(_title(sections[0]), {}).items()},
            self._about,
            classes.taken,
        )
        self.channels: dict[Ref, Expression] = {Ref(("", 0)): Identifier(called["c_in"])}
        """The expressions of the channels of values."""
        self.values = [self._refs(number) for number in range(len(sections))]
        for row in rows.values():
            self._connect(row)
        self._passed_on()
        for row in rows.values():
            self._check(row)
            self._fill(row)
        self._check_attributes()
        self.blueprint.results = self._results()
        self.blueprint.rows = list(rows.values())
        self.blueprint.variables = self.finder.variables()
        self.blueprint.sizes = frozenset(self.finder.sizes)

    def _about(self, function: Expression, place: int | str, topic: Topic) -> Topic:
        """What a value of a call is about."""
        named = function.text if isinstance(function, Identifier) else ""
        framework, known = self.classes.framework, self.classes.by_name.get(named)
        if known:
            name = place if isinstance(place, str) else known.given[place].name
            entering = topic.entering if name == CHANNELS else None
            return topic._replace(name=name, is_size=name in known.sizes, entering=entering)
        name = place if isinstance(place, str) else framework.place_name(named.rpartition(".")[2], place)
        if name in framework.entering:
            return topic._replace(name=name, is_size=True, written=())
        return topic._replace(name=name, is_size=name in framework.sizes, entering=None)

    # -- what reads what

    def _refs(self, number: int) -> dict[Node, Ref]:
        """The values of one instance, by the layer that gives them."""
        section = self.sections[number]
        refs = {node: Ref(("", place)) for place, node in enumerate(section.reads)}
        for slot, row in self.rows.items():
            item = row.items[number]
            for place, node in enumerate(item.gives if item else ()):
                refs[node] = Ref((slot, place))
        return refs

    def _connect(self, row: Member) -> None:
        """What a row reads: where instances differ, because something is missing in some, the last of the values."""
        order = {slot: place for place, slot in enumerate(self.rows)}
        of_instances = [
            [self.values[number][node] for node in item.reads] for number, item in enumerate(row.items) if item
        ]
        if len({len(each) for each in of_instances}) > 1 or len({len(each.gives) for each in row.items if each}) > 1:
            raise Different
        row.reads = tuple(max(refs, key=lambda ref: order.get(ref[0], -1)) for refs in zip(*of_instances, strict=True))
        row.gives = tuple(Ref((row.slot, place)) for place in range(len(row.item.gives)))
        row.turned = self._turned(row)

    def _turned(self, row: Member) -> Turned:
        """What turns the axes of the values that a row reads: where something is missing in an instance, what is passed
        on instead has been turned for it, and is turned back.

        Raises:
            Different: instances read in different orders, or what is turned is missing with the row.
        """
        if len({item.axes for item in row.items if item}) > 1:
            raise Different
        found: list[Expression | None] = []
        for place, ref in enumerate(row.reads if any(item.turned for item in row.items if item) else ()):
            own = {
                item.turned[place] if item.turned else None
                for number, item in enumerate(row.items)
                if item and self.values[number][item.reads[place]] == ref
            }
            if len(own) != 1:
                raise Different
            found += own
            if found[-1] and None in row.items and ref[0] and _presence(self.rows[ref[0]]) == _presence(row):
                raise Different
        return tuple(found) if any(found) else ()

    def _passed_on(self) -> None:
        """Which of what an optional row reads is passed on where it is missing: the one that is right everywhere."""
        readers: dict[Ref, list[Member]] = {}
        for row in self.rows.values():
            for ref in row.reads:
                readers.setdefault(ref, []).append(row)
        for row in reversed(self.rows.values()):
            if None in row.items and len(row.reads) > 1:
                for place in range(len(row.reads)):
                    row.passes = place
                    if self._is_right_after(row, readers):
                        break

    def _is_right_after(self, row: Member, readers: Mapping[Ref, list[Member]]) -> bool:
        for number, item in enumerate(row.items):
            if item is not None or not row.gives:
                continue
            found = self._contracted(row.gives[0], number)
            expected = {
                self.values[number][other.items[number].reads[place]]  # type: ignore[union-attr]
                for other in readers.get(row.gives[0], ())
                if other.items[number] is not None
                for place, ref in enumerate(other.reads)
                if ref == row.gives[0]
            }
            if not readers.get(row.gives[0]):
                expected = {self.values[number][node] for node in self.sections[number].gives[:1]}
            if expected and expected != {found}:
                return False
        return True

    def _contracted(self, ref: Ref, number: int) -> Ref:
        """What stands for a value in an instance: where a row is missing, what it passes on."""
        while ref[0] != "" and self.rows[ref[0]].items[number] is None:
            row = self.rows[ref[0]]
            if not row.reads:
                raise Different
            ref = row.reads[row.passes]
        return ref

    def _check(self, row: Member) -> None:
        for number, item in enumerate(row.items):
            if item is None:
                continue
            own = [self.values[number][node] for node in item.reads]
            if [self._contracted(ref, number) for ref in row.reads] != own:
                raise Different

    def _check_attributes(self) -> None:
        """
        Raises:
            Different: an attribute is not called the same everywhere, or is there with only a part of what is in it.
        """
        conditions: dict[str, set[Expression | None]] = {}
        for row in self.rows.values():
            pairs = zip(row.items, self.sections, strict=True)
            names = {attribute_of(item, [section]) for item, section in pairs if item}
            if len(names) > 1:
                raise Different
            if name := names.pop():
                first = name.partition(".")[0]
                conditions.setdefault(first, set()).add(row.condition)
                if len(conditions[first]) > 1 or (first.isdigit() and row.condition):
                    raise Different

    def _results(self) -> tuple[Ref, ...]:
        order = {slot: place for place, slot in enumerate(self.rows)}
        of_instances = [[self.values[number][node] for node in each.gives] for number, each in enumerate(self.sections)]
        if len({len(each) for each in of_instances}) > 1:
            raise Different
        results = tuple(max(refs, key=lambda ref: order.get(ref[0], -1)) for refs in zip(*of_instances, strict=True))
        for number, own in enumerate(of_instances):
            if [self._contracted(ref, number) for ref in results] != own:
                raise Different
        return results

    # -- what is made

    def _fill(self, row: Member) -> None:
        """Makes one of the expressions of all instances."""
        present = [item is not None for item in row.items]
        if not all(present):
            row.condition = self.finder.expression(present, Topic(condition_name(row.item, self.sections)))
        item = row.item
        entering = self.channels.get(row.reads[0]) if row.reads else None
        topic = Topic(plain_name(item, self.sections), written=tuple(_expressions(row, self.called)), entering=entering)
        row.shares = self._shared(row)
        row.is_frozen = self._frozen(row)
        if row.shares:
            row.blueprint = self.rows[row.shares].blueprint
        if isinstance(item, Leaf):
            self._fill_leaf(row, item, topic)
            return
        row.apply = Call(Identifier(MODULE), tuple(Identifier(argument(place)) for place in range(len(item.reads))))
        if row.shares:
            return
        if isinstance(item, Section):
            makes = [self.classes.make(each) if isinstance(each, Section) else None for each in row.items]
            row.make = self.finder.merged(makes, topic)
            row.blueprint = self.classes.of_section.get(id(item))
            return
        runs = [
            [self.classes.make(copy) for copy in each.copies] if isinstance(each, Series) else None
            for each in row.items
        ]
        row.make = self._copies(runs, topic)
        row.blueprint = self.classes.of_section.get(id(item.copies[0]))

    def _fill_leaf(self, row: Member, item: Leaf, topic: Topic) -> None:
        leaves = [each if isinstance(each, Leaf) else None for each in row.items]
        row.apply = self.finder.merged([leaf.apply if leaf else None for leaf in leaves], topic)
        makes = [leaf.make if leaf else None for leaf in leaves]
        if len({leaf.make is None for leaf in leaves if leaf}) > 1:
            raise Different
        if item.make is not None and not row.shares:
            row.make = self.finder.merged(makes, topic)
        self._note_channels(row, topic)

    def _note_channels(self, row: Member, topic: Topic) -> None:
        """Notes which expression gives the channels of what a layer gives, where that is known."""
        own = None
        if isinstance(row.make, Call) and isinstance(row.make.function, Identifier):
            function = row.make.function.text.rpartition(".")[2]
            for place, value in enumerate(row.make.values):
                if self.classes.framework.place_name(function, place) in self.classes.framework.leaving:
                    own = value
        keeps = all(
            leaf.node.inputs and leaf.node.x.channels == leaf.node.output.channels
            for leaf in row.items
            if isinstance(leaf, Leaf)
        )
        found = own if own is not None else topic.entering if keeps else None
        if found is not None and row.gives:
            self.channels[row.gives[0]] = found

    def _frozen(self, row: Member) -> bool:
        """Whether a row is frozen.

        Raises:
            Different: it is in some instances alone.
        """
        if not self.classes.framework.marks_frozen:
            return False
        said = self.classes.said_outside
        found = {
            item.is_frozen and id(section) not in said
            for section, item in zip(self.sections, row.items, strict=True)
            if item is not None
        }
        if len(found) > 1:
            raise Different
        return found.pop() and not row.shares

    def _shared(self, row: Member) -> Slot | None:
        """The slot of what a row applies once more.

        Raises:
            Different: it is not the same in all instances.
        """
        found: set[Slot | None] = set()
        for number, item in enumerate(row.items):
            if isinstance(item, Leaf) and item.node.shares and item.make is not None:
                found.add(self.values[number][item.node.shares][0])
            elif isinstance(item, Section) and item.like:
                original = item.like
                found.add(next(slot for slot, each in self.rows.items() if each.items[number] is original))
            elif item:
                found.add(None)
        if len(found) > 1:
            raise Different
        return found.pop()

    def _copies(self, runs: Sequence[list[Expression] | None], topic: Topic) -> Copies:
        """One run for those of all instances: one expression for all copies, or for all but the first; with the number
        of the copy in it only where there are several; or else all of them written out.

        Raises:
            Different: they have nothing in common.
        """
        longest = max(len(run) for run in runs if run)
        for start, is_numbered, least in ((0, False, 2), (1, False, 3), (0, True, 3), (1, True, 4)):
            if longest >= least or len(runs) > 1:
                found = self._from(start, is_numbered, runs, topic)
                if found:
                    return found
        lengths = {len(run) for run in runs if run}
        if len(lengths) > 1:
            raise Different
        return Copies([self._at(runs, index, topic) for index in range(longest)])

    def _at(self, runs: Sequence[list[Expression] | None], index: int, topic: Topic) -> Expression:
        """What makes the copy of this number."""
        return self.finder.merged([run[index] if run else None for run in runs], topic)

    def _from(
        self, start: int, is_numbered: bool, runs: Sequence[list[Expression] | None], topic: Topic
    ) -> Copies | None:
        """A run whose copies are one expression from this one on; None if they are not."""
        points, makes = [], []
        for number, run in enumerate(runs):
            names = self.finder.points[number].names
            for index, make in enumerate(run[start:] if run else (), start):
                points.append(Point(number, {**names, INDEX: index} if is_numbered else names))
                makes.append(make)
        before = self.finder.state
        try:
            body = self.finder.merged(makes, topic, points) if makes else None
            end = self.finder.expression([len(run) if run else ANYTHING for run in runs], Topic("count"))
            firsts = [self._at(runs, index, topic) for index in range(start)]
        except Different:
            self.finder.state = before
            return None
        return Copies(firsts, body, start, end) if body else None


def _presence(row: Member) -> list[bool]:
    return [item is None for item in row.items]


# -- the text behind it


def _key(section: Section) -> Hashable:
    """What text a part comes from."""
    return section.text


def _title(section: Section) -> str:
    """What a class is named after: a block, or else what the entry is called, without its numbers."""
    entry = section.entry
    if entry is None:
        return ""
    if is_block(entry):
        return entry.kind
    names = [part for part in entry.name.split(".") if not part.isdigit()]
    return names[-1].rstrip("0123456789_-") or names[-1]


def _inner_first(section: Section) -> Iterator[Section]:
    for inner in _sections(section):
        yield from _inner_first(inner)
        yield inner


def _sections(section: Section) -> Iterator[Section]:
    """The parts directly inside."""
    for item in section.items:
        for part in item.copies if isinstance(item, Series) else [item]:
            if isinstance(part, Section) and part.like is None and not is_inline(part):
                yield part


def _outline(section: Section) -> Hashable:
    """What is where in a part: parts with the same outline can nearly always be one class."""
    return tuple(
        (slot, item.make.function if isinstance(item, Leaf) and isinstance(item.make, Call) else type(item))
        for slot, item in slots_of(section)
    )


def is_inline(section: Section) -> bool:
    """Whether a part is nothing but modules one after the other, and no block: it needs no class."""
    entry = section.entry
    if entry is None or is_block(entry) or len(section.reads) != 1:
        return False
    before: tuple[Node, ...] = section.reads
    for item in section.items:
        if not isinstance(item, Leaf) or item.make is None or item.node.shares or item.reads != before:
            return False
        if item.apply != PLAIN or item.turned:
            return False
        before = item.gives
    return section.gives == before and (section.is_frozen or not any(leaf.is_frozen for leaf in section.leaves()))


def slots_of(section: Section) -> Iterator[tuple[Slot, Item]]:
    """The items of a part by their places in the text."""
    seen: dict[Slot, int] = {}
    for item in section.items:
        entry = item.entry
        assert entry
        role = item.role if isinstance(item, Leaf) else "part" if isinstance(item, Section) else "run"
        slot = entry.span, role
        seen[slot] = seen.get(slot, 0) + 1
        yield (*slot, seen[slot]), item


def _in_order(tables: Sequence[Mapping[Slot, Item]]) -> list[Slot]:
    """All slots, in an order that is that of every instance.

    Raises:
        Different: there is none.
    """
    order: list[Slot] = []
    for table in sorted(tables, key=len, reverse=True):
        place = 0
        for slot in table:
            if slot in order:
                found = order.index(slot)
                if found < place:
                    raise Different
                place = found + 1
            else:
                order.insert(place, slot)
                place += 1
    return order


def plain_name(item: Item, sections: Sequence[Section]) -> str:
    """What the item is called in its part."""
    assert item.entry
    name = item.entry.name
    prefix = next((each.prefix for each in sections if each.prefix and name.startswith(each.prefix)), "")
    return name.removeprefix(prefix)


def attribute_of(item: Item, sections: Sequence[Section]) -> str:
    """The attributes that lead to an item in the original; "" if nobody knows."""
    is_known = isinstance(item.entry, ModuleEntry) and item.entry.is_attribute
    return plain_name(item, sections) if is_known else ""


def _parameter_names(sections: Sequence[Section], reserved: Collection[str]) -> dict[str, str]:
    """What arguments, and the channels that enter (`c_in`), are called as parameters."""
    names = Identifiers([*reserved, INDEX])
    arguments = dict.fromkeys(name for each in sections for name in each.arguments)
    called = {name: names.new(name) for name in arguments}
    return {**called, "c_in": names.new(CHANNELS)}


def condition_name(item: Item, sections: Sequence[Section]) -> str:
    """What it is called that an item is there."""
    assert item.entry
    name = attribute_of(item, sections).partition(".")[0] or plain_name(item, sections)
    return "skip" if item.entry.kind == "residual" else f"has_{name}"


def _environment(section: Section, called: Mapping[str, str], are_channels_last: bool) -> dict[str, Any]:
    """The values that are known in an instance: its arguments, and the channels that enter."""
    names = {called[name]: value for name, value in section.arguments.items()}
    if section.entry is None or not section.reads:
        return names
    channels = {called["c_in"]: section.reads[0].output.channels}
    return {**names, **channels} if are_channels_last else {**channels, **names}


def _expressions(row: Member, called: Mapping[str, str]) -> Iterator[Expression]:
    """The expressions in the text of an entry, with the names of the parameters; each once."""
    names = {name: Identifier(parameter) for name, parameter in called.items()}
    found: dict[Expression, None] = {}
    for item in row.items:
        entry = item.entry if item else None
        for node in (entry.written.principal, *entry.written.by_name.values()) if entry else ():
            for tree in _trees(node):
                found[substituted(tree, names)] = None
    return iter(found)


def _trees(node: YamlNode | None) -> Iterator[Expression]:
    for each in texts(node):
        for part in size_parts(each):
            if is_expression(part):
                try:
                    yield tree_of(source_of(part))
                except (ExpressionError, KeyError, SyntaxError, ValueError):
                    continue
