"""What the kinds have in common in Keras. Tensors there are always (batch, *positions, channels)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.layers.equals import Array, AsIs, CallText, Equal, InFramework, call, row
from cnncalc.layers.standardizing import SCALED
from cnncalc.settings.axes import CHANNELS, place_of_axis

Pairs = Sequence[tuple[int, int]]


_FILTERS = '''\
class {name}(layers.{base}):
    """Its filters are standardised before use, and have a learned factor each."""

    def __init__(
        self, *sizes, standardize=True, scale=1, gain=False, epsilon=1e-6, **options
    ):
        super().__init__(*sizes, **options)
        self.standardize, self.scale, self.has_gain, self.epsilon = (
            standardize,
            scale,
            gain,
            epsilon,
        )

    def build(self, shape):
        super().build(shape)
        if self.has_gain:
            filters = self.compute_output_shape(shape)[-1]
            self.gain = self.add_weight(
                shape=(filters,), initializer="ones", name="gain"
            )

    @property
    def kernel(self):
        kernel = ops.convert_to_tensor(super().kernel)
        if self.standardize:
            axes = list(range(len(kernel.shape) - 1))
            mean, variance = ops.moments(kernel, axes, keepdims=True)
            kernel = (kernel - mean) * ops.rsqrt(variance + self.epsilon) * self.scale
        return kernel * self.gain if self.has_gain else kernel

    def save_own_variables(self, store):  # the kernel as it is learned
        layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        layers.Layer.load_own_variables(self, store)
'''


class Keras(InFramework):
    """How Keras has a kind."""

    @property
    def rank(self) -> str:
        """The end of a layer's name: `2D` for a map."""
        return f"{len(self.x.spatial)}D"

    def dimension(self, axis: str) -> int:
        """The number of an axis; the channels are the last."""
        return -1 if axis == CHANNELS else 1 + place_of_axis(axis, len(self.x.spatial))

    def with_filters(self, equal: Equal) -> Equal:
        """A layer that uses its kernel as it is, as one that standardises its filters or learns factors for them."""
        layer = self.layer
        if not layer.prepares_kernel:
            return equal
        assert isinstance(equal.module, CallText)
        base = equal.module.name.removeprefix("layers.")
        scale = f"{prod(layer.weights(self.x)['kernel'].shape[:-1])} ** -0.5" if layer.standardize == SCALED else "1"
        module = call(
            f"Filtering{base}",
            *equal.module.values,
            **equal.module.options,
            standardize=(bool(layer.standardize), True),
            scale=(AsIs(scale), AsIs("1")),
            gain=(layer.gain, False),
            epsilon=(layer.epsilon, 1e-6),
        )
        own = equal.arrays["kernel"]
        assert isinstance(own, Array)
        arrays = {**equal.arrays, "kernel": own._replace(path="_kernel")}
        if layer.gain:
            arrays["gain"] = Array("gain")
        return Equal(module, equal.forward, arrays, helper=_FILTERS.format(name=f"Filtering{base}", base=base))


def by_axis(pairs: Pairs) -> AsIs:
    """Amounts before and after each axis, as Keras' layers for borders take them: a number where all are alike."""
    flat = {amount for pair in pairs for amount in pair}
    if len(flat) == 1:
        return AsIs(flat.pop())
    written = [row(pair) for pair in pairs]
    return AsIs(written[0] if len(pairs) == 1 else f"({', '.join(written)})")


def zero_padded(x: str, pairs: Pairs) -> str:
    """The text of a tensor with zeros around it."""
    return f"{call(f'layers.ZeroPadding{len(pairs)}D', by_axis(pairs))}({x})" if any(map(any, pairs)) else x


def cropped(x: str, pairs: Pairs) -> str:
    """The text of a tensor without a border."""
    return f"{call(f'layers.Cropping{len(pairs)}D', by_axis(pairs))}({x})" if any(map(any, pairs)) else x


def with_numbers(x: str, pairs: Pairs, value: float, channels: tuple[int, int] = (0, 0)) -> str:
    """The text of a tensor with this number around it, and in more channels before and after."""
    every = [(0, 0), *pairs, channels]
    if not any(map(any, every)):
        return x
    return call("ops.pad", AsIs(x), AsIs(f"({', '.join(map(row, every))})"), constant_values=(value, 0))


def repeated(x: str, pairs: Pairs, spatial: Sequence[int], index: str) -> str:
    """The text of a tensor with a border of its own values. (`ops.pad` does not have all of them in all backends.)

    Args:
        index: which position each one shows, with `{places}` for their numbers, from below 0 to beyond the `{last}`.
    """
    for axis, ((before, after), n) in enumerate(zip(pairs, spatial, strict=True), 1):
        if before or after:
            places = index.format(places=f"ops.arange({-before}, {n + after})", last=n - 1)
            x = f"ops.take({x}, {places}, axis={axis})"
    return x
