"""Every table and trait of kinds, asked for every kind: one that is forgotten fails by name."""

from __future__ import annotations

import numpy as np
import pytest

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.checks.lints._vocabulary import is_convolution, is_pool
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.input_data import vocabularies
from cnncalc.layers import ACTIVATIONS, KINDS, MERGES, NORMS, layer_class, part
from cnncalc.layers.base import Layer
from cnncalc.layers.words import Words

IDLE = {"identity", "dropout", "spatial_dropout", "drop_path"}
KERNELS = {"conv", "depthwise_conv", "separable_conv", "conv_transpose", "deformable_conv", "dense"}
RECURRENT = {"lstm", "gru", "rnn"}
POINTWISE = {*ACTIVATIONS, *NORMS, *IDLE, "scale", "offset", "rescale", "normalization", "channel_shuffle"}


def _kinds(holds) -> set[str]:
    return {kind for kind in KINDS if holds(layer_class(kind))}


def test_what_is_idle():
    assert _kinds(lambda kind: kind.is_idle) == IDLE


def test_what_drops():
    assert _kinds(lambda kind: kind.drop_rate is not Layer.drop_rate) == IDLE - {"identity"}
    assert _layer("dropout").layer.drop_rate == 0.2


def test_what_multiplies_by_a_kernel():
    assert _kinds(lambda kind: bool(kind.kernel_array)) == KERNELS


CONVOLUTIONS = {"conv", "depthwise_conv", "separable_conv", "deformable_conv"}
POOLS = {"max_pool", "avg_pool", "lp_pool"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - MERGES - {"embedding", "opaque", "max_unpool"}))
def test_what_slides_a_window(kind):
    layer = _layer(kind).layer
    assert (layer.sliding_window is not None) is (kind in CONVOLUTIONS | POOLS)
    assert is_convolution(layer) is (kind in CONVOLUTIONS)
    assert is_pool(layer) is (kind in POOLS)


def test_what_has_a_border():
    assert _kinds(lambda kind: bool(kind.border)) == {"pad", "crop", *CONVOLUTIONS, *POOLS}
    assert _kinds(lambda kind: kind.crops) == {"crop"}
    assert all(kind.border in kind.settings for kind in map(layer_class, KINDS) if kind.border)


def test_what_can_be_traced():
    pools = {kind for kind, family in KINDS.items() if family == "pooling"}
    assert {kind for kind in KINDS if part(kind, "tracing")} == (KERNELS - {"deformable_conv"}) | pools


def test_what_rearranges():
    rearrange = {"flatten", "reshape", "depth_to_space", "space_to_depth", "channel_shuffle", "permute"}
    assert _kinds(lambda kind: kind.rearranges) == rearrange


def test_what_centres_each_channel():
    assert _kinds(lambda kind: kind.centres_channels) == {"batch_norm", "instance_norm"}


def test_what_keeps_the_shape():
    assert _kinds(lambda kind: kind.keeps_shape()) == POINTWISE


def test_what_is_learned_has_words():
    """Every kind with weights says what they are, in `explain` and in the lecture's table."""
    learn = {
        "embedding",
        "scale",
        "offset",
        "prelu",
        "learned",
        "prepend",
        "attention",
        *KERNELS,
        *RECURRENT,
        *NORMS - {"local_response_norm", "l2_norm"},
    }
    own = {kind: part(kind, "words") or Words for kind in KINDS}
    pools = {kind for kind, family in KINDS.items() if family == "pooling"}
    others = {"normalization", "opaque"}
    assert {kind for kind in KINDS if own[kind].params is not Words.params} == learn | others | pools | MERGES
    by_name = (NORMS & learn) | {"scale"}  # the names of their arrays
    assert {kind for kind in KINDS if own[kind].learned} == (learn | {"weighted_add", "opaque"}) - by_name
    assert {kind for kind in KINDS if hasattr(own[kind], "method")} == pools
    assert {kind for kind in KINDS if hasattr(own[kind], "of")} == MERGES
    assert {kind for kind in KINDS if own[kind].gate} == _kinds(lambda kind: kind.is_gated)


