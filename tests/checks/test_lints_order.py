"""Lints about the order of layers: what they find, and what they leave alone."""

from __future__ import annotations

import pytest
from checks.linting import found, said

FOUND = [
    ("CNN512", "- {conv: 3x3x8, norm: batch_norm}", "8 numbers"),
    ("CNN512", "- {conv: 3x3x8, bias: true}\n- batch_norm", "`batch_norm1` cancels the bias of `conv1`"),
    ("CNN512", "- {depthwise_conv: 3, multiplier: 2}\n- {batch_norm, scale: false}", "8 numbers"),
    ("CNN512", "- {conv_transpose: 3x3x1}\n- batch_norm", "1 number,"),
    ("CNN512", "- flatten\n- {dense: 5, norm: batch_norm}", "5 numbers"),
    ("CNN513", "- {conv: 3x3x8, activation: relu}\n- relu", "`relu` twice"),
    ("CNN513", "- {conv: 3x3x8, activation: relu}\n- dropout: 0.5\n- softmax", "`softmax` after `relu`"),
    ("CNN513", "- relu\n- identity\n- leaky_relu", "it reads `relu1`, which is"),
    ("CNN513", "- {add: [[], []], activation: relu}\n- tanh", "it reads `add1.relu`"),
    ("CNN514", "- flatten\n- dense: 64\n- dense: 10", "3,136 → 64 → 10"),
    ("CNN514", "- flatten\n- dense: 64\n- dropout: 0.5\n- dense: 64", "3,136 → 64 → 64"),
    ("CNN514", "- global_avg_pool\n- {dense: 5, bias: false}\n- identity\n- dense: 6", "4 → 5 → 6"),
    ("CNN515", "- flatten\n- {dense: 64, activation: softmax}\n- dense: 10", "its 64 numbers sum to 1"),
    ("CNN515", "- softmax\n- conv: 3x3x8", "`softmax` is not last: `conv1` reads it"),
    ("CNN515", "- log_softmax\n- dropout: 0.5\n- flatten\n- dense: 8", "`log_softmax` is not last: `dense1` reads it"),
    ("CNN515", "- flatten\n- {dense: 8, activation: softmax}\n- layer_norm", "`layer_norm1` reads it"),
    ("CNN517", "- dropout: 0.5\n- batch_norm", "`batch_norm1` reads `dropout1`, a dropout"),
    ("CNN517", "- {drop_path: 0.1}\n- identity\n- {batch_norm, affine: false}", "reads `drop_path1`"),
    (
        "CNN525",
        "- {conv: 3x3x8, dilation: 2}\n- {conv: 3x3x8, dilation: 2}",
        "the same dilation, 2, as `conv1` before it",
    ),
    (
        "CNN525",
        "- {conv: 3x3x8, dilation: 3, norm: batch_norm}\n- relu\n- {depthwise_conv: 3, dilation: 3}",
        "every 3rd",
    ),
    ("CNN525", "- {conv: 3x3x8, dilation: 4}\n- conv: 1x1x8\n- {conv: 3x3x8, dilation: 1x4}", "every 4th position"),
]
LEFT_ALONE = [
    ("CNN512", "- {conv: 3x3x8, bias: false, norm: batch_norm}"),
    ("CNN512", "- {conv: 3x3x8, norm: layer_norm}"),
    ("CNN512", "- {conv: 3x3x8, norm: {group_norm: 4}}"),  # one mean for two channels: biases matter
    ("CNN512", "- {conv: 3x3x8, norm: {batch_norm: {center: false}}}"),
    ("CNN512", "- {conv: 3x3x8, activation: relu}\n- batch_norm"),  # a bias before relu matters
    ("CNN512", "- conv: 3x3x8\n- batch_norm\n- concat: [[], conv1]"),  # somebody else reads it with its bias
    ("CNN512", "- conv: 3x3x8\n- {max_pool: 2, stride: 2}\n- batch_norm"),
    ("CNN513", "- relu\n- conv: 3x3x8\n- relu"),
    ("CNN513", "- {conv: 3x3x8, activation: relu}\n- batch_norm\n- relu"),
    ("CNN513", "- relu\n- max_pool: 2\n- relu"),
    ("CNN513", "- concat: [[relu], [{conv: 1x1x4, activation: relu}]]\n- relu"),  # not directly
    ("CNN513", "- residual: [relu, {conv: 1x1x4}]\n  activation: relu"),
    ("CNN514", "- flatten\n- {dense: 64, activation: relu}\n- dense: 10"),
    ("CNN514", "- flatten\n- {dense: 64, norm: batch_norm}\n- dense: 10"),
    ("CNN514", "- flatten\n- {dense: 4, name: code}\n- dense: 784"),  # narrower than both ends: a factorisation
    ("CNN514", "- flatten\n- dense: 64\n- add: [[{dense: 64}], dense1]"),  # somebody else reads it too
    ("CNN514", "- {conv: 3x3x8}\n- flatten\n- dense: 10"),
    ("CNN515", "- flatten\n- {dense: 10, activation: softmax}"),
    ("CNN515", "- {conv: 3x3x8}\n- {softmax, axis: height}\n- {conv: 1, kernel: 1}"),
    ("CNN515", "- multiply: [[], [{conv: 1x1x4, activation: softmax}]]\n- conv: 3x3x8"),  # attention
    ("CNN515", "- concat: [[], [softmax]]\n- conv: 3x3x8"),
    ("CNN515", "- {conv: 1x1x10, activation: softmax}\n- global_avg_pool"),  # scores of several places, averaged
    ("CNN515", "- {conv: 1x1x10, activation: softmax}\n- {upsample: 2}"),
    ("CNN515", "- {conv: 1x1x10, activation: sigmoid}\n- conv: 3x3x8"),
    ("CNN517", "- dropout: 0\n- batch_norm"),
    ("CNN517", "- dropout: 0.5\n- relu\n- batch_norm"),  # not directly
    ("CNN517", "- dropout: 0.5\n- {conv: 3x3x8, norm: batch_norm}"),
    ("CNN517", "- dropout: 0.5\n- layer_norm"),  # of the sample itself: there is nothing to remember
    ("CNN517", "- batch_norm\n- dropout: 0.5"),
    ("CNN525", "- {conv: 3x3x8, dilation: 1}\n- {conv: 3x3x8, dilation: 2}\n- {conv: 3x3x8, dilation: 5}"),
    ("CNN525", "- conv: 3x3x8\n- conv: 3x3x8"),
    ("CNN525", "- {conv: 3x3x8, dilation: 2}\n- {max_pool: 2}\n- {conv: 3x3x8, dilation: 2}"),
    ("CNN525", "- {conv: 3x3x8, dilation: 2}\n- {conv: 1x1x8, dilation: 2}"),
]


