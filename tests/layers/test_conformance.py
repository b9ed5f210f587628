"""Every layer kind × its examples × every question, against a toy forward pass in pure Python.

An example is an entry as a spec has it, an input, and a toy layer (tests/helpers.py) whose settings are written out a
second time: the toy slides windows, scatters taps and notes which inputs each output read, which weights were used, and
how often something was multiplied. A new kind needs an example here; without one this test fails with its name.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import helpers as toy
import jsonschema
import pytest
from helpers import Forward, analyzed, evaluate, written

from cnncalc.analysis.receptive_field import interval
from cnncalc.explain.derivation import explain
from cnncalc.layers import ACTIVATIONS, MERGES, NORMS, layer_class
from cnncalc.layers import KINDS as ALL_KINDS
from cnncalc.spec.settings import CONVENTIONS, ByConvention, Like, Reading, Shape
from cnncalc.spec.source import Scalar
from cnncalc.trace import is_derived, latex_numeric, numeric

KINDS = [kind for kind in ALL_KINDS if kind not in MERGES]
"""Kinds with one input; tests/language/test_merges.py asks the same of merges."""

DOCS = Path(__file__).parents[2] / "docs" / "spec.md"


class Example(NamedTuple):
    entry: str
    input: tuple[int, ...]
    """Spatial sizes, then channels."""
    forward: Forward
    convention: str = "lecture"
    is_gated: bool = False

    @property
    def kind(self) -> str:
        return re.match(r"\{?(\w+)", self.entry)[1]

    @property
    def rank(self) -> int:
        return len(self.input) - 1

    @property
    def id(self) -> str:
        return f"{self.entry} on {written(self.input)} ({self.convention})"


ONE, TWO, THREE = ((0, 0),), ((0, 0), (0, 0)), ((0, 0), (0, 0), (0, 0))

WINDOWS = [
    Example("{conv: 3x4}", (7, 2), toy.conv((3,), 4)),
    Example(
        "{conv: 4, kernel: 3, padding: causal, dilation: 2}", (8, 1), toy.conv((3,), 4, pad=((4, 0),), dilation=(2,))
    ),
    Example("{conv: 4, kernel: 2, padding: causal, stride: 3}", (8, 1), toy.conv((2,), 4, (3,), ((1, 0),))),
    Example("{conv: 3x3x8}", (6, 7, 1), toy.conv((3, 3), 8)),
    Example("{conv: 5, kernel: 3, stride: 2, bias: false}", (6, 7, 3), toy.conv((3, 3), 5, (2, 2), bias=False)),
    Example("{conv: [3, 2, 4], stride: 2x1, padding: 1x0}", (6, 7, 2), toy.conv((3, 2), 4, (2, 1), ((1, 1), (0, 0)))),
    Example("{conv: 1x1x3}", (4, 5, 4), toy.conv((1, 1), 3)),
    Example("{conv: 3x3x2, stride: 5, padding: 2}", (6, 9, 1), toy.conv((3, 3), 2, (5, 5), ((2, 2), (2, 2)))),
    Example(
        "{conv: 3x3x4, dilation: 2, padding: [[2, 1], [0, 3]], groups: 2}",
        (6, 5, 4),
        toy.conv((3, 3), 4, pad=((2, 1), (0, 3)), dilation=(2, 2), groups=2),
    ),
    Example("{conv: 3x3x2, padding: valid}", (5, 5, 1), toy.conv((3, 3), 2)),
    # `same` of the lecture is ⌊k/2⌋ on every side; of Keras ⌈n/s⌉ outputs, the odd zero after; of PyTorch stride 1 only
    Example("{conv: 2x3x2, padding: same}", (5, 6, 1), toy.conv((2, 3), 2, pad=((1, 1), (1, 1)))),
    Example("{conv: 3x3x2, padding: same, stride: 2}", (5, 6, 1), toy.conv((3, 3), 2, (2, 2), ((1, 1), (1, 1)))),
    Example(
        "{conv: 3x3x2, padding: same, stride: 2}", (5, 6, 1), toy.conv((3, 3), 2, (2, 2), ((1, 1), (0, 1))), "keras"
    ),
    Example("{conv: 4x2x2, padding: same}", (5, 6, 1), toy.conv((4, 2), 2, pad=((1, 2), (0, 1))), "keras"),
    Example(
        "{conv: 4x3x2, padding: same, dilation: 2}",
        (7, 6, 1),
        toy.conv((4, 3), 2, pad=((3, 3), (2, 2)), dilation=(2, 2)),
        "pytorch",
    ),
    Example("{conv: 3x3x2x2}", (4, 5, 3, 1), toy.conv((3, 3, 2), 2)),
    Example(
        "{conv: 2, kernel: 2, stride: [1, 2, 3], padding: 1, groups: 2}",
        (3, 4, 4, 2),
        toy.conv((2, 2, 2), 2, (1, 2, 3), ((1, 1), (1, 1), (1, 1)), groups=2),
    ),
    Example("{depthwise_conv: 3}", (7, 3), toy.depthwise((3,))),
    Example(
        "{depthwise_conv: 3, multiplier: 2, stride: 2, padding: 1}",
        (6, 7, 3),
        toy.depthwise((3, 3), 2, (2, 2), ((1, 1), (1, 1))),
    ),
    Example(
        "{depthwise_conv: 3x2, dilation: 2, bias: false}", (6, 7, 2), toy.depthwise((3, 2), dilation=(2, 2), bias=False)
    ),
    Example("{depthwise_conv: 2}", (3, 4, 3, 2), toy.depthwise((2, 2, 2))),
    Example("{separable_conv: 3x4}", (7, 3), toy.separable((3,), 4)),
    Example("{separable_conv: 3x3x4, multiplier: 2, stride: 2}", (6, 7, 3), toy.separable((3, 3), 4, 2, (2, 2))),
    Example(
        "{separable_conv: 5, kernel: 2, padding: 1, bias: false}",
        (4, 5, 2),
        toy.separable((2, 2), 5, pad=((1, 1), (1, 1)), bias=False),
    ),
    Example("{separable_conv: 2x2x2x3, dilation: 2}", (4, 3, 3, 2), toy.separable((2, 2, 2), 3, dilation=(2, 2, 2))),
    Example("{conv_transpose: 3x2, stride: 2}", (5, 3), toy.transposed((3,), 2, (2,))),
    Example("{conv_transpose: 2x2, stride: 3}", (4, 1), toy.transposed((2,), 2, (3,))),
    Example(
        "{conv_transpose: 1x2, stride: 3, padding: 1, output_padding: 2}",
        (4, 1),
        toy.transposed((1,), 2, (3,), ((1, 1),), extra=(2,)),
    ),
    Example("{conv_transpose: 3x2, stride: 2, dilation: 3}", (5, 1), toy.transposed((3,), 2, (2,), dilation=(3,))),
    Example("{conv_transpose: 3x2, stride: 4, dilation: 2}", (5, 1), toy.transposed((3,), 2, (4,), dilation=(2,))),
    Example(
        "{conv_transpose: 4x4x4, stride: 2, padding: 1}", (4, 5, 2), toy.transposed((4, 4), 4, (2, 2), ((1, 1), (1, 1)))
    ),
    Example(
        "{conv_transpose: 3x3x4, stride: 2x1, padding: [[1, 0], [2, 1]], output_padding: 1x0, groups: 2, bias: false}",
        (4, 5, 2),
        toy.transposed((3, 3), 4, (2, 1), ((1, 0), (2, 1)), extra=(1, 0), groups=2, bias=False),
    ),
    # n·s outputs: max(k − s, 0) cut, the odd one after; a kernel smaller than its stride leaves room for more
    Example(
        "{conv_transpose: 3x4x2, stride: 2, padding: same}",
        (3, 4, 1),
        toy.transposed((3, 4), 2, (2, 2), ((0, 1), (1, 1))),
        "keras",
    ),
    Example(
        "{conv_transpose: 2x3x2, stride: 3, padding: same}",
        (3, 4, 1),
        toy.transposed((2, 3), 2, (3, 3), TWO, extra=(1, 0)),
        "keras",
    ),
    Example("{conv_transpose: 2x2x2x2, stride: 2}", (2, 3, 2, 1), toy.transposed((2, 2, 2), 2, (2, 2, 2))),
]


def _pools(kind: str) -> list[Example]:
    return [
        Example(f"{{{kind}: 3}}", (7, 2), toy.pool((3,))),
        Example(f"{{{kind}: 2}}", (6, 7, 2), toy.pool((2, 2))),
        Example(f"{{{kind}: 3, stride: 2, padding: 1}}", (6, 7, 2), toy.pool((3, 3), (2, 2), ((1, 1), (1, 1)))),
        Example(
            f"{{{kind}: 3x2, stride: 1x2, padding: [[1, 2], [0, 1]]}}",
            (6, 7, 1),
            toy.pool((3, 2), (1, 2), ((1, 2), (0, 1))),
        ),
        Example(f"{{{kind}: 3, stride: 2, rounding: ceil}}", (6, 7, 2), toy.pool((3, 3), (2, 2), ceil=True)),
        Example(
            f"{{{kind}: 2, stride: 2, padding: 1, rounding: ceil}}",
            (5, 6, 1),
            toy.pool((2, 2), (2, 2), ((1, 1), (1, 1)), ceil=True),
        ),
        Example(f"{{{kind}: 2, padding: same}}", (5, 6, 1), toy.pool((2, 2), (2, 2), ((0, 1), (0, 0))), "keras"),
        Example(f"{{{kind}: 3, stride: 1, padding: same}}", (5, 6, 1), toy.pool((3, 3), (1, 1), ((1, 1), (1, 1)))),
        Example(f"{{{kind}: 2, stride: [1, 2, 2]}}", (3, 4, 5, 2), toy.pool((2, 2, 2), (1, 2, 2))),
    ]


POOLS = [
    *_pools("max_pool"),
    *_pools("avg_pool"),
    Example("{max_pool: 2, stride: 1, dilation: 2x3}", (6, 7, 2), toy.pool((2, 2), (1, 1), dilation=(2, 3))),
    Example("{avg_pool: 2, padding: 1, count_padding: true}", (6, 7, 2), toy.pool((2, 2), pad=((1, 1), (1, 1)))),
    *(
        Example(f"{{{kind}: {{keep_dims: {str(keep).lower()}}}}}", input, toy.global_pool(keep))
        for kind in ("global_avg_pool", "global_max_pool")
        for keep in (True, False)
        for input in ((5, 3), (4, 5, 3), (2, 3, 2, 3))
    ),
    *(
        Example(f"{{{kind}: {written}}}", input, toy.adaptive(output))
        for kind in ("adaptive_avg_pool", "adaptive_max_pool")
        for written, output, input in (
            ("3", (3,), (7, 2)),
            ("5", (5,), (3, 2)),  # more windows than positions
            ("1", (1, 1), (4, 5, 2)),
            ("3x1", (3, 1), (4, 5, 2)),
            ("4x5", (4, 5), (10, 7, 1)),
            ("2", (2, 2, 2), (3, 4, 5, 1)),
        )
    ),
]

OTHERS = [
    Example("{dense: 5}", (7,), toy.dense(5)),
    Example("{dense: 5, bias: false}", (7,), toy.dense(5, bias=False)),
    Example("{dense: 5}", (6, 3), toy.dense(5)),
    Example("{dense: 5, bias: false}", (4, 5, 3), toy.dense(5, bias=False)),
    Example("{dense: 2}", (2, 3, 2, 3), toy.dense(2)),
    Example("{embedding: 4, vocabulary: 9}", (6,), toy.embedding(4, 9)),
    *(
        Example("flatten", (*spatial, 3), toy.renamed((), values))
        for spatial, values in (((), 3), ((5,), 15), ((4, 5), 60), ((2, 3, 2), 36))
    ),
    Example("{reshape: 4x3}", (12,), toy.renamed((4,), 3)),
    Example("{reshape: 2x-1x3}", (4, 6), toy.renamed((2, 4), 3)),
    Example("{reshape: [24]}", (4, 6), toy.renamed((), 24)),
    Example("{reshape: 5x2x4}", (5, 8), toy.renamed((5, 2), 4)),
    Example("{reshape: 4x6}", (4, 2, 3), toy.renamed((4,), 6)),
    Example("{reshape: 4x5x6}", (4, 5, 6), toy.renamed((4, 5), 6)),
    Example("{reshape: [4, -1]}", (2, 3, 2, 2), toy.renamed((4,), 6)),
    *(
        Example(entry, input, toy.pad(amounts))
        for entry, input, amounts in (
            ("{pad: 2}", (5, 2), ((2, 2),)),
            ("{pad: 1x2}", (4, 5, 2), ((1, 1), (2, 2))),
            ("{pad: [[0, 1], [2, 3]], mode: replicate}", (4, 5, 2), ((0, 1), (2, 3))),
            ("{pad: 2, mode: reflect}", (4, 5, 2), ((2, 2), (2, 2))),
            ("{pad: 1}", (2, 3, 2, 1), ((1, 1), (1, 1), (1, 1))),
        )
    ),
    *(
        Example(entry, input, toy.crop(amounts))
        for entry, input, amounts in (
            ("{crop: 2}", (5, 2), ((2, 2),)),
            ("{crop: [[0, 1], [2, 2]]}", (4, 5, 2), ((0, 1), (2, 2))),
            ("{crop: 1}", (3, 4, 5, 1), ((1, 1), (1, 1), (1, 1))),
        )
    ),
    *(
        Example(f"{{upsample: {written}, mode: {mode}}}", input, toy.upsample(factor, mode == "bilinear"))
        for mode in ("nearest", "bilinear")
        for written, factor, input in (
            ("3", (3,), (4, 2)),
            ("2x3", (2, 3), (3, 4, 2)),
            ("1x4", (1, 4), (3, 4, 1)),
            ("[2, 1, 2]", (2, 1, 2), (2, 3, 2, 1)),
        )
    ),
    Example("{depth_to_space: 3}", (4, 6), toy.depth_to_space(3)),
    Example("{depth_to_space: 2}", (3, 4, 8), toy.depth_to_space(2)),
    Example("{depth_to_space: 2}", (2, 1, 3, 8), toy.depth_to_space(2)),
    Example("{space_to_depth: 3}", (6, 2), toy.space_to_depth(3)),
    Example("{space_to_depth: 2}", (4, 6, 3), toy.space_to_depth(2)),
    Example("{space_to_depth: 2}", (2, 4, 2, 1), toy.space_to_depth(2)),
    Example("{slice: [1, 3]}", (7,), toy.channels_from(1, 3)),
    Example("{slice: [2, end]}", (4, 6), toy.channels_from(2, 6)),
    Example("{slice: [0, 1]}", (3, 4, 5), toy.channels_from(0, 1)),
    Example("{slice: [1, end]}", (2, 3, 2, 2), toy.channels_from(1, 2)),
]

STATISTICS = ("mean", "variance")
POINTWISE = {
    "batch_norm": [
        ("batch_norm", ("scale", "center", *STATISTICS)),
        ("{batch_norm: {affine: false}}", STATISTICS),
        ("{batch_norm: {center: false}}", ("scale", *STATISTICS)),
    ],
    "layer_norm": [("layer_norm", ("scale", "center")), ("{layer_norm: {scale: false, epsilon: 1e-6}}", ("center",))],
    "instance_norm": [("instance_norm", ("scale", "center"))],
    "group_norm": [("{group_norm: 2}", ("scale", "center")), ("{group_norm: 4, affine: false}", ())],
    "local_response_norm": [("{local_response_norm: 3, alpha: 0.1}", ())],
    "scale": [("scale", ("scale",)), ("{scale: {initial: 0.5}}", ("scale",))],
    "rescale": [("{rescale: 0.5, offset: -1}", ())],
    "prelu": [("prelu", ("slope",))],
    "leaky_relu": [("leaky_relu", ()), ("{leaky_relu: 0.2}", ())],
    "elu": [("{elu: 0.5}", ())],
    "channel_shuffle": [("{channel_shuffle: 2}", ())],
    "dropout": [("{dropout: 0.5}", ())],
    "spatial_dropout": [("{spatial_dropout: 0.5}", ())],
    "drop_path": [("{drop_path: 0.5}", ())],
    **{
        kind: [(kind, ())]
        for kind in (
            "identity",
            "relu",
            "relu6",
            "selu",
            "gelu",
            "sigmoid",
            "hard_sigmoid",
            "tanh",
            "softplus",
            "silu",
            "hard_swish",
            "mish",
            "softmax",
            "log_softmax",
        )
    },
}
"""Kinds that leave the shape alone: entries, and the arrays with one number a channel."""
GATED = ("instance_norm", "group_norm")
NEED_POSITIONS = ("instance_norm", "channel_shuffle", "spatial_dropout")


def _pointwise() -> list[Example]:
    return [
        Example(entry, input, toy.pointwise(*arrays), is_gated=kind in GATED)
        for kind, entries in POINTWISE.items()
        for entry, arrays in entries
        for input in ((8,), (5, 4), (3, 4, 4), (2, 3, 2, 4))
        if len(input) > 1 or kind not in NEED_POSITIONS
    ]


EXAMPLES = [*WINDOWS, *POOLS, *OTHERS, *_pointwise()]


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.id)
def example(request):
    return request.param


@pytest.fixture
def numbers(example):
    """The layer's numbers, from the text of its entry."""
    analysis = analyzed(written(example.input), example.entry, convention=example.convention)
    assert len(analysis.layers) == 1
    return analysis.layers[0]


