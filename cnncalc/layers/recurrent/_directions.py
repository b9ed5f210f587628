"""The directions in which a sequence is read, of which a recurrent layer is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.named_tuple import NamedTuple

Arrays = Mapping[str, Any]
NAMES = ("kernel", "recurrent_kernel", "bias")
"""The names of the arrays of one direction."""


class Direction(NamedTuple):
    """One direction, in one of the layers on top of one another.

    Attributes:
        name: what the names of its arrays begin with.
        channels: how many it reads.
        is_backward: whether it begins at the end.
    """

    name: str
    channels: int
    is_backward: bool

    def of(self, weights: Arrays) -> Arrays:
        """Its own arrays, by their names without the beginning."""
        return {name: weights[self.name + name] for name in NAMES if self.name + name in weights}
