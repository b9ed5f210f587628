"""`verify` runs a model: right numbers pass, and of each kind a wrong one is found, with the name of its layer."""

from __future__ import annotations

import pytest
from helpers import analyzed
from layers.examples import EXAMPLES_OF, each_example
from specs.reference import small

import cnncalc
from cnncalc.analysis import _memory, analyze
from cnncalc.forward.proof.verification import QUICK, verify
from cnncalc.layers.activation.kinds import Relu
from cnncalc.layers.base import Reads, Weight
from cnncalc.layers.convolution.kinds import Conv, ConvTranspose
from cnncalc.layers.dense.kinds import Dense
from cnncalc.layers.merge.kinds import Concat
from cnncalc.layers.norm.kinds import BatchNorm, InstanceNorm
from cnncalc.layers.pooling.kinds import AvgPool
from cnncalc.layers.resizing.kinds import Upsample
from cnncalc.source.open_model import shipped


def verified(text, **options):
    return verify(cnncalc.analyze(cnncalc.load(text, **options)))


def kinds_of(found):
    return {each.quantity for each in found.differences}


# -- what is right passes


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_shipped_specs_verify(name):
    # small, and large ones quickly; benchmarks/verify.py runs all of them whole, and all variants
    analysis = cnncalc.analyze(small(name))
    found = verify(analysis, quick=analysis.totals.macs > 10**8 or analysis.totals.params > 10**7)
    assert found.failure is None
    assert found.differences == []


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_every_kind_verifies(kind):
    def check(example):
        found = verify(example.analysis())
        assert found.failure is None
        assert found.differences == []

    each_example(check, kind)


@pytest.mark.parametrize(
    "branches",
    [
        "[{slice: [0, 1]}], [{slice: [1, end]}, sigmoid]",  # each place of the row reads elsewhere, without a step
        "[{slice: [0, 1]}, {reshape: 1x1x-1}, {reshape: 1x-1}], [{slice: [1, end]}]",  # one has lost its places
    ],
)
def test_merges_of_maps_that_follow_one_another(branches):
    layers = ["{conv: 2, kernel: 2, stride: 2, name: a}", "{conv: 2, kernel: 2, stride: 2, name: b}"]
    layers += ["{flatten, positions: true, from: a, name: c}", "{flatten, positions: true, from: b, name: d}"]
    layers += ["{concat: [c, d], axis: position}", f"{{concat: [{branches}]}}"]
    lines = "".join(f"  - {layer}\n" for layer in layers)
    found = verified(f"convention: pytorch\ninput: 2x8x8\nlayers:\n{lines}")
    assert found.failure is None
    assert found.differences == []


def size_of(found, layer):
    return found.layers[layer].fields["input"].measured.size


@pytest.mark.slow
def test_a_field_larger_than_the_input_is_measured_whole():
    # Araujo et al. (2019): ResNet-50 with the stride in the 3×3 convolution has 427 at its end
    found = verified("resnet50")
    assert found.differences == []
    assert size_of(found, found.analysis.spec.graph.nodes[-3].name) == (427, 427)
    assert all(check.measured for layer in found.layers.values() for check in layer.fields.values())


