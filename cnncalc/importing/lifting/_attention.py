"""Attention between its projections: which tensors it reads, and in which form."""

from __future__ import annotations

from typing import Any

from cnncalc.importing.draft import Source
from cnncalc.importing.lifting._values import Fixed, Value
from cnncalc.importing.lifting._views import Factor, View, view_of
from cnncalc.importing.lifting._walk import Made, Walk, handles
from cnncalc.importing.lifting.rewrites.attention import places_compared
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
    is_ordered = any(given.get(name) for name in _ORDERED)
    read = _in_windows(walk, tensors[0], given) if len(tensors) == 1 else None
    if read is None and "counts" not in given:
        read = _as_map(walk, tensors[0], is_ordered)
    given.pop("counts", None)
    others = [_as_map(walk, each, False) for each in tensors[1:]]
    if read is None or None in others:
        return None
    sources = [walk.read(each) for each in others if each is not None]
    settings = {**_named(given, sources), **_unlike_defaults(given, read.shape.channels)}
    shape = Shape(read.shape.spatial, given["output"])
    layer = walk.add("attention", [read], shape, _fixed(walk, arrays), **settings)
    return read.over(layer, shape, channels=len(read.axes) - 1)


def _in_windows(walk: Walk, tensor: Tensor, given: dict[str, Any]) -> View | None:
    """A tensor of which some axes hold the windows of a map and others the positions in a window; what windows these
    are is added to the settings."""
    view = walk.with_channels(walk.view(tensor), len(tensor.sizes or ()) - 1)
    if view is None or not view.shape.spatial or any(given.get(name) for name in ("shift", "dilation", "causal")):
        return None
    inner = given.get("window") or view.sizes[1:-1]
    axes = list(zip(view.axes[1:-1], view.sizes[1:-1], inner, strict=True))
    if Factor(0, view.batch) not in view.axes[0] or any(window not in (1, size) for _, size, window in axes):
        return None
    outer = [factor for factor in view.axes[0] if factor.axis != 0]
    outer += [factor for axis, size, window in axes if window < size for factor in axis]
    positions = tuple(factor for axis, size, window in axes if window == size for factor in axis)
    places = places_compared([*enumerate(view.shape.spatial, 1)], tuple(outer), positions)
    if places is None or given.get("counts", places.counts) != places.counts:
        return None
    given.pop("window", None)
    given |= {} if places.window == view.shape.spatial else {"window": places.window}
    given |= {} if max(places.dilation) == 1 else {"dilation": places.dilation}
    return view


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


@handles("concat", first=True)
def tokens(walk: Walk, operation: Operation) -> Value | None:
    """`prepend`: learned positions before those of a sequence."""
    *learned, last = operation.inputs
    given = [walk.constant(each) for each in learned]
    if operation.settings["axis"] != 1 or last is None or not given or not all(map(_is_token, given)):
        return None
    value = walk.value(last)
    if not isinstance(value, View) or len(value.axes) != 3 or not value.has_own_batch:
        return None
    read = walk.formed(value, (1,), 2)
    for each in reversed(given):
        if read is None or each is None or each.own[2] != read.shape.channels:
            return None
        read = _after_tokens(walk, read, each)
    return read


def _is_token(array: Fixed | None) -> bool:
    """Whether an array is learned, and is the same for all samples."""
    return array is not None and array.constant.is_parameter and len(array.own) == 3 and array.own[0] == 1


def _after_tokens(walk: Walk, read: View, array: Fixed) -> View:
    count = array.own[1]
    shape = Shape((read.shape.spatial[0] + count,), read.shape.channels)
    value = array._replace(sizes=array.own).reshaped(array.own[1:])
    layer = walk.add("prepend", [read], shape, {"value": value}, count=count)
    return view_of(layer, shape, read.batch, (0, 1, 2))


@handles("attention")
def unprojected(walk: Walk, operation: Operation) -> Made:
    """Attention with something between it and its projections: no kind, unless it mixes samples."""
    query = operation.inputs[0]
    seen = walk.value(query) if query is not None else None
    if isinstance(seen, View) and any(each.axis == 0 for axis in seen.axes[-2:] for each in axis):
        raise walk.mixes_samples()  # positions, or what is compared of them, are those of several samples
    return None
