"""Runs a graph of operations in PyTorch: what a reader understood is compared with what the model gives.

It follows the table in `cnncalc.importing.operations` word for word, and knows nothing of the readers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from cnncalc.importing.operations import BATCH, Constant, Operation, OperationGraph, Tensor
from cnncalc.importing.stored import Stored

Value = torch.Tensor
_UNSIGNED = {"uint16": torch.int16, "uint32": torch.int32, "uint64": torch.int64}


def run(graph: OperationGraph, inputs: Sequence[Value]) -> list[Value]:
    """The outputs of a graph for these inputs, which have a batch."""
    batch = inputs[0].shape[0] if inputs else 1
    values: dict[int, Value] = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}

    def value_of(tensor: Tensor | None) -> Value | None:
        if tensor is None:
            return None
        if id(tensor) not in values:
            assert tensor.constant is not None, f"{tensor} is read before it is made"
            values[id(tensor)] = constant_value(tensor, tensor.constant)
        return values[id(tensor)]

    for operation in graph.operations:
        settings = {name: _with_batch(value, batch) for name, value in operation.settings.items()}
        made = _RUN[operation.name](*map(value_of, operation.inputs), **settings)
        for tensor, value in zip(operation.outputs, made if isinstance(made, (list, tuple)) else [made], strict=False):
            if tensor.sizes is not None:
                assert tuple(value.shape) == _with_batch(tensor.sizes, batch), f"{operation.place}: {value.shape}"
            values[id(tensor)] = value
    return [value for tensor in graph.outputs if (value := value_of(tensor)) is not None]


def constant_value(tensor: Tensor, constant: Constant) -> Value:
    """A constant's numbers."""
    dtype = getattr(torch, tensor.dtype)
    if constant.stored is not None:
        return stored_value(constant.stored).to(dtype).reshape(tensor.sizes or ())
    assert constant.values is not None, f"{tensor} has no values"
    return torch.tensor(list(constant.values)).to(dtype).reshape(tensor.sizes or ())


def stored_value(stored: Stored) -> Value:
    """An array of a file after its steps."""
    data = bytearray(stored.read())
    dtype = _UNSIGNED.get(stored.dtype) or getattr(torch, stored.dtype)
    value = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    value = _after(value.reshape(stored.sizes), stored.steps)
    if stored.joined:
        value = torch.cat([value, *map(stored_value, stored.joined)], stored.along)
    return _after(value, stored.steps_after)


def _after(value: Value, steps: Sequence[tuple[str, Any]]) -> Value:
    for name, what in steps:
        if name == "take":
            value = value.narrow(what[0], what[1], what[2] - what[1])
        else:
            apply = {"reshape": value.reshape, "transpose": value.permute, "multiply": value.mul, "add": value.add}
            value = apply[name](what)
    return value


def _with_batch(value: Any, batch: int) -> Any:
    """Numbers in which the open batch is found, with the batch of this run."""
    if isinstance(value, tuple):
        return tuple(_with_batch(each, batch) for each in value)
    if type(value) is int and value and value % BATCH == 0:
        return value // BATCH * batch
    return value


# -- windows


def _padded(x: Value, padding: Sequence[tuple[int, int]], value: float = 0) -> tuple[Value, list[int]]:
    """The input, padded here where the two sides differ; and what is left for the operation."""
    if all(before == after for before, after in padding):
        return x, [before for before, _ in padding]
    flat = [number for pair in reversed(list(padding)) for number in pair]
    return functional.pad(x, flat, value=value), [0] * len(padding)


def _conv(x: Value, w: Value, b: Value | None = None, *, stride, padding, dilation, groups):
    x, pad = _padded(x, padding)
    return (functional.conv1d, functional.conv2d, functional.conv3d)[w.dim() - 3](
        x, w, b, stride, pad, dilation, groups
    )


def _conv_transpose(x, w, b=None, *, stride, padding, dilation, groups, output_padding):
    pad = [before for before, _ in padding]
    run = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[w.dim() - 3]
    return run(x, w, b, stride, pad, output_padding, groups, dilation)


def _max_pool(x, *, window, stride, padding, dilation, ceil):
    x, pad = _padded(x, padding, -math.inf)
    pool = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[len(window) - 1]
    return pool(x, window, stride, pad, dilation, ceil, return_indices=True)


