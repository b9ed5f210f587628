"""ONNX operators in the words of a spec: what each of their attributes is called here, and which have no word.

Source: https://onnx.ai/onnx/operators/. Where an operator works on an axis of its own choice, that axis is put
where the channels are; where it works on all axes alike, all of them are positions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray
Attributes = Mapping[str, Any]


class WithoutWordsError(Exception):
    """What a case asks for cannot be said in a spec; the text is the attribute that asks for it."""


class Translated(NamedTuple):
    """A case as a spec's chain of entries.

    Attributes:
        x: (batch, *positions, channels).
        weights: those of the one layer that has any.
        back: our output as ONNX lays it out.
    """

    entries: list[str]
    x: Array
    weights: dict[str, Array]
    back: Callable[[Array], Array]


def translate(operator: str, attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """A case of one node.

    Args:
        inputs: by the position of the node's inputs ("0", "1" …); those left out are missing.

    Raises:
        WithoutWordsError: it cannot be said.
    """
    return OPERATORS[operator](attributes, inputs)


def channels_last(x: Array) -> Array:
    return np.moveaxis(x, 1, -1)


def channels_second(y: Array) -> Array:
    return np.moveaxis(y, -1, 1)


def spatial(entry: str, x: Array, weights: dict[str, Array] | None = None) -> Translated:
    """An entry on (batch, channels, *positions)."""
    return Translated([entry], channels_last(x), weights or {}, channels_second)


def text(**settings: object) -> str:
    return ", ".join(f"{name}: {str(value).lower()}" for name, value in settings.items())


def pairs(flat: Sequence[int]) -> list[list[int]]:
    """All befores, then all afters, as one pair per axis."""
    half = len(flat) // 2
    return [[int(before), int(after)] for before, after in zip(flat[:half], flat[half:], strict=True)]


def sides(total: int, is_upper: bool) -> list[int]:
    """A padding split in two; the odd zero goes after for SAME_UPPER, before for SAME_LOWER."""
    small, large = total // 2, total - total // 2
    return [small, large] if is_upper else [large, small]


class Window(NamedTuple):
    """What all windows share, with ONNX's defaults."""

    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    padding: list[list[int]]

    @property
    def spans(self) -> list[int]:
        return [d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]


