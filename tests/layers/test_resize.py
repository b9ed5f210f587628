"""`resize`: values worked out by hand, and what each position reads."""

import numpy as np
import pytest

import cnncalc
from cnncalc.explanation.derivation import explain
from cnncalc.forward.proof.verification import verify

FOUR = [0.0, 10.0, 20.0, 40.0]


def resized(values, m, settings="", convention="lecture"):
    """A sequence at m positions."""
    text = f"""
convention: {convention}
layout: channels_last
inputs: {{x: {len(values)}x1, size: {m}x1}}
layers:
  - {{resize: {{like: size{settings}}}, from: x}}
"""
    x = np.array(values).reshape(-1, 1)
    return (
        cnncalc.run(cnncalc.load(text), {"x": x, "size": np.zeros((m, 1))}, dtype="float64")["resize1"].ravel().tolist()
    )


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        (8, [0, 0, 10, 10, 20, 20, 40, 40]),
        (6, [0, 0, 10, 20, 20, 40]),  # ⌊i·4/6⌋ = 0 0 1 2 2 3
        (3, [0, 10, 20]),  # ⌊i·4/3⌋ = 0 1 2
        (1, [0]),
    ],
)
def test_nearest(m, expected):
    assert resized(FOUR, m) == resized(FOUR, m, convention="pytorch") == expected


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        (8, [0, 0, 10, 10, 20, 20, 40, 40]),
        (6, [0, 10, 10, 20, 40, 40]),  # ⌊(2i + 1)·4/12⌋ = 0 1 1 2 3 3
        (3, [0, 20, 40]),  # ⌊(2i + 1)·4/6⌋ = 0 2 3
        (1, [20]),  # ⌊4/2⌋ = 2
    ],
)
def test_nearest_to_the_centre(m, expected):
    assert resized(FOUR, m, convention="keras") == resized(FOUR, m, ", centers: true") == expected


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        # position i stands at (i + ½)·4/m − ½: −¼ ¼ ¾ 5/4 7/4 9/4 11/4 13/4
        (8, [0, 2.5, 7.5, 12.5, 17.5, 25, 35, 40]),
        (2, [5, 30]),  # ½ and 5/2
        (3, [10 / 6, 15, 20 * 1 / 6 + 40 * 5 / 6]),  # 1/6, 3/2, 17/6
        (1, [15]),  # 3/2
    ],
)
def test_bilinear(m, expected):
    assert resized(FOUR, m, ", mode: bilinear") == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        (7, [0, 5, 10, 15, 20, 30, 40]),  # i·3/6
        (3, [0, 15, 40]),  # 0, 3/2, 3
        (2, [0, 40]),
        (1, [0]),
    ],
)
def test_bilinear_with_aligned_corners(m, expected):
    assert resized(FOUR, m, ", mode: bilinear, align_corners: true") == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("settings", ["", ", mode: bilinear", ", mode: bilinear, align_corners: true"])
@pytest.mark.parametrize("m", [1, 4, 5])
def test_a_single_position_is_repeated_and_an_equal_size_changes_nothing(settings, m):
    assert resized([3.0], m, settings) == [3] * m
    if m == 4:
        assert resized(FOUR, m, settings) == FOUR


def test_both_axes():
    text = "inputs: {x: 2x2x1, size: 3x2x1}\nlayers:\n  - {resize: {like: size, mode: bilinear}, from: x}\n"
    x = np.array([[0.0, 6.0], [12.0, 18.0]])[..., None]
    # rows stand at −1/6, ½, 7/6: 0, half way, 1
    assert cnncalc.run(cnncalc.load(text), {"x": x, "size": np.zeros((3, 2, 1))})["resize1"][..., 0].tolist() == [
        [0, 6],
        [6, 12],
        [12, 18],
    ]


def test_an_infinite_value_stays_where_it_is():
    # position 1 of 3 is exactly position 1 of 3 …: where nothing of a neighbour is taken, not even infinity shows
    values = resized([0.0, 8.0, 1e308, 8.0, 0.0], 3, ", mode: bilinear, align_corners: true")
    assert values == [0, 1e308, 0]


def test_fields():
    text = "input: 9x1\nlayers:\n  - {conv: 3x1, name: a}\n  - {max_pool: 2}\n  - {resize: {like: a, mode: bilinear}}\n"
    analysis = cnncalc.analyze(cnncalc.load(text))
    # 7 outputs between 3 that each see 4 positions, 2 apart: two neighbours see 6
    field = analysis.end.fields["input"]
    assert field.size == (6,)
    assert str(field.stride[0]) == "6/7"  # 2·3/7
    # unit 3 stands at (3 + ½)·3/7 − ½ = 1: exactly on unit 1, which sees 2 to 5
    assert field.box((3,)) == ((2, 5),)
    assert field.box((2,)) == ((0, 5),)  # 4/7: units 0 and 1
    assert verify(analysis).is_right


def test_what_a_single_position_sees_is_seen_by_all():
    text = "input: 8x8x2\nlayers:\n  - {conv: 8x8x2, name: a}\n  - {resize: {like: input}}\n  - add: [[], input]\n"
    fields = [layer.fields["input"] for layer in cnncalc.analyze(cnncalc.load(text)).layers]
    assert [field.status for field in fields] == ["local", "global", "local"]
    assert fields[2].is_gated
    assert fields[2].is_aligned


def test_one_of_two_axes():
    text = "input: 8x8x2\nlayers:\n  - {avg_pool: 1x8}\n  - {resize: {like: input}}\n  - add: [[], input]\n"
    analysis = cnncalc.analyze(cnncalc.load(text))
    fields = [layer.fields["input"] for layer in analysis.layers]
    assert [field.size for field in fields] == [(1, 8), (1, 8), (1, 1)]
    assert fields[1].stride == (1, 0)  # all units of a row see that row
    assert fields[2].is_gated
    assert fields[2].is_aligned
    assert verify(analysis).is_right


def test_it_costs_nothing_and_says_so():
    text = "input: 9x7x2\nlayers:\n  - {conv: 3x3x4, name: a}\n  - {max_pool: 2}\n  - {resize: {like: a}}\n"
    analysis = cnncalc.analyze(cnncalc.load(text))
    layer = analysis.layers[-1]
    assert (layer.params, layer.macs, layer.activation_bytes) == (0, 0, 7 * 5 * 4 * 4)
    steps = {step.quantity: (int(step.number), step.words) for step in explain(analysis, layer).steps}
    assert steps["output values"] == (140, "as many positions as `a` has, 7×5")
    assert steps["params"] == (0, "nothing to learn")
