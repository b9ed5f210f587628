"""Lints about where the parameters are."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.checks.lints.model import Found, Model, is_linear


def mostly_dense(model: Model) -> Iterator[Found]:
    """A dense layer that has more parameters than all the rest of a convolutional network."""
    if not any(True for _ in model.of(lambda layer: is_linear(layer) and not layer.is_dense)):
        return
    total = model.analysis.totals.params
    for layer in model.analysis.layers:
        if layer.node.layer and layer.node.layer.is_dense and not layer.node.shares and 2 * layer.params > total:
            share = 100 * layer.params // total
            message = f"`{layer.name}` has {layer.params:,} of the model's {total:,} parameters"
            inputs, units = layer.node.inputs[0].output.channels, layer.node.output.channels
            label = f"{share} %: {inputs:,} inputs, each with {units:,} weights"
            yield Found(
                layer.node,
                "",
                message,
                label,
                ("a `global_avg_pool` instead of `flatten` before it saves most of them",),
            )
