"""What is said of layers that the language does not have: none of them is a kind, and every way out works."""

from __future__ import annotations

import re

import numpy as np
import pytest

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.index import MERGES, OTHER_NAMES
from cnncalc.spec.suggestions._missing_kinds import MISSING, missing_names
from cnncalc.spec.suggestions._other_settings import ELSEWHERE
from cnncalc.spec.suggestions.aliases import _NOTES, kind_meant

WAYS = [*(way for each in MISSING for way in each.instead), *(way for each in ELSEWHERE for way in each.help)]


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
    "- multiply: [{slice: [0, 8]}, [{slice: [8, 16]}, sigmoid]]": (IMAGE, "", "28x28x8"),
    "elu": (IMAGE, "- elu", IMAGE),
    "leaky_relu: 0.2292": (IMAGE, "- leaky_relu: 0.2292", IMAGE),
    "leaky_relu: 0.1": (IMAGE, "- leaky_relu: 0.1", IMAGE),
    "- rescale: -1": (IMAGE, "- rescale: -1\n- softmax", IMAGE),
    "- softmax": (IMAGE, "", IMAGE),
    "- softplus": (IMAGE, "- rescale: -1\n- softplus\n- rescale: -1", IMAGE),
    "- rescale: 3": (IMAGE, "- rescale: 3\n- hard_sigmoid\n- rescale: {factor: 2, offset: -1}", IMAGE),
    "- hard_sigmoid": (IMAGE, "", IMAGE),
    "- rescale: {factor: 2, offset: -1}": (IMAGE, "", IMAGE),
    "- subtract: [[], [tanh]]": (IMAGE, "", IMAGE),
    "tanh": (IMAGE, "- tanh", IMAGE),
    "relu6": (IMAGE, "- relu6", IMAGE),
    "rescale: -1": (IMAGE, "- rescale: -1", IMAGE),
    "rescale: 0.5": (IMAGE, "- rescale: 0.5", IMAGE),
    "- multiply: [[], []]": (IMAGE, "", IMAGE),
    "layer_norm: {center: false}": (IMAGE, "- layer_norm: {center: false}", IMAGE),
    "identity": (IMAGE, "- identity", IMAGE),
    "rescale: {factor: 0.02, offset: -2}": (IMAGE, "- rescale: {factor: 0.02, offset: -2}", IMAGE),
    "batch_norm: {scale: false, center: false}": (IMAGE, "- batch_norm: {scale: false, center: false}", IMAGE),
    "reshape: 1x1x64": ("64", "- reshape: 1x1x64", "1x1x64"),
    "flatten": (IMAGE, "- flatten", "12544"),
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
    "global_avg_pool": (IMAGE, "- global_avg_pool", "16"),
    "- global_avg_pool": (IMAGE, "", "16"),
    "global_max_pool": (IMAGE, "- global_max_pool", "16"),
    "- average: [[], NAME]": (IMAGE, "- {relu, name: NAME}\n- average: [[], NAME]", IMAGE),
    "add": (IMAGE, "- add: [[], [relu]]", IMAGE),
    "multiply": (IMAGE, "- multiply: [[], [relu]]", IMAGE),
    "maximum": (IMAGE, "- maximum: [[], [relu]]", IMAGE),
    "minimum": (IMAGE, "- minimum: [[], [relu]]", IMAGE),
    "- subtract: [a, b]": (IMAGE, "- {relu, name: a}\n- {tanh, name: b}\n- subtract: [a, b]", IMAGE),
    "dense": ("20x8", "- dense: 4", "20x4"),
    "dropout": (IMAGE, "- dropout: 0.5", IMAGE),
    "- dropout: 0.5": (IMAGE, "", IMAGE),
    "spatial_dropout": (IMAGE, "- spatial_dropout: 0.5", IMAGE),
    "drop_path": (IMAGE, "- drop_path: 0.5", IMAGE),
    "- {group: [flatten, relu], name: head}": (IMAGE, "", "12544"),
    "- unit": (IMAGE, "- unit", "26x26x8"),
    "group_norm: 1": (IMAGE, "- group_norm: 1", IMAGE),
    "- {pad: 1, mode: reflect}": (IMAGE, "- {pad: 1, mode: reflect}\n- conv: 3x3x8", "28x28x8"),
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
    "per: all": (IMAGE, "- {prelu, per: all}", IMAGE),
}  # fmt: skip
AT_THE_TOP = {
    "layers:", "input: 28x28x1", "outputs: NAME", "training: {loss: cross-entropy}", "training: {optimizer: adam}",
    "training: {regularization: L2}", "training: {augmentation: flips and crops}", "training: {initialization: He}",
    "layout: channels_first", "blocks: {unit: [{conv: 8, kernel: 3}, relu]}",
}  # fmt: skip
"""Keys of a spec."""
WORDS = {
    "reflect", "replicate", "size", "factor", "mode", "input", "leaky_relu", "kernel", "filters", "dilation", "repeat",
    "rate", "initial", "padding", "pad", "crop", "slice", "weights", "like: NAME",
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


VALUES = {
    "hardtanh": ("- rescale: 3", lambda x: np.clip(x, -1, 1)),
    "logsigmoid": ("- softplus", lambda x: -np.log1p(np.exp(-x))),
    "softmin": ("- rescale: -1", lambda x: np.exp(-x) / np.exp(-x).sum(-1, keepdims=True)),
    "tanhshrink": ("- subtract: [[], [tanh]]", lambda x: x - np.tanh(x)),
    "glu": (
        "- multiply: [{slice: [0, 8]}, [{slice: [8, 16]}, sigmoid]]",
        lambda x: x[..., :8] / (1 + np.exp(-x[..., 8:])),
    ),
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
    ],
)  # fmt: skip
def test_kinds_meant(word: str, kind: str):
    assert kind_meant(word, KINDS).kind == kind


@pytest.mark.parametrize("word", ["sum", "mean", "max", "min"])
def test_a_list_says_that_tensors_are_merged(word: str):
    assert kind_meant(word, KINDS, has_branches=True).kind == OTHER_NAMES[word]
    assert kind_meant(word, KINDS).missing


def test_a_block_of_the_file_comes_before_what_is_missing():
    assert kind_meant("bottlenek", [*KINDS, "bottleneck"]).kind == "bottleneck"
    assert kind_meant("stage", [*KINDS, "stages"]).kind == "stages"
    assert kind_meant("stage", KINDS).missing
