"""Functions of Keras 3, `keras.ops`, by their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, numbers_of_array
from cnncalc.importing.keras._tensors import KerasTensor, with_size
from cnncalc.importing.keras.translating._activations import NAMED, along, apply, bounded, halves_gated
from cnncalc.importing.keras.translating._merges import broadcast, concatenated, merge_of, multiplied
from cnncalc.importing.keras.translating._norms import times_and_plus
from cnncalc.importing.keras.translating._preprocessing import map_resized
from cnncalc.importing.keras.translating._shapes import to_sizes, turned
from cnncalc.source.files import Unreadable

Operator = Callable[[KerasCall], Any]


def _tensor(call: KerasCall, place: int = 0, *names: str) -> KerasTensor:
    """An argument that is a tensor."""
    found = call.argument(place, *names)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, KerasTensor):
        raise call.refuse("it works on numbers that are not known here")
    return found


# -- arithmetic


def _binary(kind: str) -> Operator:
    """An operator of two tensors, or of a tensor and constants."""
    return lambda call: _arithmetic(call, kind, *_operands(call))


def _operands(call: KerasCall) -> tuple[Any, Any]:
    first = call.argument(0, "x1", "x", "a")
    if (
        isinstance(first, list)
        and len(first) == 2
        and len(call.args) == 1
        and not call.kwargs.keys() & {"y", "x2", "b"}
    ):
        return first[0], first[1]
    return first, call.argument(1, "x2", "y", "b")


def _arithmetic(call: KerasCall, kind: str, a: Any, b: Any) -> Any:
    """Two operands value by value; the batch is lined up with the batch."""
    if isinstance(a, KerasTensor) and isinstance(b, KerasTensor):
        if a.rank != b.rank:
            raise _of_other_ranks(call, a, b)
        return merge_of(call, kind, [a, b])
    x, constant = (a, b) if isinstance(a, KerasTensor) else (b, a)
    if not isinstance(x, KerasTensor):
        raise call.refuse("it works on numbers that are not known here")
    numbers = _per_channel(x, constant)
    if numbers is None:
        return call.opaque([x], x.sizes, params=0, macs=0)
    return _with_constant(call, kind, x, numbers, x is b)


def _of_other_ranks(call: KerasCall, a: KerasTensor, b: KerasTensor) -> Unreadable:
    """As NumPy lines axes up, those of the smaller one are the last ones of the other: its batch meets positions."""
    return call.refuse(
        f"tensors of {a.rank + 1} and {b.rank + 1} axes are lined up at their ends: the batch of one meets positions",
        "a layer such as `keras.layers.Add` lines up the batches, and so does a reshape before it",
        code="CNN154",
    )


def _per_channel(x: KerasTensor, constant: Any) -> list[float] | None:
    """A constant with one number for all, or one for each of the last axis, if these are the channels."""
    numbers = list(numbers_of_array([constant]))
    if len(numbers) == 1:
        return numbers
    sizes = _sizes_of_array(constant)
    is_per_channel = sizes[-1:] == [x.channels] and prod(sizes[:-1]) == 1 and x.channel == x.rank - 1
    return numbers if is_per_channel and len(numbers) == x.channels else None


def _sizes_of_array(value: Any) -> list[int]:
    sizes = []
    while isinstance(value, list) and value:
        sizes.append(len(value))
        value = value[0]
    return sizes


def _with_constant(call: KerasCall, kind: str, x: KerasTensor, numbers: list[float], is_second: bool) -> Any:
    """A tensor and constants.

    Args:
        is_second: whether the constants are the first operand.
    """
    _negative = [-each for each in numbers]
    if kind == "add":
        return times_and_plus(call, x, [1.0], numbers)
    if kind == "subtract":
        return times_and_plus(call, x, [-1.0], numbers) if is_second else times_and_plus(call, x, [1.0], _negative)
    if kind == "multiply":
        return times_and_plus(call, x, numbers, [0.0])
    if kind == "divide" and not is_second and 0 not in numbers:
        return times_and_plus(call, x, [1 / each for each in numbers], [0.0])
    if kind == "maximum" and numbers == [0.0]:
        return call.add("relu", x)
    return call.opaque([x], x.sizes, params=0, macs=0)


def _power(call: KerasCall) -> Any:
    """A power; a square is a product."""
    x, exponent = _operands(call)
    if isinstance(x, KerasTensor) and exponent == 2:
        return call.add("multiply", [x, x], x.sizes)
    return _unlearned(call)


def _square(call: KerasCall) -> Any:
    """A square."""
    x = _tensor(call)
    return call.add("multiply", [x, x], x.sizes)


def _negative(call: KerasCall) -> Any:
    """The negative."""
    return times_and_plus(call, _tensor(call), [-1.0], [0.0])


def _clip(call: KerasCall) -> Any:
    """A range."""
    x = _tensor(call)
    bounds = [
        next(numbers_of_array([call.argument(*each)]), None)
        for each in ((1, "x_min", "clip_value_min", "min_value"), (2, "x_max", "clip_value_max", "max_value"))
    ]
    if None in bounds:
        return call.opaque([x], x.sizes, params=0, macs=0)
    return call.add("clip", x, bounds=tuple(bounds))


def _unlearned(call: KerasCall) -> Any:
    """A function without a kind that works value by value."""
    sizes = [each.sizes for each in call.tensors]
    if len({*map(len, sizes)}) > 1:
        return call.opaque(params=0)
    return call.opaque(sizes=broadcast(call, sizes), params=0, macs=0)


def _unchanged(call: KerasCall) -> Any:
    """A function that leaves values as they are."""
    return call.add("identity", _tensor(call))


# -- along axes


def _reduction(how: str) -> Operator:
    """A mean, a sum, a maximum along axes."""
    return lambda call: _reduced(call, how)


def _reduced(call: KerasCall, how: str) -> Any:
    """One number for all places along some axes."""
    x, keep = _tensor(call), call.argument(2, "keepdims", "keep_dims") is True
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


def _softmax(kind: str) -> Operator:
    """A softmax along an axis."""
    return lambda call: along(call, _tensor(call), kind, call.argument(1, "axis", default=-1))


def _glu(call: KerasCall) -> Any:
    """A gated linear unit."""
    return halves_gated(call, _tensor(call), call.argument(1, "axis", default=-1))


def _concatenation(call: KerasCall) -> Any:
    """Tensors one after the other."""
    values = call.argument(0, "xs", "values")
    return concatenated(call, _tensors(call, values), call.argument(1, "axis", default=-1))


def _tensors(call: KerasCall, values: Any) -> list[KerasTensor]:
    found = values if isinstance(values, list) else [values]
    if not found or not all(isinstance(each, KerasTensor) for each in found):
        raise call.refuse("it works on numbers that are not known here")
    return list(found)


def _stack(call: KerasCall) -> Any:
    """Tensors one after the other along an axis of their own."""
    tensors = _tensors(call, call.argument(0, "x", "values"))
    rank, axis = tensors[0].rank, call.argument(1, "axis", default=0)
    place = call.axis(axis, rank + 1)
    sizes = [(*each.sizes[:place], 1, *each.sizes[place:]) for each in tensors]
    call.check_rank(sizes[0])
    return concatenated(call, [call.reshaped(*each) for each in zip(tensors, sizes, strict=True)], place + 1)


def _split(call: KerasCall) -> Any:
    """Parts of a tensor along an axis."""
    x, into = _tensor(call, 0, "x", "value"), call.argument(1, "indices_or_sections", "num_or_size_splits")
    place = call.axis(call.argument(2, "axis", default=0), x.rank)
    n = x.sizes[place]
    if type(into) is int and into >= 1 and n % into == 0:
        starts = list(range(0, n, n // into))
    elif isinstance(into, list) and all(type(each) is int for each in into):
        at = "num_or_size_splits" in call.kwargs or "num_or_size_splits" in call.config
        starts = [sum(into[:i]) for i in range(len(into))] if at else [0, *into]
    else:
        raise call.refuse("into what it splits its input is not known")
    parts = enumerate(zip(starts, [*starts[1:], n], strict=True))
    return [_sliced(call, x, place, *part) if number in call.used else None for number, part in parts]


def _sliced(call: KerasCall, x: KerasTensor, axis: int, start: int, stop: int, step: int = 1) -> KerasTensor:
    """A part of a tensor."""
    if not 0 <= start < stop <= x.sizes[axis]:
        raise call.refuse(f"there are no places {start} to {stop} among {x.sizes[axis]}", code="CNN150")
    sizes = with_size(x.sizes, axis, (stop - start + step - 1) // step)
    if sizes == x.sizes:
        return x
    if x.rank < 2 or not x.sizes:
        return call.add("slice", x, sizes, range=(start, stop), step=step)
    return call.add("slice", x, sizes, range=(start, stop), axis=x.axis_name(axis), step=step)


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
        return _sliced(call, x, axis, item % n, item % n + 1), None
    if item == slice(None, None, -1) and n <= MAX_TURNED:
        return concatenated(
            call, [_sliced(call, x, axis, place, place + 1) for place in reversed(range(n))], axis + 1
        ), n
    if isinstance(item, slice) and all(
        each is None or type(each) is int for each in (item.start, item.stop, item.step)
    ):
        start, stop, step = item.indices(n)
        if step > 0:
            made = _sliced(call, x, axis, start, stop, step)
            return made, made.sizes[axis]
    raise call.refuse("which part it takes is not known")


# -- shapes


def _reshape(call: KerasCall) -> Any:
    """Other sizes, of which the first is that of the batch."""
    x, target = _tensor(call), call.argument(1, "newshape", "shape")
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


BATCH = "the batch"
"""The size that stands for the batch, where sizes are values (`tf.shape`)."""


def _transpose(call: KerasCall) -> Any:
    """The axes in another order."""
    x = _tensor(call)
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
    x = _tensor(call)
    one, other = (call.axis(call.argument(place, f"axis{place}"), x.rank) + 1 for place in (1, 2))
    order = list(range(x.rank + 1))
    order[one], order[other] = other, one
    return _turned(call, x, order)


def _moveaxis(call: KerasCall) -> Any:
    """An axis goes somewhere else."""
    x = _tensor(call)
    given = (call.argument(1, "source"), call.argument(2, "destination"))
    sources, places = (
        [call.axis(n, x.rank) + 1 for n in (each if isinstance(each, list) else [each])] for each in given
    )
    order = [axis for axis in range(x.rank + 1) if axis not in sources]
    for place, source in sorted(zip(places, sources, strict=True)):
        order.insert(place, source)
    return _turned(call, x, order)


def _expand_dims(call: KerasCall) -> Any:
    """An axis of size 1 more."""
    x = _tensor(call)
    axis = call.argument(1, "axis")
    sizes = list(x.sizes)
    for each in sorted(call.axis(n, x.rank + 1) for n in (axis if isinstance(axis, list) else [axis])):
        sizes.insert(each, 1)
    return call.reshaped(x, tuple(sizes))


def _squeeze(call: KerasCall) -> Any:
    """Without axes of size 1."""
    x = _tensor(call)
    axis = call.argument(1, "axis")
    given = axis if isinstance(axis, list) else [axis]
    gone = [call.axis(n, x.rank) for n in given] if axis is not None else [i for i, n in enumerate(x.sizes) if n == 1]
    return call.reshaped(x, tuple(n for i, n in enumerate(x.sizes) if i not in gone))


def _flatten(call: KerasCall) -> Any:
    """All values of each sample in a row, if that is what it does."""
    raise call.refuse("it makes an axis of the batch and others, and so mixes samples", code="CNN154")


def _pad(call: KerasCall) -> Any:
    """A border."""
    x, widths = _tensor(call), call.argument(1, "pad_width", "paddings")
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
    x, times, axis = _tensor(call), call.argument(1, "repeats"), call.argument(2, "axis")
    if type(times) is not int or times < 1 or axis is None:
        return call.opaque(params=0, macs=0)
    return _larger(call, x, call.axis(axis, x.rank), times, again=False)


def _tile(call: KerasCall) -> Any:
    """All of a tensor several times, along each axis."""
    x, times = _tensor(call), call.argument(1, "repeats", "multiples")
    if not isinstance(times, list) or len(times) != x.rank + 1 or times[0] != 1 or not _are_counts(times):
        return call.opaque(params=0, macs=0)
    for axis, each in enumerate(times[1:]):
        x = _larger(call, x, axis, each, again=True)
    return x


def _are_counts(values: Sequence[Any]) -> bool:
    return all(type(each) is int and each >= 1 for each in values)


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
    x, target = _tensor(call), call.argument(1, "shape")
    sizes = _without_batch(call, x, target) if isinstance(target, list) else None
    if sizes is None or not _are_counts(sizes) or len(sizes) != x.rank:
        return call.opaque(params=0, macs=0)
    for axis, (old, new) in enumerate(zip(x.sizes, sizes, strict=True)):
        if old != new:
            x = _larger(call, x, axis, new, again=True)
    return x


# -- matrices, images


def _matmul(call: KerasCall) -> Any:
    """A product of matrices; of more than two axes, it has no kind."""
    a, b = _operands(call)
    if not isinstance(a, KerasTensor) or not isinstance(b, KerasTensor):
        return call.opaque()
    flips = [call.argument(None, name) is True for name in ("transpose_a", "transpose_b")]
    if a.rank != 2 or b.rank != 2:
        sizes = _product_sizes(a, b) if not any(flips) and a.rank == b.rank > 1 else None
        return call.opaque([a, b], sizes, params=0, macs=None)
    ways = {(False, False): "none", (True, False): "first", (False, True): "second"}
    if tuple(flips) not in ways:
        return call.opaque([a, b], params=0)
    return multiplied(call, a, b, ways[flips[0], flips[1]])


def _einsum(call: KerasCall) -> Any:
    """A sum of products; of two matrices for each sample, it may be a product of theirs."""
    tensors = call.tensors
    written = call.argument(None, "subscripts", "equation", default=call.args[0])
    read, _, made = str(written).replace(" ", "").partition("->")
    names = read.split(",")
    if not made or len(names) != len(tensors) or any(name[:1] != made[0] for name in names):
        return call.opaque(params=0)
    sizes: dict[str, int] = {}
    for name, each in zip(names, tensors, strict=True):
        sizes |= zip(name[1:], each.sizes, strict=True)
    if [each.rank for each in tensors] == [2, 2] and (way := _product_of(names[0][1:], names[1][1:], made[1:])):
        return multiplied(call, tensors[0], tensors[1], way)
    return call.opaque(tensors, tuple(sizes[letter] for letter in made[1:]), params=0, macs=prod(sizes.values()))


def _product_of(first: str, second: str, made: str) -> str:
    """Which product of two matrices letters stand for; "" if it is none."""
    ways = {"none": (first, second), "second": (first, second[::-1]), "first": (first[::-1], second)}
    for way, (rows, columns) in ways.items():
        if rows[1] == columns[0] and made == rows[0] + columns[1]:
            return way
    return ""


def _product_sizes(a: KerasTensor, b: KerasTensor) -> tuple[int, ...] | None:
    leading = tuple(map(max, a.sizes[:-2], b.sizes[:-2]))
    return (*leading, a.sizes[-2], b.sizes[-1])


def _resize(call: KerasCall) -> Any:
    """An image at another size."""
    x, size = _tensor(call, 0, "images"), call.argument(1, "size")
    first = call.argument(None, "data_format") == "channels_first"
    x = call.facing(x, 0 if first else x.rank - 1)
    mode = str(call.argument(2, "interpolation", "method", default="bilinear")).lower()
    keeps = any(call.argument(None, each) is True for each in _RATIO)
    if not isinstance(size, list) or len(size) != 2 or not _are_counts(size) or x.rank != 3:
        return call.opaque(params=0)
    return map_resized(call, x, tuple(size), mode, keeps, call.argument(None, "antialias") is True)


_RATIO = ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "preserve_aspect_ratio")


def _depth_to_space(call: KerasCall) -> Any:
    """Channels as blocks of positions."""
    x, block = _tensor(call), call.argument(1, "block_size")
    if x.rank != 3 or type(block) is not int or block < 1 or x.channels % block**2:
        return call.opaque(params=0, macs=0)
    x = call.facing(x, x.rank - 1)
    sizes = (x.sizes[0] * block, x.sizes[1] * block, x.channels // block**2)
    return call.add("depth_to_space", x, sizes, block=block)


def _space_to_depth(call: KerasCall) -> Any:
    """Blocks of positions as channels."""
    x, block = _tensor(call), call.argument(1, "block_size")
    if x.rank != 3 or type(block) is not int or block < 1 or any(n % block for n in x.sizes[:2]):
        return call.opaque(params=0, macs=0)
    x = call.facing(x, x.rank - 1)
    return call.add("space_to_depth", x, (x.sizes[0] // block, x.sizes[1] // block, x.channels * block**2), block=block)


def _relu(call: KerasCall) -> Any:
    """A ReLU."""
    return call.add("relu", _tensor(call))


def _leaky_relu(call: KerasCall) -> Any:
    """A leaky ReLU."""
    return bounded(call, _tensor(call), call.argument(1, "negative_slope", "alpha", default=0.2), None, 0)


def _gelu(call: KerasCall) -> Any:
    """A GELU, which this function approximates unless it is told not to."""
    if call.argument(1, "approximate", default=call.network.generation > 2):
        call.network.remark(
            "CNN573", "the approximation of `gelu` by tanh is read as `gelu`: values differ by up to 0.0005"
        )
    return call.add("gelu", _tensor(call))


def _elu(call: KerasCall) -> Any:
    """An ELU."""
    return call.add("elu", _tensor(call), alpha=call.argument(1, "alpha", default=1))


def _function(name: str) -> Operator:
    """An activation."""
    return lambda call: apply(call, _tensor(call), name)


def _normalize(call: KerasCall) -> Any:
    """Values divided by their norm."""
    x = _tensor(call)
    if call.argument(2, "order", default=2) != 2:
        return call.opaque([x], x.sizes, params=0)
    axis = call.axis(call.argument(1, "axis", default=-1), x.rank)
    return call.add("l2_norm", call.facing(x, axis), epsilon=call.argument(3, "epsilon", default=1e-12))


_VALUE_BY_VALUE = (
    *("Absolute", "Abs", "Exp", "Expm1", "Log", "Log1p", "Log2", "Log10", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos"),
    *("Tan", "Sinh", "Cosh", "Arcsin", "Arccos", "Arctan", "Arctanh", "Erf", "Floor", "Ceil", "Round", "Sign", "Mod"),
    *("FloorDivide", "Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "LogicalAnd", "LogicalOr"),
    *("LogicalNot", "Where", "Isnan", "Isinf", "Isfinite", "NanToNum", "SparsePlus", "SoftShrink", "HardShrink"),
    *("TanhShrink", "Squareplus", "Threshold", "SparseSigmoid", "Cumsum", "Cumprod", "Flip", "OnesLike", "ZerosLike"),
)

OPERATORS: dict[str, Operator] = {
    "Add": _binary("add"),
    "Subtract": _binary("subtract"),
    "Multiply": _binary("multiply"),
    "Divide": _binary("divide"),
    "TrueDivide": _binary("divide"),
    "Maximum": _binary("maximum"),
    "Minimum": _binary("minimum"),
    "Power": _power,
    "Square": _square,
    "Negative": _negative,
    "Clip": _clip,
    "Mean": _reduction("mean"),
    "Sum": _reduction("sum"),
    "Max": _reduction("max"),
    "Amax": _reduction("max"),
    "Min": _reduction("min"),
    "Amin": _reduction("min"),
    **{
        name: _reduction(name.lower()) for name in ("Prod", "Var", "Std", "Any", "All", "Argmax", "Argmin", "Logsumexp")
    },
    "Concatenate": _concatenation,
    "Stack": _stack,
    "Split": _split,
    "GetItem": get_item,
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
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Resize": _resize,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Glu": _glu,
    "Relu": _relu,
    "LeakyRelu": _leaky_relu,
    "Gelu": _gelu,
    "Elu": _elu,
    "Celu": _elu,
    "Normalize": _normalize,
    **{name.title().replace("_", ""): _function(name) for name in NAMED if name not in ("relu", "leaky_relu", "gelu")},
    **dict.fromkeys(("Cast", "SaturateCast", "ConvertToTensor", "StopGradient", "Copy", "Identity"), _unchanged),
    **dict.fromkeys(_VALUE_BY_VALUE, _unlearned),
}
OPERATORS |= {"Relu6": _function("relu6"), "Elu": _elu, "Celu": _elu}
