"""What is said of layers that the language does not have: none of them is a kind, and every way out works."""

from __future__ import annotations

import re

import numpy as np
import pytest

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.index import MERGES, OTHER_NAMES
from cnncalc.spec.suggestions._missing_kinds import MISSING, missing_names
from cnncalc.spec.suggestions._other_settings import ELSEWHERE, PADDINGS
from cnncalc.spec.suggestions.aliases import _NOTES, kind_meant

WAYS = [
    *(way for each in MISSING for way in each.instead),
    *(way for each in (*ELSEWHERE, *PADDINGS) for way in each.help),
]


def squeezed(kind: str) -> str:
    return kind.replace("_", "")


def test_a_kind_that_there_is_is_not_missing():
    there = {squeezed(kind) for kind in KINDS} & missing_names()
    assert not there, f"take these out of the table of what is missing: {there}"
    both = {name for name, kind in OTHER_NAMES.items() if name in missing_names() and kind not in MERGES}
    assert not both, f"these are names of a kind, and said to be missing: {both}"


def test_no_name_stands_twice():
    names = [name for each in MISSING for name in each.names.split()]
    assert sorted(names) == sorted(set(names))


def test_names_are_written_as_they_are_looked_for():
    names = {*missing_names(), *OTHER_NAMES, *_NOTES}
    assert {name for name in names if not re.fullmatch(r"[a-z0-9]+", name)} == set()
    assert _NOTES.keys() <= OTHER_NAMES.keys()


# -- the ways out

