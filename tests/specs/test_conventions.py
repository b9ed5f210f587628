"""What the numbers mean: every statement about a chain of layers, on an example worked out by hand."""

from fractions import Fraction

import pytest

import cnncalc
from cnncalc import formulas
from cnncalc.layers import KINDS, MERGES

CONVENTIONS = ("lecture", "keras", "pytorch")


def chain(input, *entries, **overrides):
    """The analysis of a few layers; sizes are channels last unless a `layout` says otherwise."""
    top = {"layout": "channels_last", **overrides}
    text = "".join(f"{key}: {value}\n" for key, value in top.items())
    return cnncalc.analyze(
        cnncalc.load(f"{text}input: {input}\nlayers:\n" + "".join(f"  - {each}\n" for each in entries))
    )


def sizes(analysis, layout="channels_last"):
    return analysis.entries[-1].output.sizes(layout)


def field(input, *entries, **overrides):
    """The field of the last entry."""
    return chain(input, *entries, **overrides).entries[-1].fields["input"]


def summary(field):
    """(size, stride, padding) of a local field, along its only axis, or the same along all of them."""
    assert field.status == "local"
    (axes,) = {*zip(field.size, field.stride, field.padding, strict=True)}
    return axes


def codes(input, *entries, **overrides):
    """The codes of what is found in the spec."""
    try:
        return [each.code for each in chain(input, *entries, **overrides).spec.remarks]
    except cnncalc.SpecError as error:
        return [each.code for each in error.diagnostics]


# -- output sizes


@pytest.mark.parametrize(
    ("n", "settings", "expected"),
    [
        (28, "kernel: 3", 26),  # 28 − 3 + 1
        (6, "kernel: 3, stride: 2, padding: 1", 3),  # ⌊(6 − 3 + 2) / 2⌋ + 1 = ⌊2.5⌋ + 1
        (8, "kernel: 3, stride: 2", 3),  # ⌊5 / 2⌋ + 1
        (224, "kernel: 7, stride: 2, padding: 3", 112),  # ⌊223 / 2⌋ + 1
        (224, "kernel: 11, stride: 4, padding: 2", 55),  # ⌊217 / 4⌋ + 1
        (10, "kernel: 3, stride: 2, padding: [[0, 1]]", 5),  # ⌊(10 + 1 − 3) / 2⌋ + 1
        (9, "kernel: 3, dilation: 2", 5),  # ⌊9 − 2·2 − 1⌋ + 1; an ONNX profiler says 7
        (12, "kernel: 3, stride: 3, dilation: 2, padding: [[2, 1]]", 4),  # ⌊(12 + 3 − 4 − 1) / 3⌋ + 1 = ⌊10 / 3⌋ + 1
        (10, "kernel: 3, dilation: 2, padding: causal", 10),  # 2·2 zeros, all before: 10 + 4 − 4
        (10, "kernel: 3, stride: 2, padding: causal", 5),  # ⌊(10 + 2 − 3) / 2⌋ + 1
        (5, "kernel: 5", 1),
    ],
)
def test_output_size(n, settings, expected):
    assert sizes(chain(f"{n}x1", f"{{conv: 1, {settings}}}")) == (expected, 1)
    if "causal" not in settings:  # which no pool has
        pool = f"stride: 1, {settings}" if "stride" not in settings else settings  # not the window
        pool = pool.replace("kernel", "window")
        assert sizes(chain(f"{n}x1", f"{{max_pool: {{{pool}}}}}")) == (expected, 1)


@pytest.mark.parametrize(
    ("n", "settings", "expected"),
    [
        (8, "kernel: 4, stride: 2, padding: 1", 16),  # 7·2 − 2 + 3 + 1
        (5, "kernel: 3, stride: 2, padding: 1, output_padding: 1", 10),  # 4·2 − 2 + 2 + 1 + 1
        (4, "kernel: 3, dilation: 2", 8),  # 3·1 + 2·2 + 1
        (4, "kernel: 3, stride: 2, padding: [[0, 1]]", 8),  # 3·2 − 1 + 2 + 1
    ],
)
def test_output_size_of_a_transposed_convolution(n, settings, expected):
    assert sizes(chain(f"{n}x1", f"{{conv_transpose: 1, {settings}}}")) == (expected, 1)


@pytest.mark.parametrize(
    ("n", "settings", "expected"),
    [
        (5, "window: 2, stride: 2", 3),  # ⌈3/2⌉ + 1; the last window starts at 4, inside
        (112, "window: 3, stride: 2", 56),  # GoogLeNet: ⌈109/2⌉ + 1
        (5, "window: 2, stride: 2, padding: 1", 3),  # ⌈5/2⌉ + 1 = 4, but the last would start at 6 = 5 + 1: dropped
        (5, "window: 1, stride: 3", 2),  # ⌈4/3⌉ + 1 = 3, but the last would start at 6: dropped
        (9, "window: 3, stride: 2, dilation: 2", 3),  # ⌈(9 − 5)/2⌉ + 1
        (10, "window: 3, stride: 2, dilation: 2", 4),  # ⌈(10 − 5)/2⌉ + 1
    ],
)
def test_rounding_up(n, settings, expected):
    assert sizes(chain(f"{n}x1", f"{{max_pool: {{{settings}, rounding: ceil}}}}")) == (expected, 1)


