"""The multiply-adds of an operation, from the sizes of its tensors alone: whatever its axes mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from cnncalc.importing.operations import Operation, Tensor

_NOT_FOLLOWED = frozenset(["multihead_attention", "lstm", "gru", "rnn"])
"""Operations of many products, which are layers or are spelled out: their own are not counted here."""


def operation_macs(operation: Operation, samples: int) -> int | None:
    """The multiply-adds for one of so many samples; None if they are not known."""
    if operation.name == "unknown":
        return 0 if operation.settings.get("does") else None
    if operation.name in _NOT_FOLLOWED:
        return None
    count = _COUNTS.get(operation.name)
    if count is None:
        return 0  # nothing is multiplied with a weight, and no two tensors are in a product
    sizes = [_sizes(tensor) for tensor in (*operation.inputs, operation.output)]
    if any(each is None for each, tensor in zip(sizes, (*operation.inputs, operation.output), strict=True) if tensor):
        return None
    *read, made = (each or () for each in sizes)
    total = count(read, made)
    return None if total % samples else total // samples


def _sizes(tensor: Tensor | None) -> Sequence[int] | None:
    return None if tensor is None else tensor.sizes


def _of_filters(read: Sequence[Sequence[int]], made: Sequence[int]) -> int:
    """Every output value reads one window of a group of channels; a row of a matrix is a window of one position."""
    return prod(made) * prod(read[1][1:])


def _of_transposed_filters(read: Sequence[Sequence[int]], made: Sequence[int]) -> int:
    """Every input value is multiplied by one window for each filter of its group."""
    return prod(read[0]) * prod(read[1][1:])


def _of_matrices(read: Sequence[Sequence[int]], made: Sequence[int]) -> int:
    """Every value of the product is a sum along the last axis of the first."""
    return prod(made) * read[0][-1]


def _of_attention(read: Sequence[Sequence[int]], made: Sequence[int]) -> int:
    """The scores, and the sums of values that they weigh."""
    (*heads, positions, size), _, (*_, others, own) = read[:3]
    return prod(heads) * positions * others * (size + own)


_COUNTS: Mapping[str, Callable[[Sequence[Sequence[int]], Sequence[int]], int]] = {
    "conv": _of_filters,
    "deform_conv": _of_filters,
    "linear": _of_filters,
    "conv_transpose": _of_transposed_filters,
    "matmul": _of_matrices,
    "attention": _of_attention,
}
