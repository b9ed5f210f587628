"""`summarize --format json`, field by field: the example of the reference, whole."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

from helpers import TYPICAL

import cnncalc
from cnncalc.report.views.summarize import SummaryReport


def local(size: int, stride: int) -> dict[str, object]:
    return {
        "status": "local", "size": [size, size], "stride": [stride, stride],
        "stride_fractions": [[stride, 1], [stride, 1]], "padding": [0, 0], "aligned": True, "uniform": True,
        "gated": False,
    }  # fmt: skip


def conv(filters: int) -> dict[str, object]:
    return {
        "filters": filters, "kernel": [3, 3], "stride": [1, 1], "padding": [[0, 0], [0, 0]], "dilation": [1, 1],
        "groups": 1, "bias": True, "standardize": False, "gain": False, "epsilon": 1e-6,
    }  # fmt: skip


def dense(units: int) -> dict[str, object]:
    return {"units": units, "bias": True, "standardize": False, "gain": False, "epsilon": 1e-6}


POOL = {
    "window": [2, 2], "stride": [2, 2], "padding": [[0, 0], [0, 0]], "dilation": [1, 1], "rounding": "floor"
}  # fmt: skip
GLOBAL = {"status": "global"}
PARAMS, MACS = 27562, 214304
BYTES = 4 * (26 * 26 * 8 + 13 * 13 * 8 + 11 * 11 * 16 + 5 * 5 * 16 + 400 + 64 + 10)


def layer(
    name: str,
    kind: str,
    source: str,
    settings: object,
    shapes: tuple[list[int], list[int]],
    params: int,
    macs: int,
    field: object,
) -> dict[str, object]:
    """A layer of a chain: while it runs, its input and its output are alive."""
    read, written = map(math.prod, shapes)
    return {
        "name": name, "kind": kind, "inputs": [source], "input_shapes": [shapes[0]], "settings": settings,
        "output": shapes[1], "params": params, "trainable_params": params, "non_trainable_params": 0, "macs": macs,
        "activation_bytes": 4 * written, "alive_bytes": 4 * (read + written),
        "of_total": {"params": params / PARAMS, "macs": macs / MACS, "activation_bytes": 4 * written / BYTES},
        "receptive_field": field,
    }  # fmt: skip


def entry(name: str, words: str, line: int) -> dict[str, object]:
    """An entry that is one layer; it is written `  - kind: …` or `  - kind`."""
    kind = words.split()[0]
    place = {"line": line, "column": 5, "end_line": line, "end_column": 5 + len(kind)}
    return {"name": name, "kind": kind, "words": words, "copies": 1, "layers": [name], "place": place, "entries": []}


SHAPES = [[28, 28, 1], [26, 26, 8], [13, 13, 8], [11, 11, 16], [5, 5, 16], [400], [64], [10]]
BETWEEN = list(itertools.pairwise(SHAPES))
EXPECTED = {
    "schema": "cnncalc/summary",
    "version": 1,
    "model": {"name": "typical-cnn", "convention": "lecture", "layout": "channels_last"},
    "dtype": "float32",
    "batch": 1,
    "inputs": [{"name": "input", "shape": [28, 28, 1]}],
    "entries": [
        entry("conv1", "conv 3×3, 8 filters", 4),
        entry("max_pool1", "max_pool 2×2", 5),
        entry("conv2", "conv 3×3, 16 filters", 6),
        entry("max_pool2", "max_pool 2×2", 7),
        entry("flatten1", "flatten", 8),
        entry("dense1", "dense 64 units", 9),
        entry("dense2", "dense 10 units", 10),
    ],
    "layers": [
        layer("conv1", "conv", "input", conv(8), BETWEEN[0], 80, 48672, local(3, 1)),
        layer("max_pool1", "max_pool", "conv1", POOL, BETWEEN[1], 0, 0, local(4, 2)),
        layer(
            "conv2", "conv", "max_pool1", conv(16), BETWEEN[2], 3 * 3 * 8 * 16 + 16, 11 * 11 * 16 * 3 * 3 * 8,
            local(8, 2),
        ),
        layer("max_pool2", "max_pool", "conv2", POOL, BETWEEN[3], 0, 0, local(10, 4)),
        layer("flatten1", "flatten", "max_pool2", {"positions": False}, BETWEEN[4], 0, 0, GLOBAL),
        layer(
            "dense1", "dense", "flatten1", dense(64), BETWEEN[5], 400 * 64 + 64, 400 * 64, GLOBAL
        ),
        layer("dense2", "dense", "dense1", dense(10), BETWEEN[6], 64 * 10 + 10, 64 * 10, GLOBAL),
    ],
    "outputs": ["dense2"],
    "output_layers": [{"output": "dense2", "layer": "dense2", "shape": [10]}],
    "totals": {
        "params": PARAMS, "trainable_params": PARAMS, "non_trainable_params": 0, "macs": MACS, "param_bytes": 110248,
        "activation_bytes": BYTES, "peak_activation_bytes": 27040, "peak_at": "max_pool1",
    },
}  # fmt: skip


def summary(text: str, **options: object) -> dict[str, Any]:
    return SummaryReport(cnncalc.analyze(cnncalc.load(text), **options)).to_dict()


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
    assert field["stride_fractions"] == [[1, 2], [1, 2]]


def test_the_units_of_a_period():
    """Windows of 3 with stride 2, then each position twice: unit 0 and 1 see 0 … 2, unit 2 and 3 see 2 … 4."""
    field = summary("input: 9x1\nlayers: [{max_pool: 3, stride: 2}, {upsample: 2}]\n")["layers"][1]["receptive_field"]
    assert (field["uniform"], field["stride_fractions"]) == (True, [[1, 1]])
    assert "period" not in field


def test_the_units_of_a_period_that_differ():
    """Each position twice, then windows of 2: they see position 0, then 0 and 1, then 1, then 1 and 2, …"""
    field = summary("input: 9x1\nlayers: [{upsample: 2}, {max_pool: 2, stride: 1}]\n")["layers"][1]["receptive_field"]
    assert (field["uniform"], field["size"], field["stride"]) == (False, [2], ["1/2"])
    assert field["period"] == [{"units": 2, "advance": 1, "boxes": [[0, 0], [0, 1]]}]


def test_a_unit_that_sees_nothing():
    """A zero between two positions: with a kernel of 1 every other unit sees nothing."""
    field = summary("input: 4x1\nlayers: [{conv_transpose: 1, kernel: 1, stride: 2}]\n")["layers"][0]["receptive_field"]
    assert field["period"] == [{"units": 2, "advance": 1, "boxes": [[0, 0], None]}]


def test_the_layers_that_outputs_end_in():
    layers = "layers:\n  - {conv: 3x3x4, name: a, activation: relu}\n  - {dense: 3, name: b}\n"
    assert summary(f"input: 8x8x2\n{layers}outputs: [b, a]\n")["output_layers"] == [
        {"output": "b", "layer": "b", "shape": [6, 6, 3]},
        {"output": "a", "layer": "a.relu", "shape": [6, 6, 4]},
    ]


def test_the_tree_of_entries():
    text = """\
