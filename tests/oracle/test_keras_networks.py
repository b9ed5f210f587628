"""Whole networks against Keras Applications, value by value: not only the layers agree, but how they are connected."""

from __future__ import annotations

import importlib.util
import os
import warnings
import zlib

import numpy as np
import pytest
from forward.running import close

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps

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
    weights = {
        node.name: {key: values(key, weight.shape) for key, weight in shapes.items()}
        for node in spec.graph.nodes
        if (shapes := node.layer.weights(node.inputs[0].output))
    }
    scores = None
    for step in steps(spec.graph, {"input": image}, weights, Arrays(spec.layout, "float32")):
        if step.node.kind != "softmax":  # the comparison is of what it reads
            scores = step.output.reshape(1, -1)
    close(scores, expected)


NAMES = {"gamma": "scale", "beta": "center", "moving_mean": "mean", "moving_variance": "variance"}


def of_keras(application, image):
    model = application(weights=None, classifier_activation=None, input_shape=image.shape[1:])
    for weight in model.weights:
        weight.assign(values(NAMES.get(weight.name, weight.name), tuple(weight.shape)))
    return keras.ops.convert_to_numpy(model(image, training=False))


def values(name, shape):
    """Weights drawn from what they are and how many: alike on both sides, whatever the layers are called."""
    kind = "kernel" if "kernel" in name else name
    size = int(np.prod(shape))
    drawn = np.random.default_rng(zlib.crc32(f"{kind}{size}".encode())).standard_normal(size, np.float32)
    if kind == "kernel":
        depth = size / max(shape[-1], shape[-2] if shape[-1] == 1 else 1)  # of a depthwise kernel: its window
        drawn *= np.float32((2 / depth) ** 0.5)
    elif kind == "variance":
        drawn = np.abs(drawn) / 2 + 0.75
    else:
        drawn = drawn / 10 + (kind == "scale")
    return drawn.reshape(shape).astype(np.float32)