def test_a_pool_that_is_rounded_up_keeps_its_field():
    assert summary(field("5x1", "{max_pool: 2, padding: 1, rounding: ceil}")) == (2, 2, 1)


# -- parameters

PARAMS = [
    ("9x9x8", "conv: 3x3x16", 3 * 3 * 8 * 16 + 16),
    ("9x9x8", "{conv: 3x3x16, bias: false}", 3 * 3 * 8 * 16),
    ("9x9x8", "{conv: 3x3x16, groups: 4}", 3 * 3 * 2 * 16 + 16),
    ("9x9x8", "depthwise_conv: 3", 3 * 3 * 8 + 8),
    ("9x9x8", "{depthwise_conv: 3, multiplier: 2}", 3 * 3 * 16 + 16),
    ("9x9x8", "separable_conv: 3x3x16", 3 * 3 * 8 + 8 * 16 + 16),
    ("9x9x8", "{separable_conv: 3x3x16, multiplier: 2}", 3 * 3 * 16 + 16 * 16 + 16),
    ("9x9x8", "conv_transpose: 3x3x4", 3 * 3 * 8 * 4 + 4),
    ("9x9x8", "{conv_transpose: 3x3x4, groups: 2, bias: false}", 3 * 3 * 4 * 4),
    ("9x9x8", "dense: 10", 8 * 10 + 10),
    ("400", "dense: 64", 400 * 64 + 64),
    ("59", "embedding: {width: 8, vocabulary: 100}", 100 * 8),
    # gates · (c·u + u·u + b·u), with two sets of biases under this convention
    ("20x8", "lstm: 16", 4 * (8 * 16 + 16 * 16 + 2 * 16)),
    ("20x8", "gru: 16", 3 * (8 * 16 + 16 * 16 + 2 * 16)),
    ("20x8", "{rnn: 16, bias: false}", 8 * 16 + 16 * 16),
    ("20x8", "{gru: 16, bidirectional: true, layers: 2}", 2 * 3 * (8 * 16 + 32 * 16 + 2 * (16 * 16 + 2 * 16))),
    ("20x8", "{rnn: 16, bidirectional: true, merge: sum, layers: 2}", 2 * (8 * 16 + 16 * 16 + 2 * (16 * 16 + 2 * 16))),
    ("9x9x8", "batch_norm", 8 + 8),
    ("9x9x8", "{batch_norm: {scale: false}}", 8),
    ("9x9x8", "{batch_norm: {affine: false}}", 0),
    ("9x9x8", "layer_norm", 8 + 8),
    ("9x9x8", "{instance_norm, affine: true}", 8 + 8),
    ("9x9x8", "group_norm: 4", 8 + 8),
    ("9x9x8", "local_response_norm: 5", 0),
    ("9x9x8", "{prelu: {per: channel}}", 8),
    ("9x9x8", "scale", 8),
    ("9x9x8", "{scale: {per: value, center: true}}", 2 * 9 * 9 * 8),
    ("9x9x8", "{scale: {per: position}}", 9 * 9),
    ("9x9x8", "offset", 8),
    ("9x9x8", "{offset: {per: value}}", 9 * 9 * 8),
    ("9x9x8", "{offset: {per: all}}", 1),
    ("9x9x8", "{prelu: {per: position}}", 9 * 9),
    ("9x9x8", "rms_norm", 8),
    ("9x9x8", "{rms_norm: {scale: false}}", 0),
    ("9x9x8", "l2_norm", 0),
    ("9x9x8", "rescale: 2", 0),
    ("9x9x8", "max_pool: 2", 0),
    ("9x9x8", "relu", 0),
]


@pytest.mark.parametrize(("input", "entry", "expected"), PARAMS, ids=[entry for _, entry, _ in PARAMS])
def test_parameters(input, entry, expected):
    totals = chain(input, entry, convention="pytorch").totals
    assert (totals.params, totals.trainable_params, totals.non_trainable_params) == (expected, expected, 0)


@pytest.mark.parametrize(("convention", "moving"), [("lecture", 0), ("keras", 8 + 8), ("pytorch", 0)])
@pytest.mark.parametrize(("entry", "trainable"), [("batch_norm", 16), ("{batch_norm: {affine: false}}", 0)])
def test_only_keras_counts_the_moving_statistics(convention, moving, entry, trainable):
    totals = chain("9x9x8", entry, convention=convention).totals
    assert (totals.trainable_params, totals.non_trainable_params) == (trainable, moving)
    assert totals.params == trainable + moving


