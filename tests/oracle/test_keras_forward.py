"""Values against Keras where its conventions are its own: `same` padding with strides, transposed, causal, pools."""

from __future__ import annotations

import importlib.util
import os
import warnings

import numpy as np
import pytest
from forward.running import chain, close, drawn, outputs

import cnncalc

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
layers = keras.layers


def agree(layer, input: tuple[int, ...], entry: str, turned=lambda kernel: kernel) -> None:
    """The entry and the Keras layer make the same of an input (spatial sizes, then channels), with the same weights.

    Args:
        turned: our kernel as Keras has it.
    """
    spec = chain({"a": input}, entry, convention="keras", layout="channels_last")
    weights = drawn(spec.graph, len(entry))
    x = np.random.default_rng(0).standard_normal((2, *input)).astype("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer.build(x.shape)
        values = list(next(iter(weights.values()), {}).values())
        layer.set_weights(
            [(turned(v) if v.ndim > 1 else v).reshape(w.shape) for v, w in zip(values, layer.weights, strict=True)]
        )
        expected = keras.ops.convert_to_numpy(layer(x))
    close(outputs(spec, {"a": x}, weights), expected)


def swapped(kernel):
    """Filters before channels, as in Keras' transposed convolutions."""
    return kernel.swapaxes(-1, -2)


def is_even(entry: str, input: tuple[int, ...]) -> bool:
    """Whether both sides get the same padding. Elsewhere Keras' torch backend averages copies of the border with the
    rest, its other backends only what is there, as we do."""
    spec = chain({"a": input}, entry, convention="keras", layout="channels_last")
    return all(before == after for before, after in spec.graph.nodes[0].layer.padding)


SIZES = {1: (11,), 2: (11, 8), 3: (7, 6, 5)}


@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize(("k", "s", "d"), [(3, 1, 1), (3, 2, 1), (4, 2, 1), (2, 3, 1), (1, 2, 1), (4, 1, 2)])
def test_same(rank, k, s, d):
    input = (*SIZES[rank], 3)
    numbers = {"strides": s, "dilation_rate": d, "padding": "same"}
    window = f"stride: {s}, dilation: {d}, padding: same"
    agree(getattr(layers, f"Conv{rank}D")(4, k, **numbers), input, f"{{conv: 4, kernel: {k}, {window}}}")
    if rank < 3:
        entry = f"{{depthwise_conv: {k}, multiplier: 2, {window}}}"
        agree(getattr(layers, f"DepthwiseConv{rank}D")(k, depth_multiplier=2, **numbers), input, entry)
    if k > 1 and d == 1:
        pool = f"stride: {s}, padding: same"
        agree(getattr(layers, f"MaxPooling{rank}D")(k, s, "same"), input, f"{{max_pool: {k}, {pool}}}")
        if is_even(f"{{avg_pool: {k}, {pool}}}", input):
            agree(getattr(layers, f"AveragePooling{rank}D")(k, s, "same"), input, f"{{avg_pool: {k}, {pool}}}")


@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("k", "s"), [(3, 1), (3, 2), (4, 2), (2, 3), (1, 2), (5, 3)])
def test_transposed(rank, padding, k, s):
    layer = getattr(layers, f"Conv{rank}DTranspose")(4, k, s, padding)
    agree(layer, (*SIZES[rank], 3), f"{{conv_transpose: 4, kernel: {k}, stride: {s}, padding: {padding}}}", swapped)


@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("k", "s", "d", "extra"),
    [(3, 2, 1, 0), (3, 2, 1, 1), (4, 2, 1, 1), (4, 3, 1, 2), (2, 3, 1, 0), (1, 3, 1, 2), (5, 2, 1, 0), (3, 1, 2, 0)],
)
def test_transposed_with_an_output_padding(rank, padding, k, s, d, extra):
    """Not the size alone: where `same` cuts shows in the values."""
    numbers = {"output_padding": extra, "dilation_rate": d}
    layer = getattr(layers, f"Conv{rank}DTranspose")(4, k, s, padding, **numbers)
    settings = f"stride: {s}, padding: {padding}, dilation: {d}, output_padding: {extra}"
    agree(layer, (*SIZES[rank], 3), f"{{conv_transpose: 4, kernel: {k}, {settings}}}", swapped)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "extra"),
    [
        ((4, 2), 3, "same", None),
        ((4, 2), 3, "valid", None),
        ((1, 5), (3, 2), "same", None),
        ((3, 1), (2, 3), "same", (0, 2)),
        ((2, 5), (3, 2), "same", (1, 0)),
        ((2, 5), (3, 2), "valid", (2, 0)),
    ],
)
def test_transposed_along_each_axis(kernel, stride, padding, extra):
    more = "" if extra is None else f", output_padding: {list(extra)}"
    strides = list(stride) if isinstance(stride, tuple) else stride
    entry = f"{{conv_transpose: 4, kernel: {list(kernel)}, stride: {strides}, padding: {padding}{more}}}"
    agree(layers.Conv2DTranspose(4, kernel, stride, padding, output_padding=extra), (4, 11, 3), entry, swapped)