@pytest.fixture
def done(example):
    """What the toy layer did."""
    return example.forward(example.input[:-1], example.input[-1])


# -- a kind is complete


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_examples_of_every_rank(kind):
    ranks = {example.rank for example in EXAMPLES if example.kind == kind}
    assert ranks, f"`{kind}` has no example in {Path(__file__).name}"
    # an embedding makes positions out of a vector
    wanted = {"positions": {1, 2, 3}, "vector": {0}, "any": {0, 1, 2, 3}}[layer_class(kind).takes]
    assert wanted <= ranks, f"`{kind}` has no example with {sorted(wanted - ranks)} spatial axes"


def test_examples_are_of_kinds_that_exist():
    assert {example.kind for example in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_documented(kind):
    assert layer_class(kind).__doc__, f"the class of `{kind}` says nothing of itself"
    if not DOCS.exists():
        pytest.skip("docs/spec.md is not written yet")
    assert f"`{kind}`" in DOCS.read_text(encoding="utf-8"), f"docs/spec.md does not name `{kind}`"


@pytest.mark.parametrize("kind", KINDS)
def test_settings_say_what_they_mean(kind):
    layer = layer_class(kind)
    assert not layer.principal or next(iter(layer.settings)) == layer.principal
    assert not layer.leads or layer.leads in layer.settings
    for name, setting in layer.settings.items():
        assert setting.name == name
        assert setting.meaning, f"`{kind}` does not say what `{name}` means"
        assert setting.type.expects


SHAPES = [Shape(sizes, 4) for sizes in ((), (8,), (8, 8), (8, 8, 8))]


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_defaults_can_be_read(kind, convention):
    layer = layer_class(kind)
    for setting in layer.settings.values():
        if isinstance(setting.default, Like):
            assert setting.default.setting in layer.settings
            continue
        if isinstance(setting.default, ByConvention):
            assert set(setting.default._fields) == set(CONVENTIONS)
        text = setting.default_text(convention)
        assert (text is None) is setting.is_required
        if text is None:
            continue
        for shape in SHAPES:
            if layer.takes == "positions" and shape.is_vector:
                continue
            at = Reading(convention, "channels_last", shape, kind, layer.is_transposed, {})
            value = setting.type.read(Scalar(text, 1, 1, 1, 1), at)
            assert setting.type.show(value)
            jsonschema.validate(_json_value(text), setting.type.schema())


def _json_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind):
    for setting in layer_class(kind).settings.values():
        jsonschema.Draft202012Validator.check_schema(setting.type.schema())


