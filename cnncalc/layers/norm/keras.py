"""Normalisations in Keras."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.equals import Array, Equal, call
from cnncalc.layers.keras import Keras

_NAMES = {"scale": "gamma", "center": "beta", "mean": "moving_mean", "variance": "moving_variance"}

_GLOBAL_RESPONSE_NORM = '''\
class GlobalResponseNorm(layers.Layer):
    """Each channel times its share of the response (ConvNeXt V2)."""

    def __init__(self, epsilon=1e-6, **options):
        super().__init__(**options)
        self.epsilon = epsilon

    def build(self, shape):
        self.gamma = self.add_weight(shape=shape[-1:], initializer="zeros", name="gamma")
        self.beta = self.add_weight(shape=shape[-1:], initializer="zeros", name="beta")

    def call(self, x):
        axes = tuple(range(1, x.ndim - 1))
        norms = ops.sqrt(ops.sum(ops.square(x), axes, keepdims=True))
        shares = norms / (ops.mean(norms, -1, keepdims=True) + self.epsilon)
        return x + self.gamma * x * shares + self.beta
'''

_LOCAL_RESPONSE_NORM = '''\
class LocalResponseNorm(layers.Layer):
    """Division by the activity of neighbouring channels (AlexNet)."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1, **options):
        super().__init__(**options)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x):
        before = self.size // 2
        border = [(0, 0)] * (x.ndim - 1) + [(before, self.size - 1 - before)]
        squares, channels = ops.pad(ops.square(x), border), x.shape[-1]
        activity = sum(squares[..., i : i + channels] for i in range(self.size))
        return x / (self.k + self.alpha / self.size * activity) ** self.beta
'''

_CHANNEL_SCALE = '''\
class ChannelScale(layers.Layer):
    """One learned factor per channel."""

    def __init__(self, initial=1, **options):
        super().__init__(**options)
        self.initial = initial

    def build(self, shape):
        initial = keras.initializers.Constant(self.initial)
        self.gamma = self.add_weight(shape=shape[-1:], initializer=initial, name="gamma")

    def call(self, x):
        return x * self.gamma
'''


class _KerasNorm(Keras):
    def norm(self, name: str, **first: tuple[Any, Any]) -> Equal:
        """The layer, with its arrays."""
        layer = self.layer
        learned = {"center": (layer.center, True), "scale": (layer.scale, True)}
        module = call(f"layers.{name}", **first, epsilon=(layer.epsilon, 1e-3), **learned)
        return Equal(module, arrays={key: Array(_NAMES[key]) for key in layer.weights(self.x)})


class BatchNormKeras(_KerasNorm):
    """`BatchNormalization`."""

    def equal(self) -> Equal:
        return self.norm("BatchNormalization")


class LayerNormKeras(_KerasNorm):
    """`LayerNormalization`."""

    def equal(self) -> Equal:
        return self.norm("LayerNormalization")


class InstanceNormKeras(_KerasNorm):
    """`GroupNormalization` with a group for each channel."""

    def equal(self) -> Equal:
        return self.norm("GroupNormalization", groups=(-1, 32))


class GroupNormKeras(_KerasNorm):
    """`GroupNormalization`."""

    def equal(self) -> Equal:
        return self.norm("GroupNormalization", groups=(self.layer.groups, 32))


class LocalResponseNormKeras(Keras):
    """A layer of one's own; TensorFlow has a function for it."""

    def equal(self) -> Equal:
        layer = self.layer
        numbers = {"alpha": (layer.alpha, 1e-4), "beta": (layer.beta, 0.75), "k": (layer.k, 1)}
        return Equal(call("LocalResponseNorm", layer.size, **numbers), helper=_LOCAL_RESPONSE_NORM)


class GlobalResponseNormKeras(Keras):
    """A layer of one's own."""

    def equal(self) -> Equal:
        module = call("GlobalResponseNorm", epsilon=(self.layer.epsilon, 1e-6))
        return Equal(
            module, arrays={key: Array(_NAMES[key]) for key in ("scale", "center")}, helper=_GLOBAL_RESPONSE_NORM
        )


class ScaleKeras(Keras):
    """A layer of one's own."""

    def equal(self) -> Equal:
        module = call("ChannelScale", initial=(self.layer.initial, 1))
        return Equal(module, arrays={"scale": Array("gamma")}, helper=_CHANNEL_SCALE)


class RescaleKeras(Keras):
    """`Rescaling`."""

    def equal(self) -> Equal:
        return Equal(call("layers.Rescaling", self.layer.factor, offset=(self.layer.offset, 0)))