IMAGE = "28x28x16"
TRIED = {
    # a fragment of a way out → the input, the entries (where the fragment is not all of them), and the output
    "- embedding: {width: 64, vocabulary: 1000}": (
        "20", "- embedding: {width: 64, vocabulary: 1000}\n- global_avg_pool", "64"
    ),
    "glu: gelu": (IMAGE, "- glu: gelu", "28x28x8"),
    "glu: silu": (IMAGE, "- glu: silu", "28x28x8"),
    "glu: relu": (IMAGE, "- glu: relu", "28x28x8"),
    "glu: linear": (IMAGE, "- glu: linear", "28x28x8"),
    "- matmul: [[], NAME]": ("9x4", "- {reshape: 4x9, name: NAME}\n- {matmul: [input, NAME]}", "9x9"),
    "transpose: second": ("9x4", "- {relu, name: NAME}\n- {matmul: [[], NAME], transpose: second}", "9x9"),
    "attention: 4": (IMAGE, "- attention: 4", IMAGE),
    "keys: NAME": ("9x4", "- {dense: 6, name: NAME}\n- {attention: 2, from: input, keys: NAME}", "9x4"),
    "output": ("9x4", "- {attention: 2, output: 6}", "9x6"),
    "state": ("28x16", "- flatten\n- {dense: 8, name: h}\n- {gru: 8, from: input, state: h}", "28x8"),
    "l2_norm": ("9x4", "- {matmul: [[l2_norm], [l2_norm]], transpose: second}", "9x9"),
    "causal: true": ("9x4", "- {attention: 2, causal: true}", "9x4"),
    "window": (IMAGE, "- {attention: 4, window: 7}", IMAGE),
    "{attention: 1, key_size: 8}": (IMAGE, "- {attention: 1, key_size: 8}", IMAGE),
    "- residual: [layer_norm, {attention: 4}]": (IMAGE, "", IMAGE),
    "- residual: [layer_norm, {dense: 64, activation: gelu}, {dense: 16}]": (IMAGE, "", IMAGE),
    "- {conv: 3x3x8, standardize: true}": (IMAGE, "", "26x26x8"),
    "elu": (IMAGE, "- elu", IMAGE),
    "leaky_relu: 0.2292": (IMAGE, "- leaky_relu: 0.2292", IMAGE),
    "leaky_relu: 0.1": (IMAGE, "- leaky_relu: 0.1", IMAGE),
    "- rescale: -1": (IMAGE, "- rescale: -1\n- softmax", IMAGE),
    "- softmax": (IMAGE, "", IMAGE),
    "- subtract: [[], [tanh]]": (IMAGE, "", IMAGE),
    "tanh": (IMAGE, "- tanh", IMAGE),
    "lstm": ("28x16", "- lstm: 8", "28x8"),
    "gru": ("28x16", "- gru: 8", "28x8"),
    "rnn": ("28x16", "- rnn: 8", "28x8"),
    "output: last": ("28x16", "- {lstm: 8, output: last}", "8"),
    "lstm: 64": ("28x16", "- lstm: 64", "28x64"),
    "{lstm: 64, bidirectional: true}": ("28x16", "- {lstm: 64, bidirectional: true}", "28x128"),
    "clip: [0, 1]": (IMAGE, "- clip: [0, 1]", IMAGE),
    "offset: {per: value}": (IMAGE, "- offset: {per: value}", IMAGE),
    "relu6": (IMAGE, "- relu6", IMAGE),
    "rescale: -1": (IMAGE, "- rescale: -1", IMAGE),
    "rescale: 0.5": (IMAGE, "- rescale: 0.5", IMAGE),
    "- multiply: [[], []]": (IMAGE, "", IMAGE),
    "identity": (IMAGE, "- identity", IMAGE),
    "rescale: {factor: 0.02, offset: -2}": (IMAGE, "- rescale: {factor: 0.02, offset: -2}", IMAGE),
    "batch_norm: {scale: false, center: false}": (IMAGE, "- batch_norm: {scale: false, center: false}", IMAGE),
    "reshape: 1x1x64": ("64", "- reshape: 1x1x64", "1x1x64"),
    "flatten": (IMAGE, "- flatten", "12544"),
    "- max_pool: 2": (IMAGE, "- rescale: -1\n- max_pool: 2\n- rescale: -1", "14x14x16"),
    "- avg_pool: 2": (IMAGE, "- avg_pool: 2\n- rescale: 4", "14x14x16"),
    "- rescale: 4": (IMAGE, "", IMAGE),
    "- {pad: 1, mode: reflect}": (IMAGE, "- {pad: 1, mode: reflect}\n- conv: 3x3x8", "28x28x8"),
    "- {avg_pool: 2, stride: 1}": (IMAGE, "", "27x27x16"),
    "- {avg_pool: 2, stride: 2}": (
        IMAGE, "- {pad: 1, mode: reflect}\n- {avg_pool: 2, stride: 1}\n- {avg_pool: 2, stride: 2}", "14x14x16"
    ),
    "- residual: [{conv: 3x3x16, padding: 1}, relu]": (IMAGE, "", IMAGE),
    "- add: [[], NAME]": (IMAGE, "- {relu, name: NAME}\n- add: [[], NAME]", IMAGE),
    "from: NAME": (IMAGE, "- {relu, name: NAME}\n- flatten\n- {relu: , from: NAME}", IMAGE),
    "- concat: [[{conv: 1x1x8}], [{conv: 3x3x8, padding: 1}]]": (IMAGE, "", IMAGE),
    "- multiply: [[], [global_avg_pool, {reshape: 16x1}, {conv: 3x1, padding: 1, bias: false}, flatten, sigmoid]]": (
        IMAGE, "", IMAGE
    ),
    "- maximum: [[], [{rescale: -1}]]": (IMAGE, "", IMAGE),
    "- maximum: [{slice: [0, 8]}, {slice: [8, 16]}]": (IMAGE, "", "28x28x8"),
    "{conv: 3x3x8, dilation: 2}": (IMAGE, "- {conv: 3x3x8, dilation: 2}", "24x24x8"),
    "{conv: 3x3x8, groups: 2}": (IMAGE, "- {conv: 3x3x8, groups: 2}", "26x26x8"),
    "{conv: 3x8, padding: causal}": ("28x16", "- {conv: 3x8, padding: causal}", "28x8"),
    "{conv: 2x2x8, stride: 2}": (IMAGE, "- {conv: 2x2x8, stride: 2}", "14x14x8"),
    "{conv_transpose: 2x2x8, stride: 2}": (IMAGE, "- {conv_transpose: 2x2x8, stride: 2}", "56x56x8"),
    "conv: 1x1x8": (IMAGE, "- conv: 1x1x8", "28x28x8"),
    "channel_shuffle: 2": (IMAGE, "- channel_shuffle: 2", IMAGE),
    "depth_to_space: 2": (IMAGE, "- depth_to_space: 2", "56x56x4"),
    "padding: causal": ("28x16", "- {conv: 3x8, padding: causal}", "28x8"),
    "- reshape: 7x7x16": ("49x16", "- reshape: 7x7x16\n- depth_to_space: {block: 2, order: channels}", "14x14x4"),
    "- depth_to_space: {block: 2, order: channels}": (IMAGE, "", "56x56x4"),
    "- concat: [[], NAME]": (IMAGE, "- {relu, name: NAME}\n- concat: [[], NAME]", "28x28x32"),
    "- reshape: 1x16": ("16", "- reshape: 1x16\n- upsample: 5", "5x16"),
    "- upsample: 5": ("1x16", "", "5x16"),
    "- concat: [{slice: [0, 8]}, [{slice: [8, 16]}, relu]]": (IMAGE, "", IMAGE),
    "space_to_depth: 2": (IMAGE, "- space_to_depth: 2", "14x14x64"),
    "{conv: 64, kernel: 2, stride: 2}": (IMAGE, "- {conv: 64, kernel: 2, stride: 2}", "14x14x64"),
    "crop: 2": (IMAGE, "- crop: 2", "24x24x16"),
    "upsample: 2": (IMAGE, "- upsample: 2", "56x56x16"),
    "- upsample: 2": (IMAGE, "", "56x56x16"),
    "upsample: {factor: 2, mode: bilinear}": (IMAGE, "- upsample: {factor: 2, mode: bilinear}", "56x56x16"),
    "resize: {like: NAME}": (IMAGE, "- {conv: 2x2x4, name: NAME}\n- max_pool: 2\n- resize: {like: NAME}", "27x27x4"),
    "- resize: {like: NAME}": (IMAGE, "- {conv: 2x2x4, name: NAME}\n- max_pool: 2\n- resize: {like: NAME}", "27x27x4"),
    "- resize: {like: NAME, mode: bilinear, align_corners: true}": (
        IMAGE,
        "- {relu, name: NAME}\n- max_pool: 2\n- resize: {like: NAME, mode: bilinear, align_corners: true}",
        IMAGE,
    ),
    "{resize: {like: NAME, mode: bilinear, align_corners: true}}": (
        IMAGE,
        "- {relu, name: NAME}\n- max_pool: 2\n- {resize: {like: NAME, mode: bilinear, align_corners: true}}",
        IMAGE,
    ),
    "max_pool: 2": (IMAGE, "- max_pool: 2", "14x14x16"),
    "avg_pool: 2": (IMAGE, "- avg_pool: 2", "14x14x16"),
    "adaptive_max_pool: 14x14": (IMAGE, "- adaptive_max_pool: 14x14", "14x14x16"),
    "- concat: [[{adaptive_max_pool: 1}, flatten], [{adaptive_max_pool: 2}, flatten]]": (IMAGE, "", "80"),
    "trainable: false": (IMAGE, "- {conv: 1x1x16, trainable: false}", IMAGE),
    "global_avg_pool": (IMAGE, "- global_avg_pool", "16"),
    "- global_avg_pool": (IMAGE, "", "16"),
    "global_max_pool": (IMAGE, "- global_max_pool", "16"),
    "- average: [[], NAME]": (IMAGE, "- {relu, name: NAME}\n- average: [[], NAME]", IMAGE),
    "add": (IMAGE, "- add: [[], [relu]]", IMAGE),
    "multiply": (IMAGE, "- multiply: [[], [relu]]", IMAGE),
    "maximum": (IMAGE, "- maximum: [[], [relu]]", IMAGE),
    "minimum": (IMAGE, "- minimum: [[], [relu]]", IMAGE),
    "- subtract: [a, b]": (IMAGE, "- {relu, name: a}\n- {tanh, name: b}\n- subtract: [a, b]", IMAGE),
    "permute: {height: width, width: height}": ("28x14x16", "- permute: {height: width, width: height}", "14x28x16"),
    "reduce: mean": (IMAGE, "- reduce: mean", "16"),
    "{reduce: sum, axes: height}": (IMAGE, "- {reduce: sum, axes: height}", "28x16"),
    "reduce": (IMAGE, "- reduce: mean", "16"),
    "resize: {factor: 2, mode: bicubic}": (IMAGE, "- resize: {factor: 2, mode: bicubic}", "56x56x16"),
    "- resize: 65x65": (IMAGE, "", "65x65x16"),
    "positions: true": (IMAGE, "- flatten: {positions: true}", "784x16"),
    "softmax": (IMAGE, "- {softmax, axis: height}", IMAGE),
    "concat": (IMAGE, "- {concat: [[], [relu]], axis: height}", "56x28x16"),
    "slice": (IMAGE, "- {slice: [0, 8], axis: height}", "8x28x16"),
    "dense": ("20x8", "- dense: 4", "20x4"),
    "dropout": (IMAGE, "- dropout: 0.5", IMAGE),
    "- dropout: 0.5": (IMAGE, "", IMAGE),
    "spatial_dropout": (IMAGE, "- spatial_dropout: 0.5", IMAGE),
    "drop_path": (IMAGE, "- drop_path: 0.5", IMAGE),
    "- {group: [flatten, relu], name: head}": (IMAGE, "", "12544"),
    "- unit": (IMAGE, "- unit", "26x26x8"),
    "group_norm: 1": (IMAGE, "- group_norm: 1", IMAGE),
    "add `mode: reflect`": (IMAGE, "- {pad: 1, mode: reflect}", "30x30x16"),
    "conv": (IMAGE, "- conv: 3x3x8", "26x26x8"),
    "depthwise_conv": (IMAGE, "- depthwise_conv: 3", "26x26x16"),
    "separable_conv": (IMAGE, "- separable_conv: 3x3x8", "26x26x8"),
    "conv_transpose": (IMAGE, "- {conv_transpose: 2x2x8, stride: 2}", "56x56x8"),
    "reshape": (IMAGE, "- reshape: 784x16", "784x16"),
    # settings of an entry
    "rounding: ceil": ("27x27x1", "- {max_pool: 2, rounding: ceil}", "14x14x1"),
    "norm: batch_norm": (IMAGE, "- {conv: 1x1x16, norm: batch_norm}", IMAGE),
    "mode: zeros": (IMAGE, "- {pad: 1, mode: zeros}", "30x30x16"),
    "per: channel": (IMAGE, "- {prelu, per: channel}", IMAGE),
    "- {depthwise_conv: 3x3, multiplier: 2}": (IMAGE, "", "26x26x32"),
    "- {pad: HALF, mode: reflect}": (IMAGE, "- {pad: 1, mode: reflect}\n- conv: 3x3x8", "28x28x8"),
    "- {pad: HALF, mode: circular}": (IMAGE, "- {pad: 1, mode: circular}\n- conv: 3x3x8", "28x28x8"),
    "- {pad: HALF, mode: replicate}": (IMAGE, "- {pad: 2x1, mode: replicate}\n- conv: 5x3x8", "28x28x8"),
    "padding: HALF": (IMAGE, "- {conv: 5x3x8, padding: 2x1}", "28x28x8"),
    "padding: FULL": (IMAGE, "- {conv: 5x3x8, dilation: 2, padding: 8x4}", "36x32x8"),
    "padding: same": (IMAGE, "- {conv: 3x3x8, padding: same}", "28x28x8"),
    "padding: [[1, 0], [1, 0]]": (IMAGE, "- {conv: 2x2x8, padding: [[1, 0], [1, 0]]}", "28x28x8"),
    "per: all": (IMAGE, "- {prelu, per: all}", IMAGE),
}  # fmt: skip
AT_THE_TOP = {
    "layers:", "input: 28x28x1", "outputs: NAME", "training: {loss: cross-entropy}", "training: {optimizer: adam}",
    "training: {regularization: L2}", "training: {augmentation: flips and crops}", "training: {initialization: He}",
    "layout: channels_first", "convention: keras", "blocks: {unit: [{conv: 8, kernel: 3}, relu]}",
}  # fmt: skip
"""Keys of a spec."""
WORDS = {
    "reflect", "replicate", "size", "factor", "mode", "input", "leaky_relu", "kernel", "filters", "dilation", "repeat",
    "scale",
    "nonlinearity",
    "rate", "mode: reflect", "initial", "forward", "padding", "pad", "crop", "slice", "weights", "same", "like: NAME",
}  # fmt: skip
"""Single words of the language, without an example; `pad`, `crop` and `slice` have one above."""
PLACED = "- {pad: PADDING, mode: VALUE}"


