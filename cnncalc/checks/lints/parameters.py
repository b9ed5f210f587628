"""Lints about where the parameters are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.at_least import known
from cnncalc.checks.check import Finding, check, layers
from cnncalc.checks.lints._vocabulary import is_linear

if TYPE_CHECKING:
    from cnncalc.checks.model import Model


@check(
    "CNN521",
    "a dense layer with most of the parameters",
    "After `flatten`, every unit has a weight for every position and channel. A `global_avg_pool` instead of it, or "
    "one more pool, saves most of them.",
    wrong=layers("conv: 3x3x8", "flatten", "dense: 10"),
    right=layers("conv: 3x3x8", "global_avg_pool", "dense: 2"),
    severity="note",
)
def mostly_dense(model: Model) -> Iterator[Finding]:
    """A dense layer with more parameters than all the rest of a convolutional network."""
    if not any(True for _ in model.having(lambda layer: is_linear(layer) and not layer.is_dense)):
        return
    total = model.analysis.totals.params
    if known(total) is None:
        return  # any layer may have more
    for layer in model.analysis.layers:
        if layer.node.layer and layer.node.layer.is_dense and not layer.node.shares and 2 * layer.params > total:
            share = 100 * layer.params // total
            message = f"`{layer.name}` has {layer.params:,} of the model's {total:,} parameters"
            inputs, units = layer.node.x.channels, layer.node.output.channels
            label = f"{share}%: {inputs:,} inputs, each with {units:,} weights"
            yield Finding(
                layer.node,
                "",
                message,
                label,
                ("a `global_avg_pool` instead of the `flatten` before it saves most of them",),
            )
