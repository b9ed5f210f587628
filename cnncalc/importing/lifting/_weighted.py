"""Operations with weights: convolutions, products with a matrix, norms, tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.importing.lifting._values import Fixed, Value
from cnncalc.importing.lifting._views import Factor, View, axis_size, joined_factors, view_of
from cnncalc.importing.lifting._walk import Walk, handles
from cnncalc.importing.operations import Operation
from cnncalc.settings.axes import axes_of
from cnncalc.settings.shape import Shape


def inputs_or_none(operation: Operation, count: int) -> list:  # type: ignore[type-arg]
    """The inputs of an operation, None for those that are left out at the end."""
    return [*operation.inputs, *[None] * count][:count]


def frame_by_frame(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a window that is one frame long."""
    one = {"window": 1, "stride": 1, "dilation": 1, "padding": (0, 0)}
    return {name: (one[name], *each) if name in one and each else each for name, each in settings.items()}


@handles("conv")
def convolution(walk: Walk, operation: Operation) -> Value | None:
    """`conv`, or `depthwise_conv` where every channel has its own kernels."""
    x, kernel, bias = inputs_or_none(operation, 3)
    weight, view = walk.constant(kernel), walk.view(x)
    if weight is None or weight.own != weight.sizes:
        return None  # of a kernel that is spread over the channels the file has fewer numbers than any kind
    read, shape, settings = walk.as_map(view), walk.shape_of_map(operation.output), operation.settings
    is_framed = read is None
    if is_framed and (read := walk.as_frames(view)) is not None:
        settings = frame_by_frame(settings)
        weight = weight.reshaped((*weight.own[:2], 1, *weight.own[2:]))
        shape = Shape((read.shape.spatial[0], *shape.spatial), shape.channels)
    if read is None or weight is None:
        return None
    axes = len(weight.own) - 2
    filters, _, *window = weight.own
    shared: dict[str, Any] = {
        "kernel": tuple(window),
        "stride": tuple(settings["stride"]),
        "padding": tuple(map(tuple, settings["padding"])),
        "dilation": tuple(settings["dilation"]),
    }
    groups = settings["groups"]
    arrays = {"bias": walk.constant(bias)} if bias is not None else {}
    if standardize := settings.get("standardize"):
        gain = settings["gain"]
        shared |= {"standardize": standardize, "epsilon": settings["standard_epsilon"], "gain": gain is not None}
        arrays |= {"gain": walk.constant(gain)} if gain is not None else {}
    if groups == read.shape.channels > 1 and weight.own[1] == 1:
        own = weight.reshaped((filters, *window))
        arrays["kernel"] = own and own.transposed((*range(1, axes + 1), 0))
        shared |= {"multiplier": filters // groups}
        layer = walk.add("depthwise_conv", [read], shape, arrays, **shared, bias=bias is not None)
    else:
        arrays["kernel"] = weight.transposed((*range(2, axes + 2), 1, 0))
        layer = walk.add("conv", [read], shape, arrays, filters=filters, groups=groups, **shared, bias=bias is not None)
    return walk.framed(layer, shape, view) if is_framed else walk.map_view(layer, shape)


@handles("conv_transpose")
def transposed_convolution(walk: Walk, operation: Operation) -> Value | None:
    """`conv_transpose`."""
    x, kernel, bias = inputs_or_none(operation, 3)
    read, weight = walk.as_map(walk.view(x)), walk.constant(kernel)
    if read is None or weight is None or weight.own != weight.sizes:
        return None
    settings, groups = operation.settings, operation.settings["groups"]
    channels, each, *window = weight.own
    axes = len(window)
    shape = walk.shape_of_map(operation.output)
    apart = weight.reshaped((groups, channels // groups, each, *window))
    turned = apart and apart.transposed((*range(3, axes + 3), 1, 0, 2))
    own = turned and turned.reshaped((*window, channels // groups, groups * each))
    layer = walk.add(
        "conv_transpose",
        [read],
        shape,
        {"kernel": own, "bias": walk.constant(bias)},
        filters=groups * each,
        kernel=tuple(window),
        stride=tuple(settings["stride"]),
        padding=tuple(map(tuple, settings["padding"])),
        dilation=tuple(settings["dilation"]),
        groups=groups,
        output_padding=tuple(settings["output_padding"]),
        bias=bias is not None,
    )
    return walk.map_view(layer, shape)


@handles("linear")
def linear(walk: Walk, operation: Operation) -> Value | None:
    """`dense`: along the last axis."""
    x, kernel, bias = inputs_or_none(operation, 3)
    weight = walk.constant(kernel)
    if weight is None or len(weight.own) != 2:
        return None
    return _dense(walk, walk.view(x), weight.transposed((1, 0)), walk.constant(bias))


@handles("matmul")
def product_with_matrix(walk: Walk, operation: Operation) -> Value | None:
    """`dense`, where the second matrix is an array of the file."""
    x, matrix = operation.inputs
    weight = walk.constant(matrix)
    if x is None or weight is None or len(weight.own) != 2 or walk.constant(x):
        return None
    return _dense(walk, walk.view(x), weight, None)


def _dense(walk: Walk, x: View, kernel: Fixed, bias: Fixed | None) -> Value | None:
    last = len(x.axes) - 1
    read = walk.with_channels(x, last)
    if read is None:
        return None
    units = kernel.own[1]
    shape = Shape(read.shape.spatial, units)
    layer = walk.add("dense", [read], shape, {"kernel": kernel, "bias": bias}, units=units, bias=bias is not None)
    return read.over(layer, shape, channels=last)


@handles("matmul")
def product_of_matrices(walk: Walk, operation: Operation) -> Value | None:
    """`matmul`, of two layers' outputs. Where its channels are read along axis 1, every matrix in the file is turned:
    then the second is the left one."""
    first, second = (walk.view(tensor) for tensor in operation.inputs if tensor)
    if not len(first.axes) == len(second.axes) == 3:
        return None
    is_turned = walk.channels_read(operation.output) == 1
    rows, columns = (2, 1) if is_turned else (1, 2)
    left, right = (second, first) if is_turned else (first, second)
    forms = [walk.formed(left, [rows], columns), walk.formed(right, [rows], columns)]
    transpose = "none"
    for index, (view, name) in enumerate(((left, "first"), (right, "second"))):
        if (
            transpose == "none"
            and view.axes[columns] != view.whole(view.channel_axis)
            and view.axes[rows] == view.whole(view.channel_axis)
        ):
            forms[index], transpose = walk.formed(view, [columns], rows), name
    if forms[0] is None or forms[1] is None:
        return None
    sizes = walk.sizes_of(operation.output)
    shape = Shape((sizes[rows],), sizes[columns])
    layer = walk.add("matmul", [forms[0], forms[1]], shape, transpose=transpose)
    return view_of(layer, shape, walk.graph.batch, (0, 2, 1) if is_turned else (0, 1, 2))


# -- norms


@handles("batch_norm")
def batch_norm(walk: Walk, operation: Operation) -> Value | None:
    """`batch_norm`: along axis 1."""
    x, scale, center, mean, variance = inputs_or_none(operation, 5)
    view = walk.view(x)
    read = walk.with_channels(view, 1)
    if read is None:
        return None
    arrays = {"scale": scale, "center": center, "mean": mean, "variance": variance}
    layer = walk.add(
        "batch_norm",
        [read],
        read.shape,
        {name: walk.constant(array) for name, array in arrays.items()},
        epsilon=operation.settings["epsilon"],
        scale=scale is not None,
        center=center is not None,
    )
    return read.over(layer)


@handles("group_norm", "instance_norm")
def norm_over_positions(walk: Walk, operation: Operation) -> Value | None:
    """`group_norm`, `instance_norm`: along axis 1, over all positions of the sample."""
    x, scale, center = inputs_or_none(operation, 3)
    view = walk.view(x)
    if operation.name == "instance_norm" and view.axes[0] == () and view.axes[1][:1] == view.whole(0):
        return _of_samples_in_a_row(walk, view, operation)
    if not view.has_own_batch:
        return None
    read = walk.with_channels(view, 1)
    if read is not None and operation.name == "instance_norm" and not read.shape.spatial:
        read = walk.formed(view, range(2, len(view.axes)), 1)
    if read is None:
        return None
    groups = {"groups": operation.settings["groups"]} if operation.name == "group_norm" else {}
    arrays = {"scale": walk.constant(scale), "center": walk.constant(center)}
    layer = walk.add(
        operation.name,
        [read],
        read.shape,
        arrays,
        **groups,
        epsilon=operation.settings["epsilon"],
        scale=scale is not None,
        center=center is not None,
    )
    return read.over(layer)


def _of_samples_in_a_row(walk: Walk, view: View, operation: Operation) -> Value | None:
    """`instance_norm` of one sample that has the channels of all: what PyTorch makes of it once it is decomposed."""
    channels = view.axes[1][1:]
    if channels != view.whole(view.channel_axis) or not view.shape.spatial:
        return None
    found = {"scale": _once(walk, operation, 1, view.batch), "center": _once(walk, operation, 2, view.batch)}
    if any(given and not found[name] for name, given in zip(found, operation.inputs[1:3], strict=False)):
        return None
    is_learned = {name: array is not None for name, array in found.items()}
    settings = {"epsilon": operation.settings["epsilon"], **is_learned}
    return view.over(walk.add("instance_norm", [view], view.shape, found, **settings))


def _once(walk: Walk, operation: Operation, index: int, batch: int) -> Fixed | None:
    """An array that is repeated for each sample, once."""
    tensor = inputs_or_none(operation, 3)[index]
    made_by = tensor.operation if tensor is not None else None
    if made_by is None or made_by.name != "repeat" or tuple(made_by.settings["times"]) != (batch,):
        return None
    return walk.constant(made_by.inputs[0])


@handles("layer_norm", "rms_norm")
def norm_over_last_axes(walk: Walk, operation: Operation) -> Value | None:
    """`layer_norm`, `rms_norm`: over the channels of each position, or over all values."""
    x, scale, center = inputs_or_none(operation, 3)
    view = walk.view(x)
    axes = list(operation.settings["axes"])
    arrays = {"scale": walk.constant(scale), "center": walk.constant(center)}
    rank = len(view.axes)
    settings = {"epsilon": operation.settings["epsilon"], "scale": scale is not None}
    if operation.name == "layer_norm":
        settings["center"] = center is not None
    if axes == [rank - 1]:
        read = walk.with_channels(view, rank - 1)
    elif axes == [*range(1, rank)] and view.has_own_batch:
        read = view
        settings["axes"] = axes_of(len(view.shape.spatial))
        found = {name: array and per_what(view, array, ["value"]) for name, array in arrays.items()}
        arrays = {name: each and each[1] for name, each in found.items()}
    else:
        return None
    if read is None:
        return None
    layer = walk.add(operation.name, [read], read.shape, arrays, **settings)
    return read.over(layer)


@handles("l2_norm")
def l2_norm(walk: Walk, operation: Operation) -> Value | None:
    """`l2_norm`: over the channels of each position."""
    view = walk.view(operation.inputs[0])  # type: ignore[arg-type]
    last = len(view.axes) - 1
    read = walk.with_channels(view, last) if tuple(operation.settings["axes"]) == (last,) else None
    if read is None:
        return None
    layer = walk.add("l2_norm", [read], read.shape, epsilon=operation.settings["epsilon"] or 1e-12)
    return read.over(layer)


@handles("global_response_norm")
def global_response_norm(walk: Walk, operation: Operation) -> Value | None:
    """`global_response_norm`: along its axis of channels, over all others."""
    x, scale, center = inputs_or_none(operation, 3)
    read = walk.with_channels(walk.view(x), operation.settings["channels"])
    if read is None or not read.has_own_batch or len(operation.settings["axes"]) != len(read.axes) - 2:
        return None
    arrays = {"scale": walk.constant(scale), "center": walk.constant(center)}
    layer = walk.add("global_response_norm", [read], read.shape, arrays, epsilon=operation.settings["epsilon"])
    return read.over(layer)


@handles("local_response_norm")
def local_response_norm(walk: Walk, operation: Operation) -> Value | None:
    """`local_response_norm`: along axis 1."""
    x = operation.inputs[0]
    assert x
    read = walk.with_channels(walk.view(x), 1)
    if read is None:
        return None
    settings = {name: operation.settings[name] for name in ("size", "alpha", "beta", "k")}
    layer = walk.add("local_response_norm", [read], read.shape, **settings)
    return read.over(layer)


# -- tables


@handles("embedding")
def embedding(walk: Walk, operation: Operation) -> Value | None:
    """`embedding`: a vector for each id."""
    ids, table = operation.inputs[:2]
    array = walk.constant(table)
    if ids is None or array is None or walk.constant(ids):
        return None
    view = walk.view(ids)
    if not view.has_own_batch or len(view.axes) > 2:
        return None
    read = walk.formed(view, (), 1 if len(view.axes) == 2 else None)
    if read is None:
        return None
    vocabulary, width = array.own
    shape = Shape((axis_size(view.axes[1]) if len(view.axes) == 2 else 1,), width)
    layer = walk.add("embedding", [read], shape, {"table": array}, width=width, vocabulary=vocabulary)
    return view_of(layer, shape, walk.graph.batch, (0, 1, 2) if len(view.axes) == 2 else (0, 2))


# -- one number for each channel, position or value

_PER = ("channel", "position", "value", "all")


def per_what(view: View, array: Fixed, kinds: Sequence[str] = _PER) -> tuple[str, Fixed] | None:
    """What an array that is spread over a tensor has a number for, and the array in the order of the output that the
    tensor is a view of; None if it is none of these kinds."""
    rank = len(view.axes)
    own = (*(1 for _ in range(rank - len(array.own))), *array.own)
    if len(own) > rank:
        return None
    full = array.reshaped(own) if own != array.own else array
    if full is None or array.own != array.sizes:
        return None
    if array.total == 1 and "all" in kinds:
        return "all", full.reshaped((1,)) or full
    if any(size != 1 and any(factor.axis == 0 for factor in axis) for size, axis in zip(own, view.axes, strict=True)):
        return None
    axes = [place for place, size in enumerate(own) if size != 1]
    if any(axis_size(view.axes[place]) != own[place] for place in axes):
        return None
    covered = sorted(
        (factor for place in axes for factor in view.axes[place]), key=lambda each: (each.axis, -each.step)
    )
    numbers = {"channel": [view.channel_axis], "position": [*range(1, view.channel_axis)]}
    numbers["value"] = [*numbers["position"], *numbers["channel"]]
    for per, wanted in numbers.items():
        if per in kinds and _covers(view, covered, wanted):
            return per, _as_layer_has_it(view, full, axes, per)
    return None


def _covers(view: View, factors: list[Factor], wanted: list[int]) -> bool:
    """Whether these factors are exactly these whole axes."""
    return joined_factors(factors) == tuple(factor for axis in wanted for factor in view.whole(axis))


def _as_layer_has_it(view: View, array: Fixed, axes: list[int], per: str) -> Fixed:
    """An array in the order of factors of a tensor, in that of the output."""
    factors = [factor for place in axes for factor in view.axes[place]]
    order = sorted(range(len(factors)), key=lambda index: (factors[index].axis, -factors[index].step))
    apart = array.reshaped([factor.size for factor in factors])
    assert apart
    shape = view.shape
    sizes = {"channel": (shape.channels,), "position": (*shape.spatial, 1), "value": (*shape.spatial, shape.channels)}
    made = apart.transposed(order).reshaped(sizes[per])
    assert made
    return made


@handles("prelu")
def prelu(walk: Walk, operation: Operation) -> Value | None:
    """`prelu`."""
    x, slope = operation.inputs
    array = walk.constant(slope)
    if x is None or array is None:
        return None
    view = walk.view(x)
    if len(array.own) == 1 and len(view.axes) > 2 and array.total > 1:
        array = array.reshaped((array.total, *(1 for _ in view.axes[2:])))
    found = array and per_what(view, array)
    if found is None:
        read = walk.in_own_form(view)
        found = read and array and per_what(read, array)
        if read is None or found is None:
            return None
        view = read
    per, own = found
    layer = walk.add("prelu", [view], view.shape, {"slope": own}, per=per)
    return view.over(layer)
