"""Layers of Keras, each saved with weights, read again, and run: sizes, parameters and values are Keras' own."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from importing.keras.keras_values import check_numbers, check_values, parameters, randomised

import cnncalc

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
    pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")

layers, ops = keras.layers, keras.ops
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

MAP, SEQUENCE, VOLUME, VECTOR = (12, 10, 6), (14, 6), (6, 5, 4, 3), (7,)

SINGLE = {
    "conv": (MAP, lambda: layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")),
    "conv, groups": (MAP, lambda: layers.Conv2D(4, (3, 5), groups=2, use_bias=False, dilation_rate=2)),
    "conv 1-D, causal": (SEQUENCE, lambda: layers.Conv1D(4, 3, padding="causal", dilation_rate=2)),
    "conv 3-D": (VOLUME, lambda: layers.Conv3D(4, 3, padding="same", strides=2)),
    "depthwise": (MAP, lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="gelu")),
    "depthwise 1-D": (SEQUENCE, lambda: layers.DepthwiseConv1D(3)),
    "separable": (MAP, lambda: layers.SeparableConv2D(5, 3, strides=2, padding="same", depth_multiplier=2)),
    "separable 1-D": (SEQUENCE, lambda: layers.SeparableConv1D(5, 3, use_bias=False)),
    "transposed": (MAP, lambda: layers.Conv2DTranspose(5, 3, strides=2, padding="same")),
    "transposed, valid": (MAP, lambda: layers.Conv2DTranspose(5, 2, strides=3)),
    "transposed, more": (MAP, lambda: layers.Conv2DTranspose(5, 3, strides=2, padding="same", output_padding=1)),
    "transposed 1-D": (SEQUENCE, lambda: layers.Conv1DTranspose(5, 3, strides=2)),
    "max pool": (MAP, lambda: layers.MaxPooling2D(3, strides=2, padding="same")),
    "max pool 1-D": (SEQUENCE, lambda: layers.MaxPooling1D(2)),
    "mean pool": (MAP, lambda: layers.AveragePooling2D((2, 3), padding="same")),
    "mean pool 3-D": (VOLUME, lambda: layers.AveragePooling3D(2)),
    "global mean": (MAP, lambda: layers.GlobalAveragePooling2D()),
    "global maximum": (MAP, lambda: layers.GlobalMaxPooling2D(keepdims=True)),
    "padding": (MAP, lambda: layers.ZeroPadding2D(((0, 1), (2, 3)))),
    "padding 1-D": (SEQUENCE, lambda: layers.ZeroPadding1D((1, 2))),
    "cropping": (MAP, lambda: layers.Cropping2D(((0, 1), (2, 3)))),
    "upsampling": (MAP, lambda: layers.UpSampling2D((2, 3))),
    "upsampling, linear": (MAP, lambda: layers.UpSampling2D(2, interpolation="bilinear")),
    "upsampling 1-D": (SEQUENCE, lambda: layers.UpSampling1D(3)),
    "batch norm": (MAP, lambda: layers.BatchNormalization(epsilon=1e-4)),
    "batch norm without scale": (MAP, lambda: layers.BatchNormalization(scale=False)),
    "batch norm of rows": (MAP, lambda: layers.BatchNormalization(axis=1)),
    "batch norm of a vector": (VECTOR, lambda: layers.BatchNormalization(center=False)),
    "layer norm": (SEQUENCE, lambda: layers.LayerNormalization(epsilon=1e-6)),
    "layer norm of all": (MAP, lambda: layers.LayerNormalization(axis=[1, 2, 3])),
    "group norm": (MAP, lambda: layers.GroupNormalization(3)),
    "instance norm": (MAP, lambda: layers.GroupNormalization(-1)),
    "RMS norm": (SEQUENCE, lambda: layers.RMSNormalization()),
    "unit norm": (SEQUENCE, lambda: layers.UnitNormalization()),
    "normalization": (MAP, lambda: layers.Normalization()),
    "known normalization": (MAP, lambda: layers.Normalization(mean=[1, 2, 3, 4, 5, 6], variance=[1, 4, 9, 1, 1, 1])),
    "known normalization, inverse": (MAP, lambda: layers.Normalization(mean=2, variance=4, invert=True)),
    "rescaling": (MAP, lambda: layers.Rescaling(1 / 127.5, offset=-1)),
    "rescaling per channel": (MAP, lambda: layers.Rescaling([1, 2, 3, 4, 5, 6])),
    "dense": (VECTOR, lambda: layers.Dense(5, activation="softmax")),
    "dense on maps": (MAP, lambda: layers.Dense(5, use_bias=False, activation="hard_sigmoid")),
    "einsum": (SEQUENCE, lambda: layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")),
    "einsum of the last axis": (SEQUENCE, lambda: layers.EinsumDense("...x,xy->...y", output_shape=5)),
    "einsum of two new axes": (
        SEQUENCE,
        lambda: layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 4), bias_axes="de", activation="softmax"),
    ),
    "einsum of the last two": (
        MAP,
        lambda: layers.EinsumDense("abcd,cde->abe", output_shape=(None, 5), bias_axes="e", activation="relu"),
    ),
    "flatten": (MAP, lambda: layers.Flatten()),
    "reshape": (MAP, lambda: layers.Reshape((-1, 8))),
    "permute": (MAP, lambda: layers.Permute((2, 3, 1))),
    "repeat": (VECTOR, lambda: layers.RepeatVector(3)),
    "ReLU": (MAP, lambda: layers.ReLU()),
    "ReLU6": (MAP, lambda: layers.ReLU(6)),
    "ReLU with a bound": (MAP, lambda: layers.ReLU(1.5)),
    "leaky ReLU": (MAP, lambda: layers.LeakyReLU(0.1)),
    "leaky by name": (MAP, lambda: layers.Activation("leaky_relu")),
    "ELU": (MAP, lambda: layers.ELU(0.7)),
    "softmax": (MAP, lambda: layers.Softmax(axis=1)),
    "PReLU": (MAP, lambda: layers.PReLU()),
    "PReLU per channel": (MAP, lambda: layers.PReLU(shared_axes=[1, 2])),
    "PReLU per position": (MAP, lambda: layers.PReLU(shared_axes=[3])),
    "hard swish": (MAP, lambda: layers.Activation("hard_silu")),
    "mish": (VECTOR, lambda: layers.Activation("mish")),
    "linear": (VECTOR, lambda: layers.Activation("linear")),
    "dropout": (MAP, lambda: layers.Dropout(0.2)),
    "drop path": (MAP, lambda: layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))),
    "spatial dropout": (MAP, lambda: layers.SpatialDropout2D(0.2)),
    "noise": (MAP, lambda: layers.GaussianNoise(0.2)),
    "augmentation": (MAP, lambda: layers.RandomRotation(0.2)),
    "LSTM": (SEQUENCE, lambda: layers.LSTM(5)),
    "LSTM, sequence": (SEQUENCE, lambda: layers.LSTM(5, return_sequences=True, use_bias=False)),
    "GRU": (SEQUENCE, lambda: layers.GRU(5)),
    "GRU, reset before": (SEQUENCE, lambda: layers.GRU(5, reset_after=False)),
    "simple RNN": (SEQUENCE, lambda: layers.SimpleRNN(5, activation="relu")),
    "both directions": (SEQUENCE, lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True))),
    "both directions, summed": (SEQUENCE, lambda: layers.Bidirectional(layers.GRU(4), merge_mode="sum")),
    "over time": (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(4, activation="tanh"))),
    "convolution over time": (VOLUME, lambda: layers.TimeDistributed(layers.Conv2D(4, 3, strides=2, padding="same"))),
    "depthwise over time": (VOLUME, lambda: layers.TimeDistributed(layers.DepthwiseConv2D(3))),
    "transposed over time": (VOLUME, lambda: layers.TimeDistributed(layers.Conv2DTranspose(4, 3, strides=2))),
    "pool over time": (VOLUME, lambda: layers.TimeDistributed(layers.MaxPooling2D(2))),
    "global pool over time": (VOLUME, lambda: layers.TimeDistributed(layers.GlobalAveragePooling2D())),
    "flatten over time": (VOLUME, lambda: layers.TimeDistributed(layers.Flatten())),
    "resizing": (MAP, lambda: layers.Resizing(7, 9)),
    "center crop": (MAP, lambda: layers.CenterCrop(7, 8)),
    "embedding": ((), lambda: layers.Embedding(10, 4)),
}


@pytest.mark.parametrize(("sizes", "layer"), SINGLE.values(), ids=SINGLE)
def test_single_layer(sizes, layer, tmp_path):
    x = keras.Input(sizes)
    check(keras.Model(x, layer()(x)), tmp_path)


def a_merge(make):
    def network(x):
        left, right = layers.Conv2D(6, 1)(x), layers.Conv2D(6, 1)(x)
        return make(left, right)

    return network


def a_gate(x):
    gate = layers.Dense(6, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    return layers.Multiply()([x, gate])


def attention_of_tokens(x):
    tokens = layers.Reshape((120, 6))(x)
    attended = layers.MultiHeadAttention(2, 4, value_dim=3, output_shape=5)(tokens, tokens, use_causal_mask=True)
    return layers.GroupQueryAttention(3, 4, 2)(attended, attended)


def attention_to_others(x):
    tokens = layers.Reshape((120, 6))(x)
    other = layers.Dense(7)(layers.MaxPooling1D(2)(tokens))
    return layers.MultiHeadAttention(2, 4)(tokens, other)


def plain_attention(x):
    tokens = layers.Reshape((120, 6))(x)
    return layers.Attention(use_scale=True)([tokens, layers.Dense(6)(tokens)])


def attention_on_a_map(x):
    return layers.MultiHeadAttention(2, 4)(x, x)


def products(x):
    a, b = layers.Reshape((60, 12))(x), layers.Reshape((12, 60))(x)
    flat = layers.Dense(5)(layers.Flatten()(x))
    return [
        layers.Dot(axes=(2, 1))([a, b]),
        layers.Dot(axes=(2, 2), normalize=True)([a, a]),
        layers.Dot(axes=(1, 2))([a, b]),
        layers.Dot(axes=1)([flat, flat]),
    ]


def states(x):
    sequence, state = layers.GRU(5, return_sequences=True, return_state=True)(layers.Reshape((20, 36))(x))
    again = layers.GRU(5, return_sequences=True)(sequence, initial_state=state)
    both = layers.Bidirectional(layers.GRU(5))(again, initial_state=[state, state])
    return [layers.LSTM(5)(again, initial_state=[state, state]), both]


def cells(x):
    return layers.RNN(layers.GRUCell(5), return_sequences=True)(layers.Reshape((20, 36))(x))


def several_cells(x):
    some = [layers.LSTMCell(4), layers.GRUCell(3), layers.LSTMCell(5), layers.SimpleRNNCell(2, use_bias=False)]
    some[1].trainable = False
    return layers.RNN(some)(layers.Reshape((20, 36))(x))


def shared(x):
    conv, norm = layers.Conv2D(6, 3, padding="same", activation="relu"), layers.BatchNormalization()
    once = norm(conv(x))
    return layers.Add()([once, norm(conv(once))])


def shared_model(x):
    inside = keras.Sequential([layers.Conv2D(6, 3, padding="same"), layers.BatchNormalization()])
    branch = keras.Input((None, None, 6))
    model = keras.Model(branch, layers.Activation("relu")(inside(branch)))
    once = model(x)
    return [model(once), model(layers.AveragePooling2D(2)(once))]


def model_over_time(x):
    frames = layers.Reshape((3, 4, 10, 6))(x)
    inside = keras.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    return layers.LSTM(3)(layers.TimeDistributed(inside)(frames))


def frozen(x):
    conv = layers.Conv2D(4, 3)
    conv.trainable = False
    inside = keras.Sequential([layers.Conv2D(4, 3), layers.BatchNormalization()])
    inside.trainable = False
    return inside(conv(layers.Conv2D(4, 3)(x)))


def arithmetic(x):
    return [
        1 - x * 2 + 3,
        x / 4,
        -x,
        x**2,
        x - layers.Conv2D(1, 1)(x),
        ops.maximum(x, 0),
        ops.clip(x, -1, 0.5),
        ops.abs(x),
    ]


def along_axes(x):
    return [
        ops.mean(x, axis=[1, 2]),
        ops.max(x, axis=1),
        ops.sum(x, axis=-1),
        ops.mean(x, axis=(1, 2), keepdims=True),
        ops.min(x, axis=2, keepdims=True),
        ops.max(layers.Flatten()(x), axis=1, keepdims=True),
        ops.softmax(x, axis=1),
    ]


def moved(x):
    tokens = ops.reshape(x, (-1, 120, 6))
    return [
        ops.transpose(tokens, (0, 2, 1)),
        ops.swapaxes(x, 1, 3),
        ops.moveaxis(x, -1, 1),
        ops.squeeze(ops.expand_dims(tokens, 1), 1),
        ops.concatenate([tokens, tokens], axis=1),
        ops.stack([tokens, tokens], axis=2),
        ops.split(x, 3, axis=-1)[1],
        ops.split(tokens, [20, 50], axis=1)[2],
        ops.repeat(tokens, 2, axis=1),
        ops.tile(tokens, [1, 1, 2]),
        tokens[:, 3:-2:2],
        ops.pad(x, [[0, 0], [1, 2], [0, 0], [0, 3]]),
        ops.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]], mode="reflect"),
    ]


def many_axes(x):
    y = ops.transpose(ops.reshape(x, (-1, 3, 4, 5, 2, 6)), (0, 1, 3, 5, 2, 4))
    return [
        ops.reshape(y, (-1, 15, 6, 8)),
        layers.Reshape((12, 10, 6))(layers.Permute((3, 1, 5, 4, 2))(layers.Reshape((3, 4, 5, 2, 6))(x))),
        ops.reshape(ops.squeeze(ops.swapaxes(ops.expand_dims(y, 1), 2, 5), 1), (-1, 720)),
    ]


def parts(x):
    return [x[:, 0], x[:, 1:3, ..., 0], x[..., 2:], x[:, -1, None, :, 1:-1], x[:, 5]]


def matrices(x):
    tokens = layers.Reshape((120, 6))(x)
    scores = ops.matmul(tokens, ops.transpose(layers.Dense(6)(tokens), (0, 2, 1)))
    return ops.matmul(ops.softmax(scores), tokens)


def functions(x):
    return [
        getattr(ops, name)(x)
        for name in ("relu", "relu6", "sigmoid", "silu", "elu", "selu", "softplus", "softsign", "tanh")
    ] + [
        ops.gelu(x, approximate=False),
        ops.leaky_relu(x),
        ops.hard_sigmoid(x),
        ops.hard_silu(x),
        ops.log_sigmoid(x),
        ops.glu(x),
        ops.log_softmax(x),
    ]


def images(x):
    return [ops.image.resize(x, (24, 5)), ops.image.resize(x, (6, 20), interpolation="nearest")]


NETWORKS = {
    "add": a_merge(lambda a, b: layers.Add()([a, b])),
    "subtract": a_merge(lambda a, b: layers.Subtract()([a, b])),
    "multiply": a_merge(lambda a, b: layers.Multiply()([a, b])),
    "average": a_merge(lambda a, b: layers.Average()([a, b])),
    "maximum": a_merge(lambda a, b: layers.Maximum()([a, b])),
    "minimum": a_merge(lambda a, b: layers.Minimum()([a, b])),
    "concatenate": a_merge(lambda a, b: layers.Concatenate()([a, b, a])),
    "concatenate rows": a_merge(lambda a, b: layers.Concatenate(axis=1)([a, b])),
    **{
        each.__name__.replace("_", " "): each
        for each in (
            *(a_gate, attention_of_tokens, attention_to_others, plain_attention, attention_on_a_map, products, states),
            *(
                cells,
                several_cells,
                shared,
                shared_model,
                model_over_time,
                frozen,
                arithmetic,
                along_axes,
                moved,
                parts,
                many_axes,
                matrices,
            ),
            *(functions, images),
        )
    },
}


@pytest.mark.parametrize(
    ("equation", "output", "bias"), [("abc,bd->acd", (6, 4), "d"), ("abc,cde->abed", (14, 4, 2), "d")]
)
def test_a_general_einsum_has_its_numbers(equation, output, bias, tmp_path):
    x = keras.Input(SEQUENCE)
    y = layers.EinsumDense(equation, output_shape=output, bias_axes=bias)(x)
    model = keras.Model(x, layers.Flatten()(y))
    model.save(tmp_path / "model.keras")
    spec = cnncalc.load(tmp_path / "model.keras")
    assert spec.graph.nodes[0].kind == "opaque"
    assert cnncalc.analyze(spec).totals.params == model.count_params()
    assert spec.graph.nodes[0].output.values == np.prod(y.shape[1:])


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_network(network, tmp_path):
    x = keras.Input(MAP)
    check(keras.Model(x, network(x)), tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        *("shared model", "frozen", "attention of tokens", "model over time", "states", "several cells", "arithmetic"),
        "moved",
    ],
)
def test_weights_in_files_that_keras_calls_legacy(name, tmp_path):
    x = keras.Input(MAP)
    model = randomised(keras.Model(x, NETWORKS[name](x)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "model.h5")
    check_values(tmp_path / "model.h5", model, values_for(model))


def test_layers_of_a_live_model_that_are_in_several_places():
    """Keras does not write that they are the same: its own files of such a model cannot be loaded."""
    conv = layers.Conv2D(6, 3, padding="same", name="conv")
    inner = keras.Sequential([keras.Input(MAP), conv, layers.BatchNormalization()], name="inner")
    outer = keras.Sequential([keras.Input(MAP), inner, layers.ReLU(), inner], name="outer")
    dense = layers.Dense(6)
    x = keras.Input(MAP)
    y = layers.Add()([outer(x), inner(x), layers.ReLU()(conv(x))])
    model = randomised(keras.Model(x, [y, layers.TimeDistributed(dense)(y), dense(y)]))
    spec = cnncalc.from_keras(model)
    check_numbers(model, spec)
    assert cnncalc.analyze(spec).totals.params == 6 * 6 * 9 + 6 + 4 * 6 + 6 * 6 + 6  # of one of each
    (given,) = values_for(model)
    found = cnncalc.run(spec, given)
    for value, node in zip(model(given, training=False), spec.graph.output_nodes, strict=True):
        np.testing.assert_allclose(found[node.name], keras.ops.convert_to_numpy(value), rtol=1e-4, atol=1e-4)


def test_variables_of_a_live_model_that_are_frozen_by_themselves():
    """A file does not have it: its layers are frozen as a whole, or not."""
    conv, norm, dense = layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm"), layers.Dense(5)
    x = keras.Input(MAP)
    model = keras.Model(x, dense(layers.Flatten()(norm(conv(x)))))
    assert not cnncalc.from_keras(model).remarks
    for variable in (conv.kernel, norm.gamma, dense.kernel, dense.bias):
        variable.trainable = False
    spec = cnncalc.from_keras(model)
    totals = cnncalc.analyze(spec).totals
    frozen = 3 * 3 * 6 * 4 + 4  # the kernel, and the gains of the norm; the dense layer is frozen as a whole
    assert totals.params == model.count_params()
    assert totals.trainable_params - frozen == parameters(model.trainable_weights) == 4 + 4
    (warning,) = spec.remarks
    assert warning.message == "the totals count 220 parameters that are frozen as trainable: in `conv`, `norm`"
    assert (warning.code, warning.severity) == ("CNN573", "warning")
    assert warning.help == ("in a spec a layer is frozen as a whole (`trainable: false`), or not at all",)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"])
def test_dtype_policies(policy, tmp_path):
    """Numbers are those of the shapes; values those of the weights in their own type, calculated in float32."""
    x = keras.Input((7,))
    y = layers.Dense(5, activation="relu", dtype=policy)(x)
    model = keras.Model(x, layers.Dense(3, dtype=policy)(y))
    model.save(tmp_path / "model.keras")
    (given,) = values_for(model)
    for spec in (cnncalc.load(tmp_path / "model.keras"), cnncalc.from_keras(model)):
        check_numbers(model, spec)
        (*_, found) = cnncalc.run(spec, given).values()
        wanted = keras.ops.convert_to_numpy(keras.ops.cast(model(given), "float32"))
        np.testing.assert_allclose(found, wanted, atol=0.02)  # bfloat16 has 8 bits


def test_quantised_weights_are_no_longer_those_of_the_layer(tmp_path):
    x = keras.Input((7,))
    model = keras.Model(x, layers.Dense(5, name="dense")(x))
    model.quantize("int8")
    model.save(tmp_path / "model.keras")
    found = [each.message for each in cnncalc.load(tmp_path / "model.keras").remarks if each.code == "CNN157"]
    # 7·5 weights and 5 biases, and a scale for each of 5 outputs
    assert found == ['layer "dense" (Dense): the file has 45 parameters for it, computed are 40']


def test_channels_first(tmp_path):
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        x = keras.Input((6, 12, 10))
        y = layers.BatchNormalization(axis=1)(layers.Conv2D(8, 3, padding="same", activation="relu")(x))
        y = layers.MaxPooling2D(2)(layers.DepthwiseConv2D(3)(y))
        z = layers.Concatenate(axis=1)([y, layers.Conv2D(3, 1)(y)])
        outputs = [layers.Dense(4)(layers.Flatten()(z)), layers.Reshape((11, -1))(z), layers.Permute((2, 3, 1))(z)]
        outputs.append(layers.Dense(3)(layers.GlobalAveragePooling2D()(z)))
        check(keras.Model(x, outputs), tmp_path)
    finally:
        keras.config.set_image_data_format(before)


def check(model, folder):
    """The import of a model, saved as it is with drawn weights."""
    randomised(model).save(folder / "model.keras")
    check_values(folder / "model.keras", model, values_for(model))


def values_for(model):
    """Two samples for each input, whole numbers so that ids are among them."""
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 10, (2, *each.shape[1:])).astype("float32") / (1 if not each.shape[1:] else 7)
        for each in model.inputs
    ]
