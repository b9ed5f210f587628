"""The same layer on an input so small that every product can be made one at a time.

Channels, filters and positions are few; what makes a difference stays: the kernel, the stride, the padding and the
dilation, the remainder of each size by the stride (so that a last window is cut or left out as in the model), whether
sizes divide, groups of several channels or of one, sizes of 1 that a merge spreads, parts that are not alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from cnncalc.spec.settings import Padding, Shape

MAX_PRODUCTS = 10**4 // 2
"""Multiplications of a reduced layer for each of two samples, where a single window does not need more."""

Settings = dict[str, Any]


class Reduced(NamedTuple):
    """The settings of a layer that are other ones, and its inputs."""

    changes: Mapping[str, Any]
    inputs: tuple[Shape, ...]


def reductions(kind: str, settings: Mapping[str, Any], inputs: Sequence[Shape]) -> list[Reduced]:
    """A layer on few positions and channels; more than one where not all of its axes can be long at once."""
    x = inputs[0]
    if kind in _WINDOWED:
        window = settings["window" if "window" in settings else "kernel"]
        changes, channels, each = _WINDOWED[kind](settings, x)
        dilation = settings.get("dilation") or (1,) * len(x.spatial)
        spans = tuple(d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True))
        axes = list(zip(x.spatial, spans, settings["stride"], settings["padding"], strict=True))
        return [Reduced(changes, (Shape(spatial, channels),)) for spatial in _long(axes, each * prod(window))]
    if kind in _OTHERS:
        return [_OTHERS[kind](settings, *inputs)]
    if len(inputs) > 1 or kind in _ARITHMETIC:
        return [_merge(kind, inputs)]
    return [Reduced({}, (_few(x, 3, 4),))]


def _few(x: Shape, positions: int, channels: int) -> Shape:
    return Shape(tuple(min(n, positions) for n in x.spatial), min(x.channels, channels))


# -- windows

Axis = tuple[int, int, int, tuple[int, int]]
"""Size, span of the window, stride, padding."""


def _long(axes: Sequence[Axis], each: int) -> Iterator[tuple[int, ...]]:
    """Sizes that hold some windows without padding; one axis after the other where all together are too many."""
    short, long = [_size(*axis, is_long=False) for axis in axes], [_size(*axis, is_long=True) for axis in axes]
    if _windows(axes, long) * each <= MAX_PRODUCTS:
        yield tuple(long)
        return
    tried = [tuple(long[b] if a == b else short[b] for b in range(len(axes))) for a in range(len(axes))]
    fits = [sizes for sizes in dict.fromkeys(tried) if _windows(axes, sizes) * each <= MAX_PRODUCTS]
    yield from fits or [tuple(short)]


def _size(n: int, span: int, s: int, padding: tuple[int, int], *, is_long: bool) -> int:
    """The least size with the same remainder by the stride on which enough windows fit."""
    inner = span + 2 * s if is_long else max(span - sum(padding), max(padding) + 1, 1)
    least = inner + (n - inner) % s
    return min(n, least)


def _windows(axes: Sequence[Axis], sizes: Sequence[int]) -> int:
    """About so many windows there are."""
    return prod(
        max((n + sum(padding) - span) // s + 1, 1) for n, (_, span, s, padding) in zip(sizes, axes, strict=True)
    )


def _conv(settings: Mapping[str, Any], x: Shape) -> tuple[Settings, int, int]:
    """Other settings, input channels, and products of a tap."""
    groups, filters = settings["groups"], settings["filters"]
    taken, made = x.channels // groups, filters // groups
    few = min(groups, 3 if taken == 1 else 2)
    taken, made = min(taken, 3), min(made, 2)
    return {"groups": few, "filters": few * made}, few * taken, few * taken * made


def _depthwise(settings: Mapping[str, Any], x: Shape) -> tuple[Settings, int, int]:
    channels, multiplier = min(x.channels, 3), min(settings["multiplier"], 2)
    return {"multiplier": multiplier}, channels, channels * multiplier


def _separable(settings: Mapping[str, Any], x: Shape) -> tuple[Settings, int, int]:
    channels, multiplier, filters = min(x.channels, 2), min(settings["multiplier"], 2), min(settings["filters"], 3)
    return {"multiplier": multiplier, "filters": filters}, channels, channels * multiplier * (1 + filters)


def _pool(_: Mapping[str, Any], x: Shape) -> tuple[Settings, int, int]:
    return {}, min(x.channels, 2), min(x.channels, 2)


_WINDOWED: dict[str, Callable[[Mapping[str, Any], Shape], tuple[Settings, int, int]]] = {
    "conv": _conv,
    "depthwise_conv": _depthwise,
    "separable_conv": _separable,
    "max_pool": _pool,
    "avg_pool": _pool,
}


def _transposed(settings: Mapping[str, Any], x: Shape) -> Reduced:
    changes, channels, each = _conv(settings, x)
    few = 3 if 3 ** len(x.spatial) * prod(settings["kernel"]) * each <= MAX_PRODUCTS else 2
    # what is cut off may not be all
    spatial = []
    for axis, n in enumerate(x.spatial):
        k, s, d = (settings[name][axis] for name in ("kernel", "stride", "dilation"))
        cut = sum(settings["padding"][axis])
        least = -(-(cut + 1 - d * (k - 1)) // s) + 1
        spatial.append(min(n, max(few, least)))
    return Reduced(changes, (Shape(tuple(spatial), channels),))


# -- the others


def _dense(settings: Mapping[str, Any], x: Shape) -> Reduced:
    return Reduced({"units": min(settings["units"], 3)}, (_few(x, 2, 5),))


def _embedding(settings: Mapping[str, Any], x: Shape) -> Reduced:
    changes = {"vocabulary": min(settings["vocabulary"], 7), "width": min(settings["width"], 3)}
    return Reduced(changes, (Shape((), min(x.channels, 4)),))


def _in_groups(settings: Mapping[str, Any], x: Shape) -> Reduced:
    groups = min(settings["groups"], 3)
    each = min(x.channels // settings["groups"], 2)
    return Reduced({"groups": groups}, (_few(x, 3, 1)._replace(channels=groups * each),))


def _local_response(settings: Mapping[str, Any], x: Shape) -> Reduced:
    size = min(settings["size"], 6 + settings["size"] % 2)
    return Reduced({"size": size}, (_few(x, 2, size + 2),))


def _slice(settings: Mapping[str, Any], x: Shape) -> Reduced:
    start, stop = settings["channels"]
    first, kept, rest = min(start, 2), min(stop - start, 3), min(x.channels - stop, 1)
    return Reduced({"channels": (first, first + kept)}, (_few(x, 2, 1)._replace(channels=first + kept + rest),))


def _reshape(settings: Mapping[str, Any], x: Shape) -> Reduced:
    wanted = settings["shape"]
    if wanted.is_vector:
        few = _few(x, 3, 2)
        return Reduced({"shape": Shape((), few.values)}, (few,))
    small = _few(wanted, 3, 3)
    if x.is_vector:
        return Reduced({"shape": small}, (Shape((), small.values),))
    if x.spatial == wanted.spatial:
        return Reduced({"shape": small}, (small,))
    row = Shape((prod(small.spatial), *(1,) * (len(x.spatial) - 1)), small.channels)
    return Reduced({"shape": small}, (row,))


def _capped(pairs: Sequence[tuple[int, int]]) -> Padding:
    """Amounts of at most 5, different where they were."""
    few = [(min(before, 4), min(after, 4)) for before, after in pairs]
    return Padding(
        (b, a + 1) if b == a and before != after else (b, a) for (b, a), (before, after) in zip(few, pairs, strict=True)
    )


def _pad(settings: Mapping[str, Any], x: Shape) -> Reduced:
    amounts = _capped(settings["amounts"])
    spatial = tuple(min(n, max(pair) + 2) for n, pair in zip(x.spatial, amounts, strict=True))
    return Reduced({"amounts": amounts}, (Shape(spatial, min(x.channels, 2)),))


def _crop(settings: Mapping[str, Any], x: Shape) -> Reduced:
    amounts = _capped(settings["amounts"])
    left = (n - sum(pair) for n, pair in zip(x.spatial, settings["amounts"], strict=True))
    spatial = tuple(sum(pair) + min(rest, 3) for rest, pair in zip(left, amounts, strict=True))
    return Reduced({"amounts": amounts}, (Shape(spatial, min(x.channels, 2)),))


def _upsample(settings: Mapping[str, Any], x: Shape) -> Reduced:
    factor = tuple(min(f, 6 + f % 2) for f in settings["factor"])
    return Reduced({"factor": factor}, (_few(x, 3, 2),))


def _resize(settings: Mapping[str, Any], x: Shape) -> Reduced:
    like = settings["like"]
    spatial, sizes = zip(*(_sizes(n, m) for n, m in zip(x.spatial, like.spatial, strict=True)), strict=True)
    return Reduced({"like": like._replace(spatial=sizes)}, (Shape(spatial, min(x.channels, 2)),))


def _sizes(n: int, m: int) -> tuple[int, int]:
    """Fewer positions of the input and the output: one a multiple of the other where it was."""
    if n <= 7 and m <= 7:
        return n, m
    if m % n == 0:
        return min(n, 3), min(n, 3) * min(m // n, 4)
    if n % m == 0:
        return min(m, 3) * min(n // m, 4), min(m, 3)
    return (min(n, 4), 7) if m > n else (7, min(m, 4))


def _depth_to_space(settings: Mapping[str, Any], x: Shape) -> Reduced:
    block = _block(settings)
    each = min(x.channels // settings["block"] ** len(x.spatial), 2)
    return Reduced({"block": block}, (_few(x, 2, 1)._replace(channels=block ** len(x.spatial) * each),))


def _space_to_depth(settings: Mapping[str, Any], x: Shape) -> Reduced:
    block = _block(settings)
    spatial = tuple(block * min(n // settings["block"], 2) for n in x.spatial)
    return Reduced({"block": block}, (Shape(spatial, min(x.channels, 2)),))


def _block(settings: Mapping[str, Any]) -> int:
    block: int = settings["block"]
    return min(block, 4 + block % 2)


def _adaptive(settings: Mapping[str, Any], x: Shape) -> Reduced:
    axes = [_parts(n, m) for n, m in zip(x.spatial, settings["output"], strict=True)]
    spatial, output = zip(*axes, strict=True)
    return Reduced({"output": output}, (Shape(spatial, min(x.channels, 2)),))


def _parts(n: int, m: int) -> tuple[int, int]:
    """Fewer positions and parts of them: parts that are alike, or overlap, or are more than the positions."""
    if n <= 7 and m <= 7:
        return n, m
    parts = min(m, 4 + m % 2)
    if n % m == 0:
        return parts * min(n // m, 3), parts
    return (parts + 1 + parts // 2, parts) if n > m else (max(n % parts, 1) if n > 7 else n, parts)


def _flatten(_: Mapping[str, Any], x: Shape) -> Reduced:
    return Reduced({}, (_few(x, 3, 2),))


_OTHERS: dict[str, Callable[..., Reduced]] = {
    "conv_transpose": _transposed,
    "dense": _dense,
    "embedding": _embedding,
    "group_norm": _in_groups,
    "channel_shuffle": _in_groups,
    "local_response_norm": _local_response,
    "slice": _slice,
    "reshape": _reshape,
    "flatten": _flatten,
    "pad": _pad,
    "crop": _crop,
    "upsample": _upsample,
    "resize": _resize,
    "depth_to_space": _depth_to_space,
    "space_to_depth": _space_to_depth,
    "adaptive_avg_pool": _adaptive,
    "adaptive_max_pool": _adaptive,
}


# -- merges

_ARITHMETIC = ("add", "subtract", "multiply", "average", "maximum")


def _merge(kind: str, inputs: Sequence[Shape]) -> Reduced:
    """Sizes of 1 stay, others are few; joined channels are not alike."""

    def few(n: int, most: int) -> int:
        return n if n == 1 else min(n, most)

    shapes = tuple(
        Shape(
            tuple(few(n, 2 + axis % 2) for axis, n in enumerate(x.spatial)),
            few(x.channels, 3) if kind in _ARITHMETIC else min(x.channels, 1 + index % 3),
        )
        for index, x in enumerate(inputs)
    )
    return Reduced({}, shapes[:12])
