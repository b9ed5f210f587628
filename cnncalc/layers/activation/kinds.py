"""Activation functions: each value separately (softmax: the channels of each position together)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import ITSELF, Initial, Layer, Problem, Reads, Weight, plural
from cnncalc.layers.per import PER, WHAT_PER, shape_per
from cnncalc.settings.axes import AXIS, CHANNELS, place_of_axis
from cnncalc.settings.numbers import Bounds
from cnncalc.settings.setting import ByConvention, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Choice, Real

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Source: Klambauer et al., Self-Normalizing Neural Networks (2017)."""


class _Activation(Layer):
    is_activation = True


class Relu(_Activation):
    """max(0, x)."""

    is_rectifier = True

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.maximum(part, 0, out=out), x)


class Relu6(_Activation):
    """min(max(0, x), 6)."""

    is_rectifier = True

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.clip(part, 0, 6, out=out), x)


class LeakyRelu(_Activation):
    """x if positive, otherwise slope · x."""

    also_called = "lrelu leaky"
    is_rectifier = True
    principal = "slope"
    slope = setting(Real(), "the factor for negative values", ByConvention("0.01", "0.3", "0.01"), short="{}")

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.copyto(out, xp.where(part < 0, self.slope * part, part)), x)


class Prelu(_Activation):
    """A leaky ReLU whose slopes are learned: one per channel, value or position, or one for all."""

    is_rectifier = True
    principal = "initial"
    initial = setting(Real(), "the slope before training", ByConvention("0.25", "0", "0.25"))
    per = setting(
        PER,
        WHAT_PER,
        ByConvention("channel", "value", "all"),
        short=lambda per: "one slope" if per == "all" else f"per {per}",
    )

    def keeps_ids(self) -> bool:
        return True

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"slope": Weight(shape_per(self.per, x))}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return self.initial

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.where(x < 0, weights["slope"] * x, x)


def _elu(xp: Any, x: Any, alpha: float) -> Any:
    return xp.where(x < 0, alpha * xp.expm1(xp.minimum(x, 0)), x)


class Elu(_Activation):
    """x if positive, otherwise alpha · (eˣ − 1)."""

    is_rectifier = True
    principal = "alpha"
    alpha = setting(Real(), "very negative values approach minus this", "1", short="{}")

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.copyto(out, _elu(xp, part, self.alpha)), x)


class Selu(_Activation):
    """The self-normalising ELU, with its two fixed constants."""

    is_rectifier = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.multiply(_SELU_SCALE, _elu(xp, part, _SELU_ALPHA), out=out), x)


class Gelu(_Activation):
    """x · Φ(x), where Φ is the standard normal distribution function."""

    is_rectifier = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        def gelu(part: Any, out: Any) -> None:
            xp.multiply(part, 0.5**0.5, out=out)
            phi = xp.erf(out)
            phi += 1
            xp.multiply(part, 0.5, out=out)
            out *= phi

        return xp.values(gelu, x)


class Sigmoid(_Activation):
    """1 / (1 + e⁻ˣ)."""

    also_called = "logistic"

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.copyto(out, xp.sigmoid(part)), x)


class LogSigmoid(_Activation):
    """The logarithm of sigmoid."""

    since = 2

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        def log_sigmoid(part: Any, out: Any) -> None:
            xp.negative(part, out=out)
            xp.logaddexp(out, 0, out=out)
            xp.negative(out, out=out)

        return xp.values(log_sigmoid, x)


class HardSigmoid(_Activation):
    """A piecewise linear sigmoid: slope · x + 1/2, limited to the range from 0 to 1."""

    also_called = "hsigmoid"
    principal = "slope"
    slope = setting(
        Real(above=0), "the slope at 0; 1/6 unless said otherwise, 0.2 in Keras 2", f"{1 / 6}", short="{}", since=2
    )

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.clip(part * self.slope + 0.5, 0, 1, out=out), x)


class Tanh(_Activation):
    """The hyperbolic tangent."""

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.tanh(part, out=out), x)


