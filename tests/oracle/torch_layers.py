"""Random layers of every kind as PyTorch has them (`single_layers`)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import torch
from oracle.deformable import DeformConv2d
from oracle.single_layers import Case, Draw, yaml
from torch import nn
from torch.nn import functional as F  # noqa: N812

Weights = dict[str, np.ndarray]


def _count(layer: Any) -> int:
    return sum(each.numel() for each in layer.parameters())


def _run(load: Callable[[Any, Weights], None]) -> Callable[[Any, np.ndarray, Weights], np.ndarray]:
    def run(layer: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        layer.eval()
        with torch.no_grad():
            if weights:
                load(layer, {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()})
            return layer(torch.from_numpy(x)).numpy()

    return run


def _nothing(layer: Any, weights: Weights) -> None:
    pass


def _set(layer: Any, **arrays: Any) -> None:
    for name, array in arrays.items():
        own = getattr(layer, name)
        own.copy_(array.reshape(own.shape))


def _biases(weights: Weights) -> Weights:
    return {"bias": weights["bias"]} if "bias" in weights else {}


def _load_conv(layer: Any, weights: Weights) -> None:
    _set(layer, weight=weights["kernel"].movedim((-1, -2), (0, 1)), **_biases(weights))


def _window(draw: Draw, words: tuple[str, ...]) -> None:
    draw.give("stride", "stride", draw.sizes(1, 4))
    word = draw.random.choice([*words, "", "", "", ""])
    draw.give("padding", "padding", word or draw.sizes(0, 3))
    draw.give("dilation", "dilation", draw.sizes(1, 3), 0.4)
    draw.give("bias", "bias", draw.maybe())


def conv(random: Random) -> Case:
    draw = Draw(random)
    groups, c_in, filters, kernel = draw.random.choice([1, 1, 2, 3]), draw.channels(), draw.channels(), draw.sizes(1, 5)
    _window(draw, ("same", "valid", "causal"))
    draw.give("groups", "groups", groups, 0.5)
    cls, arguments = getattr(nn, f"Conv{draw.rank}d"), draw.arguments
    text = draw.text("conv", (*kernel, filters))
    return Case(
        "conv", text, draw.input(c_in), lambda: cls(c_in, filters, kernel, **arguments), _run(_load_conv), _count
    )


def depthwise_conv(random: Random) -> Case:
    draw = Draw(random)
    c_in, kernel, multiplier = draw.channels(), draw.sizes(1, 5), draw.number(1, 3)
    _window(draw, ("same", "valid", "causal"))
    draw.entry.append(f"multiplier: {multiplier}")
    cls, arguments = getattr(nn, f"Conv{draw.rank}d"), draw.arguments

    def load(layer: Any, weights: Weights) -> None:
        _set(layer, weight=weights["kernel"].movedim(-1, 0), **_biases(weights))

    def build() -> Any:
        return cls(c_in, c_in * multiplier, kernel, groups=c_in, **arguments)

    return Case("depthwise_conv", draw.text("depthwise_conv", kernel), draw.input(c_in), build, _run(load), _count)


def separable_conv(random: Random) -> Case:
    draw = Draw(random)
    c_in, filters, kernel, multiplier = draw.channels(), draw.channels(), draw.sizes(1, 5), draw.number(1, 3)
    _window(draw, ("same", "valid", "causal"))
    draw.entry.append(f"multiplier: {multiplier}")
    cls, arguments = getattr(nn, f"Conv{draw.rank}d"), draw.arguments
    bias = {"bias": arguments.pop("bias")} if "bias" in arguments else {}

    def build() -> Any:
        between = c_in * multiplier
        first = cls(c_in, between, kernel, groups=c_in, bias=False, **arguments)
        return nn.Sequential(first, cls(between, filters, 1, **bias))

    def load(layer: Any, weights: Weights) -> None:
        _set(layer[0], weight=weights["depthwise_kernel"].movedim(-1, 0))
        _set(layer[1], weight=weights["pointwise_kernel"].T, **_biases(weights))

    text = draw.text("separable_conv", (*kernel, filters))
    return Case("separable_conv", text, draw.input(c_in), build, _run(load), _count)


def conv_transpose(random: Random) -> Case:
    draw = Draw(random)
    groups = draw.random.choice([1, 1, 2, 3])
    c_in, filters, kernel = draw.channels(), draw.channels(), draw.sizes(1, 5)
    _window(draw, ())
    draw.give("groups", "groups", groups, 0.4)
    draw.give("output_padding", "output_padding", draw.sizes(0, 3), 0.4)
    cls, arguments = getattr(nn, f"ConvTranspose{draw.rank}d"), draw.arguments
    groups = arguments.get("groups", 1)

    def load(layer: Any, weights: Weights) -> None:
        kernel = weights["kernel"].movedim((-2, -1), (0, 1))
        kernel = kernel.unflatten(1, (groups, filters // groups)).transpose(0, 1).flatten(0, 1)
        _set(layer, weight=kernel, **_biases(weights))

    text = draw.text("conv_transpose", (*kernel, filters))
    return Case(
        "conv_transpose", text, draw.input(c_in), lambda: cls(c_in, filters, kernel, **arguments), _run(load), _count
    )


class _Deformable(nn.Module):
    """A convolution for the offsets and factors, and the one that they deform."""

    def __init__(self, c_in: int, filters: int, kernel: Any, parts: int, modulated: bool, **arguments: Any) -> None:
        super().__init__()
        taps = parts * kernel[0] * kernel[1]
        self.deformed = DeformConv2d(c_in, filters, kernel, **arguments)
        same = {name: arguments[name] for name in ("stride", "padding", "dilation") if name in arguments}
        self.moves = nn.Conv2d(c_in, taps * (3 if modulated else 2), kernel, **same)
        self.taps, self.modulated = taps, modulated

    def forward(self, x: Any) -> Any:
        moves = self.moves(x)
        mask = moves[:, 2 * self.taps :].sigmoid() if self.modulated else None
        return self.deformed(x, moves[:, : 2 * self.taps], mask)


def deformable_conv(random: Random) -> Case:
    draw = Draw(random, 2)
    parts, c_in, filters, kernel = draw.random.choice([1, 1, 2, 3]), draw.channels(), draw.channels(), draw.sizes(1, 3)
    _window(draw, ())
    draw.give("groups", "groups", draw.random.choice([1, 1, 2]), 0.4)
    modulated = draw.maybe()
    draw.entry += [f"offset_groups: {parts}", f"modulated: {yaml(modulated)}"]
    arguments = draw.arguments

    def load(layer: Any, weights: Weights) -> None:
        _load_conv(layer.deformed, weights)
        _load_conv(layer.moves, {"kernel": weights["offset_kernel"], "bias": weights["offset_bias"]})

    def build() -> Any:
        assert c_in % parts == 0  # torchvision goes on without saying so
        return _Deformable(c_in, filters, kernel, parts, modulated, **arguments)

    text = draw.text("deformable_conv", (*kernel, filters))
    return Case("deformable_conv", text, draw.input(c_in), build, _run(load), _count)


class _Undone(nn.Module):
    """A pool that keeps its indices, and what undoes it."""

    def __init__(self, rank: int, window: Any, **arguments: Any) -> None:
        super().__init__()
        self.pool = getattr(nn, f"MaxPool{rank}d")(window, **arguments, return_indices=True)
        self.unpool = getattr(nn, f"MaxUnpool{rank}d")(window, **arguments)

    def forward(self, x: Any) -> Any:
        y, indices = self.pool(x)
        return self.unpool(y, indices, output_size=x.shape)


def max_unpool(random: Random) -> Case:
    draw = Draw(random)
    window = draw.sizes(1, 4)
    draw.give("stride", "stride", draw.sizes(1, 4), 0.3)
    draw.give("padding", "padding", draw.sizes(0, 1), 0.3)
    arguments = draw.arguments
    text = f"{{group: [{draw.text('max_pool', window)[:-1]}, name: pool}}, {{max_unpool: pool}}]}}"
    rank, shape = draw.rank, draw.input(draw.channels())
    return Case("max_unpool", text, shape, lambda: _Undone(rank, window, **arguments), _run(_nothing), _count)


def _pool(kind: str, name: str) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random)
        window = draw.sizes(1, 5)
        draw.give("stride", "stride", draw.sizes(1, 4))
        draw.give("padding", "padding", draw.random.choice(["same", *[draw.sizes(0, 3)] * 6]))
        ceil = draw.maybe()
        draw.give("rounding", "ceil_mode", ceil, written="ceil" if ceil else "floor")
        if kind == "max_pool":
            draw.give("dilation", "dilation", draw.sizes(1, 3), 0.4)
        else:
            draw.give("count_padding", "count_include_pad", draw.maybe())
        cls, arguments = getattr(nn, f"{name}{draw.rank}d"), draw.arguments
        shape = draw.input(draw.channels())
        return Case(kind, draw.text(kind, window), shape, lambda: cls(window, **arguments), _run(_nothing), _count)

    return make


def lp_pool(random: Random) -> Case:
    """Whole windows, of the values' sizes: there PyTorch's rescaled mean of xᵖ is our sum of |x|ᵖ."""
    draw = Draw(random)
    window = draw.sizes(1, 5)
    draw.give("stride", "stride", draw.sizes(1, 4))
    draw.give("p", "norm_type", random.choice([1, 2, 3]))
    # (`LPPool1d` multiplies by its window, and refuses to if that is a tuple)
    theirs = {"norm_type": 2, "kernel_size": window if draw.rank > 1 else window[0], **draw.arguments}
    shape, run = draw.input(draw.channels()), _run(_nothing)

    def of_sizes(layer: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        return run(layer, np.abs(x), weights)

    text = draw.text("lp_pool", window)
    cls = getattr(nn, f"LPPool{draw.rank}d")
    return Case("lp_pool", text, shape, lambda: cls(**theirs), of_sizes, _count)


def _adaptive(kind: str, name: str) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random)
        output = draw.sizes(1, 7)
        cls = getattr(nn, f"{name}{draw.rank}d")
        return Case(
            kind,
            f"{{{kind}: {yaml(output)}}}",
            draw.input(draw.channels()),
            lambda: cls(output),
            _run(_nothing),
            _count,
        )

    return make


class _Of(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any], inner: Any = None) -> None:
        super().__init__()
        self.function, self.inner = function, inner

    def forward(self, x: Any) -> Any:
        return self.function(x) if self.inner is None else self.function(self.inner, x)


def _function(
    kind: str,
    make: Callable[[Draw], tuple[str, Callable[[Any], Any]]],
    ranks: tuple[int, ...] = (1, 2, 3),
    low: int = 1,
) -> Any:
    """A kind that is a function of PyTorch's, or a module without numbers."""

    def one(random: Random) -> Case:
        draw = Draw(random, random.choice(ranks))
        text, function = make(draw)
        shape = getattr(draw, "shape", None) or draw.input(draw.channels(), low)
        return Case(kind, text, shape, lambda: _Of(function), _run(_nothing), None)

    return one


