"""Whether the sizes that a file states are those that its operations make: a file in which they are not is damaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.operations import BATCH, BINARY, UNARY, Operation

Ints = tuple[int, ...]
_Rule = Callable[[Sequence[Any], dict[str, Any]], Ints | None]


def disagreement(operation: Operation) -> str:
    """What an operation makes where something else is stated; "" where it agrees, or is not looked at."""
    rule = _RULES.get(operation.name)
    inputs = [tensor.sizes if tensor is not None else () for tensor in operation.inputs]
    stated = operation.output.sizes
    if rule is None or stated is None or None in inputs:
        return ""
    made = rule(inputs, operation.settings)
    return "" if made == stated else f"it makes {_text(made)}, and the file states {_text(stated)}"


def _text(sizes: Ints | None) -> str:
    """The batch is N, and what it is part of a multiple of that."""
    if sizes is None:
        return "nothing"
    texts = (str(size) if size % BATCH or not size else "N" if size == BATCH else f"{size // BATCH}N" for size in sizes)
    return "x".join(texts) or "one number"


def _same(inputs: Sequence[Ints], _: dict[str, Any]) -> Ints:
    return inputs[0]


def _spread(inputs: Sequence[Ints], _: dict[str, Any]) -> Ints | None:
    """Of all inputs together, as NumPy spreads them."""
    rank = max(map(len, inputs))
    made = []
    for column in zip(*((1,) * (rank - len(sizes)) + sizes for sizes in inputs), strict=True):
        others = set(column) - {1}
        if len(others) > 1:
            return None
        made.append(others.pop() if others else 1)
    return tuple(made)


def _transposed(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    axes = settings["axes"]
    return tuple(inputs[0][axis] for axis in axes) if sorted(axes) == list(range(len(inputs[0]))) else None


def _reshaped(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    sizes: Ints = settings["sizes"]
    return sizes if math.prod(sizes) == math.prod(inputs[0]) else None


def _expanded(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    sizes: Ints = settings["sizes"]
    return sizes if len(sizes) >= len(inputs[0]) and _spread([inputs[0], sizes], {}) == sizes else None


def _sliced(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints:
    return _with(inputs[0], settings["axis"], len(range(settings["start"], settings["stop"], settings["step"])))


def _split(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    axis, sizes = settings["axis"], settings["sizes"]
    return _with(inputs[0], axis, sizes[0]) if sum(sizes) == inputs[0][axis] and min(sizes) >= 0 else None


def _joined(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    axis = settings["axis"]
    if len({_with(sizes, axis, 0) for sizes in inputs}) > 1:
        return None
    return _with(inputs[0], axis, sum(sizes[axis] for sizes in inputs))


def _gathered(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints:
    x, axis = inputs[0], settings["axis"]
    return (*x[:axis], *inputs[1], *x[axis + 1 :])


def _reduced(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints:
    kept = (1,) if settings["keep_dims"] else ()
    parts = [kept if axis in settings["axes"] else (size,) for axis, size in enumerate(inputs[0])]
    return tuple(size for part in parts for size in part)


def _linear(inputs: Sequence[Ints], _: dict[str, Any]) -> Ints | None:
    x, weight = inputs[:2]
    return (*x[:-1], weight[0]) if len(weight) == 2 and x[-1] == weight[1] else None


def _product(inputs: Sequence[Ints], _: dict[str, Any]) -> Ints | None:
    a, b = inputs
    if len(a) < 2 or len(b) < 2:
        return (*a[:-1], *b[:-2], *b[-1:]) if len(b) > 1 else a[:-1]
    lead = _spread([a[:-2], b[:-2]], {})
    return (*lead, a[-2], b[-1]) if lead is not None and a[-1] == b[-2] else None


def _convolved(inputs: Sequence[Ints], settings: dict[str, Any]) -> Ints | None:
    x, weight = inputs[:2]
    if x[1] != weight[1] * settings["groups"] or 0 in settings["stride"]:
        return None
    per_axis = zip(x[2:], weight[2:], *map(settings.__getitem__, ("stride", "padding", "dilation")), strict=True)
    return (x[0], weight[0], *((n + sum(pad) - d * (k - 1) - 1) // s + 1 for n, k, s, pad, d in per_axis))


def _with(sizes: Ints, axis: int, size: int) -> Ints:
    return (*sizes[:axis], size, *sizes[axis + 1 :])


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(UNARY, _same),
    **dict.fromkeys(("identity", "dropout", "softmax", "log_softmax", "prelu", "cumulate", "roll", "flip"), _same),
    **dict.fromkeys(("batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm"), _same),
    **dict.fromkeys((*BINARY, "where"), _spread),
    "transpose": _transposed,
    "reshape": _reshaped,
    "expand": _expanded,
    "slice": _sliced,
    "split": _split,
    "concat": _joined,
    "gather": _gathered,
    "reduce": _reduced,
    "linear": _linear,
    "matmul": _product,
    "conv": _convolved,
}