@pytest.mark.parametrize("kind", sorted(NORMS | ACTIVATIONS))
def test_norms_and_activations_follow_an_entry_under_their_own_name(kind):
    principal = {"group_norm": "{group_norm: 2}", "local_response_norm": "{local_response_norm: 3}"}.get(kind, kind)
    key = "norm" if kind in NORMS else "activation"
    layers = analyzed("6x6x1", f"{{conv: 3x3x4, {key}: {principal}}}").layers
    assert [layer.name for layer in layers] == ["conv1", f"conv1.{kind}"]
    assert layers[1].node.output == layers[0].node.output == Shape((4, 4), 4)


# -- its answers are those of the toy


def test_output_shape(numbers, done):
    assert numbers.node.output == Shape(done.spatial, done.channels)


def test_weights(example, numbers, done):
    weights = numbers.node.layer.weights(Shape(example.input[:-1], example.input[-1]))
    sizes = {name: _size(weight.shape) for name, weight in weights.items()}
    assert sizes == {name: len(used) for name, used in done.weights.items() if used}
    assert {name for name, weight in weights.items() if weight.is_statistic} == sizes.keys() & set(STATISTICS)


def test_params(example, numbers, done):
    learned = sum(len(used) for name, used in done.weights.items() if name not in STATISTICS)
    moving = sum(len(used) for name, used in done.weights.items() if name in STATISTICS)
    assert numbers.trainable_params == learned
    assert numbers.non_trainable_params == (moving if example.convention == "keras" else 0)
    assert numbers.params == numbers.trainable_params + numbers.non_trainable_params


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def test_macs(numbers, done):
    assert numbers.macs == done.macs


