"""Operators that reduce axes to one value."""

from __future__ import annotations

from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import axis_from_front, reduced_sizes
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


def _reduce(call: OperatorCall) -> Tensor | None:
    axes, sizes, keep = call.reduced_axes(), call.sizes(0), call.integer("keepdims", 1) == 1
    if axes is None:
        return None
    if not axes and sizes:
        return call.add("identity", [call.input(0)], sizes)
    how = _HOW[call.node.operator]
    new = reduced_sizes(sizes, axes, keep)
    return call.add("reduce", [call.operand(0)], new, how=how, axes=tuple(axes), keep_dims=keep)


def _find(call: OperatorCall) -> Tensor | None:
    """ArgMax and ArgMin."""
    sizes, keep = call.sizes(0), call.integer("keepdims", 1) == 1
    axis = axis_from_front(call.integer("axis"), len(sizes))
    if call.integer("select_last_index"):
        return None
    new = reduced_sizes(sizes, [axis], keep)
    return call.add("reduce", [call.input(0)], new, "int64", how=_HOW[call.node.operator], axes=(axis,), keep_dims=keep)


def _cumulate(call: OperatorCall) -> Tensor | None:
    axis = call.whole(1)
    if axis is None or call.integer("exclusive") or call.integer("reverse"):
        return None
    sizes = call.sizes(0)
    how = "sum" if call.node.operator == "CumSum" else "prod"
    return call.add("cumulate", [call.input(0)], sizes, how=how, axis=axis_from_front(axis[0], len(sizes)))


TRANSLATIONS: dict[str, Translation] = {
    **{name: _reduce for name in _HOW if name.startswith("Reduce")},
    "ArgMax": _find,
    "ArgMin": _find,
    "CumSum": _cumulate,
    "CumProd": _cumulate,
}
