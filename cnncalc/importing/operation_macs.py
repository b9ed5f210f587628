"""The multiply-adds of an operation, from the sizes of its tensors alone: whatever its axes mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from cnncalc.importing.operations import BATCH, Operation, Tensor

AllSizes = Sequence[Sequence[int]]
"""Those of what an operation reads, and last of what it makes."""
_NOT_FOLLOWED = frozenset(["multihead_attention"])
"""Operations of many products, which are layers or are spelled out: their own are not counted here."""
_RECURRENT = frozenset(["lstm", "gru", "rnn"])


def operation_macs(operation: Operation, samples: int) -> int | None:
    """The multiply-adds for one of so many samples; None if they are not known."""
    if operation.name == "unknown":
        return 0 if operation.settings.get("does") else _for_each(operation.settings.get("products"), samples)
    if operation.name in _NOT_FOLLOWED:
        return None
    if operation.name in _RECURRENT:
        return _for_each(_of_steps(operation), samples)
    count = _COUNTS.get(operation.name)
    if count is None:
        return 0  # nothing is multiplied with a weight, and no two tensors are in a product
    sizes = [_sizes(tensor) for tensor in (*operation.inputs, operation.output)]
    if any(each is None for each, tensor in zip(sizes, (*operation.inputs, operation.output), strict=True) if tensor):
        return None
    return _for_each(count([each or () for each in sizes]), samples)


def _for_each(total: int | None, samples: int) -> int | None:
    """The multiply-adds for one of so many samples, of those for all."""
    if total is None or total % samples or (samples == BATCH and total and total // samples % samples == 0):
        return None  # (a product of samples with one another)
    return total // samples


def _sizes(tensor: Tensor | None) -> Sequence[int] | None:
    return None if tensor is None else tensor.sizes


def _of_filters(sizes: AllSizes) -> int:
    """Every output value reads one window of a group of channels; a row of a matrix is a window of one position."""
    return prod(sizes[-1]) * prod(sizes[1][1:])


def _of_transposed_filters(sizes: AllSizes) -> int:
    """Every input value is multiplied by one window for each filter of its group."""
    return prod(sizes[0]) * prod(sizes[1][1:])


def _of_matrices(sizes: AllSizes) -> int:
    """Every value of the product is a sum along the last axis of the first."""
    return prod(sizes[-1]) * sizes[0][-1]


def _of_attention(sizes: AllSizes) -> int:
    """The scores, and the sums of values that they weigh."""
    (*heads, positions, size), _, (*_, others, own) = sizes[:3]
    return prod(heads) * positions * others * (size + own)


def _of_steps(operation: Operation) -> int | None:
    """At each position, every weight is multiplied once; biases have one axis."""
    x, *arrays = _sizes(operation.inputs[0]), *map(_sizes, operation.inputs[3:])
    if x is None or not arrays or any(each is None for each in arrays):
        return None
    return prod(x[:2]) * sum(prod(each) for each in arrays if each and len(each) == 2)


_COUNTS: Mapping[str, Callable[[AllSizes], int]] = {
    "conv": _of_filters,
    "deform_conv": _of_filters,
    "linear": _of_filters,
    "conv_transpose": _of_transposed_filters,
    "matmul": _of_matrices,
    "attention": _of_attention,
}
