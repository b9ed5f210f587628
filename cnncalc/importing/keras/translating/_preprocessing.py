"""Preprocessing of images and other inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.keras._calls import MASKED, KerasCall
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._shapes import say_it_is_absolute
from cnncalc.importing.keras.translating._windows import on_axes


def _resizing(call: KerasCall) -> Any:
    """`Resizing`."""
    x, size = on_axes(call, 2), (call.whole("height"), call.whole("width"))
    cut = call.config.get("crop_to_aspect_ratio") or call.config.get("pad_to_aspect_ratio")
    return map_resized(call, x, size, str(call.config.get("interpolation", "bilinear")), bool(cut), _antialias(call))


def _antialias(call: KerasCall) -> bool:
    return call.config.get("antialias") is True


def map_resized(
    call: KerasCall, x: KerasTensor, size: tuple[int, ...], mode: str, keeps_ratio: bool, antialias: bool
) -> Any:
    """A map at another size, if it is calculated as `resize` does."""
    sizes = x.with_spatial(x.spatial[: call.lead] + size)
    changes_ratio = keeps_ratio and x.spatial[0] * size[1] != x.spatial[1] * size[0]
    shrinks = antialias and any(n > m for n, m in zip(x.spatial, size, strict=False))
    if call.lead or changes_ratio or shrinks or mode not in ("nearest", "bilinear"):
        return call.opaque([x], sizes, params=0)
    return call.add("resize", x, sizes, size=size, mode=mode)


def _center_crop(call: KerasCall) -> Any:
    """`CenterCrop`, which enlarges what is too small."""
    x, size = on_axes(call, 2), (call.whole("height"), call.whole("width"))
    over = [n - m for n, m in zip(x.spatial[call.lead :], size, strict=True)]
    sizes = x.with_spatial(x.spatial[: call.lead] + size)
    if min(over) < 0:
        return call.opaque([x], sizes, params=0)
    if any(over):
        say_it_is_absolute(call, x.spatial[call.lead :])
    amounts = ((0, 0),) * call.lead + tuple((n // 2, n - n // 2) for n in over)
    return call.add("crop", x, sizes, amounts=amounts)


def _random_crop(call: KerasCall) -> Any:
    """`RandomCrop`, which takes the middle outside training, made larger or smaller until it fits."""
    x, size = on_axes(call, 2), (call.whole("height"), call.whole("width"))
    return call.opaque([x], x.with_spatial(x.spatial[: call.lead] + size), params=0)


def _like_its_input(call: KerasCall) -> Any:
    """A layer without a kind that learns nothing, and whose output is as large as its input."""
    return call.opaque([call.x], call.stated_sizes() or call.x.sizes, params=0)


def _masking(call: KerasCall) -> Any:
    """`Masking`, which changes no value if it looks for zeros."""
    call.network.remark("CNN573", MASKED)
    if call.number("mask_value"):
        return _like_its_input(call)
    return call.add("identity", call.x)


def _category_encoding(call: KerasCall) -> Any:
    """`CategoryEncoding`: as many numbers as there are categories."""
    x, count, mode = call.x, call.whole("num_tokens"), call.config.get("output_mode", "multi_hot")
    if mode == "one_hot":
        own = x.sizes[:-1] if x.sizes[-1:] == (1,) else x.sizes
        return call.opaque([x], (*own, count), params=0)
    return call.opaque([x], (*x.sizes[:-1], count), params=0)


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "Resizing": _resizing,
    "CenterCrop": _center_crop,
    "RandomCrop": _random_crop,
    "CategoryEncoding": _category_encoding,
    "Masking": _masking,
    **dict.fromkeys(("AutoContrast", "CLAHE", "Hashing", "Discretization"), _like_its_input),
}
