"""Layers that were given other parameters after they were made: LoRA, quantised weights."""

from __future__ import annotations

import os
import warnings

import pytest

import cnncalc

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

layers = keras.layers
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

LORA = "its LoRA of rank 2: these parameters are not counted, and those that it freezes count as trainable"
QUANTISED = "it was quantised: the scales of its weights are not counted, and all its parameters count as trainable"


def specs(made, sizes, change, path):
    """A layer, changed and called `x`, from its file, from its JSON and from memory."""
    model = keras.Model(x := keras.Input(sizes), made(x))
    change(made)
    model.save(path / "net.keras")
    (path / "net.json").write_text(model.to_json())
    return [cnncalc.load(path / "net.keras"), cnncalc.load(path / "net.json"), cnncalc.from_keras(model)]


@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        (lambda: layers.Dense(8, name="x"), (6,)),
        (lambda: layers.Conv2D(8, 3, name="x"), (8, 8, 3)),
        (lambda: layers.Embedding(10, 8, name="x"), (4,)),
        (lambda: layers.EinsumDense("ab,bc->ac", 8, name="x"), (6,)),
    ],
    ids=["Dense", "Conv2D", "Embedding", "EinsumDense"],
)
def test_lora(make, sizes, tmp_path):
    made = make()
    for spec in specs(made, sizes, lambda layer: layer.enable_lora(2), tmp_path):
        said = [(each.severity, each.message) for each in spec.remarks if "as before" in each.message]
        assert said == [("warning", f'layer "x" ({type(made).__name__}): it is read as before {LORA}')]


@pytest.mark.parametrize("mode", ["int8", "float8"])
def test_quantised_layers(mode, tmp_path):
    for spec in specs(layers.Dense(8, name="x"), (6,), lambda layer: layer.quantize(mode), tmp_path):
        said = [(each.severity, each.message) for each in spec.remarks if "as before" in each.message]
        assert said == [("warning", f'layer "x" (Dense): it is read as before {QUANTISED}')]
