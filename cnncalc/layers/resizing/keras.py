"""What gives another size in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Equal, NoEqual, call
from cnncalc.layers.keras import Keras


class UpsampleKeras(Keras):
    """`UpSampling2D`."""

    def equal(self) -> Equal:
        mode = self.layer.mode
        if mode != "nearest" and len(self.x.spatial) != 2:
            raise NoEqual("Keras interpolates only maps, not sequences or volumes")
        return Equal(call(f"layers.UpSampling{self.rank}", self.layer.factor, interpolation=(mode, "nearest")))


class MaxUnpoolKeras(Keras):
    """Nothing."""

    def equal(self) -> Equal:
        raise NoEqual("Keras' pools do not say where their largest values were")


class ResizeKeras(Keras):
    """`Resizing`, of maps; the nearest value is that under the centre."""

    def equal(self) -> Equal:
        layer, sizes = self.layer, self.output.spatial
        if layer.factor and any((n * f).denominator > 1 for n, f in zip(self.x.spatial, layer.factor, strict=True)):
            raise NoEqual("Keras' Resizing takes sizes: with a factor that had to be rounded, positions are elsewhere")
        if layer.mode == "bicubic":
            raise NoEqual("Keras' cubic interpolation depends on the backend: TensorFlow's has a = −1/2")
        if len(sizes) != 2:
            raise NoEqual("Keras resizes only maps, not sequences or volumes")
        if layer.align_corners:
            raise NoEqual("Keras' Resizing has no `align_corners`")
        if (
            layer.mode == "nearest"
            and not layer.centers
            and any(m % n for n, m in zip(self.x.spatial, sizes, strict=True))
        ):
            raise NoEqual("Keras' Resizing takes the nearest value under the centre of a position, not under its edge")
        return Equal(call("layers.Resizing", *sizes, interpolation=(layer.mode, "bilinear")))
