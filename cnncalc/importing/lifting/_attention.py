"""Attention between its projections: which tensors it reads, and in which form."""

from __future__ import annotations

from typing import Any

from cnncalc.importing.draft import Source
from cnncalc.importing.lifting._values import Fixed, Value
from cnncalc.importing.lifting._views import View
from cnncalc.importing.lifting._walk import Walk, handles
from cnncalc.importing.operations import Operation, Tensor
from cnncalc.settings.shape import Shape

_ORDERED = ("window", "dilation", "causal", "position_bias")
"""Settings for which the order of the positions matters."""


@handles("multihead_attention")
def attention(walk: Walk, operation: Operation) -> Value | None:
    """`attention`: what is read has the batch first and the channels last."""
    given = dict(operation.settings)
    names = given.pop("arrays")
    tensors = [each for each in operation.inputs[: len(operation.inputs) - len(names)] if each is not None]
    arrays = dict(zip(names, operation.inputs[len(tensors) :], strict=True))
    read = _as_map(walk, tensors[0], any(given.get(name) for name in _ORDERED))
    others = [_as_map(walk, each, False) for each in tensors[1:]]
    if read is None or None in others:
        return None
    sources = [walk.read(each) for each in others if each is not None]
    settings = {**_named(given, sources), **_unlike_defaults(given, read.shape.channels)}
    shape = Shape(read.shape.spatial, given["output"])
    layer = walk.add("attention", [read], shape, _fixed(walk, arrays), **settings)
    return read.over(layer, shape, channels=len(read.axes) - 1)


def _as_map(walk: Walk, tensor: Tensor, is_ordered: bool) -> View | None:
    """A tensor as positions and channels; the same as a map where the order of its positions does not matter."""
    view = walk.view(tensor)
    last = len(view.axes) - 1
    if not view.has_own_batch:
        return None
    whole = None if is_ordered else walk.with_channels(view, last)
    return whole if whole is not None and whole.shape.spatial else walk.formed(view, range(1, last), last)


def _named(given: dict[str, Any], sources: list[Source]) -> dict[str, Source]:
    """What the keys and the values are made from, if it is something else."""
    names = [name for name in ("keys", "values") if given.pop(f"has_{name}", False)]
    return dict(zip(names, sources, strict=True))


def _unlike_defaults(given: dict[str, Any], channels: int) -> dict[str, Any]:
    """The settings that a person would write."""
    usual = {
        "key_size": channels // given["heads"],
        "value_size": given["key_size"],
        "output": channels,
        "key_heads": given["heads"],
        "bias": True,
        "output_bias": given["bias"],
        "causal": False,
    }
    return {name: value for name, value in given.items() if name not in usual or usual[name] != value}


def _fixed(walk: Walk, arrays: dict[str, Tensor | None]) -> dict[str, Fixed | None]:
    return {name: walk.constant(array) for name, array in arrays.items() if array is not None}