def _module(kind: str, cls: Any, *arguments: Any, ranks: tuple[int, ...] = (0, 1, 2, 3), **more: Any) -> Any:
    return _function(kind, lambda _: (kind, cls(*arguments, **more)), ranks)


def global_response_norm(random: Random) -> Case:
    """By PyTorch's functions, as algorithm 1 of ConvNeXt V2 has it."""
    draw = Draw(random)

    def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        values = torch.from_numpy(x)
        scale, center = (
            torch.from_numpy(weights[name]).reshape(-1, *(1,) * (x.ndim - 2)) for name in ("scale", "center")
        )
        norms = torch.norm(values, p=2, dim=tuple(range(2, x.ndim)), keepdim=True)
        return (scale * values * norms / (norms.mean(1, keepdim=True) + 1e-6) + center + values).numpy()

    return Case("global_response_norm", "global_response_norm", draw.input(draw.channels()), lambda: None, run, None)


def _last(inner: Any, x: Any) -> Any:
    """Where PyTorch works on the last axis, the channels are put there."""
    return inner(x.movedim(1, -1)).movedim(-1, 1)


def dense(random: Random) -> Case:
    draw = Draw(random, random.choice([0, 0, 1, 2, 3]))
    c_in, units = draw.channels(), draw.channels()
    draw.give("bias", "bias", draw.maybe())
    arguments = draw.arguments

    def load(layer: Any, weights: Weights) -> None:
        _set(layer.inner, weight=weights["kernel"].T, **_biases(weights))

    return Case(
        "dense",
        draw.text("dense", units),
        draw.input(c_in),
        lambda: _Of(_last, nn.Linear(c_in, units, **arguments)),
        _run(load),
        _count,
    )


