"""Files that PyTorch's exporters wrote (tests/data/onnx/record.py): their values, parameters and modules."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

import numpy as np
import pytest

from cnncalc.importing.onnx.reader import read_onnx

DATA = Path(__file__).parents[2] / "data" / "onnx"
RECORDED = json.loads((DATA / "recorded.json").read_text("utf-8"))["files"]
FLOATS = [name for name in RECORDED if "dynamo" in name or "torchscript" in name]


def graph_of(name):
    return read_onnx(str(DATA / name))


def names(graph):
    return [each.name for each in graph.operations]


def params(graph):
    return sum(
        prod(tensor.sizes)
        for operation in graph.operations
        for tensor in operation.inputs
        if tensor is not None and tensor.constant is not None and tensor.constant.is_parameter
    )


def test_every_file_is_recorded():
    assert {each.name for each in DATA.glob("*.onnx")} == RECORDED.keys()


@pytest.mark.parametrize("name", FLOATS)
def test_values(name):
    pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    from importing.onnx.running import Run

    sizes = RECORDED[name]["sizes"]
    x = np.sin(np.arange(prod(sizes), dtype=np.float32)).reshape(sizes)
    (y,) = Run(graph_of(name), {"x": x}, sizes[0]).outputs()
    np.testing.assert_allclose(y.reshape(-1), RECORDED[name]["y"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in FLOATS if not name.startswith("residual")])
def test_parameters(name):
    assert params(graph_of(name)) == RECORDED[name]["params"]


@pytest.mark.parametrize("name", [name for name in RECORDED if name.startswith("residual")])
def test_folded_norms(name):
    """Each of four norms had two numbers per channel, of which the convolution before it keeps one, as its bias."""
    assert params(graph_of(name)) == RECORDED[name]["params"] - 4 * 4


@pytest.mark.parametrize("exporter", ["dynamo", "torchscript"])
def test_operations_and_modules(exporter):
    graph = graph_of(f"residual.{exporter}.onnx")
    block = ["conv", "relu", "conv", "add", "relu"]
    pooling = {"dynamo": "reduce", "torchscript": "adaptive_avg_pool"}[exporter]
    assert names(graph) == ["conv", "max_pool", *block, *block, pooling, "reshape", "linear"]
    notes = [(each.code, each.message) for each in graph.remarks]
    assert notes == [
        (
            "CNN572",
            "batch norms are folded into the weights of 4 convolutions: the model in training has more parameters",
        )
    ]
    assert [name for name, _ in graph.operations[4].path][:3] == ["2", "0", "conv2"]


def test_the_newer_exporter_tells_classes():
    graph = graph_of("residual.dynamo.onnx")
    assert graph.name == "Residual"
    assert graph.operations[3].path == (("2", "Sequential"), ("0", "Block"), ("relu", "ReLU"))
    assert graph.operations[4].path == (("2", "Sequential"), ("0", "Block"), ("conv2", ""))


@pytest.mark.parametrize("form", ["qdq", "qoperator"])
def test_quantized(form):
    """The operations of the float network; its ReLUs are in the scales."""
    graph = graph_of(f"residual.{form}.onnx")
    assert names(graph) == names(graph_of("residual.dynamo.onnx"))
    assert any("arrays of weights: 6 of 8 bits; 4 ReLUs are in its scales" in each.message for each in graph.remarks)


def test_sizes_of_a_shuffle_are_folded():
    for exporter in ("dynamo", "torchscript"):
        assert "unknown" not in names(graph_of(f"shuffled.{exporter}.onnx"))
        assert names(graph_of(f"shuffled.{exporter}.onnx"))[-3:] == ["reshape", "transpose", "reshape"]
