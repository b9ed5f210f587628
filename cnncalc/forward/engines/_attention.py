"""The core of attention: for each query the mean of the values, weighted by how well their keys match."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

import numpy as np

from cnncalc.forward.engines.strided_views import Array

MAX_SCORES = 2**20
"""The most scores that are calculated at a time, unless those of a single query are more."""


def attend(
    matmul: Callable[..., Array],
    query: Array,
    key: Array,
    value: Array,
    bias: Array | None = None,
    visible: Array | None = None,
) -> Array:
    """The softmax of the products of queries and keys, times the values.

    Args:
        query: (…, queries, size); `key` is (…, keys, size) and `value` (…, keys, size), their leading axes spread over
            those of the queries.
        bias: (…, queries, keys): what is added to the products.
        visible: (…, queries, keys): which keys each query sees; at least one each.
    """
    y = np.empty((*query.shape[:-1], value.shape[-1]), query.dtype)
    turned = np.swapaxes(key, -1, -2)
    for some in queries_at_once(query.shape[:-1], key.shape[-2]):
        scores = matmul(query[..., some, :], turned)
        scores = scores.astype(np.float32) if scores.dtype == np.float16 else scores
        if bias is not None:
            scores += bias[..., some, :]
        if visible is not None:
            np.copyto(scores, -np.inf, where=~visible[..., some, :])
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        y[..., some, :] = matmul(scores.astype(value.dtype, copy=False), value)
    return y


def queries_at_once(queries: tuple[int, ...], keys: int) -> Iterator[slice]:
    """Parts of the last of these axes, so that there are not too many scores at a time."""
    *others, count = queries
    step = max(MAX_SCORES // max(prod(others) * keys, 1), 1)
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
