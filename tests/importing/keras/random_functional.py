"""Small Functional models of Keras, made at random of most kinds of layers: the same for the same number."""

from __future__ import annotations

import random

import keras

layers, ops = keras.layers, keras.ops

MOST_VALUES = 6_000
"""Tensors with more are not read further."""


def random_model(number, *, operators=True):
    """A model, and all tensors in it, as its outputs.

    Args:
        number: of the model.
        operators: whether functions of Keras 3 are among its layers, which older files do not know.
    """
    keras.utils.clear_session()
    return _Drawing(random.Random(f"keras {number}"), operators).model()


class _Drawing:
    """A model that is being made."""

    def __init__(self, choices, operators):
        self.choices = choices
        self.operators = operators
        self.made = []  # layers that may be called again, with what they read
        self.frozen = []

    # -- numbers and words

    def few(self, least=1, most=4):
        return self.choices.randint(least, most)

    def maybe(self, probability=0.5):
        return self.choices.random() < probability

    def one(self, *values):
        return self.choices.choice(values)

    def activation(self):
        return self.one(None, None, "relu", "gelu", "tanh", "softmax", "hard_sigmoid", "leaky_relu", "silu")

    # -- the model

    def model(self):
        inputs = [keras.Input(self.shape()) for _ in range(self.one(1, 1, 1, 2))]
        tensors = [*inputs]
        for _ in range(self.few(3, 9)):
            new = self.next_of(tensors)
            tensors += [each for each in new if each is not None]
        outputs = [each for each in tensors if not any(each is x for x in inputs)] or [layers.Dense(2)(inputs[0])]
        used = [x for x in inputs if self.is_read(x, outputs)]
        model = keras.Model(used, outputs if self.maybe() else outputs[-1:])
        if len(model.inputs) < len(used):
            model = keras.Model(used, outputs)
        self.freeze(model)
        return model

    @staticmethod
    def is_read(x, outputs):
        return any(
            any(x is read for read in keras.tree.flatten(node.input_tensors))
            for output in outputs
            for operation in [output._keras_history.operation]
            for node in operation._inbound_nodes
        )

    def shape(self):
        rank = self.one(1, 2, 2, 3, 3, 3, 4)
        return (*(self.few(4, 9) for _ in range(rank - 1)), self.one(2, 3, 4, 6, 8))

    def freeze(self, model):
        """Freezes layers, as far as a file says so: not the parts of which others are made."""
        for layer in model.layers:
            if self.maybe(0.12):
                layer.trainable = False
            inside = [getattr(layer, name, None) for name in ("layer", "forward_layer", "backward_layer")]
            for each in inside:
                if isinstance(each, keras.Layer) and self.maybe(0.2):
                    each.trainable = False
            for each in [layer, *inside]:
                if isinstance(each, keras.Model):
                    self.freeze(each)

    def next_of(self, tensors):
        x = self.choices.choice([each for each in tensors if self.is_small(each)] or tensors[:1])
        alike = [each for each in tensors if each.shape == x.shape]
        if len(alike) > 1 and self.maybe(0.25):
            return [self.merged(self.choices.sample(alike, self.few(2, min(len(alike), 3))))]
        again = [(layer, shape) for layer, shape in self.made if shape == x.shape]
        if again and self.maybe(0.15):
            return self.flat(self.choices.choice(again)[0](x))
        if self.maybe(0.08):
            return self.flat(self.inner_model(x)(x))
        if self.operators and self.maybe(0.15):
            return [self.operated(x)]
        made = self.choices.choice(self.of_rank(len(x.shape) - 1))(x)
        if isinstance(made, keras.Layer):
            self.made.append((made, x.shape))
            made = made(x)
        return self.flat(made)

    @staticmethod
    def flat(made):
        return list(made) if isinstance(made, (list, tuple)) else [made]

    @staticmethod
    def is_small(x):
        count = 1
        for size in x.shape[1:]:
            count *= size
        return count <= MOST_VALUES

    def inner_model(self, x):
        """A model as a layer; it may have a layer that the outer one calls, too."""
        if self.maybe(0.4):
            first = self.like(x)
            model = keras.Sequential([keras.Input(x.shape[1:]), first, self.like(x)])
            if self.maybe():
                self.made.append((first, x.shape))
        else:
            inside = keras.Input(x.shape[1:])
            first = self.like(x)
            out = layers.Add()([inside, first(inside)]) if self.maybe() else first(inside)
            model = keras.Model(inside, out)
            if self.maybe():
                self.made.append((first, x.shape))
        self.made.append((model, x.shape))
        return model

    def like(self, x):
        """A layer whose output is as large as its input."""
        return self.one(
            lambda: layers.Dense(x.shape[-1], activation=self.activation()),
            lambda: layers.BatchNormalization(scale=self.maybe()),
            lambda: layers.LayerNormalization(),
            lambda: layers.Dropout(0.1),
            lambda: layers.PReLU(),
        )()

    def merged(self, several):
        kind = self.one("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Concatenate", "Dot")
        if kind == "Subtract":
            return layers.Subtract()(several[:2])
        if kind == "Concatenate":
            return layers.Concatenate(axis=self.one(-1, self.few(1, len(several[0].shape) - 1)))(several)
        if kind == "Dot":
            axes = 1 if len(several[0].shape) == 2 else self.one(1, 2)
            return layers.Dot(axes)(several[:2]) if len(several[0].shape) < 4 else layers.Add()(several)
        return getattr(layers, kind)()(several)

    # -- by the number of axes

    def of_rank(self, rank):
        return [
            *self.of_any(),
            *{1: self.of_vectors, 2: self.of_sequences, 3: self.of_maps, 4: self.of_volumes}[rank](),
        ]

    def of_any(self):
        return [
            lambda _: layers.Dense(self.few(1, 9), use_bias=self.maybe(), activation=self.activation()),
            lambda _: layers.Activation(self.one("relu", "sigmoid", "mish", "softplus", "elu", "selu", "exponential")),
            lambda _: self.one(layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax)(),
            lambda x: layers.PReLU(
                shared_axes=self.one(None, list(range(1, len(x.shape) - 1)) or None, [len(x.shape) - 1])
            ),
            lambda x: layers.BatchNormalization(
                axis=self.one(-1, -1, self.few(1, len(x.shape) - 1)), scale=self.maybe(), center=self.maybe()
            ),
            lambda x: layers.LayerNormalization(axis=self.one(-1, list(range(1, len(x.shape)))), scale=self.maybe()),
            lambda _: self.one(layers.RMSNormalization, layers.UnitNormalization)(),
            lambda _: (
                layers.Normalization(axis=self.one(-1, None))
                if self.maybe()
                else layers.Normalization(mean=1.0, variance=2.0)
            ),
            lambda _: layers.Rescaling(self.one(0.5, 1 / 255), offset=self.one(0.0, -1.0)),
            lambda _: self.one(
                layers.Dropout(0.2),
                layers.GaussianNoise(0.1),
                layers.AlphaDropout(0.1),
                layers.GaussianDropout(0.1),
                layers.ActivityRegularization(0.1),
                layers.Identity(),
                layers.Masking(),
            ),
            lambda _: layers.Flatten(),
            lambda x: layers.Reshape((-1, x.shape[-1])) if self.maybe() else layers.Reshape((x.shape[1], -1)),
            lambda x: layers.Permute(self.choices.sample(range(1, len(x.shape)), len(x.shape) - 1)),
            lambda _: layers.SpectralNormalization(layers.Dense(self.few(2, 5))),
            lambda x: layers.EinsumDense(  # of more axes, Keras states the sizes of those left out the wrong way round
                self.of_last_axis(x),
                output_shape=5 if len(x.shape) < 4 else (*x.shape[1:-1], 5),
                bias_axes=self.one(None, "y"),
            ),
        ]

    @staticmethod
    def of_last_axis(x):
        """The equation of a dense layer."""
        before = "..." if len(x.shape) < 4 else "abcd"[: len(x.shape) - 1]
        return f"{before}x,xy->{before}y"

    def of_vectors(self):
        return [
            lambda _: layers.RepeatVector(self.few()),
            lambda _: layers.Embedding(20, self.few(2, 5), mask_zero=self.maybe()),
            lambda _: layers.EinsumDense("ab,bcd->acd", output_shape=(2, 3), bias_axes=self.one(None, "cd", "d")),
            lambda _: layers.GroupNormalization(groups=self.one(1, -1)),
        ]

    def of_sequences(self):
        return [
            *self.windows(1),
            self.recurrent,
            self.bidirectional,
            self.attention,
            self.attention,
            lambda x: self.dot_attention(x),
            lambda x: layers.TimeDistributed(self.time(x)),
            lambda x: layers.EinsumDense(
                "abc,bd->adc", output_shape=(4, x.shape[-1]), bias_axes=self.one(None, "d", "c")
            ),
            lambda _: layers.EinsumDense(
                "abc,cde->abde", output_shape=(None, 2, 3), bias_axes=self.one(None, "de", "e")
            ),
            lambda _: layers.UpSampling1D(self.few(1, 3)),
        ]

    def of_maps(self):
        return [
            *self.windows(2),
            *self.windows(2),
            lambda _: layers.UpSampling2D(
                self.one(2, (2, 1), (1, 3)), interpolation=self.one("nearest", "bilinear", "bicubic", "lanczos3")
            ),
            lambda _: layers.Resizing(
                self.few(3, 9), self.few(3, 9), interpolation=self.one("bilinear", "nearest", "bicubic")
            ),
            lambda _: layers.CenterCrop(self.few(2, 6), self.few(2, 6)),
            lambda _: self.one(layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomContrast(0.1)),
            lambda _: layers.ConvLSTM1D(self.few(), 2, padding="same", return_sequences=self.maybe()),
            lambda x: layers.TimeDistributed(self.time(x)),
            lambda _: layers.SpectralNormalization(layers.Conv2D(self.few(), 2)),
            self.attention,
        ]

    def of_volumes(self):
        return [
            *self.windows(3),
            lambda _: layers.ConvLSTM2D(
                self.few(),
                (2, 1),
                use_bias=self.maybe(),
                return_sequences=self.maybe(),
                padding=self.one("same", "valid"),
            ),
            lambda x: layers.TimeDistributed(self.time(x)),
            lambda _: layers.UpSampling3D(self.one(1, (1, 2, 1))),
        ]

    def windows(self, rank):
        """Layers with a number of axes in their names."""
        suffix = f"{rank}D"

        def slid(x):
            """Settings of a layer with windows that fits."""
            sizes = x.shape[1:-1]
            kernel = tuple(self.few(1, min(3, n)) for n in sizes)
            padding = self.one("same", "valid")
            strides = self.few(1, 2)
            dilation = (
                2
                if strides == 1 and all((k - 1) * 2 < n for k, n in zip(kernel, sizes, strict=True)) and self.maybe(0.3)
                else 1
            )
            return {"kernel_size": kernel, "padding": padding, "strides": strides, "dilation_rate": dilation}

        def conv(x):
            given = slid(x)
            if rank == 1 and self.maybe(0.3):
                given["padding"] = "causal"
            filters = self.few(1, 6)
            groups = self.one(1, 2) if x.shape[-1] % 2 == 0 and filters % 2 == 0 else 1
            return getattr(layers, f"Conv{suffix}")(
                filters, groups=groups, use_bias=self.maybe(0.7), activation=self.activation(), **given
            )

        def depthwise(x):
            if rank == 3:
                return conv(x)
            return getattr(layers, f"DepthwiseConv{suffix}")(
                depth_multiplier=self.few(1, 2), use_bias=self.maybe(), **slid(x)
            )

        def separable(x):
            if rank == 3:
                return conv(x)
            made = getattr(layers, f"SeparableConv{suffix}")
            return made(self.few(1, 6), depth_multiplier=self.few(1, 2), use_bias=self.maybe(), **slid(x))

        def transposed(x):
            given = slid(x)
            given["dilation_rate"] = 1
            if given["strides"] == 2 and self.maybe():
                given["output_padding"] = self.one(0, 1)
            return getattr(layers, f"Conv{suffix}Transpose")(self.few(1, 5), use_bias=self.maybe(), **given)

        def pool(x):
            made = getattr(layers, self.one("MaxPooling", "AveragePooling") + suffix)
            size = tuple(self.few(1, min(3, n)) for n in x.shape[1:-1])
            return made(size, strides=self.one(None, 1, 2), padding=self.one("same", "valid"))

        def global_pool(_):
            kind = self.one("GlobalMaxPooling", "GlobalAveragePooling")
            return getattr(layers, kind + suffix)(keepdims=self.maybe())

        def padded(_):
            pairs = tuple((self.few(0, 2), self.few(0, 2)) for _ in range(rank))
            return getattr(layers, f"ZeroPadding{suffix}")(pairs[0] if rank == 1 else pairs)

        def cropped(x):
            pairs = tuple((self.few(0, 1), self.few(0, 1)) if n > 3 else (0, 0) for n in x.shape[1:-1])
            return getattr(layers, f"Cropping{suffix}")(pairs[0] if rank == 1 else pairs)

        def normed(x):
            divisors = [n for n in range(1, x.shape[-1] + 1) if x.shape[-1] % n == 0]
            return layers.GroupNormalization(groups=self.one(*divisors, -1), scale=self.maybe())

        def adaptive(x):
            kind = self.one("AdaptiveAveragePooling", "AdaptiveMaxPooling")
            return getattr(layers, kind + suffix)(tuple(self.few(1, n) for n in x.shape[1:-1]))

        dropped = lambda _: getattr(layers, f"SpatialDropout{suffix}")(0.1)  # noqa: E731
        return [conv, depthwise, separable, transposed, pool, global_pool, padded, cropped, normed, adaptive, dropped]

    def time(self, x):
        """What is done at each position."""
        rank = len(x.shape) - 2
        if self.maybe(0.3):
            inside = keras.Input(x.shape[2:])
            first = self.choices.choice(self.of_any()[:6])(inside)
            return keras.Model(inside, layers.Dense(3)(first(inside)))
        if rank == 1:
            return self.one(
                layers.Dense(3), layers.LayerNormalization(), layers.Dropout(0.1), layers.BatchNormalization()
            )
        if rank == 2:
            return self.one(layers.Conv1D(3, 2), layers.GlobalAveragePooling1D(), layers.Flatten(), layers.LSTM(2))
        return self.one(
            layers.Conv2D(2, 2, padding="same"),
            layers.MaxPooling2D(2),
            layers.GlobalMaxPooling2D(),
            layers.Flatten(),
            layers.SeparableConv2D(3, 2),
        )

    # -- sequences

    def cell(self, **more):
        kind = self.one("LSTM", "GRU", "SimpleRNN")
        if kind == "GRU" and self.maybe():
            more["reset_after"] = False
        if self.maybe(0.2):
            more["activation"] = "relu"
        return getattr(layers, kind)(self.few(1, 5), use_bias=self.maybe(0.7), **more)

    def recurrent(self, _):
        if self.maybe(0.2):
            cells = [layers.LSTMCell(3), layers.GRUCell(self.few()), layers.SimpleRNNCell(2)][: self.few(1, 3)]
            return layers.RNN(cells if self.maybe() else cells[0], return_sequences=self.maybe())
        return self.cell(return_sequences=self.maybe(), return_state=self.maybe(0.3), go_backwards=self.maybe(0.2))

    def bidirectional(self, _):
        cell = self.cell(return_sequences=self.maybe(), return_state=self.maybe(0.2))
        return layers.Bidirectional(cell, merge_mode=self.one("concat", "concat", "sum", "ave", "mul", None))

    def attention(self, x):
        made = self.one(
            lambda: layers.MultiHeadAttention(
                self.few(1, 3),
                self.few(1, 4),
                value_dim=self.one(None, 3),
                use_bias=self.maybe(),
                output_shape=self.one(None, None, 5),
            ),
            lambda: layers.GroupQueryAttention(self.few(1, 4), 4, self.one(1, 2, 4), use_bias=self.maybe()),
        )()
        scores = self.maybe(0.3)
        if len(x.shape) > 3:
            return layers.MultiHeadAttention(2, 3, attention_axes=self.one(None, 1))(x, x)
        causal = self.maybe(0.3)
        other = layers.Dense(self.few(2, 5))(x) if self.maybe(0.3) else x
        return made(x, other, return_attention_scores=scores, use_causal_mask=causal)

    def dot_attention(self, x):
        kind = self.one(layers.Attention, layers.AdditiveAttention)
        given = {"use_scale": self.maybe()}
        if kind is layers.Attention and self.maybe(0.3):
            given["score_mode"] = "concat"
        read = [x, x, x][: self.few(2, 3)]
        return kind(**given)(read, return_attention_scores=self.maybe(0.3), use_causal_mask=self.maybe(0.2))

    # -- functions

    def operated(self, x):
        rank = len(x.shape) - 1
        axis = self.few(1, rank)
        n = x.shape[axis]
        start = self.few(0, max(n - 2, 0))
        whole = (slice(None),) * axis
        return self.one(
            lambda: x + 1.0,
            lambda: x * x,
            lambda: ops.relu(x),
            lambda: ops.softmax(x, axis=axis),
            lambda: x[(*whole, slice(start, None))],
            lambda: x[(*whole, slice(start, n + 3))],
            lambda: x[(*whole, slice(-self.few(1, n), None))],
            lambda: x[(*whole, slice(None, None, 2))],
            lambda: x[(*whole, self.few(0, n - 1))] if rank > 1 else x[:, None],
            lambda: ops.mean(x, axis=axis, keepdims=self.maybe() or rank == 1),
            lambda: ops.concatenate([x, x], axis=axis),
            lambda: ops.expand_dims(x, axis) if rank < 4 else x - 2.0,
            lambda: ops.transpose(x, (0, *self.choices.sample(range(1, rank + 1), rank))),
            lambda: ops.split(x, [1], axis=axis)[-1] if n > 1 else ops.abs(x),
            lambda: ops.repeat(x, 2, axis=axis),
            lambda: ops.pad(x, [[0, 0], *[[1, 0]] * rank]),
            lambda: ops.stack([x, x], axis=axis) if rank < 4 else ops.exp(x),
            lambda: ops.matmul(x, ops.transpose(x, (0, 2, 1))) if rank == 2 else ops.sqrt(x),
            lambda: ops.reshape(x, (-1, n, x.shape[1] * x.shape[2] // n)) if rank == 2 else ops.square(x),
        )()