@pytest.mark.parametrize("fragment", TRIED)
def test_ways_out(fragment: str):
    """The entries of a way out, as they are said, give the size that they are said to give."""
    input, entries, output = TRIED[fragment]
    lines = "\n".join(f"  {line}" for line in (entries or fragment).split("\n"))
    blocks = "blocks: {unit: [{conv: 8, kernel: 3}, relu]}"
    spec = cnncalc.load(f"input: {input}\n{blocks}\nlayers:\n{lines}\n")
    assert cnncalc.analyze(spec).layers[-1].node.output.text() == output.replace("x", "×")


def test_every_way_out_is_tried():
    fragments = {each for way in WAYS for each in re.findall(r"`([^`]*)`", way)} - {PLACED}
    assert fragments - TRIED.keys() - AT_THE_TOP - WORDS == set()


def test_keys_of_a_spec_that_are_proposed():
    for key in sorted(AT_THE_TOP - {"layers:", "input: 28x28x1"}):
        named = key.replace("NAME", "first")
        text = (
            f"input: 28x28x1\n{named}\nlayers:\n  - {{conv: 1x1x28, name: first}}\n  - {{conv: 1x1x1, from: input}}\n"
        )
        assert cnncalc.load(text)


def blurred(x: np.ndarray, axis: int) -> np.ndarray:
    """The window [1, 2, 1] / 4 along an axis, over a reflected border."""
    x = np.pad(np.moveaxis(x, axis, 0), [(1, 1), (0, 0), (0, 0)], mode="reflect")
    return np.moveaxis((x[:-2] + 2 * x[1:-1] + x[2:]) / 4, 0, axis)


