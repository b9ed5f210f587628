"""One number for all places along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating.operators._arguments import (
    Operator,
    given_tensor,
)


def _reduction(how: str) -> Operator:
    """A mean, a sum, a maximum along axes."""
    return lambda call: _reduced(call, how)


def _reduced(call: KerasCall, how: str) -> Any:
    """One number for all places along some axes."""
    x, keep = given_tensor(call), call.argument(2, "keepdims", "keep_dims") is True
    given = call.argument(1, "axis")
    if given is None:
        raise call.refuse("it works along the batch, and so mixes samples", code="CNN154")
    axes = sorted({call.axis(each, x.rank) for each in (given if isinstance(given, list) else [given])})
    left = tuple(size for axis, size in enumerate(x.sizes) if axis not in axes)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.sizes))
    made = kept if keep else left
    if how not in ("mean", "sum", "max", "min"):
        return call.opaque([x], made, params=0)
    if x.rank < 2:
        one = call.reshaped(x, (x.channels, 1))
        return call.reshaped(call.add("reduce", one, (1,), 0, how=how), made)
    whole = call.add("reduce", x, kept, how=how, axes=tuple(map(x.axis_name, axes)), keep_dims=True)
    if keep:
        return whole
    if x.channel not in axes and len(made) == x.rank - len(axes):
        return _without_axes(call, x, axes, how, made)
    return call.reshaped(whole, made)


def _without_axes(call: KerasCall, x: KerasTensor, axes: Sequence[int], how: str, made: tuple[int, ...]) -> KerasTensor:
    """The layer that was just added, but without the axes."""
    layer = call.layers.pop()
    call.network.draft.layers.pop()
    channel = x.channel - sum(axis < x.channel for axis in axes)
    del layer
    spatial = len(x.spatial)
    if len(axes) == spatial and how in ("mean", "max"):
        return call.add("global_avg_pool" if how == "mean" else "global_max_pool", x, made, 0)
    names: dict[str, Any] = {} if len(axes) == spatial else {"axes": tuple(map(x.axis_name, axes))}
    return call.add("reduce", x, made, channel, how=how, **names)


_OTHERS = ("Prod", "Var", "Std", "Any", "All", "Argmax", "Argmin", "Logsumexp")
"""Reductions without a kind."""

OPERATORS: dict[str, Operator] = {
    "Mean": _reduction("mean"),
    "Sum": _reduction("sum"),
    **dict.fromkeys(("Max", "Amax"), _reduction("max")),
    **dict.fromkeys(("Min", "Amin"), _reduction("min")),
    **{name: _reduction(name.lower()) for name in _OTHERS},
}
