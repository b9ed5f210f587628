"""Weights that the graph calculates from those that are learned: standardised filters, and factors for them."""

from __future__ import annotations

from math import isclose, prod

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import filled, made_by, number, read
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Operation, Tensor


def standardized(operation: Operation) -> Written:
    """A convolution whose filters are used minus their mean and divided by their deviation.

    Exporters write it as a batch norm of the filters, reshaped to (1, filters, weights of each); what is left of a
    factor that is the same for all filters is given to the input.
    """
    weight = operation.inputs[1]
    found = _standardized(weight) if weight is not None and weight.constant is None else None
    if found is None or operation.inputs[0] is None:
        return None
    array, norm = found
    assert array.sizes is not None
    if (factors := _factors(norm)) is None:
        return None
    gain, factor = factors
    root = prod(array.sizes[1:]) ** -0.5
    how: bool | str = "scaled" if factor != 1 else True
    rest = factor / root if how == "scaled" else 1.0
    x, first = operation.inputs[0], list[Operation]()
    if not isclose(rest, 1, rel_tol=1e-5):
        first = [before(operation, "mul", x, x.sizes or ())]
        first[0].inputs.append(filled(rest))
        x = first[0].output
    settings = {**operation.settings, "standardize": how, "standard_epsilon": norm.settings["epsilon"], "gain": gain}
    return [*first, instead(operation, operation.name, [x, array, *operation.inputs[2:]], **settings)]


def _standardized(weight: Tensor) -> tuple[Tensor, Operation] | None:
    """The learned filters, and the norm of them."""
    if (outer := made_by(weight, "reshape")) is None:
        return None
    norm = made_by(outer.inputs[0], "batch_norm", "instance_norm")
    inner = norm.inputs[0] if norm else None
    if norm is None or inner is None or inner.constant is None or not inner.sizes or not weight.sizes:
        return None
    if norm.name == "batch_norm" and not norm.settings.get("training", norm.inputs[3] is None):
        return None
    if inner.sizes[:2] != (1, weight.sizes[0]) or len(inner.sizes) != 3:
        return None
    whole = view_of_constant(Operation("reshape", [inner], [Tensor(inner.name, weight.sizes)], {}))
    return (whole, norm) if isinstance(whole, Tensor) else None


def _factors(norm: Operation) -> tuple[Tensor | None, float] | None:
    """What is learned per filter, and the number that all are multiplied by."""
    scale, center = (*norm.inputs[1:3], None, None)[:2]
    if center is not None and number(center) != 0:
        return None
    if scale is None or number(scale) is not None:
        return None, 1.0 if scale is None else number(scale) or 1.0
    while by := made_by(scale, "reshape"):
        scale = read(by, 0)
    if scale.constant is not None:
        return _in_a_row(scale), 1.0
    by = made_by(scale, "mul")
    for gain, other in ((0, 1), (1, 0)) if by else ():
        assert by is not None
        factor = number(by.inputs[other])
        if factor and read(by, gain).constant is not None:
            return _in_a_row(read(by, gain)), factor
    return None


def _in_a_row(gain: Tensor) -> Tensor:
    made = view_of_constant(Operation("reshape", [gain], [Tensor(gain.name, (prod(gain.sizes or ()),))], {}))
    return made if isinstance(made, Tensor) else gain


RULES: Rules = {"conv": (standardized,)}
