"""Activations: each value separately, or the channels of a position together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import erf, exp, expm1, log, log1p, sqrt, tanh

from cnncalc.layers.definition import (
    DefinedArray,
    Definition,
    Multiplier,
    TensorSizes,
    TensorValues,
    array_for_each,
    place_for_each,
)

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Source: Klambauer et al., Self-Normalizing Neural Networks (2017)."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * expm1(x)


class _ActivationDefinition(Definition):
    reach = 8.0  # beyond where they bend
    extremes = (1000.0, -1000.0)  # where eˣ is too large for a float


class _Pointwise(_ActivationDefinition):
    """A function of each value."""

    def of(self, x: float) -> float:
        """The function."""
        raise NotImplementedError

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {place: self.of(value) for place, value in x.items()}


class ReluDefinition(_Pointwise):
    """max(0, x)."""

    def of(self, x: float) -> float:
        return max(0.0, x)


class Relu6Definition(_Pointwise):
    """min(max(0, x), 6)."""

    def of(self, x: float) -> float:
        return min(max(0.0, x), 6.0)


class LeakyReluDefinition(_Pointwise):
    """x if positive, otherwise slope · x."""

    def of(self, x: float) -> float:
        return x if x > 0 else float(self.slope) * x


class EluDefinition(_Pointwise):
    """x if positive, otherwise alpha · (eˣ − 1)."""

    def of(self, x: float) -> float:
        return _elu(x, self.alpha)


class SeluDefinition(_Pointwise):
    """An ELU with two constants."""

    def of(self, x: float) -> float:
        return _SELU_SCALE * _elu(x, _SELU_ALPHA)


class GeluDefinition(_Pointwise):
    """x · Φ(x)."""

    def of(self, x: float) -> float:
        return x * (1 + erf(x / sqrt(2))) / 2


class SigmoidDefinition(_Pointwise):
    """1 / (1 + e⁻ˣ)."""

    def of(self, x: float) -> float:
        return _sigmoid(x)


class LogSigmoidDefinition(_Pointwise):
    """log(1 / (1 + e⁻ˣ)) = −log(1 + e⁻ˣ)."""

    def of(self, x: float) -> float:
        return -_softplus(-x)


class HardSigmoidDefinition(_Pointwise):
    """slope · x + 1/2, limited to the range from 0 to 1."""

    def of(self, x: float) -> float:
        return min(max(float(self.slope) * x + 1 / 2, 0.0), 1.0)


class TanhDefinition(_Pointwise):
    """The hyperbolic tangent."""

    def of(self, x: float) -> float:
        return tanh(x)


class ClipDefinition(_Pointwise):
    """x between two bounds, the nearer bound elsewhere."""

    def of(self, x: float) -> float:
        low, high = self.bounds
        return float(min(max(x, low), high))


class HardTanhDefinition(_Pointwise):
    """x between -1 and 1."""

    def of(self, x: float) -> float:
        return min(max(x, -1.0), 1.0)


class SoftsignDefinition(_Pointwise):
    """x / (1 + |x|)."""

    def of(self, x: float) -> float:
        return x / (1 + abs(x))


class SoftplusDefinition(_Pointwise):
    """log(1 + eˣ)."""

    def of(self, x: float) -> float:
        return _softplus(x)


class SiluDefinition(_Pointwise):
    """x · sigmoid(x)."""

    def of(self, x: float) -> float:
        return x * _sigmoid(x)


class HardSwishDefinition(_Pointwise):
    """x · (x/6 + 1/2), of which the second is limited to the range from 0 to 1."""

    def of(self, x: float) -> float:
        return x * min(max(x / 6 + 1 / 2, 0.0), 1.0)


class MishDefinition(_Pointwise):
    """x · tanh(softplus(x))."""

    def of(self, x: float) -> float:
        return x * tanh(_softplus(x))


class PreluDefinition(_ActivationDefinition):
    """A leaky ReLU; its slopes are learned, for each channel, value or position, or for all."""

    def arrays(self) -> dict[str, DefinedArray]:
        return {"slope": array_for_each(self.per, self.x)}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        slopes = weights["slope"]
        return {
            place: value if value > 0 else slopes[place_for_each(self.per, place)] * value for place, value in x.items()
        }


class SoftmaxDefinition(_ActivationDefinition):
    """eˣ divided by the sum of eˣ over what differs only along the axis: the same if all are first divided by the
    largest."""

    def along(self) -> int:
        """Which of the places in an index is along the axis; the last one is the channel."""
        names = {1: ["position"], 2: ["height", "width"], 3: ["depth", "height", "width"]}
        return [*names.get(len(self.x.spatial), []), "channels"].index(self.axis)

    def moves(self) -> tuple[Fraction | None, ...] | None:
        along = self.along()
        return tuple(None if axis == along else Fraction(1) for axis in range(len(self.x.spatial)))

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        along = self.along()
        together: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        for at in x:
            together.setdefault((*at[:along], *at[along + 1 :]), []).append(at)
        y = {}
        for places in together.values():
            largest = max(x[at] for at in places)
            total = sum(exp(x[at] - largest) for at in places)
            for at in places:
                y[at] = self.finished(x[at] - largest - log(total))
        return y

    def finished(self, logarithm: float) -> float:
        return exp(logarithm)


class LogSoftmaxDefinition(SoftmaxDefinition):
    """The logarithm of softmax."""

    def finished(self, logarithm: float) -> float:
        return logarithm


_GATES: dict[str, Callable[[float], float]] = {
    "sigmoid": _sigmoid,
    "tanh": tanh,
    "relu": lambda x: max(0.0, x),
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "silu": lambda x: x * _sigmoid(x),
    "linear": lambda x: x,
}


class GluDefinition(_ActivationDefinition):
    """Each of the first half of the channels, times the gate's function of the one that is half of them further on."""

    def shape(self) -> TensorSizes:
        return TensorSizes(self.x.spatial, self.x.channels // 2)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        function, half = _GATES[self.gate], self.shape().channels
        return {
            (*at, channel): x[*at, channel] * function(x[*at, channel + half])
            for *at, channel in self.shape().indices()
        }
