"""The layer kinds, a family a module. `KINDS` is the registry: a kind's module is imported when a model uses it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from cnncalc.layers.base import Layer

_FAMILIES: dict[str, tuple[str, ...]] = {
    "convolution": ("conv", "depthwise_conv", "separable_conv", "conv_transpose"),
    "pooling": (
        "max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "adaptive_avg_pool", "adaptive_max_pool",
    ),
    "dense": ("dense", "embedding"),
    "shape": (
        "flatten", "reshape", "pad", "crop", "upsample", "resize", "depth_to_space", "space_to_depth",
        "channel_shuffle", "slice", "identity",
    ),
    "norm": ("batch_norm", "layer_norm", "instance_norm", "group_norm", "local_response_norm", "scale", "rescale"),
    "activation": (
        "relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "sigmoid", "hard_sigmoid", "tanh", "softplus",
        "silu", "hard_swish", "mish", "softmax", "log_softmax",
    ),
    "dropout": ("dropout", "spatial_dropout", "drop_path"),
    "merge": ("add", "subtract", "multiply", "average", "maximum", "concat"),
}  # fmt: skip

KINDS: dict[str, str] = {kind: family for family, kinds in _FAMILIES.items() for kind in kinds}
"""kind → the module of `cnncalc.layers` that has it."""

MERGES = frozenset(_FAMILIES["merge"])
"""Kinds that take several tensors."""

NORMS = frozenset({"batch_norm", "layer_norm", "instance_norm", "group_norm", "local_response_norm"})
"""Kinds that the setting `norm` accepts."""

ACTIVATIONS = frozenset(_FAMILIES["activation"])
"""Kinds that the setting `activation` accepts."""


def class_name(kind: str) -> str:
    """The class of a kind: `max_pool` is `MaxPool`."""
    return "".join(word.capitalize() for word in kind.split("_"))


_classes: dict[str, type[Layer]] = {}


def layer_class(kind: str) -> type[Layer]:
    """The class of a kind.

    Raises:
        KeyError: there is no such kind.
    """
    found = _classes.get(kind)
    if found is None:
        module = import_module(f"cnncalc.layers.{KINDS[kind]}.kinds")
        found = _classes[kind] = cast("type[Layer]", getattr(module, class_name(kind)))
    return found
