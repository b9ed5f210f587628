"""The graph of operations calculated by PyTorch: written from the table in `cnncalc.importing.operations`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from cnncalc.importing.operations import BATCH, Operation, OperationGraph, Tensor
from cnncalc.importing.stored import Stored

Settings = dict[str, Any]
DTYPES = {"bool": np.bool_, "bfloat16": np.uint16}


def values_of(stored: Stored) -> np.ndarray:
    """The array that a `Stored` describes."""
    data = np.frombuffer(bytes(stored.read()), DTYPES.get(stored.dtype, stored.dtype))
    if stored.dtype == "bfloat16":
        data = (data.astype(np.uint32) << 16).view(np.float32)
    array = _stepped(data.reshape(stored.sizes), stored.steps)
    if stored.joined:
        array = np.concatenate([array, *map(values_of, stored.joined)], stored.along)
    return _stepped(array, stored.steps_after)


def _stepped(array: np.ndarray, steps: Any) -> np.ndarray:
    for name, value in steps:
        if name == "reshape":
            array = array.reshape(value)
        elif name == "transpose":
            array = array.transpose(value)
        elif name == "take":
            axis, start, stop = value
            array = array.take(range(start, stop), axis)
        elif name == "multiply":
            array = array * value
        else:
            assert name == "add"
            array = array + value
    return array


class Run:
    """One run with a batch of a certain size."""

    def __init__(self, graph: OperationGraph, inputs: dict[str, np.ndarray], batch: int) -> None:
        self.batch, self.graph = batch, graph
        self.known: dict[int, torch.Tensor] = {id(t): torch.tensor(inputs[t.name]) for t in graph.inputs}

    def outputs(self) -> list[np.ndarray]:
        """What the model returns."""
        for operation in self.graph.operations:
            found = RULES[operation.name](self.settings(operation), *(self.tensor(each) for each in operation.inputs))
            for tensor, value in zip(
                operation.outputs, found if isinstance(found, (tuple, list)) else [found], strict=False
            ):
                assert tensor.sizes is None or tuple(value.shape) == self.sizes(tensor.sizes), (operation, value.shape)
                self.known[id(tensor)] = value
        return [self.tensor(each).numpy() for each in self.graph.outputs]

    def tensor(self, tensor: Tensor | None) -> Any:
        if tensor is None or id(tensor) in self.known:
            return None if tensor is None else self.known[id(tensor)]
        assert tensor.constant is not None, tensor
        array = values_of(tensor.constant.stored) if tensor.constant.stored else np.array(tensor.constant.values)
        assert array.shape == tensor.sizes, (tensor, array.shape)
        if tensor.constant.values is not None:
            np.testing.assert_allclose(np.array(tensor.constant.values), array.reshape(-1), rtol=1e-6)
        if array.dtype in (np.float16, np.float64, np.float32):
            array = array.astype(np.float32)
        self.known[id(tensor)] = torch.tensor(array)
        return self.known[id(tensor)]

    def settings(self, operation: Operation) -> Settings:
        """With the real batch, and the sizes of the output."""
        found = {**operation.settings, "output": operation.output.sizes, "name": operation.name}
        for name in found.keys() & {"sizes", "output", "times"}:
            found[name] = self.sizes(found[name])
        if "stop" in found:
            (found["stop"],) = self.sizes([found["stop"]])
        return found

    def sizes(self, sizes: Any) -> tuple[int, ...]:
        """With the real batch in the place of the one that stands for any."""
        if self.graph.batch != BATCH:
            return tuple(sizes)
        return tuple(size // BATCH * self.batch if size and size % BATCH == 0 else size for size in sizes)


def _padded(x: torch.Tensor, pairs: Any, value: float = 0.0, mode: str = "constant") -> torch.Tensor:
    if mode == "constant":
        flat = [side for pair in reversed(pairs) for side in pair]
        return functional.pad(x, flat, value=value)
    modes = {"replicate": "edge", "circular": "wrap", "reflect": "reflect"}
    return torch.tensor(np.pad(x.numpy(), pairs, mode=modes[mode]))


def _conv(s: Settings, x: Any, w: Any, b: Any = None) -> Any:
    x = _padded(x, s["padding"])
    return (functional.conv1d, functional.conv2d, functional.conv3d)[x.ndim - 3](
        x, w, b, s["stride"], 0, s["dilation"], s["groups"]
    )


def _conv_transpose(s: Settings, x: Any, w: Any, b: Any = None) -> Any:
    rank = x.ndim - 2
    full = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[rank - 1](
        x, w, b, s["stride"], 0, 0, s["groups"], s["dilation"]
    )
    extra = [pair for one in reversed(s["output_padding"]) for pair in (0, one)]
    full = functional.pad(full, extra)
    if b is not None:
        mask = functional.pad(
            torch.ones_like(
                full[..., *(slice(0, n - e) for n, e in zip(full.shape[2:], s["output_padding"], strict=False))]
            ),
            extra,
        )
        full = full + (1 - mask) * b.reshape(-1, *(1,) * rank)
    for axis, (before, after) in enumerate(s["padding"], 2):
        full = full.narrow(axis, before, full.shape[axis] - before - after)
    return full


def _pool_windows(s: Settings, x: Any, value: float) -> tuple[Any, Any]:
    """All windows, with what is outside as some value; and which places of them are the input's, which padding's."""
    rank = x.ndim - 2
    reach = [d * (k - 1) + 1 for k, d in zip(s["window"], s.get("dilation", (1,) * rank), strict=False)]
    pads, kind = [], torch.zeros(x.shape[2:])
    for axis in range(rank):
        before, after = s["padding"][axis]
        out = s["output"][2 + axis]
        need = (out - 1) * s["stride"][axis] + reach[axis] - x.shape[2 + axis] - before
        pads.append((before, after, max(need - after, 0)))
        x = _padded(x, [(0, 0)] * (2 + axis) + [(before, max(need, 0))] + [(0, 0)] * (rank - 1 - axis), value)
    kind = functional.pad(kind, [side for pair in reversed(pads) for side in pair[:2]], value=1)
    kind = functional.pad(kind, [side for pair in reversed(pads) for side in (0, pair[2])], value=2)
    for axis in range(rank):
        stride, dilation = s["stride"][axis], s.get("dilation", (1,) * rank)[axis]
        out = s["output"][2 + axis]
        index = torch.arange(out)[:, None] * stride + torch.arange(s["window"][axis])[None] * dilation
        x = x.index_select(2 + 2 * axis, index.reshape(-1)).unflatten(2 + 2 * axis, index.shape)
        kind = kind.index_select(2 * axis, index.reshape(-1)).unflatten(2 * axis, index.shape)
    places = [2 * axis + 1 for axis in range(rank)]
    outer = [2 * axis for axis in range(rank)]
    x = x.permute(0, 1, *(2 + p for p in outer), *(2 + p for p in places)).flatten(2 + rank)
    return x, kind.permute(*outer, *places).flatten(rank)


def _avg_pool(s: Settings, x: Any) -> Any:
    windows, kind = _pool_windows(s, x, 0.0)
    counted = kind < 2 if s["count_padding"] else kind < 1
    return windows.sum(-1) / counted.sum(-1)


def _norm(x: Any, axes: Any, epsilon: float) -> Any:
    mean, var = x.mean(axes, keepdim=True), x.var(axes, keepdim=True, correction=0)
    return (x - mean) / torch.sqrt(var + epsilon)


def _affine(x: Any, scale: Any, center: Any, shape: Any) -> Any:
    x = x if scale is None else x * scale.reshape(shape)
    return x if center is None else x + center.reshape(shape)


def _along_channels(x: Any) -> tuple[int, ...]:
    return (1, -1, *(1,) * (x.ndim - 2))


def _group_norm(s: Settings, x: Any, scale: Any = None, center: Any = None) -> Any:
    return functional.group_norm(x, s["groups"], scale, center, s["epsilon"])


def _batch_norm(s: Settings, x: Any, scale: Any, center: Any, mean: Any, var: Any) -> Any:
    return functional.batch_norm(x, mean, var, scale, center, eps=s["epsilon"])


REDUCING = {
    "mean": lambda x, a, k: x.mean(a, k),
    "sum": lambda x, a, k: x.sum(a, k),
    "max": lambda x, a, k: x.amax(a, k),
    "min": lambda x, a, k: x.amin(a, k),
    "l1": lambda x, a, k: x.abs().sum(a, k),
    "l2": lambda x, a, k: x.square().sum(a, k).sqrt(),
    "log_sum": lambda x, a, k: x.sum(a, k).log(),
    "log_sum_exp": lambda x, a, k: x.logsumexp(a, k),
    "sum_square": lambda x, a, k: x.square().sum(a, k),
    "argmax": lambda x, a, k: x.argmax(a[0], k),
    "argmin": lambda x, a, k: x.argmin(a[0], k),
}


def _reduce(s: Settings, x: Any) -> Any:
    how, axes, keep = (s[name] for name in ("how", "axes", "keep_dims"))
    if how == "prod":
        for axis in sorted(axes, reverse=True):
            x = x.prod(axis, keep)
        return x
    return REDUCING[how](x, axes, keep)


def _slice(s: Settings, x: Any) -> Any:
    return x.index_select(s["axis"], torch.arange(s["start"], s["stop"], s["step"]))


def _recurrent(s: Settings, x: Any, *rest: Any) -> Any:
    states, arrays = rest[:2], dict(zip(s["arrays"], rest[2:], strict=False))
    both = s["directions"] == "both"
    if s["directions"] == "backward":
        x = x.flip(0)
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[s["name"]]
    extra = {"nonlinearity": s["nonlinearity"]} if s["name"] == "rnn" else {}
    has_bias = any("bias" in name for name in arrays)
    layer = kind(x.shape[2], s["hidden"], bidirectional=both, bias=has_bias, **extra)
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(layer, name).copy_(array)
        count = 2 if both else 1
        zero = torch.zeros(count, x.shape[1], s["hidden"])
        h, c = (zero if each is None else each for each in states)
        y, last = layer(x, (h, c) if s["name"] == "lstm" else h)
    if s["directions"] == "backward":
        y = y.flip(0)
    return [y, *last] if s["name"] == "lstm" else [y, last]


def _resize(s: Settings, x: Any) -> Any:
    assert s["axes"] == tuple(range(2, x.ndim))
    assert not s["antialias"]
    found = x
    for place, axis in enumerate(s["axes"]):
        found = _resize_axis(found, axis, s["size"][place], s["factors"] and s["factors"][place], s)
    return found


def _resize_axis(x: Any, axis: int, size: int, factor: float | None, s: dict[str, Any]) -> Any:
    old = x.shape[axis]
    factor = factor or size / old
    at = torch.arange(size, dtype=torch.float64)
    rule = s["rule"]
    if rule == "align_corners":
        at = at * (old - 1) / max(size - 1, 1)
    elif rule == "asymmetric":
        at = at / factor
    elif rule == "pytorch_half_pixel":
        at = (at + 0.5) / factor - 0.5 if size > 1 else at * 0
    else:
        assert rule == "half_pixel"
        at = (at + 0.5) / factor - 0.5
    x = x.movedim(axis, -1)
    if s["mode"] == "nearest":
        how = {"floor": torch.floor, "ceil": torch.ceil}
        how["round_prefer_floor"] = lambda a: torch.ceil(a - 0.5)
        how["round_prefer_ceil"] = lambda a: torch.floor(a + 0.5)
        found = x[..., how[s["rounding"]](at).clamp(0, old - 1).long()]
    elif s["mode"] == "linear":
        low = at.floor()
        part = (at - low).float()
        a, b = low.clamp(0, old - 1).long(), (low + 1).clamp(0, old - 1).long()
        found = x[..., a] * (1 - part) + x[..., b] * part
    else:
        low, found, coefficient = at.floor(), 0, -0.75
        for offset in range(-1, 3):
            d = (at - low - offset).abs()
            near = ((coefficient + 2) * d - (coefficient + 3)) * d * d + 1
            far = ((coefficient * d - 5 * coefficient) * d + 8 * coefficient) * d - 4 * coefficient
            weight = torch.where(d <= 1, near, far).float()
            found = found + x[..., (low + offset).clamp(0, old - 1).long()] * weight
    return found.movedim(-1, axis)


def _attention(s: Settings, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    return functional.scaled_dot_product_attention(q, k, v, mask, is_causal=s["causal"], scale=s["scale"])


def _space(x: Any, block: int, order: str, to_depth: bool) -> Any:
    n, c, h, w = x.shape
    if to_depth:
        x = x.reshape(n, c, h // block, block, w // block, block).permute(0, 3, 5, 1, 2, 4)
        return x.reshape(n, c * block * block, h // block, w // block)
    c = c // block**2
    if order == "CRD":
        return functional.pixel_shuffle(x, block)
    return x.reshape(n, block, block, c, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c, h * block, w * block)


def _clip(s: Settings, x: Any) -> Any:
    low, high = s["bounds"]
    return x if low is None and high is None else x.clamp(low, high).to(x.dtype)


def _lrn(s: Settings, x: Any) -> Any:
    return functional.local_response_norm(x, s["size"], s["alpha"], s["beta"], s["k"])


UNARY = {
    **{name: getattr(torch, name) for name in ("erf", "exp", "log", "sqrt", "rsqrt", "square", "abs", "neg")},
    **{name: getattr(torch, name) for name in ("reciprocal", "floor", "ceil", "round", "sign", "sin", "cos")},
    **{
        name: getattr(functional, name)
        for name in ("softplus", "softsign", "mish", "silu", "selu", "relu", "logsigmoid")
    },
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_swish": functional.hardswish,
    "not": torch.logical_not,
    "identity": lambda x: x,
    "dropout": lambda x: x,
}
BINARY = {
    **{name: getattr(torch, name) for name in ("add", "sub", "mul", "maximum", "minimum", "pow")},
    "mod": torch.remainder,
    "equal": torch.eq,
    "less": torch.lt,
    "greater": torch.gt,
    "less_equal": torch.le,
    "greater_equal": torch.ge,
    "and": torch.logical_and,
    "or": torch.logical_or,
    "div": torch.div,
}

RULES: dict[str, Any] = {
    **{name: lambda _, x, how=how: how(x) for name, how in UNARY.items()},
    **{name: lambda _, a, b, how=how: how(a, b) for name, how in BINARY.items()},
    "cast": lambda s, x: torch.tensor(x.numpy().astype(DTYPES.get(s["to"], s["to"]))),
    "leaky_relu": lambda s, x: functional.leaky_relu(x, s["slope"]),
    "elu": lambda s, x: functional.elu(x, s["alpha"]),
    "celu": lambda s, x: functional.celu(x, s["alpha"]),
    "thresholded_relu": lambda s, x: functional.threshold(x, s["alpha"], 0.0),
    "gelu": lambda s, x: functional.gelu(x, approximate=s["approximate"]),
    "hard_sigmoid": lambda s, x: (x * s["slope"] + s["offset"]).clamp(0, 1),
    "clip": _clip,
    "prelu": lambda _, x, slope: (
        functional.prelu(x, slope) if slope.shape[0] in (1, x.shape[1]) else torch.where(x > 0, x, x * slope)
    ),
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": lambda _, x, w, b=None: functional.linear(x, w, b),
    "matmul": lambda _, a, b: a @ b,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "instance_norm": lambda s, x, g=None, c=None: _affine(
        _norm(x, tuple(range(2, x.ndim)), s["epsilon"]), g, c, _along_channels(x)
    ),
    "layer_norm": lambda s, x, g=None, c=None: _affine(
        _norm(x, s["axes"], s["epsilon"]), g, c, [x.shape[a] for a in s["axes"]]
    ),
    "rms_norm": lambda s, x, g=None: functional.rms_norm(x, [x.shape[a] for a in s["axes"]], g, s["epsilon"]),
    "local_response_norm": _lrn,
    "max_pool": lambda s, x: [_pool_windows(s, x, -torch.inf)[0].amax(-1)],
    "avg_pool": _avg_pool,
    "lp_pool": lambda s, x: _pool_windows(s, x, 0.0)[0].abs().pow(s["p"]).sum(-1) ** (1 / s["p"]),
    "adaptive_avg_pool": lambda _, x: x.mean(tuple(range(2, x.ndim)), True),
    "adaptive_max_pool": lambda _, x: x.amax(tuple(range(2, x.ndim)), True),
    "reduce": _reduce,
    "softmax": lambda s, x: x.softmax(s["axis"]),
    "log_softmax": lambda s, x: x.log_softmax(s["axis"]),
    "cumulate": lambda s, x: {"sum": torch.cumsum, "prod": torch.cumprod}[s["how"]](x, s["axis"]),
    "reshape": lambda s, x: x.reshape(s["sizes"]),
    "transpose": lambda s, x: x.permute(s["axes"]),
    "expand": lambda s, x: x.expand(s["sizes"]),
    "repeat": lambda s, x: x.repeat(s["times"]),
    "slice": _slice,
    "split": lambda s, x: x.split(s["sizes"], s["axis"]),
    "concat": lambda s, *xs: torch.cat(xs, s["axis"]),
    "pad": lambda s, x: _padded(x, s["pairs"], s["value"], s["mode"]),
    "gather": lambda s, x, i: torch.tensor(np.take(x.numpy(), i.numpy(), s["axis"])),
    "embedding": lambda _, i, table: table[i],
    "flip": lambda s, x: x.flip(s["axes"]),
    "resize": _resize,
    "depth_to_space": lambda s, x: _space(x, s["block"], s["order"], False),
    "space_to_depth": lambda s, x: _space(x, s["block"], s["order"], True),
    "attention": _attention,
    "lstm": _recurrent,
    "gru": _recurrent,
    "rnn": _recurrent,
    "where": lambda _, c, a, b: torch.where(c.bool(), a, b),
}
