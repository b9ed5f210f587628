"""Norms that a file writes as the arithmetic that they are: means, squares, roots.

All rules give operations of the vocabulary, but for one thing: a norm's `axes` may be any until `NORMS_LAST` moves them
to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from cnncalc.importing.lifting.rewrites._constants import is_all
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import (
    are_one,
    bare,
    input_of,
    is_close,
    linear_in,
    made_by,
    over_roots,
    products,
    quotients,
    reciprocal_of,
    reduced,
    root_of,
    sole_number,
    square_of,
    sums_with_numbers,
    under_reciprocal_root,
)
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Operation, Tensor

AFFINE = ("layer_norm", "rms_norm", "group_norm", "instance_norm")
"""Norms that multiply by a learned scale, and those but the second add a learned center."""


def centered(tensor: Tensor) -> tuple[Tensor, tuple[int, ...]] | None:
    """x and axes, of x minus its mean along these."""
    operation = made_by(tensor, "sub")
    if operation and (mean := reduced(input_of(operation, 1), "mean")) and are_one(mean[0], input_of(operation, 0)):
        return mean
    return None


def _spreads(tensor: Tensor) -> Iterator[tuple[Tensor, tuple[int, ...], bool]]:
    """x, axes, and whether x's mean was subtracted, of a mean of squares or a variance."""
    if found := reduced(tensor, "mean"):
        squared, axes = found
        if (base := square_of(squared)) is not None:
            whole = centered(base)
            if whole and whole[1] == axes:
                yield whole[0], axes, True
            yield base, axes, False
    by = made_by(tensor, "reduce")
    if by and by.settings["how"] == "var" and not by.settings.get("correction", 1) and (x := reduced(tensor, "var")):
        yield x[0], x[1], True


def norm_of_axes(operation: Operation) -> Written:
    """(x - mean) / √(variance + epsilon), and x / √(mean of squares + epsilon)."""
    for above, below in over_roots(operation.output):
        own = centered(above)
        for epsilon, spread in sums_with_numbers(below):
            for x, axes, is_centered in _spreads(spread):
                if epsilon > 0 and is_centered and own and own == (x, axes):
                    return instead(operation, "layer_norm", [x], axes=axes, epsilon=epsilon)
                if epsilon > 0 and not is_centered and above is x:
                    return instead(operation, "rms_norm", [x], axes=axes, epsilon=epsilon)
    return None


def norm_with_factor(operation: Operation) -> Written:
    """x · f + (center - mean · f), where f is scale / √(variance + epsilon): as TensorFlow calculates its norms."""
    for one, other in ((0, 1), (1, 0)):
        product, shift = made_by(operation.inputs[one], "mul"), input_of(operation, other)
        for place in (0, 1) if product is not None else ():
            assert product is not None
            x, factor = input_of(product, place), input_of(product, 1 - place)
            for epsilon, axes, scale in _factors(x, factor):
                center = _center(shift, x, axes, factor)
                if center is not None:
                    return _with_affine(operation, x, {"axes": axes, "epsilon": epsilon}, scale, *center)
    return None


def _factors(x: Tensor, factor: Tensor) -> Iterator[tuple[float, tuple[int, ...], Tensor | None]]:
    """All (epsilon, axes, scale) with `factor` = scale / √(variance of x + epsilon)."""
    by = made_by(factor, "mul")
    parts = [(factor, None), *(((input_of(by, 0), input_of(by, 1)), (input_of(by, 1), input_of(by, 0))) if by else ())]
    for inverse, scale in parts:
        below = under_reciprocal_root(inverse)
        if below is None and (root := reciprocal_of(inverse)) is not None:
            below = root_of(root)
        for epsilon, spread in sums_with_numbers(below) if below is not None else ():
            for base, axes, is_centered in _spreads(spread):
                if is_centered and base is x and epsilon > 0:
                    yield epsilon, axes, scale


def _center(shift: Tensor, x: Tensor, axes: tuple[int, ...], factor: Tensor) -> tuple[Tensor | None] | None:
    """The center, of center - mean · factor; in brackets, since there may be none."""
    if _is_mean_times(shift, x, axes, factor, -1):
        return (None,)
    for name, sign in (("add", -1), ("sub", 1)):
        by = made_by(shift, name)
        for place in ((1,) if name == "sub" else (0, 1)) if by else ():
            assert by is not None
            if _is_mean_times(input_of(by, place), x, axes, factor, sign):
                return (input_of(by, 1 - place),)
    return None


def _is_mean_times(tensor: Tensor, x: Tensor, axes: tuple[int, ...], factor: Tensor, sign: int) -> bool:
    """Whether a tensor is the mean of x times a factor, or the negative of that."""
    return any(
        number == sign and one is bare(factor) and reduced(mean, "mean") == (x, axes)
        for number, one, mean in products(tensor)
    )