@pytest.mark.parametrize(("code", "entries", "words"), FOUND)
def test_found(code: str, entries: str, words: str):
    (text,) = said(code, entries)
    assert words in text


@pytest.mark.parametrize(("code", "entries"), LEFT_ALONE)
def test_left_alone(code: str, entries: str):
    assert said(code, entries) == []


def test_an_output_is_what_the_model_is_for():
    """A softmax, a dense layer, a convolution that is an output of the model is meant."""
    lines = "- flatten\n- {dense: 64, name: scores}\n- {softmax, name: shares}\n- {dense: 10, name: more}"
    assert said("CNN515", lines, top="outputs: [shares, more]\n") == []
    lines = "- flatten\n- {dense: 64, name: code}\n- {dense: 10, name: more}"
    assert said("CNN514", lines, top="outputs: [code, more]\n") == []
    lines = "- {conv: 3x3x8, name: raw}\n- {batch_norm, name: more}"
    assert said("CNN512", lines, top="outputs: [raw, more]\n") == []


def test_the_place_is_the_setting_where_it_is_written():
    (one,) = found("CNN512", "- {conv: 3x3x8, bias: true, norm: batch_norm}")
    assert (one.span.line, one.span.column) == (3, 25)
    (one,) = found("CNN512", "- {conv: {filters: 8, kernel: 3, bias: true}, norm: batch_norm}")
    assert (one.span.line, one.span.column) == (3, 42)
    (one,) = found("CNN512", "- {conv: 3x3x8, norm: batch_norm}")
    assert (one.span.line, one.span.column) == (3, 6)


BLOCK = """blocks:
  unit:
    args: [width]
    layers:
      - {conv: $width, kernel: 3, norm: batch_norm}
  outer:
    - {unit: 8}
"""


def test_a_mistake_in_a_block_is_told_once_with_the_calls():
    (one,) = found("CNN512", "- {outer, repeat: 3}\n- unit: 8", top=BLOCK)
    assert one.span.line == 5
    assert one.chain == ("in `unit`, called at net.yaml:7:8", "in `outer`, called at net.yaml:10:6")


def test_a_shared_layer_is_one_layer():
    lines = "- {conv: 3x3x4, norm: batch_norm, name: stem, padding: 1}\n- {share: stem}"
    assert len(found("CNN512", lines)) == 1
