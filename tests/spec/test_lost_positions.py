"""Branches that a stride brought apart: the layer is named, and each way out that is offered is applied and works."""

from __future__ import annotations

import re

import pytest

import cnncalc
from cnncalc.source.diagnostics import Diagnostic

UNET = """\
input: 100x100x1
layers:
  - {conv: 3x3x8, padding: 1, name: e1}
  - max_pool: 2
  - {conv: 3x3x16, padding: 1, name: e2}
  - max_pool: 2
  - {conv: 3x3x32, padding: 1, name: e3}
  - max_pool: 2
  - {conv_transpose: 2x2x32, stride: 2}
  - concat: [e3, []]
  - {conv_transpose: 2x2x16, stride: 2}
  - concat: [e2, []]
  - {conv_transpose: 2x2x16, stride: 2}
  - concat: [e1, []]
"""


def found(text: str) -> list[Diagnostic]:
    try:
        cnncalc.load(text)
    except cnncalc.SpecError as error:
        return [each for each in error.diagnostics if each.is_error]
    return []


def advice(text: str) -> tuple[str, ...]:
    [finding] = found(text)
    assert finding.code == "CNN312"
    return finding.help


def test_an_odd_u_net():
    assert advice(UNET) == (
        "`max_pool3` turns 25×25 into 12×12: its stride of 2 drops the last row and column",
        "pad the smaller one: write `{pad: [[0, 1], [0, 1]], from: conv_transpose1}` for branch 2",
        "or crop the larger one: write `{crop: [[0, 1], [0, 1]], from: e3}` for branch 1",
        "or give `conv_transpose1` an `output_padding: 1`",
        "or choose an input that the strides divide: 96x96x1 or 104x104x1",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("concat: [e3, []]", "concat: [e3, {pad: [[0, 1], [0, 1]], from: conv_transpose1}]"),
        ("{conv_transpose: 2x2x32, stride: 2}", "{conv_transpose: 2x2x32, stride: 2, output_padding: 1}"),
        ("input: 100x100x1", "input: 96x96x1"),
        ("input: 100x100x1", "input: 104x104x1"),
    ],
)
def test_its_ways_out_work(old: str, new: str):
    assert found(UNET.replace(old, new)) == []


def test_cropping_works_and_the_next_merge_has_its_own_advice():
    cropped = UNET.replace("concat: [e3, []]", "concat: [{crop: [[0, 1], [0, 1]], from: e3}, []]")
    # 24 rows become 48, and `e2` has 50: one row lost at a quarter of the size is two at half of it
    way = next(line for line in advice(cropped) if "crop the larger" in line)
    written = re.search("`(.*)`", way)
    assert written
    again = cropped.replace("concat: [e2, []]", f"concat: [{written.group(1)}, []]")
    way = next(line for line in advice(again) if "crop the larger" in line)
    written = re.search("`(.*)`", way)
    assert written
    assert found(again.replace("concat: [e1, []]", f"concat: [{written.group(1)}, []]")) == []


def test_one_axis_of_two():
    text = "input: 24x25x1\nlayers:\n  - {conv: 1x1x4, name: e}\n  - max_pool: 2\n  - upsample: 2\n  - add: [[], e]\n"
    assert advice(text) == (
        "`max_pool1` turns 24×25 into 12×12: its stride of 2 drops the last column",
        "pad the smaller one: write `{pad: [[0, 0], [0, 1]], from: upsample1}` for branch 1",
        "or crop the larger one: write `{crop: [[0, 0], [0, 1]], from: e}` for branch 2",
        "or replace `upsample1` with `{resize: {like: e}}`",
        "or choose an input that the strides divide: 24x24x1 or 24x26x1",
    )
    assert found(text.replace("upsample: 2", "resize: {like: e}")) == []
    assert found(text.replace("[[], e]", "[{pad: [[0, 0], [0, 1]], from: upsample1}, e]")) == []
    assert found(text.replace("[[], e]", "[[], {crop: [[0, 0], [0, 1]], from: e}]")) == []
    assert found(text.replace("24x25", "24x26")) == []


def test_a_stride_that_rounds_up():
    text = (
        "input: 25x4\nlayers:\n  - {relu, name: e}\n  - {conv: 3x4, stride: 2, padding: 1}\n"
        "  - {conv_transpose: 2x4, stride: 2}\n  - add: [e, []]\n"
    )
    assert advice(text) == (
        "`conv1` turns 25 into 13: its stride of 2 rounds up",
        "pad the smaller one: write `{pad: [[0, 1]], from: e}` for branch 1",
        "or crop the larger one: write `{crop: [[0, 1]], from: conv_transpose1}` for branch 2",
        "or choose an input that the strides divide: 24x4 or 26x4",
    )
    assert found(text.replace("[e, []]", "[e, {crop: [[0, 1]], from: conv_transpose1}]")) == []
    assert found(text.replace("[e, []]", "[{pad: [[0, 1]], from: e}, []]")) == []


def test_what_a_window_reads_is_not_dropped():
    # windows of 3 at 0, 2, … 22 read all of 25 rows
    text = (
        "input: 25x4\nlayers:\n  - {relu, name: e}\n  - {conv: 3x4, stride: 2}\n"
        "  - {conv_transpose: 2x4, stride: 2}\n  - add: [e, []]\n"
    )
    assert advice(text)[0] == "`conv1` turns 25 into 12: its kernel of 3 with a stride of 2 fits no more often"


def test_a_pool_beside_a_convolution():
    text = "input: 25x25x8\nlayers:\n  - add: [{conv: 3x3x8, stride: 2, padding: 1}, [{max_pool: 2}]]\n"
    assert advice(text) == (
        "`conv1` turns 25×25 into 13×13: its stride of 2 rounds up",
        "`max_pool1` turns 25×25 into 12×12: its stride of 2 drops the last row and column",
        "pad the smaller one: end branch 2 with `{pad: [[0, 1], [0, 1]]}`",
        "or crop the larger one: end branch 1 with `{crop: [[0, 1], [0, 1]]}`",
        "or give `max_pool1` the setting `rounding: ceil`",
        "or choose an input that the strides divide: 24x24x8 or 26x26x8",
    )
    assert found(text.replace("{max_pool: 2}", "{max_pool: 2, rounding: ceil}")) == []
    assert found(text.replace("{max_pool: 2}", "{max_pool: 2}, {pad: [[0, 1], [0, 1]]}")) == []


def test_under_keras_same_is_worked_out_anew():
    text = (
        "convention: keras\ninput: 25x25x8\nlayers:\n  - {relu, name: e}\n  - {max_pool: 2, padding: same}\n"
        "  - {conv_transpose: 3x3x8, stride: 2, padding: same}\n  - add: [e, []]\n"
    )
    assert "or choose an input that the strides divide: 24x24x8 or 26x26x8" in advice(text)


@pytest.mark.parametrize(
    "entries",
    [
        ["{relu, name: e}", "max_pool: 2", "add: [e, []]"],
        ["add: [[], {conv: 3x3x8}]"],
        ["{relu, name: e}", "{max_pool: 3, stride: 1}", "upsample: 2", "add: [e, []]"],
    ],
)
def test_no_stride_is_blamed_for_what_it_did_not_do(entries: list[str]):
    text = "\n".join(["input: 25x25x8", "layers:", *(f"  - {entry}" for entry in entries), ""])
    assert advice(text) == (
        "give the branches the same strides, and the padding that keeps a size: 1 for a kernel of 3",
    )
