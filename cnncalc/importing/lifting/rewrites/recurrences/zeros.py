"""What zeros make of products and sums: states that a sequence begins with, and what is calculated from them."""

from __future__ import annotations

from cnncalc.importing.lifting.rewrites._constants import is_all
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, instead
from cnncalc.importing.lifting.rewrites._terms import DEEPEST, filled, sole_number
from cnncalc.importing.operations import Operation, Tensor

_HANDED_ON = ("reshape", "transpose", "expand", "slice", "identity", "cast")


def is_zero(tensor: Tensor | None) -> bool:
    """Whether a tensor is a constant of zeros, whatever its sizes."""
    for _ in range(DEEPEST):
        if tensor is None or sole_number(tensor) == 0:
            return tensor is not None
        if tensor.constant is not None:
            return not tensor.constant.is_parameter and tensor.constant.values is None and is_all(tensor, 0)
        if tensor.operation is None or tensor.operation.name not in _HANDED_ON:
            return False
        tensor = tensor.operation.inputs[0]
    return False


def product_with_zeros(operation: Operation) -> Written:
    """Nothing is left of a product with zeros, but for the bias."""
    factors = operation.inputs[: 1 if operation.name == "linear" else 2]
    if not any(map(is_zero, factors)) or any(map(_is_learned, factors)):
        return None
    bias = operation.inputs[2] if operation.name == "linear" and len(operation.inputs) > 2 else None
    return instead(operation, "expand", [filled(0.0) if bias is None else bias], sizes=operation.output.sizes)


def _is_learned(tensor: Tensor | None) -> bool:
    """Whether a tensor is learned, and the same for each sample: it stays in the model, even with a factor of 0."""
    made_by = tensor.operation if tensor is not None else None
    source = made_by.inputs[0] if made_by is not None and made_by.name == "expand" else None
    return source is not None and source.constant is not None and source.constant.is_parameter


def sum_with_zeros(operation: Operation) -> Written:
    """Zeros add nothing."""
    for one, other in ((0, 1), (1, 0)):
        x = operation.inputs[other]
        if is_zero(operation.inputs[one]) and x is not None:
            if x.sizes == operation.output.sizes:
                return x
            return instead(operation, "expand", [x], sizes=operation.output.sizes)
    return None


RULES: Rules = {
    "linear": (product_with_zeros,),
    "matmul": (product_with_zeros,),
    "mul": (product_with_zeros,),
    "add": (sum_with_zeros,),
}
