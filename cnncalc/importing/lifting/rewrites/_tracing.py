"""Where the rows of an attention come from: through which product with a learned matrix, and from which places of
what tensor.

Here a tensor is a row of axes, each a product of factors of another's axes (`lifting._views`). The batch is axis 0;
each other axis of the tensor that everything starts from has its place + 1; what a product makes is `FEATURES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.importing.lifting._views import (
    SPREAD,
    Axis,
    Factor,
    axis_size,
    joined_factors,
    regrouped,
    with_lone_sample_outside,
)
from cnncalc.importing.lifting.rewrites._terms import sole_number
from cnncalc.importing.operations import Operation, Tensor
from cnncalc.named_tuple import NamedTuple

FEATURES = 1_000
"""The axis of what a product makes."""
MOST = 20
"""Operations in a row that are looked through."""

_HANDED_ON = ("reshape", "transpose", "identity", "cast")


class Arranged(NamedTuple):
    """A tensor as factors of another's axes.

    Attributes:
        axes: of the tensor.
        start: where its features begin among those of the product.
        factor: what they are multiplied by.
        rolls: by the axis of the first tensor, how far it was rolled.
    """

    axes: tuple[Axis, ...]
    start: int = 0
    factor: float = 1.0
    rolls: tuple[tuple[int, int], ...] = ()


class Projection(NamedTuple):
    """A product with a learned matrix, the same at every position.

    Attributes:
        operation: which makes it.
        axis: of the features in what it makes, and in what it reads.
        weight: (out, in, …).
        bias: one for each feature, or None.
    """

    operation: Operation
    axis: int
    weight: Tensor
    bias: Tensor | None

    @property
    def x(self) -> Tensor:
        """What it reads."""
        assert self.operation.inputs[0] is not None
        return self.operation.inputs[0]

    @property
    def features(self) -> int:
        """How many it makes."""
        assert self.weight.sizes is not None
        return self.weight.sizes[0]


def projection(operation: Operation | None) -> Projection | None:
    """An operation as a projection: `linear`, or a convolution of single positions."""
    if operation is None or operation.name not in ("linear", "conv"):
        return None
    _, weight, bias = (*operation.inputs, None)[:3]
    if weight is None or weight.constant is None or not weight.sizes or operation.inputs[0] is None:
        return None
    if bias is not None and bias.constant is None:
        return None
    if operation.name == "linear":
        return Projection(operation, len(operation.output.sizes or ()) - 1, weight, bias)
    settings = operation.settings
    is_plain = prod(weight.sizes[2:]) == prod(settings["stride"]) == settings["groups"] == 1
    if not is_plain or any(any(pair) for pair in settings["padding"]) or settings.get("standardize"):
        return None
    return Projection(operation, 1, weight, bias)


def way_back(tensor: Tensor, *names: str) -> tuple[Tensor, list[Operation], list[Tensor]]:
    """The tensor from which another is made by such operations alone, these in order, and what each makes."""
    way: list[Operation] = []
    made: list[Tensor] = []
    while (operation := tensor.operation) is not None and operation.name in names and len(way) < MOST:
        if operation.name in ("mul", "div") and _other(operation) is None:
            break
        way.append(operation)
        made.append(tensor)
        source = operation.inputs[_place_of_tensor(operation)]
        assert source is not None
        tensor = source
    return tensor, way[::-1], made[::-1]


def _other(operation: Operation) -> float | None:
    """The number that a tensor is multiplied by."""
    by = sole_number(operation.inputs[1])
    if operation.name == "div":
        return 1 / by if by else None
    return by if by is not None else sole_number(operation.inputs[0])


def _place_of_tensor(operation: Operation) -> int:
    return int(operation.name == "mul" and sole_number(operation.inputs[1]) is None)


def beginning(tensor: Tensor, batch: int) -> tuple[Axis, ...]:
    """A tensor as its own axes."""
    sizes = tensor.sizes or ()
    place = next((axis for axis, size in enumerate(sizes) if size == batch), 0)
    return tuple(
        (Factor(0, size),) if axis == place else (Factor(axis + 1, size),) if size != 1 else ()
        for axis, size in enumerate(sizes)
    )


def followed(seen: Arranged, way: Sequence[Operation], made: Sequence[Tensor]) -> Arranged | None:
    """What becomes of a tensor along the way; None if a step is not just another arrangement."""
    for operation, tensor in zip(way, made, strict=True):
        after = _step(seen, operation, tensor)
        if after is None:
            return None
        seen = after
    return seen


def _step(seen: Arranged, operation: Operation, tensor: Tensor) -> Arranged | None:
    name, sizes = operation.name, tensor.sizes or ()
    if name == "reshape":
        factors = [factor for axis in seen.axes for factor in axis]
        axes = regrouped(factors, sizes) or regrouped(joined_factors(factors), sizes)
        return None if axes is None else seen._replace(axes=axes)
    if name == "transpose":
        return seen._replace(axes=tuple(seen.axes[axis] for axis in operation.settings["axes"]))
    if name == "expand":
        return seen._replace(axes=_spread(seen.axes, sizes)) if len(sizes) >= len(seen.axes) else None
    if name in ("mul", "div"):
        return seen._replace(factor=seen.factor * (_other(operation) or 1))
    if name == "roll":
        return _rolled(seen, operation)
    if name in ("slice", "split"):
        return _cut(seen, operation, tensor)
    return seen


def _spread(axes: tuple[Axis, ...], sizes: Sequence[int]) -> tuple[Axis, ...]:
    padded = [()] * (len(sizes) - len(axes)) + [*axes]
    return tuple(
        axis if axis_size(axis) == size else joined_factors((*axis, Factor(SPREAD, size)))
        for axis, size in zip(padded, sizes, strict=True)
    )


def _rolled(seen: Arranged, operation: Operation) -> Arranged | None:
    rolls = dict(seen.rolls)
    for shift, axis in zip(operation.settings["shifts"], operation.settings["axes"], strict=True):
        if len(seen.axes[axis]) != 1 or seen.axes[axis][0].step != 1:
            return None
        factor = seen.axes[axis][0]
        rolls[factor.axis] = (rolls.get(factor.axis, 0) + shift) % factor.size
    return seen._replace(rolls=tuple(sorted((axis, by) for axis, by in rolls.items() if by)))


def _cut(seen: Arranged, operation: Operation, tensor: Tensor) -> Arranged | None:
    axis = operation.settings["axis"]
    if operation.name == "split":
        start = sum(operation.settings["sizes"][: operation.outputs.index(tensor)])
    else:
        start = operation.settings["start"] or 0
        start += axis_size(seen.axes[axis]) if start < 0 else 0
    size = (tensor.sizes or ())[axis]
    if operation.settings.get("step", 1) != 1 or not seen.axes[axis]:
        return seen if size == axis_size(seen.axes[axis]) else None
    first, *inner = seen.axes[axis]
    each = axis_size(inner)
    if first.axis != FEATURES or start % each or size % each:
        return None
    kept = joined_factors([first._replace(size=size // each), *inner])
    axes = (*seen.axes[:axis], kept, *seen.axes[axis + 1 :])
    return seen._replace(axes=axes, start=seen.start + start // each * first.step)


class Rows(NamedTuple):
    """Queries, keys or values: where they come from.

    Attributes:
        root: what the projection reads, before it was arranged.
        read: how what the projection reads is arranged.
        by: the projection.
        outer: the factors that tell the batches of rows apart, in order, without the heads.
        heads: how many there are.
        shared: how many heads in a row have the same.
        positions: the axis of the rows.
        size: of each row.
        start: where they begin among the features.
        step: between the features of two heads.
        factor: what they are multiplied by.
    """

    root: Tensor
    read: Arranged
    by: Projection
    outer: Axis
    heads: int
    shared: int
    positions: Axis
    size: int
    start: int
    step: int
    factor: float
    lead: tuple[Axis, ...]


def rows(tensor: Tensor, batch: int, skipped: int = 0) -> Rows | None:
    """The rows that are the last axis of a tensor, if they are made by a projection. What this reads is traced back as
    far as possible, but for so many operations."""
    made, way, between = way_back(tensor, *_HANDED_ON, "slice", "split", "expand", "mul", "div")
    by = projection(made.operation)
    if by is None:
        return None
    root, first, firsts = way_back(by.x, *_HANDED_ON, "roll")
    if skipped > len(first):
        return None
    root = firsts[skipped - 1] if skipped else root
    seen = followed(Arranged(beginning(root, batch)), first[skipped:], firsts[skipped:])
    if seen is None or len(seen.axes) <= by.axis:
        return None
    seen = seen._replace(axes=with_lone_sample_outside(seen.axes, (by.axis,)))
    if len(seen.axes[by.axis]) > 1:
        return None
    features = (Factor(FEATURES, by.features),) if by.features > 1 else ()
    axes = (*seen.axes[: by.axis], features, *seen.axes[by.axis + 1 :])
    after = followed(Arranged(axes), way, between)
    return None if after is None else _rows(root, seen, by, after)


def _rows(root: Tensor, read: Arranged, by: Projection, after: Arranged) -> Rows | None:
    *lead, positions, own = after.axes
    row = [factor for axis in lead for factor in axis]
    heads = [factor for factor in row if factor.axis == FEATURES]
    spread = [factor for factor in row if factor.axis == SPREAD]
    if len(heads) > 1 or len(spread) > 1 or len(own) > 1 or any(each.axis in (FEATURES, SPREAD) for each in positions):
        return None
    if own and own[0] != Factor(FEATURES, own[0].size, 1):
        return None
    if spread and row.index(spread[0]) != (row.index(heads[0]) + 1 if heads else len(row) - 1):
        return None
    size = axis_size(own)
    outer = tuple(factor for factor in row if factor.axis not in (FEATURES, SPREAD))
    return Rows(
        root,
        read,
        by,
        outer,
        heads[0].size if heads else 1,
        spread[0].size if spread else 1,
        positions,
        size,
        after.start,
        heads[0].step if heads else size,
        after.factor,
        tuple(lead),
    )