input: 8x8x4
blocks:
  unit:
    - conv: 4
      kernel: 1
layers:
  - {unit, repeat: 2, name: body}
  - residual: [{conv: 4, kernel: 1, norm: batch_norm}]
"""
    (body, residual) = summary(text)["entries"]
    assert (body["name"], body["kind"], body["copies"]) == ("body", "repeat", 2)
    assert body["words"] == "unit ×2"
    assert body["layers"] == ["body.0.conv1", "body.1.conv1"]
    assert [each["name"] for each in body["entries"]] == ["body.0", "body.1"]
    inside = body["entries"][1]["entries"][0]
    assert (inside["name"], inside["copies"], inside["layers"]) == ("body.1.conv1", 1, ["body.1.conv1"])
    assert inside["place"] == {"line": 4, "column": 7, "end_line": 4, "end_column": 11}  # where the block has it
    assert residual["words"] == "residual add"
    assert residual["layers"] == ["conv1", "conv1.batch_norm", "residual1"]


def test_the_shapes_of_several_inputs():
    layers = summary("inputs: {a: 4x1, b: 4x1}\nlayers:\n  - {concat: [a, b]}\n")["layers"]
    assert layers[0]["input_shapes"] == [[4, 1], [4, 1]]


def test_shapes_are_in_the_order_of_the_layout():
    found = summary("layout: channels_first\ninput: 3x8x8\nlayers: [{conv: 2, kernel: 3}]\n")
    assert found["layers"][0]["input_shapes"] == [[3, 8, 8]]
    assert found["output_layers"] == [{"output": "conv1", "layer": "conv1", "shape": [2, 6, 6]}]


def test_shares_of_a_total_of_0_are_0():
    shares = summary("input: 4x1\nlayers: [relu, relu]\n", batch=3)["layers"][1]["of_total"]
    assert shares == {"params": 0, "macs": 0, "activation_bytes": 0.5}