def _with_affine(
    operation: Operation, x: Tensor, settings: dict[str, Any], scale: Tensor | None, center: Tensor | None
) -> Written:
    """A norm in the place of an operation, with a product and a sum after it, which other rules make part of it."""
    sizes = operation.output.sizes or ()
    steps: list[tuple[str, list[Tensor], dict[str, Any]]] = [("layer_norm", [], settings)]
    steps += [(name, [by], {}) for name, by in (("mul", scale), ("add", center)) if by is not None]
    made: list[Operation] = []
    for name, more, own in steps[:-1]:
        made.append(before(operation, name, made[-1].output if made else x, sizes, **own))
        made[-1].inputs += more
    name, more, own = steps[-1]
    return [*made, instead(operation, name, [made[-1].output if made else x, *more], **own)]


def l2_norm(operation: Operation) -> Written:
    """x / max(√(sum of squares), epsilon), or without epsilon."""
    for x, below in quotients(operation.output):
        length, epsilon = _length(below)
        if (found := _norm(length)) and found[0] is x:
            return instead(operation, "l2_norm", [x], axes=found[1], epsilon=epsilon)
    return None


def _length(below: Tensor) -> tuple[Tensor, float]:
    """What is limited from below by a small number, and the number."""
    if (by := made_by(below, "expand")) is not None:
        below = input_of(by, 0)
    by = made_by(below, "maximum", "clip")
    if by is None:
        return below, 0.0
    if by.name == "clip":
        low = by.settings["bounds"][0]
        return (input_of(by, 0), low) if low else (below, 0.0)
    for x, bound in ((0, 1), (1, 0)):
        if (low := sole_number(by.inputs[bound])) is not None:
            return input_of(by, x), low
    return below, 0.0


def _norm(tensor: Tensor) -> tuple[Tensor, tuple[int, ...]] | None:
    """x and axes, of √(sum of x²)."""
    if found := reduced(tensor, "l2"):
        return found
    root = root_of(tensor)
    total = reduced(root, "sum") if root else None
    if total and (x := square_of(total[0])) is not None:
        return x, total[1]
    return None


def softmax(operation: Operation) -> Written:
    """e to x, or to x minus the largest, divided by the sum of these."""
    for above, below in quotients(operation.output):
        total = reduced(below, "sum")
        exponential = made_by(above, "exp")
        if total and exponential and total[0] is above and len(total[1]) == 1:
            x = input_of(exponential, 0)
            minus = made_by(x, "sub")
            if minus and (most := reduced(input_of(minus, 1), "max")) and most == (input_of(minus, 0), total[1]):
                x = most[0]
            return instead(operation, "softmax", [x], axis=total[1][0])
    return None


def safe_softmax(operation: Operation) -> Written:
    """A softmax that is replaced by zeros where nothing was seen: where all scores are -∞."""
    condition, zeros, kept = operation.inputs[:3]
    soft = made_by(kept, "softmax")
    if soft is None or condition is None or not _is_nothing(zeros) or not _asks(condition, input_of(soft, 0)):
        return None
    return soft.output


def _is_nothing(tensor: Tensor | None) -> bool:
    return tensor is not None and (
        sole_number(tensor) == 0 or tensor.constant is not None or made_by(tensor, "unknown") is not None
    )


def _asks(tensor: Tensor, about: Tensor) -> bool:
    """Whether a condition asks nothing but which values of a tensor are -∞."""
    for _ in range(8):
        operation = tensor.operation
        if operation is None:
            return False
        if operation.name == "equal":
            return about in operation.inputs and float("-inf") in map(sole_number, operation.inputs)
        if operation.name not in ("not", "reduce", "cast", "identity", "unknown") or not operation.inputs[0]:
            return False
        tensor = operation.inputs[0]
    return False


def group_norm(operation: Operation) -> Written:
    """An instance norm of groups that a reshape makes channels of."""
    norm = made_by(input_of(operation, 0), "instance_norm", "layer_norm", "batch_norm")
    first = made_by(norm.inputs[0], "reshape") if norm else None
    if norm is None or first is None:
        return None
    x, sizes = input_of(first, 0), first.output.sizes
    if not x.sizes or x.sizes != operation.output.sizes or not sizes or len(sizes) < 3 or len(x.sizes) < 2:
        return None
    groups = _groups(norm, sizes, x.sizes)
    if not groups or x.sizes[1] % groups or not _is_plain(norm):
        return None
    without = tuple(each for each in norm.inputs[1:3] if each is not None)
    return instead(operation, "group_norm", [x], groups=groups, epsilon=norm.settings["epsilon"], again=without)


