"""`summarize --format json`, field by field: the example of the reference, whole."""

from __future__ import annotations

import json

from helpers import TYPICAL

import cnncalc
from cnncalc.report.views.summarize import SummaryReport


def local(size: int, stride: int) -> dict[str, object]:
    return {
        "status": "local", "size": [size, size], "stride": [stride, stride], "padding": [0, 0],
        "aligned": True, "uniform": True, "gated": False,
    }  # fmt: skip


def conv(filters: int) -> dict[str, object]:
    return {
        "filters": filters, "kernel": [3, 3], "stride": [1, 1], "padding": [[0, 0], [0, 0]], "dilation": [1, 1],
        "groups": 1, "bias": True,
    }  # fmt: skip


POOL = {
    "window": [2, 2], "stride": [2, 2], "padding": [[0, 0], [0, 0]], "dilation": [1, 1], "rounding": "floor"
}  # fmt: skip
GLOBAL = {"status": "global"}


def layer(
    name: str,
    kind: str,
    source: str,
    settings: object,
    output: list[int],
    params: int,
    macs: int,
    size: int,
    field: object,
) -> dict[str, object]:
    return {
        "name": name, "kind": kind, "inputs": [source], "settings": settings, "output": output, "params": params,
        "trainable_params": params, "non_trainable_params": 0, "macs": macs, "activation_bytes": size,
        "receptive_field": field,
    }  # fmt: skip


EXPECTED = {
    "schema": "cnncalc/summary",
    "version": 1,
    "model": {"name": "typical-cnn", "convention": "lecture", "layout": "channels_last"},
    "dtype": "float32",
    "batch": 1,
    "inputs": [{"name": "input", "shape": [28, 28, 1]}],
    "layers": [
        layer("conv1", "conv", "input", conv(8), [26, 26, 8], 80, 48672, 21632, local(3, 1)),
        layer("max_pool1", "max_pool", "conv1", POOL, [13, 13, 8], 0, 0, 13 * 13 * 8 * 4, local(4, 2)),
        layer(
            "conv2", "conv", "max_pool1", conv(16), [11, 11, 16], 3 * 3 * 8 * 16 + 16, 11 * 11 * 16 * 3 * 3 * 8,
            11 * 11 * 16 * 4, local(8, 2),
        ),
        layer("max_pool2", "max_pool", "conv2", POOL, [5, 5, 16], 0, 0, 5 * 5 * 16 * 4, local(10, 4)),
        layer("flatten1", "flatten", "max_pool2", {}, [400], 0, 0, 400 * 4, GLOBAL),
        layer(
            "dense1", "dense", "flatten1", {"units": 64, "bias": True}, [64], 400 * 64 + 64, 400 * 64, 64 * 4, GLOBAL
        ),
        layer("dense2", "dense", "dense1", {"units": 10, "bias": True}, [10], 64 * 10 + 10, 64 * 10, 10 * 4, GLOBAL),
    ],
    "outputs": ["dense2"],
    "totals": {
        "params": 27562, "trainable_params": 27562, "non_trainable_params": 0, "macs": 214304, "param_bytes": 110248,
        "activation_bytes": 38280, "peak_activation_bytes": 27040, "peak_at": "max_pool1",
    },
}  # fmt: skip


def test_the_example_of_the_reference():
    found = SummaryReport(cnncalc.analyze(cnncalc.load(TYPICAL))).to_dict()
    assert list(found) == list(EXPECTED)  # in this order too
    for key, expected in EXPECTED.items():
        if key == "layers":
            for one, other in zip(found[key], expected, strict=True):
                assert one == other
                assert list(one) == list(other)
        else:
            assert found[key] == expected
    assert json.loads(json.dumps(found)) == EXPECTED  # ints, lists and texts alone


def test_layers_of_an_entry_are_all_there():
    spec = cnncalc.load("input: 8x8x2\nlayers:\n  - {conv: 3x3x4, norm: batch_norm, activation: relu}\n")
    found = SummaryReport(cnncalc.analyze(spec)).to_dict()
    assert [(each["name"], each["inputs"]) for each in found["layers"]] == [
        ("conv1", ["input"]), ("conv1.batch_norm", ["conv1"]), ("conv1.relu", ["conv1.batch_norm"])
    ]  # fmt: skip
    assert found["outputs"] == ["conv1"]
    assert [each["params"] for each in found["layers"]] == [3 * 3 * 2 * 4 + 4, 2 * 4, 0]


def test_a_fractional_stride_is_a_text():
    spec = cnncalc.load("input: 8x8x2\nlayers:\n  - {conv_transpose: 4, kernel: 2, stride: 2}\n")
    field = SummaryReport(cnncalc.analyze(spec)).to_dict()["layers"][0]["receptive_field"]
    assert field["stride"] == ["1/2", "1/2"]
    assert field["size"] == [1, 1]
