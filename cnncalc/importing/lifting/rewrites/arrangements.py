"""Reshapes and transposes that a later one undoes: what is left of windows once the attention in them is a layer."""

from __future__ import annotations

from cnncalc.importing.lifting._views import Axis, Factor
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, instead
from cnncalc.importing.lifting.rewrites._terms import input_of
from cnncalc.importing.lifting.rewrites._tracing import Arranged, followed, way_back
from cnncalc.importing.operations import Operation, Tensor

MOST_BEGINS = 2
"""How many tensors are tried as the start of an arrangement, the farthest first."""


def undone(operation: Operation) -> Written:
    """An arrangement that is undone again leaves nothing but a dropout on the way."""
    _, way, made = way_back(operation.output, "reshape", "transpose", "roll", "identity", "dropout")
    sizes = operation.output.sizes
    begins = [place for place in range(len(way) - 1) if input_of(way[place], 0).sizes == sizes]
    for place in begins[:MOST_BEGINS]:
        begun = input_of(way[place], 0)
        own = _own(begun)
        seen = followed(Arranged(own), way[place:], made[place:])
        if seen is not None and seen.axes == own and not seen.rolls:
            drops = [each.settings for each in way[place:] if each.name == "dropout"]
            return begun if not drops else instead(operation, "dropout", [begun], **drops[0])
    return None


def _own(tensor: Tensor) -> tuple[Axis, ...]:
    return tuple((Factor(axis + 1, size),) if size != 1 else () for axis, size in enumerate(tensor.sizes or ()))


RULES: Rules = dict.fromkeys(("reshape", "transpose", "roll"), (undone,))
