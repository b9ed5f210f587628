"""All models of `keras.applications`: parameters, trainable ones, and the shape of every layer."""

from __future__ import annotations

import os
import warnings

import pytest
from importing.keras.keras_values import parameters

import cnncalc
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras import read_keras_config
from cnncalc.importing.structure import readable
from cnncalc.sameness.networks import SAME, compare_networks

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

NAMES = sorted(name for name in dir(keras.applications) if name[0].isupper())
SMALL = ("ConvNeXtTiny", "EfficientNetB0", "EfficientNetV2B0", "MobileNetV3Small", "ResNet50V2")


MOST_LINES = {
    "ConvNeXtTiny": 35,
    "DenseNet121": 40,
    "EfficientNetB0": 55,
    "InceptionV3": 70,
    "MobileNetV2": 30,
    "ResNet50": 25,
    "ResNet50V2": 50,
    "Xception": 40,
}
"""Of the specs that the models become: what is asked of those that are known best."""


@pytest.fixture
def builds_nasnets(monkeypatch):
    """Lets Keras build NASNets on PyTorch, which it refuses as they do not run there: their layers are the same."""
    from keras.src.applications import nasnet

    monkeypatch.setattr(nasnet.backend, "backend", lambda: "none that is refused")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SMALL else pytest.mark.nightly) for name in NAMES]
)
def test_every_number(name, request):
    if name.startswith("NASNet"):
        request.getfixturevalue("builds_nasnets")
    model = getattr(keras.applications, name)(weights=None)
    has_open_sizes = name.startswith("MobileNetV3")
    sizes = {"": (224, 224, 3)} if has_open_sizes else {}
    draft = read_keras_config(parse_json(model.to_json(), name), name, sizes)
    text = readable(draft).text
    assert text.count("\n") <= MOST_LINES.get(name, 300)
    written = flat_spec(draft)
    spec = cnncalc.load(written.text)
    assert compare_networks(spec, cnncalc.load(text)).verdict == SAME
    totals = cnncalc.analyze(spec).totals
    assert (totals.params, totals.trainable_params) == (model.count_params(), parameters(model.trainable_weights))
    nodes = {node.name: node for node in spec.graph.nodes}
    shapes = {layer.path[-1][0]: nodes[written.names[layer]].output for layer in draft.layers}
    for layer in leaves(model):
        assert compared(shapes[layer.name], layer.output.shape) == [*layer.output.shape[1:]]
    assert cnncalc.from_keras(model, input="224x224x3" if has_open_sizes else None).remarks == ()


def leaves(model):
    """All layers and operators but inputs and models."""
    for layer in model.operations if hasattr(model, "operations") else model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def compared(shape, sizes):
    """Our sizes, without those that Keras leaves open."""
    return [
        None if theirs is None else ours for ours, theirs in zip(shape.sizes("channels_last"), sizes[1:], strict=True)
    ]
