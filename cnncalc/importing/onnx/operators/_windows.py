"""Convolutions, pools, and what else moves values between positions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import floor

from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import Pairs, Sizes, axis_from_front, pairs_of, reach, same_pair, window_output
from cnncalc.importing.onnx.operators._views import transpose_to
from cnncalc.importing.operations import Tensor


class WindowSettings:
    """Where the windows of a convolution or a pool are, and how many."""

    def __init__(self, call: OperatorCall, size: Sequence[int], ceil: bool = False) -> None:
        self.spatial = call.sizes(0)[2:]
        rank = len(self.spatial)
        self.size = tuple(size)
        self.stride = tuple(call.integers("strides", (1,) * rank) or ())
        self.dilation = tuple(call.integers("dilations", (1,) * rank) or ())
        if {len(self.size), len(self.stride), len(self.dilation)} != {rank} or rank == 0:
            call.refuse(f"its settings do not fit {rank} spatial axes")
        if min(*self.size, *self.stride, *self.dilation) < 1:
            call.refuse("a window, stride or dilation is less than 1")
        self.reach = tuple(map(reach, self.size, self.dilation))
        self.padding = self._padding(call)
        self.output = tuple(
            window_output(*row, ceil) for row in zip(self.spatial, self.reach, self.stride, self.padding, strict=True)
        )
        if min(self.output) < 1:
            call.refuse(f"no window of {self.reach} fits into {self.spatial}")

    def _padding(self, call: OperatorCall) -> Pairs:
        mode, rank = call.text("auto_pad", "NOTSET"), len(self.spatial)
        if mode.startswith("SAME"):
            rows = zip(self.spatial, self.reach, self.stride, strict=True)
            return tuple(same_pair(*row, mode == "SAME_LOWER") for row in rows)
        pads = None if mode == "VALID" else call.integers("pads")
        return pairs_of(pads or (0,) * (2 * rank))


def _channels(call: OperatorCall, weight: Sizes, groups: int) -> None:
    if len(weight) != len(call.sizes(0)) or groups < 1 or call.sizes(0)[1] != weight[1] * groups or weight[0] % groups:
        parts = f" in {groups} groups" if groups > 1 else ""
        call.refuse(f"weights of {weight}{parts} do not fit an input of {call.sizes(0)}")


def translate_conv(call: OperatorCall) -> Tensor:
    weight, groups = call.sizes(1), call.integer("group", 1)
    _channels(call, weight, groups)
    at = WindowSettings(call, weight[2:])
    settings = {"stride": at.stride, "padding": at.padding, "dilation": at.dilation, "groups": groups}
    inputs = [call.input(0), call.parameter(1), call.parameter(2)]
    return call.add("conv", inputs, (call.sizes(0)[0], weight[0], *at.output), **settings)


def _conv_transpose(call: OperatorCall) -> Tensor:
    sizes, weight, groups = call.sizes(0), call.sizes(1), call.integer("group", 1)
    spatial, rank = sizes[2:], len(sizes) - 2
    stride, dilation = (call.integers(name, (1,) * rank) or [] for name in ("strides", "dilations"))
    extra = call.integers("output_padding", (0,) * rank) or []
    if len(weight) != rank + 2 or sizes[1] != weight[0] or groups < 1:
        call.refuse(f"weights of {weight} do not fit an input of {sizes}")
    reaches = list(map(reach, weight[2:], dilation))
    target, mode = call.integers("output_shape"), call.text("auto_pad", "NOTSET")
    if target is None and mode.startswith("SAME"):
        target = [size * step for size, step in zip(spatial, stride, strict=True)]
    full = [step * (n - 1) + far + more for n, step, far, more in zip(spatial, stride, reaches, extra, strict=True)]
    if target is not None:
        pads = [total - size for total, size in zip(full, target[-rank:], strict=True)]
        extra = [more + max(-pad, 0) for more, pad in zip(extra, pads, strict=True)]
        full = [total + max(-pad, 0) for total, pad in zip(full, pads, strict=True)]
        halves = [(max(pad, 0) // 2, -(-max(pad, 0) // 2)) for pad in pads]
        padding = tuple(half if mode == "SAME_UPPER" else half[::-1] for half in halves)
    else:
        padding = pairs_of((None if mode == "VALID" else call.integers("pads")) or (0,) * (2 * rank))
    output = tuple(total - sum(pair) for total, pair in zip(full, padding, strict=True))
    if min(output) < 1:
        call.refuse(f"its output would have sizes of {output}")
    settings = {"stride": tuple(stride), "padding": padding, "dilation": tuple(dilation), "groups": groups}
    inputs = [call.input(0), call.parameter(1), call.parameter(2)]
    new = (sizes[0], weight[1] * groups, *output)
    return call.add("conv_transpose", inputs, new, **settings, output_padding=tuple(extra))


def _deform_conv(call: OperatorCall) -> Tensor:
    weight, groups = call.sizes(1), call.integer("group", 1)
    _channels(call, weight, groups)
    at = WindowSettings(call, weight[2:])
    inputs = [call.input(0), call.parameter(1), call.input(2), call.maybe(4), call.parameter(3)]
    settings = {"stride": at.stride, "padding": at.padding, "dilation": at.dilation, "groups": groups}
    new = (call.sizes(0)[0], weight[0], *at.output)
    return call.add("deform_conv", inputs, new, **settings, offset_groups=call.integer("offset_group", 1))


# -- pools


def _pool(call: OperatorCall) -> WindowSettings:
    return WindowSettings(call, call.integers("kernel_shape") or (), call.integer("ceil_mode") == 1)


def _pool_settings(call: OperatorCall, at: WindowSettings) -> dict[str, object]:
    ceil = call.integer("ceil_mode") == 1
    return {"window": at.size, "stride": at.stride, "padding": at.padding, "ceil": ceil}


def _max_pool(call: OperatorCall) -> list[Tensor]:
    at = _pool(call)
    new = (*call.sizes(0)[:2], *at.output)
    count = 2 if len(call.node.outputs) > 1 and call.node.outputs[1] else 1
    settings = _pool_settings(call, at)
    return call.add_all("max_pool", [call.input(0)], [new] * count, **settings, dilation=at.dilation)


def pooled_sizes(call: OperatorCall) -> list[Sizes | None]:
    """The sizes that a pool gives, whatever it calculates."""
    return [(*call.sizes(0)[:2], *_pool(call).output)]


def translate_average_pool(call: OperatorCall) -> Tensor | None:
    at = _pool(call)
    if set(at.dilation) != {1}:
        return None
    settings = _pool_settings(call, at)
    counts = call.integer("count_include_pad") == 1
    new = (*call.sizes(0)[:2], *at.output)
    return call.add("avg_pool", [call.input(0)], new, **settings, count_padding=counts, divisor=None)


def _lp_pool(call: OperatorCall) -> Tensor | None:
    at = _pool(call)
    if set(at.dilation) != {1}:
        return None
    new = (*call.sizes(0)[:2], *at.output)
    return call.add("lp_pool", [call.input(0)], new, **_pool_settings(call, at), p=float(call.integer("p", 2)))


def _global_pool(call: OperatorCall) -> Tensor:
    sizes = call.sizes(0)
    size = (1,) * (len(sizes) - 2)
    name = "adaptive_avg_pool" if call.node.operator == "GlobalAveragePool" else "adaptive_max_pool"
    return call.add(name, [call.input(0)], (*sizes[:2], *size), size=size)


def _global_lp_pool(call: OperatorCall) -> Tensor | None:
    sizes = call.sizes(0)
    how = {1: "l1", 2: "l2"}.get(call.integer("p", 2))
    if how is None:
        return None
    axes = tuple(range(2, len(sizes)))
    new = (*sizes[:2], *(1,) * len(axes))
    return call.add("reduce", [call.input(0)], new, how=how, axes=axes, keep_dims=True)


def _max_unpool(call: OperatorCall) -> Tensor | None:
    sizes, rank = call.sizes(0), len(call.sizes(0)) - 2
    window, stride = call.integers("kernel_shape") or [], call.integers("strides", (1,) * rank) or []
    pairs = pairs_of(call.integers("pads", (0,) * (2 * rank)) or ())
    rows = zip(sizes[2:], stride, pairs, window, strict=True)
    output = [(n - 1) * step - sum(pair) + size for n, step, pair, size in rows]
    if call.has(2):
        target = call.whole(2)
        if target is None:
            return None
        output = target[-rank:]
    size = tuple(output)
    return call.add("max_unpool", [call.input(0), call.input(1)], (*sizes[:2], *size), size=size)


# -- positions and channels


def _depth_to_space(call: OperatorCall) -> Tensor:
    batch, channels, *spatial = call.sizes(0)
    block = call.integer("blocksize")
    if channels % block ** len(spatial):
        call.refuse(f"{channels} channels are not divisible by {block ** len(spatial)}")
    new = (batch, channels // block ** len(spatial), *(size * block for size in spatial))
    return call.add("depth_to_space", [call.input(0)], new, block=block, order=call.text("mode", "DCR"))


def _space_to_depth(call: OperatorCall) -> Tensor:
    batch, channels, *spatial = call.sizes(0)
    block = call.integer("blocksize")
    if any(size % block for size in spatial):
        call.refuse(f"{tuple(spatial)} is not divisible by {block}")
    new = (batch, channels * block ** len(spatial), *(size // block for size in spatial))
    return call.add("space_to_depth", [call.input(0)], new, block=block, order="DCR")


def _resize(call: OperatorCall) -> Tensor | None:
    """Resize, and Upsample before it. Opset 10 has no other rule than `asymmetric`."""
    found = _target(call)
    return None if found is None else _resized(call, *found)


def resized_sizes(call: OperatorCall) -> list[Sizes | None]:
    """The sizes that a Resize gives, whatever its mode is."""
    found = _target(call)
    return [found and found[0]]


def _target(call: OperatorCall) -> tuple[Sizes, dict[int, float]] | None:
    """The sizes that a Resize gives, and the factors of axes if they are what is given; None if they are calculated."""
    sizes = call.sizes(0)
    scales_at, sizes_at = (2, 3) if call.opset >= 11 and call.node.operator == "Resize" else (1, 9)
    factors = list(call.known(scales_at) or ()) if call.has(scales_at) else []
    target = call.whole(sizes_at) if call.has(sizes_at) else []
    if call.node.operator == "Upsample" and not factors:
        factors = _attribute_scales(call)
    if (target is None or not target) and not factors:
        return (call.stated, {}) if call.stated and len(call.stated) == len(sizes) else None
    axes = call.integers("axes") or range(len(sizes))
    axes = [axis_from_front(axis, len(sizes)) for axis in axes]
    new = list(sizes)
    if factors:
        for axis, factor in zip(axes, factors, strict=True):
            new[axis] = int(_as_float32(sizes[axis] * factor))
    elif (policy := call.text("keep_aspect_ratio_policy", "stretch")) != "stretch":
        fractions = [size / sizes[axis] for axis, size in zip(axes, target or (), strict=True)]
        factors = [min(fractions) if policy == "not_larger" else max(fractions)] * len(fractions)
        for axis, factor in zip(axes, factors, strict=True):
            new[axis] = floor(sizes[axis] * factor + 0.5)
    else:
        for axis, size in zip(axes, target or (), strict=True):
            new[axis] = size
    return tuple(new), dict(zip(axes, factors, strict=False))


def _as_float32(value: float) -> float:
    """What runtimes calculate with: a third of 9 is not 2.9999."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _attribute_scales(call: OperatorCall) -> list[float]:
    attribute = call.attribute("scales")
    return list(attribute.value) if attribute and isinstance(attribute.value, list) else []