VALUES = {
    "softmin": ("- rescale: -1", lambda x: np.exp(-x) / np.exp(-x).sum(-1, keepdims=True)),
    "tanhshrink": ("- subtract: [[], [tanh]]", lambda x: x - np.tanh(x)),
    "simplegate": ("glu: linear", lambda x: x[..., :8] * x[..., 8:]),
    "fold": (
        "- depth_to_space: {block: 2, order: channels}",
        lambda x: x.reshape(28, 28, 4, 2, 2).transpose(0, 3, 1, 4, 2).reshape(56, 56, 4),
    ),
    "minpool": ("- max_pool: 2", lambda x: x.reshape(14, 2, 14, 2, 16).min((1, 3))),
    "sumpool": ("- avg_pool: 2", lambda x: x.reshape(14, 2, 14, 2, 16).sum((1, 3))),
    "blurpool": ("- {avg_pool: 2, stride: 2}", lambda x: blurred(blurred(x, 0), 1)[::2, ::2]),
    "abs": ("- maximum: [[], [{rescale: -1}]]", np.abs),
    "maxout": ("- maximum: [{slice: [0, 8]}, {slice: [8, 16]}]", lambda x: x.reshape(28, 28, 2, 8).max(-2)),
    "celu": ("elu", lambda x: np.maximum(0, x) + np.minimum(0, np.expm1(x))),
    "square": ("- multiply: [[], []]", np.square),
    "repeatvector": ("- reshape: 1x16", lambda x: np.repeat(x[:1], 5, 0)),
}
"""What a missing layer computes, by its definition, and the way out that computes the same."""


