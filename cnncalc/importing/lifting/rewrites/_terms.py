"""How a tensor was calculated, as far as rules ask: numbers that multiply it or are added to it, squares, roots.

The same function is written in many ways: `0.5 * x * (1 + e)`, `x * (0.5 * (1 + e))`, `x * (0.5 + 0.5 * e)`. The
generators here give every way to see a tensor, from the nearest on, and a rule takes the one that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from cnncalc.importing.operations import Constant, Operation, Tensor

DEEPEST = 12
"""How many operations are looked through: nobody writes a function with more in a row."""


def sole_number(tensor: Tensor | None) -> float | None:
    """The number that a constant consists of, if it does of one."""
    if tensor is not None and tensor.operation is not None and tensor.operation.name == "expand":
        tensor = tensor.operation.inputs[0]
    if tensor is None or tensor.constant is None or not tensor.constant.values:
        return None
    first, *others = tensor.constant.values
    return None if tensor.constant.is_parameter or any(each != first for each in others) else float(first)


def is_close(one: float | None, other: float) -> bool:
    """Whether two numbers are equal, as far as a file that was written with seven digits can say."""
    return one is not None and isclose(one, other, rel_tol=2e-6, abs_tol=1e-12)


def made_by(tensor: Tensor | None, *names: str) -> Operation | None:
    """The operation that makes a tensor, if it has one of these names."""
    operation = bare(tensor).operation if tensor is not None else None
    return operation if operation is not None and operation.name in names else None


def bare(tensor: Tensor) -> Tensor:
    """A tensor before operations that leave its values as they are."""
    for _ in range(DEEPEST):
        if (same := unchanged(tensor)) is None:
            break
        tensor = same
    return tensor


def unchanged(tensor: Tensor) -> Tensor | None:
    """The tensor whose values another has, if an operation leaves them as they are."""
    operation = tensor.operation
    if operation is None or operation.name not in ("identity", "cast") or (x := operation.inputs[0]) is None:
        return None
    if operation.name == "identity" or x.dtype == tensor.dtype:
        return x
    return x if {"float" in x.dtype, "float" in tensor.dtype} == {True} else None


def input_of(operation: Operation, place: int) -> Tensor:
    """An input that is there."""
    tensor = operation.inputs[place]
    assert tensor is not None
    return bare(tensor)


def are_one(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are one, or two uses of one array of the file."""
    if one.constant is None or other.constant is None:
        return one is other
    return one is other or (one.constant.identity == other.constant.identity != "" and one.sizes == other.sizes)


def scaled(tensor: Tensor) -> Iterator[tuple[float, Tensor]]:
    """All (factor, t) with `tensor` = factor · t."""
    factor, tensor = 1.0, bare(tensor)
    for _ in range(DEEPEST):
        yield factor, tensor
        step = _scaled_once(tensor)
        if step is None:
            return
        factor, tensor = factor * step[0], step[1]


def _scaled_once(tensor: Tensor) -> tuple[float, Tensor] | None:
    operation = tensor.operation
    if operation is None or operation.name not in ("mul", "div", "neg"):
        return None
    if operation.name == "neg":
        return -1.0, input_of(operation, 0)
    a, b = operation.inputs[:2]
    if (by := sole_number(b)) is not None:
        return (by if operation.name == "mul" else 1 / by, input_of(operation, 0)) if by else None
    if operation.name == "mul" and (by := sole_number(a)) is not None:
        return by, input_of(operation, 1)
    return None


def sums_with_numbers(tensor: Tensor) -> Iterator[tuple[float, Tensor]]:
    """All (number, t) with `tensor` = t + number."""
    total, tensor = 0.0, bare(tensor)
    for _ in range(DEEPEST):
        yield total, tensor
        operation = made_by(tensor, "add", "sub")
        if operation is None:
            return
        a, b = operation.inputs[:2]
        if (by := sole_number(b)) is not None:
            total, tensor = total + (by if operation.name == "add" else -by), input_of(operation, 0)
        elif operation.name == "add" and (by := sole_number(a)) is not None:
            total, tensor = total + by, input_of(operation, 1)
        else:
            return


