"""What the tests of the forward pass share: a spec is run on arrays, its weights drawn or given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import Weights, steps
from cnncalc.graph import Graph
from cnncalc.spec.reader import Spec


def chain(inputs: Mapping[str, Sequence[int]], *entries: str, convention: str, layout: str) -> Spec:
    """A chain of entries, each written as YAML in one line; the sizes of the inputs are in the order of the layout."""
    named = ", ".join(f"{name}: {'x'.join(map(str, sizes))}" for name, sizes in inputs.items())
    lines = [f"inputs: {{{named}}}", f"convention: {convention}", f"layout: {layout}", "layers:"]
    return cnncalc.load("\n".join([*lines, *(f"  - {entry}" for entry in entries), ""]))


def drawn(graph: Graph, seed: int, dtype: str = "float32") -> dict[str, dict[str, np.ndarray]]:
    """Weights of every layer, none of them 0 or 1 by default; variances are positive."""
    draw = np.random.default_rng(seed)

    def array(name: str, shape: tuple[int, ...]) -> np.ndarray:
        values = draw.standard_normal(shape)
        return (np.abs(values) + 0.1 if name == "variance" else values).astype(dtype)

    return {
        node.name: {name: array(name, weight.shape) for name, weight in shapes.items()}
        for node in graph.nodes
        if not node.shares and (shapes := node.weights)
    }


def outputs(spec: Spec, inputs: Mapping[str, np.ndarray], weights: Weights, dtype: str = "float32") -> np.ndarray:
    """The last layer's output. Arrays are (batch, *positions, channels), whatever the layout of the spec."""
    step = None
    for step in steps(spec.graph, inputs, weights, Arrays(spec.layout, dtype)):
        assert step.output.shape[1:] == step.node.output.sizes("channels_last"), step.node.name
        assert step.output.dtype == dtype, step.node.name
    assert step is not None
    return step.output


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-5) -> None:
    """The same shapes, and values within a tolerance that is relative to the largest of them (at least to 1)."""
    assert ours.shape == theirs.shape
    assert np.isfinite(theirs).all()
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * scale)