def test_activation_bytes(numbers, done):
    assert numbers.activation_bytes == len(done.reads) * 4


def test_reads(example, numbers, done):
    spatial, channels = example.input[:-1], example.input[-1]
    reads = numbers.node.layer.reads(Shape(spatial, channels))
    if not done.keeps_positions:
        assert reads is None
        return
    assert reads is not None
    assert len(reads) == len(done.spatial)
    for unit in done.reads:
        box = [interval(axis, index) for axis, index in zip(reads, unit[0], strict=True)]
        hull = done.hull(unit)
        if hull is None:
            assert any(low > high for low, high in box), unit
        else:
            assert box == list(hull), unit


def test_field_over_an_input_is_what_the_layer_reads(example, numbers, done):
    (field,) = numbers.fields.values()
    if not done.keeps_positions or not done.spatial:
        assert field.status == "global"
        return
    assert field.status == "local"
    assert field.is_gated is example.is_gated
    for unit in done.reads:
        hull = done.hull(unit)
        box = field.box(unit[0])
        assert box == hull if hull else any(low > high for low, high in box), unit


# -- it is explained, and can be written out


def test_explained_numbers_are_the_analysed_ones(example, numbers):
    analysis = analyzed(written(example.input), example.entry, convention=example.convention)
    explanation = explain(analysis, analysis.layers[0])
    assert explanation.steps
    expected = {
        "params": numbers.params,
        "trainable params": numbers.trainable_params,
        "non-trainable params": numbers.non_trainable_params,
        "macs": numbers.macs,
        "output channels": numbers.node.output.channels,
        "output values": numbers.node.output.values,
    }
    named = [step.quantity for step in explanation.steps]
    assert "params" in named or "trainable params" in named
    assert ("macs" in named) is (numbers.macs > 0)
    for step in explanation.steps:
        assert step.words, step
        if is_derived(step.number):
            assert evaluate(numeric(step.number)) == int(step.number)
            assert toy.evaluate_latex(latex_numeric(step.number)) == int(step.number)
        if step.quantity in expected:
            assert int(step.number) == expected[step.quantity], step.quantity


def test_settings_can_be_written_as_json(numbers):
    layer = numbers.node.layer
    for name, setting in layer.settings.items():
        if name in vars(layer):
            value = setting.type.json(getattr(layer, name))
            if isinstance(value, Shape):
                value = value.sizes("channels_last")  # a report knows the layout
            value = json.loads(json.dumps(value))
            jsonschema.validate(value, setting.type.schema())
