"""The derivation of every number: equal to the analysis, and right when it is worked out again from its text."""

from __future__ import annotations

import re

import pytest
from helpers import analyzed, evaluate, evaluate_latex
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import Analysis
from cnncalc.explanation.derivation import EXTENTS, Explainer, Explanation, explain
from cnncalc.recorded_numbers import is_derived, latex_numeric, latex_symbolic, numeric, symbolic

COUNTS = {
    "params": lambda layer: layer.params,
    "trainable params": lambda layer: layer.trainable_params,
    "non-trainable params": lambda layer: layer.non_trainable_params,
    "macs": lambda layer: layer.macs,
    "output channels": lambda layer: layer.node.output.channels,
    "output values": lambda layer: layer.node.output.values,
}


def explained(analysis: Analysis) -> list[Explanation]:
    return [explain(analysis, layer) for layer in analysis.layers]


def expected_of(quantity: str, layer) -> set[int]:
    """What the analysis says of a quantity, which may speak of several axes at once."""
    if quantity in COUNTS:
        return {COUNTS[quantity](layer)}
    axes = EXTENTS[len(layer.node.output.spatial)]
    if match := re.fullmatch(r"output ([\w ]+)", quantity):
        named = re.split(" and |, ", match[1])
        return {layer.node.output.spatial[axes.index(axis)] for axis in named}
    match = re.fullmatch(r"(receptive field|field stride)(?: \(([\w ,]+)\))?", quantity)
    assert match, f"what is {quantity!r}?"
    field = layer.fields["input"]
    values = field.size if match[1] == "receptive field" else field.stride
    named = re.split(" and |, ", match[2]) if match[2] else axes
    return {int(values[axes.index(axis)]) for axis in named}


def check(explanation: Explanation) -> None:
    """Every step tells the number of the analysis, and its text and its LaTeX come to the same."""
    layer = explanation.numbers
    for step in explanation.steps:
        if not step.part and not step.symbol:
            assert expected_of(step.quantity, layer) == {int(step.number)}, step
        assert evaluate(numeric(step.number)) == int(step.number), numeric(step.number)
        assert evaluate_latex(latex_numeric(step.number)) == int(step.number), latex_numeric(step.number)
        if is_derived(step.number):
            # the same operations, names in the place of numbers
            signs = r"[^-+·/⌊⌋⌈⌉()−]"
            assert re.sub(signs, "", symbolic(step.number)) == re.sub(signs, "", numeric(step.number))
            assert latex_symbolic(step.number)
    for quantity in {step.quantity for step in explanation.steps if step.part}:
        parts = [int(step.number) for step in explanation.steps if step.part and step.quantity == quantity]
        assert expected_of(quantity, layer) == {sum(parts)}
    for other in explanation.equivalents:
        assert evaluate(numeric(other.number)) == int(other.number)
        assert other.factor == pytest.approx(int(other.number) / layer.params)
    outputs = [step for step in explanation.steps if step.quantity.startswith("output")]
    assert outputs, "the output's size is not explained"


def axis_pairs(rank: int):
    return st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=rank, max_size=rank)


@st.composite
def entries(draw, rank: int) -> str:
    def sizes(low: int, high: int) -> list[int]:
        alike = draw(st.booleans())
        first = draw(st.integers(low, high))
        return [first] * rank if alike else [draw(st.integers(low, high)) for _ in range(rank)]

    kind = draw(
        st.sampled_from(
            [
                "conv",
                "conv",
                "depthwise_conv",
                "separable_conv",
                "conv_transpose",
                "max_pool",
                "avg_pool",
                "upsample",
                "pad",
                "crop",
                "adaptive_max_pool",
                "batch_norm",
                "prelu",
                "dense",
                "space_to_depth",
                "relu",
                "attention",
            ]
        )
    )
    pad = [list(pair) for pair in draw(axis_pairs(rank))]
    if draw(st.booleans()):
        pad = [[before, before] for before, _ in pad]
    bias = draw(st.sampled_from(["true", "false"]))
    window = f"stride: {sizes(1, 3)}, dilation: {sizes(1, 2)}, padding: {pad}"
    match kind:
        case "conv":
            groups = draw(st.sampled_from([1, 1, 2]))
            head = f"conv: {2 * draw(st.integers(1, 4))}, kernel: {sizes(1, 4)}, groups: {groups}"
            return f"{{{head}, {window}, bias: {bias}}}"
        case "depthwise_conv":
            multiplier = draw(st.integers(1, 2))
            return f"{{depthwise_conv: {sizes(1, 4)}, multiplier: {multiplier}, {window}, bias: {bias}}}"
        case "separable_conv":
            return f"{{separable_conv: 4, kernel: {sizes(1, 4)}, {window}, bias: {bias}}}"
        case "conv_transpose":
            return f"{{conv_transpose: 2, kernel: {sizes(1, 4)}, {window}, bias: {bias}}}"
        case "max_pool" | "avg_pool":
            rounding = draw(st.sampled_from(["floor", "ceil"]))
            stride = "" if draw(st.booleans()) else f", stride: {sizes(1, 3)}"
            return f"{{{kind}: {sizes(3, 4)}{stride}, padding: {pad}, rounding: {rounding}}}"
        case "upsample":
            return f"{{upsample: {sizes(1, 3)}}}"
        case "pad" | "crop":
            return f"{{{kind}: {pad}}}"
        case "adaptive_max_pool":
            return f"{{adaptive_max_pool: {sizes(2, 4)}}}"
        case "dense":
            return f"{{dense: 3, bias: {bias}}}"
        case "attention":
            relative = draw(st.sampled_from(["", ", window: 2, position_bias: relative", ", key_heads: 1, output: 6"]))
            return f"{{attention: 2, bias: {bias}{relative}}}"
        case "space_to_depth":
            return "{space_to_depth: 2}"
    return kind


