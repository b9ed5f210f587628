"""What moves values in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cnncalc.layers.equals import ANY, FIRST, LAST, AsIs, Equal, call, part_of_axis, row
from cnncalc.layers.torch import Torch, TorchInAnyOrder, last_first, with_border
from cnncalc.settings.axes import CHANNELS


class FlattenTorch(Torch):
    """`Flatten`, of values in the order of the spec; of the positions alone `flatten`."""

    def orders(self) -> tuple[str, ...]:
        is_row = self.x.channels == 1 or set(self.x.spatial) <= {1}
        return ANY if is_row or self.layer.positions else (self.layout,)

    def equal(self) -> Equal:
        if self.layer.positions:
            axes = "2" if self.order == FIRST else f"1, {len(self.x.spatial)}"
            return Equal(forward=f"{{0}}.flatten({axes})")
        return Equal("nn.Flatten()")


class ReshapeTorch(Torch):
    """`reshape`, of values in the order of the spec, unless the channels of each position stay together."""

    def orders(self) -> tuple[str, ...]:
        stay = self.x.channels == self.output.channels and self.x.spatial and self.output.spatial
        return ANY if stay else (self.layout,)

    def equal(self) -> Equal:
        return Equal(forward=f"{{0}}.reshape{row((-1, *self.output.sizes(self.order)))}")


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


class CropTorch(TorchInAnyOrder):
    """A part of each axis."""

    def equal(self) -> Equal:
        kept = [f"{before or ''}:{-after or ''}" for before, after in self.layer.amounts]
        before = ":, :" if self.order == FIRST else ":"
        return Equal(forward=f"{{0}}[{before}, {', '.join(kept)}]")


class _TorchBlocks(Torch):
    """Blocks by `PixelShuffle` where it has the same order and works: on maps."""

    def orders(self) -> tuple[str, ...]:
        return (FIRST,) if self.is_pixel else ANY

    @property
    def is_pixel(self) -> bool:
        return len(self.x.spatial) == 2 and self.layer.order == "channels"


class DepthToSpaceTorch(_TorchBlocks):
    """`PixelShuffle`."""

    def equal(self) -> Equal:
        b, axes = self.layer.block, len(self.x.spatial)
        if self.order == FIRST and self.is_pixel:
            return Equal(f"nn.PixelShuffle({b})")
        parts = row((-1, *[b] * axes) if self.layer.order == "channels" else (*[b] * axes, -1))
        start = 1 if self.order == FIRST else 1 + axes  # where channels and blocks are after the division
        channels, block = (start, start + 1) if self.layer.order == "channels" else (start + axes, start)
        position = 2 + axes if self.order == FIRST else 1
        joined = [axis for i in range(axes) for axis in (position + i, block + i)]
        order = (0, channels, *joined) if self.order == FIRST else (0, *joined, channels)
        first = order.index(position)
        flat = "".join(f".flatten({axis}, {axis + 1})" for axis in range(first, first + axes))
        divided = f"{{0}}.unflatten({1 if self.order == FIRST else -1}, {parts})"
        return Equal(forward=f"{divided}.permute{row(order)}{flat}")


class SpaceToDepthTorch(_TorchBlocks):
    """`PixelUnshuffle`."""

    def equal(self) -> Equal:
        b, axes = self.layer.block, len(self.x.spatial)
        if self.order == FIRST and self.is_pixel:
            return Equal(f"nn.PixelUnshuffle({b})")
        if self.layer.order == "blocks" and 1 < b**axes <= 4:
            return Equal(forward=f"torch.cat(({', '.join(self._neighbours())}), dim={self.dimension(CHANNELS)})")
        start, channels = (2, 1) if self.order == FIRST else (1, 1 + 2 * axes)
        divided = "".join(f".unflatten({axis}, (-1, {b}))" for axis in reversed(range(start, start + axes)))
        outer, inner = (range(start + i, start + 2 * axes, 2) for i in (0, 1))
        made = (channels, *inner) if self.layer.order == "channels" else (*inner, channels)
        if self.order == FIRST:
            return Equal(forward=f"{{0}}{divided}.permute{row((0, *made, *outer))}.flatten(1, {1 + axes})")
        return Equal(forward=f"{{0}}{divided}.permute{row((0, *outer, *made))}.flatten({1 + axes})")

    def _neighbours(self) -> Iterator[str]:
        """Each position of a block, of all blocks."""
        before = [":"] if self.order == LAST else [":", ":"]
        each = [f"{place or ''}::{self.layer.block}" for place in range(self.layer.block)]
        for places in product(each, repeat=len(self.x.spatial)):
            yield f"{{0}}[{', '.join([*before, *places])}]"


class ChannelShuffleTorch(Torch):
    """`ChannelShuffle`."""

    def equal(self) -> Equal:
        return Equal(call("nn.ChannelShuffle", self.layer.groups))


class SliceTorch(TorchInAnyOrder):
    """A part of one axis."""

    def equal(self) -> Equal:
        return Equal(forward=f"{{0}}[{self.begins_at(self.layer.axis)}{part_of_axis(self.layer, self.x)}]")


class IdentityTorch(TorchInAnyOrder):
    """`Identity`."""

    module = "nn.Identity()"
