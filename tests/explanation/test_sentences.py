"""The sentences: what they say of the lecture's cases, and their grammar over many layers."""

from __future__ import annotations

import re

import pytest
from helpers import analyzed

from cnncalc.explanation.derivation import explain
from cnncalc.recorded_numbers import symbolic


def said(input: str, entry: str, convention: str = "lecture") -> list[str]:
    """Every sentence about a layer."""
    analysis = analyzed(input, entry, convention=convention)
    return [
        words
        for explanation in (explain(analysis, layer) for layer in analysis.layers)
        for words in [*(step.words for step in explanation.steps), *explanation.remarks]
    ]


def sizes_of(input: str, entry: str, convention: str = "lecture") -> list[str]:
    """The sentences about the output's spatial sizes."""
    analysis = analyzed(input, entry, convention=convention)
    steps = explain(analysis, analysis.layers[0]).steps
    return [step.words for step in steps if re.match("output (height|width|depth|length)", step.quantity)]


# -- what the rounding did


@pytest.mark.parametrize(
    ("input", "entry", "words"),
    [
        ("11x11x1", "{max_pool: 2}", "4.5 → 4, the last row and column of the input are never read"),
        ("6x6x1", "{conv: 3x3x1, stride: 2}", "1.5 → 1, the last row and column of the input are never read"),
        ("8x8x1", "{max_pool: 3}", "1.67 → 1, the last 2 rows and columns of the input are never read"),
        ("11x10x1", "{max_pool: 2}", "4.5 → 4, the last row of the input is never read"),
        ("10x11x1", "{max_pool: 2}", "4.5 → 4, the last column of the input is never read"),
        ("10x8x1", "{max_pool: 2x3}", "1.67 → 1, the last 2 columns of the input are never read"),
        ("11x1", "{max_pool: 2}", "4.5 → 4, the last position of the input is never read"),
        ("12x1", "{max_pool: 5}", "1.4 → 1, the last 2 positions of the input are never read"),
        ("3x4x4x1", "{max_pool: 2}", "0.5 → 0, the last slice of the input is never read"),
        ("5x5x5x1", "{max_pool: 2}", "1.5 → 1, the last slice, row and column of the input are never read"),
        # 6 + 2 − 3 = 5, 5/2 = 2.5: the zero at the end falls away, the input itself is read
        ("6x6x1", "{conv: 3x3x1, stride: 2, padding: 1}", "2.5 → 2, only padding at the end is left out"),
        ("6x6x1", "{max_pool: 3, stride: 2, rounding: ceil}", "1.5 → 2, the last window is cut short"),
    ],
)
def test_what_the_rounding_did(input, entry, words):
    assert any(words in sentence for sentence in sizes_of(input, entry)), sizes_of(input, entry)


@pytest.mark.parametrize(
    ("input", "entry"),
    [
        ("28x28x1", "{conv: 3x3x8}"),
        ("10x10x1", "{max_pool: 2}"),
        ("7x7x1", "{conv: 3x3x1, stride: 2}"),
        ("7x7x1", "{max_pool: 3, stride: 2, rounding: ceil}"),
    ],
)
def test_nothing_is_said_where_nothing_was_rounded(input, entry):
    assert not any("→" in sentence or "never read" in sentence for sentence in sizes_of(input, entry))


def test_a_dropped_ceil_window():
    # 5 + 2 − 2 = 5, 5/2 = 2.5 → 3, but the fourth window would start in the padding after the input: 3 windows remain
    (sentence,) = sizes_of("5x5x1", "{max_pool: 2, stride: 2, padding: 1, rounding: ceil}")
    assert sentence.startswith("the window fits at 3 positions")
    assert "never read" not in sentence
    (sentence,) = sizes_of("5x1", "{max_pool: 2, stride: 3, padding: [[0, 1]], rounding: ceil}")
    # 5 + 1 − 2 = 4: windows at 0 and 3; a third would start at 6, past the input
    assert sentence.startswith("the window fits at 2 positions")
    assert "never read" not in sentence


