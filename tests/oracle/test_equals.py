"""The equals of every kind in PyTorch and Keras: the examples of tests/layers/examples.py, built from their texts."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
import pytest
from forward.running import close, drawn
from layers.examples import EXAMPLES_OF, Example
from oracle.built import FRAMEWORKS, Network
from oracle.random_networks import KNOWN

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.layers import part
from cnncalc.layers.base import Weight
from cnncalc.layers.equals import FIRST, LAST, Array, NoEqual, call, code, equal, orders

INSTALLED = [framework for framework in FRAMEWORKS if importlib.util.find_spec(framework)]


def size(weight: Weight) -> int:
    return int(np.prod(weight.shape))


def differences(example: Example, framework: str, order: str = FIRST) -> list[str]:
    """What a layer and its equal do not have in common.

    Raises:
        NoEqual: there is none.
    """
    spec = cnncalc.load(example.text)
    draw = np.random.default_rng(len(example.entry))
    inputs = {node.name: draw.standard_normal((2, *node.output.sizes("channels_last"))) for node in spec.graph.inputs}
    inputs = {name: array.astype("float32") for name, array in inputs.items()}
    if ids := [count for node in spec.graph.nodes if (count := node.layer.ids())]:
        inputs = {name: draw.integers(0, ids[0], array.shape).astype("float32") for name, array in inputs.items()}
    weights = drawn(spec.graph, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        network = Network(spec.graph, framework, spec.layout, order)
        theirs = network.run(inputs, weights)
    found = []
    for step in steps(spec.graph, inputs, weights, Arrays(spec.layout, "float32")):
        name = step.node.name
        close(step.output, theirs[name])
        arrays = step.node.weights.values()
        ours = tuple(sum(size(each) for each in arrays if each.is_statistic == kept) for kept in (False, True))
        if ours != (counted := network.layers[name].counts()):
            found.append(f"{example.id}: {ours} parameters, {framework} has {counted}")
    return found


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_kind_has_its_equals(framework, kind):
    assert part(kind, framework), f"`{kind}` has no part in its family's {framework}.py"


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("framework", INSTALLED)
def test_they_do_the_same(framework, kind):
    reasons, compared = [], 0
    for example in EXAMPLES_OF[kind]:
        try:
            assert differences(example, framework) == []
            compared += 1
        except NoEqual as error:
            reasons.append(str(error))
    if not compared:
        pytest.skip(reasons[0])


@pytest.mark.parametrize("kind", KNOWN)
def test_they_do_the_same_with_channels_last_in_pytorch(kind):
    pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    for example in EXAMPLES_OF[kind]:
        try:
            assert differences(example, "torch", LAST) == []
        except NoEqual:
            continue  # nor has it with channels first


@pytest.mark.parametrize(
    ("convention", "entry", "torch", "keras"),
    [
        (
            "keras",
            "{conv: 3x3x8, stride: 2, padding: same, bias: false}",
            ("nn.Conv2d(3, 8, 3, stride=2, bias=False)", "conv(F.pad(x, (0, 1, 0, 1)))"),
            ('layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)', "conv(x)"),
        ),
        (
            "lecture",
            "{conv: 3x5x8, padding: 1x2}",
            ("nn.Conv2d(3, 8, (3, 5), padding=(1, 2))", "conv(x)"),
            ('layers.Conv2D(8, (3, 5), padding="same")', "conv(x)"),
        ),
        (
            "pytorch",
            "{max_pool: 3, stride: 2, padding: 1}",
            ("nn.MaxPool2d(3, stride=2, padding=1)", "conv(x)"),
            (
                "layers.MaxPooling2D(3, strides=2)",
                'conv(ops.pad(x, ((0, 0), (1, 0), (1, 0), (0, 0)), constant_values=float("-inf")))',
            ),
        ),
        (
            "pytorch",
            "{conv_transpose: 2x2x8, stride: 2}",
            ("nn.ConvTranspose2d(3, 8, 2, stride=2)", "conv(x)"),
            ("layers.Conv2DTranspose(8, 2, strides=2)", "conv(x)"),
        ),
        ("lecture", "{slice: [1, 3]}", ("", "x[:, 1:]"), ("", "x[..., 1:]")),
        ("lecture", "flatten", ("nn.Flatten()", "conv(x.permute(0, 2, 3, 1))"), ("layers.Flatten()", "conv(x)")),
        (
            "keras",
            "batch_norm",
            ("nn.BatchNorm2d(3, eps=0.001)", "conv(x)"),
            ("layers.BatchNormalization()", "conv(x)"),
        ),
        (
            "lecture",
            "{dense: 5}",
            ("nn.Linear(3, 5)", "conv(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)"),
            ("layers.Dense(5)", "conv(x)"),
        ),
    ],
)
def test_their_texts_are_what_a_person_would_write(convention, entry, torch, keras):
    spec = cnncalc.load(f"convention: {convention}\nlayout: channels_last\ninput: 32x32x3\nlayers: [{entry}]")
    node = spec.graph.nodes[0]
    for framework, expected in (("torch", torch), ("keras", keras)):
        found = equal(node.kind, framework, node.layer, [node.inputs[0].output], node.output, spec.layout)
        assert (found.module, found.applied("conv", "x")) == expected


ATTENTION = "nn.MultiheadAttention(64, 4, batch_first=True)"
ROWS = "x.flatten(1, 2), x.flatten(1, 2), x.flatten(1, 2)"


@pytest.mark.parametrize(
    ("entry", "torch", "keras"),
    [
        (
            "{attention: 4}",
            (ATTENTION, f"look({ROWS}, need_weights=False)[0].unflatten(1, (14, 14))"),
            ("layers.MultiHeadAttention(4, 16)", "look(x, x)"),
        ),
        (
            "{attention: 4, keys: words}",
            (
                "nn.MultiheadAttention(64, 4, kdim=32, vdim=32, batch_first=True)",
                "look(x.flatten(1, 2), words, words, need_weights=False)[0].unflatten(1, (14, 14))",
            ),
            ("Attention(heads=4, key_size=16, value_size=16, output=64, key_heads=4)", "look(x, words)"),
        ),
        (
            "{attention: 4, window: 7, shift: 3, position_bias: relative}",
            (
                "WindowAttention((14, 14), (7, 7), (3, 3), (1, 1), True, 64, "
                "heads=4, key_size=16, value_size=16, output=64, key_heads=4)",
                "look(x)",
            ),
            (
                "WindowAttention((14, 14), (7, 7), (3, 3), (1, 1), True, "
                "heads=4, key_size=16, value_size=16, output=64, key_heads=4)",
                "look(x)",
            ),
        ),
    ],
)
def test_the_texts_of_attention(entry, torch, keras):
    spec = cnncalc.load(f"inputs: {{x: 14x14x64, words: 9x32}}\nlayers: [{entry[:-1]}, from: x}}]")
    node = spec.graph.nodes[0]
    (order,) = orders(node.kind, node.layer, node.input_shapes, node.output, spec.layout)
    for framework, expected in (("torch", torch), ("keras", keras)):
        found = equal(node.kind, framework, node.layer, node.input_shapes, node.output, spec.layout, order=order)
        assert (found.module, found.applied("look", "x", "words")) == expected


def test_calls():
    assert call("f", 3, (2, 2), bias=(True, True), padding=("same", "valid")) == 'f(3, 2, padding="same")'
    assert call("f", p=((1, 2), 0), eps=(1e-5, 1e-3), k=(2.0, 1)) == "f(p=(1, 2), eps=1e-5, k=2)"
    assert [code(each) for each in (None, (1,), float("-inf"), 0.25)] == ["None", "1", 'float("-inf")', "0.25"]


def test_arrays_are_carried_there_and_back():
    ours = np.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
    for place in (Array("w"), Array("w", (3, 2, 0, 1)), Array("w", (3, 2, 4, 0, 1), (2, 3, 4, 2, 3), (8, 3, 2, 3))):
        assert np.array_equal(place.here(place.there(ours), ours.shape), ours)
    assert Array("w", (3, 2, 0, 1)).there(ours)[5, 3, 1, 2] == ours[1, 2, 3, 5]


def test_what_a_framework_does_not_have_has_a_reason():
    spec = cnncalc.load("input: 9x9x3\nlayers: [{conv: 3x3x8, stride: 2, dilation: 2}]")
    node = spec.graph.nodes[0]
    with pytest.raises(NoEqual, match="no stride and dilation that are both greater than 1"):
        equal(node.kind, "keras", node.layer, [node.inputs[0].output], node.output)