@pytest.mark.parametrize(
    "layers",
    [
        # rows that a stride drops are seen by nobody, and `global` says no more than that
        "[{conv: 1x1x2, stride: 3}, flatten, {dense: 2}]",
        "[{crop: 2}, {conv: 3x3x2, padding: 1}, {max_pool: 2}, flatten]",
        # units that read border alone, on every layer
        "[{pad: 3}, {conv: 1x1x2}, {avg_pool: 2, stride: 1}]",
        "[{pad: 2, mode: reflect}, {conv: 3x3x2}]",
        "[{pad: 2, mode: replicate}, {conv: 3x3x2}, {upsample: 2, mode: bilinear}, {crop: 1}]",
        # a shortcut next to a border: the unit sees only the shortcut
        "[{residual: [{avg_pool: 4, stride: 1, padding: 1}, {pad: [[1, 0], [1, 0]]}]}]",
        # a product of the places of an input with themselves, which are channels
        "[{permute: {channels: height, height: channels}, name: p}, {matmul: [p, p], transpose: first}]",
        # holes, and a dilated window that steps over them
        "[{conv_transpose: 1x1x2, stride: 3}, {conv: 2x2x2, dilation: 2}]",
        "[{conv_transpose: 2x2x2, stride: 2, dilation: 3}, {conv: 2x2x2, dilation: 2}]",
        # gates: a branch spread over the positions, a global one that was enlarged, norms of the sample
        "[{conv: 3x3x4}, {multiply: [[], [global_avg_pool, {dense: 4}]]}, {conv: 3x3x2}]",
        "[{concat: [[], [{global_avg_pool: {keep_dims: true}}, {upsample: 12}]]}, {conv: 3x3x2}]",
        "[{conv: 3x3x4, norm: {group_norm: 2}}, {conv: 3x3x4, norm: instance_norm}]",
        # places lost, and made anew
        "[{conv: 3x3x4}, flatten, {dense: 36}, {reshape: 3x3x4}, {conv_transpose: 3x3x1, stride: 2}, {pad: 1}]",
        "[{space_to_depth: 2}, {conv: 3x3x8}, {depth_to_space: 2}, {channel_shuffle: 2}, {slice: [0, 1]}]",
        # branches that look at different places, at different paces
        "[{concat: [{conv: 3x3x4, padding: [[0, 2], [0, 2]]}, {conv: 3x3x4, padding: [[2, 0], [2, 0]]}]}]",
        "[{concat: [{adaptive_avg_pool: 5}, {conv: 4x4x1, stride: 2}]}]",
        # the same layer on two inputs
        "[{conv: 3x3x2, name: a}, {group: [{share: a, from: input}, {relu}], name: b}, {add: [a, b]}]",
    ],
)  # fmt: skip
def test_what_is_rare_verifies_too(layers):
    found = verified(f"input: 12x12x{1 if 'share' in layers else 4}\nlayers: {layers}\n")
    assert found.failure is None
    assert found.differences == []


def test_several_inputs_are_perturbed_one_by_one():
    text = """
inputs: {left: 28x28x1, right: 28x28x1, words: 12}
layers:
  - {conv: 3x3x8, from: left, name: a}
  - {conv: 5x5x8, from: right, padding: 1, name: b}
  - {subtract: [a, b], name: c}
  - {embedding: 4, vocabulary: 9, from: words, name: d}
  - {conv: 3x4, name: e}
outputs: [c, e]
"""
    found = verified(text)
    assert found.differences == []
    sizes = {name: check.measured.size for name, check in found.layers["c"].fields.items()}
    assert sizes == {"left": (3, 3), "right": (5, 5)}
    assert {name: check.measured.size for name, check in found.layers["e"].fields.items()} == {"words": (3,)}


def test_statistics_are_parameters_under_keras_alone():
    for convention, statistics in (("keras", 16), ("lecture", 0), ("pytorch", 0)):
        found = verified("input: 6x6x1\nlayers: [{conv: 3x3x8, norm: batch_norm}]\n", convention=convention)
        assert found.differences == []
        norm = found.layers["conv1.batch_norm"]
        assert (norm.trainable_params, norm.non_trainable_params) == (16, statistics)


def test_shared_arrays_are_counted_once():
    found = verified("input: 8x8x2\nlayers: [{conv: 3x3x2, padding: 1}, relu, share: conv1]\n")
    assert found.differences == []
    assert [found.layers[name].trainable_params for name in ("conv1", "share1")] == [3 * 3 * 2 * 2 + 2, 0]
    assert found.layers["share1"].macs == 8 * 8 * 3 * 3 * 2 * 2


def test_an_unknown_field_is_not_called_right():
    layers = "[{conv_transpose: 1x1, stride: 97}, {adaptive_avg_pool: 89}, {conv: 3x1}]"
    found = verified(f"input: 31x1\nlayers: {layers}\n")
    assert found.is_right
    check = found.layers["conv1"].fields["input"]
    assert not check.is_checked


# -- what is wrong is found