def test_which_zeros_same_adds():
    (both,) = sizes_of("6x6x1", "{conv: 3x3x1, padding: same}")
    assert "`same` adds 1 before and 1 after" in both
    (odd,) = sizes_of("6x6x1", "{conv: 3x3x1, padding: same, stride: 2}", "keras")
    assert "`same` adds 0 before and 1 after" in odd
    (causal,) = sizes_of("9x1", "{conv: 3x1, padding: causal, dilation: 2}")
    assert "causal: all 4 zeros come before the sequence" in causal


# -- what is learned


@pytest.mark.parametrize(
    ("input", "entry", "words"),
    [
        ("28x28x1", "{conv: 3x3x8}", "a 3×3 kernel for 1 channel, 8 such filters and 8 biases"),
        ("32x32x3", "{conv: 3x3x5}", "a 3×3 kernel for 3 channels, 5 such filters and 5 biases"),
        ("6x6x1", "{conv: 3x3x1}", "a 3×3 kernel for 1 channel, 1 such filter and 1 bias"),
        ("6x6x2", "{conv: 3x3x1, bias: false}", "a 3×3 kernel for 2 channels, 1 such filter, no biases"),
        ("400", "{dense: 64}", "400 weights for each of 64 units, and a bias each"),
        ("400", "{dense: 1, bias: false}", "400 weights for 1 unit, no biases"),
        ("59", "{embedding: 8, vocabulary: 100}", "a vector of 8 values for each of 100 ids"),
        ("6x6x2", "{max_pool: 2}", "a pool has nothing to learn"),
        ("6x6x2", "batch_norm", "a scale and center for each channel"),
        ("6x6x2", "{batch_norm: {affine: false}}", "nothing is learned: neither scale nor center"),
        ("6x6x2", "relu", "nothing to learn"),
    ],
)
def test_what_is_learned(input, entry, words):
    assert words in said(input, entry)


def test_collections_of_kernels():
    assert any(
        sentence.startswith("each of the 16 filters is a collection of 8 kernels")
        for sentence in said("13x13x8", "{conv: 3x3x16}")
    )
    assert any(
        sentence.startswith("the filter is a collection of 3 kernels") for sentence in said("13x13x3", "{conv: 3x3x1}")
    )
    assert not any("collection" in sentence for sentence in said("28x28x1", "{conv: 3x3x8}"))


def test_shared_weights():
    assert "10 parameters, used again at 16 positions" in said("6x6x1", "{conv: 3x3x1}")
    assert "1 parameter, used again at 36 positions" in said("6x6x1", "{conv: 1x1x1, bias: false}")
    # at one position nothing is shared
    assert not any("used again" in sentence for sentence in said("3x3x1", "{conv: 3x3x1}"))


# -- grammar

NOUNS = (
    "filter",
    "kernel",
    "channel",
    "output channel",
    "input channel",
    "bias",
    "unit",
    "weight",
    "id",
    "position",
    "input position",
    "parameter",
    "row",
    "column",
    "slice",
    "value",
    "window",
    "zero",
    "group",
    "number",
)
PLURALS = {noun: "biases" if noun == "bias" else f"{noun}s" for noun in NOUNS}


def slips(sentence: str) -> list[str]:
    """What a teacher would mark in red."""
    found = []
    for number, such, words in re.findall(r"(?<![\d×.→,] )(?<![\d×.,])\b(\d+) (such )?([a-z]+(?: [a-z]+)?)", sentence):
        for noun, plural in PLURALS.items():
            is_singular = words == noun or words.startswith(f"{noun} ")
            is_plural = words == plural or words.startswith(f"{plural} ")
            if (is_singular and number != "1") or (is_plural and number == "1"):
                found.append(f"{number} {such}{words}")
    found += re.findall(r"\ba (?:8|11|18|8\d)(?:×| )[^ ]*", sentence)  # an 8×8, an 11×11
    found += re.findall(r"\beach of (?:the )?1 \w+", sentence)
    found += re.findall(r"\b(\w+) \1\b", sentence)
    if re.search(r"  |\s,|biass|\.$|^[A-Z]", sentence):
        found.append(sentence)
    return found


