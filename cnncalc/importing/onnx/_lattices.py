"""Indices in even steps along each axis: what PyTorch's exporter writes for `as_strided`. A range along the batch is
among them, and so more numbers than are calculated one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from cnncalc.importing.onnx._arrays import MAX_VALUES
from cnncalc.importing.onnx._call import Lattice, OperatorCall
from cnncalc.importing.onnx._folding import strides_of
from cnncalc.importing.onnx._sizes import Sizes
from cnncalc.importing.operations import Tensor


def note_lattice(call: OperatorCall, made: Tensor) -> None:
    """Notes the steps of a result, if it is calculated from evenly stepped indices alone."""
    ledger = call.ledger
    if call.node.operator == "Range":
        start, _, delta = (call.scalar(place) for place in range(3))
        if start is not None and delta is not None:
            ledger.lattices[made] = (int(start), (int(delta),))
    elif call.node.operator in ("Add", "Mul", "Unsqueeze") and any(each in ledger.lattices for each in call.inputs):
        found = _calculated(call, made.sizes or ())
        if found is not None:
            ledger.lattices[made] = found


def _calculated(call: OperatorCall, sizes: Sizes) -> Lattice | None:
    rows = [_lattice(call, place) for place in range(2)]
    if call.node.operator == "Unsqueeze":
        return rows[0] and (rows[0][0], _spread_steps(call.sizes(0), rows[0][1], sizes))
    if call.node.operator == "Mul":
        factor = call.scalar(1) if call.input(0) in call.ledger.lattices else call.scalar(0)
        row = rows[0] if call.input(0) in call.ledger.lattices else rows[1]
        if factor is None or row is None:
            return None
        return int(row[0] * factor), tuple(int(step * factor) for step in row[1])
    left, right = rows
    if left is None or right is None:
        return None
    steps = zip(*(_aligned(row[1], len(sizes)) for row in (left, right)), strict=True)
    return left[0] + right[0], tuple(map(sum, steps))


def _aligned(steps: Sequence[int], rank: int) -> Sequence[int]:
    return (0,) * (rank - len(steps)) + tuple(steps)


def _spread_steps(old: Sizes, steps: Sequence[int], new: Sizes) -> tuple[int, ...]:
    """The steps after axes of size 1 were added."""
    rest = iter([step for size, step in zip(old, steps, strict=True) if size != 1])
    return tuple(0 if size == 1 else next(rest) for size in new)


def _lattice(call: OperatorCall, place: int) -> Lattice | None:
    tensor = call.input(place)
    if tensor in call.ledger.lattices:
        return call.ledger.lattices[tensor]
    sizes = tensor.sizes or ()
    if prod(sizes) > MAX_VALUES or tensor.dtype not in ("int64", "int32") or not (values := call.whole(place)):
        return None
    apart = strides_of(sizes)
    steps = tuple(values[one] - values[0] if size > 1 else 0 for size, one in zip(sizes, apart, strict=True))
    even = (
        values[0] + sum(place * step for place, step in zip(places, steps, strict=True))
        for places in product(*map(range, sizes))
    )
    return (values[0], steps) if list(even) == values else None


def is_everything(lattice: Lattice, sizes: Sizes, count: int) -> bool:
    """Whether these indices are all of so many values in their order."""
    wanted = tuple(0 if size == 1 else step for size, step in zip(sizes, strides_of(sizes), strict=True))
    steps = tuple(0 if size == 1 else step for size, step in zip(sizes, lattice[1], strict=True))
    return lattice[0] == 0 and steps == wanted and prod(sizes) == count
