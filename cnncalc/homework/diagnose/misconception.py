"""What a misconception is: a misremembered rule, with a hint that does not give the answer away."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.homework.diagnose._believed import Case, Finish, Unworkable
from cnncalc.homework.sheet.questions import Value
from cnncalc.named_tuple import NamedTuple


class Misconception(NamedTuple):
    """A misconception.

    Attributes:
        name: its key in results and rubrics.
        title: what went wrong, in a few words.
        hint: what to think about again; never a number.
        columns: the columns in which it shows.
        applies: whether a case gives an opportunity for it.
        alter: the case as this student sees it; several if it can be seen in several ways.
        finish: the values that this student derives from (case, column, value); also possibly several.
        is_notation: whether only the notation is wrong, and the student continues with the right thing in mind.
        needs_the_sheet: whether several answers have to show it, as another is likelier for a single one.
        source: where it was seen, or who warns of it, if it is not one that every course meets; addresses are written
            without `https://`, and several sources with `;` between them.
    """

    name: str
    title: str
    hint: str
    columns: frozenset[str]
    applies: Callable[[Case], bool]
    alter: Callable[[Case], list[Case]] | None = None
    finish: Finish | None = None
    is_notation: bool = False
    needs_the_sheet: bool = False
    source: str = ""


def columns(text: str) -> frozenset[str]:
    """The columns, written with spaces between them."""
    return frozenset(text.split())


def has_setting(case: Case, setting: str) -> bool:
    """Whether the layer has a setting of this name."""
    return hasattr(case.layer, setting)


def number_of(value: Value) -> int:
    """A value that has to be a number.

    Raises:
        Unworkable: it is something else.
    """
    if not isinstance(value, int):
        raise Unworkable
    return value


def sizes_of(value: Value) -> tuple[int, ...]:
    """A value that has to be sizes.

    Raises:
        Unworkable: it is something else.
    """
    if not isinstance(value, tuple):
        raise Unworkable
    return value