@st.composite
def chains(draw) -> tuple[str, list[str]]:
    rank = draw(st.integers(1, 3))
    sizes = draw(st.lists(st.sampled_from([20, 24, 26]), min_size=rank, max_size=rank))
    drawn = [draw(entries(rank)) for _ in range(draw(st.integers(1, 3)))]
    # each layer after one that makes an even number of channels, and sizes that can be halved
    return "x".join(map(str, [*sizes, 2])), [entry for each in drawn for entry in (each, "{conv: 4, kernel: 1}")]


@pytest.mark.slow
@settings(max_examples=100)
@given(chains(), st.sampled_from(["lecture", "keras"]))
def test_every_step_tells_the_number_of_the_analysis(case, convention):
    import cnncalc

    input, drawn = case
    for length in range(len(drawn), 0, -1):  # what does not fit is cut off
        try:
            analysis = analyzed(input, *drawn[:length], convention=convention)
        except cnncalc.SpecError:
            continue
        for explanation in explained(analysis):
            check(explanation)
        return


# -- the lecture's examples, as a reader sees them


def step_of(explanation: Explanation, quantity: str):
    (step,) = [step for step in explanation.steps if step.quantity == quantity]
    return step


def formula(step) -> tuple[str, str, int]:
    return symbolic(step.number), numeric(step.number), int(step.number)


def one(input: str, entry: str, convention: str = "lecture") -> Explanation:
    return explained(analyzed(input, entry, convention=convention))[0]


def test_the_first_convolution_of_the_lecture():
    conv = one("28x28x1", "{conv: 3x3x8}")
    height = step_of(conv, "output height and width")
    assert formula(height) == ("⌊(n_in − k + 2·p) / s⌋ + 1", "⌊(28 − 3 + 2·0) / 1⌋ + 1", 26)
    assert height.words == "the window fits at 26 positions"
    params = step_of(conv, "params")
    assert formula(params) == ("k·k·c_in·filters + filters", "3·3·1·8 + 8", 80)
    assert params.words == "a 3×3 kernel for 1 channel, 8 such filters and 8 biases"
    macs = step_of(conv, "macs")
    assert (numeric(macs.number), int(macs.number)) == ("26·26·3·3·1·8", 48_672)
    assert step_of(conv, "output channels").number == 8


def test_the_second_convolution_of_the_lecture():
    conv = explained(analyzed("28x28x1", "{conv: 3x3x8}", "{max_pool: 2}", "{conv: 3x3x16}"))[2]
    assert formula(step_of(conv, "params"))[1:] == ("3·3·8·16 + 16", 1168)
    assert any(remark.startswith("each of the 16 filters is a collection of 8 kernels") for remark in conv.remarks)
    assert any(re.fullmatch("1,?168 parameters, used again at 121 positions", remark) for remark in conv.remarks)
    # r + (k − 1)·j: 4 + 2·2
    assert formula(step_of(conv, "receptive field")) == ("r_in + (k − 1)·j_in", "4 + (3 − 1)·2", 8)
    assert formula(step_of(conv, "field stride")) == ("j_in·s", "2·1", 2)


def test_what_the_floor_cuts_off():
    pool = one("11x11x16", "{max_pool: 2}")
    height = step_of(pool, "output height and width")
    assert formula(height) == ("⌊(n_in − k + 2·p) / s⌋ + 1", "⌊(11 − 2 + 2·0) / 2⌋ + 1", 5)
    assert "4.5 → 4" in height.words
    assert "the last row and column of the input are never read" in height.words


def test_shared_weights():
    conv = one("6x6x1", "{conv: 3x3x1}")
    assert "10 parameters, used again at 16 positions" in conv.remarks
    assert step_of(conv, "params").words == "a 3×3 kernel for 1 channel, 1 such filter and 1 bias"


