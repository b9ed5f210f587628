"""What moves values in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Equal, call, part_of_axis, row
from cnncalc.layers.keras import Keras, by_axis, repeated, with_numbers
from cnncalc.settings.axes import CHANNELS


class _KerasRow(Keras):
    """Values in one row: those of a spec with its channels first are in another order than Keras has them."""

    @property
    def values(self) -> str:
        """The input in the order of the spec."""
        return "ops.moveaxis({0}, -1, 1)" if self.layout == "channels_first" and self.x.spatial else "{0}"


class FlattenKeras(_KerasRow):
    """`Flatten`."""

    def equal(self) -> Equal:
        if self.layer.positions:
            return Equal(f"layers.Reshape((-1, {self.x.channels}))")
        is_row = self.x.channels == 1 or set(self.x.spatial) <= {1}
        return Equal("layers.Flatten()", f"{{module}}({'{0}' if is_row else self.values})")


class ReshapeKeras(_KerasRow):
    """`Reshape`."""

    def equal(self) -> Equal:
        made = f"{{module}}({self.values})"
        is_turned = self.layout == "channels_first" and self.output.spatial
        module = f"layers.Reshape({row(self.output.sizes(self.layout))})"
        return Equal(module, f"ops.moveaxis({made}, 1, -1)" if is_turned else made)


_BORDERS = {
    "reflect": "{last} - ops.abs({last} - ops.abs({places}))",
    "replicate": "ops.clip({places}, 0, {last})",
    "circular": "{places} % ({last} + 1)",
}


class PadKeras(Keras):
    """`ZeroPadding2D`, or operations."""

    def equal(self) -> Equal:
        layer = self.layer
        none, amounts = [(0, 0)] * len(layer.amounts), layer.amounts
        if layer.mode == "zeros":
            module = call(f"layers.ZeroPadding{self.rank}", by_axis(amounts))
            return Equal(module, with_numbers("{module}({0})", none, 0, layer.channels))
        if layer.mode == "constant":
            return Equal(forward=with_numbers("{0}", amounts, layer.value, layer.channels))
        border = repeated("{0}", amounts, self.x.spatial, _BORDERS[layer.mode])
        return Equal(forward=with_numbers(border, none, 0, layer.channels))


class CropKeras(Keras):
    """`Cropping2D`."""

    def equal(self) -> Equal:
        return Equal(call(f"layers.Cropping{self.rank}", by_axis(self.layer.amounts)))


class DepthToSpaceKeras(Keras):
    """Two reshapes and a transposition; TensorFlow has a function for it."""

    def equal(self) -> Equal:
        axes = len(self.x.spatial)
        is_first = self.layer.order == "channels"
        made, blocks = [self.output.channels], [self.layer.block] * axes
        split = row((-1, *self.x.spatial, *(made + blocks if is_first else blocks + made)))
        channels, first = (1 + axes, 2 + axes) if is_first else (1 + 2 * axes, 1 + axes)
        order = row((0, *(axis for i in range(axes) for axis in (1 + i, first + i)), channels))
        return Equal(forward=_moved(split, order, row((-1, *self.output.sizes("channels_last")))))


class SpaceToDepthKeras(Keras):
    """Two reshapes and a transposition; TensorFlow has a function for it."""

    def equal(self) -> Equal:
        b, axes = self.layer.block, len(self.x.spatial)
        split = row((-1, *(size for n in self.output.spatial for size in (n, b)), self.x.channels))
        outer, inner, channels = range(1, 1 + 2 * axes, 2), range(2, 2 + 2 * axes, 2), 1 + 2 * axes
        last = (channels, *inner) if self.layer.order == "channels" else (*inner, channels)
        return Equal(forward=_moved(split, row((0, *outer, *last)), row((-1, *self.output.sizes("channels_last")))))


class ChannelShuffleKeras(Keras):
    """Two reshapes and a transposition."""

    def equal(self) -> Equal:
        groups, axes = self.layer.groups, len(self.x.spatial)
        split = row((-1, *self.x.spatial, groups, self.x.channels // groups))
        order = row((*range(1 + axes), 2 + axes, 1 + axes))
        return Equal(forward=_moved(split, order, row((-1, *self.x.spatial, self.x.channels))))


def _moved(split: str, order: str, sizes: str) -> str:
    """The text of values that are divided into more axes, put in another order and joined again."""
    return f"ops.reshape(ops.transpose(ops.reshape({{0}}, {split}), {order}), {sizes})"


class SliceKeras(Keras):
    """A part of one axis."""

    def equal(self) -> Equal:
        before = "..., " if self.layer.axis == CHANNELS else ":, " * self.dimension(self.layer.axis)
        return Equal(forward=f"{{0}}[{before}{part_of_axis(self.layer, self.x)}]")


class IdentityKeras(Keras):
    """`Identity`."""

    module = "layers.Identity()"
