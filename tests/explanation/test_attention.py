"""What `explain` says about attention: the page docs/attention.md, and each setting, its numbers worked out."""

from __future__ import annotations

import pytest
from helpers import analyzed

import cnncalc
from cnncalc.explanation.derivation import Explanation, explain
from cnncalc.recorded_numbers import numeric, symbolic
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.views.explain import ExplainReport


def one(input: str, entry: str) -> Explanation:
    analysis = analyzed(input, entry)
    return explain(analysis, analysis.layers[0])


def steps(explanation: Explanation, quantity: str) -> dict[str, tuple[str, int]]:
    """The formula in symbols and the result of each part, and under "" of the whole."""
    return {
        step.part: (symbolic(step.number), int(step.number)) for step in explanation.steps if step.quantity == quantity
    }


def words(explanation: Explanation, title: str) -> str:
    return next(step.words for step in explanation.steps if step.title == title)


def test_the_page_of_the_worked_example():
    attention = one("3x4", "attention: 2")
    (size,) = (step for step in attention.steps if step.symbol)
    assert (size.title, symbolic(size.number), numeric(size.number), int(size.number)) == (
        "key size q", "c_in / heads", "4 / 2", 2,
    )  # fmt: skip
    assert steps(attention, "params") == {
        "query projection": ("c_in·heads·q + heads·q", 20),
        "key projection": ("c_in·heads·q + heads·q", 20),
        "value projection": ("c_in·heads·q + heads·q", 20),
        "output projection": ("heads·q·c_in + c_in", 20),
        "": ("20 + 20 + 20 + 20", 80),
    }
    assert steps(attention, "macs") == {
        "query projection": ("n_in·c_in·heads·q", 48),
        "key projection": ("n_in·c_in·heads·q", 48),
        "value projection": ("n_in·c_in·heads·q", 48),
        "scores": ("n_in·n_in·heads·q", 36),
        "weighted sums": ("n_in·n_in·heads·q", 36),
        "output projection": ("n_in·heads·q·c_in", 48),
        "": ("48 + 48 + 48 + 36 + 36 + 48", 264),
    }


def test_heads_of_two_sizes_that_share_keys():
    attention = one("16x32", "{attention: 4, key_heads: 2, key_size: 8, value_size: 6, bias: false, output: 5}")
    assert not any(step.symbol for step in attention.steps), "the size of a key is given"
    assert [result for _, result in steps(attention, "params").values()] == [1024, 512, 384, 120, 2040]
    assert words(attention, "params of the key projection") == (
        "a second dense layer makes 2 keys of 8 numbers, each for 2 heads: what queries are compared with"
    )
    assert words(attention, "params of the output projection") == (
        "the last dense layer makes 5 channels of what the 4 heads found, 4·6 numbers side by side"
    )


def test_windows():
    attention = one("8x8x12", "{attention: 3, window: 4, shift: [0, 2], position_bias: relative}")
    assert steps(attention, "params")["position bias"][1] == 7 * 7 * 3
    assert words(attention, "params of the position bias") == (
        "for each head, one number for each of the 7×7 differences between two places, added to the score"
    )
    assert steps(attention, "macs")["scores"][1] == 64 * 16 * 3 * 4
    assert "the keys of the 4×4 positions of its window: 4 products" in words(attention, "macs of the scores")
    assert any("begin 2 columns later" in remark for remark in attention.remarks)


def test_windows_in_another_tensor():
    """A query sees every second row and column of the 4×4 positions of its window, but in the other tensor."""
    entry = "{attention: 4, from: a, keys: b, window: 4, dilation: 2, position_bias: relative}"
    analysis = cnncalc.analyze(cnncalc.load(f"inputs: {{a: 8x8x4, b: 8x8x6}}\nlayers: [{entry}]"))
    attention = explain(analysis, analysis.layers[0])
    assert "the keys of 2×2 of the 4×4 positions of its window in `b`" in words(attention, "macs of the scores")
    assert "the 2×2 scores" in words(attention, "macs of the weighted sums")
    assert "the 3×3 differences" in words(attention, "params of the position bias")