def _many() -> list[tuple[str, str, str]]:
    inputs = {1: ("9x1", "9x4", "16x4"), 2: ("9x8x1", "12x12x4", "16x16x4"), 3: ("9x8x9x1", "9x8x9x4")}
    cases = []
    for rank, shapes in inputs.items():
        for shape in shapes:
            for filters in (1, 4):
                for more in ("", ", stride: 2", ", padding: same", ", bias: false", ", padding: 1, stride: 3"):
                    cases += [
                        (shape, f"{{{kind}: {filters}, kernel: {k}{more}}}", "keras")
                        for kind in ("conv", "separable_conv", "conv_transpose")
                        for k in (1, 3, 8)
                    ]
            cases += [
                (shape, f"{{depthwise_conv: {k}, multiplier: {multiplier}}}", "lecture")
                for k in (1, 3, 8)
                for multiplier in (1, 2)
            ]
            cases += [(shape, f"{{max_pool: {k}, stride: {s}}}", "lecture") for k in (1, 2, 8) for s in (1, 2, 3)]
            cases += [(shape, f"{{avg_pool: 2, rounding: {rounding}}}", "lecture") for rounding in ("floor", "ceil")]
            cases += [
                (shape, f"{{conv_transpose: 1, kernel: {k}, stride: {s}, padding: {padding}{extra}}}", "keras")
                for k in (1, 2, 3, 5)
                for s in (1, 2, 4)
                for padding in ("same", "valid")
                for extra in ("", ", output_padding: 0", f", output_padding: {s - 1}")
                if k > 1 or extra != ", output_padding: 0"
            ]
            if shape.endswith("x4"):
                cases += [(shape, f"{{conv: {filters}, kernel: 3, groups: 2}}", "lecture") for filters in (2, 4)]
                cases += [
                    (shape, entry, "keras")
                    for entry in (
                        f"{{depth_to_space: {2 if rank < 3 else 1}}}",
                        "{slice: [0, 1]}",
                        "{slice: [1, end]}",
                        "{group_norm: 2}",
                        "{channel_shuffle: 2}",
                    )
                ]
            others = (
                "flatten",
                "global_avg_pool",
                "{adaptive_max_pool: 1}",
                "{adaptive_max_pool: 2}",
                "{pad: 1}",
                "{crop: 1}",
                "{upsample: 1}",
                "{upsample: 2}",
                "batch_norm",
                "{batch_norm: {scale: false}}",
                "prelu",
                "{prelu: {per: value}}",
                "{prelu: {per: all}}",
                "relu",
                "scale",
                "{dropout: 0.5}",
                "{dense: 1}",
                "{dense: 3}",
            )
            cases += [(shape, entry, convention) for entry in others for convention in ("lecture", "keras")]
    for length in ("1", "8"):
        cases += [
            (length, entry, "lecture")
            for entry in (
                "{dense: 1}",
                "{dense: 3, bias: false}",
                "relu",
                "{reshape: [1, -1]}",
                "{embedding: 1, vocabulary: 1}",
                "{embedding: 8, vocabulary: 9}",
            )
        ]
    # a window that covers the whole input, and one that stays at one position
    cases += [
        ("8x8x1", "{conv: 8x8x1}", "lecture"),
        ("11x11x3", "{conv: 11x11x2}", "lecture"),
        ("8x3", "{conv: 8x1}", "lecture"),
        ("1x1x3", "{conv: 1x1x2}", "lecture"),
        ("1x3", "{conv_transpose: 3x1}", "lecture"),
        ("1x3", "{dense: 1}", "lecture"),
    ]
    return cases