class HardTanh(_Activation):
    """A piecewise linear tanh: the value, limited to the range from -1 to 1."""

    since = 2
    also_called = "htanh"

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.clip(part, -1, 1, out=out), x)


class Clip(_Activation):
    """The value, limited to a range."""

    since = 2
    also_called = "clamp relun clipbyvalue"
    principal = "bounds"
    example = "[0, 1]"
    bounds = setting(Bounds(), "the smallest and the largest value", short="{}")

    def keeps_ids(self) -> bool:
        low, high = self.bounds
        return low <= 0 <= high and high == int(high)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.clip(part, *self.bounds, out=out), x)


class Softsign(_Activation):
    """x / (1 + |x|)."""

    since = 2

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.divide(part, 1 + xp.abs(part), out=out), x)


class Softplus(_Activation):
    """log(1 + eˣ)."""

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.logaddexp(part, 0, out=out), x)


class Silu(_Activation):
    """x · sigmoid(x), also called swish."""

    also_called = "swish"
    is_rectifier = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.multiply(part, xp.sigmoid(part), out=out), x)


class HardSwish(_Activation):
    """x · hard_sigmoid(x)."""

    also_called = "hardsilu hswish"

    is_rectifier = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.multiply(part, xp.clip(part / 6 + 0.5, 0, 1), out=out), x)


class Mish(_Activation):
    """x · tanh(softplus(x))."""

    is_rectifier = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.values(lambda part, out: xp.multiply(part, xp.tanh(xp.logaddexp(part, 0)), out=out), x)


class _AlongAnAxis(_Activation):
    axis = setting(
        AXIS,
        "the axis along which the numbers belong together",
        CHANNELS,
        short=lambda axis: f"along the {axis}",
        since=2,
    )

    def _place(self, x: Any) -> int:
        """Where the axis is in an array."""
        return 1 + place_of_axis(self.axis, x.ndim - 2)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        along = place_of_axis(self.axis, len(x.spatial))
        return tuple(None if axis == along else ITSELF for axis in range(len(x.spatial)))

    def reads_channels(self, x: Shape) -> Reads | None:
        return None if self.axis == CHANNELS else ITSELF


class Softmax(_AlongAnAxis):
    """Positive numbers that sum to 1 over the channels, or along another axis."""

    gives = "probabilities"

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = xp.exp(x - x.max(self._place(x), keepdims=True))
        return y / y.sum(self._place(x), keepdims=True)


class LogSoftmax(_AlongAnAxis):
    """The logarithm of softmax."""

    gives = "log-probabilities"

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = x - x.max(self._place(x), keepdims=True)
        return y - xp.log(xp.exp(y).sum(self._place(x), keepdims=True))


_GATES: dict[str, type[Layer]] = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": Relu, "gelu": Gelu, "silu": Silu}
_LINEAR = "linear"
"""The gate of a plain product."""


class Glu(Layer):
    """The first half of the channels times the gate, an activation of the second half: a gated linear unit."""

    since = 2
    also_called = "gatedlinearunit"
    principal = "gate"
    example = "gelu"
    gate = setting(
        Choice(*_GATES, _LINEAR, none_is=_LINEAR),
        "the activation of the second half; `linear` is none",
        "sigmoid",
        short="{}",
    )

    def problems(self, x: Shape) -> Iterator[Problem]:
        if x.channels % 2:
            message = f"`glu` halves the channels, but gets {plural(x.channels, 'channel')}"
            help = "give the layer before it twice as many channels as `glu` is to have"
            yield Problem("CNN302", "", message, f"{x.channels} / 2 is not whole", (help,))

    def output_shape(self, x: Shape) -> Shape:
        return Shape(x.spatial, formulas.exact_div(x.channels, 2))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        half = x.shape[-1] // 2
        values, gate = x[..., :half], x[..., half:]
        return values * (gate if self.gate == _LINEAR else _GATES[self.gate]({}).run(xp, gate, {}))

    def reads_channels(self, x: Shape) -> Reads | None:
        return Reads(1, 1, (0,), (x.channels // 2,))  # (those between the two are not read)
