"""Functions of TensorFlow in models of Keras 2: `tf.math.add` is a layer of the class `TFOpLambda` there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras.translating._merges import merge_of
from cnncalc.importing.keras.translating.operators._arguments import BATCH
from cnncalc.importing.keras.translating.operators._parts import get_item
from cnncalc.importing.keras.translating.operators.of_keras import OPERATORS

FUNCTIONS = {
    "__operators__.add": "Add",
    "math.add": "Add",
    "add": "Add",
    "math.subtract": "Subtract",
    "subtract": "Subtract",
    "math.multiply": "Multiply",
    "multiply": "Multiply",
    "math.truediv": "Divide",
    "math.divide": "Divide",
    "divide": "Divide",
    "realdiv": "Divide",
    "math.maximum": "Maximum",
    "maximum": "Maximum",
    "math.minimum": "Minimum",
    "minimum": "Minimum",
    "math.pow": "Power",
    "pow": "Power",
    "math.square": "Square",
    "square": "Square",
    "math.negative": "Negative",
    "negative": "Negative",
    "clip_by_value": "Clip",
    "math.reduce_mean": "Mean",
    "reduce_mean": "Mean",
    "math.reduce_sum": "Sum",
    "reduce_sum": "Sum",
    "math.reduce_max": "Max",
    "reduce_max": "Max",
    "math.reduce_min": "Min",
    "reduce_min": "Min",
    "concat": "Concatenate",
    "stack": "Stack",
    "split": "Split",
    "reshape": "Reshape",
    "transpose": "Transpose",
    "compat.v1.transpose": "Transpose",
    "expand_dims": "ExpandDims",
    "squeeze": "Squeeze",
    "compat.v1.squeeze": "Squeeze",
    "pad": "Pad",
    "compat.v1.pad": "Pad",
    "repeat": "Repeat",
    "tile": "Tile",
    "broadcast_to": "BroadcastTo",
    "linalg.matmul": "Matmul",
    "matmul": "Matmul",
    "image.resize": "Resize",
    "nn.depth_to_space": "DepthToSpace",
    "nn.space_to_depth": "SpaceToDepth",
    "compat.v1.depth_to_space": "DepthToSpace",
    "compat.v1.space_to_depth": "SpaceToDepth",
    "nn.softmax": "Softmax",
    "nn.log_softmax": "LogSoftmax",
    "nn.relu": "Relu",
    "nn.relu6": "Relu6",
    "nn.leaky_relu": "LeakyRelu",
    "nn.elu": "Elu",
    "nn.selu": "Selu",
    "nn.gelu": "Gelu",
    "nn.silu": "Silu",
    "nn.swish": "Silu",
    "nn.softplus": "Softplus",
    "math.softplus": "Softplus",
    "nn.softsign": "Softsign",
    "math.sigmoid": "Sigmoid",
    "nn.sigmoid": "Sigmoid",
    "sigmoid": "Sigmoid",
    "math.tanh": "Tanh",
    "nn.tanh": "Tanh",
    "tanh": "Tanh",
    "math.l2_normalize": "Normalize",
    "nn.l2_normalize": "Normalize",
    "linalg.l2_normalize": "Normalize",
    "cast": "Cast",
    "convert_to_tensor": "ConvertToTensor",
    "identity": "Identity",
    "stop_gradient": "StopGradient",
    **{f"math.{name.lower()}": name for name in ("Abs", "Exp", "Log", "Sqrt", "Rsqrt", "Erf", "Floor", "Ceil", "Sign")},
    **{name.lower(): name for name in ("Abs", "Exp", "Sqrt", "Floor", "Sign", "Where")},
}
"""The operator of Keras 3 that each function is."""

_ALIASES = {"reduction_indices": "axis", "keep_dims": "keepdims", "axis": "axis"}


def _function(call: KerasCall) -> Any:
    """A function of TensorFlow."""
    name = str(call.config.get("function", "")).removeprefix("tf.")
    if name in ("shape", "compat.v1.shape", "shape_v2"):
        return _shape(call)
    if name in ("add_n", "math.add_n"):
        return merge_of(call, "add", call.tensors)
    if name in FUNCTIONS:
        _as_keras3(call, name)
        if not call.tensors:
            return _folded(call, FUNCTIONS[name])
        return OPERATORS[FUNCTIONS[name]](call)
    if name in ("__operators__.getitem", "strided_slice"):
        return _getitem(call)
    return call.opaque(called=f"tf.{name}")


def _as_keras3(call: KerasCall, name: str) -> None:
    """Gives arguments the places and meanings that they have in Keras 3."""
    call.kwargs = {_ALIASES.get(key, key): value for key, value in call.kwargs.items() if key != "name"}
    if name == "concat":
        call.kwargs.setdefault("axis", -1)


def _shape(call: KerasCall) -> list[Any]:
    """The sizes of a tensor, as values."""
    return [[BATCH, *call.x.sizes]]


def _folded(call: KerasCall, name: str) -> Any:
    """Sizes that are calculated from other sizes."""
    values = call.argument(0, "x", "values")
    other = call.argument(1, "y")
    if name == "Stack" and isinstance(values, list):
        return [values]
    if name in ("Cast", "ConvertToTensor", "Identity"):
        return [values]
    if type(values) is int and type(other) is int and name in _ARITHMETIC:
        return _ARITHMETIC[name](values, other)
    raise call.refuse("it calculates with sizes that are not known here")


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "Add": lambda a, b: a + b,
    "Subtract": lambda a, b: a - b,
    "Multiply": lambda a, b: a * b,
}


def _getitem(call: KerasCall) -> Any:
    """`x[:, 1:5]`; of the sizes of a tensor, some of them."""
    values = call.argument(0, "tensor")
    if isinstance(values, list):
        key = call.argument(1, "slice_spec")
        own = key[0] if isinstance(key, list) and len(key) == 1 else key
        if type(own) is int and -len(values) <= own < len(values):
            return [values[own]]
        if isinstance(own, slice):
            return [values[own]]
        raise call.refuse("it calculates with sizes that are not known here")
    return get_item(call)


CLASSES: dict[str, Callable[[KerasCall], Any]] = {"TFOpLambda": _function, "SlicingOpLambda": _getitem}
"""What is made of the layers that stand for functions."""