def _groups(norm: Operation, sizes: tuple[int, ...], whole: tuple[int, ...]) -> int:
    """How many groups of channels are normalised, each by itself; 0 if these are not groups of a sample."""
    if norm.name == "layer_norm" and tuple(norm.settings["axes"]) != tuple(range(2, len(sizes))):
        return 0
    if norm.name == "batch_norm":  # of the samples' channels in a row
        is_own = norm.inputs[3] is None and sizes[0] == 1 and sizes[1] == whole[0] * whole[1]
        return whole[1] if is_own else 0
    return sizes[1] if sizes[0] == whole[0] else 0


def _is_plain(norm: Operation) -> bool:
    """Whether nothing is learned, or only ones and zeros."""
    scale, center = (*norm.inputs[1:3], None, None)[:2]
    return (scale is None or is_all(scale, 1)) and (center is None or is_all(center, 0))


def with_scale(operation: Operation) -> Written:
    """A norm times a learned number per channel, or per value of its axes."""
    for one, other in ((0, 1), (1, 0)):
        norm, scale = made_by(operation.inputs[one], *AFFINE), operation.inputs[other]
        if norm is None or scale is None or _learns(norm, 1) is not None or _learns(norm, 2) is not None:
            continue
        if (row := _along(norm, scale)) is not None:
            return instead(operation, norm.name, [norm.inputs[0], row], **norm.settings)
    return None


def with_center(operation: Operation) -> Written:
    """A norm plus a learned number per channel, or per value of its axes."""
    for one, other in ((0, 1), (1, 0)):
        norm, center = made_by(operation.inputs[one], *AFFINE), operation.inputs[other]
        if norm is None or center is None or norm.name == "rms_norm" or _learns(norm, 2) is not None:
            continue
        if (row := _along(norm, center)) is not None:
            return instead(operation, norm.name, [norm.inputs[0], _learns(norm, 1), row], **norm.settings)
    return None


def _learns(norm: Operation, place: int) -> Tensor | None:
    """What is learned, unless it is only ones or zeros."""
    tensor = norm.inputs[place] if place < len(norm.inputs) else None
    return None if tensor is not None and sole_number(tensor) == 2 - place else tensor


def _along(norm: Operation, tensor: Tensor) -> Tensor | None:
    """A constant with the sizes that a norm learns; None if it has a number for something else."""
    whole = norm.output.sizes
    if tensor.constant is None or not tensor.sizes or not whole or len(tensor.sizes) > len(whole):
        return None
    axes = norm.settings.get("axes", (1,))
    sizes = (1,) * (len(whole) - len(tensor.sizes)) + tensor.sizes
    if sizes != tuple(size if axis in axes else 1 for axis, size in enumerate(whole)):
        return None
    wanted = tuple(whole[axis] for axis in axes)
    if wanted == tensor.sizes:
        return tensor
    made = view_of_constant(Operation("reshape", [tensor], [Tensor(tensor.name, wanted)], {}))
    return made if isinstance(made, Tensor) else None


def global_response_norm(operation: Operation) -> Written:
    """x + center + scale · x · (norm / mean of norms), the norms over all positions, the mean over channels."""
    for x, terms in _sums(operation):
        for scale, center in ((a, b) for a in terms for b in terms if a is not b):
            if center.constant is not None and (found := _response(scale, x)):
                gain, axes, epsilon = found
                kept = [each for each in range(1, len(x.sizes or ())) if each not in axes]
                rows = [_row(each) for each in (gain, center)]
                if len(kept) == 1:
                    return instead(
                        operation, "global_response_norm", [x, *rows], axes=axes, channels=kept[0], epsilon=epsilon
                    )
    return None


def _row(tensor: Tensor) -> Tensor:
    made = view_of_constant(Operation("reshape", [tensor], [Tensor(tensor.name, (prod(tensor.sizes or ()),))], {}))
    return made if isinstance(made, Tensor) else tensor


