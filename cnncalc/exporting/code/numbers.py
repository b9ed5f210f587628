"""The numbers of a part in words: how often it is there, what it makes of what, and its parameters."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.at_least import AtLeast
from cnncalc.named_tuple import NamedTuple


class PartNumbers(NamedTuple):
    """The numbers of one instance.

    Attributes:
        reads: the sizes of what it reads.
        gives: the sizes of what it gives.
        params: how many parameters it has.
    """

    reads: tuple[str, ...]
    gives: tuple[str, ...]
    params: int


def in_numbers(instances: Sequence[PartNumbers], are_layers: bool) -> str:
    """What follows the name of a part in a sentence: `, 16 times: the first makes 8×8×32 of 8×8×16 with …`.

    Args:
        are_layers: whether it is called "the layers of" something.
    """
    first, count = instances[0], len(instances)
    times = f", {count} times" if count > 1 else ""
    which = "each" if len({*instances}) == 1 else "the first"
    keeps, makes, has = f"{which} keeps", f"{which} makes", "has"
    if count == 1:
        keeps, makes, has = ("they keep", "they make", "have") if are_layers else ("it keeps", "it makes", "has")
    params = f"{count_of(first.params)} parameter{'s' * (first.params != 1)}" if first.params else "no parameters"
    if first.reads[:1] == first.gives:
        return f"{times}: {keeps} {first.gives[0]} and {has} {params}."
    of = f" of {enumerated(first.reads)}" if first.reads else ""
    return f"{times}: {makes} {enumerated(first.gives)}{of} with {params}."


def count_of(number: int) -> str:
    """A number of parameters or multiply-adds, of which only a lower bound may be known."""
    return f"{'at least ' * isinstance(number, AtLeast)}{int(number):,}"


def enumerated(sizes: Sequence[str]) -> str:
    """`8×8×3`, `8×8×3 and 4`, `8×8×3, 4 and 5`."""
    *others, last = sizes
    return f"{', '.join(others)} and {last}" if others else last
