"""Every mistake of the catalogue, on one small case, worked out here as someone would who makes it."""

import re

import pytest
from grades import grade, names, sheet

from cnncalc.homework.diagnose.mistakes import BY_NAME

CONV = "conv: 3x3x16"  # on 28x28x3: 26x26x16, 3*3*3*16 + 16 parameters
DENSE = ["flatten", "dense: 10"]

CASES = [
    ("bias forgotten", [CONV], "conv1.params", 3 * 3 * 3 * 16),
    ("one bias per weight", [CONV], "conv1.params", 2 * 3 * 3 * 3 * 16),
    ("one bias for all", [CONV], "conv1.params", 3 * 3 * 3 * 16 + 1),
    ("input channels forgotten", [CONV], "conv1.params", 3 * 3 * 16 + 16),
    ("input channels forgotten", [CONV], "conv1.macs", 26 * 26 * 3 * 3 * 16),
    ("filters forgotten", [CONV], "conv1.params", 3 * 3 * 3 + 1),
    ("filters forgotten", [CONV], "conv1.params", 3 * 3 * 3 + 16),
    ("filters forgotten", [CONV], "conv1.macs", 26 * 26 * 3 * 3 * 3),
    ("parameters given to a pool", ["max_pool: 2"], "max_pool1.params", 2 * 2 * 3 * 3 + 3),
    ("parameters given to a pool", ["max_pool: 2"], "max_pool1.params", 2 * 2 * 3),
    ("ceil for floor", [f"{{{CONV}, stride: 2}}"], "conv1.output", "14x14x16"),  # (28 - 3) / 2 = 12.5
    ("+ 1 forgotten", [CONV], "conv1.output", "25x25x16"),
    ("padding forgotten", ["{conv: 5x5x16, padding: 2}"], "conv1.output", "24x24x16"),  # 28 - 5 + 1
    ("padding forgotten", ["{conv: 5x5x16, padding: same}"], "conv1.output", "24x24x16"),
    ("padding counted once", ["{conv: 5x5x16, padding: 2}"], "conv1.output", "26x26x16"),  # 28 - 5 + 2 + 1
    ("stride forgotten", [f"{{{CONV}, stride: 2}}"], "conv1.output", "26x26x16"),
    ("stride forgotten", ["max_pool: 2"], "max_pool1.output", "27x27x3"),
    ("kernel not dilated", [f"{{{CONV}, dilation: 2}}"], "conv1.output", "26x26x16"),
    ("kernel not dilated", [f"{{{CONV}, dilation: 2}}"], "conv1.receptive_field", 3),
    ("height and width swapped", ["conv: 3x5x16"], "conv1.output", "24x26x16"),
    ("channels first for last", [CONV], "conv1.output", "16x26x26"),
    ("channels of the input kept", [CONV], "conv1.output", "26x26x3"),
    ("channels of the layer before", ["conv: 3x3x8", "max_pool: 2", CONV], "conv2.params", 3 * 3 * 3 * 16 + 16),
    ("flatten without channels", ["flatten"], "flatten1.output", 28 * 28),
    ("dense bias forgotten", DENSE, "dense1.params", 28 * 28 * 3 * 10),
    ("dense on the unflattened size", DENSE, "dense1.params", 3 * 10 + 10),
    ("dense on the unflattened size", DENSE, "dense1.params", 28 * 28 * 10 + 10),
    ("dense on the unflattened size", DENSE, "dense1.macs", 28 * 10),
    ("groups forgotten", ["{conv: 3x3x6, groups: 3}"], "conv1.params", 3 * 3 * 3 * 6 + 6),
    ("factors without offsets", ["batch_norm"], "batch_norm1.params", 3),
    ("factors without offsets", ["{conv: 3x3x8, bias: false, norm: batch_norm}"], "conv1.params",
     3 * 3 * 3 * 8 + 8),
    ("MACs for parameters", [CONV], "conv1.params", 26 * 26 * 3 * 3 * 3 * 16),
    ("parameters for MACs", [CONV], "conv1.macs", 3 * 3 * 3 * 16 + 16),
    ("FLOPs for MACs", [CONV], "conv1.macs", 2 * 26 * 26 * 3 * 3 * 3 * 16),
    ("MACs on the input's positions", [CONV], "conv1.macs", 28 * 28 * 3 * 3 * 3 * 16),
    ("biases counted as MACs", [CONV], "conv1.macs", 26 * 26 * (3 * 3 * 3 * 16 + 16)),
    ("field without the strides below", ["max_pool: 2", CONV], "conv1.receptive_field", 2 + (3 - 1)),
    ("plus k instead of k − 1", ["max_pool: 2", "conv: 5x5x16"], "conv1.receptive_field", (1 + 2) + 5 * 2),
    ("activation counted as growth", ["max_pool: 2", "{conv: 5x5x16, activation: relu}"], "conv1.receptive_field",
     2 + (5 - 1) * 2 + 1),
    ("activation counted as growth", ["max_pool: 4", "relu"], "relu1.receptive_field", 4 + 4),
    ("only this layer's window", ["max_pool: 4", "conv: 5x5x16"], "conv1.receptive_field", 5),
    ("own stride counted", ["max_pool: 2", "{conv: 5x5x16, stride: 3}"], "conv1.receptive_field",
     (1 + 1 * 2) + (5 - 1) * 2 * 3),
    ("MB for MiB", ["flatten", "dense: 100"], "total.memory", "0.94 MiB"),  # 4 * (2352 + 1) * 100 bytes = 0.9412 MB
]  # fmt: skip


@pytest.mark.parametrize(("name", "layers", "place", "answer"), CASES)
def test_a_mistake_is_named(name, layers, place, answer):
    graded = grade(sheet(layers), {place: answer})
    assert names(graded, place) == [name]
    assert graded[place].status == "wrong"


def test_every_mistake_has_its_case():
    assert {name for name, *_ in CASES} == set(BY_NAME)


@pytest.mark.parametrize("mistake", BY_NAME.values(), ids=list(BY_NAME))
def test_hints_are_sentences_without_the_answer(mistake):
    assert re.fullmatch(r"[A-Z⌊1d].*[.?]", mistake.hint)
    assert mistake.title[0].islower() or mistake.title.startswith("MACs")
    if mistake.name != "MB for MiB":  # (there the number is the unit's)
        assert not re.search(r"\d\d", mistake.hint)


@pytest.mark.parametrize(
    ("layers", "place", "answer", "input", "convention"),
    [
        (["conv: 5x16"], "conv1.output", "25x16", "30x4", "lecture"),  # 1-D, + 1 forgotten
        (["conv: 5x5x16"], "conv1.output", "16x25x23", "4x30x28", "pytorch"),
        (["conv: 2x3x4x8"], "conv1.output", "8x8x7x8", "10x11x11x2", "keras"),
    ],
)
def test_in_every_form(layers, place, answer, input, convention):
    graded = grade(sheet(layers, input, convention=convention), {place: answer})
    assert names(graded, place) == ["+ 1 forgotten"]
