"""Every shipped spec in PyTorch, built from the equals of its layers: shapes, parameters and MACs, at its full size."""

from __future__ import annotations

import math
import warnings
from functools import partial

import pytest
from oracle.agreement import Multiplications
from oracle.built import Network

import cnncalc
from cnncalc.layers.equals import NoEqual, equal
from cnncalc.source.open_model import shipped

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", shipped())
def test_shapes_parameters_and_macs(name):
    spec = cnncalc.load(name)
    graph = spec.graph
    counter = Multiplications()
    with torch.device("meta"), torch.no_grad(), warnings.catch_warnings(), counter:  # which has sizes, and no values
        warnings.simplefilter("ignore")
        network = Network(graph, "torch", spec.layout)
        tensors = {node.name: torch.empty((2, *node.output.sizes("channels_first"))) for node in graph.inputs}
        for node in graph.nodes:
            sources = [tensors[each.name] for each in node.inputs] or [torch.empty((2, 0))]
            if node.layer.ids():
                sources = [each.long() for each in sources]
            tensors[node.name] = counter(node, partial(network.layers[node.name], *sources))
            assert tuple(tensors[node.name].shape[1:]) == node.output.sizes("channels_first"), node.name
    assert counter.differences(spec) == []
    for node in graph.nodes:
        weights = node.layer.arrays(node.input_shapes).values()
        learned = sum(math.prod(each.shape) for each in weights if not each.is_statistic)
        assert network.layers[node.name].counts()[0] == learned, node.name


NOT_IN_KERAS = {
    "attention_unet": "Keras interpolates only maps, not sequences or volumes",
    "crnn": "`LSTM` has one bias per gate",
    "deepspeech2": "`LSTM` has one bias per gate",
    "pspnet": "Keras' Resizing has no `align_corners`",
    "segnet": "Keras' pools do not say where their largest values were",
    "sknet": "Keras' Conv has no stride and dilation that are both greater than 1",
}
"""Shipped specs that Keras cannot have, and why."""


@pytest.mark.parametrize("name", shipped())
def test_keras_has_its_layers(name):
    spec = cnncalc.load(name)
    reasons = set()
    for node in spec.graph.nodes:
        try:
            equal(node.kind, "keras", node.layer, node.input_shapes, node.output, spec.layout)
        except NoEqual as error:
            reasons.add(str(error))
    assert reasons == ({NOT_IN_KERAS[name]} if name in NOT_IN_KERAS else set())
