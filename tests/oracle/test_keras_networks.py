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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = of_keras(getattr(keras.applications, name), image)
    spec = cnncalc.load(ours, convention="keras", input="x".join(map(str, size)))
    scores = None
    for step in run(spec, {"input": image}):
        if step.node.kind != "softmax":  # the comparison is of what it reads
            scores = step.output.reshape(1, -1)
    close(scores, expected)


NAMES = {"gamma": "scale", "beta": "center", "moving_mean": "mean", "moving_variance": "variance"}


def of_keras(application, image):
    model = application(weights=None, classifier_activation=None, input_shape=image.shape[1:])
    for weight in model.weights:
        weight.assign(values(NAMES.get(weight.name, weight.name), tuple(weight.shape)))
    return keras.ops.convert_to_numpy(model(image, training=False))
