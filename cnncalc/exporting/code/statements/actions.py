"""The steps of a calculation, and the statements that do them."""

from __future__ import annotations

from collections.abc import Hashable

from cnncalc.exporting.code.expressions import Expression
from cnncalc.named_tuple import NamedTuple

RUNNING = ("x", "y", "z", "w", "v", "u", "t")
"""Variables for values that are read soon."""
WIDTH = 88
"""The most characters of a line."""
EACH = "each_"
"""What a loop iterates over."""


class Action(NamedTuple):
    """One step of a calculation. What stands for a value is anything that can be compared.

    Attributes:
        apply: the expression, in which the values are called `argument(0)`, `argument(1)`, …
        reads: the values that it reads.
        gives: the values that it gives; several as a tuple.
        entry: what it belongs to: actions of the same one are nested.
        outer: what that is in, among what is in the part itself.
        name: what its value is called where that is read far away.
        is_light: whether it is so small that it is nested in what reads it.
        condition: when it is done at all; neighbours with the same condition are done together.
        passes: which of what it reads is passed on otherwise.
        is_apart: whether it is a statement of its own, whatever reads it.
        is_named: whether its value is called `name`, even if it is read soon.
        numbers: for each of which it is done again, with what it gave before; None if it is done once.
        each: what a number, or whatever it is, is called, which is `EACH` in `apply`; "" for numbers, called `INDEX`.
    """

    apply: Expression
    reads: tuple[Hashable, ...]
    gives: tuple[Hashable, ...]
    entry: Hashable
    outer: Hashable
    name: str
    is_light: bool = False
    condition: Expression | None = None
    passes: int = 0
    is_apart: bool = False
    is_named: bool = False
    numbers: Expression | None = None
    each: str = ""


class Assignment(NamedTuple):
    """Values for variables; a value that nothing reads has none."""

    targets: tuple[str, ...]
    value: Expression


class Branching(NamedTuple):
    """Statements under a condition."""

    condition: Expression
    body: tuple[Statement, ...]


class Loop(NamedTuple):
    """Statements that are repeated for each item of something; the item is called `variable`."""

    variable: str
    numbers: Expression
    body: tuple[Assignment, ...]


Statement = Assignment | Branching | Loop