@pytest.mark.slow
def test_grammar_of_many_layers():
    marked: dict[str, str] = {}
    for input, entry, convention in _many():
        for sentence in said(input, entry, convention):
            for slip in slips(sentence):
                marked.setdefault(slip, f"{entry} on {input}: {sentence}")
    assert not marked, "\n".join(f"{slip!r} in {where}" for slip, where in marked.items())


@pytest.mark.parametrize(
    "sentence",
    ["1 such filters and 1 bias", "8 such filter", "at 1 positions", "a 8×8 kernel", "for each of 1 unit", "2 column"],
)
def test_slips_are_seen(sentence):
    assert slips(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "1 such filter and 1 bias",
        "a 3×3 kernel for 1 channel",
        "an 8×8 kernel",
        "each of 2×2 positions",
        "then a 1×1 convolution",
    ],
)
def test_good_sentences_are_left_alone(sentence):
    assert not slips(sentence)


# -- merges


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{add: [[], {max_pool: 1x8}]}", "input (8×8×4) and max_pool1 (8×1×4, spread over the width)"),
        ("{add: [[], [global_avg_pool]]}", "input (8×8×4) and global_avg_pool1 (4, spread over all positions)"),
        (
            "{add: [[], {adaptive_avg_pool: 1}]}",
            "input (8×8×4) and adaptive_avg_pool1 (1×1×4, spread over the height and the width)",
        ),
        ("{add: [[], {conv: 1x1x1}]}", "input (8×8×4) and conv1 (8×8×1, spread over the channels)"),
        ("{add: [[], [relu]]}", "input (8×8×4) and relu1 (8×8×4)"),
    ],
)
def test_a_merge_says_what_is_spread(entry, words):
    assert said("8x8x4", entry)[-1] == f"the sum of {words}"


def test_concat_spreads_no_channel():
    assert said("8x8x4", "{concat: [[], {conv: 1x1x1}]}")[-1] == "the channels of input (8×8×4) and conv1 (8×8×1)"


# -- transposed convolutions of Keras: the rule, and no padding that nobody wrote


WRITES = "every input position writes a window into the output, one stride apart; overlaps are added up"


@pytest.mark.parametrize(
    ("settings", "formula", "words"),
    [
        ("kernel: 3, stride: 2, padding: same", "n_in·s", "; `same` keeps n·s of it, and cuts off 1 after"),
        (
            "kernel: 5, stride: 2, padding: same",
            "n_in·s",
            "; `same` keeps n·s of it, and cuts off 1 before and 2 after",
        ),
        ("kernel: 2, stride: 2, padding: same", "n_in·s", ""),
        (
            "kernel: 2, stride: 3, padding: same",
            "n_in·s",
            "; `same` extends the output to n·s: no window reaches the last",
        ),
        ("kernel: 1, stride: 3", "n_in·s", "; `valid` extends the output to n·s: no window reaches the last 2"),
        ("kernel: 3, stride: 2", "(n_in − 1)·s + k", ""),
        ("kernel: 2, stride: 3, output_padding: 0", "(n_in − 1)·s + k + output_padding", ""),
        (
            "kernel: 2, stride: 3, output_padding: 2",
            "(n_in − 1)·s + k + output_padding",
            "; no window reaches the last 2",
        ),
        (
            "kernel: 3, stride: 2, padding: same, output_padding: 0",
            "(n_in − 1)·s + k − 2·⌊k / 2⌋ + output_padding",
            "; `same` cuts off 1 before and 1 after",
        ),
        (
            "kernel: 3, stride: 2, padding: same, output_padding: 1",
            "(n_in − 1)·s + k − 2·⌊k / 2⌋ + output_padding",
            "; `same` cuts off 1 after",
        ),
        (
            "kernel: 3, dilation: 2, padding: same, output_padding: 0",
            "(n_in − 1)·s + d·(k − 1) + 1 − 2·⌊(d·(k − 1) + 1) / 2⌋ + output_padding",
            "; `same` cuts off 2 before and 2 after",
        ),
        # a number is the formula's
        ("kernel: 3, stride: 2, padding: 1", "(n_in − 1)·s + k − 2·p", ""),
    ],
)
def test_transposed_sizes_of_keras(settings, formula, words):
    analysis = analyzed("5x1", f"{{conv_transpose: 1, {settings}}}", convention="keras")
    step = explain(analysis, analysis.layers[0]).steps[0]
    assert step.quantity == "output length"
    assert symbolic(step.number) == formula
    assert step.words == WRITES + words


