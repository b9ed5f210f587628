"""Tensors put together and taken apart."""

from __future__ import annotations

from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._merges import concatenated
from cnncalc.importing.keras.translating._shapes import say_it_is_absolute, sliced
from cnncalc.importing.keras.translating.operators._arguments import (
    Operator,
    given_tensor,
    given_tensors,
)


def _concatenation(call: KerasCall) -> Any:
    """Tensors one after the other."""
    values = call.argument(0, "xs", "values")
    return concatenated(call, given_tensors(call, values), call.argument(1, "axis", default=-1))


def _stack(call: KerasCall) -> Any:
    """Tensors one after the other along an axis of their own."""
    tensors = given_tensors(call, call.argument(0, "x", "values"))
    rank, axis = tensors[0].rank, call.argument(1, "axis", default=0)
    place = call.axis(axis, rank + 1)
    sizes = [(*each.sizes[:place], 1, *each.sizes[place:]) for each in tensors]
    call.check_rank(sizes[0])
    return concatenated(call, [call.reshaped(*each) for each in zip(tensors, sizes, strict=True)], place + 1)


def _split(call: KerasCall) -> Any:
    """Parts of a tensor along an axis."""
    x, into = given_tensor(call, 0, "x", "value"), call.argument(1, "indices_or_sections", "num_or_size_splits")
    place = call.axis(call.argument(2, "axis", default=0), x.rank)
    n = x.sizes[place]
    if type(into) is int and into >= 1 and n % into == 0:
        starts = list(range(0, n, n // into))
        if place != x.channel and into > 1:
            say_it_is_absolute(call, (n,))
    elif isinstance(into, list) and all(type(each) is int for each in into):
        at = "num_or_size_splits" in call.kwargs or "num_or_size_splits" in call.config
        starts = [sum(into[:i]) for i in range(len(into))] if at else [0, *into]
    else:
        raise call.refuse("into what it splits its input is not known")
    parts = enumerate(zip(starts, [*starts[1:], n], strict=True))
    return [
        sliced(call, x, place, start, stop, from_end=(False, number == len(starts) - 1))
        if number in call.used
        else None
        for number, (start, stop) in parts
    ]


def get_item(call: KerasCall) -> Any:
    """`x[:, 1:5, None, 0]`."""
    x, key = call.argument(0, "x", "tensor"), call.argument(1, "key", "slice_spec")
    if isinstance(x, list):
        return _of_known(call, x, key)
    if not isinstance(x, KerasTensor):
        raise call.refuse("it works on numbers that are not known here")
    return _indexed(call, x, key if isinstance(key, list) else [key])


def _of_known(call: KerasCall, values: list[Any], key: Any) -> Any:
    """A part of a shape, which is a list of sizes."""
    own = key[0] if isinstance(key, list) and len(key) == 1 else key
    if isinstance(own, slice) or type(own) is int:
        try:
            return [values[own]] if isinstance(own, slice) else values[own]
        except (IndexError, TypeError, ValueError):
            pass
    raise call.refuse("it works on numbers that are not known here")


def _indexed(call: KerasCall, x: KerasTensor, key: list[Any]) -> KerasTensor:
    """A part of a tensor, and new axes of size 1."""
    items = _whole_key(call, key, x.rank + 1)
    made: list[int] = []
    axis = 0
    for place, item in enumerate(items):
        if item is None:
            made.append(1)
            continue
        if place == 0 or axis == 0:
            if not isinstance(item, slice) or item not in (
                slice(None),
                slice(0, None),
                slice(0, None, 1),
                slice(None, None, 1),
            ):
                raise call.refuse("it picks samples of the batch", code="CNN154")
            axis += 1
            continue
        x, size = _at(call, x, axis - 1, item)
        if size is not None:
            made.append(size)
        axis += 1
    if items[0] is None:
        raise call.refuse("it puts an axis before the batch", code="CNN154")
    return call.reshaped(x, tuple(made)) if tuple(made) != x.sizes else x


MAX_TURNED = 8
"""The most places that are put in the opposite order one by one: BGR for RGB."""


def _whole_key(call: KerasCall, key: list[Any], axes: int) -> list[Any]:
    """The key with one item for every axis."""
    count = sum(each is not None and each is not ... for each in key)
    if count > axes or key.count(...) > 1:
        raise call.refuse(f"it has an index for more than {axes} axes", code="CNN150")
    rest = [slice(None)] * (axes - count)
    if ... in key:
        at = key.index(...)
        return [*key[:at], *rest, *key[at + 1 :]]
    return [*key, *rest]


def _at(call: KerasCall, x: KerasTensor, axis: int, item: Any) -> tuple[KerasTensor, int | None]:
    """The tensor with a part of one axis, and the size that is left of it; None where the axis goes."""
    n = x.sizes[axis]
    if type(item) is int:
        if not -n <= item < n:
            raise call.refuse(f"there is no place {item} among {n}", code="CNN150")
        return sliced(call, x, axis, item % n, item % n + 1, from_end=(item < 0, item < 0)), None
    if item == slice(None, None, -1) and n <= MAX_TURNED:
        return concatenated(
            call, [sliced(call, x, axis, place, place + 1) for place in reversed(range(n))], axis + 1
        ), n
    if isinstance(item, slice) and all(
        each is None or type(each) is int for each in (item.start, item.stop, item.step)
    ):
        start, stop, step = item.indices(n)
        if step > 0:
            ends = [each for each in (item.start, item.stop) if each is not None]
            if axis != x.channel and any(not -n <= each <= n for each in ends):
                say_it_is_absolute(call, (n,))
            from_end = (item.start or 0) < 0 and start > 0, item.stop is None or item.stop < 0
            made = sliced(call, x, axis, start, stop, step, from_end=from_end)
            return made, made.sizes[axis]
    raise call.refuse("which part it takes is not known")


OPERATORS: dict[str, Operator] = {
    "Concatenate": _concatenation,
    "Stack": _stack,
    "Split": _split,
    "GetItem": get_item,
}
