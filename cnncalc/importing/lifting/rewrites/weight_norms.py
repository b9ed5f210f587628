"""Weights that are divided by a norm of theirs: PyTorch's weight norm and spectral norm.

What is left of them is a layer with other values: what they are divided by is a step on the way from the file to the
layer. The gains of a weight norm are one for each filter, or for each channel that is read: so they are a product with
what the layer makes, or with what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnncalc.importing.lifting.rewrites._constants import are_equal
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import input_of, made_by
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM, RESHAPE, TRANSPOSE, Step

_FILTERS = {"conv": 0, "linear": 0, "conv_transpose": 1}
"""The axis of a weight that has what the layer makes; the other of the first two has what it reads."""


def weight_norm(operation: Operation) -> Written:
    """A layer whose weights are g · v / |v|."""
    x, weight, bias = (*operation.inputs, None)[:3]
    found = next(_normed(weight), None) if weight is not None and weight.constant is None else None
    if found is None or x is None or not x.sizes or not operation.output.sizes:
        return None
    array, gain, axes = found
    kept = [axis for axis in range(len(array.sizes or ())) if axis not in axes]
    is_of_filters = kept in ([], [_FILTERS[operation.name]])
    if not is_of_filters and (len(kept) != 1 or kept[0] > 1 or operation.settings.get("groups", 1) > 1):
        return None
    unit = _divided(array, (DIVIDE_BY_NORM, axes))
    gain = _along(gain, 1 if operation.name == "linear" else len(x.sizes) - 1) if kept else _along(gain, 0)
    if not is_of_filters:
        scaled = _product(operation, x, gain)
        return [scaled, instead(operation, operation.name, [scaled.output, unit, bias], **operation.settings)]
    layer = before(operation, operation.name, x, operation.output.sizes, **operation.settings)
    layer.inputs.append(unit)
    if bias is None:
        return [layer, instead(operation, "mul", [layer.output, gain])]
    scaled = _product(operation, layer.output, gain)
    row = _along(bias, 1 if operation.name == "linear" else len(x.sizes) - 1)
    return [layer, scaled, instead(operation, "add", [scaled.output, row])]


def _product(operation: Operation, x: Tensor, gain: Tensor) -> Operation:
    made = before(operation, "mul", x, x.sizes or ())
    made.inputs.append(gain)
    return made


def _along(array: Tensor, axes: int) -> Tensor:
    """A constant along the first of so many axes."""
    return _viewed(array, (prod(array.sizes or ()), *[1] * (axes - 1)) if axes else ())


def _viewed(array: Tensor, sizes: tuple[int, ...]) -> Tensor:
    made = view_of_constant(Operation("reshape", [array], [Tensor(array.name, sizes)], {"sizes": sizes}))
    assert isinstance(made, Tensor)
    return made


def _normed(weight: Tensor) -> Iterator[tuple[Tensor, Tensor, tuple[int, ...]]]:
    """What is learned, the gains, and the axes that the norm is over: of v · (g / |v|) or (v / |v|) · g."""
    product = made_by(weight, "mul")
    if product is None:
        return
    for one, other in ((0, 1), (1, 0)):
        factor, quotient = input_of(product, one), input_of(product, other)
        by = made_by(quotient, "div")
        if by is None:
            continue
        above = input_of(by, 0)
        for array, gain in ((factor, above), (above, factor)):
            axes = _axes_of_norm(input_of(by, 1), array) if _is_learned(array) and _is_learned(gain) else None
            left = [size for axis, size in enumerate(array.sizes or ()) if axis not in (axes or ())]
            if axes is not None and prod(left) == prod(gain.sizes or ()) and len(left) < 2:
                yield array, gain, axes


def _axes_of_norm(norm: Tensor, array: Tensor) -> tuple[int, ...] | None:
    """The axes of an array that this is the norm over; of a second axis that is kept, PyTorch takes it to the front."""
    while (turned := made_by(norm, "reshape", "transpose")) is not None:
        norm = input_of(turned, 0)
    by = made_by(norm, "reduce")
    if by is None or by.settings["how"] != "l2":
        return None
    rows, axes = input_of(by, 0), tuple(by.settings["axes"])
    if _are_one(array, rows):
        return axes
    rank, steps = len(array.sizes or ()), _steps_between(array, rows)
    if steps is None or len(steps) != 2 or axes != (1,):
        return None
    (first, order), (second, sizes) = steps
    kept = order[0] if (first, second) == (TRANSPOSE, RESHAPE) and len(sizes) == 2 else None
    if kept is None or sizes[0] != (array.sizes or ())[kept]:
        return None
    return tuple(axis for axis in range(rank) if axis != kept)


def _steps_between(array: Tensor, other: Tensor) -> tuple[Step, ...] | None:
    """What is done to a learned array to have another; None if it is of another one."""
    one, two = array.constant, other.constant
    if one is None or two is None or one.identity != two.identity or one.stored is None or two.stored is None:
        return None
    count = len(one.stored.steps)
    return two.stored.steps[count:] if two.stored.steps[:count] == one.stored.steps else None


def _is_learned(array: Tensor) -> bool:
    return array.constant is not None and array.constant.is_parameter


def _are_one(one: Tensor, other: Tensor) -> bool:
    if one.constant is None or other.constant is None:
        return False
    return one.sizes == other.sizes and one.constant.identity == other.constant.identity


def _divided(array: Tensor, step: Step) -> Tensor:
    """A learned array after a step that leaves its sizes as they are."""
    assert array.constant is not None
    old = array.constant
    stored = old.stored and old.stored.then(step)
    constant = Constant(stored, is_parameter=True, trainable=old.trainable, identity=old.identity)
    return Tensor(array.name, array.sizes, array.dtype, constant)


# -- spectral norm


def spectral_norm(operation: Operation) -> Written:
    """A layer whose weights are W / (u · W · v), with vectors that are not learned; ONNX does not say that."""
    x, weight, *more = operation.inputs
    by = made_by(weight, "div") if weight is not None else None
    array = input_of(by, 0) if by is not None else None
    if by is None or array is None or not _is_learned(array):
        return None
    for left, inner in _dot(input_of(by, 1)):
        for right, matrix in _dot(inner):
            if (step := _by_spectral_norm(array, left, matrix, right)) is not None:
                settings = {**operation.settings, "again": (left, matrix, right)}
                return instead(operation, operation.name, [x, _divided(array, step), *more], **settings)
    return None


def _dot(tensor: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """All (vector, t) with `tensor` = t · vector along the last axis of t: products of matrices, and sums."""
    total = made_by(tensor, "reduce")
    product = made_by(input_of(total, 0), "mul") if total else made_by(tensor, "matmul")
    if product is None or (total and (total.settings["how"] != "sum" or not _is_along_last(total))):
        return
    for one, other in ((0, 1), (1, 0)):
        vector = input_of(product, one)
        if vector.constant is not None and len(vector.sizes or ()) == 1:
            yield vector, input_of(product, other)


def _is_along_last(total: Operation) -> bool:
    return tuple(total.settings["axes"]) == (len(input_of(total, 0).sizes or ()) - 1,)


def _by_spectral_norm(array: Tensor, left: Tensor, matrix: Tensor, right: Tensor) -> Step | None:
    """The step that divides an array by the product of its matrix with two vectors."""
    steps = _steps_between(array, matrix)
    if steps is None and matrix.constant is not None and are_equal(_viewed(array, matrix.sizes or ()), matrix):
        steps = ((RESHAPE, matrix.sizes),)  # (another exporter stores it a second time)
    u, v = (each.constant and each.constant.stored for each in (left, right))
    if steps is None or u is None or v is None or matrix.sizes != (*(left.sizes or ()), *(right.sizes or ())):
        return None
    return DIVIDE_BY_SPECTRAL_NORM, (steps, u, v)


def product_with_calculated_matrix(operation: Operation) -> Written:
    """x · Wᵀ, where W is calculated from what is learned."""
    turned = made_by(operation.inputs[1], "transpose")
    if turned is None or tuple(turned.settings["axes"]) != (1, 0):
        return None
    weight = input_of(turned, 0)
    is_normed = next(_normed(weight), None) is not None
    by = made_by(weight, "div")
    if not is_normed and (by is None or not _is_learned(input_of(by, 0))):
        return None
    return instead(operation, "linear", [operation.inputs[0], weight])


RULES: Rules = {
    **dict.fromkeys(_FILTERS, (weight_norm, spectral_norm)),
    "matmul": (product_with_calculated_matrix,),
}