@pytest.mark.parametrize(
    ("convention", "entry", "expected"),
    [
        # keras.layers.PReLU() has an alpha of the input's shape, nn.PReLU() a single one
        ("lecture", "prelu", 8),
        ("keras", "prelu", 9 * 9 * 8),
        ("pytorch", "prelu", 1),
        ("keras", "{prelu: {per: channel}}", 8),
        ("keras", "{prelu: 0.1, per: all}", 1),
        ("pytorch", "{prelu: {per: channel}}", 8),
        ("lecture", "{prelu: {per: value}}", 9 * 9 * 8),
        # nn.InstanceNorm2d has affine=False
        ("lecture", "instance_norm", 8 + 8),
        ("keras", "instance_norm", 8 + 8),
        ("pytorch", "instance_norm", 0),
        ("pytorch", "{instance_norm, affine: true}", 8 + 8),
        ("pytorch", "{instance_norm, scale: true}", 8),
        ("pytorch", "{instance_norm, affine: true, center: false}", 8),
        ("keras", "{instance_norm, affine: false}", 0),
        ("keras", "{instance_norm, affine: false, scale: true}", 0),
        ("pytorch", "{conv: 1x1x8, bias: false, norm: instance_norm, activation: prelu}", 8 * 8 + 1),
        ("keras", "{conv: 1x1x8, bias: false, norm: instance_norm, activation: {prelu: {per: all}}}", 8 * 8 + 16 + 1),
    ],
)
def test_parameters_that_depend_on_the_convention(convention, entry, expected):
    totals = chain("9x9x8", entry, convention=convention).totals
    assert (totals.params, totals.trainable_params) == (expected, expected)


@pytest.mark.parametrize(("convention", "count"), [("lecture", 0), ("keras", 2 * 8 + 1), ("pytorch", 0)])
def test_only_keras_counts_what_normalization_measured(convention, count):
    """`layers.Normalization` has a mean and a variance per channel, and a count: 7 numbers for an RGB image."""
    totals = chain("9x9x8", "normalization", convention=convention).totals
    assert (totals.trainable_params, totals.non_trainable_params) == (0, count)


@pytest.mark.parametrize("normalize", ["none", "sum", "softmax"])
def test_weights_of_branches(normalize):
    entry = f"{{weighted_add: [[], [relu], [tanh]], normalize: {normalize}}}"
    assert chain("9x9x8", entry).totals.params == 3
    assert chain("9x9x8", "divide: [[], [sigmoid]]").totals.params == 0
    totals = chain("9x9x8", "{weighted_add: [[], [relu]], trainable: false}").totals
    assert (totals.trainable_params, totals.non_trainable_params) == (0, 2)


def test_slopes_of_keras():
    # 28 − 5 + 1 = 24, and 24·24·32 slopes
    assert chain("28x28x1", "conv: 5x5x32", "prelu", convention="keras").layers[1].params == 18_432


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [("{}", 0), ("{instance_norm: {affine: true}}", 16), ("{instance_norm: {scale: true}}", 8)],
)
def test_defaults_of_a_spec_ask_too(defaults, expected):
    text = f"convention: pytorch\ninput: 8x9x9\ndefaults: {defaults}\nlayers: [instance_norm]\n"
    assert cnncalc.analyze(cnncalc.load(text)).totals.params == expected


def test_other_norms_have_no_moving_statistics():
    norms = ("layer_norm", "instance_norm", "group_norm: 4", "local_response_norm: 5")
    assert chain("9x9x8", *norms, convention="keras").totals.non_trainable_params == 0


@pytest.mark.parametrize(
    ("convention", "epsilon", "counts"), [("lecture", 1e-3, False), ("keras", 1e-3, False), ("pytorch", 1e-5, True)]
)
def test_defaults_that_depend_on_the_convention(convention, epsilon, counts):
    norm, pool = (
        layer.node.layer for layer in chain("4x4x1", "batch_norm", "avg_pool: 2", convention=convention).layers
    )
    assert (norm.epsilon, pool.count_padding) == (epsilon, counts)


def test_equivalent_layers():
    # 6×6 → 4×4 with 3×3: everything with everything; a kernel and a bias at each of 16 positions; one for all
    assert formulas.dense_equivalent(6 * 6, 4 * 4) == (36 + 1) * 16 == 592
    assert formulas.local_equivalent((4, 4), (3, 3), 1, 1) == 16 * (9 + 1) == 160
    assert chain("6x6x1", "conv: 3x3x1").totals.params == 9 + 1 == 10


# -- multiply-adds

MACS = [
    ("9x9x8", "conv: 3x3x16", 7 * 7 * (3 * 3 * 8) * 16),
    ("9x9x8", "{conv: 3x3x16, groups: 4}", 7 * 7 * (3 * 3 * 2) * 16),
    ("4x4x1", "{conv: 3x3x1, padding: 1}", 4 * 4 * 9),  # zeros of the padding count
    ("9x9x8", "{depthwise_conv: 3, multiplier: 2}", 7 * 7 * 9 * 16),
    ("9x9x8", "separable_conv: 3x3x16", 7 * 7 * (9 * 8 + 8 * 16)),
    ("400", "dense: 64", 400 * 64),
    ("9x9x8", "dense: 10", 9 * 9 * 8 * 10),
    # per step and direction, gates · units · (what is read + units)
    ("20x8", "lstm: 16", 20 * 4 * 16 * (8 + 16)),
    ("20x8", "{gru: 16, bidirectional: true, output: last}", 20 * 2 * 3 * 16 * (8 + 16)),
    ("20x8", "{rnn: 16, bidirectional: true, layers: 2}", 20 * 2 * 16 * ((8 + 16) + (32 + 16))),
    # every position of the input meets every weight; torchinfo counts 131,072, one window at each of 16·16 outputs
    ("8x8x8", "{conv_transpose: 4x4x4, stride: 2, padding: 1}", 32_768),
    ("8x8x8", "{conv_transpose: 4x4x4, stride: 2, padding: 1, groups: 4}", 8 * 8 * (4 * 4 * 2) * 4),
]