NET = """
input: 24x24x2
layers:
  - {conv: 3x3x4, padding: 1, activation: relu}
  - {max_pool: 2}
  - {conv: 3x3x4, name: wrong}
  - {conv: 3x3x4, activation: relu}
"""


def only(base, name, change):
    """A method that gives another answer, changed, for the layer of 10×10 positions alone."""
    original = getattr(base, name)

    def changed(self, x, *more):
        answer = original(self, x, *more)
        return change(answer) if x.spatial == (12, 12) else answer

    return changed


def test_quick_leaves_out_the_last_two():
    found = verify(analyzed("8x8x1", "{conv: 3x3x2}"), quick=True)
    assert found.checked == QUICK
    assert found.is_right


def test_a_wrong_shape_is_found(monkeypatch):
    monkeypatch.setattr(
        Conv, "output_shape", only(Conv, "output_shape", lambda y: y._replace(spatial=(y.spatial[0] + 1, y.spatial[1])))
    )
    found = verified(NET)
    first = found.differences[0]
    assert (first.layer, first.quantity) == ("wrong", "output")
    assert first.measured.spatial == (10, 10)
    assert first.claimed.spatial == (11, 10)


def test_a_parameter_that_nothing_uses_is_found(monkeypatch):
    monkeypatch.setattr(Conv, "weights", only(Conv, "weights", lambda own: {**own, "spare": Weight((3,))}))
    found = verified(NET)
    (difference,) = found.differences
    assert (difference.layer, difference.quantity) == ("wrong", "params")
    assert (difference.measured, difference.claimed) == ((148, 0), (151, 0))


def test_a_parameter_of_the_wrong_shape_is_found(monkeypatch):
    monkeypatch.setattr(Conv, "weights", only(Conv, "weights", lambda own: {**own, "bias": Weight((5,))}))
    (difference,) = verified(NET).differences
    assert (difference.layer, difference.quantity) == ("wrong", "params")
    assert (difference.measured, difference.claimed) == ((148, 0), (149, 0))


def test_statistics_that_are_taken_for_trained_are_found(monkeypatch):
    monkeypatch.setattr("cnncalc.analysis.Counts.of", lambda *_: (12, 0, 0))
    found = verify(analyzed("8x8x3", "batch_norm", convention="keras"))
    assert [(each.layer, each.measured, each.claimed) for each in found.differences] == [
        ("batch_norm1", (6, 6), (12, 0))
    ]


def test_wrong_macs_are_found(monkeypatch):
    monkeypatch.setattr(Conv, "macs", only(Conv, "macs", lambda macs: macs + 400))
    (difference,) = verified(NET).differences
    assert (difference.layer, difference.quantity) == ("wrong", "macs")
    assert (difference.measured, difference.claimed) == (10 * 10 * 9 * 16, 10 * 10 * 9 * 16 + 400)


@pytest.mark.parametrize(
    ("what", "axes"),
    [
        ("too large", [Reads(1, 1, (0,), (3,)), Reads(1, 1, (0,), (2,))]),
        ("too small", [Reads(1, 1, (0,), (2,)), Reads(1, 1, (1,), (2,))]),
        ("elsewhere", [Reads(1, 1, (-1,), (1,)), Reads(1, 1, (-1,), (1,))]),
        ("another stride", [Reads(1, 2, (0,), (2,)), Reads(1, 1, (0,), (2,))]),
        ("two kinds of units", [Reads(2, 2, (0, 1), (2, 4)), Reads(1, 1, (0,), (2,))]),
        ("nothing", [Reads(1, 1, (1,), (0,)), Reads(1, 1, (0,), (2,))]),
        ("everything", None),
    ],
)
def test_a_wrong_receptive_field_is_found(monkeypatch, what, axes):
    monkeypatch.setattr(Conv, "reads", only(Conv, "reads", lambda _: axes and tuple(axes)))
    found = verified(NET)
    first = found.differences[0]
    assert (first.layer, first.quantity, first.input) == ("wrong", "receptive_field", "input"), what
    assert kinds_of(found) == {"receptive_field"}


