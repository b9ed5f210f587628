"""Windows without weights: pools, borders, other sizes, blocks of positions."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._values import Indices, Value
from cnncalc.importing.lifting._views import View, view_of
from cnncalc.importing.lifting._walk import Made, Walk, handles
from cnncalc.importing.lifting._weighted import frame_by_frame
from cnncalc.importing.operations import Operation
from cnncalc.settings.axes import axes_of
from cnncalc.settings.shape import Shape


def as_map_of(walk: Walk, operation: Operation) -> View | None:
    """What an operation reads, as batch, channels, positions."""
    x = operation.inputs[0]
    assert x
    return walk.as_map(walk.view(x))


@handles("max_pool", "avg_pool", "lp_pool")
def pool(walk: Walk, operation: Operation) -> Made:
    """`max_pool`, `avg_pool`, `lp_pool`."""
    read, settings, shape = as_map_of(walk, operation), operation.settings, walk.shape_of_map(operation.output)
    given = walk.view(operation.inputs[0]) if operation.inputs[0] else None
    if read is None and given is not None and (read := walk.as_frames(given)) is not None:
        settings = frame_by_frame(settings)
        shape = Shape((read.shape.spatial[0], *shape.spatial), shape.channels)
    if read is None or given is None:
        return None
    own: dict[str, Any] = {
        "window": tuple(settings["window"]),
        "stride": tuple(settings["stride"]),
        "padding": tuple(map(tuple, settings["padding"])),
        "rounding": "ceil" if settings.get("ceil") else "floor",
    }
    if operation.name == "max_pool":
        own["dilation"] = tuple(settings.get("dilation") or (1,) * len(own["window"]))
    elif operation.name == "lp_pool":
        own["p"] = settings["p"]
    else:
        if set(settings.get("dilation") or ()) - {1} or (settings.get("divisor") and not _is_whole(own)):
            return None
        own["count_padding"] = bool(settings.get("count_padding") or settings.get("divisor"))
    layer = walk.add(operation.name, [read], shape, **own)
    view = walk.map_view(layer, shape) if given.has_own_batch else walk.framed(layer, shape, given)
    if settings.get("divisor"):
        return view.over(walk.add("rescale", [view], shape, factor=prod(own["window"]) / settings["divisor"], offset=0))
    return [view, Indices(view, read)] if operation.name == "max_pool" else view


def _is_whole(settings: dict[str, Any]) -> bool:
    """Whether every window of a pool has as many values."""
    return bool(settings["rounding"] == "floor")


@handles("max_unpool")
def max_unpool(walk: Walk, operation: Operation) -> Value | None:
    """`max_unpool` of the pool that found the places."""
    read, places = as_map_of(walk, operation), operation.inputs[1]
    found = walk.values.get(places) if places else None
    if read is None or not isinstance(found, Indices):
        return None
    shape = walk.shape_of_map(operation.output)
    if shape != found.read.shape:
        return None
    return walk.map_view(walk.add("max_unpool", [read], shape, pool=found.values.source), shape)


@handles("adaptive_avg_pool", "adaptive_max_pool")
def adaptive_pool(walk: Walk, operation: Operation) -> Value | None:
    """A pool over everything where one position is wanted, otherwise `adaptive_avg_pool`, `adaptive_max_pool`."""
    read = as_map_of(walk, operation)
    shape = walk.shape_of_map(operation.output)
    if read is None:
        return _pool_of_frames(walk, operation, shape) if set(shape.spatial) == {1} else None
    if not read.shape.spatial:
        return None
    if set(shape.spatial) == {1}:
        return walk.map_view(global_pool(walk, operation.name.split("_")[1], read), shape)
    return walk.map_view(walk.add(operation.name, [read], shape, output=shape.spatial), shape)


def _pool_of_frames(walk: Walk, operation: Operation, shape: Shape) -> Value | None:
    """`reduce` of all positions but the frames."""
    given = walk.view(operation.inputs[0]) if operation.inputs[0] else None
    read = walk.as_frames(given) if given is not None else None
    if read is None or given is None:
        return None
    how = {"avg": "mean", "max": "max"}[operation.name.split("_")[1]]
    shape = Shape((read.shape.spatial[0], *shape.spatial), shape.channels)
    axes = axes_of(len(shape.spatial))[1:-1]
    return walk.framed(walk.add("reduce", [read], shape, how=how, axes=axes, keep_dims=True), shape, given)


def global_pool(walk: Walk, how: str, read: View) -> DraftLayer:
    """A pool over all positions, which keeps its axes if they are read."""
    shape = Shape((1,) * len(read.shape.spatial), read.shape.channels)
    layer = walk.add(f"global_{how}_pool", [read], shape, keep_dims=True)
    walk.may_lose_positions(layer)
    return layer


# -- borders

_MODES = {"reflect": "reflect", "replicate": "replicate", "circular": "circular"}


@handles("pad")
def pad(walk: Walk, operation: Operation) -> Value | None:
    """`pad`, or `crop` where all amounts are negative."""
    x = operation.inputs[0]
    assert x
    pairs = [tuple(pair) for pair in operation.settings["pairs"]]
    view = walk.view(x)
    if not any(map(any, pairs)):
        return view
    if any(pairs[0]):
        raise walk.mixes_samples()
    found = _with_a_position(walk, view)
    if found is None:
        return None
    read, numbers = found
    widths = dict(zip(numbers, pairs, strict=True))
    along = [widths.get(number, (0, 0)) for number in range(1, read.channel_axis)]
    settings = _border(operation, along, widths[read.channel_axis])
    if settings is None:
        return None
    sizes = read.shape.sizes("channels_last")
    shape = Shape.of(tuple(size + sum(widths.get(number, (0,))) for number, size in enumerate(sizes, 1)))
    kind, own = settings
    return view_of(walk.add(kind, [read], shape, **own), shape, read.batch, numbers)


def _with_a_position(walk: Walk, view: View) -> tuple[View, list[int]] | None:
    """A tensor as a view of an output that has each of its axes as one of its own, and at least one position."""
    if len(view.axes) != 2:
        return walk.apart(view) if len(view.axes) > 2 else None
    read = walk.arranged_with_position(view) if not view.shape.spatial else walk.formed(view, (), 1)
    if read is not None and not read.shape.spatial:
        read = walk.arranged_with_position(read)
    return read and (read, [0, 2])


def _border(
    operation: Operation, along: list[tuple[int, ...]], channels: tuple[int, ...]
) -> tuple[str, dict[str, Any]] | None:
    """The kind and its settings; None for a border that no kind has."""
    amounts = [each for pair in (*along, channels) for each in pair]
    if max(amounts) <= 0 and not any(channels):
        return "crop", {"amounts": tuple((-before, -after) for before, after in along)}
    if min(amounts) < 0:
        return None
    value = operation.settings.get("value") or 0
    mode = operation.settings["mode"]
    own: dict[str, Any] = {"amounts": tuple(along), "mode": _MODES.get(mode, "constant" if value else "zeros")}
    if own["mode"] == "constant":
        own["value"] = value
    if any(channels):
        if own["mode"] in _MODES.values():
            return None
        own["channels"] = channels
    return "pad", own


# -- other sizes

_NEAREST = {
    ("asymmetric", "floor"): False,
    ("half_pixel", "round_prefer_ceil"): True,
}
"""Whether `nearest` takes the value under the centre of a position, by rule and rounding."""
_SAME_FOR_WHOLE_FACTORS = {("half_pixel", "round_prefer_floor"), ("half_pixel_symmetric", "round_prefer_floor")}


@handles("resize")
def resize(walk: Walk, operation: Operation) -> Value | None:
    """`upsample`, `resize`."""
    read = as_map_of(walk, operation)
    if read is None or not read.shape.spatial:
        return None
    shape = walk.shape_of_map(operation.output)
    if shape.channels != read.shape.channels:
        return None
    own = _resized(operation, read.shape, shape)
    if own is None:
        return None
    kind, settings = own
    return walk.map_view(walk.add(kind, [read], shape, **settings), shape)


def _resized(operation: Operation, x: Shape, y: Shape) -> tuple[str, dict[str, Any]] | None:
    """The kind and its settings; None for a way that no kind has."""
    mode, rule = operation.settings["mode"], operation.settings.get("rule", "half_pixel")
    rounding = operation.settings.get("rounding") or "floor"
    whole = all(m % n == 0 for n, m in zip(x.spatial, y.spatial, strict=True))
    factors = tuple(m // n for n, m in zip(x.spatial, y.spatial, strict=True))
    if operation.settings.get("antialias"):
        return None
    if mode == "nearest":
        centers = _NEAREST.get((rule, rounding))
        if whole and (centers is not None or (rule, rounding) in _SAME_FOR_WHOLE_FACTORS):
            return "upsample", {"factor": factors, "mode": "nearest"}
        return (
            None if centers is None else ("resize", {**_size(operation, x, y), "mode": "nearest", "centers": centers})
        )
    if mode not in ("linear", "cubic") or rule not in ("half_pixel", "align_corners", "pytorch_half_pixel"):
        return None
    if rule == "pytorch_half_pixel" and 1 in y.spatial and 1 not in x.spatial:
        return None
    if mode == "linear" and whole and rule != "align_corners":
        return "upsample", {"factor": factors, "mode": "bilinear"}
    own = {"mode": "bilinear" if mode == "linear" else "bicubic", "align_corners": rule == "align_corners"}
    return "resize", {**_size(operation, x, y), **own}


def _size(operation: Operation, x: Shape, y: Shape) -> dict[str, Any]:
    """The size; or the factors, where they do not lead to whole numbers."""
    factors = operation.settings.get("factors")
    if not factors:
        return {"size": y.spatial}
    own = tuple(factors)[-len(x.spatial) :]
    if all(n * factor == m for n, factor, m in zip(x.spatial, own, y.spatial, strict=True)):
        return {"size": y.spatial}
    return {"factor": own}


# -- blocks


@handles("depth_to_space", "space_to_depth")
def blocks(walk: Walk, operation: Operation) -> Value | None:
    """`depth_to_space`, `space_to_depth`."""
    read = as_map_of(walk, operation)
    if read is None or not read.shape.spatial:
        return None
    order = "channels" if operation.settings.get("order", "CRD") == "CRD" else "blocks"
    shape = walk.shape_of_map(operation.output)
    layer = walk.add(operation.name, [read], shape, block=operation.settings["block"], order=order)
    return walk.map_view(layer, shape)


@handles("channel_shuffle")
def channel_shuffle(walk: Walk, operation: Operation) -> Value | None:
    """`channel_shuffle`."""
    read = as_map_of(walk, operation)
    if read is None or not read.shape.spatial:
        return None
    layer = walk.add("channel_shuffle", [read], read.shape, groups=operation.settings["groups"])
    return read.over(layer)