def test_activations_that_let_half_through():
    sigmoids = {"sigmoid", "log_sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "clip"}
    saturating = {*sigmoids, "softplus", "softmax", "log_softmax"}
    assert _kinds(lambda kind: kind.is_rectifier) == ACTIVATIONS - saturating


# -- ids


IDS = {
    *IDLE, "flatten", "reshape", "pad", "crop", "upsample", "depth_to_space", "space_to_depth", "channel_shuffle",
    "slice", "resize", "permute", "max_pool", "global_max_pool", "adaptive_max_pool", "relu", "relu6",
    "leaky_relu", "prelu", "elu", "hard_tanh", "clip", "maximum", "minimum", "concat",
}  # fmt: skip
ENTRIES = {
    "adaptive_avg_pool: 2", "adaptive_max_pool: 2", "avg_pool: 2", "conv: 1x1x2", "conv_transpose: 1x1x2", "crop: 1",
    "lp_pool: 2",
    "dense: 2", "depth_to_space: 2", "depthwise_conv: 1", "drop_path: 0.2", "dropout: 0.2", "group_norm: 2",
    "max_pool: 2", "pad: 1", "reshape: 64", "separable_conv: 1x1x2", "slice: [0, 2]", "space_to_depth: 2",
    "spatial_dropout: 0.2", "upsample: 2", "resize: {like: input}", "channel_shuffle: 2", "rescale: 0.5", "elu: 1",
    "deformable_conv: 1x1x2", "gru: 2", "lstm: 2", "rnn: 2",
    "attention: 2", "leaky_relu: 0.1", "clip: [0, 4]", "reduce: mean", "permute: {height: width, width: height}",
    "learned: 4x4x4", "prepend: 2",
}  # fmt: skip


def _layer(kind: str, settings: str = ""):
    entry = next((each for each in ENTRIES if each.partition(":")[0] == kind), kind)
    sizes = "4x4" if layer_class(kind).takes == "sequence" else "4x4x4"
    text = f"input: {sizes}\nlayers:\n  - {{{entry}{settings}}}\n"
    return cnncalc.load(text).graph.nodes[0]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - MERGES - {"embedding", "opaque", "max_unpool"}))
def test_whether_ids_stay_ids(kind):
    """What a kind says of itself is what it does to whole numbers from 0 to 8."""
    node = _layer(kind)
    ids = np.random.default_rng(0).integers(0, 9, (1, *node.x.sizes("channels_last"))).astype(np.float64)
    arrays = {name: np.full(each.shape, 0.25) for name, each in node.weights.items()}
    found = node.layer.run(Arrays(), [ids.copy()] if node.layer.also_reads else ids.copy(), arrays)
    stay = bool((found == np.floor(found)).all() and found.min() >= 0 and found.max() <= ids.max())
    assert node.layer.keeps_ids() is stay is (kind in IDS)


def test_upsampling_between_ids_makes_others():
    assert not _layer("upsample", ", mode: bilinear").layer.keeps_ids()


def test_ids_through_merges():
    assert {kind for kind in MERGES if layer_class(kind)({}).keeps_ids()} == {"maximum", "minimum", "concat"}


@pytest.mark.parametrize("kind", sorted(IDS - MERGES))
def test_forward_draws_ids_through_it(kind):
    """`dropout` and `identity` ran before an embedding, and `drop_path` was refused."""
    own = {"slice": "slice: [0, 3]", "reshape": "reshape: 6"}
    entry = next((each for each in ENTRIES if each.partition(":")[0] == kind), kind)
    if layer_class(kind).takes == "positions":
        text = f"input: 4x4x4\nlayers:\n  - {{{entry}}}\n"
        text += "  - flatten\n" if not _layer(kind).output.is_vector else ""
    else:
        text = f"input: 6\nlayers:\n  - {{{own.get(kind, entry)}}}\n"
    spec = cnncalc.load(text + "  - {embedding: 4, vocabulary: 10}\n")
    assert list(vocabularies(spec.graph).values()) == [10]


# -- what stands between a flatten and a dense layer


@pytest.mark.parametrize(
    "kind", sorted(POINTWISE - {"channel_shuffle", "spatial_dropout", "instance_norm", "global_response_norm"})
)
def test_the_dense_layer_on_the_unflattened_size(kind):
    """The mistake is named after every kind that keeps the length of the vector."""
    from cnncalc.homework.diagnose.following import Student, Workings
    from cnncalc.homework.sheet.questions import sheet_of

    entry = next((each for each in ENTRIES if each.partition(":")[0] == kind), kind)
    text = f"input: 6x6x4\nlayers:\n  - flatten\n  - {{{entry}}}\n  - dense: 10\n"
    sheet = sheet_of(analyze(cnncalc.load(text)), ["output", "params"])
    beliefs = Student(Workings(sheet), {}).follow().beliefs
    assert beliefs["dense1"].inputs[0].before.sizes("channels_last") == (6, 6, 4)


@pytest.mark.parametrize("entry", ["flatten", "global_avg_pool", "global_max_pool", "reshape: 144", "reshape: -1"])
def test_what_makes_a_vector(entry):
    from cnncalc.homework.diagnose.following import Student, Workings
    from cnncalc.homework.sheet.questions import sheet_of

    sheet = sheet_of(analyze(cnncalc.load(f"input: 6x6x4\nlayers: [{entry}, dense: 10]\n")), ["output", "params"])
    beliefs = Student(Workings(sheet), {}).follow().beliefs
    assert beliefs["dense1"].inputs[0].before.sizes("channels_last") == (6, 6, 4)


@pytest.mark.parametrize(
    ("bounds", "keeps"), [("[0, 6]", True), ("[-1, 0]", True), ("[1, 6]", False), ("[0, 0.5]", False)]
)
def test_whether_clipped_ids_stay_ids(bounds, keeps):
    assert cnncalc.load(f"input: 4\nlayers: [clip: {bounds}]\n").graph.nodes[0].layer.keeps_ids() is keeps
