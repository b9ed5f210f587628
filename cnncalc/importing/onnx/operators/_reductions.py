"""Operators that reduce axes to one value."""

from __future__ import annotations

from cnncalc.importing.onnx._call import Call
from cnncalc.importing.onnx._sizes import axis_of, reduced
from cnncalc.importing.operations import Tensor

_HOW = {
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "ReduceMax": "max",
    "ReduceMin": "min",
    "ReduceProd": "prod",
    "ReduceL1": "l1",
    "ReduceL2": "l2",
    "ReduceLogSum": "log_sum",
    "ReduceLogSumExp": "log_sum_exp",
    "ReduceSumSquare": "sum_square",
    "ArgMax": "argmax",
    "ArgMin": "argmin",
}


def reduced_axes(call: Call) -> list[int] | None:
    """The axes that are reduced; None if they are calculated."""
    rank = len(call.sizes(0))
    axes = call.axes(1, 13 if call.node.operator == "ReduceSum" else 18)
    if axes is None and call.has(1):
        return None
    if not axes:
        return [] if call.integer("noop_with_empty_axes") else list(range(rank))
    return sorted({axis_of(axis, rank) for axis in axes})


def reduce(call: Call) -> Tensor | None:
    axes, sizes, keep = reduced_axes(call), call.sizes(0), call.integer("keepdims", 1) == 1
    if axes is None:
        return None
    if not axes and sizes:
        return call.add("identity", [call.input(0)], sizes)
    how = _HOW[call.node.operator]
    new = reduced(sizes, axes, keep)
    return call.add("reduce", [call.operand(0)], new, how=how, axes=tuple(axes), keep_dims=keep)


def find(call: Call) -> Tensor | None:
    """ArgMax and ArgMin."""
    sizes, keep = call.sizes(0), call.integer("keepdims", 1) == 1
    axis = axis_of(call.integer("axis"), len(sizes))
    if call.integer("select_last_index"):
        return None
    new = reduced(sizes, [axis], keep)
    return call.add("reduce", [call.input(0)], new, "int64", how=_HOW[call.node.operator], axes=(axis,), keep_dims=keep)


def cumulate(call: Call) -> Tensor | None:
    axis = call.whole(1)
    if axis is None or call.integer("exclusive") or call.integer("reverse"):
        return None
    sizes = call.sizes(0)
    how = "sum" if call.node.operator == "CumSum" else "prod"
    return call.add("cumulate", [call.input(0)], sizes, how=how, axis=axis_of(axis[0], len(sizes)))


REDUCTIONS = {
    **{name: reduce for name in _HOW if name.startswith("Reduce")},
    "ArgMax": find,
    "ArgMin": find,
    "CumSum": cumulate,
    "CumProd": cumulate,
}
