"""Counts: the parameters and multiply-adds of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc import rules

if TYPE_CHECKING:
    from cnncalc.graph import Node

STATISTICS_COUNT = frozenset({"keras"})
"""Conventions under which the moving statistics of batch_norm are (non-trainable) parameters."""


def counts(node: Node, convention: str) -> tuple[int, int, int]:
    """Trainable parameters, non-trainable parameters, and multiply-adds for one sample."""
    layer = node.layer
    if layer is None:
        return 0, 0, 0
    x = node.inputs[0].output
    if node.shares:
        return 0, 0, layer.macs(x, node.output)  # its weights are counted where they stand
    trainable = statistics = 0
    for weight in layer.weights(x).values():
        if weight.is_statistic:
            statistics += rules.product(weight.shape)
        else:
            trainable += rules.product(weight.shape)
    return trainable, statistics if convention in STATISTICS_COUNT else 0, layer.macs(x, node.output)
