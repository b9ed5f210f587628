"""Output shapes and parameter counts against Keras: the paddings by name, transposed, separable and depthwise."""

from __future__ import annotations

import importlib.util
import os
import warnings

import pytest
from helpers import analyzed, written
from hypothesis import given, reject, settings
from hypothesis import strategies as st

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

FEW = settings(max_examples=40)


def agree(layer, input: tuple[int, ...], entry: str) -> None:
    """The entry and the Keras layer make the same of an input (spatial sizes, then channels)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = tuple(layer(keras.ops.ones((1, *input))).shape[1:])
    except (RuntimeError, ValueError):
        reject()  # Keras refuses it
    if min(output) < 1:
        reject()  # … or should have
    ours = analyzed(written(input), entry, convention="keras").layers[0]
    assert ours.node.output.sizes("channels_last") == output
    assert ours.trainable_params == sum(_size(weight.shape) for weight in layer.trainable_weights)
    assert ours.params == layer.count_params()


def _size(shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def yaml(sizes) -> str:
    return str(list(sizes))


@st.composite
def windows(draw, ranks=(1, 2, 3)):
    rank = draw(st.sampled_from(ranks))

    def sizes(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    # Keras takes strides or dilations, never both
    strided = draw(st.booleans())
    return {
        "rank": rank,
        "input": (*sizes(1, 11), draw(st.integers(1, 3))),
        "filters": draw(st.integers(1, 4)),
        "kernel": sizes(1, 4),
        "stride": sizes(1, 3) if strided else (1,) * rank,
        "dilation": (1,) * rank if strided else sizes(1, 3),
        "padding": draw(st.sampled_from(["same", "valid"])),
        "bias": draw(st.booleans()),
    }


def text(case) -> str:
    return (
        f"stride: {yaml(case['stride'])}, dilation: {yaml(case['dilation'])}, padding: {case['padding']}, "
        f"bias: {'true' if case['bias'] else 'false'}"
    )


def options(case) -> dict:
    return {
        "strides": case["stride"],
        "dilation_rate": case["dilation"],
        "padding": case["padding"],
        "use_bias": case["bias"],
    }


@FEW
@given(windows())
def test_conv(case):
    layer = getattr(keras.layers, f"Conv{case['rank']}D")(case["filters"], case["kernel"], **options(case))
    agree(layer, case["input"], f"{{conv: {case['filters']}, kernel: {yaml(case['kernel'])}, {text(case)}}}")


@FEW
@given(windows(ranks=(1,)))
def test_causal_conv(case):
    case["padding"] = "causal"
    layer = keras.layers.Conv1D(case["filters"], case["kernel"], **options(case))
    agree(layer, case["input"], f"{{conv: {case['filters']}, kernel: {yaml(case['kernel'])}, {text(case)}}}")


@FEW
@given(windows(ranks=(1, 2)), st.integers(1, 3))
def test_depthwise_conv(case, multiplier):
    case["stride"] = (case["stride"][0],) * case["rank"]  # Keras wants one stride for all axes
    layer = getattr(keras.layers, f"DepthwiseConv{case['rank']}D")(
        case["kernel"], depth_multiplier=multiplier, **options(case)
    )
    agree(layer, case["input"], f"{{depthwise_conv: {yaml(case['kernel'])}, multiplier: {multiplier}, {text(case)}}}")


@FEW
@given(windows(ranks=(1, 2)), st.integers(1, 3))
def test_separable_conv(case, multiplier):
    case["stride"] = (case["stride"][0],) * case["rank"]
    layer = getattr(keras.layers, f"SeparableConv{case['rank']}D")(
        case["filters"], case["kernel"], depth_multiplier=multiplier, **options(case)
    )
    entry = (
        f"{{separable_conv: {case['filters']}, kernel: {yaml(case['kernel'])}, multiplier: {multiplier}, {text(case)}}}"
    )
    agree(layer, case["input"], entry)


@FEW
@given(windows(), st.data())
def test_conv_transpose(case, data):
    # left out, an output padding is something else than 0; Keras wants it to be smaller than the stride
    extra = data.draw(st.none() | st.tuples(*(st.integers(0, s - 1) for s in case["stride"])))
    more = "" if extra is None else f", output_padding: {yaml(extra)}"
    layer = getattr(keras.layers, f"Conv{case['rank']}DTranspose")(
        case["filters"], case["kernel"], output_padding=extra, **options(case)
    )
    entry = f"{{conv_transpose: {case['filters']}, kernel: {yaml(case['kernel'])}, {text(case)}{more}}}"
    agree(layer, case["input"], entry)


@FEW
@given(windows(), st.sampled_from(["Max", "Average"]))
def test_pools(case, method):
    kind = "max_pool" if method == "Max" else "avg_pool"
    layer = getattr(keras.layers, f"{method}Pooling{case['rank']}D")(case["kernel"], case["stride"], case["padding"])
    agree(
        layer,
        case["input"],
        f"{{{kind}: {yaml(case['kernel'])}, stride: {yaml(case['stride'])}, padding: {case['padding']}}}",
    )


LAYERS = {
    "batch_norm": lambda _: keras.layers.BatchNormalization(),
    "{batch_norm: {scale: false}}": lambda _: keras.layers.BatchNormalization(scale=False),
    "{batch_norm: {center: false}}": lambda _: keras.layers.BatchNormalization(center=False),
    "layer_norm": lambda _: keras.layers.LayerNormalization(),
    "{group_norm: 2}": lambda _: keras.layers.GroupNormalization(2),
    "{dense: 7}": lambda _: keras.layers.Dense(7),
    "{dense: 7, bias: false}": lambda _: keras.layers.Dense(7, use_bias=False),
    "flatten": lambda _: keras.layers.Flatten(),
    "prelu": lambda _: keras.layers.PReLU(),
    "{prelu: {per: channel}}": lambda rank: keras.layers.PReLU(shared_axes=list(range(1, rank + 1)) or None),
    "{prelu: {per: all}}": lambda rank: keras.layers.PReLU(shared_axes=list(range(1, rank + 2))),
    "leaky_relu": lambda _: keras.layers.LeakyReLU(),
    "softmax": lambda _: keras.layers.Softmax(),
    "{dropout: 0.5}": lambda _: keras.layers.Dropout(0.5),
    "global_avg_pool": lambda rank: getattr(keras.layers, f"GlobalAveragePooling{rank}D")(),
    "{global_max_pool: {keep_dims: true}}": lambda rank: getattr(keras.layers, f"GlobalMaxPooling{rank}D")(
        keepdims=True
    ),
    "{upsample: 2}": lambda rank: getattr(keras.layers, f"UpSampling{rank}D")(2),
    "{pad: 2}": lambda rank: getattr(keras.layers, f"ZeroPadding{rank}D")(2),
    "{crop: 1}": lambda rank: getattr(keras.layers, f"Cropping{rank}D")(1),
    "rms_norm": lambda _: keras.layers.RMSNormalization(),
    "l2_norm": lambda _: keras.layers.UnitNormalization(),
    "{rescale: 0.5}": lambda _: keras.layers.Rescaling(0.5),
}
NEED_POSITIONS = ("{global", "global", "{upsample", "{pad", "{crop")


@pytest.mark.parametrize("entry", LAYERS)
@pytest.mark.parametrize("input", [(4,), (6, 4), (5, 6, 4), (4, 3, 5, 4)])
def test_other_layers(entry, input):
    rank = len(input) - 1
    if not rank and entry.startswith(NEED_POSITIONS):
        pytest.skip("needs positions")
    agree(LAYERS[entry](rank), input, entry)


def test_embedding():
    layer = keras.layers.Embedding(100, 8)
    output = layer(keras.ops.zeros((1, 59), dtype="int32"))
    ours = analyzed("59", "{embedding: 8, vocabulary: 100}", convention="keras").layers[0]
    assert ours.node.output.sizes("channels_last") == tuple(output.shape[1:])
    assert ours.params == layer.count_params()


def test_the_lectures_keras_network():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    analysis = analyzed(
        "28x28x1",
        "{conv: 3x3x32, padding: same, activation: relu}",
        "{max_pool: 2}",
        "{conv: 3x3x64, activation: relu}",
        "{max_pool: 2}",
        "batch_norm",
        "flatten",
        "{dense: 128, activation: relu}",
        "{dense: 10, activation: softmax}",
        convention="keras",
    )
    assert analysis.totals.params == model.count_params()
    assert analysis.totals.trainable_params == sum(_size(weight.shape) for weight in model.trainable_weights)
    assert [entry.params for entry in analysis.entries] == [layer.count_params() for layer in model.layers]
    assert [entry.output.sizes("channels_last") for entry in analysis.entries] == [
        tuple(layer.output.shape[1:]) for layer in model.layers
    ]
