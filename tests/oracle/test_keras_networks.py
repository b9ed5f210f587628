"""Whole networks against Keras Applications, value by value: not only the layers agree, but how they are connected."""

from __future__ import annotations

import importlib.util
import os
import warnings

import numpy as np
import pytest
from forward.running import close
from oracle.whole_networks import run, values

import cnncalc

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

NETWORKS = {
    # odd sizes on the way, as paddings that depend on the size show there
    "DenseNet121": ("densenet121", (64, 47)),
    "InceptionV3": ("inception_v3_keras", (75, 87)),
    "MobileNet": ("mobilenet_v1", (64, 45)),
    "MobileNetV2": ("mobilenet_v2_keras", (64, 45)),
    "ResNet50": ("resnet50_keras", (64, 45)),
    "ResNet50V2": ("resnet50_v2", (64, 45)),
    "Xception": ("xception", (71, 80)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_values_are_those_of_keras(name):
    ours, size = NETWORKS[name]
    image = np.random.default_rng(0).standard_normal((1, *size, 3), np.float32)
    application = getattr(keras.applications, name)
    model = application(weights=None, classifier_activation=None, input_shape=image.shape[1:])
    spec = cnncalc.load(ours, convention="keras", input="x".join(map(str, size)))
    scores = None
    for step in run(spec, {"input": image}):
        if step.node.kind != "softmax":  # the comparison is of what it reads
            scores = step.output.reshape(1, -1)
    close(scores, answered(model, image))


NAMES = {"gamma": "scale", "beta": "center", "moving_mean": "mean", "moving_variance": "variance"}


def answered(model, image):
    """What a model of Keras makes of an image, with the same weights as ours."""
    for weight in model.weights:
        weight.assign(values(NAMES.get(weight.name, weight.name), tuple(weight.shape)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.ops.convert_to_numpy(model(image, training=False))


@pytest.mark.parametrize(("variant", "learns"), [("new_head", False), ("fine_tuning", True)])
def test_transfer_learning(variant, learns):
    # Keras' guide, Transfer learning & fine-tuning
    backbone = keras.applications.Xception(weights=None, include_top=False, input_shape=(150, 150, 3))
    backbone.trainable = learns
    image = keras.Input((150, 150, 3))
    x = backbone(keras.layers.Rescaling(1 / 127.5, offset=-1)(image))
    x = keras.layers.Dense(1)(keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x)))
    model = keras.Model(image, x)

    spec = cnncalc.load(variant)
    totals = cnncalc.analyze(spec).totals
    assert totals.trainable_params == sum(keras.ops.size(weight) for weight in model.trainable_weights)
    assert totals.non_trainable_params == sum(keras.ops.size(weight) for weight in model.non_trainable_weights)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 150, 150, 3)).astype(np.float32)
    *_, last = run(spec, {"input": pixels})
    close(last.output, answered(model, pixels))
