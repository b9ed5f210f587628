"""Convolutions, pools, borders and other sizes: the layers of Keras with a number of axes in their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.importing.keras._calls import KerasCall, Variable
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._activations import activated
from cnncalc.importing.stored import Step

Translator = Callable[[KerasCall], Any]
Steps = tuple[Step, ...]

KERNEL_AND_BIAS = {"kernel": Variable("", 0), "bias": Variable("", 1)}


class KerasWindows:
    """The windows of a layer: one number per axis, those of axes that are like the batch being 1."""

    def __init__(self, call: KerasCall, rank: int, window: str) -> None:
        self.lead = (1,) * call.lead
        self.window = self.lead + call.row(window, rank)
        is_pool = window == "pool_size" and call.config.get("strides") is None
        self.stride = self.window if is_pool else self.lead + call.row("strides", rank)
        self.dilation = self.lead + call.row("dilation_rate", rank)
        self.padding = str(call.config.get("padding", "valid")).lower()

    def over(self, spatial: Iterable[int]) -> tuple[int, ...]:
        """How many windows there are along each axis."""
        return tuple(map(self._count, spatial, self.window, self.stride, self.dilation))

    def _count(self, n: int, k: int, s: int, d: int) -> int:
        if self.padding in ("same", "causal"):
            return formulas.ceil_div(n, s)
        return (n - (k - 1) * d - 1) // s + 1


def on_axes(call: KerasCall, rank: int) -> KerasTensor:
    """The input of a layer that works on so many axes, with the channels where it looks for them."""
    x = call.facing(call.x, call.channel_axis(call.x.rank))
    if x.rank != rank + 1 + call.lead:
        raise call.refuse(f"it works on {rank} axes and channels, and reads {x.rank} axes", code="CNN150")
    return x


def arrays_present(call: KerasCall, arrays: dict[str, Variable]) -> dict[str, Variable]:
    """The arrays that a layer has: no bias if it does without."""
    has_bias = call.config.get("use_bias", True) is not False
    return arrays if has_bias else {name: each for name, each in arrays.items() if name != "bias"}


def _convolution(
    call: KerasCall,
    kind: str,
    x: KerasTensor,
    windows: KerasWindows,
    sizes: tuple[int, ...],
    kernels: Mapping[str, Steps],
    **settings: Any,
) -> KerasTensor:
    """A convolution of any kind, and what it is followed by.

    Args:
        sizes: of its output.
        kernels: what makes our arrays of its variables, in their order; after them comes the bias.
        settings: those that not all kinds have.
    """
    variables = {name: Variable("", place, steps) for place, (name, steps) in enumerate(kernels.items())}
    arrays = arrays_present(call, {**variables, "bias": Variable("", len(kernels))})
    made = call.add(
        kind,
        x,
        sizes,
        arrays=arrays,
        kernel=windows.window,
        stride=windows.stride,
        padding=windows.padding,
        dilation=windows.dilation,
        bias="bias" in arrays,
        **settings,
    )
    return activated(call, made)


def _conv(call: KerasCall, rank: int) -> KerasTensor:
    """`Conv2D`."""
    x, windows, filters = on_axes(call, rank), KerasWindows(call, rank, "kernel_size"), call.whole("filters")
    groups = call.whole("groups", 1)
    kernels = {"kernel": _lifted(call, (*windows.window, x.channels // groups, filters))}
    sizes = _sized(x, windows, filters)
    return _convolution(call, "conv", x, windows, sizes, kernels, filters=filters, groups=groups)


def _depthwise_conv(call: KerasCall, rank: int) -> KerasTensor:
    """`DepthwiseConv2D`."""
    x, windows = on_axes(call, rank), KerasWindows(call, rank, "kernel_size")
    multiplier = call.whole("depth_multiplier", 1)
    made = x.channels * multiplier
    kernels = {"kernel": (("reshape", (*windows.window, made)),)}
    sizes = _sized(x, windows, made)
    return _convolution(call, "depthwise_conv", x, windows, sizes, kernels, multiplier=multiplier)


def _separable_conv(call: KerasCall, rank: int) -> KerasTensor:
    """`SeparableConv2D`."""
    x, windows, filters = on_axes(call, rank), KerasWindows(call, rank, "kernel_size"), call.whole("filters")
    multiplier = call.whole("depth_multiplier", 1)
    between = x.channels * multiplier
    kernels: dict[str, Steps] = {
        "depthwise_kernel": (("reshape", (*windows.window, between)),),
        "pointwise_kernel": (("reshape", (between, filters)),),
    }
    sizes = _sized(x, windows, filters)
    return _convolution(call, "separable_conv", x, windows, sizes, kernels, filters=filters, multiplier=multiplier)


def _conv_transpose(call: KerasCall, rank: int) -> KerasTensor:
    """`Conv2DTranspose`, whose kernel has the filters before the channels."""
    x, windows, filters = on_axes(call, rank), KerasWindows(call, rank, "kernel_size"), call.whole("filters")
    axes = len(windows.window)
    kernel = (*_lifted(call, (*windows.window, filters, x.channels)), ("transpose", _swapped(axes)))
    own: dict[str, Any] = {}
    if call.config.get("output_padding") is not None:
        own = {"output_padding": (0,) * call.lead + call.row("output_padding", rank, least=0)}
    extras = own.get("output_padding", (None,) * axes)
    each = zip(x.spatial, windows.window, windows.stride, windows.dilation, extras, strict=True)
    is_same = windows.padding == "same"
    spatial = tuple(formulas.transposed_keras(n, k, s, d, is_same, more) for n, k, s, d, more in each)
    sizes = (*spatial[: x.channel], filters, *spatial[x.channel :])
    return _convolution(call, "conv_transpose", x, windows, sizes, {"kernel": kernel}, filters=filters, **own)


def _sized(x: KerasTensor, windows: KerasWindows, channels: int) -> tuple[int, ...]:
    spatial = windows.over(x.spatial)
    return (*spatial[: x.channel], channels, *spatial[x.channel :])


def _lifted(call: KerasCall, sizes: tuple[int, ...]) -> Steps:
    """The step that gives a kernel the axes which are like the batch, if there are any."""
    return (("reshape", sizes),) if call.lead else ()


def _swapped(axes: int) -> tuple[int, ...]:
    return (*range(axes), axes + 1, axes)


def _pool(call: KerasCall, rank: int, kind: str) -> KerasTensor:
    """`MaxPooling2D`, `AveragePooling2D`."""
    x, windows = on_axes(call, rank), KerasWindows(call, rank, "pool_size")
    settings: dict[str, Any] = {"window": windows.window, "stride": windows.stride, "padding": windows.padding}
    return call.add(kind, x, _sized(x, windows, x.channels), **settings)


def _adaptive_pool(call: KerasCall, rank: int, kind: str) -> KerasTensor:
    """`AdaptiveAveragePooling2D`."""
    x = on_axes(call, rank)
    output = x.spatial[: call.lead] + call.row("output_size", rank)
    return call.add(kind, x, x.with_spatial(output), output=output)


def _global_pool(call: KerasCall, rank: int, how: str) -> KerasTensor:
    """`GlobalAveragePooling2D`; of axes before its own, which are like the batch, nothing is pooled."""
    x = on_axes(call, rank)
    keep = call.config.get("keepdims") is True
    if not call.lead:
        kind = {"mean": "global_avg_pool", "max": "global_max_pool"}[how]
        sizes = x.with_spatial((1,) * rank) if keep else (x.channels,)
        return call.add(kind, x, sizes, x.channel if keep else 0, keep_dims=keep)
    pooled = [axis for axis in range(call.lead, x.rank) if axis != x.channel]
    sizes = tuple(1 if axis in pooled else size for axis, size in enumerate(x.sizes))
    left = sizes if keep else tuple(size for axis, size in enumerate(x.sizes) if axis not in pooled)
    channel = x.channel if keep else len(left) - 1
    return call.add("reduce", x, left, channel, how=how, axes=tuple(map(x.axis_name, pooled)), keep_dims=keep)


def _pairs(call: KerasCall, name: str, rank: int) -> tuple[tuple[int, int], ...]:
    """What is added or cut before and after each axis: a number, one per axis, or pairs."""
    value = call.config.get(name)
    items = value if isinstance(value, list) and len(value) == rank else [value] * rank
    if rank == 1 and isinstance(value, list) and len(value) == 2:
        items = [value]
    found = [tuple(each) if isinstance(each, list) else (each, each) for each in items]
    if any(len(each) != 2 or any(type(n) is not int or n < 0 for n in each) for each in found):
        raise call.refuse(f"its `{name}` is no border of {rank} axes", code="CNN150")
    return ((0, 0),) * call.lead + tuple((before, after) for before, after in found)


def _zero_padding(call: KerasCall, rank: int) -> KerasTensor:
    """`ZeroPadding2D`."""
    x, amounts = on_axes(call, rank), _pairs(call, "padding", rank)
    spatial = tuple(n + sum(pair) for n, pair in zip(x.spatial, amounts, strict=True))
    return call.add("pad", x, x.with_spatial(spatial), amounts=amounts)


def _cropping(call: KerasCall, rank: int) -> KerasTensor:
    """`Cropping2D`."""
    x, amounts = on_axes(call, rank), _pairs(call, "cropping", rank)
    spatial = tuple(n - sum(pair) for n, pair in zip(x.spatial, amounts, strict=True))
    return call.add("crop", x, x.with_spatial(spatial), amounts=amounts)


def _up_sampling(call: KerasCall, rank: int) -> Any:
    """`UpSampling2D`."""
    x, factor = on_axes(call, rank), (1,) * call.lead + call.row("size", rank)
    spatial = tuple(n * each for n, each in zip(x.spatial, factor, strict=True))
    mode = call.config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear") or (mode == "bilinear" and len(spatial) != 2):
        return call.opaque([x], x.with_spatial(spatial), params=0)
    return call.add("upsample", x, x.with_spatial(spatial), factor=factor, mode=mode)


def _of_each_rank(name: str, translator: Callable[..., Any], *more: Any) -> dict[str, Translator]:
    """The same layer for one, two and three axes."""
    return {name.format(rank): _with_rank(translator, rank, *more) for rank in (1, 2, 3)}


def _with_rank(translator: Callable[..., Any], rank: int, *more: Any) -> Translator:
    return lambda call: translator(call, rank, *more)


LAYERS: dict[str, Translator] = {
    **_of_each_rank("Conv{}D", _conv),
    **_of_each_rank("Convolution{}D", _conv),
    **_of_each_rank("DepthwiseConv{}D", _depthwise_conv),
    **_of_each_rank("SeparableConv{}D", _separable_conv),
    **_of_each_rank("Conv{}DTranspose", _conv_transpose),
    **_of_each_rank("MaxPooling{}D", _pool, "max_pool"),
    **_of_each_rank("AveragePooling{}D", _pool, "avg_pool"),
    **_of_each_rank("AdaptiveMaxPooling{}D", _adaptive_pool, "adaptive_max_pool"),
    **_of_each_rank("AdaptiveAveragePooling{}D", _adaptive_pool, "adaptive_avg_pool"),
    **_of_each_rank("GlobalMaxPooling{}D", _global_pool, "max"),
    **_of_each_rank("GlobalAveragePooling{}D", _global_pool, "mean"),
    **_of_each_rank("ZeroPadding{}D", _zero_padding),
    **_of_each_rank("Cropping{}D", _cropping),
    **_of_each_rank("UpSampling{}D", _up_sampling),
}
