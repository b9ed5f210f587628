"""Products with learned matrices, however they are written: `linear`."""

from __future__ import annotations

from math import prod

from cnncalc.importing.lifting.rewrites._constants import is_all
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import input_of
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.lifting.rewrites.recurrences.zeros import is_zero
from cnncalc.importing.operations import Operation, Tensor


def linear(operation: Operation) -> Written:
    """x · W with a constant matrix W of (in, out)."""
    x, matrix = input_of(operation, 0), _matrix(operation.inputs[1])
    if matrix is None or (x.constant is not None and not is_zero(x)) or not x.sizes or len(x.sizes) < 2:
        return None
    assert matrix.sizes is not None
    turned = view_of_constant(before(operation, "transpose", matrix, matrix.sizes[::-1], axes=(1, 0)))
    assert isinstance(turned, Tensor)
    return instead(operation, "linear", [x, turned])


def _matrix(tensor: Tensor | None) -> Tensor | None:
    """A constant of two axes; also one that is repeated for each sample, or has a leading axis of 1."""
    if tensor is None:
        return None
    while tensor.operation is not None and tensor.operation.name in ("expand", "reshape"):
        inner = input_of(tensor.operation, 0)
        if not tensor.sizes or not inner.sizes or tensor.sizes[-2:] != inner.sizes[-2:]:
            return None
        tensor = inner
    if tensor.constant is None or tensor.sizes is None or len(tensor.sizes) < 2 or set(tensor.sizes[:-2]) - {1}:
        return None
    if len(tensor.sizes) == 2:
        return tensor
    flat = view_of_constant(Operation("reshape", [tensor], [Tensor(tensor.name, tensor.sizes[-2:])], {}))
    return flat if isinstance(flat, Tensor) else None


def with_biases_in_a_row(operation: Operation) -> Written:
    """A product whose biases are put in a row of several, of which some are zeros: a product for each."""
    x, weight, bias = (*operation.inputs, None)[:3]
    by = bias.operation if bias is not None else None
    parts = [each for each in by.inputs if each is not None] if by is not None and by.name == "concat" else []
    if not parts or any(part.constant is None or len(part.sizes or ()) != 1 for part in parts):
        return None
    if x is None or weight is None or weight.constant is None or not weight.sizes or not operation.output.sizes:
        return None
    made, start = list[Operation](), 0
    for part in parts:
        count = (part.sizes or (0,))[0]
        rows = Operation("slice", [weight], [Tensor(weight.name, (count, *weight.sizes[1:]))], {})
        rows.settings.update(axis=0, start=start, stop=start + count, step=1)
        own = view_of_constant(rows)
        assert isinstance(own, Tensor)
        made.append(before(operation, "linear", x, (*operation.output.sizes[:-1], count)))
        made[-1].inputs += [own, None if _is_nothing(part) else part]
        start += count
    outputs = [each.output for each in made]
    return [*made, instead(operation, "concat", outputs, axis=len(operation.output.sizes) - 1)]


def _is_nothing(part: Tensor) -> bool:
    assert part.constant is not None
    return not part.constant.is_parameter and is_all(part, 0)


def with_bias(operation: Operation) -> Written:
    """x · W + b."""
    for one, other in ((0, 1), (1, 0)):
        product, bias = operation.inputs[one], operation.inputs[other]
        by = product.operation if product else None
        if by and bias and by.name == "linear" and not any(by.inputs[2:]) and _is_bias(bias, operation.output):
            return instead(operation, "linear", [*by.inputs[:2], _in_a_row(bias)], **by.settings)
    return None


def _is_bias(tensor: Tensor, of: Tensor) -> bool:
    if tensor.constant is None or not tensor.sizes or not of.sizes or len(tensor.sizes) > len(of.sizes):
        return False
    return tensor.sizes[-1] == of.sizes[-1] and set(tensor.sizes[:-1]) <= {1}


def _in_a_row(tensor: Tensor) -> Tensor:
    """A constant with one axis."""
    if tensor.sizes is None or len(tensor.sizes) == 1:
        return tensor
    row = view_of_constant(Operation("reshape", [tensor], [Tensor(tensor.name, tensor.sizes[-1:])], {}))
    return row if isinstance(row, Tensor) else tensor


def linear_of_rows(operation: Operation) -> Written:
    """Rows that are put under one another only for a product, and apart again after it."""
    by = input_of(operation, 0).operation
    if by is None or by.name != "linear" or (under := input_of(by, 0).operation) is None or under.name != "reshape":
        return None
    x, sizes, rows = input_of(under, 0), operation.output.sizes, under.output.sizes
    if not x.sizes or not sizes or not rows or x.sizes[:-1] != sizes[:-1]:
        return None
    if (x.sizes[-1], sizes[-1]) != (rows[-1], (by.output.sizes or (0,))[-1]):
        return None
    return instead(operation, "linear", [x, *by.inputs[1:]], **by.settings)


def product_of_stacks(operation: Operation) -> Written:
    """Matrices that are put in one row only for their products: the first or the second, and the others with them."""
    given = [input_of(operation, place) for place in (0, 1)]
    outer = next((_outer(apart) for each in given if (apart := _unstacked(each)) is not None), None)
    if outer is None or len(outer) < 2 or not operation.output.sizes or len(operation.output.sizes) != 3:
        return None
    made = list[Operation]()
    inputs = list[Tensor]()
    for each in given:
        if not each.sizes or len(each.sizes) != 3 or each.sizes[0] != prod(outer):
            return None
        sizes = (*outer, *each.sizes[-2:])
        made.append(before(operation, "reshape", each, sizes, sizes=sizes))
        inputs.append(made[-1].output)
    product = before(operation, "matmul", inputs[0], (*outer, *operation.output.sizes[-2:]))
    product.inputs.append(inputs[1])
    return [*made, product, instead(operation, "reshape", [product.output], sizes=operation.output.sizes)]


def _unstacked(tensor: Tensor) -> Tensor | None:
    """Matrices in several rows, of which a reshape has made one."""
    stack = tensor.operation
    x = input_of(stack, 0) if stack is not None and stack.name == "reshape" else None
    if x is None or not x.sizes or not tensor.sizes or len(x.sizes) <= len(tensor.sizes):
        return None
    return x if x.sizes[-2:] == tensor.sizes[-2:] else None


def _outer(tensor: Tensor) -> tuple[int, ...]:
    """The sizes of the rows that matrices are in, without ones at the front; but at least two, as of the heads of a
    single sample."""
    outer = list((tensor.sizes or ())[:-2])
    while len(outer) > 2 and outer[0] == 1:
        del outer[0]
    return tuple(outer)


RULES: Rules = {
    "linear": (with_biases_in_a_row,),
    "matmul": (linear, product_of_stacks),
    "add": (with_bias,),
    "reshape": (linear_of_rows,),
}