@pytest.mark.parametrize("name", VALUES)
def test_ways_out_compute_the_same(name: str):
    fragment, definition = VALUES[name]
    input, entries, _ = TRIED[fragment]
    [said] = [each for each in MISSING if name in each.names.split()]
    assert any(f"`{fragment}`" in way for way in said.instead)
    lines = "\n".join(f"  {line}" for line in (entries or fragment).split("\n"))
    shape = (16,) if input == "16" else (28, 28, 16)
    x = np.random.default_rng(1).normal(size=shape)
    values = cnncalc.run(cnncalc.load(f"input: {input}\nlayers:\n{lines}\n"), x, dtype="float64")
    wanted = definition(x[None] if input == "16" else x)
    np.testing.assert_allclose(np.reshape([*values.values()][-1], wanted.shape), wanted, atol=1e-9)


# -- what is meant


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("nn.Conv2d", "conv"),
        ("torch.nn.Conv2d", "conv"), ("tf.keras.layers.Dense", "dense"), ("layers.Conv2D", "conv"),
        ("F.relu", "relu"), ("relu_", "relu"), ("nn.ReLU()", "relu"), ("Conv2d(3, 64, 3)", "conv"), ("cat", "concat"),
        ("convv", "conv"), ("ocnv", "conv"), ("MaxPol2D", "max_pool"), ("BatchNormalizaton", "batch_norm"),
        ("desne", "dense"), ("flaten", "flatten"), ("pol", ""), ("con", "conv"), ("stage1.conv", ""), ("rellu", "relu"),
        ("hswish", "hard_swish"), ("h_swish", "hard_swish"), ("HSwish", "hard_swish"), ("hsigmoid", "hard_sigmoid"),
        ("h_sigmoid", "hard_sigmoid"), ("drop", "dropout"), ("leaky", "leaky_relu"), ("sync_bn", "batch_norm"),
    ],
)  # fmt: skip
def test_kinds_meant(word: str, kind: str):
    assert kind_meant(word, KINDS).kind == kind


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("flip", "augmentation"), ("hflip", "augmentation"), ("roll", "identity"), ("Fold", "depth_to_space"),
        ("Unfold", "space_to_depth"), ("stack", "concat"), ("global_pool", "global_avg_pool"), ("skip", "residual"),
        ("shortcut", "residual"), ("route", "concat"), ("branch", "concat"), ("parallel", "concat"),
        ("up", "upsample"), ("down", "max_pool"), ("atrous_conv", "dilation"), ("DilatedConv2d", "dilation"),
        ("group_conv", "groups"), ("PointwiseConv2D", "1x1x8"), ("causal_conv1d", "padding: causal"),
        ("shuffle", "channel_shuffle"), ("MinPool2d", "max_pool"), ("sum_pool", "rescale"), ("BlurPool", "avg_pool"),
        ("power", "multiply"), ("eca", "sigmoid"), ("fused_mbconv", "blocks"), ("GhostConv", "blocks"),
        ("nearest", "upsample"), ("bilinear", "upsample"), ("bicubic", "upsample"), ("exp", "identity"),
        ("sqrt", "identity"), ("abs", "maximum"),
    ],
)  # fmt: skip
def test_what_is_missing(word: str, way: str):
    lacks = kind_meant(word, KINDS).missing
    assert lacks
    assert way in " ".join(lacks.instead)