def attention(random: Random) -> Case:
    """`MultiheadAttention` of a tensor with itself, all of whose positions are in one row for it."""
    draw = Draw(random)
    heads, channels = draw.number(1, 4), draw.number(1, 12)
    draw.give("bias", "bias", draw.maybe())
    is_causal, arguments = draw.rank == 1 and draw.maybe(), draw.arguments
    if is_causal:
        draw.entry.append("causal: true")

    def run(inner: Any, x: Any) -> Any:
        rows = x.flatten(2).transpose(1, 2)
        n = rows.shape[1]
        hidden = torch.ones(n, n, dtype=torch.bool).triu(1) if is_causal else None
        found, _ = inner(rows, rows, rows, attn_mask=hidden)
        return found.transpose(1, 2).reshape(x.shape)

    def load(layer: Any, weights: Weights) -> None:
        names = ("query", "key", "value")
        _set(layer.inner, in_proj_weight=torch.cat([weights[name].T for name in names]))
        _set(layer.inner.out_proj, weight=weights["output"].T)
        if "query_bias" in weights:
            _set(layer.inner, in_proj_bias=torch.cat([weights[f"{name}_bias"] for name in names]))
            _set(layer.inner.out_proj, bias=weights["output_bias"])

    text, shape = draw.text("attention", heads), draw.input(channels, high=4)
    return Case(
        "attention",
        text,
        shape,
        lambda: _Of(run, nn.MultiheadAttention(channels, heads, batch_first=True, **arguments)),
        _run(load),
        _count,
    )