def _avg_pool(x, *, window, stride, padding, ceil, count_padding, divisor=None):
    x, pad = _padded(x, padding)
    if len(window) == 1:
        return functional.avg_pool1d(x, window, stride, pad, ceil, count_padding)
    pool = functional.avg_pool2d if len(window) == 2 else functional.avg_pool3d
    return pool(x, window, stride, pad, ceil, count_padding, divisor)


def _adaptive(kind: str) -> Callable[..., Any]:
    def run(x, *, size):
        return getattr(functional, f"adaptive_{kind}_pool{len(size)}d")(x, size)

    return run


def _pad(x, *, pairs, mode, value=0):
    flat = [number for pair in reversed(pairs) for number in pair]
    if mode == "constant":
        return functional.pad(x, flat, value=value)
    while flat[-2:] == [0, 0]:
        flat = flat[:-2]
    return functional.pad(x, flat, mode=mode)


def _resize(x, *, size, factors, mode, rule, rounding):
    names = {1: "linear", 2: "bilinear", 3: "trilinear"}
    if mode == "nearest":
        return functional.interpolate(x, size, mode="nearest-exact" if rule == "half_pixel" else "nearest")
    name = names[len(size)] if mode == "linear" else "bicubic"
    return functional.interpolate(x, size, mode=name, align_corners=rule == "align_corners")


# -- norms


def _batch_norm(x, scale, center, mean, variance, *, epsilon):
    return functional.batch_norm(x, mean, variance, scale, center, False, 0, epsilon)


def _layer_norm(x, scale=None, center=None, *, axes, epsilon):
    assert axes == tuple(range(x.dim() - len(axes), x.dim()))
    return functional.layer_norm(x, x.shape[-len(axes) :], scale, center, epsilon)


def _rms_norm(x, scale=None, *, axes, epsilon):
    return functional.rms_norm(x, x.shape[-len(axes) :], scale, epsilon)


# -- each value


_UNARY: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(functional, name)
        for name in ("relu", "relu6", "selu", "sigmoid", "tanh", "silu", "mish", "softsign")
    },
    **{name: getattr(torch, name) for name in ("erf", "exp", "log", "sqrt", "rsqrt", "square", "abs", "neg")},
    **{name: getattr(torch, name) for name in ("reciprocal", "floor", "ceil", "round", "sign", "sin", "cos")},
    "not": torch.logical_not,
    "log_sigmoid": functional.logsigmoid,
    "hard_swish": functional.hardswish,
    "hard_sigmoid": lambda x, slope, offset: (x * slope + offset).clamp(0, 1),
    "leaky_relu": lambda x, slope: functional.leaky_relu(x, slope),
    "elu": lambda x, alpha: functional.elu(x, alpha),
    "celu": lambda x, alpha: functional.celu(x, alpha),
    "gelu": lambda x, approximate: functional.gelu(x, approximate=approximate),
    "clip": lambda x, bounds: x.clamp(*bounds),
    "softplus": lambda x, beta, threshold: functional.softplus(x, beta, threshold),
    "thresholded_relu": lambda x, alpha: functional.threshold(x, alpha, 0),
    "cast": lambda x, dtype: x.to(getattr(torch, dtype)),
}
_BINARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(torch, name) for name in ("add", "sub", "mul", "div", "pow", "maximum", "minimum")},
    "mod": torch.remainder,
    "equal": torch.eq,
    "less": torch.lt,
    "greater": torch.gt,
    "less_equal": torch.le,
    "greater_equal": torch.ge,
    "and": torch.logical_and,
    "or": torch.logical_or,
}


_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "mean": torch.mean,
    "sum": torch.sum,
    "max": torch.amax,
    "min": torch.amin,
    "var": torch.var,
    "std": torch.std,
    "logsumexp": torch.logsumexp,
    "l1": lambda x, dim, keepdim: x.abs().sum(dim, keepdim),
    "l2": lambda x, dim, keepdim: x.square().sum(dim, keepdim).sqrt(),
}


