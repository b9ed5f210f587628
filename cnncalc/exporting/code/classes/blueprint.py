"""A class or function: its members, with what makes each, how it is applied and to what."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from cnncalc.exporting.code.expressions import Call, Expression, Identifier, Keyword, Literal, symbols
from cnncalc.exporting.code.parts import MODULE, Item, Section, Turned, argument
from cnncalc.exporting.code.values.values import ANYTHING, INDEX, ClassParameter

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