def _recurrent(kind: str, cls: Any) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random, 1)
        c_in, units = draw.channels(), draw.channels()
        draw.give("bias", "bias", draw.maybe(), 0.4)
        draw.give("bidirectional", "bidirectional", draw.maybe())
        draw.give("layers", "num_layers", draw.number(1, 3))
        if kind == "rnn":
            draw.give("nonlinearity", "nonlinearity", draw.random.choice(["tanh", "relu"]))
        is_last = draw.maybe()
        draw.entry += ["output: last"] * is_last
        both = draw.arguments.get("bidirectional", False)
        adds = both and draw.arguments.get("num_layers", 1) == 1 and draw.maybe()
        draw.entry += ["merge: sum"] * adds

        def run(inner: Any, x: Any) -> Any:
            y, _ = inner(x.movedim(1, -1))
            ways = [(y[..., :units], -1), (y[..., units:], 0)] if both else [(y, -1)]
            found = [states[:, end] if is_last else states.movedim(-1, 1) for states, end in ways]
            return found[0] + found[1] if adds else torch.cat(found, 1)

        def load(layer: Any, weights: Weights) -> None:
            for name, array in weights.items():
                if kind == "gru":  # the reset gate comes first
                    update, reset, candidate = array.split(units, -1)
                    array = torch.cat([reset, update, candidate], -1)
                number = int(name[5]) - 1 if name.startswith("layer") else 0
                end = f"l{number}{'_reverse' if 'backward' in name else ''}"
                if name.endswith("bias"):
                    _set(layer.inner, **{f"bias_ih_{end}": array[0], f"bias_hh_{end}": array[1]})
                else:
                    side = "hh" if name.endswith("recurrent_kernel") else "ih"
                    _set(layer.inner, **{f"weight_{side}_{end}": array.T})

        arguments = {**draw.arguments, "batch_first": True}
        return Case(
            kind,
            draw.text(kind, units),
            draw.input(c_in, 1, 9),
            lambda: _Of(run, cls(c_in, units, **arguments)),
            _run(load),
            _count,
        )

    return make


def embedding(random: Random) -> Case:
    draw = Draw(random, 0)
    width, ids, count = draw.channels(), draw.number(1, 20), draw.number(1, 12)

    def run(inner: Any, x: Any) -> Any:
        return inner(x.long()).movedim(-1, 1)

    def load(layer: Any, weights: Weights) -> None:
        _set(layer.inner, weight=weights["table"])

    text = f"{{embedding: {width}, vocabulary: {ids}}}"
    return Case("embedding", text, (count,), lambda: _Of(run, nn.Embedding(ids, width)), _run(load), _count, ids)


def _norm(kind: str, name: str, argument: str) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        ranks = {"batch_norm": (0, 1, 2, 3), "instance_norm": (1, 2, 3)}.get(kind, (0, 1, 2, 3))
        draw = Draw(random, random.choice(ranks))
        channels = draw.channels()
        groups = draw.random.choice([n for n in range(1, 7) if channels % n == 0])
        draw.give("scale" if kind == "rms_norm" else "affine", argument, draw.maybe())
        draw.give("epsilon", "eps", draw.random.choice([1e-6, 0.1]), 0.4)
        named = name.replace("?", f"{max(draw.rank, 1)}d")
        first = {"layer_norm": (channels,), "group_norm": (groups, channels)}.get(kind, (channels,))
        arguments = draw.arguments

        def build() -> Any:
            inner = getattr(nn, named)(*first, **arguments)
            return _Of(_last if kind in ("layer_norm", "rms_norm") else lambda inner, x: inner(x), inner)

        def load(layer: Any, weights: Weights) -> None:
            names = {"scale": "weight", "center": "bias", "mean": "running_mean", "variance": "running_var"}
            _set(layer.inner, **{names[own]: array for own, array in weights.items()})

        text = draw.text(kind, groups if kind == "group_norm" else None)
        return Case(kind, text, draw.input(channels), build, _run(load), _count)

    return make


