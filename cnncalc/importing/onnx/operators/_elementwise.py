"""Operators that calculate each value from those in the same place."""

from __future__ import annotations

from math import prod

from cnncalc.importing.onnx._arrays import is_float
from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import spread_sizes
from cnncalc.importing.operations import Constant, Tensor


def _plain(name: str, dtype: str = "") -> Translation:
    return lambda call: call.add(name, [call.operand(0)], call.sizes(0), dtype)


def _sloped(name: str, setting: str, attribute: str, default: float) -> Translation:
    return lambda call: call.add(name, [call.input(0)], call.sizes(0), **{setting: call.number(attribute, default)})


def _selu(call: OperatorCall) -> Tensor | None:
    usual = (1.67326319217681884765625, 1.05070102214813232421875)
    found = (call.number("alpha", usual[0]), call.number("gamma", usual[1]))
    if any(abs(one - other) > 1e-5 for one, other in zip(usual, found, strict=True)):
        return None
    return call.add("selu", [call.input(0)], call.sizes(0))


def _hard_sigmoid(call: OperatorCall) -> Tensor | None:
    slope, offset = call.number("alpha", 0.2), call.number("beta", 0.5)
    if offset != 0.5:
        return None
    return call.add("hard_sigmoid", [call.input(0)], call.sizes(0), slope=slope, offset=offset)


def _gelu(call: OperatorCall) -> Tensor:
    return call.add("gelu", [call.input(0)], call.sizes(0), approximate=call.text("approximate", "none"))


def _swish(call: OperatorCall) -> Tensor | None:
    return None if call.number("alpha", 1.0) != 1 else call.add("silu", [call.input(0)], call.sizes(0))


def _swiglu(call: OperatorCall) -> Tensor | None:
    gate = _swish(call)
    return None if gate is None else call.add("mul", [gate, call.input(1)], call.sizes(0))


def _clip(call: OperatorCall) -> Tensor | None:
    if call.opset < 11:
        bounds = [call.number(name) if call.attribute(name) else None for name in ("min", "max")]
    elif any(call.has(place) and call.scalar(place) is None for place in (1, 2)):
        return None
    else:
        bounds = [call.scalar(1), call.scalar(2)]
    bounds = [None if bound is None or abs(bound) > 3.4e38 else float(bound) for bound in bounds]
    return call.add("clip", [call.input(0)], call.sizes(0), bounds=tuple(bounds))


def _prelu(call: OperatorCall) -> Tensor | None:
    """The slope is spread as NumPy's here, and along axis 1 in the vocabulary: (channels, 1, 1) or one number."""
    sizes, slope = call.sizes(0), call.sizes(1)
    tensor = call.parameter(1)
    if tensor is None or spread_sizes(sizes, slope) != sizes:
        return None
    channels, full = prod(slope), (1,) * (len(sizes) - len(slope)) + slope
    is_along_channels = channels == 1 or full[1:2] == (channels,)
    if is_along_channels and tensor.constant and tensor.constant.stored:
        stored = tensor.constant.stored.then(("reshape", (channels,)))
        constant = Constant(stored, tensor.constant.values, is_parameter=True, identity=tensor.constant.identity)
        tensor = call.ledger_copy(tensor, constant, (channels,))
    return call.add("prelu", [call.input(0), tensor], sizes)


def _dropout(call: OperatorCall) -> list[Tensor] | Tensor | None:
    rate = call.number("ratio", 0.5) if call.opset < 12 else 0.5 if not call.has(1) else call.scalar(1)
    if rate is None:
        return None
    count = len(call.node.outputs)
    return call.add_all("dropout", [call.input(0)], [call.sizes(0)] * count, rate=float(rate), channels=False)


# -- two and more


def _binary(name: str, dtype: str = "") -> Translation:
    def translate(call: OperatorCall) -> Tensor:
        is_question = dtype == "bool"  # nobody compares weights, but masks
        left, right = (call.input(place) if is_question else call.operand(place) for place in (0, 1))
        sizes = spread_sizes(call.sizes(0), call.sizes(1))
        if sizes is None:
            call.refuse(f"sizes {call.sizes(0)} and {call.sizes(1)} do not fit")
        if (moved := _on_weight(call, name)) is not None:
            return moved
        return call.add(name, [left, right], sizes, dtype)

    return translate