@pytest.mark.parametrize(("input", "entry", "expected"), MACS, ids=[entry for _, entry, _ in MACS])
def test_multiply_adds(input, entry, expected):
    analysis = chain(input, entry)
    assert analysis.totals.macs == expected
    assert cnncalc.analyze(analysis.spec, batch=32).totals.macs == expected
    if "dense" not in entry:  # biases do not count
        assert chain(input, entry, defaults=f"{{{analysis.entries[0].kind}: {{bias: false}}}}").totals.macs == expected


OTHERS = {
    "max_pool": "2", "avg_pool": "{window: 2, stride: 1}", "lp_pool": "2",
    "adaptive_avg_pool": "3", "adaptive_max_pool": "3",
    "global_avg_pool": "{keep_dims: true}", "global_max_pool": "{keep_dims: true}",
    "embedding": "{width: 3, vocabulary: 9}", "reshape": "[9, 9, 8]", "pad": "1", "crop": "1", "upsample": "2",
    "resize": "{like: input, mode: bilinear}",
    "depth_to_space": "2", "space_to_depth": "3", "channel_shuffle": "2", "slice": "[0, end]", "group_norm": "2",
    "permute": "{height: width, width: height}", "reduce": "mean",
    "learned": "4x8", "prepend": "2",
    "clip": "[0, 1]", "rescale": "2", "dropout": "0.5", "spatial_dropout": "0.5", "drop_path": "0.5",
}  # fmt: skip


MULTIPLY = {
    "conv", "depthwise_conv", "separable_conv", "conv_transpose", "deformable_conv", "dense",
    "lstm", "gru", "rnn", "attention",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - MERGES - MULTIPLY - {"opaque", "max_unpool"}))
def test_nothing_else_has_multiply_adds(kind):
    input = {"embedding": "9", "prepend": "9x8"}.get(kind, "9x9x8")
    assert chain(input, f"{kind}: {OTHERS[kind]}" if kind in OTHERS else kind).totals.macs == 0


# -- receptive fields

