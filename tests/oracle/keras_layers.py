"""Random layers of every kind as Keras has them (`single_layers`); its backend is chosen by who imports this."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import keras
import numpy as np
from oracle.single_layers import Case, Draw, yaml

L = keras.layers
Weights = dict[str, np.ndarray]
Turn = Callable[[np.ndarray], np.ndarray]


def _count(layer: Any) -> int:
    return int(layer.count_params())


def _same(array: np.ndarray) -> np.ndarray:
    return array


def _run(turned: Turn = _same) -> Callable[[Any, np.ndarray, Weights], np.ndarray]:
    def run(layer: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        x = np.ascontiguousarray(np.moveaxis(x, 1, -1))
        if weights:
            layer.build(x.shape)
            pairs = zip(weights.values(), layer.weights, strict=True)
            layer.set_weights([(turned(w) if w.ndim > 1 else w).reshape(own.shape) for w, own in pairs])
        return np.moveaxis(keras.ops.convert_to_numpy(layer(x)), -1, 1)

    return run


def _window(draw: Draw, words: tuple[str, ...], stride: tuple[int, ...]) -> None:
    draw.give("stride", "strides", stride)
    draw.give("padding", "padding", draw.random.choice(words))
    draw.give("dilation", "dilation_rate", draw.sizes(1, 3), 0.3)
    draw.give("bias", "use_bias", draw.maybe())


def _case(draw: Draw, kind: str, text: str, c_in: int, build: Callable[[], Any], turned: Turn = _same) -> Case:
    return Case(kind, text, draw.input(c_in), build, _run(turned), _count)


def conv(random: Random) -> Case:
    draw = Draw(random)
    filters, kernel = draw.channels(), draw.sizes(1, 5)
    _window(draw, ("same", "valid", "causal"), draw.sizes(1, 4))
    draw.give("groups", "groups", draw.random.choice([1, 2, 3]), 0.3)
    cls, arguments = getattr(L, f"Conv{draw.rank}D"), draw.arguments
    text = draw.text("conv", (*kernel, filters))
    return _case(draw, "conv", text, draw.channels(), lambda: cls(filters, kernel, **arguments))


def depthwise_conv(random: Random) -> Case:
    draw = Draw(random, random.choice([1, 2]))
    kernel = draw.sizes(1, 5)
    _window(draw, ("same", "valid", "causal"), (draw.number(1, 4),) * draw.rank)
    draw.give("multiplier", "depth_multiplier", draw.number(1, 3))
    cls, arguments = getattr(L, f"DepthwiseConv{draw.rank}D"), draw.arguments
    return _case(
        draw, "depthwise_conv", draw.text("depthwise_conv", kernel), draw.channels(), lambda: cls(kernel, **arguments)
    )


def separable_conv(random: Random) -> Case:
    draw = Draw(random, random.choice([1, 2]))
    filters, kernel = draw.channels(), draw.sizes(1, 5)
    _window(draw, ("same", "valid", "causal"), (draw.number(1, 4),) * draw.rank)
    draw.give("multiplier", "depth_multiplier", draw.number(1, 3))
    cls, arguments = getattr(L, f"SeparableConv{draw.rank}D"), draw.arguments
    text = draw.text("separable_conv", (*kernel, filters))
    return _case(draw, "separable_conv", text, draw.channels(), lambda: cls(filters, kernel, **arguments))


def conv_transpose(random: Random) -> Case:
    draw = Draw(random)
    filters, kernel = draw.channels(), draw.sizes(1, 5)
    _window(draw, ("same", "valid"), draw.sizes(1, 4))
    draw.give("output_padding", "output_padding", draw.sizes(0, 3), 0.4)
    cls, arguments = getattr(L, f"Conv{draw.rank}DTranspose"), draw.arguments
    text = draw.text("conv_transpose", (*kernel, filters))

    def turned(kernel: np.ndarray) -> np.ndarray:
        return kernel.swapaxes(-1, -2)  # filters before channels

    return _case(draw, "conv_transpose", text, draw.channels(), lambda: cls(filters, kernel, **arguments), turned)


def _pool(kind: str, name: str) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random)
        window = draw.sizes(1, 5)
        draw.give("stride", "strides", draw.sizes(1, 4))
        draw.give("padding", "padding", draw.random.choice(["same", "valid"]))
        cls, arguments = getattr(L, f"{name}Pooling{draw.rank}D"), draw.arguments
        return _case(draw, kind, draw.text(kind, window), draw.channels(), lambda: cls(window, **arguments))

    return make


def _layer(
    kind: str, make: Callable[[Draw], tuple[str, Callable[[], Any]]], ranks: tuple[int, ...] = (0, 1, 2, 3)
) -> Callable[[Random], Case]:
    def one(random: Random) -> Case:
        draw = Draw(random, random.choice(ranks))
        text, build = make(draw)
        shape = getattr(draw, "shape", None) or draw.input(draw.channels())
        return Case(kind, text, shape, build, _run(), _count)

    return one


def _adaptive(kind: str, name: str) -> Callable[[Random], Case]:
    def make(draw: Draw) -> tuple[str, Callable[[], Any]]:
        output = draw.sizes(1, 7)
        return f"{{{kind}: {yaml(output)}}}", lambda: getattr(L, f"Adaptive{name}Pooling{draw.rank}D")(output)

    return _layer(kind, make, (1, 2, 3))


def _global(kind: str, name: str) -> Callable[[Random], Case]:
    def make(draw: Draw) -> tuple[str, Callable[[], Any]]:
        draw.give("keep_dims", "keepdims", draw.maybe())
        return draw.text(kind), lambda: getattr(L, f"Global{name}Pooling{draw.rank}D")(**draw.arguments)

    return _layer(kind, make, (1, 2, 3))


def _dense(draw: Draw) -> tuple[str, Callable[[], Any]]:
    units = draw.channels()
    draw.give("bias", "use_bias", draw.maybe())
    return draw.text("dense", units), lambda: L.Dense(units, **draw.arguments)


def _recurrent(kind: str, cls: Any) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random, 1)
        units = draw.channels()
        draw.give("bias", "use_bias", draw.maybe(), 0.4)
        if kind == "gru":
            draw.give("reset_after", "reset_after", draw.maybe())
        if kind == "rnn":
            draw.give("nonlinearity", "activation", draw.random.choice(["tanh", "relu"]))
        arguments = dict(draw.arguments)
        both, adds, is_last, count = draw.maybe(), draw.maybe(), draw.maybe(), draw.number(1, 3)
        draw.entry += ["bidirectional: true"] * both + ["merge: sum"] * (both and adds)
        draw.entry += ["output: last"] * is_last + [f"layers: {count}"] * (count > 1)

        def one(number: int) -> Any:
            layer = cls(units, return_sequences=not is_last or number < count, **arguments)
            return L.Bidirectional(layer, merge_mode="sum" if adds else "concat") if both else layer

        def build() -> Any:
            made = [one(number) for number in range(1, count + 1)]
            return made[0] if count == 1 else keras.Sequential(made)

        text = draw.text(kind, units)
        return Case(kind, text, draw.input(draw.channels(), 1, 9), build, _run(), _count)

    return make


def embedding(random: Random) -> Case:
    draw = Draw(random, 0)
    width, ids, count = draw.channels(), draw.number(1, 20), draw.number(1, 12)
    text = f"{{embedding: {width}, vocabulary: {ids}}}"
    return Case("embedding", text, (count,), lambda: L.Embedding(ids, width), _run(), _count, ids)


def attention(random: Random) -> Case:
    """`MultiHeadAttention` or `GroupQueryAttention` of a tensor with itself."""
    draw = Draw(random)
    heads, key_size = draw.number(1, 4), draw.number(1, 5)
    draw.entry.append(f"key_size: {key_size}")
    draw.give("bias", "use_bias", draw.maybe())
    if draw.rank == 1 and draw.maybe():
        shared = draw.random.choice([n for n in range(1, heads + 1) if heads % n == 0])
        draw.entry.append(f"key_heads: {shared}")
        cls, first = L.GroupQueryAttention, (key_size, heads, shared)
    else:
        draw.give("value_size", "value_dim", draw.number(1, 5))
        draw.give("output", "output_shape", draw.channels())
        cls, first = L.MultiHeadAttention, (heads, key_size)
    arguments, is_causal = draw.arguments, draw.rank == 1 and draw.maybe()
    if is_causal:
        draw.entry.append("causal: true")

    def run(layer: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        x = np.ascontiguousarray(np.moveaxis(x, 1, -1))
        layer.build(x.shape, x.shape)
        pairs = zip(weights.values(), layer.weights, strict=True)
        layer.set_weights([array.reshape(own.shape) for array, own in pairs])
        found = layer(x, x, use_causal_mask=is_causal)
        return np.moveaxis(keras.ops.convert_to_numpy(found), -1, 1)

    text, shape = draw.text("attention", heads), draw.input(draw.channels(), high=4)
    return Case("attention", text, shape, lambda: cls(*first, **arguments), run, _count)


def _reshape(draw: Draw) -> tuple[str, Callable[[], Any]]:
    draw.shape = draw.input(6, 1, 4)  # type: ignore[attr-defined]
    sizes = draw.random.choice([(-1,), (2, -1), (3, 2, -1), (-1, 1, 2, 3), (5, 7)])
    return f"reshape: {yaml(sizes)}", lambda: L.Reshape(sizes)


def _by_axis(kind: str, name: str, most: int) -> Callable[[Random], Case]:
    def make(draw: Draw) -> tuple[str, Callable[[], Any]]:
        pairs = tuple((draw.number(0, most), draw.number(0, most)) for _ in range(draw.rank))
        theirs = pairs[0] if draw.rank == 1 else pairs
        return f"{{{kind}: {yaml(pairs)}}}", lambda: getattr(L, f"{name}{draw.rank}D")(theirs)

    return _layer(kind, make, (1, 2, 3))


def _upsample(draw: Draw) -> tuple[str, Callable[[], Any]]:
    factor = draw.sizes(1, 4)
    theirs = factor[0] if draw.rank == 1 else factor
    more = {}
    if draw.rank == 2:
        draw.give("mode", "interpolation", draw.random.choice(["nearest", "bilinear"]))
        more = draw.arguments
    return draw.text("upsample", factor), lambda: getattr(L, f"UpSampling{draw.rank}D")(theirs, **more)


def _norm(kind: str) -> Callable[[Random], Case]:
    def make(draw: Draw) -> tuple[str, Callable[[], Any]]:
        channels = draw.channels()
        draw.shape = draw.input(channels)  # type: ignore[attr-defined]
        draw.give("scale", "scale", draw.maybe(), 0.4)
        draw.give("center", "center", draw.maybe(), 0.4)
        draw.give("epsilon", "epsilon", draw.random.choice([1e-4, 0.1]), 0.4)
        groups = draw.random.choice([n for n in range(1, 7) if channels % n == 0])
        classes = {
            "batch_norm": (L.BatchNormalization, ()),
            "layer_norm": (L.LayerNormalization, ()),
            "group_norm": (L.GroupNormalization, (groups,)),
            "instance_norm": (L.GroupNormalization, (-1,)),  # a group for each channel
        }
        cls, first = classes[kind]
        return draw.text(kind, groups if kind == "group_norm" else None), lambda: cls(*first, **draw.arguments)

    return _layer(kind, make, (1, 2, 3) if kind == "instance_norm" else (0, 1, 2, 3))


def normalization(random: Random) -> Case:
    draw = Draw(random, random.choice([0, 1, 2, 3]))

    def run(layer: Any, x: np.ndarray, weights: Weights) -> np.ndarray:
        x = np.moveaxis(x, 1, -1)
        layer.build(x.shape)
        layer.set_weights([*weights.values()])
        layer.finalize_state()
        return np.moveaxis(keras.ops.convert_to_numpy(layer(x)), -1, 1)

    return Case("normalization", "normalization", draw.input(draw.channels()), L.Normalization, run, _count)


def _rms_norm(draw: Draw) -> tuple[str, Callable[[], Any]]:
    draw.give("epsilon", "epsilon", draw.random.choice([1e-4, 0.1]), 0.4)
    return draw.text("rms_norm"), lambda: L.RMSNormalization(**draw.arguments)


def _prelu(draw: Draw) -> tuple[str, Callable[[], Any]]:
    axes = list(range(1, draw.rank + 1))
    if draw.maybe() and axes:
        return "{prelu: {per: channel}}", lambda: L.PReLU(shared_axes=axes)
    if draw.maybe():
        return "{prelu: {per: all}}", lambda: L.PReLU(shared_axes=[*axes, draw.rank + 1])
    return "prelu", lambda: L.PReLU()


def _with_number(kind: str, cls: Any, argument: str) -> Callable[[Random], Case]:
    def make(draw: Draw) -> tuple[str, Callable[[], Any]]:
        value = draw.random.choice([0.2, 0.7, 1.3])
        return (f"{{{kind}: {value}}}", lambda: cls(**{argument: value})) if draw.maybe() else (kind, cls)

    return _layer(kind, make)


def _named(
    kind: str, build: Callable[[Draw], Any], text: str = "", ranks: tuple[int, ...] = (0, 1, 2, 3)
) -> Callable[[Random], Case]:
    return _layer(kind, lambda draw: (text or kind, lambda: build(draw)), ranks)


def _activation(kind: str, name: str = "") -> Callable[[Random], Case]:
    return _named(kind, lambda _: L.Activation(name or kind))


def _merge(kind: str, name: str) -> Callable[[Random], Case]:
    def make(random: Random) -> Case:
        draw = Draw(random, random.choice((0, 1, 2, 3)))
        count = draw.random.choice([2, 2, 3])
        branches = ", ".join(["[]", "[relu]", "[tanh]"][:count])

        def run(layer: Any, x: np.ndarray, _: Weights) -> np.ndarray:
            x = np.moveaxis(x, 1, -1)
            parts = [x, np.maximum(x, 0), np.tanh(x)][:count]
            return np.moveaxis(keras.ops.convert_to_numpy(layer(parts)), -1, 1)

        return Case(kind, f"{kind}: [{branches}]", draw.input(draw.channels()), getattr(L, name), run, None)

    return make


MAKERS: dict[str, Callable[[Random], Case]] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "conv_transpose": conv_transpose,
    "max_pool": _pool("max_pool", "Max"),
    "avg_pool": _pool("avg_pool", "Average"),
    "adaptive_avg_pool": _adaptive("adaptive_avg_pool", "Average"),
    "adaptive_max_pool": _adaptive("adaptive_max_pool", "Max"),
    "global_avg_pool": _global("global_avg_pool", "Average"),
    "global_max_pool": _global("global_max_pool", "Max"),
    "dense": _layer("dense", _dense),
    "embedding": embedding,
    "lstm": _recurrent("lstm", L.LSTM),
    "gru": _recurrent("gru", L.GRU),
    "rnn": _recurrent("rnn", L.SimpleRNN),
    "flatten": _named("flatten", lambda _: L.Flatten()),
    "reshape": _layer("reshape", _reshape),
    "identity": _named("identity", lambda _: L.Identity()),
    "pad": _by_axis("pad", "ZeroPadding", 3),
    "crop": _by_axis("crop", "Cropping", 2),
    "upsample": _layer("upsample", _upsample, (1, 2, 3)),
    "batch_norm": _norm("batch_norm"),
    "layer_norm": _norm("layer_norm"),
    "instance_norm": _norm("instance_norm"),
    "group_norm": _norm("group_norm"),
    "rms_norm": _layer("rms_norm", _rms_norm),
    "l2_norm": _named("l2_norm", lambda _: L.UnitNormalization()),
    "normalization": normalization,
    "rescale": _named("rescale", lambda _: L.Rescaling(0.5, -3), "{rescale: 0.5, offset: -3}"),
    "relu": _named("relu", lambda _: L.ReLU()),
    "relu6": _activation("relu6"),
    "leaky_relu": _with_number("leaky_relu", L.LeakyReLU, "negative_slope"),
    "prelu": _layer("prelu", _prelu),
    "elu": _with_number("elu", L.ELU, "alpha"),
    "selu": _activation("selu"),
    "gelu": _activation("gelu"),
    "sigmoid": _activation("sigmoid"),
    "hard_sigmoid": _activation("hard_sigmoid"),
    "log_sigmoid": _activation("log_sigmoid"),
    "tanh": _activation("tanh"),
    "hard_tanh": _activation("hard_tanh"),
    "softsign": _activation("softsign"),
    "softplus": _activation("softplus"),
    "silu": _activation("silu"),
    "hard_swish": _activation("hard_swish"),
    "mish": _activation("mish"),
    "softmax": _named("softmax", lambda _: L.Softmax()),
    "log_softmax": _activation("log_softmax"),
    "attention": attention,
    "dropout": _named("dropout", lambda _: L.Dropout(0.3), "dropout: 0.3"),
    "spatial_dropout": _named(
        "spatial_dropout",
        lambda draw: getattr(L, f"SpatialDropout{draw.rank}D")(0.3),
        "spatial_dropout: 0.3",
        (1, 2, 3),
    ),
    "add": _merge("add", "Add"),
    "subtract": _merge("subtract", "Subtract"),
    "multiply": _merge("multiply", "Multiply"),
    "average": _merge("average", "Average"),
    "maximum": _merge("maximum", "Maximum"),
    "minimum": _merge("minimum", "Minimum"),
    "concat": _merge("concat", "Concatenate"),
}
"""A random layer of each kind that Keras has."""

if not hasattr(L, "AdaptiveAveragePooling1D"):  # before Keras 3.14
    MAKERS = {kind: make for kind, make in MAKERS.items() if not kind.startswith("adaptive")}
