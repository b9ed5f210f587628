"""What values are about, and where they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.exporting.code.expressions import Expression
from cnncalc.named_tuple import NamedTuple

CHANNELS = "channels"
"""What the number of channels that enter is called."""
INDEX = "index"
"""What the number of a copy is called."""


class Different(CnncalcError):
    """The instances have another structure."""


class UnknownValue:
    """Stands for a value that does not matter."""


ANYTHING = UnknownValue()


class Point(NamedTuple):
    """Where a value is needed: in an instance, and there in a copy of a run.

    Attributes:
        instance: the number of the instance.
        names: the values that are known there.
    """

    instance: int
    names: Mapping[str, Any]


class ClassParameter(NamedTuple):
    """A parameter of a class or function.

    Attributes:
        values: its value for each instance; `ANYTHING` where it does not matter.
        default: what it is if a call does not give it; `ANYTHING` if each has to.
    """

    name: str
    values: tuple[Any, ...]
    default: Any = ANYTHING


class Topic(NamedTuple):
    """What a value is about.

    Attributes:
        layer: what it belongs to.
        name: the setting; "" if nobody says so.
        is_size: whether it is a number of channels, which may be calculated of others.
        written: the expressions in the entry that the value belongs to.
        entering: the channels of what the layer reads, if it is about these.
    """

    layer: str
    name: str = ""
    is_size: bool = False
    written: tuple[Expression, ...] = ()
    entering: Expression | None = None


def is_alike(one: Any, other: Any) -> bool:
    """Whether two values are the same in code: 1 is not True."""
    if one is ANYTHING or other is ANYTHING:
        return one is other
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
