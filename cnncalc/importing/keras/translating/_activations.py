"""Activations: as layers, as arguments of other layers, and as operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, Variable, single_number
from cnncalc.importing.keras._entries import all_of
from cnncalc.importing.keras._tensors import KerasTensor

NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "leaky_relu": ("leaky_relu", {"slope": 0.2}),
    "elu": ("elu", {}),
    "celu": ("elu", {}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {}),
    "sigmoid": ("sigmoid", {}),
    "log_sigmoid": ("log_sigmoid", {}),
    "hard_sigmoid": ("hard_sigmoid", {}),
    "tanh": ("tanh", {}),
    "hard_tanh": ("hard_tanh", {}),
    "swish": ("silu", {}),
    "silu": ("silu", {}),
    "hard_silu": ("hard_swish", {}),
    "hard_swish": ("hard_swish", {}),
    "softplus": ("softplus", {}),
    "softsign": ("softsign", {}),
    "mish": ("mish", {}),
}
"""The kind and the settings of each function of Keras that has one, by its name; none of these has an axis."""

_NONE = ("linear", "identity")
_WITHOUT_KIND = (
    *("exponential", "squareplus", "tanh_shrink", "soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid"),
    *("sparsemax", "threshold"),
)


def activated(call: KerasCall, x: KerasTensor) -> KerasTensor:
    """What the `activation` of a layer makes of its output."""
    return apply(call, x, call.config.get("activation"))


def apply(call: KerasCall, x: KerasTensor, function: Any) -> KerasTensor:
    """What an activation makes of a tensor.

    Args:
        function: as a layer's `activation` is written: a name, or an object.
    """
    name = _name_of(function)
    if name in _NONE:
        return x
    if name in NAMED:
        kind, settings = NAMED[name]
        if name == "hard_sigmoid" and call.network.generation == 2:
            settings = {"slope": 0.2}
        return call.add(kind, x, **settings)
    if name in ("softmax", "log_softmax"):
        return along(call, x, name, -1)
    if name == "glu":
        return halves_gated(call, x, -1)
    if isinstance(function, dict) and not name:
        return _layer(call, x, function)
    return call.opaque([x], x.sizes, called=name or "activation", **(_UNLEARNED if name in _WITHOUT_KIND else {}))[0]


_UNLEARNED: dict[str, Any] = {"params": 0, "macs": 0}


def _name_of(function: Any) -> str:
    """The name of a function of Keras; "" if it is none."""
    if function is None:
        return "linear"
    if isinstance(function, str):
        return function
    if isinstance(function, dict) and function.get("class_name") == "function":
        return str(function.get("config", ""))
    return ""


def _layer(call: KerasCall, x: KerasTensor, function: Mapping[str, Any]) -> KerasTensor:
    """What a layer that is the argument of another one makes."""
    name, config = str(function.get("class_name", "")), function.get("config")
    settings = config if isinstance(config, dict) else {}
    if name in _BY_SETTINGS and ">" not in name:
        return _BY_SETTINGS[name](call, x, settings)
    return call.opaque([x], x.sizes, called=name or "activation")[0]


def along(call: KerasCall, x: KerasTensor, kind: str, axis: Any) -> KerasTensor:
    """A softmax along one of Keras' axes; along several, it is one of all their values together."""
    axes = axis if isinstance(axis, list) else [axis]
    if len(axes) != 1:
        return call.opaque([x], x.sizes, called=kind, **_UNLEARNED)[0]
    if x.rank < 2:
        call.axis(axes[0], x.rank)
        return call.add(kind, x)
    return call.add(kind, x, axis=x.axis_name(call.axis(axes[0], x.rank)))


def halves_gated(call: KerasCall, x: KerasTensor, axis: Any) -> KerasTensor:
    """A gated linear unit."""
    x = call.facing(x, call.axis(axis, x.rank))
    return call.add("glu", x, x.with_channels(x.channels // 2))


def bounded(call: KerasCall, x: KerasTensor, slope: float, bound: float | None, threshold: float) -> KerasTensor:
    """A ReLU as Keras has it, with a slope, a largest value and a threshold."""
    if threshold or (slope and bound is not None):
        return call.opaque([x], x.sizes, **_UNLEARNED)[0]
    if slope:
        return call.add("leaky_relu", x, slope=slope)
    if bound is None:
        return call.add("relu", x)
    return call.add("relu6", x) if bound == 6 else call.add("clip", x, bounds=(0, bound))


# -- layers


def _activation(call: KerasCall) -> KerasTensor:
    """`Activation`."""
    x = activated(call, call.x)
    return call.add("identity", x) if x is call.x else x


def _relu(call: KerasCall, x: KerasTensor, config: Mapping[str, Any]) -> KerasTensor:
    slope, bound, threshold = (single_number(config.get(each)) for each in ("negative_slope", "max_value", "threshold"))
    return bounded(call, x, slope or 0, bound, threshold or 0)


def _leaky_relu(call: KerasCall, x: KerasTensor, config: Mapping[str, Any]) -> KerasTensor:
    found = single_number(config.get("negative_slope", config.get("alpha")))
    return call.add("leaky_relu", x, slope=0.3 if found is None else found)


def _elu(call: KerasCall, x: KerasTensor, config: Mapping[str, Any]) -> KerasTensor:
    found = single_number(config.get("alpha"))
    return call.add("elu", x, alpha=1 if found is None else found)


def _softmax(call: KerasCall, x: KerasTensor, config: Mapping[str, Any]) -> KerasTensor:
    return along(call, x, "softmax", config.get("axis", -1))


def _thresholded_relu(call: KerasCall) -> Any:
    return call.opaque([call.x], call.x.sizes, **_UNLEARNED)


def _prelu(call: KerasCall, x: KerasTensor, config: Mapping[str, Any]) -> KerasTensor:
    shared = {*range(call.lead), *(call.axis(each, x.rank) for each in all_of(config.get("shared_axes"), int))}
    positions, every = set(range(x.rank)) - {x.channel}, set(range(x.rank))
    slopes = prod(size for axis, size in enumerate(x.sizes) if axis not in shared)
    per = {frozenset(): "value", frozenset(positions): "channel", frozenset((x.channel,)): "position"}
    per[frozenset(every)] = "all"
    if frozenset(shared) not in per:
        return call.opaque([x], x.sizes, params=slopes, macs=0)[0]
    choice = per[frozenset(shared)]
    initial = single_number(config.get("alpha_initializer")) or 0.0
    sizes = {"value": (*x.spatial, x.channels), "channel": (x.channels,), "position": (*x.spatial, 1), "all": (1,)}
    facing_last = (*(axis for axis in range(x.rank) if axis != x.channel), x.channel)
    stored = tuple(1 if axis in shared else size for axis, size in enumerate(x.sizes))
    with_lead = (("reshape", stored),) if call.lead else ()
    steps = (*with_lead, ("transpose", facing_last), ("reshape", sizes[choice]))
    arrays = {"slope": Variable("", 0, steps)}
    return call.add("prelu", x, arrays=arrays, initial=initial, per=choice)


_BY_SETTINGS: dict[str, Callable[[KerasCall, KerasTensor, Mapping[str, Any]], KerasTensor]] = {
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
    "PReLU": _prelu,
}


def _as_layer(name: str) -> Callable[[KerasCall], KerasTensor]:
    return lambda call: _BY_SETTINGS[name](call, call.x, call.config)


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "Activation": _activation,
    "ThresholdedReLU": _thresholded_relu,
    **{name: _as_layer(name) for name in _BY_SETTINGS},
}
