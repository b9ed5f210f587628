"""What moves values in ONNX."""

from __future__ import annotations

from cnncalc.layers.onnx import Onnx
from cnncalc.settings.axes import place_of_axis


class _OnnxRow(Onnx):
    """Values in one row: those of a spec with its channels last are in another order than ONNX has them."""

    @property
    def in_order(self) -> str:
        """The input in the order of the spec."""
        return self.channels_last(self.values) if self.layout == "channels_last" else self.values


class FlattenOnnx(_OnnxRow):
    def write(self) -> str:
        x = self.x
        if self.layer.positions:
            return self.reshaped(self.values, x.channels, -1)
        is_row = x.channels == 1 or set(x.spatial) <= {1}
        return self.op("Flatten", self.values if is_row else self.in_order, axis=1)


class ReshapeOnnx(_OnnxRow):
    def write(self) -> str:
        y = self.reshaped(self.in_order, *self.output.sizes(self.layout))
        return self.channels_first(y, len(self.output.spatial)) if self.layout == "channels_last" else y


_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap", "constant": "constant"}


class PadOnnx(Onnx):
    def write(self) -> str:
        layer = self.layer
        value = layer.value if layer.mode == "constant" else 0
        y = self.padded(self.values, layer.amounts, _MODES[layer.mode], value)
        return self.bordered(y, [layer.channels, *((0, 0) for _ in layer.amounts)], value=value)


class CropOnnx(Onnx):
    """`Slice`."""

    def write(self) -> str:
        axes = [axis for axis, amounts in enumerate(self.layer.amounts) if any(amounts)]
        starts = [self.layer.amounts[axis][0] for axis in axes]
        stops = [self.x.spatial[axis] - self.layer.amounts[axis][1] for axis in axes]
        if not axes:
            return self.op("Identity", self.values)
        places = [2 + axis for axis in axes]
        return self.op("Slice", self.values, self.integers(*starts), self.integers(*stops), self.integers(*places))


class _OnnxBlocks(Onnx):
    @property
    def is_first(self) -> bool:
        """Whether the channels of a block are next to one another."""
        return bool(self.layer.order == "channels")


class DepthToSpaceOnnx(_OnnxBlocks):
    def write(self) -> str:
        b, axes = self.layer.block, self.rank
        if axes == 2:
            return self.op("DepthToSpace", self.values, blocksize=b, mode="CRD" if self.is_first else "DCR")
        made, blocks = [self.output.channels], [b] * axes
        split = self.reshaped(self.values, *(made + blocks if self.is_first else blocks + made), *self.x.spatial)
        channels, first = (1, 2) if self.is_first else (1 + axes, 1)
        order = (0, channels, *(axis for i in range(axes) for axis in (2 + axes + i, first + i)))
        return self.reshaped(self.transposed(split, *order), *self.output.sizes("channels_first"))


class SpaceToDepthOnnx(_OnnxBlocks):
    def write(self) -> str:
        b, axes = self.layer.block, self.rank
        if axes == 2 and not self.is_first:
            return self.op("SpaceToDepth", self.values, blocksize=b)
        split = self.reshaped(self.values, self.x.channels, *(size for n in self.output.spatial for size in (n, b)))
        outer, inner = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
        order = (0, 1, *inner, *outer) if self.is_first else (0, *inner, 1, *outer)
        return self.reshaped(self.transposed(split, *order), *self.output.sizes("channels_first"))


class ChannelShuffleOnnx(Onnx):
    def write(self) -> str:
        x, groups = self.x, self.layer.groups
        split = self.reshaped(self.values, groups, x.channels // groups, *x.spatial)
        shuffled = self.transposed(split, 0, 2, 1, *range(3, 3 + self.rank))
        return self.reshaped(shuffled, x.channels, *x.spatial)


class SliceOnnx(Onnx):
    def write(self) -> str:
        layer = self.layer
        start, stop = layer.range
        size = self.x.sizes("channels_last")[place_of_axis(layer.axis, self.rank)]
        return self.sliced(self.values, self.dimension(layer.axis), start, min(stop, size), layer.step)


class IdentityOnnx(Onnx):
    operator = "Identity"