FIELDS = [
    (["{conv: 1, kernel: 3, padding: 1}"], (3, 1, 1)),
    (["{conv: 1, kernel: 3, dilation: 2, stride: 2, padding: 2}"], (5, 2, 2)),
    (["{conv: 1, kernel: 3, padding: 1, stride: 3}", "{conv: 1, kernel: 2}"], (6, 3, 1)),  # Araujo et al.: −1 to 4
    (["{conv: 1, kernel: 3, padding: causal}"], (3, 1, 2)),
    # the branches of Araujo et al.'s test graphs, each by itself; 3 + (1 − 1)·2 = 3, with steps of 2·2
    (["pad: [[1, 0]]", "{conv: 1, kernel: 3, stride: 2}", "{conv: 1, kernel: 1, stride: 2}"], (3, 4, 1)),
    (["pad: [[1, 0]]", "{max_pool: 3, stride: 2}", "{max_pool: 1, stride: 2}"], (3, 4, 1)),
    (["pad: [[2, 1]]", "{conv: 1, kernel: 5, stride: 2}"], (5, 2, 2)),
    (["{conv: 1, kernel: 3}", "{conv: 1, kernel: 3}"], (5, 1, 0)),
    # moved, not grown
    (["pad: 2"], (1, 1, 2)),
    (["crop: 2"], (1, 1, -2)),
    (["crop: [[2, 0]]", "{conv: 1, kernel: 3}"], (3, 1, -2)),
    (["{conv: 1, kernel: 3, stride: 2}", "crop: 1"], (3, 2, -2)),  # one step of 2 into the input
    # two units see the same place: half a step from unit to unit
    (["upsample: 2"], (1, Fraction(1, 2), 0)),
    (["depth_to_space: 2"], (1, Fraction(1, 2), 0)),
    (["space_to_depth: 2"], (2, 2, 0)),
    (["{conv: 1, kernel: 3}", "upsample: 2"], (3, Fraction(1, 2), 0)),
    # units 0, 1, 2 read 0…2, 1…3, 2…4 of the upsampled, which are 0…1, 0…1, 1…2
    (["upsample: 2", "{conv: 1, kernel: 3}"], (2, Fraction(1, 2), 0)),
    (["upsample: 2", "{conv: 1, kernel: 3, padding: 1}"], (2, Fraction(1, 2), 1)),  # −1…1 → −1…0; 0…2 → 0…1
    (["upsample: 3", "{max_pool: 3}"], (1, 1, 0)),  # a pool of whole blocks undoes it
    # unit i is at (2i − 1) / 4, between −1 and 0, 0 and 1, 0 and 1, …
    (["{upsample: 2, mode: bilinear}"], (2, Fraction(1, 2), 1)),
    # unit i is reached by the j and taps m with 2j − 1 + m = i: 0 by −1 and 0, 1 by 0 and 1
    (["{conv_transpose: 1, kernel: 4, stride: 2, padding: 1}"], (2, Fraction(1, 2), 1)),
    (["{conv_transpose: 1, kernel: 2, stride: 2}"], (1, Fraction(1, 2), 0)),
    # nothing moves
    (["batch_norm", "relu", "dropout: 0.5", "dense: 3", "layer_norm", "{slice: [0, 1]}", "identity"], (1, 1, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "expected"), FIELDS, ids=[" ".join(entries) for entries, _ in FIELDS])
def test_size_stride_and_padding(entries, expected):
    # Keras takes no stride with a dilation
    is_keras = not any("stride" in entry and "dilation" in entry for entry in entries)
    found = field("24x4", *entries, convention="keras" if is_keras else "lecture")
    assert summary(found) == expected
    assert found.is_uniform
    assert not found.is_gated


@pytest.mark.parametrize(
    ("entries", "expected", "boxes"),
    [
        # 2j + m = i with m up to 2: even units hear from i/2 − 1 and i/2, odd ones from one place
        (["{conv_transpose: 1, kernel: 3, stride: 2}"], (2, Fraction(1, 2), 1), [(-1, 0), (0, 0), (0, 1), (1, 1)]),
        # units 0, 1, 2 read 0…1, 1…2, 2…3 of the upsampled
        (["upsample: 2", "{conv: 1, kernel: 2}"], (2, Fraction(1, 2), 0), [(0, 0), (0, 1), (1, 1)]),
        # 5 → 3: ⌊5i/3⌋ up to ⌈5(i + 1)/3⌉
        (["adaptive_avg_pool: 3"], (3, Fraction(5, 3), 0), [(0, 1), (1, 3), (3, 4)]),
    ],
)
def test_fields_that_are_not_uniform(entries, expected, boxes):
    found = field("5x4", *entries)
    assert summary(found) == expected
    assert not found.is_uniform
    assert [found.box((unit,)) for unit in range(len(boxes))] == [(box,) for box in boxes]


def test_the_box_of_a_unit():
    found = field("30x1", "{conv: 1, kernel: 3, padding: 1, stride: 3}", "{conv: 1, kernel: 2}")
    assert found.box((0,)) == ((-1, 4),)
    for i in range(5):  # its centre is −P + iS + (r − 1)/2
        low, high = found.box((i,))[0]
        assert Fraction(low + high, 2) == -1 + i * 3 + Fraction(6 - 1, 2)


def test_axes_are_told_apart():
    # a 1×7 convolution sees 1×7 (torch-scan says 1)
    assert field("9x9x1", "{conv: 1, kernel: 1x7}").size == (1, 7)
    # 3×5 with stride 2, then 3×1 with stride 2 (Araujo et al.): 3 + 2·2 = 7 high, 5 wide
    found = field("19x19x1", "{conv: 1, kernel: 3x5, stride: 2}", "{conv: 1, kernel: 3x1, stride: 2}")
    assert (found.size, found.stride, found.padding) == ((7, 5), (4, 4), (0, 0))
    # spatial axes in order, wherever the channels stand
    first = field("1x19x19", "{conv: 1, kernel: 3x5, stride: [2, 1]}", layout="channels_first")
    assert (first.size, first.stride) == ((3, 5), (2, 1))


@pytest.mark.parametrize(
    "entries",
    [["flatten"], ["flatten", "relu"], ["flatten", "dense: 3"], ["global_avg_pool"],
     ["global_max_pool: {keep_dims: true}"], ["adaptive_avg_pool: 1"],
     ["global_avg_pool: {keep_dims: true}", "conv: 1x1x4"]],
    ids=" ".join,
)  # fmt: skip
def test_a_global_field(entries):
    assert field("8x8x2", *entries).status == "global"
    assert field("8x8x2", "conv: 3x3x2", *entries).status == "global"


def test_dense_on_a_vector_is_global_and_on_positions_local():
    assert field("8", "dense: 3").status == "global"
    assert summary(field("8x8x2", "conv: 3x3x4", "dense: 3", convention="keras")) == (3, 1, 0)


@pytest.mark.parametrize(
    ("norm", "is_gated"),
    [("instance_norm", True), ("group_norm: 2", True), ("batch_norm", False), ("layer_norm", False)],
)
def test_norms_over_positions_gate_a_field(norm, is_gated):
    before, gate, after = (each.fields["input"] for each in chain("9x9x2", "conv: 3x3x2", norm, "conv: 3x3x2").entries)
    assert [summary(each) for each in (before, gate, after)] == [(3, 1, 0), (3, 1, 0), (5, 1, 0)]
    assert [before.is_gated, gate.is_gated, after.is_gated] == [False, is_gated, is_gated]


def test_a_field_belongs_to_an_input():
    text = "inputs: {left: 9x9x1, right: 9x9x1}\nlayers:\n  - {conv: 3x3x1, from: right}\n"
    (entry,) = cnncalc.analyze(cnncalc.load(text)).entries
    assert list(entry.fields) == ["right"]


def test_an_unknown_number_is_not_zero():
    # 4999 windows over 5000 positions repeat only after all of them
    pool, conv = (
        each.fields["input"].status for each in chain("5000x1", "adaptive_avg_pool: 4999", "conv: 3x1").entries
    )
    assert (pool, conv) == ("unknown", "unknown")


# -- memory


def test_memory_of_activations():
    # numbers: input 4·4·1 = 16, conv 4·4·2 = 32, relu 32, pool 2·2·2 = 8, flatten 8, dropout 8, dense 3
    spec = chain(
        "4x4x1", "{conv: 3x3x2, padding: 1, activation: relu}", "max_pool: 2", "flatten", "dropout: 0.5", "dense: 3"
    ).spec
    analysis = cnncalc.analyze(spec)
    assert [layer.activation_bytes for layer in analysis.layers] == [4 * 32, 4 * 32, 4 * 8, 4 * 8, 4 * 8, 4 * 3]
    assert analysis.totals.activation_bytes == 4 * (32 + 32 + 8 + 8 + 8 + 3) == 364
    # alive while each runs: 16 + 32, 32 + 32, 32 + 8, 8 + 8, 8 + 8, 8 + 3
    assert (analysis.totals.peak_activation_bytes, analysis.totals.peak_at) == (4 * 64, "conv1.relu")
    halves = cnncalc.analyze(spec, dtype="float16", batch=10).totals
    assert (halves.activation_bytes, halves.peak_activation_bytes) == (10 * 2 * 91, 10 * 2 * 64)
    # 3·3·1·2 + 2 and 8·3 + 3 parameters, which no batch multiplies
    assert halves.param_bytes == 2 * (20 + 27)


def test_a_tensor_lives_until_its_last_use():
    # 8·8 numbers each: the input waits for conv2, so three are alive at relu1, and two at conv2
    last = "{conv: 1x1x1, from: input}"
    totals = chain("8x8x1", "conv: 1x1x1", "relu", last).totals
    assert (totals.peak_activation_bytes, totals.peak_at) == (4 * 3 * 64, "relu1")


# -- the three rules of `same`

SAME = [
    # the lecture: ⌊k/2⌋ on every side, k the dilated kernel
    ("lecture", 7, "kernel: 3", (1, 1), 7),
    ("lecture", 7, "kernel: 4", (2, 2), 8),  # 7 + 4 − 4 + 1: one more
    ("lecture", 7, "kernel: 2", (1, 1), 8),
    ("lecture", 9, "kernel: 3, dilation: 2", (2, 2), 9),  # 5 dilated
    ("lecture", 9, "kernel: 4, dilation: 2", (3, 3), 9),  # 7 dilated, odd again
    ("lecture", 9, "kernel: 2, dilation: 3", (2, 2), 10),  # 4 dilated: 9 + 4 − 4 + 1
    ("lecture", 7, "kernel: 3, stride: 2", (1, 1), 4),  # ⌊6/2⌋ + 1
    ("lecture", 8, "kernel: 3, stride: 2", (1, 1), 4),  # ⌊7/2⌋ + 1
    ("lecture", 8, "kernel: 4, stride: 2", (2, 2), 5),  # ⌊8/2⌋ + 1
    # Keras: ⌈n/s⌉ outputs need (⌈n/s⌉ − 1)·s + k − n zeros, the odd one after
    ("keras", 7, "kernel: 3", (1, 1), 7),  # 6 + 3 − 7 = 2
    ("keras", 7, "kernel: 4", (1, 2), 7),  # 6 + 4 − 7 = 3
    ("keras", 7, "kernel: 2", (0, 1), 7),  # 6 + 2 − 7 = 1
    ("keras", 9, "kernel: 3, dilation: 2", (2, 2), 9),  # 8 + 5 − 9 = 4
    ("keras", 9, "kernel: 2, dilation: 3", (1, 2), 9),  # 8 + 4 − 9 = 3
    ("keras", 7, "kernel: 3, stride: 2", (1, 1), 4),  # 6 + 3 − 7 = 2
    ("keras", 8, "kernel: 3, stride: 2", (0, 1), 4),  # 6 + 3 − 8 = 1
    ("keras", 8, "kernel: 1, stride: 2", (0, 0), 4),  # 6 + 1 − 8 < 0
    ("keras", 8, "kernel: 4, stride: 3", (1, 1), 3),  # 6 + 4 − 8 = 2
    ("keras", 224, "kernel: 7, stride: 2", (2, 3), 112),  # 222 + 7 − 224 = 5
    # PyTorch: k − 1 zeros, the odd one after
    ("pytorch", 7, "kernel: 3", (1, 1), 7),
    ("pytorch", 7, "kernel: 4", (1, 2), 7),
    ("pytorch", 9, "kernel: 3, dilation: 2", (2, 2), 9),
    ("pytorch", 9, "kernel: 2, dilation: 3", (1, 2), 9),
]


@pytest.mark.parametrize(("convention", "n", "settings", "padding", "out"), SAME)
def test_same_padding(convention, n, settings, padding, out):
    for entry in (f"{{conv: 1, {settings}, padding: same}}", f"{{depthwise_conv: {{{settings}, padding: same}}}}"):
        analysis = chain(f"{n}x1", entry, convention=convention)
        assert analysis.layers[0].node.layer.padding == (padding,)
        assert sizes(analysis) == (out, 1)
        assert analysis.entries[0].fields["input"].padding == padding[:1]
    if "stride" in settings:  # a pool's stride is its window otherwise
        pool = chain(
            f"{n}x1", f"{{max_pool: {{{settings.replace('kernel', 'window')}, padding: same}}}}", convention=convention
        )
        assert (pool.layers[0].node.layer.padding, sizes(pool)) == ((padding,), (out, 1))


def test_same_padding_of_a_pool_without_a_stride():
    pool = chain("7x1", "{max_pool: 2, padding: same}", convention="keras")  # ⌈7/2⌉ = 4 outputs: 6 + 2 − 7 = 1 zero
    assert (pool.layers[0].node.layer.padding, sizes(pool)) == (((0, 1),), (4, 1))


def test_same_in_araujos_graph():
    entries = ("{conv: 1, kernel: 3, stride: 2, padding: same}", "{conv: 1, kernel: 1, stride: 2}")
    assert summary(field("9x9x1", *entries, convention="keras")) == (3, 4, 1)  # 8 + 3 − 9 = 2 zeros: one before
    assert summary(field("8x8x1", *entries, convention="keras")) == (3, 4, 0)  # 6 + 3 − 8 = 1 zero: none before


@pytest.mark.parametrize(
    ("settings", "cut", "out"),
    [
        ("kernel: 3, stride: 2", (0, 1), 10),  # 4·2 + 3 = 11, and 3 − 2 = 1 cut
        ("kernel: 4, stride: 2", (1, 1), 10),  # 4·2 + 4 = 12, and 2 cut
        ("kernel: 5, stride: 2", (1, 2), 10),  # 4·2 + 5 = 13, and 3 cut
        ("kernel: 2, stride: 3", (0, 0), 15),  # 4·3 + 2 = 14: nothing to cut, and one more to reach 5·3
        ("kernel: 3", (1, 1), 5),
    ],
)
def test_same_padding_of_a_transposed_convolution(settings, cut, out):
    entry = f"{{conv_transpose: 1, {settings}, padding: same}}"
    analysis = chain("5x1", entry, convention="keras")
    assert (analysis.layers[0].node.layer.padding, sizes(analysis)) == ((cut,), (out, 1))
    assert [codes("5x1", entry, convention=each) for each in ("lecture", "pytorch")] == [["CNN305"], ["CNN305"]]


@pytest.mark.parametrize(
    ("n", "settings", "out"),
    [
        # written under `same`: (n − 1)s + k − 2⌊k/2⌋ + it
        (5, "kernel: 3, stride: 2, padding: same, output_padding: 0", 9),  # 4·2 + 3 − 2
        (5, "kernel: 3, stride: 2, padding: same, output_padding: 1", 10),
        (5, "kernel: 3, stride: 2, padding: same", 10),  # left out: 5·2
        (5, "kernel: 3, stride: 2, padding: same, output_padding: none", 10),  # which is left out
        (5, "kernel: 4, stride: 3, padding: same, output_padding: 2", 14),  # 4·3 + 4 − 4 + 2
        (5, "kernel: 1, stride: 3, padding: same, output_padding: 2", 15),  # 4·3 + 1 + 2
        (5, "kernel: 2, dilation: 2, padding: same, output_padding: 0", 5),  # a dilated kernel of 3: 4 + 3 − 2
        # under `valid`, also where no padding is written: (n − 1)s + k + it
        (5, "kernel: 2, stride: 3, output_padding: 0", 14),  # 4·3 + 2
        (5, "kernel: 2, stride: 3, padding: valid, output_padding: 0", 14),
        (5, "kernel: 2, stride: 3, output_padding: 2", 16),
        (5, "kernel: 2, stride: 3", 15),  # left out: 5·3
        (5, "kernel: 2, stride: 3, padding: valid", 15),
        (5, "kernel: 4, stride: 3", 16),  # 4·3 + 4, larger than 15
        (5, "kernel: 3, dilation: 2", 9),  # a dilated kernel of 5: 4 + 5
        # a padding as a number is cut off by the formula
        (5, "kernel: 2, stride: 3, padding: [[0, 1]]", 13),  # 4·3 + 2 − 1
        (5, "kernel: 3, stride: 2, padding: 1, output_padding: 1", 10),  # 4·2 + 3 − 2 + 1
    ],
)
def test_output_padding_of_keras(n, settings, out):
    assert sizes(chain(f"{n}x1", f"{{conv_transpose: 1, {settings}}}", convention="keras")) == (out, 1)


def test_keras_rules_hold_along_each_axis():
    # kernels of 4 and 2 at a stride of 3: 4·3 and 11·3
    entry = "{conv_transpose: 4x2x1, stride: 3, padding: same}"
    assert sizes(chain("4x11x1", entry, convention="keras")) == (12, 33, 1)
    assert sizes(chain("4x11x1", entry.replace(", padding: same", ""), convention="keras")) == (13, 33, 1)  # 3·3 + 4
    written = "{conv_transpose: 3x1x2x1, stride: [2, 3, 2], padding: same, output_padding: [0, 2, 1]}"
    # 4·2 + 3 − 2; 3·3 + 1 + 2; 2·2 + 2 − 2 + 1
    assert sizes(chain("5x4x3x1", written, convention="keras")) == (9, 12, 5, 1)


def test_an_output_padding_under_defaults_is_written():
    text = "convention: keras\ninput: 5x1\ndefaults: {conv_transpose: {output_padding: 0}}\nlayers:\n  - "
    entry = "{conv_transpose: 1, kernel: 3, stride: 2, padding: same"
    for more, out in (("}", 9), (", output_padding: none}", 10), (", output_padding: 1}", 10)):
        assert sizes(cnncalc.analyze(cnncalc.load(text + entry + more))) == (out, 1)


@pytest.mark.parametrize("entry", ["{conv: 3x3x1, stride: 2, padding: same}", "{max_pool: 2, padding: same}"])
def test_pytorch_has_same_for_stride_1_alone(entry):
    assert codes("8x8x1", entry, convention="pytorch") == ["CNN305"]


@pytest.mark.parametrize(
    ("convention", "settings", "notes"),
    [
        ("lecture", "3x3x1", []),
        ("lecture", "4x4x1", ["CNN502"]),
        ("lecture", "4x4x1, dilation: 2", []),  # 7 dilated: 3 on either side keep the size, as under the others
        ("lecture", "2x2x1, dilation: 3", ["CNN502"]),  # 4 dilated
        ("lecture", "3x3x1, stride: 2", ["CNN503"]),
        ("lecture", "1x1x1, stride: 2", []),  # no zeros under any convention
        ("keras", "3x3x1", []),
        ("keras", "3x3x1, stride: 2", ["CNN503"]),
        ("pytorch", "3x3x1", []),
    ],
)
def test_notes_where_the_conventions_differ(convention, settings, notes):
    assert codes("8x8x1", f"{{conv: {settings}, padding: same}}", convention=convention) == notes


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_odd_kernels_have_one_size_under_all_conventions(convention):
    for n in range(5, 12):
        assert sizes(chain(f"{n}x1", "{conv: 5x1, padding: same}", convention=convention)) == (n, 1)


# -- layouts, shapes, ids


def test_layouts():
    # PyTorch's order is channels first where no layout is named, and K×K×filters stays K×K×filters
    spec = cnncalc.load("convention: pytorch\ninput: 3x10x20\nlayers:\n  - conv: 3x5x7\n")
    assert spec.layout == "channels_first"
    entry = cnncalc.analyze(spec).entries[0]
    assert (entry.output.spatial, entry.output.channels, entry.params) == ((8, 16), 7, 3 * 5 * 3 * 7 + 7)
    assert (entry.output.text(spec.layout), entry.output.text("channels_last")) == ("7×8×16", "8×16×7")
    for convention in ("lecture", "keras"):
        assert cnncalc.load(f"convention: {convention}\ninput: 10x20x3\nlayers: [relu]\n").layout == "channels_last"


def test_the_order_of_a_file_is_its_own():
    text = "convention: pytorch\ninput: 3x10x20\nlayers:\n  - reshape: 6x5x20\n  - relu\n"
    for overrides in ({}, {"convention": "keras"}, {"layout": "channels_last"}):
        spec = cnncalc.load(text, **overrides)
        assert [node.output.sizes("channels_first") for node in spec.graph.nodes] == [(6, 5, 20), (6, 5, 20)]
        assert spec.layout == overrides.get("layout", "channels_first")


def test_dense_reads_channels_in_both_layouts():
    last = chain("10x20x3", "dense: 7", convention="keras")
    first = chain("3x10x20", "dense: 7", convention="keras", layout="channels_first")
    assert sizes(last) == (10, 20, 7)
    assert sizes(first, "channels_first") == (7, 10, 20)
    assert last.totals.params == first.totals.params == 3 * 7 + 7
    assert codes("10x20x3", "dense: 7") == ["CNN501"]  # a warning under the lecture's convention, none elsewhere
    assert last.spec.remarks == first.spec.remarks == ()


def test_dense_on_positions_is_meant_where_a_map_was_made_a_row():
    row = "flatten: {positions: true}"
    assert codes("10x20x3", row, "dense: 7") == []
    assert codes("10x20x3", row, "residual: [layer_norm, {dense: 8}, gelu, {dense: 3}]", "dense: 7") == []
    assert codes("10x20x3", "reduce: {how: mean, axes: height}", "dense: 7") == []
    assert codes("200x3", "dense: 7") == ["CNN501"]  # a sequence that is no map's
    assert codes("10x20x3", "residual: [{dense: 3}]", row) == ["CNN501"]  # before it
    assert codes("59", "embedding: {width: 8, vocabulary: 100}", "dense: 10") == ["CNN501"]


@pytest.mark.parametrize(
    ("input", "shape", "expected"),
    [
        ("12", "3x4", (3, 4)),
        ("4x6x2", "-1", (48,)),
        ("4x6x2", "[8, -1, 2]", (8, 3, 2)),
        ("48", "2x2x3x4", (2, 2, 3, 4)),
    ],
)
def test_reshape(input, shape, expected):
    assert sizes(chain(input, f"reshape: {shape}")) == expected


def test_reshape_keeps_every_value():
    assert codes("12", "reshape: 3x5") == ["CNN304"]
    assert codes("12", "reshape: [5, -1]") == ["CNN304"]


def test_embedding():
    analysis = chain("59", "embedding: {width: 8, vocabulary: 100}", "conv: 3x16")
    table, conv = analysis.entries
    assert (table.output.sizes("channels_last"), table.params, table.macs) == ((59, 8), 800, 0)
    assert (conv.output.sizes("channels_last"), conv.params) == ((57, 16), 3 * 8 * 16 + 16)
    # the ids are positions
    assert [summary(each.fields["input"]) for each in (table, conv)] == [(1, 1, 0), (3, 1, 0)]
