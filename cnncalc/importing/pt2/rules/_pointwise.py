"""What is done to each value, with values of another tensor, and along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.operations import SOFTPLUS_IS_X, Tensor
from cnncalc.importing.pt2._nodes import AtenNode, NotTranslatedError, counted_axes, counted_axis, known_sizes

Translate = Callable[[AtenNode], None]

_PLAIN = (
    *("relu", "relu6", "selu", "sigmoid", "tanh", "silu", "mish", "erf", "exp", "log", "sqrt", "rsqrt", "square"),
    *("abs", "neg", "reciprocal", "floor", "ceil", "round", "sign", "sin", "cos"),
)
_RENAMED = {
    "hardswish": "hard_swish",
    "log_sigmoid": "log_sigmoid",
    "log_sigmoid_forward": "log_sigmoid",
    "special_expit": "sigmoid",
    "logical_not": "not",
    "bitwise_not": "not",
}


def _plain(name: str) -> Translate:
    def translate(node: AtenNode) -> None:
        if node.get("decimals"):
            raise NotTranslatedError("decimals")
        node.emit(name, [node.tensor("self")])

    return translate


def _gelu(node: AtenNode) -> None:
    node.emit("gelu", [node.tensor("self")], approximate=node.get("approximate", "none"))


def _hard_sigmoid(node: AtenNode) -> None:
    node.emit("hard_sigmoid", [node.tensor("self")], slope=1 / 6, offset=0.5)


def _leaky_relu(node: AtenNode) -> None:
    node.emit("leaky_relu", [node.tensor("self")], slope=node.get("negative_slope", 0.01))


_SELU = (1.6732632423543772, 1.0507009873554805)
"""Alpha and scale of selu."""


def _elu(node: AtenNode) -> None:
    if (node.get("alpha"), node.get("scale"), node.get("input_scale", 1)) == (*_SELU, 1):
        node.emit("selu", [node.tensor("self")])
        return
    if node.get("scale", 1) != 1 or node.get("input_scale", 1) != 1:
        raise NotTranslatedError("scale")
    node.emit(node.op, [node.tensor("self")], alpha=node.get("alpha", 1.0))


def _log_plus_one(node: AtenNode) -> None:
    x = node.tensor("self")
    node.emit("log", [node.emit("add", [x, node.number(1.0)], node.between(x.sizes))])


def _exp_minus_one(node: AtenNode) -> None:
    x = node.tensor("self")
    node.emit("sub", [node.emit("exp", [x], node.between(x.sizes)), node.number(1.0)])


def _softplus(node: AtenNode) -> None:
    """log(1 + e^(beta · x)) / beta; x itself where the product is large."""
    x, beta, threshold = node.tensor("self"), node.get("beta", 1), node.get("threshold", 20)
    if threshold < SOFTPLUS_IS_X:
        raise NotTranslatedError("threshold")
    if beta == 1:
        node.emit("softplus", [x], beta=1, threshold=threshold)
        return
    product = node.emit("mul", [x, node.number(float(beta))], node.between(x.sizes))
    soft = node.emit("softplus", [product], node.between(x.sizes), beta=1, threshold=threshold)
    node.emit("div", [soft, node.number(float(beta))])


def _soft_shrink(node: AtenNode) -> None:
    """What is beyond the bounds: x without x between them."""
    x, bound = node.tensor("self"), float(node.get("lambd", 0.5))
    node.emit("sub", [x, node.emit("clip", [x], node.between(x.sizes), bounds=(-bound, bound))])


def _random_leaky_relu(node: AtenNode) -> None:
    """With the mean of its slopes, which it has outside training."""
    slope = (node.get("lower", 1 / 8) + node.get("upper", 1 / 3)) / 2
    node.emit("leaky_relu", [node.tensor("self")], slope=slope)


def _threshold(node: AtenNode) -> None:
    if node.get("value") != 0:
        raise NotTranslatedError("value")
    threshold = node.get("threshold", 0)
    if threshold == 0:
        node.emit("relu", [node.tensor("self")])
    else:
        node.emit("thresholded_relu", [node.tensor("self")], alpha=threshold)


def _hard_tanh(node: AtenNode) -> None:
    bounds = (node.get("min_val", -1.0), node.get("max_val", 1.0))
    if bounds == (0, 6):
        node.emit("relu6", [node.tensor("self")])
    else:
        node.emit("clip", [node.tensor("self")], bounds=bounds)


def _clamp(node: AtenNode) -> None:
    bounds = (node.get("min"), node.get("max"))
    if any(isinstance(each, Tensor) for each in bounds):
        raise NotTranslatedError("bounds")
    if bounds == (0, 6):
        node.emit("relu6", [node.tensor("self")])
    else:
        node.emit("clip", [node.tensor("self")], bounds=bounds)


def _prelu(node: AtenNode) -> None:
    """After decomposition the slope is already spread: (1, c, 1, 1)."""
    slope = node.tensor("weight")
    if node.op == "_prelu_kernel" and len(known_sizes(slope)) > 1:
        made = slope.operation
        if made is not None and made.name == "reshape" and made.inputs[0] is not None:
            slope = made.inputs[0]
        else:
            slope = node.reshaped(slope, (max(known_sizes(slope)),))
    node.emit("prelu", [node.tensor("self"), slope])


def _power(node: AtenNode) -> None:
    names = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal", 1: "identity"}
    exponent = node.arguments.get("exponent")
    if isinstance(exponent, (int, float)) and exponent in names:
        node.emit(names[exponent], [node.tensor("self")])
    else:
        node.emit("pow", [node.operand("self"), node.operand("exponent")])


def _cast(node: AtenNode) -> None:
    x = node.tensor("self")
    if x.dtype == node.output.dtype:
        node.emit("identity", [x])
    else:
        node.emit("cast", [x], dtype=node.output.dtype)


def _identity(node: AtenNode) -> None:
    node.emit("identity", [node.tensor("input") if "input" in node.arguments else node.tensor("self")])


def _dropout(node: AtenNode) -> None:
    x = node.tensor("input") if "input" in node.arguments else node.tensor("self")
    node.emit("dropout", [x], rate=node.get("p", 0.5), channels=node.op.startswith("feature"))


def _glu(node: AtenNode) -> None:
    x = node.tensor("self")
    node.emit("glu", [x], axis=counted_axis(node.get("dim", -1), len(known_sizes(x))))


def _softmax(name: str) -> Translate:
    def translate(node: AtenNode) -> None:
        x = node.tensor("self")
        node.emit(name, [x], axis=counted_axis(node.arguments["dim"], len(known_sizes(x))))

    return translate


# -- two tensors

_BINARY = {
    "add": "add", "sub": "sub", "subtract": "sub", "mul": "mul", "multiply": "mul", "maximum": "maximum",
    "minimum": "minimum", "fmod": "mod", "remainder": "mod", "eq": "equal", "lt": "less", "gt": "greater",
    "le": "less_equal", "ge": "greater_equal", "logical_and": "and", "logical_or": "or", "bitwise_and": "and",
    "bitwise_or": "or", "__and__": "and", "__or__": "or",
}  # fmt: skip


def _binary(name: str) -> Translate:
    def translate(node: AtenNode) -> None:
        a, b = node.operand("self"), node.operand("other")
        if (factor := node.get("alpha", 1)) != 1:
            b = node.emit("mul", [b, node.number(factor)], node.between(b.sizes))
        node.emit(name, [a, b])

    return translate


def _reversed_sub(node: AtenNode) -> None:
    if node.get("alpha", 1) != 1:
        raise NotTranslatedError("alpha")
    node.emit("sub", [node.operand("other"), node.operand("self")])


def _div(node: AtenNode) -> None:
    a, b = node.operand("self"), node.operand("other")
    rounding = node.get("rounding_mode", "floor" if node.op == "floor_divide" else None)
    if rounding not in (None, "floor"):
        raise NotTranslatedError("rounding")
    if rounding is None:
        node.emit("div", [a, b])
    else:
        node.emit("floor", [node.emit("div", [a, b], node.between(node.output.sizes))])


def _not_equal(node: AtenNode) -> None:
    equal = node.emit("equal", [node.operand("self"), node.operand("other")], node.between(node.output.sizes))
    node.emit("not", [equal])


def _product_added(name: str) -> Translate:
    """`addcmul` and `addcdiv`: x + value · a · b, x + value · a / b."""

    def translate(node: AtenNode) -> None:
        a, b = node.tensor("tensor1"), node.tensor("tensor2")
        product = node.emit(name, [a, b], node.between(node.output.sizes))
        if (value := node.get("value", 1)) != 1:
            product = node.emit("mul", [product, node.number(value)], node.between(node.output.sizes))
        node.emit("add", [node.tensor("self"), product])

    return translate


def _where(node: AtenNode) -> None:
    node.emit("where", [node.tensor("condition"), node.operand("self"), node.operand("other")])


def _masked_fill(node: AtenNode) -> None:
    node.emit("where", [node.tensor("mask"), node.operand("value"), node.tensor("self")])


def _filled(node: AtenNode) -> None:
    """The same number everywhere, whatever was there."""
    value = node.operand("value") if node.op == "fill" else node.number(0)
    if value.operation is None and value is not node.arguments.get("value"):
        value.dtype = node.output.dtype
    node.emit("expand", [value], sizes=known_sizes(node.output))


# -- along axes

_REDUCTIONS = {
    "mean": "mean", "sum": "sum", "amax": "max", "amin": "min", "max": "max", "min": "min", "prod": "prod",
    "argmax": "argmax", "argmin": "argmin", "any": "any", "all": "all", "logsumexp": "logsumexp",
}  # fmt: skip


def _reduce(how: str) -> Translate:
    def translate(node: AtenNode) -> None:
        x = node.tensor("self")
        if "other" in node.arguments:
            node.emit("maximum" if how == "max" else "minimum", [x, node.tensor("other")])
            return
        node.emit("reduce", [x], node.outputs, how=how, **_along(node, x))

    return translate


def _along(node: AtenNode, x: Tensor) -> dict[str, Any]:
    return {"axes": counted_axes(node.get("dim"), len(known_sizes(x))), "keep_dims": node.get("keepdim", False)}


def _spread(node: AtenNode) -> None:
    """Variance and standard deviation, alone or with the mean."""
    x = node.tensor("self")
    correction = node.get("correction", int(node.get("unbiased", True)))
    along = _along(node, x)
    node.emit("reduce", [x], how=node.op.partition("_")[0], correction=correction, **along)
    if node.op.endswith("_mean") and len(node.outputs) > 1:
        node.emit("reduce", [x], node.outputs[1], how="mean", **along)


def _vector_norm(node: AtenNode) -> None:
    x = node.tensor("self")
    order = node.get("ord", node.get("p", 2))
    if order not in (1, 2):
        raise NotTranslatedError("order")
    node.emit("reduce", [x], how=f"l{int(order)}", **_along(node, x))


def _cumulate(node: AtenNode) -> None:
    x = node.tensor("self")
    axis = counted_axis(node.arguments["dim"], len(known_sizes(x)))
    node.emit("cumulate", [x], how=node.op.removeprefix("cum"), axis=axis)


TRANSLATIONS: dict[str, Translate] = {
    **{name: _plain(name) for name in _PLAIN},
    **{name: _plain(ours) for name, ours in _RENAMED.items()},
    "gelu": _gelu,
    "hardsigmoid": _hard_sigmoid,
    "leaky_relu": _leaky_relu,
    **dict.fromkeys(("elu", "celu"), _elu),
    "softplus": _softplus,
    "softshrink": _soft_shrink,
    **dict.fromkeys(("rrelu", "rrelu_with_noise", "rrelu_with_noise_functional"), _random_leaky_relu),
    "log1p": _log_plus_one,
    "expm1": _exp_minus_one,
    "threshold": _threshold,
    "hardtanh": _hard_tanh,
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamp),
    **dict.fromkeys(("prelu", "_prelu_kernel"), _prelu),
    "pow": _power,
    **dict.fromkeys(("to", "_to_copy", "type_as", "float", "half", "convert_element_type"), _cast),
    **dict.fromkeys(
        (
            *("clone", "contiguous", "alias", "detach", "lift_fresh_copy", "lift_fresh", "lift", "identity"),
            *("positive", "real", "resolve_conj", "resolve_neg", "_conj"),
        ),
        _identity,
    ),
    **dict.fromkeys(("dropout", "native_dropout", "feature_dropout", "alpha_dropout"), _dropout),
    "feature_alpha_dropout": _dropout,
    "glu": _glu,
    **dict.fromkeys(("softmax", "_softmax", "_safe_softmax"), _softmax("softmax")),
    **dict.fromkeys(("log_softmax", "_log_softmax"), _softmax("log_softmax")),
    **{name: _binary(ours) for name, ours in _BINARY.items()},
    "rsub": _reversed_sub,
    **dict.fromkeys(("div", "divide", "true_divide", "floor_divide"), _div),
    "ne": _not_equal,
    "addcmul": _product_added("mul"),
    "addcdiv": _product_added("div"),
    "where": _where,
    "masked_fill": _masked_fill,
    **dict.fromkeys(("fill", "zero"), _filled),
    **{name: _reduce(how) for name, how in _REDUCTIONS.items()},
    **dict.fromkeys(("var", "std", "var_mean", "std_mean"), _spread),
    **dict.fromkeys(("linalg_vector_norm", "norm"), _vector_norm),
    **dict.fromkeys(("cumsum", "cumprod"), _cumulate),
}
