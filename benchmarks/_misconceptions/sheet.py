"""How a student works through a sheet: with which rules at which answer, and what is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from _misconceptions.network import Layer, Network, Place, Value, column_of
from _misconceptions.right import Axis, Mind, Rules


@dataclass(frozen=True)
class Student:
    """A misconception (none: all is right), held at some answers only or wherever it applies, and slips.

    What the misconception makes wrong is gone on with unless the student `forgets` it: then it is written once, and
    what follows is right. A slip is what is written instead, and whether it is gone on with.
    """

    misconception: type[Rules] = Rules
    only: frozenset[Place] | None = None
    forgets: bool = False
    slips: dict[Place, tuple[Value, bool]] = field(default_factory=dict)

    def holds(self, place: Place) -> bool:
        """Whether the misconception is at work here."""
        if self.only is not None:
            return place in self.only
        return column_of(place) in self.misconception.columns


@dataclass(frozen=True)
class Worked:
    """A sheet that was filled in, and which of its answers the misconception itself made wrong.

    At `first_hand` answers the right rule would have given something else from the same numbers.
    """

    written: dict[Place, Value]
    first_hand: frozenset[Place]


def work_through(net: Network, student: Student) -> Worked:
    """Fill in a sheet. Raises StuckError where a size falls below 1."""
    return _Working(net, student).all_layers()


class _Working:
    def __init__(self, net: Network, student: Student) -> None:
        self.net, self.student = net, student
        self.right, self.own = Rules(net), student.misconception(net)
        self.written: dict[Place, Value] = {}
        self.first_hand: set[Place] = set()

    def all_layers(self) -> Worked:
        net = self.net
        x = Mind(net.spatial, net.channels, tuple(Axis(Fraction(1), Fraction(1)) for _ in net.spatial))
        believed: dict[Place, int] = {}
        minds: dict[str, Mind] = {}
        for layer in net.layers:
            minds[layer.name] = x = self.layer(layer, x, believed)
        self.sums(believed, minds)
        asked = net.places()
        return Worked({place: self.written[place] for place in asked}, frozenset(asked) & self.first_hand)

    def layer(self, layer: Layer, x: Mind, believed: dict[Place, int]) -> Mind:
        """Four answers; what is in mind after the layer."""
        name = layer.name
        after = self.answer((name, "output"), lambda rules: rules.after(layer, x), lambda rules: rules.written_size)
        seen = self.answer(
            (name, "receptive_field"),
            lambda rules: rules.field_after(layer, x),
            lambda rules: lambda found: rules.written_field(found, layer, x),
        )
        believed[name, "params"] = self.answer((name, "params"), lambda rules: rules.params(layer, x, after))
        believed[name, "macs"] = self.answer((name, "macs"), lambda rules: rules.macs(layer, x, after))
        return replace(after, field=seen)

    def sums(self, believed: dict[Place, int], minds: dict[str, Mind]) -> None:
        params = self.answer(("total", "params"), lambda rules: rules.total("params", believed, minds))
        self.answer(("total", "macs"), lambda rules: rules.total("macs", believed, minds))
        self.answer(("total", "memory"), lambda rules: rules.memory(params, minds), lambda rules: rules.written_memory)

    def answer(
        self,
        place: Place,
        work: Callable[[Rules], Any],
        writing: Callable[[Rules], Callable[[Any], Value]] = lambda _: _as_it_is,
    ) -> Any:
        """Write one answer down; what is gone on with."""
        meant = work(self.right)
        value = writing(self.right)(meant)
        if self.student.holds(place):
            wrongly = work(self.own)
            wrong = writing(self.own)(wrongly)
            if wrong != value:
                self.first_hand.add(place)
            value, meant = wrong, meant if self.student.forgets else wrongly
        if place in self.student.slips:
            value, carried = self.student.slips[place]
            meant = _adopted(self.net, value, meant) if carried else meant
        self.written[place] = value
        return meant


def _as_it_is(found: Any) -> Any:
    return found


def _adopted(net: Network, value: Value, meant: Any) -> Any:
    """What is in mind once a slip is believed; where it cannot be (sizes of another rank, words), what was."""
    if isinstance(meant, int) and isinstance(value, int):
        return value
    if isinstance(meant, Mind):
        return _adopted_size(net, value, meant)
    if isinstance(meant, tuple) and all(axis.grid is None for axis in meant):
        sizes = value if isinstance(value, tuple) else (value,) * len(meant)
        if len(sizes) == len(meant) and all(isinstance(size, int) for size in sizes):
            return tuple(Axis(Fraction(r), axis.j) for r, axis in zip(sizes, meant, strict=True))
    return meant


def _adopted_size(net: Network, value: Value, meant: Mind) -> Mind:
    if isinstance(value, int) and not meant.spatial and value > 0:
        return replace(meant, channels=value)
    if isinstance(value, tuple) and len(value) == len(meant.spatial) + 1 and min(value) > 0:
        spatial, channels = (value[:-1], value[-1]) if net.channels_last else (value[1:], value[0])
        return replace(meant, spatial=spatial, channels=channels)
    return meant
