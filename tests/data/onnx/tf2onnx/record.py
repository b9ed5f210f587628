"""Makes the files in this folder: small networks of Keras on TensorFlow, as tf2onnx writes them.

    python record.py      # with tensorflow, tf2onnx

`recorded.json` has what made them, the parameters of each network, and what Keras gives for the sines of 0, 1, 2, …
(of ids, for 0, 1, 2, … again and again). The weights are random: no network here was trained on anything.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf2onnx
from tensorflow import keras
from tensorflow.keras import layers

HERE = Path(__file__).parent


def residual():
    """Padding as TensorFlow's, batch norms with and without a bias before them, an activation with a bound."""
    inputs = keras.Input((17, 19, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
    short = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(short))
    x = layers.ReLU(6.0)(layers.Add()([x, short]))
    x = layers.SeparableConv2D(12, 3, padding="same")(layers.MaxPooling2D(3, 2, padding="same")(x))
    return keras.Model(inputs, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))


def transformer():
    """Layer norms, attention, a network at each position."""
    inputs = keras.Input((9, 8))
    x = layers.LayerNormalization()(inputs)
    x = layers.Add()([layers.MultiHeadAttention(2, 4)(x, x), inputs])
    y = layers.Dense(16, activation="tanh")(layers.LayerNormalization()(x))
    x = layers.Add()([x, layers.Dense(8)(y)])
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


def recurrent():
    """An LSTM in both directions, and a GRU, which becomes a loop."""
    inputs = keras.Input((9,))
    x = layers.Embedding(20, 6)(inputs)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    return keras.Model(inputs, layers.Dense(3)(layers.GRU(4)(x)))


def record():
    found = {"tensorflow": tf.__version__, "tf2onnx": tf2onnx.__version__, "files": {}}
    for network in (residual, transformer, recurrent):
        keras.utils.set_random_seed(0)
        model = network()
        for number, weight in enumerate(model.weights):  # zeros and ones are left out or stored once
            random = np.random.default_rng(number)
            if "variance" in weight.path or "gamma" in weight.path:
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
            elif "kernel" not in weight.path:
                weight.assign(random.normal(0, 0.1, weight.shape))
        sizes = (2, *model.inputs[0].shape[1:])
        count = np.arange(math.prod(sizes), dtype=np.float32)
        x = (count % 20 if network is recurrent else np.sin(count)).reshape(sizes)
        spec = [tf.TensorSpec((None, *sizes[1:]), tf.float32, name="x")]
        called = tf.function(lambda x, model=model: model(x, training=False), input_signature=spec)
        name = f"{network.__name__}.onnx"
        tf2onnx.convert.from_function(called, input_signature=spec, opset=17, output_path=str(HERE / name))
        y = [round(float(each), 7) for each in model(x, training=False).numpy().ravel()]
        found["files"][name] = {"params": model.count_params(), "sizes": sizes, "y": y}
    (HERE / "recorded.json").write_text(json.dumps(found))


record()
