"""Numbers that outgrow their type become findings; NumPy itself says nothing, also where warnings are errors."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import cnncalc
from cnncalc.source.diagnostics import Diagnostic

pytestmark = pytest.mark.filterwarnings("error")


def found(layers: str, x: Any, weights: Any = None, dtype: str = "float32", input: str = "2x2x1") -> list[str]:
    findings: list[Diagnostic] = []
    spec = cnncalc.load(f"name: net\ninput: {input}\nlayers: {layers}\n# a spec\n")
    cnncalc.run(spec, np.asarray(x), weights, dtype=dtype, findings=findings)
    assert {each.code for each in findings} <= {"CNN330"}
    assert {each.severity for each in findings} <= {"warning"}
    return [each.message for each in findings]


ONES = np.ones((2, 2, 1))


@pytest.mark.parametrize(
    ("layers", "dtype", "names"),
    [
        # float16 ends at 65,504, float32 at 3.4e38, float64 at 1.8e308
        ("[rescale: 60000]", "float16", []),
        ("[rescale: 70000]", "float16", ["rescale1"]),
        ("[{rescale: 60000, name: a}, {rescale: 2, name: b}, relu]", "float16", ["b"]),
        ("[rescale: 1e38, rescale: 3]", "float32", []),
        ("[rescale: 1e38, rescale: 4]", "float32", ["rescale2"]),
        ("[rescale: 1e300, rescale: 1e10]", "float64", ["rescale2"]),
        ("[rescale: 1e38, rescale: 4, relu, avg_pool: 2, flatten, dense: 2]", "float32", ["rescale2"]),
        # infinity minus infinity comes after it: reported once, where it begins
        ("[rescale: 1e38, rescale: 4, softmax, layer_norm]", "float32", ["rescale2"]),
        # 4 · 60,000 > 65,504, though their mean is not
        ("[rescale: 60000, avg_pool: 2]", "float16", ["avg_pool1"]),
        ("[rescale: 60000, max_pool: 2]", "float16", []),
    ],
)
def test_where_it_begins(layers, dtype, names):
    assert [message.split("`")[1] for message in found(layers, ONES, dtype=dtype)] == names


def test_a_norm_that_hides_it():
    """(±1e20)² overflows float32; divided by infinity the values would be 0 without a word, and not ±1."""
    x = np.array([1e20, -1e20, 1e20, -1e20]).reshape(2, 2, 1)
    assert found("[{instance_norm, affine: false}]", x, dtype="float32") == [
        "`instance_norm1` (instance_norm) overflows float32 on the way, so its values are wrong"
    ]
    assert found("[{instance_norm, affine: false}]", x, dtype="float64") == []


def test_a_negative_variance():
    weights = {f"batch_norm1.{name}": np.full(1, value) for name, value in
               (("scale", 1), ("center", 0), ("mean", 0), ("variance", -1))}  # fmt: skip
    assert found("[batch_norm]", ONES, weights) == [
        "`batch_norm1` (batch_norm) divides by zero, or has no real result: 4 of 4 values are NaN"
    ]


def test_products_and_sums():
    weights = {"conv1.kernel": np.full((2, 2, 1, 1), 1e38), "conv1.bias": np.zeros(1)}
    assert found("[conv: 2x2x1]", ONES, weights) == ["`conv1` (conv) overflows float32: 1 of 1 values are infinite"]
    assert found("[conv: 2x2x1]", ONES * 0.5, weights) == []
    assert found("[{rescale: 3e38, name: a}, {add: [a, a]}]", ONES) == [
        "`add1` (add) overflows float32: 4 of 4 values are infinite"
    ]


@pytest.mark.parametrize(
    "kind",
    ["elu", "selu", "gelu", "silu", "mish", "softplus", "sigmoid", "tanh", "hard_swish", "hard_sigmoid", "softmax",
     "log_softmax", "relu6", "leaky_relu", "layer_norm"],
)  # fmt: skip
@pytest.mark.parametrize("value", [1e4, -1e4])
def test_activations_of_large_values_are_finite(kind, value):
    """Their limits are: x, 0, 1 … in all of float16."""
    x = np.full((300, 300, 4), value)  # in threads
    assert found(f"[{kind}]", x, dtype="float16", input="300x300x4") == []


def test_nothing_without_a_list():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cnncalc.run(cnncalc.load("input: 2x2x1\nlayers: [rescale: 1e38, rescale: 4]\n"), ONES)


@pytest.mark.parametrize(
    "options",
    [[], ["--all"], ["-f", "json"], ["--shift", "1,0"], ["--trace", "conv1"], ["--save", "x.npz"], ["--fuse"]],
)
def test_the_command(tmp_path, options):
    (tmp_path / "net.yaml").write_text(
        "input: 4x4x1\nsample: [[1,1,1,1],[1,1,1,1],[1,1,1,1],[1,1,1,1]]\nlayers:\n  - rescale: 1e38\n"
        "  - {conv: 2x2x2, name: conv1, weights: {kernel: [[[9, 9], [9, 9]], [[-9, 9], [9, -9]]], bias: [0, 0]}}\n"
        "  - batch_norm\n  - relu\n  - softmax\n"
    )
    command = [sys.executable, "-W", "error", "-X", "dev", "-m", "cnncalc", "forward", "net.yaml", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "RuntimeWarning" not in done.stderr + done.stdout
    # at most once, where it begins (with 9 · 1e38 > 3.4e38)
    assert done.stderr.count("CNN330") == done.stderr.count("warning[CNN330]: `conv1` (conv) overflows float32") == 1
