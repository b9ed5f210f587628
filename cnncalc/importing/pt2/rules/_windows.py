"""Convolutions, pools, padding and resizing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.operations import Tensor
from cnncalc.importing.pt2._nodes import AtenNode, Ints, NotTranslatedError, known_sizes


def _convolution(node: AtenNode) -> None:
    """`conv2d`, `conv_transpose2d` and what they are after decomposition."""
    transposed = node.get("transposed", False) if "convolution" in node.op else node.op.startswith("conv_transpose")
    x = node.tensor("input") if "input" in node.arguments else node.tensor("self")
    weight = node.tensor("weight")
    rank = len(known_sizes(weight)) - 2
    if len(known_sizes(x)) not in (rank + 1, rank + 2) or rank < 1:
        raise NotTranslatedError("axes")
    dilation = node.per_axis("dilation", rank, 1)
    settings: dict[str, Any] = {
        "stride": node.per_axis("stride", rank, 1),
        "padding": _padding(node, known_sizes(weight)[2:], dilation),
        "dilation": dilation,
        "groups": node.get("groups", 1),
    }
    if transposed:
        settings["output_padding"] = node.per_axis("output_padding", rank, 0)
    name = "conv_transpose" if transposed else "conv"
    _with_batch(node, [x, weight, node.optional("bias")], rank, name, settings)


def _padding(node: AtenNode, kernel: Ints, dilation: Ints) -> tuple[tuple[int, int], ...]:
    """Pairs; of `same`, the odd one is after."""
    padding = node.get("padding", 0)
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    return tuple((pad, pad) for pad in node.per_axis("padding", len(kernel), 0))


def _deformable(node: AtenNode) -> None:
    a = node.arguments
    offsets, mask = node.tensor("offset"), node.tensor("mask") if node.get("use_mask", True) else None
    node.emit(
        "deform_conv",
        [node.tensor("input"), node.tensor("weight"), offsets, mask, node.optional("bias")],
        stride=(a["stride_h"], a["stride_w"]),
        padding=((a["pad_h"], a["pad_h"]), (a["pad_w"], a["pad_w"])),
        dilation=(a["dilation_h"], a["dilation_w"]),
        groups=node.get("groups", 1),
        offset_groups=node.get("offset_groups", 1),
    )


def _pool(rank: int) -> Callable[[AtenNode], None]:
    def translate(node: AtenNode) -> None:
        x = node.tensor("self")
        window = node.per_axis("kernel_size", rank, 0)
        stride = node.per_axis("stride", rank, 0)
        settings: dict[str, Any] = {
            "window": window,
            "stride": stride if any(stride) else window,
            "padding": tuple((pad, pad) for pad in node.per_axis("padding", rank, 0)),
            "ceil": node.get("ceil_mode", False),
        }
        if "max" in node.op:
            settings["dilation"] = node.per_axis("dilation", rank, 1)
        else:
            settings["count_padding"] = node.get("count_include_pad", True)
            settings["divisor"] = node.get("divisor_override")
        name = "max_pool" if "max" in node.op else "avg_pool"
        _with_batch(node, [x], rank, name, settings)

    return translate


def _adaptive(rank: int) -> Callable[[AtenNode], None]:
    def translate(node: AtenNode) -> None:
        x = node.tensor("self")
        name = "adaptive_max_pool" if "max" in node.op else "adaptive_avg_pool"
        size = known_sizes(node.output)[-rank:]
        _with_batch(node, [x], rank, name, {"size": size})

    return translate


def _with_batch(
    node: AtenNode, inputs: Sequence[Tensor | None], rank: int, name: str, settings: dict[str, Any]
) -> None:
    """A window is also put over a sample without a batch: one with fewer axes."""
    x, *arrays = inputs
    assert x is not None
    if len(known_sizes(x)) == rank + 2:
        node.emit(name, inputs, node.outputs, **settings)
    elif len(known_sizes(x)) == rank + 1 and len(node.outputs) == 1:
        made = node.between((1, *known_sizes(node.output)))
        node.emit(name, [node.reshaped(x, (1, *known_sizes(x))), *arrays], made, **settings)
        node.reshaped(made, known_sizes(node.output), node.output)
    else:
        raise NotTranslatedError("axes")


def _unpool(node: AtenNode) -> None:
    node.emit("max_unpool", [node.tensor("self"), node.tensor("indices")], size=known_sizes(node.output)[2:])


_PADS = {"pad": "", "constant_pad_nd": "constant", "_pad_circular": "circular"}
for _rank in ("1d", "2d", "3d"):
    _PADS |= {f"reflection_pad{_rank}": "reflect", f"replication_pad{_rank}": "replicate"}


def _pad(node: AtenNode) -> None:
    """PyTorch lists the last axis first, and may leave out those before."""
    x = node.tensor("self")
    numbers = list(node.get("padding", node.get("pad", ())))
    rank = len(known_sizes(x))
    if len(numbers) % 2 or len(numbers) > 2 * rank:
        raise NotTranslatedError("pad")
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))[::-1]
    pairs = [(0, 0)] * (rank - len(pairs)) + pairs
    mode = _PADS[node.op] or node.get("mode", "constant")
    if not any(map(any, pairs)):
        node.emit("identity", [x])
        return
    node.emit("pad", [x], pairs=tuple(pairs), mode=mode, value=node.get("value", 0))


def _resize(mode: str, rank: int) -> Callable[[AtenNode], None]:
    def translate(node: AtenNode) -> None:
        x = node.tensor("input") if "input" in node.arguments else node.tensor("self")
        factors = node.get("scale_factors") or [node.get(name) for name in ("scales_d", "scales_h", "scales_w")][-rank:]
        corners = node.get("align_corners", False)
        rule = "asymmetric" if mode == "nearest" else "align_corners" if corners else "half_pixel"
        if node.op.startswith("_upsample_nearest_exact"):
            rule = "half_pixel"
        node.emit(
            "resize",
            [x],
            size=known_sizes(node.output)[2:],
            factors=tuple(factors) if all(factors) else None,
            mode=mode,
            rule=rule,
            rounding="round_prefer_ceil" if rule == "half_pixel" else "floor",
        )

    return translate


def _upsamplings() -> dict[str, Callable[[AtenNode], None]]:
    named = {"linear1d": 1, "bilinear2d": 2, "trilinear3d": 3}
    made = {f"upsample_{name}": _resize("linear", rank) for name, rank in named.items()}
    for rank in (1, 2, 3):
        made[f"upsample_nearest{rank}d"] = _resize("nearest", rank)
        made[f"_upsample_nearest_exact{rank}d"] = _resize("nearest", rank)
    return {**made, "upsample_bicubic2d": _resize("cubic", 2)}


def _pixels(name: str, factor: str) -> Callable[[AtenNode], None]:
    def translate(node: AtenNode) -> None:
        node.emit(name, [node.tensor("self")], block=node.get(factor), order="CRD")

    return translate


def _unfold(node: AtenNode) -> None:
    """`im2col` of windows that lie side by side, and cover everything: blocks as channels, and positions in a row."""
    x = node.tensor("self")
    n, channels, height, width = _of_a_map(known_sizes(x))
    block = _side_by_side(node, (height, width))
    sizes = (n, channels * block**2, height // block, width // block)
    made = node.emit("space_to_depth", [x], node.between(sizes), block=block, order="CRD")
    node.reshaped(made, known_sizes(node.output), node.output)


def _fold(node: AtenNode) -> None:
    """`col2im` of such windows."""
    n, _, height, width = _of_a_map(known_sizes(node.output))
    block = _side_by_side(node, (height, width))
    x = node.tensor("self")
    made = node.reshaped(x, (n, known_sizes(x)[1], height // block, width // block))
    node.emit("depth_to_space", [made], block=block, order="CRD")


def _of_a_map(sizes: Ints) -> Ints:
    if len(sizes) != 4:
        raise NotTranslatedError("axes")
    return sizes


def _side_by_side(node: AtenNode, sizes: Ints) -> int:
    """The size of square windows that neither overlap nor leave anything out."""
    block = node.per_axis("kernel_size", 2, 1)
    is_plain = set(node.per_axis("dilation", 2, 1)) == {1} and set(node.per_axis("padding", 2, 0)) == {0}
    covers = block == node.per_axis("stride", 2, 1) and not any(size % block[0] for size in sizes)
    if not (is_plain and covers and block[0] == block[1]):
        raise NotTranslatedError("windows")
    return block[0]


TRANSLATIONS: dict[str, Callable[[AtenNode], None]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution", "_convolution"), _convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _convolution),
    "deform_conv2d": _deformable,
    **{f"{kind}_pool{rank}d": _pool(rank) for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"max_pool{rank}d_with_indices": _pool(rank) for rank in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{rank}d": _adaptive(rank) for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"_adaptive_avg_pool{rank}d": _adaptive(rank) for rank in (2, 3)},
    **dict.fromkeys(("max_unpool2d", "max_unpool3d"), _unpool),
    **dict.fromkeys(_PADS, _pad),
    **_upsamplings(),
    "pixel_shuffle": _pixels("depth_to_space", "upscale_factor"),
    "pixel_unshuffle": _pixels("space_to_depth", "downscale_factor"),
    "im2col": _unfold,
    "col2im": _fold,
}
