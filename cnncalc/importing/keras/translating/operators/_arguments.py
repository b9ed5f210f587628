"""What operators are called on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._tensors import KerasTensor

Operator = Callable[[KerasCall], Any]

BATCH = "the batch"
"""The size that stands for the batch, where sizes are values (`tf.shape`)."""


def given_tensor(call: KerasCall, place: int = 0, *names: str) -> KerasTensor:
    """An argument that is a tensor."""
    found = call.argument(place, *names)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, KerasTensor):
        raise call.refuse("it works on numbers that are not known here")
    return found


def given_tensors(call: KerasCall, values: Any) -> list[KerasTensor]:
    found = values if isinstance(values, list) else [values]
    if not found or not all(isinstance(each, KerasTensor) for each in found):
        raise call.refuse("it works on numbers that are not known here")
    return list(found)


def given_operands(call: KerasCall) -> tuple[Any, Any]:
    first = call.argument(0, "x1", "x", "a")
    if (
        isinstance(first, list)
        and len(first) == 2
        and len(call.args) == 1
        and not call.kwargs.keys() & {"y", "x2", "b"}
    ):
        return first[0], first[1]
    return first, call.argument(1, "x2", "y", "b")


def are_counts(values: Sequence[Any]) -> bool:
    return all(type(each) is int and each >= 1 for each in values)
