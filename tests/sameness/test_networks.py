"""Small networks that are the same however they are written, and others, with the place where they part."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.sameness.networks import Sameness, compare_networks


def of(layers: str, head: str = "input: 28x28x3") -> cnncalc.Spec:
    return cnncalc.load(f"{head}\nlayers: [{layers}]\n")


def compared(first: str, second: str, head: str = "input: 28x28x3") -> Sameness:
    one, other = (
        compare_networks(of(first, head), of(second, head)),
        compare_networks(of(second, head), of(first, head)),
    )
    assert one.verdict == other.verdict, "the order of the two does not matter"
    assert (one.parting is None) == (one.verdict != "different")
    return one


SAME = {
    "pad of a convolution": ("pad: 1, conv: 3x3x8", "{conv: 3x3x8, padding: 1}"),
    "pad read twice": (
        "{pad: 1, name: p}, {conv: 3x3x8, name: a}, {conv: 5x5x8, padding: 1, from: p}, add: [[], a]",
        "{add: [{conv: 5x5x8, padding: 2}, {conv: 3x3x8, padding: 1}]}",
    ),
    "pads in a row": (
        "pad: 1, pad: [[0, 1], [2, 0]], depthwise_conv: 3",
        "{depthwise_conv: 3, padding: [[1, 2], [3, 1]]}",
    ),
    "pad of a mean": ("pad: 1, avg_pool: 2", "{avg_pool: 2, padding: 1, count_padding: true}"),
    "padding that no window reads": (
        "{conv: 3x3x8, stride: 2, padding: [[1, 1], [1, 1]]}",
        "{conv: 3x3x8, stride: 2, padding: [[1, 0], [1, 0]]}",
    ),
    "no padding to count": ("avg_pool: 2", "{avg_pool: 2, count_padding: true}"),
    "border of a maximum of what is never below zero": ("relu, pad: 1, max_pool: 2", "relu, {max_pool: 2, padding: 1}"),
    "rounding that changes nothing": ("max_pool: 2", "{max_pool: 2, rounding: ceil}"),
    "depthwise": ("{depthwise_conv: 3, multiplier: 2}", "{conv: 3x3x6, groups: 3}"),
    "separable": ("{separable_conv: 3x3x8}", "{depthwise_conv: 3, bias: false}, {conv: 1x1x8}"),
    "dense on a map": ("dense: 8", "conv: 1x1x8"),
    "global": ("global_avg_pool, dense: 8", "adaptive_avg_pool: 1, flatten, dense: 8"),
    "global by a window": ("avg_pool: 28, conv: 1x1x8", "{reduce: mean}, dense: 8"),
    "adaptive": ("adaptive_max_pool: 14", "max_pool: 2"),
    "as many as there are": ("adaptive_avg_pool: 28, relu", "relu"),
    "nothing": ("relu, identity, dropout: 0.5, {spatial_dropout: 0.1}, tanh, {drop_path: 0.1}", "relu, tanh"),
    "reshapes in a row": ("flatten, reshape: 28x28x3, reshape: 784x3, flatten, flatten, dense: 4", "flatten, dense: 4"),
    "positions in a row": ("{flatten: {positions: true}}", "reshape: 784x3"),
    "order of branches": ("{add: [{relu}, {tanh}, []]}", "{add: [[], {relu}, {tanh}]}"),
    "sums of sums": ("{add: [{relu}, {add: [{tanh}, {sigmoid}]}]}", "{add: [{sigmoid}, {relu}, {tanh}]}"),
    "one after the other": ("{concat: [[], {concat: [{relu}, {tanh}]}]}", "{concat: [[], {relu}, {tanh}]}"),
    "one of those that follow one another": (
        "{relu, name: r}, {concat: [[], {tanh}, input]}, {slice: [3, 6]}, {add: [[], r]}",
        "{relu, name: r}, tanh, {add: [[], r]}",
    ),
    "one of those that follow one another along an axis": (
        "{concat: [{max_pool: 2}, {avg_pool: 2}], axis: height}, {slice: [14, end], axis: height}",
        "avg_pool: 2",
    ),
    "each position for itself": ("{attention: 1, dilation: 28}", "{attention: 1, window: 1}"),
    "each position for itself along one axis": (
        "{attention: 1, dilation: [28, 2]}",
        "{attention: 1, window: [1, 28], dilation: [1, 2]}",
    ),
    "calculated twice": ("{relu, name: r}, {add: [r, r]}", "{add: [{relu}, {relu}]}"),
    "bounds": ("relu6", "{clip: [0, 6]}"),
    "without a slope": ("{leaky_relu: 0}", "relu"),
    "repeated": ("{upsample: 2}", "{resize: 56x56}"),
    "windows of one position": ("{adaptive_avg_pool: 56x84}", "{upsample: 2x3}"),
    "the largest of one": ("{adaptive_max_pool: 56x56}", "{adaptive_avg_pool: 56x56}"),
    "cut": ("{crop: [[2, 0], [0, 0]]}", "{slice: [2, 28], axis: height}"),
    "groups of one": ("{instance_norm, affine: true}", "{group_norm: 3}"),
    "a single row": (
        "reshape: 1x784x3, {conv: 1x1x8}, {softmax, axis: width}",
        "reshape: 784x3, {dense: 8}, {softmax, axis: position}",
    ),
    "rows of one": (
        "reshape: 784x1x3, {reduce: max, axes: height}, relu",
        "reshape: 784x3, global_max_pool, relu",
    ),
    "to float32": ("{batch_norm, epsilon: 0.001}", "{batch_norm, epsilon: 0.0010000000474974513}"),
    "initial values": ("{scale, initial: 0.1}", "{scale, initial: 1}"),
    "a number per channel": ("{rescale: [2, 2, 2]}", "{rescale: 2}"),
    # 3·(2x + 1) + 4 = 6x + 7
    "constants in a row": ("{rescale: 2, offset: 1}, {rescale: 3, offset: 4}", "{rescale: 6, offset: 7}"),
    "constants in a row, one for each channel": ("{rescale: [1, 2, 3]}, {rescale: 2}", "{rescale: [2, 4, 6]}"),
    "constants in a row, read on the way": (
        "{rescale: 2, name: r}, {rescale: 3}, {add: [[], r]}",
        "{add: [{rescale: 6}, {rescale: 2}]}",
    ),
    "sizes written out": (
        "reshape: 784x3, {attention: 3}",
        "reshape: 784x3, {attention: 3, key_size: 1, value_size: 1, output: 3}",
    ),
    "keys of its own": (
        "{reshape: 784x3, name: x}, {attention: 3}",
        "{reshape: 784x3, name: x}, {attention: 3, keys: x}",
    ),
    "shared in another order": (
        "{conv: 1x1x3, name: a}, {relu, name: r}, {share: a, from: input}, {add: [[], r]}",
        "{conv: 1x1x3, name: a}, {share: a, from: input, name: b}, {relu, from: b}, {add: [[], a]}",
    ),
    "frozen": ("{conv: 3x3x8, trainable: false}", "conv: 3x3x8"),
}  # fmt: skip


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_same(pair):
    found = compared(*pair)
    assert found == Sameness("same"), found.text


DIFFERENT = {
    "setting": (
        "conv: 3x3x8, relu",
        "{conv: 3x3x8, stride: 2}, relu",
        "conv1 (line 2) and conv1 (line 2): stride 1 against 2",
    ),
    "kind": ("conv: 3x3x8, relu", "conv: 3x3x8, gelu", "relu1 (line 2) and gelu1 (line 2): `relu` against `gelu`"),
    "more": ("conv: 3x3x8, relu, tanh", "conv: 3x3x8, tanh", "relu1 (line 2): only the first model has this layer"),
    "at the end": ("conv: 3x3x8, relu", "conv: 3x3x8", "relu1 (line 2): only the first model has this layer"),
    "reads": (
        "{relu, name: r}, {tanh, name: t}, {concat: [r, t]}", "{relu, name: r}, {tanh, name: t}, {concat: [t, r]}",
        "concat1 (line 2) and concat1 (line 2): reads r, t against reads t, r",
    ),
    "border of a maximum": (
        "pad: 1, max_pool: 2",
        "{max_pool: 2, padding: 1}",
        "pad1 (line 2) and max_pool1 (line 2): `pad` against `max_pool`",
    ),
    "two layers or one": (
        "{add: [{conv: 1x1x3}, {conv: 1x1x3}]}", "{conv: 1x1x3, name: c}, {add: [c, c]}",
        "conv2 (line 2): only the first model has this layer",
    ),
    "shared or not": (
        "{conv: 1x1x3, name: a}, relu, {share: a, name: b}", "{conv: 1x1x3, name: a}, relu, {conv: 1x1x3, name: b}",
        "a (line 2) and a (line 2): shares its weights with b against has weights of its own",
    ),
    "epsilon": (
        "{batch_norm, epsilon: 0.001}",
        "{batch_norm, epsilon: 0.0011}",
        "batch_norm1 (line 2) and batch_norm1 (line 2): epsilon 0.001 against 0.0011",
    ),
    "epsilon, folded": (
        "{conv: 1x1x3, norm: {batch_norm: {epsilon: 0.001}}}", "{conv: 1x1x3, norm: {batch_norm: {epsilon: 0.002}}}",
        "conv1.batch_norm (line 2) and conv1.batch_norm (line 2): epsilon 0.001 against 0.002",
    ),
    "units": ("flatten, dense: 8", "flatten, dense: 9", "dense1 (line 2) and dense1 (line 2): units 8 against 9"),
    "of two kinds": (
        "{depthwise_conv: 3}", "{conv: 3x3x3}",
        "depthwise_conv1 (line 2) and conv1 (line 2): groups 3 against 1",
    ),
    "a part of two of those that follow one another": (
        "{concat: [[], {tanh}]}, {slice: [1, 4]}", "tanh",
        "concat1 (line 2): only the first model has this layer",
    ),
    "axis": (
        "softmax",
        "{softmax: {axis: height}}",
        "softmax1 (line 2) and softmax1 (line 2): axis channels against height",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "text"), DIFFERENT.values(), ids=DIFFERENT)
def test_different(first, second, text):
    assert compared(first, second).text == f"not the same network; they part at {text}"


def test_which_axis_has_a_single_place():
    window = "{conv: 1x3x3, padding: 0x1}"
    assert compared(f"reshape: 1x784x3, {window}", f"reshape: 784x1x3, {window}").verdict == "different"


def test_a_concat_has_an_order_and_differences_have_one():
    for merge in ("concat", "subtract", "divide"):
        turned = compared(f"{{{merge}: [{{relu}}, {{tanh}}]}}", f"{{{merge}: [{{tanh}}, {{relu}}]}}")
        assert turned.verdict == "different"


def test_the_order_in_which_values_are_flattened():
    first, second = (of("flatten, dense: 4", f"layout: {each}\ninput: {size}") for each, size in LAYOUTS.items())
    found = compare_networks(first, second)
    assert found.verdict == "different"
    assert found.parting.first.name == "flatten1"
    first, second = (
        of("global_avg_pool, dense: 4", f"layout: {each}\ninput: {size}") for each, size in LAYOUTS.items()
    )
    assert compare_networks(first, second).verdict == "same"
    first, second = (of("reduce: mean, flatten", f"layout: {each}\ninput: {size}") for each, size in LAYOUTS.items())
    assert compare_networks(first, second).verdict == "same"


LAYOUTS = {"channels_first": "3x8x8", "channels_last": "8x8x3"}


def test_inputs_and_outputs():
    two = "inputs: {a: 8x8x3, b: 8x8x3}"
    turned = "inputs: {b: 8x8x3, a: 8x8x3}"
    layers = "{relu, from: a, name: x}, {tanh, from: b, name: y}, {concat: [x, y]}"
    assert compare_networks(of(layers, two), of(layers, turned)).verdict == "same"
    assert compare_networks(of(layers, two), of(layers, f"{two}\noutputs: [concat1, x]")).parting.what == "outputs"
    both = (of(layers, f"{two}\noutputs: [{each}]") for each in ("x, y", "y, x"))
    assert compare_networks(*both).parting.what == "outputs"
    assert (
        compare_networks(of("relu"), of("relu", "input: 28x28x4")).parting.message == "output 28×28×3 against 28×28×4"
    )
    assert compare_networks(of("relu"), of("{relu, from: a}", two)).parting.what == "inputs"


# -- folded


def test_a_norm_folded_into_the_weights_before_it():
    convolutions = "{conv: 3x3x8, bias: false}, batch_norm, relu, {depthwise_conv: 3, norm: batch_norm}"
    trained = f"{convolutions}, flatten, dense: 4, batch_norm"
    saved = "{conv: 3x3x8}, relu, {depthwise_conv: 3}, flatten, dense: 4"
    found = compared(trained, saved)
    assert (found.verdict, found.folded) == ("folded", (3, 0))
    assert found.holds(allow_folded=True)
    assert not found.holds()
    assert found.text == "the same network, but folded: 3 norms of the first are folded in the second"
    assert compared(saved, trained).folded == (0, 3)
    assert compared(trained, saved.replace("relu", "gelu")).text.endswith("`relu` against `gelu`")


def test_a_norm_that_something_else_reads_past_is_not_folded():
    trained = "{conv: 3x3x8, bias: false, name: c}, batch_norm, {add: [[], c]}"
    assert compared(trained, "{conv: 3x3x8, name: c}, {add: [[], c]}").verdict == "different"


def test_standardised_filters_saved_as_they_are_used():
    assert compared("{conv: 3x3x8, standardize: true, gain: true}", "{conv: 3x3x8}").verdict == "folded"


# -- equal branches


def branches(count: int, depth: int, last: str = "relu") -> str:
    inner = f"[{{conv: 1x1x3}}, {last}]"
    for _ in range(depth):
        inner = f"[{{multiply: [{', '.join([inner] * count)}]}}, {{conv: 1x1x3}}]"
    return f"{{multiply: [{inner}, []]}}"


@pytest.mark.parametrize(("count", "depth"), [(60, 1), (7, 3)])
def test_equal_branches(count, depth):
    text = branches(count, depth)
    assert compared(text, text).verdict == "same"
    other = text[::-1].replace("uler", "hnat", 1)[::-1]  # the last relu is a tanh
    assert compared(text, other).verdict == "different"


def test_equal_branches_that_are_read_in_other_ways():
    two = "{conv: 1x1x3, name: a}, {conv: 1x1x3, from: input, name: b}"
    apart = f"{two}, {{concat: [{{add: [a, a]}}, {{multiply: [b, b]}}]}}"
    across = f"{two}, {{concat: [{{add: [a, b]}}, {{multiply: [a, b]}}]}}"
    found = compared(apart, across)
    assert found.parting.what == "readers"
    turned = f"{two}, {{concat: [{{add: [b, b]}}, {{multiply: [a, a]}}]}}"
    assert compared(apart, turned).verdict == "same"


def test_which_of_equal_layers_share_weights():
    def pairs(first: str, second: str) -> str:
        names = ("a", "b")
        first_row = ", ".join(f"{{conv: 1x1x3, name: {name}, from: input}}" for name in names)
        second_row = f"{{share: {first}, name: c, from: left}}, {{share: {second}, name: d, from: left}}"
        return f"{{relu, name: left}}, {first_row}, {second_row}, {{multiply: [{{add: [a, c]}}, {{add: [b, d]}}]}}"

    assert compared(pairs("a", "b"), pairs("a", "b")).verdict == "same"
    assert compared(pairs("a", "b"), pairs("b", "a")).parting.what in ("shared", "readers")


@pytest.mark.slow
def test_a_hundred_thousand_layers_in_seconds():
    text = "layout: channels_last\ninput: 8x8x4\nlayers:\n  - {residual: [{conv: 1x1x4}, relu], repeat: 33000}\n"
    first, second = cnncalc.load(text), cnncalc.load(text)
    assert compare_networks(first, second).verdict == "same"
