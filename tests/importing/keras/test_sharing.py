"""Layers that a `.keras` file has in several places are one layer: their parameters are counted once, as in Keras."""

from __future__ import annotations

import json
import os
import warnings

import pytest
from importing.keras.described import functional, image, layer
from importing.keras.keras_values import check_numbers, check_values, randomised

import cnncalc

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
    pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")

layers = keras.layers
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def around(*inside):
    """A functional model with these layers in a row."""
    x = keras.Input((6,))
    y = x
    for each in inside:
        y = each(y)
    return keras.Model(x, y)


def in_a_row_and_directly(x, dense):
    return keras.Sequential([dense])(x), dense(x)


def inside_and_directly(x, dense):
    return around(dense)(x), dense(x)


def directly_and_inside(x, dense):
    return dense(x), around(dense)(x)


def inside_twice(x, dense):
    return around(dense)(x), around(layers.ReLU(), dense)(x)


def a_model_inside_and_directly(x, dense):
    model = around(dense, layers.Dense(7))
    return around(model)(x), model(x)


def three_times(x, dense):
    return around(dense)(x), dense(x), around(dense, layers.ReLU())(x)


@pytest.mark.parametrize(
    ("make", "params"),
    [
        (in_a_row_and_directly, 6 * 7 + 7),
        (inside_and_directly, 6 * 7 + 7),
        (directly_and_inside, 6 * 7 + 7),
        (inside_twice, 6 * 7 + 7),
        (a_model_inside_and_directly, 6 * 7 + 7 + 7 * 7 + 7),
        (three_times, 6 * 7 + 7),
    ],
)
def test_a_layer_inside_a_model_and_outside(make, params, tmp_path):
    x = keras.Input((6,))
    model = randomised(keras.Model(x, layers.Concatenate()(make(x, layers.Dense(7)))))
    model.save(tmp_path / "net.keras")
    assert model.count_params() == params
    check_values(tmp_path / "net.keras", model, [keras.random.normal((2, 6))])


def test_a_layer_over_time_and_directly(tmp_path):
    x, dense = keras.Input((5, 6)), layers.Dense(7)
    model = keras.Model(x, layers.Concatenate()([layers.TimeDistributed(dense)(x), dense(x)]))
    model.save(tmp_path / "net.keras")
    assert model.count_params() == 6 * 7 + 7
    check_numbers(model, cnncalc.load(tmp_path / "net.keras"))


@pytest.mark.parametrize(("model_learns", "layer_learns", "trained"), [(0, 0, 0), (0, 1, 49), (1, 1, 49)])
def test_it_is_trained_where_one_of_its_places_is(model_learns, layer_learns, trained, tmp_path):
    x, dense = keras.Input((6,)), layers.Dense(7)
    inner = around(dense)
    model = keras.Model(x, layers.Concatenate()([inner(x), dense(x)]))
    inner.trainable = bool(model_learns)
    dense.trainable = bool(layer_learns)
    model.save(tmp_path / "net.keras")
    totals = cnncalc.analyze(cnncalc.load(tmp_path / "net.keras")).totals
    assert (totals.params, totals.trainable_params) == (49, trained)
    assert trained == sum(weight.numpy().size for weight in model.trainable_weights)


def test_other_layers_of_the_same_name_are_not_the_same(tmp_path):
    x = keras.Input((6,))
    both = [keras.Sequential([layers.Dense(7, name="d")], name=name)(x) for name in "ab"]
    model = keras.Model(x, layers.Concatenate()(both))
    model.save(tmp_path / "net.keras")
    assert model.count_params() == 2 * 49
    check_numbers(model, cnncalc.load(tmp_path / "net.keras"))


def test_several_that_may_be_the_same_are_said():
    dense = layer("Dense", "d", "x", units=7)
    inner = [{**functional(image(6, name="x"), dense, name=name), "name": name} for name in "ab"]
    for model in inner:
        model["inbound_nodes"] = layer("F", model["name"], "image")["inbound_nodes"]
    direct = {**layer("Dense", "d", "image", units=7), "shared_object_id": 1}
    model = functional(image(6), *inner, direct, outputs=["a", "b", "d"])
    from cnncalc.importing.keras import read_keras_config

    found = read_keras_config(json.loads(json.dumps(model)), "net.json").remarks
    assert [(each.severity, each.message, each.help) for each in found] == [
        (
            "warning",
            "the file does not say which layers share their weights; these are counted separately: `d`",
            ("give different layers different names",),
        )
    ]


def used_inside_and_directly(kind, **settings):
    """What a description of Keras 2.4 has of such a layer: the same twice, and no numbers of objects."""
    inner = functional(image(6, name="x"), layer(kind, "d", "x", **settings), name="a")
    inner = {**inner, "name": "a", "inbound_nodes": layer("F", "a", "image")["inbound_nodes"]}
    return functional(image(6), inner, layer(kind, "d", "image", **settings), outputs=["a", "d"])


@pytest.mark.parametrize(
    ("version", "kind", "settings", "is_said"),
    [
        ("2.4.0", "Dense", {"units": 7}, True),
        ("2.4.0", "ReLU", {}, False),
        ("3.8.0", "Dense", {"units": 7}, False),
    ],
)
def test_alike_layers_of_a_file_without_numbers_may_be_the_same(version, kind, settings, is_said):
    """Keras 3 numbers what is in several places; before 2.5 no file did. What has no parameters is the same or not."""
    from cnncalc.importing.keras import read_keras_config

    model = {**used_inside_and_directly(kind, **settings), "keras_version": version}
    draft = read_keras_config(json.loads(json.dumps(model)), "net.json")
    said = "the file does not say which layers share their weights; these are counted separately: `d`"
    assert [each.message for each in draft.remarks if "separately" in each.message] == ([said] if is_said else [])
