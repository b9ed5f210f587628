"""Files that tf2onnx wrote (tests/data/onnx/tf2onnx/record.py): their parameters, sizes and values."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

import numpy as np
import pytest

import cnncalc
from cnncalc.importing.onnx.reader import read_onnx

DATA = Path(__file__).parents[2] / "data" / "onnx" / "tf2onnx"
RECORDED = json.loads((DATA / "recorded.json").read_text("utf-8"))["files"]
FOLDED = {
    # of two norms of 8 channels, with 4 numbers for each: one is the bias of its convolution, the other a factor and an
    # offset after it
    "residual.onnx": (4 * 8 - 8) + (4 * 8 - 2 * 8),
    "transformer.onnx": 0,
    "recurrent.onnx": 0,
}


def test_every_file_is_recorded():
    assert {each.name for each in DATA.glob("*.onnx")} == RECORDED.keys() == FOLDED.keys()


@pytest.mark.parametrize("name", RECORDED)
def test_parameters(name):
    spec = cnncalc.load(DATA / name)
    assert cnncalc.analyze(spec).totals.params == RECORDED[name]["params"] - FOLDED[name]


@pytest.mark.parametrize("name", ["residual.onnx", "transformer.onnx"])
def test_values_of_operations(name):
    pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    from importing.onnx.running import Run

    sizes = RECORDED[name]["sizes"]
    x = np.sin(np.arange(prod(sizes), dtype=np.float32)).reshape(sizes)
    (y,) = Run(read_onnx(str(DATA / name)), {"x": x}, sizes[0]).outputs()
    np.testing.assert_allclose(y.reshape(-1), RECORDED[name]["y"], rtol=1e-4, atol=1e-5)


def test_values_of_layers():
    spec = cnncalc.load(DATA / "residual.onnx")
    sizes = RECORDED["residual.onnx"]["sizes"]
    x = np.sin(np.arange(prod(sizes), dtype=np.float32)).reshape(sizes)[:1]
    (last,) = spec.graph.output_nodes
    y = cnncalc.run(spec, {spec.graph.inputs[0].name: x})[last.name]
    np.testing.assert_allclose(y.reshape(-1), RECORDED["residual.onnx"]["y"][:5], rtol=1e-4, atol=1e-5)


def test_norms_that_are_folded_are_said():
    (note,) = cnncalc.load(DATA / "residual.onnx").remarks
    folded = "batch norms are folded into the weights of 1 convolution, and 1 is only a scale and an offset"
    assert (note.code, note.message) == ("CNN572", f"{folded}: the model in training has more parameters")


def kinds(name):
    return [type(node.layer).__name__ for node in cnncalc.load(DATA / name).graph.nodes if node.layer]


def test_norms_of_tensorflow_are_layer_norms():
    assert kinds("transformer.onnx").count("LayerNorm") == 2


def test_an_lstm_in_both_directions_and_a_loop():
    """The loop of the GRU goes round 9 times, and its parameters are those of the GRU: 3 · 4 · (10 + 4) + 2 · 12."""
    spec = cnncalc.load(DATA / "recurrent.onnx")
    layers = {type(node.layer).__name__: node for node in spec.graph.nodes if node.layer}
    assert (layers["Lstm"].output.spatial, layers["Lstm"].output.channels) == ((9,), 10)
    loop = next(node for node in spec.graph.nodes if node.layer and getattr(node.layer, "operation", "") == "Loop")
    assert (loop.output.spatial, loop.output.channels) == ((9,), 4)
    assert loop.layer.params == 3 * 4 * (10 + 4) + 2 * 12