@pytest.mark.parametrize(
    ("entry", "way"),
    [
        ("layer_norm: [16, 28, 28]", "`group_norm: 1` normalises channels and positions together"),
        ("layer_norm: (16, 28, 28)", "`group_norm: 1` normalises channels and positions together"),
        ("LayerNorm: 28x28x16", "`group_norm: 1` normalises channels and positions together"),
        ("layer_norm: 16", "write `- layer_norm`"),
        ("relu: 6", "write `relu6`"),
        ("ReLU: 6.0", "write `relu6`"),
        ("relu: true", "write `- relu`"),
    ],
)
def test_values_after_a_kind_that_takes_none(entry: str, way: str):
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(f"input: 28x28x16\nlayers:\n  - {entry}\n")
    assert caught.value.diagnostics[-1].code == "CNN205"
    assert way in " ".join(caught.value.diagnostics[-1].help)


@pytest.mark.parametrize(
    ("entry", "way"),
    [
        ("{conv: (3,3)}", "write `conv: 3x3x8`"),
        ("conv: (3, 3)", "write `conv: 3x3x8`"),
        ("{conv: (3, 3), filters: 64}", "write `conv: 3x3x64`"),
        ("{conv: (3, 3, 64)}", "write `conv: 3x3x64`"),
        ("{conv: 3x3x8, stride: (2,2)}", "write `stride: 2x2`"),
        ("conv: {filters: 8, kernel: (3, 3), padding: 1}", "write `kernel: 3x3`"),
        ("{max_pool: (2, 2)}", "write `max_pool: 2x2`"),
        ("{layer_norm: (16, 28, 28)}", "`group_norm: 1`"),
        ("upsample: {size: 14}", "`factor`"),
        ("resize: {height: 14}", "`- resize: 65x65`"),
        ("dropout: {keep_prob: 0.5}", "write `rate`, which is 1 minus this value"),
        ("{conv: 8, kernels: 3}", "`kernel`"),
        ("{conv: 3x3x8, padding: reflect}", "put `- {pad: 1, mode: reflect}` before this entry"),
        ("{conv: 5x3x8, padding: REPLICATE}", "put `- {pad: 2x1, mode: replicate}` before this entry"),
        ("{conv: 3x3x8, padding: full}", "write `padding: 2`"),
        ("{conv: 5x3x8, dilation: 2, padding: full}", "write `padding: 8x4`"),
        ("{conv: 3x3x8, padding: same_lower}", "`padding: [[1, 0], [1, 0]]`"),
        ("{conv: 3x3x8, padding: SAME_UPPER}", "write `padding: same`"),
        (
            "{conv: 3x3x8, padding: circular}",
            "put `- {pad: 1, mode: circular}` before this entry",
        ),
        ("{conv: 3x3x8, padding: zeros}", "write `padding: 1`"),
        ("{conv: 3x3x8, causal: true}", "write `padding: causal`"),
        ("{conv: 3x3x8, depth_multiplier: 2}", "`- {depthwise_conv: 3x3, multiplier: 2}`"),
        ("{residual: [conv: 1x1x8], downsample: [conv: 1x1x8]}", ""),
    ],
)
def test_one_mistake_is_one_finding(entry: str, way: str):
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(f"input: 28x28x16\nlayers:\n  - {entry}\n")
    [finding] = caught.value.diagnostics
    assert way in " ".join(finding.help)
    if not way:
        assert finding.label == "here it is called `shortcut`"


@pytest.mark.parametrize("word", ["sum", "mean", "max", "min"])
def test_a_list_says_that_tensors_are_merged(word: str):
    assert kind_meant(word, KINDS, has_branches=True).kind == OTHER_NAMES[word]
    assert kind_meant(word, KINDS).missing


def test_a_block_of_the_file_comes_before_what_is_missing():
    assert kind_meant("bottlenek", [*KINDS, "bottleneck"]).kind == "bottleneck"
    assert kind_meant("stage", [*KINDS, "stages"]).kind == "stages"
    assert kind_meant("stage", KINDS).missing