def local_response_norm(random: Random) -> Case:
    draw = Draw(random, random.choice([0, 1, 2, 3]))
    size = draw.number(1, 6)
    for name in ("alpha", "beta", "k"):
        draw.give(name, name, draw.random.choice([0.5, 0.9, 1.5]))
    arguments = draw.arguments
    text, shape = draw.text("local_response_norm", size), draw.input(draw.channels())
    return Case(
        "local_response_norm", text, shape, lambda: nn.LocalResponseNorm(size, **arguments), _run(_nothing), _count
    )


def prelu(random: Random) -> Case:
    draw = Draw(random, random.choice([0, 1, 2, 3]))
    channels, per_channel = draw.channels(), draw.maybe()
    count = {"num_parameters": channels} if per_channel else {}
    text = "{prelu: {per: channel}}" if per_channel else "prelu"
    return Case(
        "prelu",
        text,
        draw.input(channels),
        lambda: nn.PReLU(**count),
        _run(lambda layer, w: _set(layer, weight=w["slope"])),
        _count,
    )


def _with_number(kind: str, cls: Any, argument: str) -> Any:
    def make(draw: Draw) -> tuple[str, Any]:
        value = draw.random.choice([0.2, 0.7, 1.3])
        if draw.maybe():
            return f"{{{kind}: {value}}}", cls(**{argument: value})
        return kind, cls()

    return _function(kind, make, (0, 1, 2, 3))


def _pads(draw: Draw) -> tuple[str, Any]:
    pairs = tuple((draw.number(0, 3), draw.number(0, 3)) for _ in range(draw.rank))
    flat = [amount for pair in reversed(pairs) for amount in pair]
    mode, theirs = draw.random.choice(
        [("", "constant"), ("", "constant"), *((mode, mode) for mode in ("reflect", "replicate", "circular"))]
    )
    more = f", mode: {mode}" if mode else ""
    return f"{{pad: {yaml(pairs)}{more}}}", lambda x: F.pad(x, flat, mode=theirs)


def _crops(draw: Draw) -> tuple[str, Any]:
    pairs = tuple((draw.number(0, 2), draw.number(0, 2)) for _ in range(draw.rank))
    flat = [-amount for pair in reversed(pairs) for amount in pair]
    return f"{{crop: {yaml(pairs)}}}", lambda x: F.pad(x, flat)


def _upsamples(draw: Draw) -> tuple[str, Any]:
    factor = draw.sizes(1, 4)
    if draw.maybe():
        return f"{{upsample: {yaml(factor)}}}", nn.Upsample(scale_factor=tuple(map(float, factor)))
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[draw.rank]
    return f"{{upsample: {yaml(factor)}, mode: bilinear}}", nn.Upsample(
        scale_factor=tuple(map(float, factor)), mode=mode
    )


def _blocks(kind: str) -> Callable[[Draw], tuple[str, Any]]:
    def make(draw: Draw) -> tuple[str, Any]:
        block = draw.number(1, 3)
        draw.shape = draw.input(draw.number(1, 9))  # type: ignore[attr-defined]
        return f"{kind}: {block}", (nn.PixelShuffle if kind == "depth_to_space" else nn.PixelUnshuffle)(block)

    return make


def _shuffles(draw: Draw) -> tuple[str, Any]:
    groups = draw.number(1, 4)
    return f"channel_shuffle: {groups}", nn.ChannelShuffle(groups)


def _slices(draw: Draw) -> tuple[str, Any]:
    channels = draw.number(2, 6)
    start = draw.number(0, channels - 1)
    stop = draw.number(start + 1, channels)
    draw.shape = draw.input(channels)  # type: ignore[attr-defined]
    return f"slice: [{start}, {stop}]", lambda x: x[:, start:stop]


def _names(draw: Draw) -> list[str]:
    """The axes in PyTorch's order, the first of which is 1."""
    return ["channels", *{1: ["position"], 2: ["height", "width"], 3: ["depth", "height", "width"]}[draw.rank]]


