"""What drops values in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import AsIs, Equal, call, row
from cnncalc.layers.keras import Keras


class DropoutKeras(Keras):
    """`Dropout`."""

    def equal(self) -> Equal:
        return Equal(call("layers.Dropout", self.layer.rate))


class SpatialDropoutKeras(Keras):
    """`SpatialDropout2D`."""

    def equal(self) -> Equal:
        return Equal(call(f"layers.SpatialDropout{self.rank}", self.layer.rate))


class DropPathKeras(Keras):
    """`Dropout` of one number per sample, as in Keras' own EfficientNets."""

    def equal(self) -> Equal:
        one = AsIs(row((None, *(1,) * (len(self.x.spatial) + 1))))
        return Equal(call("layers.Dropout", self.layer.rate, noise_shape=(one, None)))