def window(attributes: Attributes, sizes: Sequence[int], kernel: Sequence[int] = ()) -> Window:
    """The window of a convolution or pool on an input of these sizes."""
    kernel = list(attributes.get("kernel_shape", kernel))
    ones = [1] * len(kernel)
    found = Window(
        kernel,
        list(attributes.get("strides", ones)),
        list(attributes.get("dilations", ones)),
        pairs(attributes.get("pads", [0] * 2 * len(kernel))),
    )
    rule = attributes.get("auto_pad", b"NOTSET")
    if rule in (b"NOTSET", b"VALID"):
        return found
    needed = zip(sizes, found.stride, found.spans, strict=True)
    totals = [max((-(-n // s) - 1) * s + span - n, 0) for n, s, span in needed]
    return found._replace(padding=[sides(total, rule == b"SAME_UPPER") for total in totals])


# -- convolutions


def conv(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    x, kernel = inputs["0"], inputs["1"]
    found = window(attributes, x.shape[2:], kernel.shape[2:])
    weights = {"kernel": np.moveaxis(kernel, (1, 0), (-2, -1))}
    if "2" in inputs:
        weights["bias"] = inputs["2"]
    settings = text(**found._asdict(), groups=attributes.get("group", 1), bias="bias" in weights)
    return spatial(f"{{conv: {kernel.shape[0]}, {settings}}}", x, weights)


def conv_transpose(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    x, kernel = inputs["0"], inputs["1"]
    groups = attributes.get("group", 1)
    found = window({**attributes, "auto_pad": b"NOTSET"}, x.shape[2:], kernel.shape[2:])
    extra = list(attributes.get("output_padding", [0] * len(found.kernel)))
    rule = attributes.get("auto_pad", b"NOTSET")
    wanted = attributes.get("output_shape")
    if rule != b"NOTSET":
        wanted = [n * s for n, s in zip(x.shape[2:], found.stride, strict=True)]
    if wanted:
        reached = zip(x.shape[2:], found.stride, extra, found.spans, wanted, strict=True)
        totals = [(n - 1) * s + more + span - size for n, s, more, span, size in reached]
        # where more is wanted than there is, the rest goes after
        found = found._replace(padding=[sides(max(total, 0), rule == b"SAME_UPPER") for total in totals])
        extra = [more + max(-total, 0) for more, total in zip(extra, totals, strict=True)]
    # (channels, filters / groups, *window): ours has all filters one after another
    grouped = kernel.reshape(groups, -1, *kernel.shape[1:]).swapaxes(0, 1)
    merged = grouped.reshape(grouped.shape[0], -1, *kernel.shape[2:])
    settings = text(**found._asdict(), output_padding=extra, groups=groups, bias=False)
    entry = f"{{conv_transpose: {merged.shape[1]}, {settings}}}"
    return spatial(entry, x, {"kernel": np.moveaxis(merged, (0, 1), (-2, -1))})


# -- pools


def pool(kind: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    def translated(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
        x = inputs["0"]
        found = window(attributes, x.shape[2:])
        settings = {"stride": found.stride, "padding": found.padding}
        settings["rounding"] = "ceil" if attributes.get("ceil_mode") else "floor"
        if kind == "max_pool":
            settings["dilation"] = found.dilation
        elif set(found.dilation) != {1}:
            raise WithoutWordsError("dilations")
        else:
            settings["count_padding"] = bool(attributes.get("count_include_pad"))
        return spatial(f"{{{kind}: {found.kernel}, {text(**settings)}}}", x)

    return translated


def global_pool(kind: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    return lambda _, inputs: spatial(f"{{{kind}: {{keep_dims: true}}}}", inputs["0"])


# -- norms


def norm(kind: str, *names: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    """A norm of channels; `names` are those of its further inputs."""

    def translated(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
        if attributes.get("training_mode"):
            raise WithoutWordsError("training_mode")
        settings = {"epsilon": attributes.get("epsilon", 1e-5)}
        if kind == "group_norm":
            settings["groups"] = attributes["num_groups"]
        weights = {name: inputs[str(index)] for index, name in enumerate(names, 1)}
        return spatial(f"{{{kind}: {{{text(**settings)}}}}}", inputs["0"], weights)

    return translated


def layer_norm(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """All axes from `axis` on are the channels; those before are positions."""
    x = inputs["0"]
    axis = attributes.get("axis", -1) % x.ndim
    entry = f"{{layer_norm: {{epsilon: {attributes.get('epsilon', 1e-5)}}}}}"
    weights = {"scale": inputs["1"].reshape(-1), "center": inputs["2"].reshape(-1)}
    return Translated([entry], x.reshape(1, *x.shape[:axis], -1), weights, lambda y: y.reshape(x.shape))


def local_response_norm(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    if attributes["size"] % 2 == 0:
        raise WithoutWordsError(f"size {attributes['size']}: ONNX has more channels after, we before")
    values = {"alpha": 1e-4, "beta": 0.75, "bias": 1.0} | {**attributes}
    settings = text(alpha=values["alpha"], beta=values["beta"], k=values["bias"])
    return spatial(f"{{local_response_norm: {values['size']}, {settings}}}", inputs["0"])


# -- activations


def by_value(x: Array, *entries: str) -> Translated:
    """Entries that look at each value by itself."""
    return Translated(list(entries), x.reshape(1, -1), {}, lambda y: y.reshape(x.shape))


def activation(kind: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    return lambda _, inputs: by_value(inputs["0"], kind)


def with_alpha(kind: str, default: float) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    return lambda attributes, inputs: by_value(inputs["0"], f"{kind}: {attributes.get('alpha', default)}")


def selu(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    if not attributes:
        return by_value(inputs["0"], "selu")
    return by_value(inputs["0"], f"elu: {attributes['alpha']}", f"rescale: {attributes['gamma']}")


def celu(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    alpha = attributes.get("alpha", 1.0)
    return by_value(inputs["0"], f"rescale: {1 / alpha}", "elu", f"rescale: {alpha}")


def gelu(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    if attributes.get("approximate", b"none") != b"none":
        raise WithoutWordsError("approximate: tanh")
    return by_value(inputs["0"], "gelu")


def hard_sigmoid(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """Ours has the slope 1/6 and the offset 1/2; others stretch the input."""
    alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return by_value(inputs["0"], f"{{rescale: {6 * alpha}, offset: {6 * (beta - 0.5)}}}", "hard_sigmoid")


def swish(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    if attributes.get("alpha", 1.0) != 1:
        raise WithoutWordsError("alpha")
    return by_value(inputs["0"], "silu")


def prelu(_: Attributes, inputs: Mapping[str, Array]) -> Translated:
    x, slope = inputs["0"], inputs["1"]
    if slope.shape == x.shape:
        whole = by_value(x, "prelu")
        return whole._replace(weights={"slope": slope.reshape(-1)})
    if slope.shape != x.shape[-1:]:
        raise WithoutWordsError(f"a slope of the shape {slope.shape}")
    return Translated(["prelu"], x, {"slope": slope}, lambda y: y)


def softmax(kind: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    def translated(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
        axis = attributes.get("axis", -1)
        return Translated([kind], np.moveaxis(inputs["0"], axis, -1), {}, lambda y: np.moveaxis(y, -1, axis))

    return translated


def no_kind(_: Attributes, __: Mapping[str, Array]) -> Translated:
    raise WithoutWordsError("no kind of ours")


# -- moving values


def pad(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """Every axis after the first is one of positions; other constants than 0 are 0 of a shifted input."""
    x = inputs["0"]
    mode = attributes.get("mode", b"constant").decode()
    words = {"constant": "zeros", "edge": "replicate", "reflect": "reflect"}
    if mode not in words:
        raise WithoutWordsError(f"mode: {mode}")
    axes = [int(axis) % x.ndim for axis in inputs.get("3", range(x.ndim))]
    amounts = dict(zip(axes, pairs(inputs["1"]), strict=True))
    if any(amounts.get(0, ())) or any(min(pair) < 0 for pair in amounts.values()):
        raise WithoutWordsError("pads of the batch, or below 0")
    entry = f"{{pad: {[amounts.get(axis, [0, 0]) for axis in range(1, x.ndim)]}, mode: {words[mode]}}}"
    value = float(inputs.get("2", 0))
    entries = [f"{{rescale: 1, offset: {-value}}}", entry, f"{{rescale: 1, offset: {value}}}"] if value else [entry]
    return Translated(entries, x[..., None], {}, lambda y: y[..., 0])


def blocks(kind: str) -> Callable[[Attributes, Mapping[str, Array]], Translated]:
    def translated(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
        order = {b"DCR": "blocks", b"CRD": "channels"}[attributes.get("mode", b"DCR")]
        return spatial(f"{{{kind}: {attributes['blocksize']}, order: {order}}}", inputs["0"])

    return translated


def resize(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """Enlarged by whole factors, from the centres of the pixels."""
    x, mode = inputs["0"], attributes["mode"].decode()
    if mode not in ("nearest", "linear"):
        raise WithoutWordsError(f"mode: {mode}")
    axes = [axis % x.ndim for axis in attributes.get("axes", range(x.ndim))]
    factors = [1.0] * x.ndim
    scales = inputs["2"] if "2" in inputs else [n / x.shape[a] for n, a in zip(inputs["3"], axes, strict=True)]
    for axis, scale in zip(axes, scales, strict=True):
        factors[axis] = float(scale)
    if factors[:2] != [1, 1] or any(factor < 1 or factor % 1 for factor in factors):
        raise WithoutWordsError("scales or sizes that are no whole factor")
    places = attributes.get("coordinate_transformation_mode", b"half_pixel").decode()
    nearest = attributes.get("nearest_mode", b"round_prefer_floor").decode()
    alike = {"half_pixel"} if mode == "linear" or nearest.startswith("round") else set()
    if mode == "nearest" and nearest == "floor":
        alike.add("asymmetric")
    if places not in alike:
        raise WithoutWordsError(f"coordinate_transformation_mode: {places}, nearest_mode: {nearest}")
    word = "bilinear" if mode == "linear" else "nearest"
    return spatial(f"{{upsample: {[int(factor) for factor in factors[2:]]}, mode: {word}}}", x)


def upsample(attributes: Attributes, inputs: Mapping[str, Array]) -> Translated:
    """The older name, and the older rule."""
    rule = {"coordinate_transformation_mode": b"asymmetric", "nearest_mode": b"floor"}
    return resize({**attributes, **rule}, {"0": inputs["0"], "2": inputs["1"]})


OPERATORS: dict[str, Callable[[Attributes, Mapping[str, Array]], Translated]] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool("max_pool"),
    "AveragePool": pool("avg_pool"),
    "GlobalAveragePool": global_pool("global_avg_pool"),
    "GlobalMaxPool": global_pool("global_max_pool"),
    "BatchNormalization": norm("batch_norm", "scale", "center", "mean", "variance"),
    "InstanceNormalization": norm("instance_norm", "scale", "center"),
    "GroupNormalization": norm("group_norm", "scale", "center"),
    "LayerNormalization": layer_norm,
    "LRN": local_response_norm,
    "Softmax": softmax("softmax"),
    "LogSoftmax": softmax("log_softmax"),
    "Relu": activation("relu"),
    "LeakyRelu": with_alpha("leaky_relu", 0.01),
    "PRelu": prelu,
    "Elu": with_alpha("elu", 1.0),
    "Celu": celu,
    "Selu": selu,
    "Gelu": gelu,
    "Sigmoid": activation("sigmoid"),
    "HardSigmoid": hard_sigmoid,
    "Tanh": activation("tanh"),
    "Softplus": activation("softplus"),
    "Swish": swish,
    "HardSwish": activation("hard_swish"),
    "Mish": activation("mish"),
    "Softsign": no_kind,
    "ThresholdedRelu": no_kind,
    "Shrink": no_kind,
    "Hardmax": no_kind,
    "Pad": pad,
    "DepthToSpace": blocks("depth_to_space"),
    "SpaceToDepth": blocks("space_to_depth"),
    "Resize": resize,
    "Upsample": upsample,
}
"""Operators whose cases are asked, and what says them in our words."""

REPORT: dict[str, tuple[int, dict[str, list[str]]]] = {}
"""By operator: how many cases ran, and the names of the others by reason. The test fills it, conftest.py shows it."""