def _permutes(draw: Draw) -> tuple[str, Any]:
    names = _names(draw)
    order = names.copy()
    while order == names:
        draw.random.shuffle(order)
    settings = ", ".join(f"{new}: {old}" for new, old in zip(names, order, strict=True))
    return f"permute: {{{settings}}}", lambda x: x.permute(0, *(1 + names.index(old) for old in order))


_REDUCED = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax, "min": torch.amin}
_REDUCED["l2"] = lambda x, dim, keepdim: torch.linalg.vector_norm(x, dim=dim, keepdim=keepdim)


def _reduces(draw: Draw) -> tuple[str, Any]:
    names = _names(draw)
    over = draw.random.sample(names, draw.number(1, len(names)))
    how, keep = draw.random.choice(list(_REDUCED)), draw.maybe()
    dims = sorted(1 + names.index(name) for name in over)
    gone = [] if keep else [dim for dim in dims if dim > 1]

    def reduced(x: Any) -> Any:
        return _REDUCED[how](x, dim=dims, keepdim=True).squeeze(gone)

    return f"{{reduce: {how}, axes: [{', '.join(over)}], keep_dims: {str(keep).lower()}}}", reduced


def _resizes(draw: Draw) -> tuple[str, Any]:
    mode = draw.random.choice(["nearest", "bilinear", *(["bicubic"] if draw.rank == 2 else [])])
    theirs = {"bilinear": {1: "linear", 2: "bilinear", 3: "trilinear"}[draw.rank]}.get(mode, mode)
    if draw.maybe():
        sizes = draw.sizes(1, 9)
        aligned = mode != "nearest" and draw.maybe()
        options = {"align_corners": aligned} if mode != "nearest" else {}
        entry = f"{{resize: {yaml(sizes)}, mode: {mode}, align_corners: {str(aligned).lower()}}}"
        return entry, lambda x: F.interpolate(x, sizes, mode=theirs, **options)
    factors = tuple(draw.random.choice([0.5, 1.5, 2.5, 1.25, 3.0]) for _ in range(draw.rank))
    entry = f"{{resize: {{factor: {list(factors)}, mode: {mode}}}}}"
    return entry, lambda x: F.interpolate(x, scale_factor=factors, mode=theirs)


def _reshapes(draw: Draw) -> tuple[str, Any]:
    draw.shape = draw.input(6, 1, 4)  # type: ignore[attr-defined]
    sizes = draw.random.choice([(-1,), (2, -1), (3, 2, -1), (-1, 1, 2, 3), (5, 7)])
    return f"reshape: {yaml(sizes)}", lambda x: x.reshape(len(x), *sizes)


def _globals(kind: str) -> Callable[[Draw], tuple[str, Any]]:
    def make(draw: Draw) -> tuple[str, Any]:
        keep, axes = draw.maybe(), tuple(range(2, 2 + draw.rank))
        reduce = torch.mean if kind == "global_avg_pool" else torch.amax
        return f"{{{kind}, keep_dims: {yaml(keep)}}}", lambda x: reduce(x, axes, keepdim=keep)

    return make


def _merges(kind: str, function: Callable[[Any, Any], Any]) -> Any:
    return _function(kind, lambda _: (f"{kind}: [[], [relu]]", lambda x: function(x, F.relu(x))), (0, 1, 2, 3))


def _learned(kind: str, function: Callable[[Any, Any], Any]) -> Callable[[Random], Case]:
    """A function of the values and of numbers that are learned, for each channel or per something else."""

    def make(random: Random) -> Case:
        draw = Draw(random, random.choice([0, 1, 2, 3]))
        draw.give("per", "per", draw.random.choice(["channel", "value", "position", "all"]))
        per = draw.arguments.get("per", "channel")

        def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
            [numbers] = weights.values()
            if per == "channel":
                return function(x, numbers.reshape(-1, *(1,) * (x.ndim - 2)))
            return function(x, np.moveaxis(numbers, -1, 0) if per != "all" else numbers)

        return Case(kind, draw.text(kind), draw.input(draw.channels()), lambda: None, run, None)

    return make


def weighted_add(random: Random) -> Case:
    """As EfficientDet fuses: fast, or by softmax."""
    draw = Draw(random, random.choice([0, 1, 2, 3]))
    draw.give("normalize", "normalize", draw.random.choice(["sum", "softmax"]))
    how = draw.arguments.get("normalize", "none")

    def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        own, values = torch.from_numpy(weights["weight"]), torch.from_numpy(x)
        if how == "sum":
            own = F.relu(own) / (F.relu(own).sum() + 1e-4)
        if how == "softmax":
            own = F.softmax(own, 0)
        return (own[0] * values + own[1] * F.relu(values)).numpy()

    text = "{" + ", ".join(["weighted_add: [[], [relu]]", *draw.entry]) + "}"
    return Case("weighted_add", text, draw.input(draw.channels()), lambda: None, run, None)