def _resized(call: OperatorCall, new: Sizes, factors: dict[int, float]) -> Tensor | None:
    x, sizes = call.input(0), call.sizes(0)
    last = len(sizes) - 1
    changed = [place for place, size in enumerate(new) if size != sizes[place] or factors.get(place, 1) != 1]
    if not changed:
        return x
    if min(new) < 1 or changed[0] == 0 or _has_odd_rule(call):
        return None
    if changed[0] > 1:
        return _resize_positions(call, x, new, factors)
    if changed[-1] == last:
        return None
    first, back = (0, last, *range(1, last)), (0, *range(2, last + 1), 1)  # from channels last, and there again
    moved = {place: factors.get(axis, 1.0) for place, axis in enumerate(first)} if factors else {}
    turned = transpose_to(call, x, first)
    return transpose_to(call, _resize_positions(call, turned, tuple(new[axis] for axis in first), moved), back)


def _has_odd_rule(call: OperatorCall) -> bool:
    """Whether values come from where no framework takes them."""
    is_cubic = call.text("mode") == "cubic"
    is_odd = is_cubic and (call.number("cubic_coeff_a", -0.75) != -0.75 or call.integer("exclude_outside") == 1)
    keeps_ratio = call.text("keep_aspect_ratio_policy", "stretch") != "stretch"
    return is_odd or keeps_ratio or call.text("coordinate_transformation_mode") == "tf_crop_and_resize"


def _resize_positions(call: OperatorCall, x: Tensor, new: Sizes, factors: dict[int, float]) -> Tensor:
    axes = tuple(range(2, len(new)))
    is_old = call.opset < 11 or call.node.operator == "Upsample"
    mode = call.text("mode", "nearest")
    return call.add(
        "resize",
        [x],
        new,
        size=new[2:],
        factors=tuple(float(factors.get(axis, 1)) for axis in axes) if factors else None,
        axes=axes,
        mode={"bilinear": "linear", "trilinear": "linear"}.get(mode, mode),
        rule="asymmetric" if is_old else call.text("coordinate_transformation_mode", "half_pixel"),
        rounding="floor" if is_old else call.text("nearest_mode", "round_prefer_floor"),
        antialias=call.integer("antialias") == 1,
    )


TRANSLATIONS: dict[str, Translation] = {
    "Conv": translate_conv,
    "ConvTranspose": _conv_transpose,
    "DeformConv": _deform_conv,
    "MaxPool": _max_pool,
    "AveragePool": translate_average_pool,
    "LpPool": _lp_pool,
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_pool,
    "GlobalLpPool": _global_lp_pool,
    "MaxUnpool": _max_unpool,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Resize": _resize,
    "Upsample": _resize,
}
