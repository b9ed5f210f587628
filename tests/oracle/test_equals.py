"""The equals of every kind in PyTorch and Keras: the examples of tests/layers/examples.py, built from their texts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from forward.running import close, drawn
from layers.examples import EXAMPLES, Example
from oracle.built import Network

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.layers import KINDS, part
from cnncalc.layers.equals import NoEqual

DONE = {kind for kind in KINDS if part(kind, "torch")}


def differences(example: Example, framework: str) -> list[str]:
    """What the layer and its equal do not have in common; raises NoEqual if there is none."""
    spec = cnncalc.load(example.text)
    draw = np.random.default_rng(len(example.entry))
    inputs = {node.name: draw.standard_normal((2, *node.output.sizes("channels_last"))) for node in spec.graph.inputs}
    inputs = {name: array.astype("float32") for name, array in inputs.items()}
    ids = [count for node in spec.graph.nodes if (count := node.layer.ids())]
    if ids:
        inputs = {name: draw.integers(0, ids[0], array.shape) for name, array in inputs.items()}
    weights = drawn(spec.graph, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = Network(spec.graph, framework, spec.layout)
        theirs = network.run(inputs, weights)
    found = []
    for step in steps(spec.graph, inputs, weights, Arrays(spec.layout, "float32")):
        name = step.node.name
        close(step.output, theirs[name])
        numbers = next(each for each in cnncalc.analyze(spec).layers if each.node.name == name)
        counted = network.layers[name].counts()
        if (numbers.trainable_params, numbers.params - numbers.trainable_params) != counted:
            found.append(f"{numbers.params} parameters, {framework} has {counted}")
    return found


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.kind in DONE], ids=lambda e: e.id)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_it(example, framework):
    try:
        assert differences(example, framework) == []
    except NoEqual as error:
        pytest.skip(str(error))
