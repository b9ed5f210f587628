"""Neighbours of a map that become channels in another order than ours, before a product with a matrix: the order is
given to what is learned, and the map is put in ours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from cnncalc.importing.lifting._views import Factor
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import input_of
from cnncalc.importing.lifting.rewrites._tracing import Arranged, followed, way_back
from cnncalc.importing.operations import Constant, Operation, Tensor
from cnncalc.importing.stored import Stored
from cnncalc.named_tuple import NamedTuple

_BLOCKS = list(product((0, 1), (0, 1)))
"""Our order of four neighbours: row, column."""


class Neighbours(NamedTuple):
    """Four neighbours of each position, one after the other in the last axis.

    Attributes:
        x: the map: batch, height, width, channels.
        order: which of our blocks are the first, the second, …
    """

    x: Tensor
    order: tuple[int, ...]


def merged_patches(operation: Operation) -> Written:
    """A product with a matrix, of four neighbours in another order, perhaps normalised."""
    inner = input_of(operation, 0).operation
    norm = inner if inner is not None and inner.name == "layer_norm" else None
    found = _neighbours(input_of(norm, 0) if norm else input_of(operation, 0))
    if found is None or found.order == (0, 1, 2, 3) or not found.x.sizes:
        return None
    if norm is not None and tuple(norm.settings["axes"]) != (len(found.x.sizes) - 1,):
        return None
    weight = _reordered(operation.inputs[1], found.order, 1)
    learned = [each and _reordered(each, found.order, 0) for each in norm.inputs[1:]] if norm else []
    if weight is None or (
        norm and learned != [] and any(a and not b for a, b in zip(norm.inputs[1:], learned, strict=True))
    ):
        return None
    made = _in_our_order(operation, found.x)
    if norm is not None:
        normed = before(operation, "layer_norm", made[-1].output, made[-1].output.sizes or (), **norm.settings)
        normed.inputs += learned
        normed.called, normed.place, normed.path = norm.called, norm.place, norm.path
        made.append(normed)
    return [*made, instead(operation, "linear", [made[-1].output, weight, *operation.inputs[2:]])]


def _in_our_order(operation: Operation, x: Tensor) -> list[Operation]:
    batch, height, width, channels = x.sizes or ()
    apart = (batch, height // 2, 2, width // 2, 2, channels)
    turned = (batch, height // 2, width // 2, 2, 2, channels)
    whole = (batch, height // 2, width // 2, 4 * channels)
    first = before(operation, "reshape", x, apart, sizes=apart)
    second = before(operation, "transpose", first.output, turned, axes=(0, 1, 3, 2, 4, 5))
    return [first, second, before(operation, "reshape", second.output, whole, sizes=whole)]


def _neighbours(tensor: Tensor) -> Neighbours | None:
    if tensor.operation is None or not tensor.sizes or len(tensor.sizes) != 4:
        return None
    return _of_slices(tensor.operation) if tensor.operation.name == "concat" else _of_views(tensor)


def _of_slices(concat: Operation) -> Neighbours | None:
    """Every second row and column, four times."""
    parts = [_corner(each) for each in concat.inputs if each is not None]
    if concat.settings["axis"] != 3 or len(parts) != 4 or any(part is None for part in parts):
        return None
    corners = [part for part in parts if part is not None]
    x = corners[0][0]
    order = tuple(_BLOCKS.index(corner) for _, corner in corners)
    if any(each is not x for each, _ in corners) or sorted(order) != [0, 1, 2, 3] or not x.sizes:
        return None
    return Neighbours(x, order) if x.sizes[1] % 2 == x.sizes[2] % 2 == 0 else None


def _corner(tensor: Tensor) -> tuple[Tensor, tuple[int, int]] | None:
    """The map that every second row and column was taken of, and the first of these."""
    x, way, _ = way_back(tensor, "slice")
    starts = {each.settings["axis"]: each.settings["start"] or 0 for each in way if each.settings.get("step", 1) == 2}
    if len(way) != 2 or len(starts) != 2 or not x.sizes or not tensor.sizes:
        return None
    halves = (x.sizes[0], x.sizes[1] // 2, x.sizes[2] // 2, x.sizes[3])
    corner = (starts.get(1, 2), starts.get(2, 2))
    return (x, corner) if tensor.sizes == halves and corner in _BLOCKS else None


def _of_views(tensor: Tensor) -> Neighbours | None:
    """Rows and columns in pairs, the columns slower than the rows."""
    _, way, made = way_back(tensor, "reshape", "transpose")
    for place in range(len(way)):
        x = input_of(way[place], 0)
        if x.sizes and len(x.sizes) == 4 and _is_by_columns(x, way[place:], made[place:]):
            return Neighbours(x, (0, 2, 1, 3))
    return None


def _is_by_columns(x: Tensor, way: Sequence[Operation], made: Sequence[Tensor]) -> bool:
    _, height, width, channels = x.sizes or ()
    own = tuple((Factor(axis + 1, size),) for axis, size in enumerate(x.sizes or ()))
    seen = followed(Arranged(own), way, made)
    last = (Factor(3, 2), Factor(2, 2), Factor(4, channels))
    return seen is not None and seen.axes == (own[0], (Factor(2, height // 2, 2),), (Factor(3, width // 2, 2),), last)


def _reordered(tensor: Tensor | None, order: Sequence[int], axis: int) -> Tensor | None:
    """A constant whose four parts along an axis are put in our order."""
    constant = tensor.constant if tensor is not None else None
    if tensor is None or constant is None or constant.stored is None or not tensor.sizes or constant.stored.joined:
        return None
    each = tensor.sizes[axis] // 4
    places = [order.index(block) * each for block in range(4)]
    first, *others = [constant.stored.then(("take", (axis, place, place + each))) for place in places]
    stored = Stored(first.sizes, first.dtype, first.read, first.name, first.steps, tuple(others), axis)
    made = Constant(
        stored,
        is_parameter=constant.is_parameter,
        is_statistic=constant.is_statistic,
        trainable=constant.trainable,
        identity=constant.identity,
    )
    return Tensor(tensor.name, tensor.sizes, tensor.dtype, made)


RULES: Rules = {"linear": (merged_patches,)}
