"""Weights that the graph calculates from those that are learned: standardised filters, and factors for them."""

from __future__ import annotations

from math import isclose, prod

from cnncalc.importing.lifting.rewrites._constants import are_equal, is_all
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import filled, input_of, made_by, sole_number, square_of
from cnncalc.importing.lifting.rewrites.normalizations import centered
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import MULTIPLY
from cnncalc.named_tuple import NamedTuple


def standardized_filters(operation: Operation) -> Written:
    """A convolution whose filters are used minus their mean and divided by their deviation.

    Exporters write it as a batch norm of the filters, reshaped to (1, filters, weights of each); what is left of a
    factor that is the same for all filters is given to the input.
    """
    weight = operation.inputs[1]
    found = _standardized(weight) if weight is not None and weight.constant is None else None
    if found is None or operation.inputs[0] is None:
        return None
    assert found.array.sizes is not None
    root = prod(found.array.sizes[1:]) ** -0.5
    how: bool | str = "scaled" if found.factor != 1 else True
    rest = found.factor / root if how == "scaled" else 1.0
    x, first = operation.inputs[0], list[Operation]()
    if not isclose(rest, 1, rel_tol=1e-5):
        first = [before(operation, "mul", x, x.sizes or ())]
        first[0].inputs.append(filled(rest))
        x = first[0].output
    settings = {
        **operation.settings,
        "standardize": how,
        "standard_epsilon": found.epsilon,
        "gain": found.gain,
        "again": found.again,
    }
    return [*first, instead(operation, operation.name, [x, found.array, *operation.inputs[2:]], **settings)]


class Standardized(NamedTuple):
    """How filters are made of those that are learned.

    Attributes:
        array: those that are learned.
        epsilon: added to the variance.
        gain: what is learned per filter, if anything is.
        factor: what all are multiplied by.
        again: further arrays of the file that say the same.
    """

    array: Tensor
    epsilon: float
    gain: Tensor | None
    factor: float
    again: tuple[Tensor, ...]


def _standardized(weight: Tensor) -> Standardized | None:
    """The learned filters, and what is done to them."""
    outer = made_by(weight, "reshape")
    norm = made_by(outer.inputs[0], "batch_norm", "instance_norm") if outer else None
    inner = norm.inputs[0] if norm else None
    if norm is None or inner is None or inner.constant is None or not inner.sizes or not weight.sizes:
        return None
    if inner.sizes[:2] != (1, weight.sizes[0]) or len(inner.sizes) != 3:
        return None
    again = _of_own_statistics(norm, inner) if norm.name == "batch_norm" else ()
    factors = _factors(norm)
    whole = view_of_constant(Operation("reshape", [inner], [Tensor(inner.name, weight.sizes)], {}))
    if again is None or factors is None or not isinstance(whole, Tensor) or whole.constant is None:
        return None
    whole.constant.is_parameter = True
    without = [each for each in norm.inputs[1:3] if each is not None and each.constant is not None]
    return Standardized(whole, norm.settings["epsilon"], *factors, (*again, *without))


def _of_own_statistics(norm: Operation, x: Tensor) -> tuple[Tensor, ...] | None:
    """The arrays that the mean and the variance of a norm are of, if these are those of what it normalises."""
    means = made_by(norm.inputs[3], "reduce")
    spread = made_by(norm.inputs[4], "reduce")
    base = square_of(input_of(spread, 0)) if spread and spread.settings["how"] == "mean" else None
    whole = centered(base) if base is not None else None
    if means is None or spread is None or whole is None or means.settings["how"] != "mean":
        return None
    arrays = (input_of(means, 0), whole[0])
    for array, axes in zip(arrays, (tuple(means.settings["axes"]), whole[1]), strict=True):
        if axes not in ((0, 2), (0, 1)) or not are_equal(x, array, is_turned=axes == (0, 1)):
            return None
    return arrays if tuple(spread.settings["axes"]) == whole[1] else None


def _factors(norm: Operation) -> tuple[Tensor | None, float] | None:
    """What is learned per filter, and the number that all are multiplied by."""
    scale, center = (*norm.inputs[1:3], None, None)[:2]
    if center is not None and sole_number(center) != 0 and not is_all(center, 0):
        return None
    if scale is None or is_all(scale, 1):
        return None, 1.0
    while by := made_by(scale, "reshape"):
        scale = input_of(by, 0)
    if (number := sole_number(scale)) is not None:
        return None, number
    if scale.constant is not None:
        own, number = _without_factor(scale, scale.constant)
        return _in_a_row(own), number
    by = made_by(scale, "mul")
    for gain, other in ((0, 1), (1, 0)) if by else ():
        assert by is not None
        factor = sole_number(by.inputs[other])
        if factor and input_of(by, gain).constant is not None:
            return _in_a_row(input_of(by, gain)), factor
    return None


def _without_factor(gain: Tensor, constant: Constant) -> tuple[Tensor, float]:
    """An array of the file as it is there, and the number that it is multiplied by."""
    stored = constant.stored
    word, factor = stored.steps[-1] if stored is not None and stored.steps and not stored.joined else ("", None)
    if stored is None or word != MULTIPLY or not isinstance(factor, float):
        return gain, 1.0
    own = Constant(
        stored._replace(steps=stored.steps[:-1]),
        is_parameter=constant.is_parameter,
        is_statistic=constant.is_statistic,
        trainable=constant.trainable,
        identity=constant.identity,
    )
    return Tensor(gain.name, gain.sizes, gain.dtype, own), factor


def _in_a_row(gain: Tensor) -> Tensor:
    made = view_of_constant(Operation("reshape", [gain], [Tensor(gain.name, (prod(gain.sizes or ()),))], {}))
    return made if isinstance(made, Tensor) else gain


RULES: Rules = {"conv": (standardized_filters,)}
