"""Totals and memory, against toy layers and a direct simulation."""

from __future__ import annotations

import helpers as toy
import pytest
from helpers import analyzed
from hypothesis import given
from hypothesis import strategies as st

import cnncalc

BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}

steps = st.sampled_from(
    [
        ("{conv: 3x3x4, padding: 1}", toy.conv((3, 3), 4, pad=((1, 1), (1, 1)))),
        ("{conv: 1x2x6, groups: 2}", toy.conv((1, 2), 6, groups=2)),
        ("{conv: 2x1x2, stride: 1, bias: false}", toy.conv((2, 1), 2, bias=False)),
        ("{depthwise_conv: 2, multiplier: 2}", toy.depthwise((2, 2), 2)),
        ("{separable_conv: 2x2x4}", toy.separable((2, 2), 4)),
        ("{conv_transpose: 2x2x2, stride: 2}", toy.transposed((2, 2), 2, (2, 2))),
        ("{max_pool: 2, stride: 1}", toy.pool((2, 2), (1, 1))),
        ("{upsample: 2}", toy.upsample((2, 2))),
        ("batch_norm", toy.pointwise("scale", "center", "mean", "variance")),
        ("{prelu: {per: channel}}", toy.pointwise("slope")),
        ("relu", toy.pointwise()),
        ("{crop: 1}", toy.crop(((1, 1), (1, 1)))),
        ("{dense: 4}", toy.dense(4)),
    ]
)


@given(st.lists(steps, min_size=1, max_size=4), st.sampled_from(["lecture", "keras", "pytorch"]))
def test_totals_are_the_sums_over_toy_layers(drawn, convention):
    spatial, channels = (5, 6), 2
    entries, done = [], []
    for entry, forward in drawn:
        if min(spatial) <= 2 or max(spatial) > 12:
            break
        entries.append(entry)
        done.append(forward(spatial, channels))
        spatial, channels = done[-1].spatial, done[-1].channels
    analysis = analyzed("5x6x2", *entries, convention=convention)
    totals = analysis.totals
    arrays = [(name, len(used)) for each in done for name, used in each.weights.items()]
    moving = sum(size for name, size in arrays if name in ("mean", "variance"))
    assert totals.trainable_params == sum(size for _, size in arrays) - moving
    assert totals.non_trainable_params == (moving if convention == "keras" else 0)
    assert totals.params == totals.trainable_params + totals.non_trainable_params
    assert totals.param_bytes == 4 * totals.params
    assert totals.macs == sum(each.macs for each in done)
    assert totals.activation_bytes == sum(len(each.reads) for each in done) * 4
    assert [layer.macs for layer in analysis.layers] == [each.macs for each in done]


# -- memory


@st.composite
def trees(draw):
    """Layers that each read some earlier tensor, and the names of those that the model returns."""
    count = draw(st.integers(1, 7))
    sources = [draw(st.integers(0, index)) for index in range(count)]  # 0 is the input, i the i-th layer
    channels = [draw(st.integers(1, 9)) for _ in range(count)]
    outputs = draw(st.lists(st.integers(1, count), min_size=1, max_size=3, unique=True) | st.none())
    return sources, channels, outputs


def simulated_sums(sizes, sources, outputs):
    """How much is alive at the moment of each layer. Tensor 0 is the input."""
    last = len(sources)

    def is_alive(tensor, moment):
        readers = [reader for reader, source in enumerate(sources, 1) if source == tensor]
        if tensor > moment:
            return False
        if tensor in outputs or tensor == moment:
            return True
        return any(reader >= moment for reader in readers)

    return [sum(size for tensor, size in enumerate(sizes) if is_alive(tensor, moment)) for moment in range(1, last + 1)]


@given(trees(), st.sampled_from(sorted(BYTES)), st.integers(1, 3))
def test_what_is_alive_is_that_of_a_simulation(tree, dtype, batch):
    sources, channels, outputs = tree
    names = ["input", *(f"layer{index}" for index in range(1, len(sources) + 1))]
    lines = ["input: 3x2", "layers:"]
    for index, (source, filters) in enumerate(zip(sources, channels, strict=True), 1):
        lines.append(f"  - {{conv: {filters}, kernel: 1, name: {names[index]}, from: {names[source]}}}")
    if outputs:
        lines.append(f"outputs: [{', '.join(names[index] for index in outputs)}]")
    analysis = cnncalc.analyze(cnncalc.load("\n".join([*lines, ""])), dtype=dtype, batch=batch)
    sizes = [3 * 2, *(3 * filters for filters in channels)]
    alive = [each * BYTES[dtype] * batch for each in simulated_sums(sizes, sources, outputs or [len(sources)])]
    assert {layer.name: layer.alive_bytes for layer in analysis.layers} == dict(zip(names[1:], alive, strict=True))
    assert analysis.totals.peak_activation_bytes == max(alive)
    assert analysis.totals.peak_at == names[1:][alive.index(max(alive))]
    assert analysis.totals.activation_bytes == sum(sizes[1:]) * BYTES[dtype] * batch
    assert analysis.totals.param_bytes == analysis.totals.params * BYTES[dtype]


def test_every_listed_layer_owns_an_array():
    # input 6·6·1, conv 4·4·8, then batch_norm and relu of the same size: two of them are alive at a time
    analysis = analyzed("6x6x1", "{conv: 3x3x8, norm: batch_norm, activation: relu}", "flatten", "{dropout: 0.5}")
    assert analysis.totals.peak_activation_bytes == (4 * 4 * 8 + 4 * 4 * 8) * 4
    assert analysis.totals.activation_bytes == 5 * 4 * 4 * 8 * 4
    assert [layer.name for layer in analysis.layers[:3]] == ["conv1", "conv1.batch_norm", "conv1.relu"]


def test_entries_sum_up_what_they_stand_for():
    analysis = analyzed("6x6x1", "{conv: 3x3x8, norm: batch_norm, activation: prelu}", convention="keras")
    (entry,) = analysis.entries
    slopes = 4 * 4 * 8  # one per value
    assert entry.trainable_params == (3 * 3 * 1 * 8 + 8) + (8 + 8) + slopes
    assert entry.non_trainable_params == 8 + 8
    assert entry.params == 80 + 32 + slopes
    assert entry.macs == 4 * 4 * 3 * 3 * 8
    assert entry.activation_bytes == 3 * 4 * 4 * 8 * 4
    assert entry.output == (((4, 4)), 8)
    assert entry.fields["input"].size == (3, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "float8"}, r"unknown dtype 'float8'; expected one of float64, float32, float16, bfloat16, int8"),
        ({"batch": 0}, "a batch is at least 1 sample, not 0"),
    ],
)
def test_bad_arguments(arguments, message):
    spec = cnncalc.load("input: 6x6x1\nlayers: [flatten]")
    with pytest.raises(ValueError, match=message):
        cnncalc.analyze(spec, **arguments)
