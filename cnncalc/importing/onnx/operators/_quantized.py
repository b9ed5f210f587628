"""Quantised networks, read as the float networks that they stand for.

What is quantised and what it was made from are one tensor here. Stored integers become the floats that they stand for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import product
from math import prod

from cnncalc.importing.onnx._arrays import BITS, MAX_VALUES, is_float, numbers
from cnncalc.importing.onnx._call import Call
from cnncalc.importing.onnx._sizes import Sizes, axis_of
from cnncalc.importing.onnx.operators._elementwise import ELEMENTWISE
from cnncalc.importing.onnx.operators._norms import softmax
from cnncalc.importing.onnx.operators._parts import concat
from cnncalc.importing.onnx.operators._products import gemm, matmul
from cnncalc.importing.onnx.operators._windows import average_pool, conv
from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.stored import Stored


def quantize(call: Call) -> Tensor:
    """QuantizeLinear: the float values that it stands for."""
    return call.input(0)


def dequantize(call: Call) -> Tensor | None:
    """DequantizeLinear: of a tensor that was quantised that tensor, of stored integers the floats."""
    if is_float(call.input(0).dtype) and not call.input(0).dtype.startswith("float8"):
        return call.input(0)
    return _floats(call, call.input(0), call.maybe(1), call.maybe(2), call.integer("axis", 1))


def dynamic_quantize(call: Call) -> list[Tensor]:
    """Without its scale, which is 1 for floats."""
    return [call.input(0), call.made([1.0], (), "float32"), call.made([0], (), "uint8")]


def _floats(call: Call, x: Tensor, scale: Tensor | None, zero: Tensor | None, axis: int) -> Tensor | None:
    if is_float(x.dtype) and not x.dtype.startswith("float8"):
        return x
    stored = x.constant and x.constant.stored
    if not stored or stored.joined or stored.steps:
        return None
    sizes = x.sizes or ()
    arrays = [each.constant.stored if each is not None and each.constant else None for each in (scale, zero)]
    if (scale is not None and arrays[0] is None) or (zero is not None and arrays[1] is None):
        return None
    axis = axis_of(axis, len(sizes)) if sizes else 0
    for array in arrays:
        if array is not None and not _fits(sizes, array.sizes, axis):
            call.refuse(f"scales of {array.sizes} do not fit {sizes}")

    def read() -> bytes:
        return _dequantized(stored, sizes, arrays[0], arrays[1], axis)

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


def _dequantized(stored: Stored, sizes: Sizes, scale: Stored | None, zero: Stored | None, axis: int) -> bytes:
    values = numbers(bytes(stored.read()), stored.dtype, prod(sizes)) or ()
    scales, zeros = (_in_places(array, sizes, axis, usual) for array, usual in ((scale, 1.0), (zero, 0)))
    floats = [(value - nought) * factor for value, factor, nought in zip(values, scales, zeros, strict=True)]
    return struct.pack(f"<{len(floats)}f", *floats)


def _in_places(array: Stored | None, sizes: Sizes, axis: int, usual: float) -> Sequence[float]:
    """A scale or zero point for each value: there is one, one along an axis, or one for each block along it."""
    known: Sequence[float] = [usual]
    if array is not None:
        known = numbers(bytes(array.read()), array.dtype, prod(array.sizes)) or [usual]
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


def _with(call: Call, inputs: Sequence[Tensor | None]) -> Call:
    return Call(call.ledger, call.node, list(inputs), call.opset, call.place, call.path, call.stated)


def linear_conv(call: Call) -> Tensor | None:
    weight = _floats(call, call.input(3), call.maybe(4), call.maybe(5), 0)
    return None if weight is None else conv(_with(call, [call.input(0), weight, _bias(call, 8, 1, 4)]))


def _bias(call: Call, place: int, first: int, second: int) -> Tensor | None:
    """A bias of integers: its scale is that of the input times that of the weights."""
    bias = call.maybe(place)
    if bias is None or bias.constant is None or bias.constant.stored is None or is_float(bias.dtype):
        return bias
    stored = bias.constant.stored
    scales = [each.constant.stored for each in (call.input(first), call.input(second)) if each.constant]

    def read() -> bytes:
        values = numbers(bytes(stored.read()), stored.dtype, prod(stored.sizes)) or ()
        rows = [_in_places(array, stored.sizes, 0, 1.0) for array in scales]
        return struct.pack(f"<{len(values)}f", *(v * a * b for v, a, b in zip(values, *rows, strict=True)))

    made = Constant(Stored(stored.sizes, "float32", read, stored.name), None, identity=bias.constant.identity)
    return Tensor(bias.name, bias.sizes, "float32", made)


def linear_matmul(call: Call) -> Tensor | None:
    right = _floats(call, call.input(3), call.maybe(4), call.maybe(5), -1)
    return None if right is None else matmul(_with(call, [call.input(0), right]))


def quantized_gemm(call: Call) -> Tensor | None:
    right = _floats(call, call.input(3), call.maybe(4), call.maybe(5), 0 if call.integer("transB") else 1)
    return None if right is None else gemm(_with(call, [call.input(0), right, _bias(call, 6, 1, 4)]))


def integer_conv(call: Call) -> Tensor | None:
    weight = _floats(call, call.input(1), None, call.maybe(3), 0)
    return None if weight is None else conv(_with(call, [call.input(0), weight]))


def integer_matmul(call: Call) -> Tensor | None:
    right = _floats(call, call.input(1), None, call.maybe(3), -1)
    return None if right is None else matmul(_with(call, [call.input(0), right]))


def linear_binary(call: Call) -> Tensor | list[Tensor] | None:
    rows = [_floats(call, call.input(at), call.maybe(at + 1), call.maybe(at + 2), 0) for at in (0, 3)]
    if None in rows:
        return None
    return ELEMENTWISE[call.node.operator.removeprefix("QLinear")](_with(call, rows))


def linear_unary(call: Call) -> Tensor | list[Tensor] | None:
    return ELEMENTWISE[call.node.operator.removeprefix("QLinear")](_with(call, [call.input(0)]))


def linear_pool(call: Call) -> Tensor | list[Tensor] | None:
    if call.integer("channels_last"):
        return None
    if call.node.operator == "QLinearAveragePool":
        return average_pool(_with(call, [call.input(0)]))
    size = (1,) * (len(call.sizes(0)) - 2)
    return call.add("adaptive_avg_pool", [call.input(0)], (*call.sizes(0)[:2], *size), size=size)


def linear_concat(call: Call) -> Tensor | None:
    return concat(_with(call, call.inputs[2::3]))


def linear_softmax(call: Call) -> Tensor:
    inner = _with(call, [call.input(0)])
    inner.opset = call.integer("opset", call.opset)
    return softmax(inner)


QUANTIZED = {
    "QuantizeLinear": quantize,
    "DequantizeLinear": dequantize,
    "DynamicQuantizeLinear": dynamic_quantize,
    "QLinearConv": linear_conv,
    "QLinearMatMul": linear_matmul,
    "QGemm": quantized_gemm,
    "ConvInteger": integer_conv,
    "MatMulInteger": integer_matmul,
    "QLinearAdd": linear_binary,
    "QLinearMul": linear_binary,
    "QLinearSigmoid": linear_unary,
    "QLinearLeakyRelu": linear_unary,
    "QLinearConcat": linear_concat,
    "QLinearGlobalAveragePool": linear_pool,
    "QLinearAveragePool": linear_pool,
    "QLinearSoftmax": linear_softmax,
}
