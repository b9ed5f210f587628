"""Activations: each value separately, or the channels of a position together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import erf, exp, expm1, log, log1p, sqrt, tanh

from cnncalc.layers.definition import DefinedArray, Definition, Multiplier, TensorValues

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Source: Klambauer et al., Self-Normalizing Neural Networks (2017)."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _hard_sigmoid(x: float) -> float:
    return min(max(x / 6 + 1 / 2, 0.0), 1.0)


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


class HardSigmoidDefinition(_Pointwise):
    """x/6 + 1/2, limited to the range from 0 to 1."""

    def of(self, x: float) -> float:
        return _hard_sigmoid(x)


class TanhDefinition(_Pointwise):
    """The hyperbolic tangent."""

    def of(self, x: float) -> float:
        return tanh(x)


class SoftplusDefinition(_Pointwise):
    """log(1 + eˣ)."""

    def of(self, x: float) -> float:
        return _softplus(x)


class SiluDefinition(_Pointwise):
    """x · sigmoid(x)."""

    def of(self, x: float) -> float:
        return x * _sigmoid(x)


class HardSwishDefinition(_Pointwise):
    """x · hard_sigmoid(x)."""

    def of(self, x: float) -> float:
        return x * _hard_sigmoid(x)


class MishDefinition(_Pointwise):
    """x · tanh(softplus(x))."""

    def of(self, x: float) -> float:
        return x * tanh(_softplus(x))


class PreluDefinition(_ActivationDefinition):
    """A leaky ReLU; its slopes are learned, for each channel, each value, or all."""

    def arrays(self) -> dict[str, DefinedArray]:
        sizes = {"channel": (self.x.channels,), "value": (*self.x.spatial, self.x.channels), "all": (1,)}
        return {"slope": DefinedArray(sizes[self.per])}

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for place, value in x.items():
            own = {"channel": place[-1:], "value": place, "all": (0,)}[self.per]
            y[place] = value if value > 0 else weights["slope"][own] * value
        return y


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
