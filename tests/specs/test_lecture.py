"""The lecture's worked examples, held against the figures in tests/data."""

import pytest
from helpers import TYPICAL
from specs.reference import analyzed, table

import cnncalc


def sizes(text):
    return tuple(map(int, text.split("x")))


# -- the lecture

CASES = {
    "floor formula with padding and stride": "floor_formula_stride_padding",
    "floor formula": "floor_formula",
    "feature maps stacked": "two_filters",
    "rgb image": "rgb_image",
    "typical cnn": "typical_cnn",
    "1-D": "one_d",
    "2-D": "two_d",
    "3-D": "three_d",
}


@pytest.mark.parametrize("row", table("lecture"), ids=lambda row: f"{row['case']}-{row['layer']}")
def test_worked_example(row):
    analysis = analyzed(CASES[row["case"]])
    assert analysis.spec.graph.inputs[0].output.sizes("channels_last") == sizes(row["input"])
    entry = next(entry for entry in analysis.entries if entry.name == row["layer"])
    assert entry.output.sizes("channels_last") == sizes(row["output"])
    assert entry.params == int(row["params"])
    field = entry.fields["input"]
    if row["receptive_field"] == "global":
        assert field.status == "global"
    else:
        wanted = sizes(row["receptive_field"])
        assert (field.status, field.size) == ("local", wanted * len(field.axes) if len(wanted) == 1 else wanted)


def test_every_entry_of_a_worked_example_stands_in_the_table():
    rows = [(CASES[row["case"]], row["layer"]) for row in table("lecture")]
    assert sorted(rows) == sorted((case, entry.name) for case in CASES.values() for entry in analyzed(case).entries)


def test_the_typical_network_as_a_whole():
    analysis = analyzed("typical_cnn")
    # 80 + 1,168 + 25,664 + 650; and 26·26·9·8 + 11·11·9·8·16 + 400·64 + 64·10
    assert (
        (analysis.totals.params, analysis.totals.macs) == (27_562, 48_672 + 139_392 + 25_600 + 640) == (27_562, 214_304)
    )
    assert [entry.fields["input"].size for entry in analysis.entries[:4]] == [(3, 3), (4, 4), (8, 8), (10, 10)]


def test_memory_of_the_typical_network_without_activations():
    totals = cnncalc.analyze(cnncalc.load(TYPICAL)).totals
    # 4 bytes for each of 26·26·8 + 13·13·8 + 11·11·16 + 5·5·16 + 400 + 64 + 10 numbers
    assert totals.activation_bytes == 4 * (5408 + 1352 + 1936 + 400 + 400 + 64 + 10) == 38_280
    # while max_pool1 runs, what it reads and what it writes are alive: more than conv1's 784 + 5408 numbers
    assert (totals.peak_activation_bytes, totals.peak_at) == (4 * (5408 + 1352), "max_pool1") == (27_040, "max_pool1")
    assert totals.param_bytes == 4 * 27_562 == 110_248
    assert (totals.params, totals.macs) == (27_562, 214_304)


def test_the_keras_network():
    # 28 → 26 → 13 → 11 → 5 along each side, so that 5·5·64 = 1,600 numbers reach the first dense layer
    params = [3 * 3 * 1 * 32 + 32, 0, 3 * 3 * 32 * 64 + 64, 0, 0, 1600 * 1024 + 1024, 1024 * 10 + 10]
    analysis = analyzed("keras_cnn")
    assert [entry.params for entry in analysis.entries] == params
    assert analysis.totals.params == sum(params) == 1_668_490


# -- beside the lecture


def test_tiny_vgg():
    # CNN Explainer: 64 → 62 → 60 → 30 → 28 → 26 → 13 along each side, ten maps each; 13·13·10 = 1,690 values
    analysis = analyzed("tiny_vgg")
    first, other = 3 * 3 * 3 * 10 + 10, 3 * 3 * 10 * 10 + 10
    assert [entry.params for entry in analysis.entries] == [first, other, 0, other, other, 0, 0, 1690 * 10 + 10]
    macs = 62 * 62 * 9 * 3 * 10 + (60 * 60 + 28 * 28 + 26 * 26) * 9 * 10 * 10 + 1690 * 10
    assert analysis.totals.macs == macs


def test_a_siamese_pair_learns_one_encoder_and_runs_it_twice():
    # 28 → 26 → 13 → 11 → 5 along each side
    encoder = 9 * 8 + 8 + 9 * 8 * 16 + 16 + 5 * 5 * 16 * 64 + 64
    analysis = analyzed("siamese")
    assert analysis.totals.params == encoder + 64 + 1
    assert analysis.totals.macs == 2 * (26 * 26 * 9 * 8 + 11 * 11 * 9 * 8 * 16 + 5 * 5 * 16 * 64) + 64


def test_a_tiny_vision_transformer():
    # 4·4 = 16 patches; four projections from 32 to 32, and for each of 16 patches 16 scores and 16 weighted sums of 32
    attention = 4 * (32 * 32 + 32), 4 * 16 * 32 * 32 + 2 * 16 * 16 * 32
    mlp = (32 * 64 + 64) + (64 * 32 + 32), 2 * 16 * 32 * 64
    norm = 2 * 32
    totals = analyzed("tiny_vit").totals
    assert totals.params == (49 * 32 + 32) + 16 * 32 + 2 * (attention[0] + mlp[0] + 2 * norm) + norm + (32 * 10 + 10)
    assert totals.macs == 16 * 49 * 32 + 2 * (attention[1] + mlp[1]) + 32 * 10