def _on_weight(call: OperatorCall, name: str) -> Tensor | None:
    """A weight that is multiplied by a number, or has one added, is still that weight."""
    places = (0, 1) if name in ("mul", "add") else (0,)
    for place in places if name in ("mul", "add", "sub", "div") else ():
        weight, number = call.input(place), call.scalar(1 - place)
        constant = weight.constant
        if number is None or constant is None or constant.stored is None or not constant.identity:
            continue
        if not is_float(weight.dtype) or prod(weight.sizes or ()) == 1:
            continue
        if len(call.sizes(1 - place)) > len(call.sizes(place)):
            continue
        if name in ("sub", "div"):
            number = -number if name == "sub" else 1 / number
        step = "add" if name in ("add", "sub") else "multiply"
        known, how = constant.values, (float.__add__ if step == "add" else float.__mul__)
        values = None if known is None else [how(float(value), float(number)) for value in known]
        made = Constant(constant.stored.then((step, number)), values, identity=constant.identity)
        return Tensor(weight.name, weight.sizes, weight.dtype, made)
    return None


def _power(call: OperatorCall) -> Tensor:
    usual = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}
    name = usual.get(call.scalar(1) or 0)
    if name is None or len(call.sizes(1)) > len(call.sizes(0)):
        made = _binary("pow")(call)
        assert isinstance(made, Tensor)
        return made
    return call.add(name, [call.operand(0)], call.sizes(0))


def _several(name: str) -> Translation:
    def translate(call: OperatorCall) -> Tensor:
        found = call.operand(0)
        for place in range(1, len(call.inputs)):
            sizes = spread_sizes(found.sizes or (), call.sizes(place))
            if sizes is None:
                call.refuse(f"sizes {found.sizes} and {call.sizes(place)} do not fit")
            found = call.add(name, [found, call.operand(place)], sizes)
        return found

    return translate


def _mean(call: OperatorCall) -> Tensor:
    total = _several("add")(call)
    assert isinstance(total, Tensor)
    count = call.made([float(len(call.inputs))], (), "float32")
    return call.add("div", [total, count], total.sizes or ())


def _where(call: OperatorCall) -> Tensor:
    sizes = spread_sizes(*(call.sizes(place) for place in range(3)))
    if sizes is None:
        call.refuse("the sizes of its inputs do not fit")
    inputs: list[Tensor | None] = [call.input(0), call.operand(1), call.operand(2)]
    return call.add("where", inputs, sizes, call.input(1).dtype)


def _modulo(call: OperatorCall) -> Tensor | list[Tensor] | None:
    return None if call.integer("fmod") else _binary("mod")(call)


TRANSLATIONS: dict[str, Translation] = {
    **{
        name: _plain(name.lower()) for name in ("Relu", "Sigmoid", "Tanh", "Mish", "Softplus", "Softsign", "Erf", "Exp")
    },
    **{name: _plain(name.lower()) for name in ("Log", "Sqrt", "Abs", "Neg", "Reciprocal", "Floor", "Ceil", "Round")},
    **{name: _plain(name.lower()) for name in ("Sign", "Sin", "Cos")},
    "Not": _plain("not"),
    "HardSwish": _plain("hard_swish"),
    "SwiGLU": _swiglu,
    "Swish": _swish,
    "Gelu": _gelu,
    "Clip": _clip,
    "LeakyRelu": _sloped("leaky_relu", "slope", "alpha", 0.01),
    "Elu": _sloped("elu", "alpha", "alpha", 1.0),
    "Celu": _sloped("celu", "alpha", "alpha", 1.0),
    "ThresholdedRelu": _sloped("thresholded_relu", "alpha", "alpha", 1.0),
    "Selu": _selu,
    "HardSigmoid": _hard_sigmoid,
    "PRelu": _prelu,
    "Dropout": _dropout,
    "Add": _binary("add"),
    "Sub": _binary("sub"),
    "Mul": _binary("mul"),
    "Div": _binary("div"),
    "Pow": _power,
    "Mod": _modulo,
    "Equal": _binary("equal", "bool"),
    "Less": _binary("less", "bool"),
    "Greater": _binary("greater", "bool"),
    "LessOrEqual": _binary("less_equal", "bool"),
    "GreaterOrEqual": _binary("greater_equal", "bool"),
    "And": _binary("and"),
    "Or": _binary("or"),
    "Sum": _several("add"),
    "Max": _several("maximum"),
    "Min": _several("minimum"),
    "Mean": _mean,
    "Where": _where,
}