@pytest.mark.parametrize(
    ("entry", "convention", "words"),
    [
        (
            "lstm: 6",
            "lecture",
            "four gates (input, forget, cell and output), each with 3×6 weights of what is read, 6×6 of the state "
            "before it and 6 biases",
        ),
        (
            "{gru: 6, bidirectional: true}",
            "keras",
            "in each direction, three gates (update, reset and candidate), each with 3×6 weights of what is read, 6×6 "
            "of the state before it and twice 6 biases",
        ),
        ("{rnn: 1, bias: false}", "pytorch", "3×1 weights of what is read and 1×1 of the state before it"),
        (
            "{rnn: 6, bidirectional: true, layers: 2}",
            "lecture",
            "in each direction of each layer, 3×6 weights of what is read (12×6 in all layers but the first), 6×6 of "
            "the state before it and 6 biases",
        ),
        ("lstm: 6", "lecture", "the state at each position: one value for each unit"),
        ("{gru: 6, output: last}", "lecture", "the state after the last position: one value for each unit"),
        (
            "{gru: 6, bidirectional: true, output: last}",
            "lecture",
            "the last state of either direction, one after the other; the backward one ends at the first position",
        ),
        ("{gru: 6, bidirectional: true, merge: sum}", "lecture", "the states of both directions, added up"),
        (
            "{lstm: 6, bidirectional: true, layers: 2}",
            "lecture",
            "at each of 5 positions, in each direction of each layer, every weight is multiplied once: with what is "
            "read, or with the state",
        ),
        (
            "lstm: 6",
            "lecture",
            "a unit sees up to 5 positions of the input, none after its own; from unit to unit the field moves by 1, "
            "on average",
        ),
    ],
)
def test_recurrent_layers(entry, convention, words):
    assert words in said("5x3", entry, convention)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("prelu", "one learned slope for each channel"),
        ("{prelu: {per: value}}", "one learned slope for each value, of every channel at every position"),
        ("{prelu: {per: all}}", "one learned slope for all values"),
        ("{prelu: {per: position}}", "one learned slope for each position"),
        ("scale", "one learned factor for each channel"),
        ("{scale: {per: all, center: true}}", "one learned factor and one offset for all values"),
        ("{offset: {per: value}}", "one learned offset for each value, of every channel at every position"),
        ("rms_norm", "a scale for each channel"),
        ("{rms_norm: {scale: false}}", "nothing is learned: it has no scale"),
        ("{pad: 0, channels: [1, 2]}", "1 channel added before those of the input, 2 after them"),
    ],
)
def test_what_has_a_number_of_its_own(entry, words):
    assert words in said("4x4x3", entry, "lecture")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{pad: 1}", ["1 position added at each end"]),
        (
            "{pad: [[0, 2], [0, 0]]}",
            ["0 positions added at the beginning, 2 at the end", "nothing is added along this axis"],
        ),
        ("{crop: 2}", ["2 positions cut off at each end"]),
        (
            "{crop: [[1, 0], [0, 0]]}",
            ["1 position cut off at the beginning, 0 at the end", "nothing is cut off along this axis"],
        ),
    ],
)
def test_borders(entry, words):
    assert sizes_of("8x8x2", entry) == words