def _reduce(x, *, how, axes, keep_dims, **more):
    if how in _REDUCTIONS:
        made = _REDUCTIONS[how](x, dim=axes, keepdim=keep_dims, **more)
        return [made, x.argmax(axes[0], keep_dims)] if how == "max" and len(axes) == 1 else made
    if how in ("any", "all", "prod"):
        for axis in sorted(axes, reverse=True):
            x = getattr(torch, how)(x, dim=axis, keepdim=keep_dims)
        return x
    return getattr(torch, how)(x, dim=axes[0], keepdim=keep_dims)


def _prelu(x, slope):
    return functional.prelu(x, slope.reshape(-1))


# -- arrangements


def _slice(x, *, axis, start, stop, step, from_end=None):
    return x[(slice(None),) * axis + (slice(start, stop, step),)]


def _space(forth: bool) -> Callable[..., Any]:
    def run(x, *, block, order):
        assert order == "CRD"
        return functional.pixel_shuffle(x, block) if forth else functional.pixel_unshuffle(x, block)

    return run


# -- attention and recurrence


def _attention(q, k, v, mask=None, *, causal, scale):
    return functional.scaled_dot_product_attention(q, k, v, mask, 0.0, causal, scale=scale)


def _recurrent(name: str) -> Callable[..., Any]:
    def run(x, state, cell, *weights, hidden, layers, directions, batch_first, arrays, **more):
        made = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[name](
            x.shape[-1],
            hidden,
            layers,
            bias="bias_ih_l0" in arrays,
            batch_first=batch_first,
            bidirectional=directions == 2,
            **({"nonlinearity": more["nonlinearity"]} if name == "rnn" else {}),
        )
        made.load_state_dict(dict(zip(arrays, weights, strict=True)))
        start = (state, cell) if name == "lstm" else state
        output, end = made(x, None if state is None else start)
        return [output, *(end if isinstance(end, tuple) else [end])]

    return run


_RUN: dict[str, Callable[..., Any]] = {
    **_UNARY,
    **_BINARY,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": functional.linear,
    "matmul": torch.matmul,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": lambda x, scale, center, groups, epsilon: functional.group_norm(x, groups, scale, center, epsilon),
    "instance_norm": lambda x, scale, center, epsilon: functional.instance_norm(
        x, None, None, scale, center, eps=epsilon
    ),
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "adaptive_avg_pool": _adaptive("avg"),
    "adaptive_max_pool": _adaptive("max"),
    "reduce": _reduce,
    "softmax": lambda x, axis: x.softmax(axis),
    "log_softmax": lambda x, axis: x.log_softmax(axis),
    "prelu": _prelu,
    "glu": lambda x, axis: functional.glu(x, axis),
    "cumulate": lambda x, how, axis: x.cumsum(axis) if how == "sum" else x.cumprod(axis),
    "identity": lambda x: x,
    "dropout": lambda x, rate, channels: x,
    "reshape": lambda x, sizes: x.reshape(sizes),
    "transpose": lambda x, axes: x.permute(axes),
    "expand": lambda x, sizes: x.expand(sizes),
    "repeat": lambda x, times: x.repeat(times),
    "slice": _slice,
    "split": lambda x, axis, sizes: x.split(sizes, axis),
    "concat": lambda *parts, axis: torch.cat(parts, axis),
    "pad": _pad,
    "gather": lambda x, indices, axis: x[(slice(None),) * axis + (indices,)],
    "embedding": lambda ids, table, padding_id: functional.embedding(ids, table),
    "roll": lambda x, shifts, axes: x.roll(shifts, axes),
    "flip": lambda x, axes: x.flip(axes),
    "resize": _resize,
    "depth_to_space": _space(True),
    "space_to_depth": _space(False),
    "channel_shuffle": lambda x, groups: functional.channel_shuffle(x, groups),
    "attention": _attention,
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "rnn": _recurrent("rnn"),
    "where": lambda condition, a, b: torch.where(condition, a, b),
}


def operations_of(graph: OperationGraph) -> list[str]:
    """The names of the operations, in order."""
    return [operation.name for operation in graph.operations]


def unknown_in(graph: OperationGraph) -> list[Operation]:
    """The operations that were not understood."""
    return [operation for operation in graph.operations if operation.name == "unknown"]