def test_a_dilation_without_windows():
    assert "of 2×2 of all 8×8 positions" in words(one("8x8x4", "{attention: 2, dilation: 4}"), "macs of the scores")


def test_what_stays_the_same_for_any_number_of_heads():
    """The projections: a table of biases has a column for each head, and values of a given size more columns, too."""

    def said(entry: str) -> str:
        return "\n".join(one("8x8x12", entry).remarks)

    assert "3 heads have as many parameters as a single one" in said("attention: 3")
    relative = said("{attention: 3, position_bias: relative}")
    assert "the projections of 3 heads have as many parameters as those of a single one" in relative
    assert "as many parameters" not in said("{attention: 3, value_size: 4}")


def test_one_position_and_one_head():
    attention = one("1x8", "{attention: 1, position_bias: relative}")
    assert words(attention, "params of the query projection") == (
        "a dense layer, the same at every position, makes 1 query of 8 numbers: what the position looks for"
    )
    assert words(attention, "params of the position bias") == (
        "one number for the only difference between two places, added to the score"
    )
    assert words(attention, "macs of the scores") == (
        "every query is multiplied with the key of the only position: 8 products for a score"
    )
    assert words(attention, "macs of the weighted sums") == (
        "softmax turns the only score of each query into the weight 1; the value, 8 numbers, is multiplied by it"
    )


def test_keys_of_another_tensor():
    spec = cnncalc.load("inputs: {q: 10x16, memory: 6x5x8}\nlayers: [{attention: 2, from: q, keys: memory}]")
    analysis = cnncalc.analyze(spec)
    attention = explain(analysis, analysis.layers[0])
    assert steps(attention, "params")["key projection"][1] == 8 * 16 + 16
    assert steps(attention, "macs")["key projection"][1] == 30 * 8 * 16
    assert steps(attention, "macs")["scores"][1] == 10 * 30 * 16
    assert words(attention, "macs of the key projection") == (
        "at each of 6×5 positions of `memory` every weight is multiplied once"
    )
    assert "of all 6×5 positions of `memory`" in words(attention, "macs of the scores")


def test_a_residual_around_attention_has_no_gate():
    """Every unit weighs all positions in its own way: the sum sees everything, and not through a few numbers."""
    analysis = analyzed("16x8", "{residual: [{attention: 2}]}")
    merge = explain(analysis, analysis.layers[-1])
    field = merge.numbers.fields["input"]
    assert (field.status, field.is_gated) == ("global", False)
    assert "through attention1 every unit sees all of the input" in merge.remarks
    assert not any("share the same values" in remark for remark in merge.remarks)


def test_attention_beside_a_gate_is_why_a_sum_sees_everything():
    """What is spread is the same for all units; alone it would leave the sum a local field with a gate."""
    analysis = analyzed("8x8x8", "{add: [[], [{attention: 2}], [global_avg_pool, {reshape: 1x1x8}]]}")
    merge = explain(analysis, analysis.layers[-1])
    assert "through attention1 every unit sees all of the input" in merge.remarks


@pytest.mark.parametrize("format", formats_of(ExplainReport))
def test_every_format_has_the_parts_and_their_sum(format: str):
    said = cnncalc.explain(
        cnncalc.load("input: 3x4\nlayers: [attention: 2]"), legend=FORMATS[format].form == "document"
    ).render(format)
    assert "macs of the weighted sums" in said
    assert "48 + 48 + 48 + 36 + 36 + 48" in said


def test_an_input_of_several_is_named():
    text = "inputs: {a: 8x4, b: 6x4}\nlayers:\n"
    text += "  - {conv: 3x4, padding: same, from: a}\n  - residual: [{lstm: 4, name: l}]\n  - {attention: 2, keys: b}\n"
    said = cnncalc.explain(cnncalc.load(text)).render()
    assert "one unit sees 3 positions of `a`" in said
    assert "a unit sees up to 9 positions of `a`" in said
    assert "sees positions −1 to 1 of `a`" in said
    assert "each position of the layer's own input becomes one of the output" in said
    assert "of the input" not in said
