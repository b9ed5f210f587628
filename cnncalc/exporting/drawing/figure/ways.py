"""A figure in words: the ways through a network, for those who have nothing but text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cnncalc.exporting.drawing.figure.lanes import Lanes
from cnncalc.exporting.drawing.figure.stacks import Figure, Stack


def ways_in_words(figure: Figure) -> Iterator[str]:
    """A line for each way: `input → conv1 → conv2`; then one for each skip that is on none of them."""
    shown: set[tuple[Stack, Stack]] = set()
    for way, _ in Lanes(figure.stacks).ways:
        stacks = [*list(way[0].reads)[:1], *way, *way[-1].readers[:1]]
        shown.update(pairwise(stacks))
        yield " → ".join(_name(stack) for stack in stacks)
    for stack in figure.stacks:
        for reader in stack.readers:
            if (stack, reader) not in shown:
                yield f"{_name(stack)} → {_name(reader)}"


def _name(stack: Stack) -> str:
    return stack.slabs[0].label[0]
