"""What the writer of one framework tells about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from cnncalc.exporting.code.expressions import Expression, of_code
from cnncalc.graph import Node
from cnncalc.layers.equals import LAST, Equal


class CodeFramework:
    """A framework.

    Attributes:
        name: as parts of kinds have it.
        reserved: names that the code has for something else.
        places: what the values of a call are about, in order, by a part of its name.
        entering: those of these that are the channels of what a layer reads.
        leaving: those that are the channels of what it gives.
        sizes: those of these, and of the named ones, that are numbers of channels.
        knows_channels: whether what is made sees itself how many channels enter.
        axes: the usual order of axes.
        marks_frozen: whether what training leaves as it is is marked once it has been made; if not, `frozen` says it.
    """

    name: ClassVar[str]
    reserved: ClassVar[frozenset[str]]
    places: ClassVar[Mapping[str, tuple[str, ...]]]
    entering: ClassVar[frozenset[str]]
    leaving: ClassVar[frozenset[str]]
    sizes: ClassVar[frozenset[str]]
    axes: ClassVar[str] = LAST
    knows_channels: ClassVar[bool] = False
    marks_frozen: ClassVar[bool] = True

    def place_name(self, function: str, place: int) -> str:
        """What the value at a place of a call is about; "" if nobody says so."""
        names = next((names for part, names in self.places.items() if part in function), ())
        return names[place] if place < len(names) else ""

    def make(self, equal: Equal) -> Expression | None:
        """What makes what belongs to the network of a layer; None if there is nothing."""
        return of_code(equal.module) if equal.module else None

    def made(self, node: Node, equal: Equal) -> Expression | None:
        """The same for a layer that training may leave as it is."""
        make = self.make(equal)
        return self.frozen(make) if make is not None and node.is_frozen else make

    def frozen(self, made: Expression) -> Expression:
        """What makes something that training leaves as it is."""
        return made

    def name_of(self, *words: str) -> str:
        """What a class or function is called that is about something with this name in a spec."""
        raise NotImplementedError

    def one_after_other(self, makes: Sequence[Expression]) -> Expression:
        """What makes several modules (or one) that are applied one after the other."""
        raise NotImplementedError
