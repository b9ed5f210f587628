"""The numbers of a part in words: how often it is used, the sizes that it reads and gives, and its parameters."""

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
    """What follows the name of a part: `, 16 times. The first maps 8×8×16 to 8×8×32, with … parameters.`

    Args:
        are_layers: whether it is called "the layers of" something.
    """
    first, count = instances[0], len(instances)
    times = f", {count} times" if count > 1 else ""
    are_many = count == 1 and are_layers
    it = "They" if are_many else "It" if count == 1 else "Each" if len({*instances}) == 1 else "The first"
    s, has = ("", "have") if are_many else ("s", "has")
    params = f"{count_of(first.params)} parameter{'s' * (first.params != 1)}" if first.params else "no parameters"
    if first.reads[:1] == first.gives:
        return f"{times}. {it} keep{s} {first.gives[0]} and {has} {params}."
    does = f"map{s} {enumerated(first.reads)} to" if first.reads else f"give{s}"
    return f"{times}. {it} {does} {enumerated(first.gives)}, with {params}."


def count_of(number: int) -> str:
    """A number of parameters or multiply-adds, of which only a lower bound may be known."""
    return f"{'at least ' * isinstance(number, AtLeast)}{int(number):,}"


def enumerated(sizes: Sequence[str]) -> str:
    """`8×8×3`, `8×8×3 and 4`, `8×8×3, 4 and 5`."""
    *others, last = sizes
    return f"{', '.join(others)} and {last}" if others else last
