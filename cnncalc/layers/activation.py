"""Activation functions: each value by itself (softmax: the channels of each position together)."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.layers.base import Layer, Weight
from cnncalc.spec.settings import ByConvention, Shape, setting
from cnncalc.spec.types import Real


class Relu(Layer):
    """max(0, x)."""


class Relu6(Layer):
    """min(max(0, x), 6)."""


class LeakyRelu(Layer):
    """x where positive, slope · x elsewhere."""

    principal = "slope"
    slope = setting(Real(), "factor of negative values", ByConvention("0.01", "0.3", "0.01"), short="{}")


class Prelu(Layer):
    """A leaky ReLU whose slope is learned, one per channel."""

    principal = "initial"
    initial = setting(Real(), "slope before training", ByConvention("0.25", "0", "0.25"))

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"slope": Weight((x.channels,))}


class Elu(Layer):
    """x where positive, alpha · (eˣ − 1) elsewhere."""

    principal = "alpha"
    alpha = setting(Real(), "very negative values approach minus this", "1", short="{}")


class Selu(Layer):
    """The self-normalising ELU, with its two fixed constants."""


class Gelu(Layer):
    """x · Φ(x), Φ being the normal distribution."""


class Sigmoid(Layer):
    """1 / (1 + e⁻ˣ)."""


class HardSigmoid(Layer):
    """The sigmoid in straight lines: x/6 + 1/2, kept between 0 and 1."""


class Tanh(Layer):
    """The hyperbolic tangent."""


class Softplus(Layer):
    """log(1 + eˣ)."""


class Silu(Layer):
    """x · sigmoid(x), also called swish."""


class HardSwish(Layer):
    """x · hard_sigmoid(x)."""


class Mish(Layer):
    """x · tanh(softplus(x))."""


class Softmax(Layer):
    """Positive numbers that sum to 1 over the channels."""


class LogSoftmax(Layer):
    """The logarithm of softmax."""