def _sums(operation: Operation) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Each of three tensors that are added, with the other two."""
    for one, other in ((0, 1), (1, 0)):
        if inner := made_by(operation.inputs[one], "add"):
            three = [input_of(operation, other), input_of(inner, 0), input_of(inner, 1)]
            for place, each in enumerate(three):
                yield each, three[:place] + three[place + 1 :]


def _response(tensor: Tensor, x: Tensor) -> tuple[Tensor, tuple[int, ...], float] | None:
    """The gains, the axes and epsilon, of gain · x · response."""
    for factor, a, b in products(tensor):
        if not is_close(factor, 1):
            continue
        for gain, rest in ((a, b), (b, a)):
            for _, one, share in products(rest) if gain.constant is not None else ():
                if one is x and (found := _share(share, x)):
                    return gain, *found
    return None


def _share(tensor: Tensor, x: Tensor) -> tuple[tuple[int, ...], float] | None:
    """The axes and epsilon, of norm / (mean of the norms + epsilon)."""
    for norm, below in quotients(tensor):
        for epsilon, mean in sums_with_numbers(below):
            found, over = _norm(norm), reduced(mean, "mean")
            if found and over and found[0] is x and over[0] is norm:
                return found[1], epsilon
    return None


def local_response_norm(operation: Operation) -> Written:
    """x / (k + alpha · mean of the squares of neighbouring channels)^beta."""
    for x, below in quotients(operation.output):
        power = made_by(below, "pow")
        beta = sole_number(power.inputs[1]) if power else None
        if power is None or beta is None:
            continue
        for alpha, k, mean in linear_in(input_of(power, 0)):
            if k > 0 and (size := _neighbours(mean, x)):
                return instead(operation, "local_response_norm", [x], size=size, alpha=alpha, beta=beta, k=k)
    return None


def _neighbours(tensor: Tensor, x: Tensor) -> int:
    """Over how many channels squares are averaged; 0 if it is something else."""
    while by := made_by(tensor, "reshape"):
        tensor = input_of(by, 0)
    pool = made_by(tensor, "avg_pool")
    if pool is None or not pool.settings.get("count_padding", True) or prod(pool.settings["stride"]) != 1:
        return 0
    size = max(pool.settings["window"])
    inner = input_of(pool, 0)
    while by := made_by(inner, "pad", "reshape"):
        inner = input_of(by, 0)
    return size if prod(pool.settings["window"]) == size and square_of(inner) is x else 0


def batch_norm(operation: Operation) -> Written:
    """x · a + b, where a and b are calculated from what a frozen norm has."""
    for one, other in ((0, 1), (1, 0)):
        product, shift = made_by(operation.inputs[one], "mul"), _per_channel(operation, other)
        moved = made_by(shift, "sub")
        for x, by in ((0, 1), (1, 0)) if product and moved else ():
            assert product is not None
            scale = _per_channel(product, by)
            found = _frozen(scale, moved) if scale is not None and moved else None
            if found is not None:
                return instead(operation, "batch_norm", [product.inputs[x], *found[0]], epsilon=found[1])
    return None


def _frozen(scale: Tensor, moved: Operation) -> tuple[list[Tensor], float] | None:
    """Gains, centers, means and variances, and epsilon, of gain / √(variance + epsilon) and center - mean · that."""
    for _, mean, by in products(input_of(moved, 1)):
        for gain, variance in over_roots(by) if bare_of(by) is scale else ():
            for epsilon, statistic in sums_with_numbers(variance):
                arrays = [gain, input_of(moved, 0), mean, statistic]
                if epsilon > 0 and all(each.constant is not None for each in arrays):
                    return [_row(each) for each in arrays], epsilon
    return None


def bare_of(tensor: Tensor) -> Tensor:
    """The tensor before reshapes."""
    while by := made_by(tensor, "reshape"):
        tensor = input_of(by, 0)
    return tensor


def _per_channel(operation: Operation, place: int) -> Tensor | None:
    """What has a number per channel, before it was reshaped to go with a map; None if it has others."""
    tensor, whole = operation.inputs[place], operation.output.sizes
    if tensor is None or not tensor.sizes or not whole or len(whole) < 3:
        return None
    sizes = (1,) * (len(whole) - len(tensor.sizes)) + tensor.sizes
    return bare_of(tensor) if sizes == (1, whole[1], *(1 for _ in whole[2:])) else None


def norm_of_last(operation: Operation) -> Written:
    """A norm of axes that are not the last, between transposes that put them there."""
    x, axes = input_of(operation, 0), tuple(operation.settings["axes"])
    if not x.sizes or axes == tuple(range(len(x.sizes) - len(axes), len(x.sizes))):
        return None
    order = (*(axis for axis in range(len(x.sizes)) if axis not in axes), *axes)
    back = tuple(order.index(axis) for axis in range(len(order)))
    turned = before(operation, "transpose", x, tuple(x.sizes[axis] for axis in order), axes=order)
    norm = before(operation, operation.name, turned.output, turned.output.sizes or (), **operation.settings)
    norm.settings["axes"] = tuple(range(len(order) - len(axes), len(order)))
    norm.inputs += operation.inputs[1:]
    return [turned, norm, instead(operation, "transpose", [norm.output], axes=back)]


RULES: Rules = {
    "div": (softmax, norm_of_axes, l2_norm, local_response_norm),
    "mul": (norm_of_axes, with_scale),
    "add": (with_center, norm_with_factor, global_response_norm, batch_norm),
    "where": (safe_softmax,),
    "reshape": (group_norm,),
}
NORMS_LAST: Rules = dict.fromkeys(("layer_norm", "rms_norm", "l2_norm"), (norm_of_last,))
