"""Activations: each value by itself, or the channels of a position together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf, exp, expm1, log, log1p, sqrt, tanh
from typing import Any

from cnncalc.forward.proof.reference.kind import Array, Kind, Multiplier, Values

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Source: Klambauer et al., Self-Normalizing Neural Networks (2017)."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _hard_sigmoid(x: float) -> float:
    return min(max(x / 6 + 1 / 2, 0.0), 1.0)


def _elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * expm1(x)


FUNCTIONS: dict[str, Callable[[float, Mapping[str, Any]], float]] = {
    "relu": lambda x, _: max(0.0, x),
    "relu6": lambda x, _: min(max(0.0, x), 6.0),
    "leaky_relu": lambda x, settings: x if x > 0 else settings["slope"] * x,
    "elu": lambda x, settings: _elu(x, settings["alpha"]),
    "selu": lambda x, _: SELU_SCALE * _elu(x, SELU_ALPHA),
    "gelu": lambda x, _: x * (1 + erf(x / sqrt(2))) / 2,
    "sigmoid": lambda x, _: _sigmoid(x),
    "hard_sigmoid": lambda x, _: _hard_sigmoid(x),
    "tanh": lambda x, _: tanh(x),
    "softplus": lambda x, _: _softplus(x),
    "silu": lambda x, _: x * _sigmoid(x),
    "hard_swish": lambda x, _: x * _hard_sigmoid(x),
    "mish": lambda x, _: x * tanh(_softplus(x)),
}
"""Activation → the function of a value, and of the settings."""


def _pointwise(function: Callable[[float, Mapping[str, Any]], float]) -> type[Kind]:
    class Pointwise(Kind):
        def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
            return {place: function(value, self.given.settings) for place, value in x.items()}

    return Pointwise


class Prelu(Kind):
    """A leaky ReLU; its slopes are learned, for each channel, each value, or all."""

    def slopes(self) -> str:
        return str(self.given.settings.get("per", "channel"))

    def arrays(self) -> dict[str, Array]:
        sizes = {"channel": (self.x.channels,), "value": (*self.x.spatial, self.x.channels), "all": (1,)}
        return {"slope": Array(sizes[self.slopes()])}

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for place, value in x.items():
            own = {"channel": place[-1:], "value": place, "all": (0,)}[self.slopes()]
            y[place] = value if value > 0 else weights["slope"][own] * value
        return y


class Softmax(Kind):
    """eˣ by the sum of those of the position's channels: the same when all are divided by the largest of them."""

    def value(self, x: Values, weights: Mapping[str, Values], times: Multiplier) -> Values:
        y = {}
        for at in self.x.positions():
            largest = max(x[*at, channel] for channel in range(self.x.channels))
            total = sum(exp(x[*at, channel] - largest) for channel in range(self.x.channels))
            for channel in range(self.x.channels):
                y[*at, channel] = self.finished(x[*at, channel] - largest - log(total))
        return y

    def finished(self, logarithm: float) -> float:
        return exp(logarithm)


class LogSoftmax(Softmax):
    """The logarithm of that."""

    def finished(self, logarithm: float) -> float:
        return logarithm


KINDS = {
    **{kind: _pointwise(function) for kind, function in FUNCTIONS.items()},
    "prelu": Prelu,
    "softmax": Softmax,
    "log_softmax": LogSoftmax,
}
