"""Value by value: activations, constants and learned numbers, merges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, prod
from typing import Any

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._arranging import TensorForm
from cnncalc.importing.lifting._values import Fixed, Value
from cnncalc.importing.lifting._views import Axis, Factor, View, axis_size, joined_factors, regrouped, view_of
from cnncalc.importing.lifting._walk import Made, Walk, handles
from cnncalc.importing.lifting._weighted import per_what
from cnncalc.importing.operations import ELEMENTWISE, Operation, Tensor
from cnncalc.settings.shape import Shape

# -- activations

_PLAIN = (*("relu", "relu6", "selu", "sigmoid", "log_sigmoid", "tanh", "silu", "hard_swish", "mish", "softsign"),)
_WITH = {"leaky_relu": ("slope", 0.01), "elu": ("alpha", 1.0), "hard_sigmoid": ("slope", 1 / 6)}
"""Activations with one setting, and the value that it has if none is given."""


@handles(*_PLAIN)
def plain_activation(walk: Walk, operation: Operation) -> Value | None:
    """An activation without settings."""
    return pointwise(walk, operation, operation.name)


@handles(*_WITH)
def activation_with_setting(walk: Walk, operation: Operation) -> Value | None:
    """An activation with a setting."""
    name, default = _WITH[operation.name]
    if operation.settings.get("scale", 1) != 1 or operation.settings.get("offset", 0.5) != 0.5:
        return None
    return pointwise(walk, operation, operation.name, **{name: operation.settings.get(name, default)})


@handles("gelu")
def gelu(walk: Walk, operation: Operation) -> Value | None:
    """`gelu`, which is that of the normal distribution."""
    if operation.settings.get("approximate", "none") != "none":
        walk.remark("the approximation of `gelu` by tanh is read as `gelu`: values differ by up to 0.0005")
    return pointwise(walk, operation, "gelu")


@handles("softplus")
def softplus(walk: Walk, operation: Operation) -> Value | None:
    """`softplus`."""
    return pointwise(walk, operation, "softplus") if operation.settings.get("beta", 1) == 1 else None


@handles("clip")
def clip(walk: Walk, operation: Operation) -> Value | None:
    """`clip`, and those that have names of their own."""
    low, high = operation.settings["bounds"]
    named = {(0, 6): "relu6", (-1, 1): "hard_tanh", (0, float("inf")): "relu"}
    if (kind := named.get((low, high))) or (low == 0 and high is None and (kind := "relu")):
        return pointwise(walk, operation, kind)
    low, high = (None if bound is None or not isfinite(bound) else bound for bound in (low, high))
    if low is None or high is None:
        return _limited_once(walk, operation, low, high)
    return pointwise(walk, operation, "clip", bounds=(low, high))


def _limited_once(walk: Walk, operation: Operation, low: float | None, high: float | None) -> Value | None:
    """`relu` of what is above the lower bound, or below the upper one, between the two ways to measure it."""
    if low is None and high is None:
        return walk.value(operation.inputs[0]) if operation.inputs[0] else None
    there = {"factor": 1, "offset": -low} if low is not None else {"factor": -1, "offset": high}
    back = {"factor": 1, "offset": low} if low is not None else {"factor": -1, "offset": high}
    made = pointwise(walk, operation, "rescale", **there)
    for kind, settings in (("relu", {}), ("rescale", back)):
        if isinstance(made, View):
            made = made.over(walk.add(kind, [made], made.shape, **settings))
    return made


def pointwise(walk: Walk, operation: Operation, kind: str, **settings: Any) -> Value | None:
    """A layer that reads each value by itself, whatever the axes are."""
    x = operation.inputs[0]
    if x is None or walk.constant(x):
        return None
    view = walk.view(x)
    return view.over(walk.add(kind, [view], view.shape, **settings))


@handles("softmax", "log_softmax")
def softmax(walk: Walk, operation: Operation) -> Value | None:
    """`softmax`, `log_softmax`: along one axis."""
    x, axis = operation.inputs[0], operation.settings["axis"]
    if x is None:
        return None
    found = walk.isolated(walk.view(x), axis)
    if found is None:
        return None
    view, number = found
    from cnncalc.settings.axes import axes_of

    layer = walk.add(operation.name, [view], view.shape, axis=axes_of(len(view.shape.spatial))[number - 1])
    return view.over(layer)


@handles("glu")
def glu(walk: Walk, operation: Operation) -> Value | None:
    """`glu`."""
    x, axis = operation.inputs[0], operation.settings["axis"]
    if x is None:
        return None
    read = walk.with_channels(walk.view(x), axis)
    if read is None:
        return None
    shape = Shape(read.shape.spatial, read.shape.channels // 2)
    return read.over(
        walk.add("glu", [read], shape, gate=operation.settings.get("gate", "sigmoid")), shape, channels=axis
    )


@handles("dropout")
def dropout(walk: Walk, operation: Operation) -> Value | None:
    """`dropout`, `spatial_dropout`; one of nothing is left out."""
    x, rate = operation.inputs[0], operation.settings.get("rate", 0.5)
    if x is None or not 0 < rate < 1:
        return walk.value(x) if x and not rate else None
    if not operation.settings.get("channels"):
        return pointwise(walk, operation, "dropout", rate=rate)
    read = walk.with_channels(walk.view(x), 1)
    if read is None or not read.shape.spatial:
        return None
    return read.over(walk.add("spatial_dropout", [read], read.shape, rate=rate))


@handles("identity", "cast")
def identity(walk: Walk, operation: Operation) -> Made:
    """What leaves values as they are; a cast may cut off what a whole number cannot have."""
    x = operation.inputs[0]
    if x is not None and operation.name == "cast" and _cuts_off(x, operation.output) and not walk.constant(x):
        return elementwise(walk, operation)
    return walk.value(x) if x is not None else None


def _cuts_off(x: Tensor, y: Tensor) -> bool:
    return "float" in x.dtype and "float" not in y.dtype


# -- constants and learned numbers


@handles("add", "sub", "mul", "div")
def with_an_array(walk: Walk, operation: Operation) -> Value | None:
    """`rescale` by constants, `scale` and `offset` by learned numbers."""
    first, second = operation.inputs
    assert first
    assert second
    is_turned = walk.constant(first) is not None
    x, array = (second, walk.constant(first)) if is_turned else (first, walk.constant(second))
    if array is None or walk.constant(x) or not isinstance(walk.value(x), View):
        return None
    view = walk.view(x)
    if own := walk.learned_alone(array):
        return _merge_of(walk, operation, [own, view] if is_turned else [view, own])
    if view.sizes != walk.sizes_of(operation.output):
        return None  # the tensor is spread over the array
    if array.is_learned:
        return _learned(walk, operation.name, view, array, is_turned)
    return _rescaled(walk, operation.name, view, array, is_turned)


def _learned(walk: Walk, name: str, view: View, array: Fixed, is_turned: bool) -> Value | None:
    if not array.constant.is_parameter:
        return None
    found = per_what(view, array) if name in ("add", "mul") else None
    if found is None:
        own = walk.apart(view)
        if own is None:
            return None
        view = own[0]
        found = per_what(view, array) if name in ("add", "mul") else None
        if found is None:
            return _with_learned(walk, name, view, array, is_turned)
    per, numbers = found
    if name == "mul":
        return view.over(walk.add("scale", [view], view.shape, {"scale": numbers}, per=per))
    if per == "channel" and _becomes_bias(walk, view, numbers):
        return view._replace(operation=None)
    return view.over(walk.add("offset", [view], view.shape, {"offset": numbers}, per=per))


def _with_learned(walk: Walk, name: str, x: View, array: Fixed, is_turned: bool) -> Value | None:
    """A merge with a `learned` tensor, which has the axes of the other."""
    found = walk.apart(x)
    own = (*(1 for _ in range(len(x.axes) - len(array.own))), *array.own)
    full = array.reshaped(own)
    if found is None or full is None or own[0] != 1 or len(own) != len(x.axes):
        return None
    view, numbers = found
    order = [numbers.index(number) for number in range(1, view.channel_axis + 1)]
    turned = full.transposed((0, *order)).reshaped([own[place] for place in order])
    assert turned
    shape = Shape.of(turned.own)
    layer = walk.add("learned", (), shape, {"value": turned}, shape=shape)
    parts: list[View | DraftLayer] = [layer, view] if is_turned else [view, layer]
    return view_of(walk.add(_MERGES[name], parts, view.shape), view.shape, view.batch, numbers)


def _becomes_bias(walk: Walk, view: View, numbers: Fixed) -> bool:
    """Whether a sum is the bias of the layer before it, which has none: then it is given to that."""
    layer = view.source
    if not isinstance(layer, DraftLayer) or layer.settings.get("bias", True) or layer.shares:
        return False
    if not walk.is_only_reader(layer):
        return False
    walk.forget(layer)
    layer.settings["bias"] = True
    walk.ledger.enter_more(layer, {"bias": numbers})
    return True


def _rescaled(walk: Walk, name: str, view: View, array: Fixed, is_turned: bool) -> Value | None:
    """A factor and an offset; two after one another are one, unless its numbers would be too large."""
    found = _numbers_of(view, array)
    if found is None:
        return None
    factor, offset = _affine(name, found, is_turned)
    if factor is None:
        return None
    if not all(map(isfinite, (*factor, *offset))):
        walk.warn_of_constant()
        return None
    if set(factor) == {1} and not any(offset):
        return view
    before = view.source
    if isinstance(before, DraftLayer) and before.kind == "rescale" and walk.is_only_reader(before):
        made, moved = _after(before, factor, offset)
        if all(map(isfinite, (*made, *moved))):
            walk.forget(before)
            before.settings = {"factor": _short(made), "offset": _short(moved)}
            return view
    return view.over(walk.add("rescale", [view], view.shape, factor=_short(factor), offset=_short(offset)))


def _numbers_of(view: View, array: Fixed) -> tuple[float, ...] | None:
    """The values, one or one for each channel."""
    if array.values is None or array.constant.is_statistic:
        return None
    if array.total == 1:
        return (float(array.values[0]),)
    found = per_what(view, array)
    if found is None or found[0] != "channel":
        return None
    return tuple(map(float, found[1].values or ())) or None


def _affine(name: str, numbers: tuple[float, ...], is_turned: bool) -> tuple[Any, Any]:
    """Factors and offsets; None for what is neither."""
    zeros, ones = (0.0,) * len(numbers), (1.0,) * len(numbers)
    if name == "add":
        return ones, numbers
    if name == "sub":
        minus = tuple(-each for each in numbers)
        return (tuple(-each for each in ones), numbers) if is_turned else (ones, minus)
    if name == "mul":
        return numbers, zeros
    if is_turned or 0 in numbers:
        return None, None
    return tuple(1 / each for each in numbers), zeros


def _after(
    layer: DraftLayer, factor: Sequence[float], offset: Sequence[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Factors and offsets of a `rescale` that does what another does, and then this."""
    own = [layer.settings.get("factor", 1), layer.settings.get("offset", 0)]
    rows = [each if isinstance(each, tuple) else (each,) for each in own]
    count = max(len(factor), *map(len, rows))
    first, then, factors, offsets = ([*each] * (count // len(each)) for each in (*rows, factor, offset))
    made = tuple(a * b for a, b in zip(first, factors, strict=True))
    moved = tuple(a * b + c for a, b, c in zip(then, factors, offsets, strict=True))
    return made, moved


def _short(numbers: tuple[float, ...]) -> float | tuple[float, ...]:
    return numbers[0] if len(set(numbers)) == 1 else numbers


@handles("square", "pow")
def power(walk: Walk, operation: Operation) -> Value | None:
    """`multiply` of a tensor and itself."""
    x, exponent = operation.inputs[0], 2.0
    if operation.name == "pow":
        given = walk.constant(operation.inputs[1])
        exponent = given.number if given is not None and given.number is not None else 0.0
    if x is None or walk.constant(x) or exponent not in (2, 3, 4):
        return None
    view = walk.view(x)
    return view.over(walk.add("multiply", [view] * int(exponent), view.shape))


@handles("abs")
def magnitude(walk: Walk, operation: Operation) -> Value | None:
    """`maximum` of a tensor and its negative."""
    x, minus = operation.inputs[0], pointwise(walk, operation, "rescale", factor=-1)
    if x is None or not isinstance(minus, View):
        return None
    view = walk.view(x)
    return view.over(walk.add("maximum", [view, minus], view.shape))


@handles("neg")
def negated(walk: Walk, operation: Operation) -> Value | None:
    """`rescale` by −1."""
    return pointwise(walk, operation, "rescale", factor=-1)


# -- merges

_EPSILON = 1e-4
"""What a weighted sum has by default."""
_MERGES = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "maximum": "maximum",
    "minimum": "minimum",
}


@handles(*_MERGES)
def merge(walk: Walk, operation: Operation) -> Value | None:
    """`add` and the others, of two outputs."""
    if operation.name == "div" and walk.constant(operation.inputs[0]):
        return None
    return _merge_of(walk, operation, [walk.view(tensor) for tensor in operation.inputs if tensor])


def _merge_of(walk: Walk, operation: Operation, views: Sequence[View]) -> Value | None:
    found = conformed(walk, views, walk.sizes_of(operation.output), operation.output)
    if found is None:
        return None
    parts, made = found
    return made(walk.add(_MERGES[operation.name], parts, _merged(parts)))


@handles(*ELEMENTWISE, "unknown")
def elementwise(walk: Walk, operation: Operation) -> Value | None:
    """`opaque` with the positions of what it reads: a function of each value for which there is no kind."""
    if operation.name == "unknown" and operation.settings.get("does") != "elementwise":
        return None
    views = [value for tensor in tensors_of(operation) if isinstance(value := walk.value(tensor), View)]
    sizes = walk.sizes_of(operation.output)
    found = conformed(walk, views, sizes) if any(view.sizes == sizes for view in views) else None
    if found is None:
        return None
    parts, made = found
    shape = _merged(parts)
    return made(walk.opaque(operation, parts, [shape], pointwise=parts[0].shape.spatial == shape.spatial))


@handles("weighted_add")
def weighted_add(walk: Walk, operation: Operation) -> Value | None:
    """`weighted_add`."""
    *tensors, row = operation.inputs
    weight = walk.constant(row)
    found = conformed(walk, [walk.view(each) for each in tensors if each], walk.sizes_of(operation.output))
    if found is None or weight is None:
        return None
    parts, made = found
    settings = {key: value for key, value in operation.settings.items() if value not in ("none", _EPSILON)}
    return made(walk.add("weighted_add", parts, _merged(parts), {"weight": weight}, **settings))


def _merged(parts: Sequence[View]) -> Shape:
    """The shape of a merge of outputs that fit together."""
    longest = max((part.shape.spatial for part in parts), key=len)
    spatial = [
        max(part.shape.spatial[axis] for part in parts if len(part.shape.spatial) == len(longest))
        for axis in range(len(longest))
    ]
    return Shape(tuple(spatial), max(part.shape.channels for part in parts))


def conformed(
    walk: Walk, views: Sequence[View], sizes: tuple[int, ...], result: Tensor | None = None
) -> tuple[list[View], Callable[[DraftLayer], View]] | None:
    """Tensors that are spread over one another, as views of outputs that are; and what the result is as a view. Of
    several that are as large as that, it is like the one with the channels where the result is read."""
    padded = [_with_rank(view, len(sizes)) for view in views]
    places = {view.place_of(view.channel_axis) for view in padded if view.sizes == sizes}
    channels = walk.channels_read(result) if result is not None and len(places) > 1 else None
    lead = max(
        padded,
        key=lambda view: (
            view.sizes == sizes,
            axis_size(factor for axis in view.axes for factor in axis),
            view.place_of(view.channel_axis) == channels,
        ),
    )
    if lead.sizes == sizes:
        parts = [view if view is lead else like(walk, view, lead) for view in padded]
        if None not in parts:
            return parts, lambda layer: lead.over(layer)  # type: ignore[return-value]
    return _in_own_forms(walk, padded, sizes)


def _with_rank(view: View, rank: int) -> View:
    """A tensor with axes of size 1 before its own."""
    return view._replace(axes=((),) * (rank - len(view.axes)) + view.axes)


def like(walk: Walk, view: View, lead: View) -> View | None:
    """A tensor that is spread over another, as a view of an output whose axes have the same roles as those of the
    other's output; None if that cannot be."""
    if view.shape == lead.shape and view.axes == lead.axes:
        return view
    pieces: dict[int, list[tuple[int, Axis]]] = {}
    for own, axis in zip(view.axes, lead.axes, strict=True):
        parts: tuple[Axis, ...] | None = ((),) * len(axis)
        if own:
            parts = regrouped(own, [factor.size for factor in axis])
        if parts is None:
            return None
        for factor, part in zip(axis, parts, strict=True):
            pieces.setdefault(factor.axis, []).append((factor.step, part))
    if any(factor.axis < 0 for axis in lead.axes for factor in axis):
        return None
    rows = {number: [part for _, part in sorted(each, key=lambda pair: -pair[0])] for number, each in pieces.items()}
    for row in rows.values():
        if any(row) and not all(row):
            return None  # spread along a part of an axis
    batch = rows.pop(0, [])
    if [factor for part in batch for factor in part] not in ([Factor(0, view.batch)], []):
        return None
    axes = {number: joined_factors(factor for part in row for factor in part) for number, row in rows.items()}
    positions = tuple(axes.get(number, ()) for number in range(1, lead.channel_axis))
    channels = axes.get(lead.channel_axis, ())
    if not any(positions) and (not view.shape.spatial or set(view.shape.spatial) == {1}):
        if channels == view.whole(view.channel_axis):
            return view
        positions = ()
    return walk.arranged(view, TensorForm(positions, channels))


def _in_own_forms(
    walk: Walk, views: Sequence[View], sizes: tuple[int, ...]
) -> tuple[list[View], Callable[[DraftLayer], View]] | None:
    """Tensors as views of outputs with all their axes."""
    lead = max(views, key=lambda view: prod(view.sizes))
    channels = lead.place_of(lead.channel_axis)
    if channels is None:
        channels = 1 if walk.draft.layout == "channels_first" and len(sizes) > 2 else len(sizes) - 1
    parts = []
    for view in views:
        whole = view if view.has_own_batch else view._replace(axes=(view.whole(0), *view.axes[1:]))
        if not view.has_own_batch and view.axes[0]:
            return None
        part = walk.in_own_form(whole, channels)
        if part is None:
            return None
        parts.append(part)
    shape = Shape(tuple(size for axis, size in enumerate(sizes) if axis not in (0, channels)), sizes[channels])
    numbers = [axis if axis < channels else axis - 1 for axis in range(len(sizes))]
    numbers[channels] = len(sizes) - 1
    return parts, lambda layer: view_of(layer, shape, walk.graph.batch, numbers)


def tensors_of(operation: Operation) -> list[Tensor]:
    """The inputs of an operation that are not left out."""
    return [tensor for tensor in operation.inputs if tensor is not None]
