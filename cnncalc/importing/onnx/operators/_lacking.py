"""Operators that the vocabulary lacks, of which it is known at least that they are no products."""

from __future__ import annotations

from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import axis_from_front, spread_sizes
from cnncalc.importing.operations import Tensor

_ELEMENTWISE = (
    *("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseXor", "Clip", "Cosh", "HardSigmoid"),
    *("IsInf", "IsNaN", "Mod", "PRelu", "Selu", "Shrink", "Sinh", "Swish", "Tan", "Xor"),
)
_TO_BOOL = ("IsInf", "IsNaN", "Xor")
NO_PRODUCTS = frozenset(
    [
        "ArgMax", "ArgMin", "Bernoulli", "Compress", "CumProd", "CumSum", "EyeLike", "GatherElements", "GatherND",
        "GridSample", "Hardmax", "MaxRoiPool", "Multinomial", "NonMaxSuppression", "NonZero", "OneHot",
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "ReverseSequence", "RoiAlign",
        "Scatter", "ScatterElements", "ScatterND", "TopK", "Unique",
    ]
)  # fmt: skip
"""Values are compared, moved, picked or added up; as PyTorch's own counter has it, that is no multiply-add."""


def _elementwise(call: OperatorCall) -> Tensor | None:
    """Each value is calculated from those in the same place."""
    places = [place for place in range(len(call.inputs)) if call.has(place)]
    sizes = spread_sizes(*map(call.sizes, places))
    if sizes is None:
        return None
    name = call.node.operator
    dtype = "bool" if name in _TO_BOOL else call.input(0).dtype
    inputs = [call.operand(place) for place in places]
    return call.add("unknown", inputs, sizes, dtype, name=name, custom="", does="elementwise")


def _largest(call: OperatorCall) -> list[Tensor] | None:
    """TopK: values and indices."""
    count, sizes = call.whole(1), call.sizes(0)
    if count is None or len(count) != 1:
        return None
    axis = axis_from_front(call.integer("axis", -1), len(sizes))
    new = (*sizes[:axis], int(count[0]), *sizes[axis + 1 :])
    return call.add_all("unknown", [call.input(0)], [new, new], name="TopK", custom="", does="no products")


TRANSLATIONS: dict[str, Translation] = {**dict.fromkeys(_ELEMENTWISE, _elementwise), "TopK": _largest}
"""Asked after all others, which leave out what they have no word for."""