def test_fewer_even_fewer_parameters():
    conv = one("6x6x1", "{conv: 3x3x1}")
    assert [int(other.number) for other in conv.equivalents] == [592, 160, 10]
    assert [other.factor for other in conv.equivalents] == [59.2, 16.0, 1.0]
    assert [numeric(other.number) for other in conv.equivalents[:2]] == ["(36 + 1)·16", "4·4·1·(3·3·1 + 1)"]


def test_dense_layers_of_the_lecture():
    dense = explained(analyzed("5x5x16", "flatten", "{dense: 64}", "{dense: 10}"))
    flat = step_of(dense[0], "output values")
    assert (numeric(flat.number), int(flat.number)) == ("5·5·16", 400)
    assert formula(step_of(dense[1], "params"))[1:] == ("400·64 + 64", 25_664)
    assert formula(step_of(dense[2], "params"))[1:] == ("64·10 + 10", 650)
    assert step_of(dense[1], "params").words == "400 weights for each of 64 units, and a bias each"


def test_axes_that_differ_are_told_apart():
    conv = one("5x7x1", "{conv: 3x2x1}")
    assert formula(step_of(conv, "output height"))[1:] == ("⌊(5 − 3 + 2·0) / 1⌋ + 1", 3)
    assert formula(step_of(conv, "output width"))[1:] == ("⌊(7 − 2 + 2·0) / 1⌋ + 1", 6)
    assert formula(step_of(conv, "params")) == ("k_h·k_w·c_in·filters + filters", "3·2·1·1 + 1", 7)


def test_unequal_padding_and_dilation_show_themselves():
    conv = one("9x9x1", "{conv: 3x3x1, padding: [[0, 1], [0, 1]], dilation: 2}")
    assert formula(step_of(conv, "output height and width")) == (
        "⌊(n_in + p_before + p_after − d·(k − 1) − 1) / s⌋ + 1",
        "⌊(9 + 0 + 1 − 2·(3 − 1) − 1) / 1⌋ + 1",
        6,
    )
    assert formula(step_of(conv, "receptive field")) == ("r_in + d·(k − 1)·j_in", "1 + 2·(3 − 1)·1", 5)


def test_transposed_convolution():
    conv = one("8x8x8", "{conv_transpose: 4x4x4, stride: 2, padding: 1}")
    size = step_of(conv, "output height and width")
    assert formula(size) == ("(n_in − 1)·s + k − 2·p", "(8 − 1)·2 + 4 − 2·1", 16)
    assert int(step_of(conv, "macs").number) == 32_768


def test_moving_statistics_under_keras():
    norm = one("4x4x16", "batch_norm", convention="keras")
    assert formula(step_of(norm, "trainable params"))[1:] == ("16 + 16", 32)
    assert formula(step_of(norm, "non-trainable params"))[1:] == ("16 + 16", 32)
    assert int(step_of(one("4x4x16", "batch_norm"), "params").number) == 32


def test_grouped_convolution_divides_exactly():
    conv = one("8x8x12", "{conv: 3x3x8, groups: 4}")
    # as docs write it; without the brackets one reads 12 / (4·8)
    assert formula(step_of(conv, "params")) == (
        "k·k·(c_in / groups)·filters + filters",
        "3·3·(12 / 4)·8 + 8",
        3 * 3 * 3 * 8 + 8,
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{concat: [[], {conv: 1x1x3}]}", ("c_1 + c_2", "4 + 3", 7)),
        ("{concat: [[], {conv: 1x1x3}, {conv: 1x1x2}, []]}", ("c_1 + c_2 + c_3 + c_4", "4 + 3 + 2 + 4", 13)),
    ],
)
def test_concat_adds_its_branches_up(entry, expected):
    concat = explained(analyzed("8x8x4", entry))[-1]
    assert formula(step_of(concat, "output channels")) == expected


def test_concat_of_vectors():
    concat = explained(analyzed("6", "{concat: [[], {dense: 3}]}"))[-1]
    assert formula(step_of(concat, "output values")) == ("c_1 + c_2", "6 + 3", 9)


def test_layers_that_are_alike_share_what_is_said():
    # the field grows with each convolution, and no activation changes it
    conv = "{conv: 3x3x4, padding: 1}"
    found = analyzed("8x8x4", conv, "relu", "relu", conv, "relu")
    explainer = Explainer(found)
    explanations = list(map(explainer.explain, found.layers))
    said = [explanation.derivation for explanation in explanations]
    assert said[1] is said[2]
    assert len(set(said)) == 4
    assert [explanation.numbers for explanation in explanations] == found.layers
    for layer, explanation in zip(found.layers, explanations, strict=True):
        assert explanation.steps == explain(found, layer).steps
