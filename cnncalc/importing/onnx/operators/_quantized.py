"""Quantised networks, read as the float networks that they stand for.

What is quantised and what it was made from are one tensor here. Stored integers become the floats that they stand for.
Where the smallest integer stands for 0, quantising is also a ReLU: tools leave out the one that was there before.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from itertools import product
from math import prod

from cnncalc.importing.onnx._arrays import BITS, MAX_VALUES, decoded_numbers, is_float, is_stored_narrow
from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front
from cnncalc.importing.onnx.operators._elementwise import TRANSLATIONS as ELEMENTWISE
from cnncalc.importing.onnx.operators._norms import translate_softmax
from cnncalc.importing.onnx.operators._parts import translate_concat
from cnncalc.importing.onnx.operators._products import translate_gemm, translate_matmul
from cnncalc.importing.onnx.operators._windows import translate_average_pool, translate_conv
from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.stored import Stored

_SIGNED = re.compile("int[0-9]+")
_FROM_ZERO = {"relu", "sigmoid", "hard_sigmoid", "softmax", "abs", "exp", "square", "sqrt"}
_KEEPING = {
    *("max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool", "lp_pool", "reshape", "transpose", "slice"),
    *("split", "concat", "add", "mul", "maximum", "expand", "repeat", "gather", "flip", "identity", "dropout"),
    *("depth_to_space", "space_to_depth"),
}
"""Operations that give no negative value where they read none."""
_MOST_LOOKED_AT = 200


def _quantize(call: OperatorCall) -> Tensor:
    """QuantizeLinear: the float values that it stands for."""
    return _rectified(call, call.input(0), call.maybe(2))


def _rectified(call: OperatorCall, x: Tensor, zero: Tensor | None) -> Tensor:
    """A tensor that is quantised: without its negative values, if the integers have none for them."""
    dtype = zero.dtype if zero is not None else "uint8"
    smallest = -(1 << BITS[dtype] - 1) if _SIGNED.fullmatch(dtype) else 0
    known = call.ledger.known(zero) or ((0,) if zero is None else (1,))
    if is_float(dtype) or x.sizes is None or x.operation is None or any(each != smallest for each in known):
        return x
    if _has_no_negative(x):
        return x
    call.ledger.rectified += 1
    return call.add("relu", [x], x.sizes)


def _has_no_negative(x: Tensor) -> bool:
    waiting, seen = [x], 0
    while waiting:
        tensor = waiting.pop()
        operation, seen = tensor.operation, seen + 1
        if operation is None or seen > _MOST_LOOKED_AT:
            return False
        low = operation.settings.get("bounds", (None,))[0]
        if operation.name in _FROM_ZERO or (low is not None and low >= 0):
            continue
        if operation.name not in _KEEPING and operation.settings.get("how") not in ("mean", "sum", "max"):
            return False
        waiting += [each for each in operation.inputs if each is not None]
    return True


def _dequantize(call: OperatorCall) -> Tensor | None:
    """DequantizeLinear: of a tensor that was quantised that tensor, of stored integers the floats."""
    return _floats(call, call.input(0), call.maybe(1), call.maybe(2), call.integer("axis", 1))


def _dynamic_quantize(call: OperatorCall) -> list[Tensor]:
    """Without its scale, which is 1 for floats."""
    return [call.input(0), call.made([1.0], (), "float32"), call.made([0], (), "uint8")]


def _floats(call: OperatorCall, x: Tensor, scale: Tensor | None, zero: Tensor | None, axis: int) -> Tensor | None:
    if not is_stored_narrow(x.dtype):
        return x
    stored = x.constant and x.constant.stored
    if not stored or stored.joined or stored.steps:
        return None
    sizes = x.sizes or ()
    arrays = [each.constant.stored if each is not None and each.constant else None for each in (scale, zero)]
    if (scale is not None and arrays[0] is None) or (zero is not None and arrays[1] is None):
        return None
    has_axis = any(array is not None and prod(array.sizes) > 1 for array in arrays)
    axis = axis_from_front(axis, len(sizes)) if has_axis else 0  # of one scale the axis means nothing
    for array in arrays:
        if array is not None and not _fits(sizes, array.sizes, axis):
            call.refuse(f"scales of {array.sizes} do not fit {sizes}")

    def read() -> bytes:
        return _dequantized(call, stored, sizes, arrays, axis)

    if len(sizes) > 1:
        bits = BITS[x.dtype]
        call.ledger.bits[bits] = call.ledger.bits.get(bits, 0) + 1
    made = Constant(
        Stored(sizes, "float32", read, stored.name), None, identity=x.constant.identity if x.constant else ""
    )
    tensor = Tensor(x.name, sizes, "float32", made)
    rows = [call.ledger.known(each) for each in (x, scale, zero) if each is not None]
    if prod(sizes) <= MAX_VALUES and all(row is not None for row in rows):
        made.values = struct.unpack(f"<{prod(sizes)}f", read())
    return tensor


def _fits(sizes: Sizes, scale: Sizes, axis: int) -> bool:
    if prod(scale) == 1:
        return True
    if len(scale) == 1:
        return bool(sizes) and scale[0] == sizes[axis]
    blocks = zip(sizes, scale, strict=False)
    return len(scale) == len(sizes) and all(one == other or place == axis for place, (one, other) in enumerate(blocks))


def _dequantized(call: OperatorCall, stored: Stored, sizes: Sizes, arrays: Sequence[Stored | None], axis: int) -> bytes:
    values = decoded_numbers(bytes(stored.read()), stored.dtype, prod(sizes))
    if values is None:
        call.ledger.refuse("CNN152", call.place, f"values of type {stored.dtype} are not read")
    scales, zeros = (_in_places(array, sizes, axis, usual) for array, usual in zip(arrays, (1.0, 0), strict=True))
    floats = [(value - nought) * factor for value, factor, nought in zip(values, scales, zeros, strict=True)]
    return struct.pack(f"<{len(floats)}f", *floats)


def _in_places(array: Stored | None, sizes: Sizes, axis: int, usual: float) -> Sequence[float]:
    """A scale or zero point for each value: there is one, one along an axis, or one for each block along it."""
    known: Sequence[float] = [usual]
    if array is not None:
        known = decoded_numbers(bytes(array.read()), array.dtype, prod(array.sizes)) or [usual]
    if len(known) == 1:
        return [known[0]] * prod(sizes)
    if array is not None and len(array.sizes) == 1:
        inner = prod(sizes[axis + 1 :])
        return [value for _ in range(prod(sizes[:axis])) for value in known for _ in range(inner)]
    assert array is not None
    block = -(-sizes[axis] // array.sizes[axis])
    found = []
    for place in product(*map(range, sizes)):
        at = 0
        for number, size in enumerate(array.sizes):
            at = at * size + (place[number] // block if number == axis else place[number])
        found.append(known[at])
    return found


# -- operators that calculate with integers


def _linear_conv(call: OperatorCall) -> Tensor | None:
    weight = _floats(call, call.input(3), call.maybe(4), call.maybe(5), 0)
    if weight is None:
        return None
    return _rectified(
        call, translate_conv(call.with_inputs([call.input(0), weight, _bias(call, 8, 1, 4)])), call.maybe(7)
    )


def _bias(call: OperatorCall, place: int, first: int, second: int) -> Tensor | None:
    """A bias of integers: its scale is that of the input times that of the weights."""
    bias = call.maybe(place)
    if bias is None or bias.constant is None or bias.constant.stored is None or is_float(bias.dtype):
        return bias
    stored = bias.constant.stored
    scales = [each.constant.stored for each in (call.input(first), call.input(second)) if each.constant]

    def read() -> bytes:
        values = decoded_numbers(bytes(stored.read()), stored.dtype, prod(stored.sizes)) or ()
        rows = [_in_places(array, stored.sizes, 0, 1.0) for array in scales]
        return struct.pack(f"<{len(values)}f", *(v * a * b for v, a, b in zip(values, *rows, strict=True)))

    made = Constant(Stored(stored.sizes, "float32", read, stored.name), None, identity=bias.constant.identity)
    return Tensor(bias.name, bias.sizes, "float32", made)


def _linear_matmul(call: OperatorCall) -> Tensor | None:
    right = _floats(call, call.input(3), call.maybe(4), call.maybe(5), -1)
    return (
        None
        if right is None
        else _rectified(call, translate_matmul(call.with_inputs([call.input(0), right])), call.maybe(7))
    )


def _quantized_gemm(call: OperatorCall) -> Tensor | None:
    right = _floats(call, call.input(3), call.maybe(4), call.maybe(5), 0 if call.integer("transB") else 1)
    if right is None:
        return None
    made = translate_gemm(call.with_inputs([call.input(0), right, _bias(call, 6, 1, 4)]))
    return _rectified(call, made, call.maybe(8)) if call.has(8) else made


def _integer_conv(call: OperatorCall) -> Tensor | None:
    weight = _floats(call, call.input(1), None, call.maybe(3), 0)
    return None if weight is None else translate_conv(call.with_inputs([call.input(0), weight]))


def _integer_matmul(call: OperatorCall) -> Tensor | None:
    right = _floats(call, call.input(1), None, call.maybe(3), -1)
    return None if right is None else translate_matmul(call.with_inputs([call.input(0), right]))


def _linear_binary(call: OperatorCall) -> Tensor | list[Tensor] | None:
    rows = [_floats(call, call.input(at), call.maybe(at + 1), call.maybe(at + 2), 0) for at in (0, 3)]
    if None in rows:
        return None
    made = ELEMENTWISE[call.node.operator.removeprefix("QLinear")](call.with_inputs(rows))
    return _rectified(call, made, call.maybe(7)) if isinstance(made, Tensor) else made


def _linear_unary(call: OperatorCall) -> Tensor | list[Tensor] | None:
    return ELEMENTWISE[call.node.operator.removeprefix("QLinear")](call.with_inputs([call.input(0)]))


def _linear_pool(call: OperatorCall) -> Tensor | list[Tensor] | None:
    if call.integer("channels_last"):
        return None
    if call.node.operator == "QLinearAveragePool":
        return translate_average_pool(call.with_inputs([call.input(0)]))
    size = (1,) * (len(call.sizes(0)) - 2)
    return call.add("adaptive_avg_pool", [call.input(0)], (*call.sizes(0)[:2], *size), size=size)


def _linear_concat(call: OperatorCall) -> Tensor | None:
    return translate_concat(call.with_inputs(call.inputs[2::3]))


def _linear_softmax(call: OperatorCall) -> Tensor:
    inner = call.with_inputs([call.input(0)])
    inner.opset = call.integer("opset", call.opset)
    return translate_softmax(inner)


TRANSLATIONS: dict[str, Translation] = {
    "QuantizeLinear": _quantize,
    "DequantizeLinear": _dequantize,
    "DynamicQuantizeLinear": _dynamic_quantize,
    "QLinearConv": _linear_conv,
    "QLinearMatMul": _linear_matmul,
    "QGemm": _quantized_gemm,
    "ConvInteger": _integer_conv,
    "MatMulInteger": _integer_matmul,
    "QLinearAdd": _linear_binary,
    "QLinearMul": _linear_binary,
    "QLinearSigmoid": _linear_unary,
    "QLinearLeakyRelu": _linear_unary,
    "QLinearConcat": _linear_concat,
    "QLinearGlobalAveragePool": _linear_pool,
    "QLinearAveragePool": _linear_pool,
    "QLinearSoftmax": _linear_softmax,
}
