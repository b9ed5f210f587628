"""`matmul`: what its two matrices are, and what a row of the product sees."""

from __future__ import annotations

import numpy as np
import pytest

import cnncalc
from cnncalc.layers.base import CHANNEL_AXIS
from cnncalc.settings.shape import Shape

NON_LOCAL = """\
convention: {convention}
layout: {layout}
input: {input}
layers:
  - {{conv: 4, kernel: 3, padding: 1, name: query}}
  - {{conv: 4, kernel: 2, stride: 2, from: input, name: key}}
  - {{conv: 8, kernel: 2, stride: 2, from: input, name: value}}
  - {{matmul: [query, key], transpose: second, name: scores}}
  - softmax
  - {{matmul: [[], value], name: sums}}
"""


@pytest.mark.parametrize(("convention", "layout", "size"), [
    ("lecture", "channels_last", "6x4x8"), ("pytorch", "channels_first", "8x6x4"), ("keras", "channels_last", "6x4x8"),
])  # fmt: skip
def test_attention_written_out(convention, layout, size):
    """24 queries, 6 keys and values: 24·6·4 products for the scores, 24·6·8 for the sums."""
    spec = cnncalc.load(NON_LOCAL.format(convention=convention, layout=layout, input=size))
    scores, _, sums = cnncalc.analyze(spec).layers[-3:]
    assert (scores.node.output, scores.macs) == (Shape((6, 4), 6), 24 * 6 * 4)
    assert (sums.node.output, sums.macs) == (Shape((6, 4), 8), 24 * 6 * 8)
    assert scores.fields["input"].status == sums.fields["input"].status == "global"
    assert cnncalc.verify(spec).is_right


@pytest.mark.parametrize(
    ("entries", "carriers", "size"),
    [
        # the rows of the first stay where they are; its columns are summed
        ("{matmul: [a, {learned: 3x5}]}", (), (3,)),
        ("{matmul: [a, {learned: 4x3}], transpose: second}", (), (3,)),
        # the columns of the second stay; as rows, which its positions are, they become channels
        ("{matmul: [{learned: 4x3}, a], transpose: second}", (CHANNEL_AXIS,), (3,)),
        ("{matmul: [{learned: 4x8}, a]}", None, None),
        ("{matmul: [a, {learned: 8x3}], transpose: first}", None, None),
    ],
)  # fmt: skip
def test_what_is_seen_through_one_of_them(entries, carriers, size):
    spec = cnncalc.load(f"input: 8x3\nlayers: [{{conv: 3, kernel: 3, padding: 1, name: a}}, {entries}]")
    field = cnncalc.analyze(spec).end.fields["input"]
    assert field.status == ("global" if carriers is None else "local")
    if carriers is not None:
        assert (field.size, field.carriers) == (size, carriers)
    assert cnncalc.verify(spec).is_right


def test_through_the_second_as_it_is_channels_keep_their_field():
    """Places that have become channels stay apart where channels do."""
    turned = "{permute: {channels: position, position: channels}, name: turned}"
    text = f"input: 8x3\nlayers: [{{conv: 3, kernel: 3, padding: 1}}, {turned}, {{matmul: [{{learned: 4x3}}, turned]}}]"
    field = cnncalc.analyze(cnncalc.load(text)).end.fields["input"]
    assert (field.status, field.size, field.carriers) == ("local", (3,), (CHANNEL_AXIS,))


def test_a_map_and_a_sequence_are_multiplied_in_every_framework():
    for convention in ("keras", "pytorch"):
        head = f"convention: {convention}\nlayout: channels_last\ninput: 4x4x6\n"
        assert not cnncalc.load(f"{head}layers: [matmul: [input, {{learned: 6x5}}]]").remarks


def test_values_are_those_of_the_matrices():
    text = "inputs: {a: 2x2x3, b: 3x2}\nlayers: [{matmul: [a, b]}]"
    a, b = np.arange(12.0).reshape(1, 2, 2, 3), np.array([[[1.0, 0], [0, 2], [1, 1]]])
    y = cnncalc.run(cnncalc.load(text), {"a": a, "b": b})["matmul1"]
    assert y.tolist() == [[[[2, 4], [8, 13]], [[14, 22], [20, 31]]]]  # 0 + 2, 2·1 + 2; …


def test_how_it_is_explained():
    spec = cnncalc.load(NON_LOCAL.format(convention="lecture", layout="channels_last", input="6x4x8"))
    text = cnncalc.explain(spec, "scores", "sums").render()
    assert "scores  matmul second transposed   6×4×4, 3×2×4 → 6×4×6" in text
    assert "output channels: h_2·w_2 = 3·2 = 6\n    a column for each position of the second matrix" in text
    assert (
        "macs: h_1·w_1·c_1·c_out = 6·4·4·6 = 576\n    every output is a row of the first times a row of the second"
        in text
    )
    assert "The matrix product (the second transposed) of query (6×4×4) and key (3×2×4)." in text
    assert "every output is a row of the first times a column of the second: a product for each channel" in text