def prepend(random: Random) -> Case:
    """As ViT prepends its class token."""
    draw = Draw(random, 1)
    count = draw.number(1, 3)

    def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        tokens = torch.from_numpy(weights["value"]).T.expand(len(x), -1, -1)
        return torch.cat((tokens, torch.from_numpy(x)), 2).numpy()

    return Case("prepend", draw.text("prepend", count), draw.input(draw.channels()), lambda: None, run, None)


def learned(random: Random) -> Case:
    """As DETR has its queries: the rows of an embedding, repeated for each sample."""
    draw = Draw(random, random.choice([0, 1, 2, 3]))
    channels, spatial = draw.channels(), draw.sizes(1, 4)

    def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        rows = torch.from_numpy(weights["value"])
        return rows.movedim(-1, 0).expand(len(x), *(channels, *spatial)).numpy()

    return Case("learned", draw.text("learned", (channels, *spatial)), draw.input(2), lambda: None, run, None)


def _glus(draw: Draw) -> tuple[str, Any]:
    gates = {"sigmoid": torch.sigmoid, "gelu": F.gelu, "silu": F.silu, "relu": F.relu, "tanh": torch.tanh}
    draw.shape = draw.input(2 * draw.number(1, 4))  # type: ignore[attr-defined]
    if draw.maybe(0.3):
        return "glu", lambda x: F.glu(x, 1)
    if draw.maybe(0.2):
        return "glu: linear", lambda x: torch.mul(*x.chunk(2, 1))
    gate = draw.random.choice([*gates])
    return f"glu: {gate}", lambda x: x.chunk(2, 1)[0] * gates[gate](x.chunk(2, 1)[1])


def _matmuls(draw: Draw) -> tuple[str, Any]:
    """A tensor with itself: by its transpose, from either side, or by as many positions as channels."""
    way = draw.random.choice(["first", "second", "none"])
    if way == "none":
        size = draw.number(1, 6)
        draw.shape = (size, size, *(1,) * (draw.rank - 1))  # type: ignore[attr-defined]
    equation = {"first": "bkc,bkd->bcd", "second": "bnc,bmc->bnm", "none": "bnc,bcd->bnd"}[way]

    def run(x: Any) -> Any:
        rows = x.flatten(2).movedim(1, 2)
        y = torch.einsum(equation, rows, torch.tanh(rows)).movedim(2, 1)
        return y if way == "first" else y.reshape(len(x), -1, *x.shape[2:])

    return f"{{matmul: [[], [tanh]], transpose: {way}}}", run


