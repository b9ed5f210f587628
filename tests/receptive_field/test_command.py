"""`cnncalc receptive-field`: its formats, its proposals (written into the spec and analysed again), a unit's box."""

import csv
import io
import json

import pytest

import cnncalc
from cnncalc.analysis.field_coverage import seen
from cnncalc.cli import run
from cnncalc.whatif.coverage import answers

CHAIN = """
name: chain
input: 28x28x1
layers:
  - {conv: 3x3x8, padding: 1}
  - {max_pool: 2}
  - {conv: 3x3x8, padding: 1}
  - {conv: 3x3x8, padding: 1}
  - flatten
  - {dense: 10}
"""
# 3; 3 + 1 = 4, steps of 2; 4 + 2·2 = 8; 8 + 2·2 = 12


@pytest.fixture
def call(capsys):
    def call(*arguments):
        capsys.readouterr()
        status = run(["receptive-field", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return status, out, err

    return call


@pytest.fixture
def chain(tmp_path):
    path = tmp_path / "chain.yaml"
    path.write_text(CHAIN, encoding="utf-8")
    return path


def answer(text, cover=None):
    (found,) = answers(cnncalc.analyze(cnncalc.load(text)), cover)
    return found


# -- rows


def test_what_each_layer_sees_and_adds():
    rows = {row.layer.name: row for row in seen(cnncalc.analyze(cnncalc.load(CHAIN)))}
    sizes = {name: (row.field.size, row.added, row.centre) for name, row in rows.items() if row.field.status == "local"}
    assert sizes == {
        "conv1": ((3, 3), (2, 2), (0, 0)),  # −1 + (3 − 1) / 2
        "max_pool1": ((4, 4), (1, 1), (0.5, 0.5)),  # −1 + (4 − 1) / 2
        "conv2": ((8, 8), (4, 4), (0.5, 0.5)),  # −3 + (8 − 1) / 2
        "conv3": ((12, 12), (4, 4), (0.5, 0.5)),  # −5 + (12 − 1) / 2
    }
    assert rows["conv3"].covered[0] * 28 == 12
    assert rows["flatten1"].covered == (1, 1)


def test_what_is_covered_is_clipped_to_the_input():
    # one unit, centred on 0: of −4 … 4 it sees 0 … 4
    (row,) = seen(cnncalc.analyze(cnncalc.load("input: 9x1\nlayers: [{conv: 9x1, padding: 4, stride: 20}]\n")))
    assert row.field.size == (9,)
    assert row.covered[0] * 9 == 5


# -- the lecture's question


def test_three_ways_each_as_good_as_it_says():
    found = answer(CHAIN)
    assert (found.layer.name, found.goal, found.is_covered, found.is_end) == ("conv3", (28, 28), False, False)
    ways = {each.way: each for each in found.proposals}
    layers, pool, dilation = ways["layers"], ways["pool"], ways["dilation"]
    # 12 + 4·4 = 28, 12 + 4·3 = 24; each 3·3·8·8 weights and 8 biases, the weights at 14·14 positions
    assert (layers.at, layers.amount, layers.size) == ("conv3", (4,), (28, 28))
    assert (layers.params, layers.macs) == (4 * (576 + 8), 4 * 14 * 14 * 576)
    # after conv2 a pool of 4 sees 8 + 3·2 = 14, with steps of 8, and a 3×3 on it 14 + 2·8 = 30; a pool of 2 is not
    # enough anywhere, not even after conv1: 3 + 1 = 4, the pool there 4 + 2 = 6, 6 + 2·4 = 14, 14 + 2·4 = 22
    assert (pool.at, pool.amount, pool.size, pool.output.spatial) == ("conv2", (4, 4), (30, 30), (3, 3))
    # conv3 has 3·3 positions, not 14·14; the dense layer reads 72 values, not 1,568
    assert pool.params == (72 - 1568) * 10
    assert pool.macs == (9 - 196) * 576 + (72 - 1568) * 10
    # 8 + 2·2·d: d = 5
    assert (dilation.at, dilation.amount, dilation.size) == ("conv3", (5, 5), (28, 28))
    assert (dilation.params, dilation.macs) == (0, 0)


@pytest.mark.parametrize("cover", [13, 20, 28, 40, 64])
def test_proposals_written_into_the_spec_do_what_they_say(cover):
    lines = CHAIN.splitlines()
    base = cnncalc.analyze(cnncalc.load(CHAIN)).totals
    places = {name: index for index, name in enumerate(["conv1", "max_pool1", "conv2", "conv3"], 4)}
    for each in answer(CHAIN, (cover,)).proposals:
        place = lines.index("layers:") + places[each.at] - 3
        changed = list(lines)
        if each.way == "layers":
            changed[place + 1 : place + 1] = ["  - {conv: 3x3x8, padding: 1}"] * each.amount[0]
        elif each.way == "pool":
            more = each.more[0] if each.more else 0
            pool = f"  - {{max_pool: {each.amount[0]}}}"
            changed[place + 1 : place + 1] = [pool, *["  - {conv: 3x3x8, padding: 1}"] * more]
        elif each.way == "stride":
            changed[place] = changed[place].replace("}", f", stride: {each.amount[0]}}}")
        else:
            d = each.amount[0]
            changed[place] = f"  - {{conv: 3x3x8, padding: {d}, dilation: {d}}}"
        after = cnncalc.analyze(cnncalc.load("\n".join(changed)))
        end = [layer for layer in after.layers if layer.fields["input"].status == "local"][-1]
        assert (end.fields["input"].size, end.node.output) == (each.size, each.output)
        assert (after.totals.params - base.params, after.totals.macs - base.macs) == (each.params, each.macs)
        assert min(each.size) >= cover


def test_where_no_pool_is_enough_layers_go_with_it():
    (found,) = [each for each in answer("typical_cnn").proposals if each.way == "pool"]
    # 10 wide with steps of 4; a pool of 2 there 10 + 4 = 14 with steps of 8, and a 3×3 on those 14 + 2·8 = 30
    assert (found.at, found.amount, found.more[0], found.size) == ("max_pool2", (2, 2), 1, (30, 30))
    # 9·16·16 weights and 16 biases more, at 2·2 positions; the first dense layer reads 2·2·16 values, not 5·5·16
    assert found.output.spatial == (2, 2)
    assert found.params == 9 * 16 * 16 + 16 - (400 - 64) * 64
    assert found.macs == 4 * 9 * 16 * 16 - (400 - 64) * 64


NOTHING_TO_REPEAT = {"layers": "no convolution", "coarser": "no place", "dilation": "no convolution"}


@pytest.mark.parametrize(
    ("layers", "refusals"),
    [
        ("conv: 1x1x4", NOTHING_TO_REPEAT),
        # a row next to a column: each is wider than 1 along only one axis
        ("conv: 1x3x4, conv: 3x1x4", NOTHING_TO_REPEAT),
        ("relu", NOTHING_TO_REPEAT),
        # a 3×3 adds 2 of 20,000; on the grid of a pool of 8 it adds 16, which takes 1,250 of them
        ("conv: 3x3x1", {"layers": "too many", "coarser": "no place", "dilation": "too many"}),
    ],
)
def test_where_there_is_no_way_it_says_why(layers, refusals):
    found = answer(f"input: 20000x20000x1\nlayers: [{layers}]\n")
    assert found.proposals == []
    assert dict(found.refusals) == refusals


def test_why_in_words(call, tmp_path):
    path = tmp_path / "point.yaml"
    path.write_text("input: 8x8x1\nlayers: [{conv: 1x1x4}, {max_pool: 2}]\n")
    out = call(path, "--cover", "100")[1]
    assert "Ways to get there" not in out
    assert "More layers: no convolution here is wider than 1 along every axis where the field is too small." in out


def test_norms_and_causal_padding_come_along():
    text = "input: 50x2\nlayers:\n  - {conv: 5x4, padding: causal, norm: batch_norm}\n"
    ways = {each.way: each for each in answer(text).proposals}
    # 5 + 4·n ≥ 50: n = 12; 5·4·4 weights, 4 biases, 4 factors and 4 offsets each
    assert (ways["layers"].amount, ways["layers"].size) == ((12,), (53,))
    assert (ways["layers"].params, ways["layers"].macs) == (12 * (80 + 4 + 8), 12 * 50 * 80)
    # 1 + 4·d ≥ 50: d = 13, all of the padding before
    assert (ways["dilation"].amount, ways["dilation"].layer.padding) == ((13,), ((52, 0),))


def test_a_place_in_a_residual_is_not_given_a_stride_that_breaks_the_sum():
    text = (
        "input: 32x32x4\nlayers:\n  - {conv: 3x3x4, padding: 1}\n"
        "  - residual: [{conv: 3x3x4, padding: 1}, {conv: 3x3x4, padding: 1}]\n"
    )
    for each in answer(text).proposals:
        if each.way in ("stride", "pool"):
            assert each.at in ("conv1", "residual1")


@pytest.mark.parametrize(
    ("text", "is_covered"),
    [
        ("input: 8x1\nlayers: [{conv: 3x1}, {conv: 6x1}]\n", True),  # 3 + 5 = 8
        ("input: 8x1\nlayers: [{conv: 3x1}, {conv: 5x1}]\n", False),
        ("input: 8x1\nlayers: [flatten, dense: 3]\n", True),
        ("input: 8\nlayers: [dense: 3]\n", True),
    ],
)
def test_the_verdict(text, is_covered):
    assert answer(text).is_covered is is_covered


def test_an_answer_for_each_input():
    text = "inputs: {a: 8x8x1, b: 8x8x1}\nlayers:\n  - {conv: 3x3x1, from: a, padding: 1, name: c}\n  - {add: [c, b]}\n"
    found = answers(cnncalc.analyze(cnncalc.load(text)))
    assert [(each.input.name, each.layer.fields[each.input.name].size) for each in found] == [
        ("a", (3, 3)),
        ("b", (1, 1)),
    ]


# -- formats


def test_text(call, chain):
    status, out, _ = call(chain)
    assert status == 0
    assert out.splitlines()[0].startswith("chain")
    assert "No: the last local field, that of conv3, has 12×12 positions; what comes after it sees all" in out
    assert "4 more layers after conv3, each 3×3, 8 filters, padding 1" in out
    assert "dilation 5 at conv3: 3×3, 8 filters, padding 5, dilation 5" in out


def test_cover(call, chain):
    assert "Yes" in call(chain, "--cover", "12")[1]
    assert "No" in call(chain, "--cover", "13")[1]
    assert "Yes" in call(chain, "--cover", "12x10")[1]
    assert "Does the field cover 64?" in call(chain, "--cover", "64")[1]


def test_a_small_share_is_not_rounded_to_nothing(call, tmp_path):
    # 3 of 20,000 rows are 0.015%, and 11 of 20,000 columns 0.055%
    model = tmp_path / "model.yaml"
    model.write_text("input: 20000x20000x1\nlayers: [conv: 3x11x4]\n", encoding="utf-8")
    assert "<0.1% × 0.1%" in call(model)[1]


def test_json(call, chain):
    status, out, _ = call(chain, "--format", "json")
    found = json.loads(out)
    assert (status, found["schema"], found["version"]) == (0, "cnncalc/receptive-field", 1)
    layer = next(each for each in found["layers"] if each["name"] == "conv3")
    assert layer["size"] == [12, 12]
    assert layer["stride"] == [2, 2]
    assert layer["padding"] == [5, 5]
    assert layer["centre"] == [0.5, 0.5]
    assert layer["covered_percent"] == [round(1200 / 28, 4)] * 2
    assert found["answers"][0]["covered"] is False
    assert {"layers", "dilation"} <= {each["way"] for each in found["answers"][0]["proposals"]}


def test_csv_has_a_line_an_axis(call, chain):
    status, out, _ = call(chain, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [(row["layer"], row["axis"], row["size"]) for row in rows[-3:]] == [
        ("conv3", "row", "12"),
        ("conv3", "column", "12"),
        ("flatten1", "", ""),
    ]
    assert len(list(csv.DictReader(io.StringIO(call(chain, "-f", "csv", "--all")[1])))) == len(rows) + 1  # and dense1


def test_markdown(call, chain):
    status, out, _ = call(chain, "--format", "markdown")
    assert status == 0
    assert "| conv3 | conv 3×3, 8 filters, padding 1 |" in out


def test_a_misaligned_merge_is_named(call, tmp_path):
    path = tmp_path / "graph4.yaml"
    path.write_text(
        "input: 8x8x1\nconvention: keras\nlayers:\n  - add: [{conv: 1, kernel: 1, stride: 4}, "
        "[{conv: 1, kernel: 3, stride: 2, padding: same}, {conv: 1, kernel: 1, stride: 2}]]\n"
    )
    _, out, _ = call(path)
    assert "add1 is misaligned" in out
    assert "branch conv1  stride 4, centre of unit 0 at 0" in out
    assert "branch conv3  stride 4, centre of unit 0 at 1" in out
    assert "They line up with `padding: [[1, 0], [1, 0]]` at conv2." in out
    found = json.loads(call(path, "-f", "json")[1])["misalignments"]
    assert found[0]["aligned_by"] == {"layer": "conv2", "setting": "padding", "padding": [[1, 0], [1, 0]]}


# -- one unit


def test_the_box_of_a_unit_is_drawn(call, tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("input: 4x5x1\nlayers: [{conv: 3x3x1, padding: 1}]\n")
    status, out, _ = call(path, "--layer", "conv1", "--at", "0,4")
    assert status == 0
    drawn = [line.split("  ", 1)[-1].lstrip() for line in out.splitlines() if line[:1] in "−0123456789" and line]
    # rows −1 … 1 and columns 3 … 5 of four rows and five columns
    assert drawn == ["+++", "...##+", "...##+", ".....", "....."]
    lines = [line.split() for line in out.splitlines()]
    assert ["row", "4", "−1", "to", "1", "0", "to", "1"] in lines
    assert ["column", "5", "3", "to", "5", "3", "to", "4"] in lines


def test_the_box_as_json_csv_and_markdown(call, chain):
    found = json.loads(call(chain, "--layer", "conv3", "--at", "5,0", "-f", "json")[1])
    # 2·5 − 5 = 5, and 12 of them; −5 … 6
    assert found["boxes"] == [
        {"input": "input", "status": "local", "box": [[5, 16], [-5, 6]], "clipped": [[5, 16], [0, 6]], "gated": False}
    ]
    rows = list(csv.DictReader(io.StringIO(call(chain, "--layer", "conv3", "--at", "5,0", "-f", "csv")[1])))
    assert (rows[1]["first"], rows[1]["last"], rows[1]["clipped_first"]) == ("-5", "6", "0")
    assert "```text" in call(chain, "--layer", "conv3", "--at", "5,0", "-f", "markdown")[1]


def test_a_large_input_is_drawn_within_the_width(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = call("vgg16", "--layer", "conv5.2", "--at", "0,7")
    assert all(len(line) <= 60 for line in out.splitlines() if line and line[0] in "−0123456789")


def test_a_unit_of_a_vector_sees_everything(call, chain):
    status, out, _ = call(chain, "--layer", "dense1")
    assert status == 0
    assert "It sees the whole input, 28×28×1." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "conv9"], "there is no layer 'conv9'; did you mean"),
        (["--layer", "conv1", "--at", "28,0"], "units count from 0"),
        (["--layer", "conv1", "--at", "5"], "has 2 axes"),
        (["--layer", "conv1", "--at", "5,x"], "whole numbers"),
        (["--layer", "conv1", "--at", "-1,0"], "whole numbers"),
        (["--layer", "dense1", "--at", "0"], "has 0 axes"),
        (["--at", "0,0"], "--layer"),
        (["--cover", "0"], "one size of at least 1"),
        (["--cover", "1x2x3"], "one size of at least 1"),
        (["--cover", "big"], "whole numbers"),
        (["--format", "xml"], "expected"),
    ],
)
def test_usage_errors(call, chain, arguments, said):
    status, out, err = call(chain, *arguments)
    assert (status, out) == (2, "")
    assert said in " ".join(err.replace("│", "").split())


def test_no_dilation_of_a_stride_that_keras_refuses():
    text = "input: 40x40x1\nlayers: [{conv: 3x3x8, stride: 2, padding: 1}]\n"
    ways = {
        each: [found.way for found in answer(f"convention: {each}\n{text}", (12,)).proposals]
        for each in ("lecture", "keras")
    }
    assert "dilation" in ways["lecture"]
    assert "dilation" not in ways["keras"]