@pytest.mark.parametrize(
    ("kind", "wrong", "entries"),
    [
        (Relu, lambda *_: None, ["{conv: 3x3x2}", "relu"]),
        (AvgPool, lambda *_: (Reads(1, 2, (0,), (2,)),) * 2, ["{avg_pool: 2}"]),
        (Upsample, lambda *_: (Reads(1, 1, (0,), (0,)),) * 2, ["{conv: 3x3x2}", "{upsample: 2}"]),
        (ConvTranspose, lambda *_: (Reads(1, 1, (0,), (0,)),) * 2, ["{conv_transpose: 2x2x2, stride: 2}"]),
        (Dense, lambda *_: None, ["{dense: 3}"]),
    ],
)  # fmt: skip
def test_wrong_fields_of_other_kinds_are_found(monkeypatch, kind, wrong, entries):
    monkeypatch.setattr(kind, "reads", wrong)
    found = verify(analyzed("8x8x1", *entries, convention="pytorch"))
    assert found.differences[0].layer == found.analysis.layers[-1].name
    assert kinds_of(found) == {"receptive_field"}


def test_a_gate_that_is_denied_is_found(monkeypatch):
    monkeypatch.setattr(InstanceNorm, "is_gated", False)
    found = verify(analyzed("8x8x1", "{conv: 3x3x2}", "instance_norm"))
    assert [each.layer for each in found.differences] == ["instance_norm1"]


def test_a_field_that_is_wrong_beyond_the_input_is_found(monkeypatch):
    # on 12 positions every unit reads a border, and of 41 or of 43 positions it sees all 12
    monkeypatch.setattr(Conv, "reads", lambda *_: (Reads(1, 1, (-21,), (21,)),) * 2)
    found = verified("input: 12x12x1\nlayers: [{conv: 41x41x1, padding: 20}]\n")
    assert found.layers["conv1"].fields["input"].measured.size == (41, 41)
    assert [each.layer for each in found.differences] == ["conv1"]


def test_a_wrong_hull_is_found(monkeypatch):
    from cnncalc.analysis import receptive_field

    monkeypatch.setattr(receptive_field, "_hull_of", lambda parts, _: (parts[0], True))
    found = verified("input: 20x1\nlayers: [{concat: [{conv: 3x2}, {conv: 5x2, padding: 1}]}]\n")
    assert [each.layer for each in found.differences] == ["concat1"]


def test_another_rule_for_memory_is_found(monkeypatch):
    def inputs_are_free(graph):
        return {node: values - graph.inputs[0].output.values for node, values in _memory.alive_values(graph).items()}

    monkeypatch.setattr("cnncalc.analysis.alive_values", inputs_are_free)
    (difference,) = verify(analyze(cnncalc.load("input: 8x8x3\nlayers: [{conv: 1x1x1}]\n"))).differences
    assert (difference.layer, difference.quantity) == ("conv1", "memory")
    assert (difference.measured, difference.claimed) == (((192 + 64) * 4, "conv1"), (64 * 4, "conv1"))


def test_a_peak_at_another_layer_is_found(monkeypatch):
    monkeypatch.setattr("cnncalc.analysis.peak_of", lambda alive: (288, next(iter(alive))))
    (difference,) = verify(analyze(cnncalc.load("input: 8x8x1\nlayers: [{conv: 1x1x2}, {conv: 1x1x3}]\n"))).differences
    assert difference.layer == "conv2"
    assert difference.measured == ((64 * 2 + 64 * 3) * 4, "conv2")


def test_an_array_of_another_size_is_found(monkeypatch):
    monkeypatch.setattr(Concat, "merge_shape", lambda _, shapes: shapes[0])
    found = verify(analyzed("8x8x1", "{concat: [[{conv: 1x1x2}], []]}"))
    assert {(each.layer, each.quantity) for each in found.differences} == {
        ("concat1", "output"),
        ("concat1", "memory"),
        ("concat1", "memory"),
    }


def test_weights_that_are_not_there_are_found(monkeypatch):
    monkeypatch.setattr(BatchNorm, "weights", lambda *_: {})
    (difference,) = verify(analyzed("8x8x1", "batch_norm")).differences
    assert (difference.layer, difference.quantity) == ("batch_norm1", "params")
    assert (difference.measured, difference.claimed) == ((2, 0), (0, 0))
