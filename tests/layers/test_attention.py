"""Attention: what each position sees, and values, worked out by hand."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from helpers import analyzed

import cnncalc
from cnncalc.analysis.receptive_field import interval
from cnncalc.forward.engines import _attention
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.report.views.columns import settings_text


def seen(input: str, *entries: str) -> list[list[tuple[int, int] | None]]:
    """Per axis, the first and last position that each position sees; None for an axis that all see whole."""
    field = analyzed(input, *entries).end.fields["input"]
    sizes = analyzed(input, *entries).end.node.output.spatial
    return [reads and [interval(reads, i) for i in range(n)] for reads, n in zip(field.axes, sizes, strict=True)]


def test_without_windows_everything_is_seen():
    assert analyzed("6x4x8", "{attention: 2}").end.fields["input"].status == "global"


def test_windows_follow_one_another():
    assert seen("6x8", "{attention: 2, window: 3}") == [[(0, 2)] * 3 + [(3, 5)] * 3]


def test_shifted_windows_end_where_the_tensor_ends():
    """They begin at 1 and 4; the last would go on with position 0, which does not see it."""
    assert seen("6x8", "{attention: 2, window: 3, shift: 1}") == [[(0, 0)] + [(1, 3)] * 3 + [(4, 5)] * 2]


def test_two_layers_of_windows_see_further():
    """Positions 0 to 2 of the second see 0 to 2 of the first; its position 2 is in the window that begins at 1."""
    entries = "{attention: 2, window: 3, shift: 1}", "{attention: 2, window: 3}"
    assert seen("6x8", *entries) == [[(0, 3)] * 3 + [(1, 5)] * 3]


def test_there_is_no_shift_along_an_axis_that_one_window_covers():
    assert seen("3x6x8", "{attention: 2, window: 3, shift: 1}") == [None, [(0, 0)] + [(1, 3)] * 3 + [(4, 5)] * 2]
    assert analyzed("3x3x8", "{attention: 2, window: 3, shift: 1}").end.fields["input"].status == "global"


def test_every_second_position():
    assert seen("6x8", "{attention: 2, dilation: 2}") == [[(0, 4), (1, 5)] * 3]
    assert seen("8x8", "{attention: 2, window: 4, dilation: 2}") == [[(0, 2), (1, 3)] * 2 + [(4, 6), (5, 7)] * 2]


def test_causal_windows_see_their_window_up_to_a_position():
    assert seen("6x8", "{attention: 2, window: 3, causal: true}") == [[(0, 0), (0, 1), (0, 2), (3, 3), (3, 4), (3, 5)]]


def test_counts_do_not_depend_on_shift_or_order():
    """64 positions, each with 16 keys: 4·64·8·8 for the projections, 2·64·16·8 for the rest."""
    for more in ("", ", shift: 2"):
        layer = analyzed("8x8x8", f"{{attention: 2, window: 4{more}}}").end
        assert (layer.macs, layer.params) == (4 * 64 * 8 * 8 + 2 * 64 * 16 * 8, 4 * (64 + 8))
    for more in ("", ", causal: true"):
        assert analyzed("5x8", f"{{attention: 2{more}}}").end.macs == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8


def test_a_number_of_the_position_bias_for_each_difference():
    def biases(input: str, settings: str) -> int:
        return analyzed(input, f"{{attention: 2, position_bias: relative{settings}}}").end.params - 4 * (64 + 8)

    assert biases("8x8x8", ", window: 4x2") == 7 * 3 * 2
    assert biases("8x8x8", "") == 15 * 15 * 2
    assert biases("8x8x8", ", dilation: 2x4") == 7 * 3 * 2
    assert biases("5x8", "") == 9 * 2


# -- values


def run(text: str, x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """The values that the only layer gives, with arrays that are not mentioned as matrices of ones."""
    node = cnncalc.load(text).graph.nodes[0]
    arrays = {name: weights.get(name, np.eye(*each.shape)) for name, each in node.weights.items()}
    return node.layer.run(Arrays(dtype="float64"), [x[None]], arrays)[0]


X = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])


def test_a_mean_weighted_by_how_well_keys_match():
    """Queries, keys and values are the input itself: position 0 matches with 1, 0 and 1, divided by √2."""
    y = run("input: 3x2\nlayers: [{attention: 1, bias: false}]\n", X, {})
    matches = [exp(1 / sqrt(2)), 1.0, exp(1 / sqrt(2))]
    assert y[0] == pytest.approx(sum(m * x for m, x in zip(matches, X, strict=True)) / sum(matches))


def test_causal_attention_begins_with_itself():
    y = run("input: 3x2\nlayers: [{attention: 1, bias: false, causal: true}]\n", X, {})
    matches = [1.0, exp(4 / sqrt(2))]
    assert y[0] == pytest.approx(X[0])
    assert y[1] == pytest.approx((matches[0] * X[0] + matches[1] * X[1]) / sum(matches))


def test_the_position_bias_is_of_the_query_minus_the_key():
    """Differences run from −2 to 2; only that of −1, a key just after the query, has a bias."""
    bias = np.array([[0.0], [100.0], [0.0], [0.0], [0.0]])
    y = run("input: 3x2\nlayers: [{attention: 1, bias: false, position_bias: relative}]\n", X, {"position_bias": bias})
    assert y[:2] == pytest.approx(X[1:])


def test_heads_share_keys_in_order():
    """Heads 0 and 1 have the first value, 2 and 3 the second; with equal scores each is a mean of all positions."""
    text = "input: 3x4\nlayers: [{attention: 4, key_heads: 2, bias: false}]\n"
    x, zeros = np.arange(12.0).reshape(3, 4), np.zeros((4, 4))
    values = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    y = run(text, x, {"query": zeros, "value": values})
    assert y[0] == pytest.approx([4.0, 4.0, 5.0, 5.0])


@pytest.mark.parametrize("settings", ["", ", causal: true", ", window: 2, shift: 1, position_bias: relative"])
def test_a_few_queries_at_a_time_give_the_same(settings, monkeypatch):
    text, draw = f"input: 6x4\nlayers: [{{attention: 2{settings}}}]\n", np.random.default_rng(0)
    weights = {name: draw.normal(size=each.shape) for name, each in cnncalc.load(text).graph.nodes[0].weights.items()}
    x = draw.normal(size=(6, 4))
    whole = run(text, x, weights)
    monkeypatch.setattr(_attention, "MAX_SCORES", 1)
    assert run(text, x, weights) == pytest.approx(whole)


# -- sizes that do not fit


@pytest.mark.parametrize(
    ("input", "setting", "way"),
    [
        ("28x21x8", "window: 6", "7 would"),
        ("56x80x8", "window: 7", "4 or 8 would"),
        ("31x37x8", "window: 7", "31x37 would"),
        ("5x14x8", "window: 7", "5x7 would; timm's Swin takes the whole size then"),
        ("6x9x8", "dilation: 2", "1 or 3 would"),
        ("8x9x8", "dilation: 2x2", "1 would"),
        ("8x9x8", "dilation: 3x4", "2x3 would"),
    ],
)
def test_what_is_proposed_divides_every_axis(input: str, setting: str, way: str):
    def load(entry: str) -> cnncalc.Spec:
        return cnncalc.load(f"input: {input}\nlayers: [{{attention: 2, {entry}}}]")

    with pytest.raises(cnncalc.SpecError) as error:
        load(setting)
    (finding,) = error.value.diagnostics
    assert way in finding.help
    for size in way.split(" would")[0].split(" or "):
        assert load(f"{setting.split(':')[0]}: {size}")


def test_large_sizes_and_biases_in_a_label():
    def shown(settings: str) -> str:
        return settings_text(analyzed("5x8", f"{{attention: 2, {settings}}}").end.node.layer, "channels_last")

    assert shown("key_size: 1000000, value_size: 2000") == "2 heads, key size 1,000,000, value size 2,000"
    assert shown("output_bias: false") == "2 heads, no output bias"
    assert shown("bias: false, output_bias: true") == "2 heads, no bias, output bias"
    assert shown("bias: false") == "2 heads, no bias"


def test_along_an_axis_that_one_window_covers_a_shift_is_not_shown():
    def shown(input: str) -> str:
        return settings_text(analyzed(input, "{attention: 2, window: 3, shift: 1}").end.node.layer, "channels_last")

    assert shown("3x3x8") == "2 heads, window 3×3"
    assert shown("3x6x8") == "2 heads, window 3×3, shift 0×1"
    assert shown("6x6x8") == "2 heads, window 3×3, shift 1"
