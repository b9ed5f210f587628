"""What is frozen inside wrappers and cells, by what a `.keras` file says of it."""

from __future__ import annotations

import os
import warnings

import pytest
from importing.keras.keras_values import parameters

import cnncalc

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

layers = keras.layers
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def read(made, path, *parts):
    """A model with a layer in which these parts are frozen, from Keras, from its file and from memory."""
    x = keras.Input((5, 3))
    y = made(x)
    for part in parts:
        part(made).trainable = False
    model = keras.Model(x, y)
    model.save(path / "net.keras")
    return model, cnncalc.load(path / "net.keras"), cnncalc.from_keras(model)


FORWARD, BACKWARD = (lambda layer: layer.forward_layer), (lambda layer: layer.backward_layer)


@pytest.mark.parametrize("made", [layers.LSTM, layers.GRU])
def test_both_directions(made, tmp_path):
    model, *specs = read(layers.Bidirectional(made(2)), tmp_path, FORWARD, BACKWARD)
    assert parameters(model.trainable_weights) == 0
    for spec in specs:
        totals = cnncalc.analyze(spec).totals
        assert (totals.params, totals.trainable_params, spec.remarks) == (model.count_params(), 0, ())


@pytest.mark.parametrize("frozen", [FORWARD, BACKWARD])
@pytest.mark.parametrize("mode", ["concat", "ave"])
def test_one_direction(frozen, mode, tmp_path):
    model, *specs = read(layers.Bidirectional(layers.LSTM(2), mode, name="both"), tmp_path, frozen)
    one = 4 * 2 * (3 + 2 + 1)  # gates, units, and what each reads: the input, the state, 1 for the bias
    assert (model.count_params(), parameters(model.trainable_weights)) == (2 * one, one)
    for spec in specs:
        said = [(each.severity, each.message) for each in spec.remarks if "frozen" in each.message]
        assert said == [("warning", "the totals count 48 parameters that are frozen as trainable: in `both`")]
        assert cnncalc.analyze(spec).totals.params == 2 * one


@pytest.mark.parametrize("frozen", [[FORWARD], [FORWARD, BACKWARD]])
def test_a_layer_that_is_called_twice(frozen, tmp_path):
    x, both = keras.Input((5, 3)), layers.Bidirectional(layers.LSTM(2))
    y = layers.Add()([both(x), both(layers.ReLU()(x))])
    for part in frozen:
        part(both).trainable = False
    model = keras.Model(x, y)
    model.save(tmp_path / "net.keras")
    totals = cnncalc.analyze(cnncalc.load(tmp_path / "net.keras")).totals
    assert (totals.params, totals.trainable_params) == (96, 96 if len(frozen) == 1 else 0)


CELL = [
    (lambda: layers.RNN(layers.LSTMCell(4)), lambda layer: layer.cell),
    (lambda: layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)]), lambda layer: layer.cell),
    (lambda: layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)]), lambda layer: layer.cell.cells[0]),
    (lambda: layers.Bidirectional(layers.RNN(layers.LSTMCell(4))), lambda layer: layer),
    (lambda: layers.TimeDistributed(layers.Dense(4)), lambda layer: layer.layer),
]


@pytest.mark.parametrize(("make", "frozen"), CELL)
def test_cells_and_what_is_done_over_time(make, frozen, tmp_path):
    model, *specs = read(make(), tmp_path, frozen)
    for spec in specs:
        totals = cnncalc.analyze(spec).totals
        assert (totals.params, totals.trainable_params) == (model.count_params(), parameters(model.trainable_weights))
        assert spec.remarks == ()
