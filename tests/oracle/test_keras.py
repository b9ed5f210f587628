"""The lecture's network in Keras, layer by layer. (All settings of single layers: `single_layers`.)"""

from __future__ import annotations

import importlib.util
import os
import warnings

import numpy as np
import pytest
from helpers import analyzed

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")


def test_the_lectures_keras_network():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    analysis = analyzed(
        "28x28x1",
        "{conv: 3x3x32, padding: same, activation: relu}",
        "{max_pool: 2}",
        "{conv: 3x3x64, activation: relu}",
        "{max_pool: 2}",
        "batch_norm",
        "flatten",
        "{dense: 128, activation: relu}",
        "{dense: 10, activation: softmax}",
        convention="keras",
    )
    assert analysis.totals.params == model.count_params()
    assert analysis.totals.trainable_params == sum(np.prod(weight.shape) for weight in model.trainable_weights)
    assert [entry.params for entry in analysis.entries] == [layer.count_params() for layer in model.layers]
    assert [entry.output.sizes("channels_last") for entry in analysis.entries] == [
        tuple(layer.output.shape[1:]) for layer in model.layers
    ]
