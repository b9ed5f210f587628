"""A saved Keras model and its import, side by side: every number, and the values with the same weights."""

from __future__ import annotations

import math

import numpy as np

import cnncalc
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.keras import read_keras


def array_of(stored):
    """The array that a layer has, of where it is in the file."""
    values = np.frombuffer(stored.read(), dtype=stored.dtype).reshape(stored.sizes)
    for step, argument in stored.steps:
        values = getattr(values, step)(argument)
    return values


def weights_in(draft, names):
    """All arrays of a draft, as `cnncalc.run` takes them."""
    return {f"{names[layer]}.{name}": array_of(layer.weights[name]) for layer in draft.layers for name in layer.weights}


def randomised(model, seed=1):
    """The same model with other weights than those that it begins with."""
    rng = np.random.default_rng(seed)
    drawn = [
        rng.uniform(0.5, 2, weight.shape) if "variance" in weight.path else 0.3 * rng.standard_normal(weight.shape)
        for weight in model.weights
    ]
    model.set_weights(
        [
            value.astype("float32") if "int" not in str(weight.dtype) else weight.numpy()
            for value, weight in zip(drawn, model.weights, strict=True)
        ]
    )
    return model


def parameters(weights):
    """How many numbers there are in variables."""
    return sum(math.prod(weight.shape) for weight in weights)


def check_numbers(model, spec):
    """Parameters and trainable ones; all sizes that the file states are computed."""
    totals = cnncalc.analyze(spec).totals
    assert (totals.params, totals.trainable_params) == (model.count_params(), parameters(model.trainable_weights))
    assert not [each for each in spec.remarks if each.code in ("CNN157", "CNN570")]


def check_values(path, model, inputs):
    """What Keras and cnncalc make of the same inputs."""
    import keras

    draft = read_keras(str(path))
    written = flat_spec(draft)
    spec = cnncalc.load(written.text)
    check_numbers(model, cnncalc.load(path))
    names = ["input"] if len(draft.inputs) == 1 else [each.name for each in draft.inputs]
    given = dict(zip(names, (each[:, None] if each.ndim == 1 else each for each in inputs), strict=True))
    found = cnncalc.run(spec, given, weights_in(draft, written.names))
    wanted = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    for source, value in zip(draft.outputs, wanted, strict=True):
        assert_near(found[written.names[source]], keras.ops.convert_to_numpy(value))
    check_live(model, given, found)


def check_live(model, given, found):
    """The same model from memory: the same numbers, and the same values of all layers."""
    spec = cnncalc.from_keras(model)
    check_numbers(model, spec)
    made = cnncalc.run(spec, given)
    for one, other in zip(made.values(), found.values(), strict=True):
        assert_near(one, other)


def assert_near(found, expected):
    """Whether values are the same but for rounding."""
    np.testing.assert_allclose(found, expected, atol=2e-5 * max(1, abs(expected).max()))
