"""Counts of which only a lower bound is known.

A layer that the language has no kind for may have an unknown number of parameters. Every sum that contains it is then
an `AtLeast`: an int that stays one under addition, so that a sum that has never heard of unknown numbers is right all
the same. What cannot be answered from a lower bound raises `NotKnown` instead of giving a wrong number.
"""

from __future__ import annotations

from typing import Any, NoReturn

from cnncalc.errors import CnncalcError


class NotKnown(CnncalcError):
    """Something was asked of a number that does not follow from its lower bound."""


class AtLeast(int):
    """A lower bound of a count. `int(count)` is the bound; sums and multiples are lower bounds too.

    Comparisons that the bound decides have an answer (`AtLeast(6) <= 5` is false); all others, and arithmetic that does
    not keep a lower bound, raise NotKnown. It is not equal to any number that is known, and never counts as nothing: it
    is true even if the bound is 0.

    Attributes:
        layers: how many layers have an unknown share in it.
    """

    layers: int

    def __new__(cls, bound: int = 0, layers: int = 1) -> AtLeast:
        self = super().__new__(cls, bound)
        self.layers = layers
        return self

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known about it."""
        return int(self) == 0

    def __getnewargs__(self) -> tuple[int, int]:  # type: ignore[override]
        return int(self), self.layers  # for copies and pickles

    # -- what keeps a lower bound

    def __add__(self, other: int) -> AtLeast:
        if not isinstance(other, int):
            return NotImplemented
        return AtLeast(int(self) + int(other), self.layers + layers_unknown(other))

    __radd__ = __add__

    def __mul__(self, times: int) -> int:
        if not isinstance(times, int):
            return NotImplemented
        if isinstance(times, AtLeast) or times < 0:
            self._refuse()
        return AtLeast(int(self) * int(times), self.layers) if times else 0

    __rmul__ = __mul__

    # -- what it decides

    def __lt__(self, other: Any) -> bool:
        return False if _is_known(other) and int(self) >= other else self._refuse()

    def __le__(self, other: Any) -> bool:
        return False if _is_known(other) and int(self) > other else self._refuse()

    def __gt__(self, other: Any) -> bool:
        return True if _is_known(other) and int(self) > other else self._refuse()

    def __ge__(self, other: Any) -> bool:
        return True if _is_known(other) and int(self) >= other else self._refuse()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AtLeast) and (int(self), self.layers) == (int(other), other.layers)

    def __ne__(self, other: object) -> bool:
        return not self == other  # that of int compares the bounds

    def __hash__(self) -> int:
        return hash((AtLeast, int(self), self.layers))

    def __bool__(self) -> bool:
        return True

    def _refuse(self, *_: object) -> NoReturn:
        raise NotKnown(f"only a lower bound is known: {self:,} ({layers_text(self.layers)})")

    __sub__ = __rsub__ = __neg__ = __abs__ = _refuse
    __floordiv__ = __rfloordiv__ = __truediv__ = __rtruediv__ = __float__ = _refuse
    __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = __round__ = _refuse

    # -- how it looks

    def __format__(self, form: str) -> str:
        return "unknown" if self.is_unknown else f"≥ {int(self):{form}}"

    def __str__(self) -> str:
        return f"{self:d}"

    def __repr__(self) -> str:
        return f"AtLeast({int(self)}, layers={self.layers})"


def _is_known(other: object) -> bool:
    return not isinstance(other, AtLeast)


def layers_unknown(count: int) -> int:
    """How many layers have an unknown share in a count: 0 for one that is known."""
    return count.layers if isinstance(count, AtLeast) else 0


def layers_text(layers: int) -> str:
    """`1 layer unknown`."""
    return f"{layers:,} layer{'' if layers == 1 else 's'} unknown"


def known(count: int) -> int | None:
    """The count; None if only a lower bound is known."""
    return None if isinstance(count, AtLeast) else count
