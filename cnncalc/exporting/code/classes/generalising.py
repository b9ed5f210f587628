"""All instances of one part as one class: what they have in common, and parameters for what differs.

The instances come from one text, so that what stands at the same place of it belongs together (a `slot`). What only
some of them have is there under a condition; where it is missing, what entered it is passed on. Everything is checked
on every instance, and instances that cannot be one class become several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.exporting.code.classes.blueprint import Blueprint, Copies, Member, Ref, Slot
from cnncalc.exporting.code.classes.instances import (
    attribute_of,
    condition_name,
    environment_of,
    expressions_written,
    parameter_names,
    plain_name,
    slots_in_order,
    slots_of,
    title_of,
)
from cnncalc.exporting.code.expressions import Call, Expression, Identifier
from cnncalc.exporting.code.parts import MODULE, Leaf, Section, Series, Turned, argument
from cnncalc.exporting.code.values.finder import ValueFinder
from cnncalc.exporting.code.values.values import ANYTHING, CHANNELS, INDEX, Different, Point, Topic
from cnncalc.graph import Node

if TYPE_CHECKING:
    from cnncalc.exporting.code.classes.classes import Classes


class Generalising:
    """Some instances on their way to one class, its `blueprint`.

    Raises:
        Different: they cannot be one.
    """

    def __init__(self, classes: Classes, name: str, sections: Sequence[Section]) -> None:
        self.classes = classes
        self.sections = sections
        if len({(len(each.reads), each.axes) for each in sections}) > 1:
            raise Different
        self.blueprint = Blueprint(name, sections)
        called = parameter_names(sections, classes.taken)
        if classes.framework.knows_channels:
            self.blueprint.seen = called["c_in"]
        tables = [dict(slots_of(each)) for each in sections]
        rows = {slot: Member(slot, [table.get(slot) for table in tables]) for slot in slots_in_order(tables)}
        self.rows = rows
        self.called = called
        self.finder = ValueFinder(
            [environment_of(each, called, classes.framework.knows_channels) for each in sections],
            dict.fromkeys(tree for row in rows.values() for tree in expressions_written(row, called)),
            {called.get(name, name): value for name, value in classes.defaults.get(title_of(sections[0]), {}).items()},
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
        topic = Topic(
            plain_name(item, self.sections), written=tuple(expressions_written(row, self.called)), entering=entering
        )
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
