"""Layers that move, add or drop values and learn nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import CHANNEL_AXIS, ITSELF, Layer, Problem, Reads, pattern, plural, reads_in_a_row, undivided
from cnncalc.settings.axes import AXIS, CHANNELS, Range, place_of_axis
from cnncalc.settings.numbers import Sides
from cnncalc.settings.setting import ByConvention, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import COUNT, TRUTH, Choice, PaddingType, Real, ShapeType

_AMOUNTS = PaddingType(words=())


class Flatten(Layer):
    """All values in one vector, or all positions in one row."""

    also_called = "flat unroll"
    rearranges = True
    positions = setting(
        TRUTH,
        "whether only the positions are put in a row, row by row: h×w×c becomes hw×c, in either layout",
        "false",
        short=lambda positions: "positions" if positions else "",
        since=2,
    )

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.positions and x.is_vector:
            yield Problem("CNN303", "positions", f"a vector of {x.channels:,} has no positions to put in a row")

    def output_shape(self, x: Shape) -> Shape:
        if self.positions:
            return Shape((formulas.product(x.spatial),), x.channels)
        return Shape((), formulas.product([*x.spatial, x.channels]))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x.reshape(len(x), prod(x.shape[1:-1]), x.shape[-1]) if self.positions else xp.flat(x)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return reads_in_a_row(x.spatial) if self.positions else None

    def reads_channels(self, x: Shape) -> Reads | None:
        return ITSELF if self.positions else None

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        return (*(0 for _ in x.spatial), CHANNEL_AXIS)


class Reshape(Layer):
    """The same values with other sizes."""

    also_called = "view unflatten"
    rearranges = True
    principal = "shape"
    example = "7x7x64"
    shape = setting(
        ShapeType(free=True),
        "the new sizes; one of them may be -1, and is then calculated",
        short="to {}",
    )

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.shape.values != x.values:
            wanted = "×".join(map(str, self.shape.sizes("channels_last")))
            yield Problem(
                "CNN304",
                "shape",
                f"{plural(x.values, 'value')} cannot be reshaped to {wanted}",
                f"that would be {self.shape.values}"
                if self.shape.values > 0
                else f"{x.values} / {-self.shape.values} is not whole",
            )

    def output_shape(self, x: Shape) -> Shape:
        return self.shape

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x if x.shape[1:-1] == self.shape.spatial else xp.shaped(xp.flat(x), *self.shape)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        # if the positions stay the same, only channels were renamed
        return (ITSELF,) * len(x.spatial) if self._keeps_positions(x) else None

    def reads_channels(self, x: Shape) -> Reads | None:
        return ITSELF if self._keeps_positions(x) else None

    def _keeps_positions(self, x: Shape) -> bool:
        return bool(x.spatial) and self.shape.spatial == x.spatial


class _Border(Layer):
    border = "amounts"
    principal = "amounts"
    takes = "positions"
    amounts = setting(_AMOUNTS, "width of the border", symbol="p", short="{}")

    def keeps_ids(self) -> bool:
        return True


class Pad(_Border):
    """A border around the input; channels too if asked for."""

    also_called = "padding zeropadding zeropad reflectionpad replicationpad constantpad circularpad circularpadding"
    mode = setting(
        Choice("zeros", "reflect", "replicate", "circular", "constant"), "values of the border", "zeros", short="{}"
    )
    value = setting(Real(), "for `constant`: the value of the border", "0", short="{}", since=2)
    channels = setting(
        Sides(),
        "how many channels of that value, otherwise of zeros, are added before and after those of the input",
        "0",
        short=lambda pair: f"channels {pair[0]} + {pair[1]}" if any(pair) else "",
        since=2,
    )

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.value and self.mode != "constant":
            help = ("add `mode: constant`",)
            yield Problem("CNN219", "value", f"`value` has no meaning with `mode: {self.mode}`", "", help)
        spare = {"reflect": 1, "circular": 0}.get(self.mode)
        if spare is not None and any(max(p) > n - spare for p, n in zip(self.amounts, x.spatial, strict=True)):
            size = "×".join(map(str, x.spatial))
            message = (
                f"a reflected border must be smaller than the input, {size}"
                if spare
                else f"a border that wraps round cannot be wider than the input, {size}"
            )
            yield Problem("CNN309", "amounts", message, "", ("use a smaller border, or `mode: replicate`",))

    def output_shape(self, x: Shape) -> Shape:
        spatial = [_widened(n, pair) for n, pair in zip(x.spatial, self.amounts, strict=True)]
        return Shape(tuple(spatial), _widened(x.channels, self.channels))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        fill = self.value if self.mode == "constant" else 0 if self.mode == "zeros" else self.mode
        y = xp.bordered(x, self.amounts, fill)
        if not any(self.channels):
            return y
        return xp.pad(y, [(0, 0)] * (y.ndim - 1) + [self.channels], constant_values=self.value)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return tuple(Reads(1, 1, (-before,), (-before,)) for before, _ in self.amounts)

    def reads_channels(self, x: Shape) -> Reads | None:
        before, _ = self.channels
        return Reads(1, 1, (-before,), (-before,))


def _widened(n: int, pair: tuple[int, int]) -> int:
    """A size with what is added before and after."""
    before, after = pair
    return n + 2 * before if before == after else n + before + after


class Crop(_Border):
    """The input without a border."""

    also_called = "cropping"
    crops = True

    def problems(self, x: Shape) -> Iterator[Problem]:
        if any(sum(pair) >= n for pair, n in zip(self.amounts, x.spatial, strict=True)):
            yield Problem(
                "CNN306",
                "amounts",
                f"nothing is left of the input, {'×'.join(map(str, x.spatial))}",
                "",
                ("crop less",),
            )

    def output_shape(self, x: Shape) -> Shape:
        sizes = zip(x.spatial, self.amounts, strict=True)
        return Shape(
            tuple(n - 2 * before if before == after else n - before - after for n, (before, after) in sizes), x.channels
        )

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        kept = zip(x.shape[1:-1], self.amounts, strict=True)
        return x[:, *(slice(before, n - after) for n, (before, after) in kept)]

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return tuple(Reads(1, 1, (before,), (before,)) for before, _ in self.amounts)


def _first(i: int) -> tuple[int, int]:
    """The first position, for all of a block."""
    return 0, 0


class _Blocks(Layer):
    rearranges = True
    principal = "block"
    takes = "positions"
    block = setting(COUNT, "side of the blocks", symbol="b", short="block {}")
    order = setting(
        Choice("blocks", "channels"),
        "which channels are neighbours: all those for one place in the block (`blocks`, as in TensorFlow), or all "
        "places for one channel (`channels`, as in PyTorch's PixelShuffle)",
        ByConvention("blocks", "blocks", "channels"),
    )

    def keeps_ids(self) -> bool:
        return True


class DepthToSpace(_Blocks):
    """Channels rearranged into blocks of positions (sub-pixel convolution, PixelShuffle)."""

    also_called = "pixelshuffle subpixel"

    def problems(self, x: Shape) -> Iterator[Problem]:
        area = self.block ** len(x.spatial)
        if x.channels % area:
            yield Problem(
                "CNN302",
                "block",
                f"blocks of {area} positions do not divide {plural(x.channels, 'channel')}",
                f"{x.channels} / {area} is not whole",
            )

    def output_shape(self, x: Shape) -> Shape:
        area = formulas.product([self.block] * len(x.spatial))
        return Shape(tuple(n * self.block for n in x.spatial), formulas.exact_div(x.channels, area))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        spatial, b = x.shape[1:-1], self.block
        rank = len(spatial)
        blocks = (b,) * rank
        made = x.shape[-1] // b**rank
        inside = (*blocks, made) if self.order == "blocks" else (made, *blocks)
        first = 1 + rank if self.order == "blocks" else 2 + rank
        channels = 1 + 2 * rank if self.order == "blocks" else 1 + rank
        axes = [axis for i in range(rank) for axis in (1 + i, first + i)]
        y = x.reshape(len(x), *spatial, *inside).transpose(0, *axes, channels)
        return y.reshape(len(x), *(n * b for n in spatial), y.shape[-1])

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return (pattern(self.block, 1, _first),) * len(x.spatial)

    def reads_channels(self, x: Shape) -> Reads | None:
        area = self.block ** len(x.spatial)
        if self.order == "channels":
            return Reads(1, area, (0,), (area - 1,))
        return Reads(1, 1, (0,), ((area - 1) * (x.channels // area),))


class SpaceToDepth(_Blocks):
    """Blocks of positions stacked as channels."""

    also_called = "pixelunshuffle"

    def problems(self, x: Shape) -> Iterator[Problem]:
        if any(n % self.block for n in x.spatial):
            yield Problem(
                "CNN302",
                "block",
                f"blocks of side {self.block} do not divide the input, {'×'.join(map(str, x.spatial))}",
                "",
                ("pad or crop the input first",),
            )

    def output_shape(self, x: Shape) -> Shape:
        spatial = tuple(formulas.exact_div(n, self.block) for n in x.spatial)
        return Shape(spatial, formulas.product([*([self.block] * len(x.spatial)), x.channels]))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        spatial, b = [n // self.block for n in x.shape[1:-1]], self.block
        rank = len(spatial)
        split = x.reshape(len(x), *(size for n in spatial for size in (n, b)), x.shape[-1])
        outer, inner = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
        behind = (*inner, 2 * rank + 1) if self.order == "blocks" else (2 * rank + 1, *inner)
        return split.transpose(0, *outer, *behind).reshape(len(x), *spatial, b**rank * x.shape[-1])

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return (Reads(1, self.block, (0,), (self.block - 1,)),) * len(x.spatial)

    def reads_channels(self, x: Shape) -> Reads | None:
        if self.order == "channels":
            return pattern(self.block ** len(x.spatial), 1, _first)
        return pattern(x.channels, 0, lambda place: (place, place))


class ChannelShuffle(Layer):
    """Channels dealt out in turn to the groups (ShuffleNet)."""

    also_called = "shufflechannels"
    rearranges = True
    principal = "groups"
    takes = "positions"
    groups = setting(COUNT, "groups between which the channels are exchanged", short="{} groups")

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from undivided(x.channels, self.groups, "channel")

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        apart = x.reshape(*x.shape[:-1], self.groups, x.shape[-1] // self.groups)
        return apart.swapaxes(-1, -2).reshape(x.shape)

    def reads_channels(self, x: Shape) -> Reads | None:
        each = x.channels // self.groups
        return pattern(self.groups, 1, lambda place: (place * each, place * each))


class Slice(Layer):
    """Some of the channels, or of the places along another axis."""

    principal = "range"
    example = "[0, 16]"
    range = setting(
        Range(),
        "[start, stop], counted from 0, stop excluded; it may be `end`, and negative numbers count from there",
        short=lambda range: f"{range[0]}…{range[1] - 1}",
    )
    axis = setting(
        AXIS, "the axis along which they are taken", CHANNELS, short=lambda axis: f"along the {axis}", since=2
    )
    step = setting(COUNT, "takes every one (1), every second (2), …", "1", short="step {}", since=2)

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        start, stop = self.range
        size = x.sizes("channels_last")[place_of_axis(self.axis, len(x.spatial))]
        if not 0 <= start < stop <= size:
            noun = "channel" if self.axis == CHANNELS else f"place along the {self.axis}"
            nouns = "" if self.axis == CHANNELS else f"places along the {self.axis}"
            yield Problem(
                "CNN306",
                "range",
                f"[{start}, {stop}] is not a part of {plural(size, noun, nouns)}",
                f"expected 0 ≤ start < stop ≤ {size}",
            )

    def output_shape(self, x: Shape) -> Shape:
        start, stop = self.range
        sizes = list(x.sizes("channels_last"))
        kept = stop - start if self.step == 1 else formulas.ceil_div(stop - start, self.step)
        sizes[place_of_axis(self.axis, len(x.spatial))] = kept
        return Shape.of(tuple(sizes))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        before = (slice(None),) * (1 + place_of_axis(self.axis, x.ndim - 2))
        return x[*before, slice(*self.range, self.step)]

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        along = place_of_axis(self.axis, len(x.spatial))
        return tuple(self._taken if axis == along else ITSELF for axis in range(len(x.spatial)))

    def reads_channels(self, x: Shape) -> Reads | None:
        return self._taken if self.axis == CHANNELS else ITSELF

    @property
    def _taken(self) -> Reads:
        start, _ = self.range
        return Reads(1, self.step, (start,), (start,))


class Identity(Layer):
    """Does nothing: a place to give a name to."""

    also_called = "noop"
    is_idle = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x