@pytest.mark.parametrize(("k", "s", "d"), [(3, 1, 1), (3, 2, 1), (2, 1, 3)])
def test_causal(k, s, d):
    layer = layers.Conv1D(4, k, s, "causal", dilation_rate=d)
    agree(layer, (11, 3), f"{{conv: 4, kernel: {k}, stride: {s}, dilation: {d}, padding: causal}}")


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_separable(padding):
    layer = layers.SeparableConv2D(5, 3, 2, padding, depth_multiplier=2)
    agree(layer, (8, 7, 3), f"{{separable_conv: 5, kernel: 3, stride: 2, multiplier: 2, padding: {padding}}}")


@pytest.mark.parametrize("input", [(4,), (6, 4), (5, 6, 4), (4, 3, 5, 4)])
def test_other_layers(input):
    rank = len(input) - 1
    agree(layers.BatchNormalization(), input, "batch_norm")
    agree(layers.LayerNormalization(), input, "layer_norm")
    agree(layers.GroupNormalization(2), input, "{group_norm: 2}")
    agree(layers.Dense(7), input, "{dense: 7}")
    agree(layers.Flatten(), input, "flatten")
    agree(layers.PReLU(), input, "prelu")
    agree(layers.PReLU(shared_axes=list(range(1, rank + 1)) or None), input, "{prelu: {per: channel}}")
    agree(layers.LeakyReLU(), input, "leaky_relu")
    if rank:
        agree(layers.Reshape((2, -1)), input, "{reshape: [2, -1]}")


def made_by(layer, x):
    """What a Keras layer without weights makes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.ops.convert_to_numpy(layer(x))


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("sizes", [(11, 8), (22, 16), (7, 13), (5, 3), (1, 1), (30, 2)])
def test_resize(mode, sizes):
    """`Resizing` takes the value under the centre, whatever its backend; PyTorch's own `nearest` does not."""
    x = np.random.default_rng(0).standard_normal((2, 11, 8, 3)).astype("float32")
    entry = f"{{resize: {{like: b, mode: {mode}}}, from: a}}"
    spec = chain({"a": (11, 8, 3), "b": (*sizes, 1)}, entry, convention="keras", layout="channels_last")
    ours = outputs(spec, {"a": x, "b": np.zeros((2, *sizes, 1), "float32")}, {})
    close(ours, made_by(layers.Resizing(*sizes, interpolation=mode), x))


@pytest.mark.parametrize("kind", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"])
@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 5, 3), (4, 1, 3)),
        ((1, 5, 3), (4, 5, 3)),
        ((4, 1, 3), (1, 5, 3)),
        ((4, 1, 1), (1, 5, 3)),
        ((4, 5, 3), (1, 1, 3)),
        ((4, 5, 3), (3,)),
        ((2, 1, 3, 2), (1, 4, 3, 2)),
    ],
)
def test_merges_spread_along_each_axis(kind, shapes):
    draw = np.random.default_rng(0)
    a, b = (draw.standard_normal((2, *shape)).astype("float32") for shape in shapes)
    inputs = dict(zip("ab", shapes, strict=True))
    spec = chain(inputs, f"{kind.lower()}: [a, b]", convention="keras", layout="channels_last")
    assert not spec.remarks
    close(outputs(spec, {"a": a, "b": b}, {}), made_by(getattr(layers, kind)(), [a, b]))


@pytest.mark.parametrize("other", [(1, 1, 3), (4, 1, 3), (3,), (4, 5)])
def test_concat_refuses_what_keras_refuses(other):
    with pytest.raises(ValueError, match=r"matching shapes|same"):
        layers.Concatenate()([keras.Input((4, 5, 3)), keras.Input(other)])
    with pytest.raises(cnncalc.SpecError):
        chain({"a": (4, 5, 3), "b": other}, "concat: [a, b]", convention="keras", layout="channels_last")
