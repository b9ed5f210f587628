"""How large the models of a comparison may be together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnncalc.errors import CnncalcError

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

MAX_COMPARED = 200_000
"""The most layers that all models of a comparison have together: they are in memory at the same time."""


class TooLarge(CnncalcError, ValueError):
    """The models of a comparison have more layers than are compared."""


def within_bounds(specs: Iterable[Spec]) -> list[Spec]:
    """The models, read one after the other only as long as they are not too large.

    Raises:
        TooLarge: they have more than MAX_COMPARED layers.
    """
    found: list[Spec] = []
    layers = 0
    for spec in specs:
        layers += len(spec.graph.nodes)
        if layers > MAX_COMPARED:
            message = f"at most {MAX_COMPARED:,} layers are compared, and these models have at least {layers:,}"
            raise TooLarge(message)
        found.append(spec)
    return found