def linear_in(tensor: Tensor) -> Iterator[tuple[float, float, Tensor]]:
    """All (factor, number, t) with `tensor` = factor · t + number: products in a sum, and sums in a product."""
    for outer, sum_ in scaled(tensor):
        for added, product in sums_with_numbers(sum_):
            for inner, base in scaled(product):
                yield outer * inner, outer * added, base


def products(tensor: Tensor) -> Iterator[tuple[float, Tensor, Tensor]]:
    """All (factor, a, b) with `tensor` = factor · a · b, each pair in both orders."""
    for outer, product in scaled(tensor):
        operation = made_by(product, "mul")
        if operation is None or any(sole_number(each) is not None for each in operation.inputs):
            continue  # a product with a number is among the `scaled`
        for factor_a, a in scaled(input_of(operation, 0)):
            for factor_b, b in scaled(input_of(operation, 1)):
                yield outer * factor_a * factor_b, a, b
                yield outer * factor_a * factor_b, b, a


def quotients(tensor: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """All (a, b) with `tensor` = a / b: divisions, and products with a reciprocal."""
    if (operation := made_by(tensor, "div")) and sole_number(operation.inputs[1]) is None:
        yield input_of(operation, 0), input_of(operation, 1)
    if operation := made_by(tensor, "mul"):
        for a, b in ((0, 1), (1, 0)):
            if (below := reciprocal_of(input_of(operation, b))) is not None:
                yield input_of(operation, a), below


def reciprocal_of(tensor: Tensor) -> Tensor | None:
    """What 1 is divided by to have the tensor."""
    if operation := made_by(tensor, "reciprocal"):
        return input_of(operation, 0)
    if (operation := made_by(tensor, "div")) and is_close(sole_number(operation.inputs[0]), 1):
        return input_of(operation, 1)
    return None


def square_of(tensor: Tensor) -> Tensor | None:
    """Whose square the tensor is."""
    if operation := made_by(tensor, "square"):
        return input_of(operation, 0)
    if (operation := made_by(tensor, "pow")) and is_close(sole_number(operation.inputs[1]), 2):
        return input_of(operation, 0)
    if (operation := made_by(tensor, "mul")) and input_of(operation, 0) is input_of(operation, 1):
        return input_of(operation, 0)
    return None


def root_of(tensor: Tensor) -> Tensor | None:
    """Whose root the tensor is."""
    if operation := made_by(tensor, "sqrt"):
        return input_of(operation, 0)
    if (operation := made_by(tensor, "pow")) and is_close(sole_number(operation.inputs[1]), 0.5):
        return input_of(operation, 0)
    return None


def over_roots(tensor: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """All (a, b) with `tensor` = a / √b."""
    for a, below in quotients(tensor):
        if (b := root_of(below)) is not None:
            yield a, b
    if operation := made_by(tensor, "mul"):
        for above, root in ((0, 1), (1, 0)):
            if (under := under_reciprocal_root(input_of(operation, root))) is not None:
                yield input_of(operation, above), under


def under_reciprocal_root(tensor: Tensor) -> Tensor | None:
    """t, of 1 / √t."""
    if operation := made_by(tensor, "rsqrt"):
        return input_of(operation, 0)
    if (operation := made_by(tensor, "pow")) and is_close(sole_number(operation.inputs[1]), -0.5):
        return input_of(operation, 0)
    return None


def reduced(tensor: Tensor, *how: str) -> tuple[Tensor, tuple[int, ...]] | None:
    """What was reduced, and along which axes, if their places were kept."""
    operation = made_by(tensor, "reduce", "adaptive_avg_pool")
    if operation is None:
        return None
    whole = input_of(operation, 0)
    if operation.name == "adaptive_avg_pool":  # as tf2onnx writes the mean of the last axes
        is_mean = "mean" in how and set(operation.settings["size"]) == {1}
        return (whole, tuple(range(2, len(whole.sizes or ())))) if is_mean else None
    if operation.settings["how"] not in how:
        return None
    if whole.sizes is None or tensor.sizes is None or len(whole.sizes) != len(tensor.sizes):
        return None
    return whole, tuple(operation.settings["axes"])


def filled(value: float, name: str = "") -> Tensor:
    """A constant of one number."""
    return Tensor(name, (), constant=Constant(None, [value]))
