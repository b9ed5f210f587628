"""Activations as functions."""

from __future__ import annotations

from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras.translating._activations import NAMED, along, apply, bounded, halves_gated
from cnncalc.importing.keras.translating.operators._arguments import (
    Operator,
    given_tensor,
)


def _softmax(kind: str) -> Operator:
    """A softmax along an axis."""
    return lambda call: along(call, given_tensor(call), kind, call.argument(1, "axis", default=-1))


def _glu(call: KerasCall) -> Any:
    """A gated linear unit."""
    return halves_gated(call, given_tensor(call), call.argument(1, "axis", default=-1))


def _relu(call: KerasCall) -> Any:
    """A ReLU."""
    return call.add("relu", given_tensor(call))


def _leaky_relu(call: KerasCall) -> Any:
    """A leaky ReLU."""
    return bounded(call, given_tensor(call), call.argument(1, "negative_slope", "alpha", default=0.2), None, 0)


def _gelu(call: KerasCall) -> Any:
    """A GELU, which this function approximates unless it is told not to."""
    if call.argument(1, "approximate", default=call.network.generation > 2):
        call.network.remark(
            "CNN573", "the approximation of `gelu` by tanh is read as `gelu`: values differ by up to 0.0005"
        )
    return call.add("gelu", given_tensor(call))


def _elu(call: KerasCall) -> Any:
    """An ELU."""
    return call.add("elu", given_tensor(call), alpha=call.argument(1, "alpha", default=1))


def _celu(call: KerasCall) -> Any:
    """A CELU, which is an ELU if its alpha is 1."""
    x = given_tensor(call)
    if call.argument(1, "alpha", default=1) != 1:
        return call.opaque([x], x.sizes, params=0, macs=0)
    return call.add("elu", x)


def _function(name: str) -> Operator:
    """An activation."""
    return lambda call: apply(call, given_tensor(call), name)


def _normalize(call: KerasCall) -> Any:
    """Values divided by their norm."""
    x = given_tensor(call)
    if call.argument(2, "order", default=2) != 2:
        return call.opaque([x], x.sizes, params=0)
    axis = call.axis(call.argument(1, "axis", default=-1), x.rank)
    return call.add("l2_norm", call.facing(x, axis), epsilon=call.argument(3, "epsilon", default=1e-12))


_WITH_ARGUMENTS = ("relu", "leaky_relu", "gelu", "elu", "celu")

OPERATORS: dict[str, Operator] = {
    **{name.title().replace("_", ""): _function(name) for name in NAMED if name not in _WITH_ARGUMENTS},
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Glu": _glu,
    "Relu": _relu,
    "LeakyRelu": _leaky_relu,
    "Gelu": _gelu,
    "Elu": _elu,
    "Celu": _celu,
    "Normalize": _normalize,
}
