"""`forward --shift`: which maps move with the input."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.run.network import prepare
from cnncalc.forward.views.shift import BORDER, CHANGED, INVARIANT, MOVED, STAYED, UNKNOWN, compared, shifted


def verdicts(layers, by, shape="12x12x2", **options):
    spec = cnncalc.load(f"input: {shape}\nlayers: {layers}\n", **options)
    found = list(compared(prepare(spec, seed=1), by))
    return {each.node.name: each for each in found if each.node.layer is not None}


def test_the_input_moves_and_its_edge_follows():
    image = np.arange(12.0).reshape(1, 3, 4, 1)
    down = shifted(image, (1, 0))[0, ..., 0]
    assert down.tolist() == [[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7]]
    left = shifted(image, (0, -2))[0, ..., 0]
    assert left.tolist() == [[2, 3, 3, 3], [6, 7, 7, 7], [10, 11, 11, 11]]


def test_a_convolution_without_padding_moves_exactly():
    conv = verdicts("[conv: 3x3x4]", (2, 0))["conv1"]
    # 10×10 units, of which the two rows that moved in have no partner
    assert (conv.verdict, conv.by, conv.compared, conv.border, conv.inner) == (MOVED, (2, 0), 8 * 10 * 4, 0, 0)
    assert conv.differs[:2].all()
    assert not conv.differs[2:].any()


def test_zero_padding_changes_the_border():
    conv = verdicts("[{conv: 3x3x4, padding: 1}]", (2, 0))["conv1"]
    assert (conv.verdict, conv.by, conv.inner) == (BORDER, (2, 0), 0)
    # of the 10 rows compared, 2 read what moved in (row 2) or the padding below (row 11); those before are new
    rows = sorted(set(np.argwhere(conv.differs)[:, 0].tolist()))
    assert rows == [0, 1, 2, 11]
    assert conv.border == 2 * 12 * 4
    assert conv.lines == ((2, 11), ())
    # along both axes: padding on all four sides
    assert verdicts("[{conv: 3x3x4, padding: 1}]", (2, -1))["conv1"].lines == ((2, 11), (0, 10))


def test_strides_divide_the_shift_or_not():
    layers = "[{conv: 3x3x4}, {max_pool: 2}, {conv: 3x3x4}]"
    even = verdicts(layers, (2, -4))
    assert [each.verdict for each in even.values()] == [MOVED] * 3
    assert [each.by for each in even.values()] == [(2, -4), (1, -2), (1, -2)]
    odd = verdicts(layers, (1, 0))
    assert [each.verdict for each in odd.values()] == [MOVED, UNKNOWN, UNKNOWN]
    assert odd["max_pool1"].reason == "its stride 2 does not divide 1"


def test_a_transposed_convolution_moves_twice_as_far():
    up = verdicts("[{conv_transpose: 4x4x2, stride: 2, padding: 1}]", (1, 2))["conv_transpose1"]
    assert up.by == (2, 4)
    assert up.inner == 0
    assert up.verdict in (MOVED, BORDER)


def test_ends():
    found = verdicts("[{conv: 3x3x4}, flatten, {dense: 3}]", (1, 0))
    assert [each.verdict for each in found.values()] == [MOVED, CHANGED, CHANGED]


def test_a_global_pool_is_invariant_where_nothing_leaves():
    # a lone blot far from every edge, which 3×3 and 2 positions do not reach
    sample = np.zeros((9, 9), int)
    sample[4, 3] = 5
    text = f"input: 9x9x1\nlayers: [{{conv: 3x3x2}}, global_avg_pool, {{dense: 2}}]\nsample: {sample.tolist()}\n"
    found = [each.verdict for each in compared(prepare(cnncalc.load(text)), (1, 2))]
    assert found == [MOVED, MOVED, INVARIANT, INVARIANT]


def test_a_norm_over_all_positions_does_not_move():
    found = verdicts("[instance_norm]", (2, 0))["instance_norm1"]
    assert found.verdict == STAYED
    assert found.inner > 0
    assert "whole input" in found.reason


def test_ids_are_a_row():
    found = verdicts("[{embedding: {width: 3, vocabulary: 9}}, {conv: 3x2}]", (2,), shape="12")
    assert [each.verdict for each in found.values()] == [MOVED, MOVED]


def test_real_networks_move():
    spec = cnncalc.load("resnet18", input="64x64")
    found = [each for each in compared(prepare(spec), (32, 0)) if each.by is not None]
    assert len(found) > 50
    assert [each.node.name for each in found if each.inner] == []


@pytest.fixture
def call(capsys):
    def call(*arguments):
        capsys.readouterr()
        status = run(["forward", *arguments])
        shown = capsys.readouterr()
        assert (status, shown.err) == (0, "")
        return shown.out

    return call


def test_text(call):
    out = call("letter_x", "--shift", "2,0")
    assert "\nconv1  conv: moved by 2,0\n" in out
    assert "\npool_floor  max_pool: moved by 1,0\n" in out
    assert out.endswith("5 of 5 maps moved with the input, 1 of them except at the border.\n")
    assert call("typical_cnn", "--shift", "2,0").count("\n") < 25
    # 7×7, stride 2, padding 3 on 224 rows: unit u reads 2u − 3 to 2u + 3, of which 32 to 223 are the same image
    assert " moved but for the border (rows 16 to 17, 111)\n" in call("resnet18", "--shift", "32,0")


def test_json(call):
    value = json.loads(call("typical_cnn", "--shift", "2,0", "--format", "json"))
    assert (value["schema"], value["shift"]) == ("cnncalc/forward", [2, 0])
    conv = value["layers"][0]
    assert (conv["verdict"], conv["moves_by"], conv["compared"]) == ("moved", [2, 0], 24 * 26 * 8)
