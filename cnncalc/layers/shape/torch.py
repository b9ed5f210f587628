"""What moves values in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import AsIs, Equal, call, part_of_axis, row
from cnncalc.layers.torch import Torch, last_first, with_border


class _TorchRow(Torch):
    """Values in one row: those of a spec with its channels last are in another order than PyTorch has them."""

    @property
    def values(self) -> str:
        """The input in the order of the spec."""
        return "{0}.movedim(1, -1)" if self.layout == "channels_last" and self.x.spatial else "{0}"


class FlattenTorch(_TorchRow):
    """`Flatten`."""

    def equal(self) -> Equal:
        if self.layer.positions:
            return Equal("nn.Flatten(2)")
        is_row = self.x.channels == 1 or set(self.x.spatial) <= {1}
        return Equal("nn.Flatten()", f"{{module}}({'{0}' if is_row else self.values})")


class ReshapeTorch(_TorchRow):
    """`reshape`."""

    def equal(self) -> Equal:
        back = ".movedim(-1, 1)" if self.layout == "channels_last" and self.output.spatial else ""
        sizes = row((-1, *self.output.sizes(self.layout)))
        return Equal(forward=f"{self.values}.reshape{sizes}{back}")


_PADS = {
    "zeros": "Zero",
    "reflect": "Reflection",
    "replicate": "Replication",
    "circular": "Circular",
    "constant": "Constant",
}


class PadTorch(Torch):
    """`ZeroPad2d` and the others; `F.pad` for channels."""

    def equal(self) -> Equal:
        layer = self.layer
        value = [layer.value] if layer.mode == "constant" else []
        flat = {amount for pair in layer.amounts for amount in pair}
        amounts = flat.pop() if len(flat) == 1 else AsIs(last_first(layer.amounts))
        module = call(f"nn.{_PADS[layer.mode]}Pad{self.rank}", amounts, *value)
        pairs = [layer.channels, *((0, 0) for _ in layer.amounts)]
        return Equal(module, with_border("{module}({0})", pairs, *value))


class CropTorch(Torch):
    """A part of each axis."""

    def equal(self) -> Equal:
        kept = [f"{before or ''}:{-after or ''}" for before, after in self.layer.amounts]
        return Equal(forward=f"{{0}}[:, :, {', '.join(kept)}]")


class _TorchBlocks(Torch):
    """Blocks by `PixelShuffle` where it has the same order and works: on maps."""

    @property
    def is_pixel(self) -> bool:
        return len(self.x.spatial) == 2 and self.layer.order == "channels"


class DepthToSpaceTorch(_TorchBlocks):
    """`PixelShuffle`."""

    def equal(self) -> Equal:
        b, axes = self.layer.block, len(self.x.spatial)
        if self.is_pixel:
            return Equal(f"nn.PixelShuffle({b})")
        is_first = self.layer.order == "channels"
        made, blocks = [self.output.channels], [b] * axes
        split = row(made + blocks if is_first else blocks + made)
        channels, first = (1, 2) if is_first else (1 + axes, 1)
        order = row((0, channels, *(axis for i in range(axes) for axis in (2 + axes + i, first + i))))
        sizes = row((-1, *self.output.sizes("channels_first")))
        return Equal(forward=f"{{0}}.unflatten(1, {split}).permute{order}.reshape{sizes}")


class SpaceToDepthTorch(_TorchBlocks):
    """`PixelUnshuffle`."""

    def equal(self) -> Equal:
        b, axes = self.layer.block, len(self.x.spatial)
        if self.is_pixel:
            return Equal(f"nn.PixelUnshuffle({b})")
        split = row((-1, self.x.channels, *(size for n in self.output.spatial for size in (n, b))))
        outer, inner = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
        order = row((0, 1, *inner, *outer) if self.layer.order == "channels" else (0, *inner, 1, *outer))
        sizes = row((-1, *self.output.sizes("channels_first")))
        return Equal(forward=f"{{0}}.reshape{split}.permute{order}.reshape{sizes}")


class ChannelShuffleTorch(Torch):
    """`ChannelShuffle`."""

    def equal(self) -> Equal:
        return Equal(call("nn.ChannelShuffle", self.layer.groups))


class SliceTorch(Torch):
    """A part of one axis."""

    def equal(self) -> Equal:
        before = ":, " * self.dimension(self.layer.axis)
        return Equal(forward=f"{{0}}[{before}{part_of_axis(self.layer, self.x)}]")


class IdentityTorch(Torch):
    """`Identity`."""

    module = "nn.Identity()"
