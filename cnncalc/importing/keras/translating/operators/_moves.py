"""Other sizes, and axes in another order."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, numbers_of_array
from cnncalc.importing.keras._tensors import KerasTensor, with_size
from cnncalc.importing.keras.translating._merges import concatenated
from cnncalc.importing.keras.translating._shapes import to_sizes, turned
from cnncalc.importing.keras.translating.operators._arguments import (
    BATCH,
    Operator,
    are_counts,
    given_tensor,
)


def _reshape(call: KerasCall) -> Any:
    """Other sizes, of which the first is that of the batch."""
    x, target = given_tensor(call), call.argument(1, "newshape", "shape")
    return to_sizes(call, x, _without_batch(call, x, target))


def _without_batch(call: KerasCall, x: KerasTensor, target: Any) -> list[Any]:
    """The sizes after that of the batch, which is open, or what is left over."""
    if not isinstance(target, list) or not target:
        raise call.refuse("the sizes that it makes are not known")
    first, *others = target
    numbers = [each for each in others if type(each) is int]
    is_batch = (
        first is None
        or first == BATCH
        or (first == -1 and len(numbers) == len(others) and prod(numbers) == prod(x.sizes))
    )
    if not is_batch and not (first == call.network.batch and first is not None):
        raise call.refuse(
            "it makes an axis of the batch and others, and so mixes samples",
            "a spec describes what happens to one sample",
            code="CNN154",
        )
    return others


def _transpose(call: KerasCall) -> Any:
    """The axes in another order."""
    x = given_tensor(call)
    axes = call.argument(1, "axes", "perm")
    order = list(range(x.rank, -1, -1)) if axes is None else axes
    return _turned(call, x, order)


def _turned(call: KerasCall, x: KerasTensor, order: Any) -> Any:
    own = [each % (x.rank + 1) if type(each) is int else each for each in order] if isinstance(order, list) else []
    if sorted(own, key=str) != sorted(range(x.rank + 1), key=str):
        raise call.refuse("the order of its axes is not known", code="CNN150")
    if own[0] != 0:
        raise call.refuse("it moves the batch", code="CNN154")
    return turned(call, x, tuple(each - 1 for each in own[1:]))


def _swapaxes(call: KerasCall) -> Any:
    """Two axes change their places."""
    x = given_tensor(call)
    one, other = (call.axis(call.argument(place, f"axis{place}"), x.rank) + 1 for place in (1, 2))
    order = list(range(x.rank + 1))
    order[one], order[other] = other, one
    return _turned(call, x, order)


def _moveaxis(call: KerasCall) -> Any:
    """An axis goes somewhere else."""
    x = given_tensor(call)
    given = (call.argument(1, "source"), call.argument(2, "destination"))
    sources, places = (
        [call.axis(n, x.rank) + 1 for n in (each if isinstance(each, list) else [each])] for each in given
    )
    if len(sources) != len(places):
        raise call.refuse(f"{len(sources)} axes go to {len(places)} places", code="CNN150")
    order = [axis for axis in range(x.rank + 1) if axis not in sources]
    for place, source in sorted(zip(places, sources, strict=True)):
        order.insert(place, source)
    return _turned(call, x, order)


def _expand_dims(call: KerasCall) -> Any:
    """An axis of size 1 more."""
    x = given_tensor(call)
    axis = call.argument(1, "axis")
    sizes = list(x.sizes)
    for each in sorted(call.axis(n, x.rank + 1) for n in (axis if isinstance(axis, list) else [axis])):
        sizes.insert(each, 1)
    return call.reshaped(x, tuple(sizes))


def _squeeze(call: KerasCall) -> Any:
    """Without axes of size 1."""
    x = given_tensor(call)
    axis = call.argument(1, "axis")
    given = axis if isinstance(axis, list) else [axis]
    gone = [call.axis(n, x.rank) for n in given] if axis is not None else [i for i, n in enumerate(x.sizes) if n == 1]
    return call.reshaped(x, tuple(n for i, n in enumerate(x.sizes) if i not in gone))


def _flatten(call: KerasCall) -> Any:
    """All values of each sample in a row, if that is what it does."""
    raise call.refuse("it makes an axis of the batch and others, and so mixes samples", code="CNN154")


def _pad(call: KerasCall) -> Any:
    """A border."""
    x, widths = given_tensor(call), call.argument(1, "pad_width", "paddings")
    mode, value = str(call.argument(2, "mode", default="constant")).lower(), call.argument(3, "constant_values")
    modes = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    pairs = _pairs(call, widths, x.rank + 1)[1:]
    number = next(numbers_of_array([value]), 0.0)
    sizes = tuple(n + before + after for n, (before, after) in zip(x.sizes, pairs, strict=True))
    spatial = tuple(pair for axis, pair in enumerate(pairs) if axis != x.channel)
    own = pairs[x.channel]
    if mode not in modes or x.rank < 2 or (any(own) and mode != "constant"):
        return call.opaque([x], sizes, params=0, macs=0)
    settings: dict[str, Any] = {"amounts": spatial, "mode": modes[mode]}
    if mode == "constant" and number:
        settings |= {"mode": "constant", "value": number}
    if any(own):
        settings["channels"] = own
    return call.add("pad", x, sizes, **settings)


def _pairs(call: KerasCall, widths: Any, axes: int) -> list[tuple[int, int]]:
    items = widths if isinstance(widths, list) and len(widths) == axes else [widths] * axes
    pairs = [tuple(each) if isinstance(each, list) else (each, each) for each in items]
    if any(len(each) != 2 or any(type(n) is not int or n < 0 for n in each) for each in pairs):
        raise call.refuse("how much it pads is not known")
    if any(pairs[0]):
        raise call.refuse("it pads the batch", code="CNN154")
    return [(before, after) for before, after in pairs]


def _repeat(call: KerasCall) -> Any:
    """Each place several times."""
    x, times, axis = given_tensor(call), call.argument(1, "repeats"), call.argument(2, "axis")
    if type(times) is not int or times < 1 or axis is None:
        return call.opaque(params=0, macs=0)
    return _larger(call, x, call.axis(axis, x.rank), times, again=False)


def _tile(call: KerasCall) -> Any:
    """All of a tensor several times, along each axis."""
    x, times = given_tensor(call), call.argument(1, "repeats", "multiples")
    if not isinstance(times, list) or len(times) != x.rank + 1 or times[0] != 1 or not are_counts(times):
        return call.opaque(params=0, macs=0)
    for axis, each in enumerate(times[1:]):
        x = _larger(call, x, axis, each, again=True)
    return x


def _larger(call: KerasCall, x: KerasTensor, axis: int, times: int, again: bool) -> KerasTensor:
    """An axis that is longer by a whole factor: all of it again and again, or each place several times."""
    if times == 1:
        return x
    if x.sizes[axis] == 1 and axis != x.channel:
        factor = tuple(times if place == axis else 1 for place in range(x.rank) if place != x.channel)
        return call.add("upsample", x, with_size(x.sizes, axis, times), factor=factor)
    if again or x.sizes[axis] == 1:
        return concatenated(call, [x] * times, axis + 1)
    if axis == x.channel:
        return call.opaque([x], with_size(x.sizes, axis, x.sizes[axis] * times), params=0, macs=0)[0]
    factor = tuple(times if place == axis else 1 for place in range(x.rank) if place != x.channel)
    return call.add("upsample", x, with_size(x.sizes, axis, x.sizes[axis] * times), factor=factor)


def _broadcast_to(call: KerasCall) -> Any:
    """Axes of size 1 spread over others."""
    x, target = given_tensor(call), call.argument(1, "shape")
    sizes = _without_batch(call, x, target) if isinstance(target, list) else None
    if sizes is None or not are_counts(sizes) or len(sizes) != x.rank:
        return call.opaque(params=0, macs=0)
    for axis, (old, new) in enumerate(zip(x.sizes, sizes, strict=True)):
        if old != new:
            x = _larger(call, x, axis, new, again=True)
    return x


OPERATORS: dict[str, Operator] = {
    "Reshape": _reshape,
    "Ravel": _flatten,
    "Transpose": _transpose,
    "Swapaxes": _swapaxes,
    "Moveaxis": _moveaxis,
    "ExpandDims": _expand_dims,
    "Squeeze": _squeeze,
    "Pad": _pad,
    "Repeat": _repeat,
    "Tile": _tile,
    "BroadcastTo": _broadcast_to,
}