def normalization(random: Random) -> Case:
    draw = Draw(random, random.choice([0, 1, 2, 3]))

    def run(_: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        mean, variance = (weights[name].reshape(-1, *(1,) * (x.ndim - 2)) for name in ("mean", "variance"))
        return (x - mean) / np.sqrt(variance)

    return Case("normalization", "normalization", draw.input(draw.channels()), lambda: None, run, None)


def _rescales(draw: Draw) -> tuple[str, Any]:
    factors = tuple(draw.random.choice([0.5, -2, 3]) for _ in range(draw.channels()))
    draw.shape = draw.input(len(factors))  # type: ignore[attr-defined]
    per_channel = torch.tensor(factors).reshape(-1, *(1,) * draw.rank)
    return f"{{rescale: {yaml(factors)}, offset: -3}}", lambda x: per_channel * x - 3


MAKERS: dict[str, Callable[[Random], Case]] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "conv_transpose": conv_transpose,
    "deformable_conv": deformable_conv,
    "max_unpool": max_unpool,
    "max_pool": _pool("max_pool", "MaxPool"),
    "avg_pool": _pool("avg_pool", "AvgPool"),
    "lp_pool": lp_pool,
    "adaptive_avg_pool": _adaptive("adaptive_avg_pool", "AdaptiveAvgPool"),
    "adaptive_max_pool": _adaptive("adaptive_max_pool", "AdaptiveMaxPool"),
    "global_avg_pool": _function("global_avg_pool", _globals("global_avg_pool")),
    "global_max_pool": _function("global_max_pool", _globals("global_max_pool")),
    "dense": dense,
    "embedding": embedding,
    "lstm": _recurrent("lstm", nn.LSTM),
    "gru": _recurrent("gru", nn.GRU),
    "rnn": _recurrent("rnn", nn.RNN),
    "flatten": _module("flatten", nn.Flatten),
    "reshape": _function("reshape", _reshapes, (0, 1, 2, 3)),
    "identity": _module("identity", nn.Identity),
    "pad": _function("pad", _pads),
    "crop": _function("crop", _crops),
    "upsample": _function("upsample", _upsamples),
    "depth_to_space": _function("depth_to_space", _blocks("depth_to_space"), (2,)),
    "space_to_depth": _function("space_to_depth", _blocks("space_to_depth"), (2,)),
    "channel_shuffle": _function("channel_shuffle", _shuffles),
    "slice": _function("slice", _slices, (0, 1, 2, 3)),
    "permute": _function("permute", _permutes),
    "reduce": _function("reduce", _reduces),
    "resize": _function("resize", _resizes),
    "batch_norm": _norm("batch_norm", "BatchNorm?", "affine"),
    "layer_norm": _norm("layer_norm", "LayerNorm", "elementwise_affine"),
    "instance_norm": _norm("instance_norm", "InstanceNorm?", "affine"),
    "group_norm": _norm("group_norm", "GroupNorm", "affine"),
    "local_response_norm": local_response_norm,
    "global_response_norm": global_response_norm,
    "rms_norm": _norm("rms_norm", "RMSNorm", "elementwise_affine"),
    "l2_norm": _function("l2_norm", lambda _: ("l2_norm", F.normalize), (0, 1, 2, 3)),
    "scale": _learned("scale", np.multiply),
    "offset": _learned("offset", np.add),
    "normalization": normalization,
    "rescale": _function("rescale", _rescales, (0, 1, 2, 3)),
    "relu": _module("relu", nn.ReLU),
    "relu6": _module("relu6", nn.ReLU6),
    "leaky_relu": _with_number("leaky_relu", nn.LeakyReLU, "negative_slope"),
    "prelu": prelu,
    "elu": _with_number("elu", nn.ELU, "alpha"),
    "selu": _module("selu", nn.SELU),
    "gelu": _module("gelu", nn.GELU),
    "sigmoid": _module("sigmoid", nn.Sigmoid),
    "hard_sigmoid": _module("hard_sigmoid", nn.Hardsigmoid),
    "log_sigmoid": _module("log_sigmoid", nn.LogSigmoid),
    "tanh": _module("tanh", nn.Tanh),
    "hard_tanh": _module("hard_tanh", nn.Hardtanh),
    "clip": _function("clip", lambda _: ("clip: [-0.5, 2]", nn.Hardtanh(-0.5, 2)), (0, 1, 2, 3)),
    "softsign": _module("softsign", nn.Softsign),
    "softplus": _module("softplus", nn.Softplus),
    "silu": _module("silu", nn.SiLU),
    "hard_swish": _module("hard_swish", nn.Hardswish),
    "mish": _module("mish", nn.Mish),
    "softmax": _module("softmax", nn.Softmax, 1),
    "log_softmax": _module("log_softmax", nn.LogSoftmax, 1),
    "glu": _function("glu", _glus, (0, 1, 2, 3)),
    "learned": learned,
    "prepend": prepend,
    "attention": attention,
    "dropout": _function("dropout", lambda _: ("dropout: 0.3", nn.Dropout(0.3).eval()), (0, 1, 2, 3)),
    "spatial_dropout": _function(
        "spatial_dropout", lambda draw: ("spatial_dropout: 0.3", getattr(nn, f"Dropout{draw.rank}d")(0.3).eval())
    ),
    "drop_path": _function("drop_path", lambda _: ("drop_path: 0.3", nn.Identity()), (0, 1, 2, 3)),
    "add": _merges("add", torch.add),
    "subtract": _merges("subtract", torch.subtract),
    "multiply": _merges("multiply", torch.multiply),
    "divide": _function("divide", lambda _: ("divide: [[], [sigmoid]]", lambda x: x / torch.sigmoid(x)), (0, 1, 2, 3)),
    "weighted_add": weighted_add,
    "matmul": _function("matmul", _matmuls),
    "average": _merges("average", lambda a, b: (a + b) / 2),
    "maximum": _merges("maximum", torch.maximum),
    "minimum": _merges("minimum", torch.minimum),
    "concat": _merges("concat", lambda a, b: torch.cat([a, b], 1)),
}
"""A random layer of each kind."""
