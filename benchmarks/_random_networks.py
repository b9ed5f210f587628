"""Random networks of the kind that homework is set about: plain data of `_misconceptions`."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from _misconceptions import COLUMNS, Layer, Network

HEADS = [
    (),
    ("flatten", "dense"),
    ("flatten", "dense"),
    ("flatten", "dense", "dropout", "dense"),
    ("global_avg_pool", "dense"),
    ("dropout", "flatten", "dense", "dense"),
]


def random_network(rng: random.Random) -> Network:
    """4 to 10 layers: a classifier, or (one in five) an encoder and decoder with transposed convolutions."""
    axes = rng.choice([1, 2, 2, 2])
    side = rng.randint(32, 120)
    spatial = tuple(side if rng.random() < 0.6 else rng.randint(32, 120) for _ in range(axes))
    convention = rng.choice(["lecture", "keras", "pytorch"])
    last = rng.random() < (0.25 if convention == "pytorch" else 0.75)
    channels = rng.choice([1, 1, 2, 3, 3, 3, 4])
    if rng.random() < 0.2:
        head: tuple[str, ...] = ("conv_transpose",) if rng.random() < 0.5 else ("conv_transpose", "conv_transpose")
        head = (*head, *rng.choice([(), ("relu",), ("pointwise",)]))
    else:
        head = rng.choice(HEADS)
    return Network(
        spatial=spatial,
        channels=channels,
        layers=_layers(axes, channels, convention, head, rng),
        convention=convention,
        channels_last=last,
        ask=_asked(rng),
        memory_unit=rng.choice(["bytes", "KiB", "MiB"]),
        batch=rng.choice([16, 32, 64, 128]),
    )


def _layers(axes: int, channels: int, convention: str, head: tuple[str, ...], rng: random.Random) -> tuple[Layer, ...]:
    kinds = ["conv", "conv", "conv", "conv", "pointwise", "depthwise_conv", "max_pool", "max_pool", "avg_pool", "relu",
             "dropout", "batch_norm"]  # fmt: skip
    body = ["conv", *(rng.choice(kinds) for _ in range(rng.randint(3, 7)))]
    names: Counter[str] = Counter()
    layers = []
    for kind in (*body, *head):
        layer = _layer(kind, axes, channels, convention, rng)
        names[layer.kind] += 1
        layers.append(replace(layer, name=f"{layer.kind}{names[layer.kind]}"))
        channels = layer.filters or channels * layer.multiplier
    return tuple(layers)


def _layer(kind: str, axes: int, channels: int, convention: str, rng: random.Random) -> Layer:
    if kind in ("conv", "pointwise"):
        return _conv(kind == "pointwise", axes, channels, convention, rng)
    if kind == "depthwise_conv":
        s = rng.choice([1, 1, 2])
        padding = rng.choice([0, 1, 1])
        return Layer(kind, "", (3,) * axes, (s,) * axes, padding, multiplier=rng.choice([1, 1, 1, 2]),
                     bias=rng.random() < 0.8, activation=rng.choice(["", "relu"]))  # fmt: skip
    if kind == "conv_transpose":
        k = rng.choice([2, 3, 4])
        return Layer(kind, "", (k,) * axes, (2,) * axes, rng.choice([0, 1]) if k > 2 else 0,
                     filters=rng.choice([3, 4, 6, 8, 16]), bias=rng.random() < 0.85)  # fmt: skip
    if kind in ("max_pool", "avg_pool"):
        k = rng.choice([2, 2, 2, 3])
        return Layer(kind, "", (k,) * axes, (rng.choice([k, k, k, 2, 1]),) * axes, rng.choice([0, 0, k // 3]))
    if kind == "dense":
        return Layer(kind, "", filters=rng.choice([2, 5, 10, 32, 64, 100]), bias=rng.random() < 0.85,
                     activation=rng.choice(["", "relu", "softmax"]))  # fmt: skip
    return Layer(kind, "")


def _conv(pointwise: bool, axes: int, channels: int, convention: str, rng: random.Random) -> Layer:
    k = 1 if pointwise else rng.choice([2, 3, 3, 3, 5, 5, 7])
    kernel = (k,) * axes
    if not pointwise and rng.random() < 0.15:
        kernel = tuple(rng.choice([1, 3, 5]) for _ in range(axes))
    s = 1 if pointwise else rng.choice([1, 1, 1, 2, 2, 3])
    padding: int | str = 0 if pointwise else rng.choice((0, 0, 1, 1, 2, "same"))
    if padding == "same" and convention == "pytorch" and s > 1:
        padding = 1
    filters = rng.choice([4, 6, 8, 12, 16, 32])
    return Layer(
        "conv",
        "",
        kernel,
        (s,) * axes,
        padding,
        dilation=rng.choice([1, 1, 1, 2, 3]) if s == 1 and not pointwise else 1,
        groups=2 if channels % 2 == 0 and filters % 2 == 0 and rng.random() < 0.2 else 1,
        filters=filters,
        bias=rng.random() < 0.85,
        norm=rng.random() < 0.15,
        activation=rng.choice(["", "relu", "relu", "sigmoid"]),
    )


def _asked(rng: random.Random) -> tuple[str, ...]:
    asked = list(COLUMNS) if rng.random() < 0.6 else rng.sample(COLUMNS, rng.randint(1, 3))
    if rng.random() < 0.75:
        asked.append("total")
        asked += ["memory"] if rng.random() < 0.5 else []
    return tuple(asked)
