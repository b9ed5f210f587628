"""Lints about receptive fields and about where the parameters are: what they find, and what they leave alone."""

from __future__ import annotations

import pytest
from checks.linting import said

FOUND = [
    # a window [i, i + 1] beside [i, i]: centres 1/2 apart
    ("CNN516", "- add: [[{conv: 2x2x4, padding: [[0, 1], [0, 1]]}], []]", "8x8x4", "1/2 position of `input` apart"),
    (
        "CNN516",
        "- add: [[{conv: 3x3x4, stride: 2, padding: 1}], {crop: 2}]",
        "8x8x4",
        "they step by 2 and by 1 positions",
    ),
    ("CNN516", "- concat: [[{conv: 5x5x4}], [{crop: [[0, 4], [0, 4]]}]]", "9x9x4", "2 positions of `input` apart"),
    ("CNN521", "- conv: 3x3x8\n- flatten\n- dense: 10", "28x28x1", "54,090 of the model's 54,170 parameters; 99%"),
    ("CNN522", "- conv: 3x3x8", "28x28x1", "`conv1`, 3×3, does not cover the input, 28×28"),
    ("CNN522", "- conv: 8x3x8\n- flatten\n- {dense: 2}", "8x8x1", "`conv1`, 8×3, does not cover the input, 8×8"),
    # 1 + 16·2 = 33
    ("CNN523", "- {conv: 3x3x8, padding: 1, repeat: 16}", "4x4x1", "33×33, is 8 times the input, 4×4"),
]
LEFT_ALONE = [
    ("CNN516", "- residual: [{conv: 3x3x4, padding: 1}]", "8x8x4"),
    (
        "CNN516",
        "- residual: [{conv: 3x3x8, stride: 2, padding: 1}]\n  shortcut: {conv: 8, kernel: 1, stride: 2}",
        "8x8x4",
    ),
    ("CNN516", "- multiply: [[], [global_avg_pool, {dense: 4}]]", "8x8x4"),  # a gate
    (
        "CNN516",
        "- residual: [{conv: 4, kernel: 2, dilation: 4, padding: causal}]",
        "8x4",
    ),  # both end in the same moment
    ("CNN521", "- conv: 3x3x8\n- global_avg_pool\n- dense: 8", "28x28x1"),  # 72 of 152
    ("CNN521", "- flatten\n- dense: 10", "28x28x1"),  # no convolution: there is nothing else
    ("CNN522", "- conv: 28x28x8", "28x28x1"),
    ("CNN522", "- {conv: 3x3x4, padding: 1}\n- multiply: [[], [global_avg_pool, {dense: 4}]]", "9x9x4"),  # gated
    ("CNN522", "- dense: 4", "8"),
    ("CNN523", "- {conv: 3x3x8, padding: 1, repeat: 15}", "4x4x1"),  # 31 is not 8 times
    ("CNN523", "- flatten\n- dense: 4", "4x4x1"),
]


@pytest.mark.parametrize(("code", "entries", "input", "words"), FOUND)
def test_found(code: str, entries: str, input: str, words: str):
    (text,) = said(code, entries, input)
    assert words in text


@pytest.mark.parametrize(("code", "entries", "input"), LEFT_ALONE)
def test_left_alone(code: str, entries: str, input: str):
    assert said(code, entries, input) == []


def test_only_the_merge_at_which_branches_part():
    assert (
        len(said("CNN516", "- add: [[{conv: 2x2x4, padding: [[0, 1], [0, 1]]}], []]\n- add: [[relu], []]", "8x8x4"))
        == 1
    )
