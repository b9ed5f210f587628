"""`forward --trace`: what a window is said to add up is what the engines computed, which know nothing of it."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.run.network import prepare
from cnncalc.forward.views.trace import traced

LAYERS = [
    ("7x8x3", "{conv: 3x2x4}"),
    ("7x8x4", "{conv: 3x3x6, stride: [2, 1], padding: [[2, 0], [1, 2]], dilation: [1, 2], groups: 2}"),
    ("9x2", "{conv: 3x2, padding: causal, bias: false}"),
    ("4x5x6x2", "{conv: 2x3x3x2, padding: 1}"),
    ("7x8x3", "{depthwise_conv: 3, multiplier: 2, stride: 2, padding: 1}"),
    ("7x8x3", "{separable_conv: 3x3x4, multiplier: 2}"),
    ("4x5x4", "{conv_transpose: 3x3x2, stride: 2, padding: 1, output_padding: 1, groups: 2}"),
    ("4x5x1", "{conv_transpose: 2x3x2, stride: [3, 1], dilation: [1, 2]}"),
    ("7x8x2", "{max_pool: 3, stride: 2, padding: 1}"),
    ("7x8x2", "{max_pool: 2, rounding: ceil, dilation: 2}"),
    ("7x8x2", "{avg_pool: 3, stride: 2, padding: 1}"),
    ("7x8x2", "{avg_pool: 3, stride: 2, padding: 1, count_padding: true, rounding: ceil}"),
    ("7x8x2", "global_avg_pool"),
    ("7x8x2", "{global_max_pool: {keep_dims: true}}"),
    ("7x8x2", "{adaptive_avg_pool: 3x5}"),
    ("7x8x2", "{adaptive_max_pool: 2}"),
    ("12", "{dense: 5}"),
    ("12", "{dense: 5, bias: false}"),
    ("3x4", "{dense: 5}"),
]


@pytest.mark.parametrize(("shape", "layer"), LAYERS, ids=[layer for _, layer in LAYERS])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_every_window_adds_up(shape, layer, layout):
    sizes = shape if layout == "channels_last" else "x".join([shape.split("x")[-1], *shape.split("x")[:-1]])
    spec = cnncalc.load(f"input: {sizes}\nlayout: {layout}\nlayers: [{layer}]\n")
    network = prepare(spec, seed=1, dtype="float64")
    rng = np.random.default_rng(2)
    for arrays in network.weights.values():  # biases are 0 otherwise
        for array in arrays.values():
            array[...] = rng.standard_normal(array.shape)
    (node,) = spec.graph.nodes
    (step,) = network.steps()
    positions = list(itertools.product(*map(range, node.output.spatial)))
    windows = list(traced(network, node, positions, range(node.output.channels)))
    assert len(windows) == node.output.values
    for window in windows:
        assert window.value == step.output[0][*window.position, window.channel]
        if window.tracing.operation == "sum":
            total = sum(part.term for part in window.parts) + (window.bias or 0)
        elif window.tracing.operation == "mean":
            total = window.parts[0].patch.sum() / window.divisor
        else:
            total = window.parts[0].patch[window.parts[0].is_inside].max()
        assert total == pytest.approx(window.value, abs=1e-9)


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(text, *arguments):
        if "\n" in text:
            (tmp_path / "net.yaml").write_text(text)
            text = "net.yaml"
        capsys.readouterr()
        status = run(["forward", text, *arguments])
        shown = capsys.readouterr()
        assert (status, shown.err) == (0, "")
        return shown.out

    return call


def test_the_lecture_step_by_step(call):
    # rows 0 to 2 and columns 1 to 3 of the 6×6 image under the first filter: the second value of its first row
    assert call("sliding_filters", "--trace", "conv1", "--at", "0,1", "--channel", "0") == (
        "conv1  conv 3×3, 2 filters, no bias   6×6×1 → 4×4×2\n"
        "\n"
        "conv1[0, 1] channel 0  reads rows 0 to 2, columns 1 to 3\n"
        "\n"
        "patch       kernel         products\n"
        "0 0 0        1 -1 -1        0  0  0\n"
        "1 0 0   ×   -1  1 -1   =   -1  0  0   sum -1\n"
        "0 1 1       -1 -1  1        0 -1  1\n"
        "\n"
        "conv1[0, 1] channel 0 = -1\n"
    )


def test_channels_and_the_bias(call):
    # patches of ones and twos: 4·1·3 = 12, 4·2·(−1) = −8, and a bias of 0.5
    kernel = "[[[[3, -1], [3, -1]], [[3, -1], [3, -1]]]]"
    text = (
        f"input: 2x2x2\nlayers:\n  - {{conv: 2x2x1, weights: {{kernel: {kernel}, bias: [0.5]}}}}\n"
        "sample: [[[1, 2], [1, 2]], [[1, 2], [1, 2]]]\n"
    )
    assert call(text, "--trace", "conv1").split("\n")[4:] == [
        "channel 0       kernel       products",
        "1 1         ×   3 3      =   3 3        sum 12",
        "1 1             3 3          3 3",
        "",
        "channel 1       kernel       products",
        "2 2         ×   -1 -1    =   -2 -2      sum -8",
        "2 2             -1 -1        -2 -2",
        "",
        "conv1[0, 0] = 12 + (-8) + 0.5 (bias) = 4.5",
        "",
    ]


def test_padding_is_marked(call):
    text = "input: 2x2x1\nlayers: [{conv: 3x3x1, padding: 1, bias: false}]\n"
    lines = call(text, "--trace", "conv1", "--at", "0,0").split("\n")
    assert lines[2].endswith("reads rows −1 to 1, columns −1 to 1")
    assert [line.split()[:3].count("(0)") for line in lines[5:8]] == [3, 1, 1]
    assert "(0) is padding." in lines


def test_pools(call):
    sample = "sample: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\n"
    out = call(
        "input: 3x3x1\nlayers: [{max_pool: 2, rounding: ceil}]\n" + sample, "--trace", "max_pool1", "--at", "1,1"
    )
    assert "9 –" in out
    assert out.endswith("max_pool1[1, 1] = the largest = 9\n")
    out = call("input: 3x3x1\nlayers: [{avg_pool: 2, stride: 1}]\n" + sample, "--trace", "avg_pool1", "--at", "0,1")
    assert out.endswith("avg_pool1[0, 1] = 16 (sum) / 4 = 4\n")  # 2 + 3 + 5 + 6
    out = call("input: 3x3x1\nlayers: [global_avg_pool]\n" + sample, "--trace", "global_avg_pool1")
    assert out.endswith("global_avg_pool1 = 45 (sum) / 9 = 5\n")


def test_a_dense_layer(call):
    text = "input: 3\nlayers: [{dense: 1, weights: {kernel: [[2, 3, -4]], bias: [1]}}]\nsample: [5, 6, 7]\n"
    lines = call(text, "--trace", "dense1").split("\n")
    assert [line.split() for line in lines[5:8]] == [
        ["0", "5", "2", "10"],
        ["1", "6", "3", "18"],
        ["2", "7", "-4", "-28"],
    ]
    assert lines[-2] == "dense1 = 0 (sum) + 1 (bias) = 1"


def test_without_a_position_all_steps_where_they_are_few(call):
    assert call("sliding_filters", "--trace", "conv1", "--channel", "1").count("\nconv1[") == 2 * 16
    assert call("typical_cnn", "--trace", "conv1").count("\nconv1[0, 0]") == 2 * 8


def test_json(call):
    value = json.loads(call("sliding_filters", "--trace", "conv1", "--at", "0,1", "--channel", "0", "--format", "json"))
    assert value["schema"] == "cnncalc/forward"
    (window,) = value["trace"]
    assert window["parts"][0]["patch"] == [[0, 0, 0], [1, 0, 0], [0, 1, 1]]
    assert window["parts"][0]["products"] == [[0, 0, 0], [-1, 0, 0], [0, -1, 1]]
    assert (window["reads"], window["value"], window["bias"]) == ([[0, 2], [1, 3]], -1, None)
