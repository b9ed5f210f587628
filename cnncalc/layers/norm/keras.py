"""Normalisations in Keras."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.equals import Array, AsIs, Equal, call, row
from cnncalc.layers.keras import Keras

_NAMES = {"scale": "gamma", "center": "beta", "mean": "moving_mean", "variance": "moving_variance"}

_GLOBAL_RESPONSE_NORM = '''\
class GlobalResponseNorm(layers.Layer):
    """Each channel times its share of the response (ConvNeXt V2)."""

    def __init__(self, epsilon=1e-6, **options):
        super().__init__(**options)
        self.epsilon = epsilon

    def build(self, shape):
        self.gamma = self.add_weight(
            shape=shape[-1:], initializer="zeros", name="gamma"
        )
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

_SCALE = '''\
class Scale(layers.Layer):
    """Learned factors, and offsets if there is a center."""

    def __init__(self, sizes, initial=1, center=False, **options):
        super().__init__(**options)
        self.sizes, self.initial, self.center = sizes, initial, center

    def build(self, shape):
        initial = keras.initializers.Constant(self.initial)
        self.gamma = self.add_weight(
            shape=self.sizes, initializer=initial, name="gamma"
        )
        if self.center:
            self.beta = self.add_weight(
                shape=self.sizes, initializer="zeros", name="beta"
            )

    def call(self, x):
        return x * self.gamma + self.beta if self.center else x * self.gamma
'''

_OFFSET = '''\
class Offset(layers.Layer):
    """Learned numbers that are added."""

    def __init__(self, sizes, initial=0, **options):
        super().__init__(**options)
        self.sizes, self.initial = sizes, initial

    def build(self, shape):
        initial = keras.initializers.Constant(self.initial)
        self.beta = self.add_weight(shape=self.sizes, initializer=initial, name="beta")

    def call(self, x):
        return x + self.beta
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
        return self.norm("LayerNormalization", axis=(_axes(self), -1))


def _axes(own: Keras) -> Any:
    """The axes of a norm: -1 for the channels, otherwise all of them."""
    return [*range(1, len(own.x.spatial) + 2)] if own.layer.is_gated else -1


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


class RmsNormKeras(Keras):
    """`RMSNormalization`, which always has a scale."""

    def equal(self) -> Equal:
        layer, epsilon, axis = self.layer, (self.layer.epsilon, 1e-6), (_axes(self), -1)
        if not layer.scale:
            return Equal(forward=call("ops.rms_normalization", AsIs("{0}"), axis=axis, epsilon=epsilon))
        module = call("layers.RMSNormalization", axis=axis, epsilon=epsilon)
        return Equal(module, arrays={"scale": Array("scale")})


class L2NormKeras(Keras):
    """`UnitNormalization`, whose epsilon is 1e-12."""

    def equal(self) -> Equal:
        if self.layer.epsilon == 1e-12:
            return Equal("layers.UnitNormalization()")
        return Equal(forward=call("ops.normalize", AsIs("{0}"), epsilon=(self.layer.epsilon, 1e-12)))


class ScaleKeras(Keras):
    """A layer of one's own."""

    def equal(self) -> Equal:
        layer, weights = self.layer, self.layer.weights(self.x)
        sizes = AsIs(row(weights["scale"].shape))
        module = call("Scale", sizes, initial=(layer.initial, 1), center=(layer.center, False))
        return Equal(module, arrays={key: Array(_NAMES[key]) for key in weights}, helper=_SCALE)


class OffsetKeras(Keras):
    """A layer of one's own."""

    def equal(self) -> Equal:
        sizes = AsIs(row(self.layer.weights(self.x)["offset"].shape))
        module = call("Offset", sizes, initial=(self.layer.initial, 0))
        return Equal(module, arrays={"offset": Array("beta")}, helper=_OFFSET)


class NormalizationKeras(Keras):
    """`Normalization`, as it is before `adapt`."""

    def equal(self) -> Equal:
        names = {"mean": "adapt_mean", "variance": "adapt_variance", "count": "count"}
        arrays = {key: Array(name, is_count=key == "count") for key, name in names.items()}
        return Equal("layers.Normalization()", arrays=arrays)


class RescaleKeras(Keras):
    """`Rescaling`, which takes lists as well."""

    def equal(self) -> Equal:
        factor, offset = map(_listed, (self.layer.factor, self.layer.offset))
        return Equal(call("layers.Rescaling", factor, offset=(offset, 0)))


def _listed(numbers: float | tuple[float, ...]) -> Any:
    """A number, or a list with one per channel."""
    return list(numbers) if isinstance(numbers, tuple) else numbers
