"""Writes `keras2.json` or `keras3.json`: a small network as this Keras describes it, and the numbers that it has there.

python tests/data/keras/record.py          # Keras 3
python tests/data/keras/record.py tf_keras # Keras 2, as the package tf_keras with TensorFlow
"""

import importlib
import json
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = importlib.import_module(sys.argv[1] if len(sys.argv) > 1 else "keras")
layers = keras.layers
generation = int(keras.__version__[0])


def inner():
    x = keras.Input((None, None, 6), name="inside")
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    y = layers.BatchNormalization(name="norm")(y)
    return keras.Model(x, layers.Activation("hard_sigmoid", name="hard")(y), name="block")


def functions(x, y):
    if generation == 3:
        from keras import ops

        z = ops.concatenate([y * 2.0, x], axis=-1)
        z = ops.relu(z)[:, 1:5, :, :3]
        return ops.reshape(ops.mean(z, axis=[1, 2]), (-1, 3, 1))
    import tensorflow as tf

    z = tf.nn.relu(tf.concat([y * 2.0, x], axis=-1))[:, 1:5, :, :3]
    z = tf.reduce_mean(z, axis=[1, 2])
    return tf.reshape(z, [tf.shape(z)[0], 3, 1])


def network():
    image = keras.Input((8, 8, 6), name="image")
    frozen = layers.Conv2D(6, 3, padding="same", activation="relu", trainable=False, name="frozen")
    block = inner()
    x = block(frozen(image))
    y = layers.Add(name="sum")([block(x), image])
    tokens = layers.Reshape((64, 6), name="tokens")(y)
    seen = layers.MultiHeadAttention(2, 4, name="attention")(tokens, value=tokens)
    states, last, _ = layers.LSTM(3, return_sequences=True, return_state=True, name="first")(seen)
    more = layers.LSTM(3, name="second")(states, initial_state=[last, last])
    both = layers.Bidirectional(layers.GRU(2), name="both")(states)
    head = keras.Sequential([layers.Dense(3), layers.LeakyReLU(), layers.Dense(2)], name="head")
    each = layers.TimeDistributed(head, name="each")(tokens)
    noisy = layers.Dropout(0.1, noise_shape=(None, 1, 1, 1), name="path")(y)
    return keras.Model(image, [functions(image, noisy), more, both, each], name="recorded")


def main():
    model = network()
    shapes = {}
    for layer in model.operations if generation == 3 else model.layers:
        if hasattr(layer.output, "shape"):  # not of layers with several outputs
            shapes[layer.name] = list(layer.output.shape[1:])
    found = {
        "origin": f"{keras.__name__} {keras.__version__}",
        "params": model.count_params(),
        "trainable": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "shapes": shapes,
        "model": json.loads(model.to_json()),
    }
    path = Path(__file__).with_name(f"keras{generation}.json")
    path.write_text(json.dumps(found, separators=(",", ":")) + "\n")


main()
