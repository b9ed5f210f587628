"""Layers that move, add or drop values and learn nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cnncalc import rules
from cnncalc.layers.base import ITSELF, Layer, Problem, Reads, pattern, plural
from cnncalc.spec.settings import ByConvention, Shape, setting
from cnncalc.spec.types import COUNT, STEPS, ChannelRange, Choice, PaddingType, ShapeType

_AMOUNTS = PaddingType(words=())


def _order() -> str:
    return setting(
        Choice("blocks", "channels"),
        "which channels lie side by side: all those of one place in the block (`blocks`, as in TensorFlow), or all "
        "places of one channel (`channels`, as in PyTorch's PixelShuffle)",
        ByConvention("blocks", "blocks", "channels"),
    )


class Flatten(Layer):
    """All values in one vector."""

    def keeps_ids(self) -> bool:
        return True

    def output_shape(self, x: Shape) -> Shape:
        return Shape((), rules.product([*x.spatial, x.channels]))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.flat(x)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return None


class Reshape(Layer):
    """The same values under other sizes."""

    principal = "shape"
    shape = setting(
        ShapeType(free=True),
        "the new sizes; one of them may be -1, and is then worked out",
        short=lambda s: f"to {s.text()}",
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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        # where the positions stay the same, only channels were renamed
        return (ITSELF,) * len(x.spatial) if x.spatial and self.shape.spatial == x.spatial else None


class Identity(Layer):
    """Nothing: a place to give a name to."""

    is_idle = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x


class Pad(Layer):
    """A border around the input."""

    principal = "amounts"
    takes = "positions"
    amounts = setting(_AMOUNTS, "width of the border", symbol="p", short="{}")
    mode = setting(Choice("zeros", "reflect", "replicate"), "what the border holds", "zeros", short="{}")

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.mode == "reflect" and any(max(pair) >= n for pair, n in zip(self.amounts, x.spatial, strict=True)):
            yield Problem(
                "CNN309",
                "amounts",
                f"a reflected border must be smaller than the input, {'×'.join(map(str, x.spatial))}",
                "",
                ("use a smaller border, or `mode: replicate`",),
            )

    def output_shape(self, x: Shape) -> Shape:
        sizes = zip(x.spatial, self.amounts, strict=True)
        return Shape(
            tuple(n + 2 * before if before == after else n + before + after for n, (before, after) in sizes), x.channels
        )

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.border(x, self.amounts, self.mode)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(Reads(1, 1, (-before,), (-before,)) for before, _ in self.amounts)


class Crop(Layer):
    """The input without a border."""

    principal = "amounts"
    takes = "positions"
    amounts = setting(_AMOUNTS, "width of the border", symbol="p", short="{}")

    def keeps_ids(self) -> bool:
        return True

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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(Reads(1, 1, (before,), (before,)) for before, _ in self.amounts)


class Upsample(Layer):
    """Enlarges the input: repeats every position, or interpolates between positions."""

    principal = "factor"
    takes = "positions"
    factor = setting(STEPS, "how many times as large", symbol="f", short="×{}")
    mode = setting(
        Choice("nearest", "bilinear"),
        "repeat the nearest value, or interpolate (pixel centres, as align_corners=False)",
        "nearest",
        short="{}",
    )

    def keeps_ids(self) -> bool:
        return self.mode == "nearest"

    def output_shape(self, x: Shape) -> Shape:
        return Shape(tuple(n * f for n, f in zip(x.spatial, self.factor, strict=True)), x.channels)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        for axis, factor in enumerate(self.factor, 1):
            x = xp.repeat(x, factor, axis) if self.mode == "nearest" else _interpolated(xp, x, axis, factor)
        return x

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(pattern(f, 1, _first if self.mode == "nearest" else partial(_between, f)) for f in self.factor)


def _first(i: int) -> tuple[int, int]:
    """The first position, for all of a block."""
    return 0, 0


def _interpolated(xp: Any, x: Any, axis: int, factor: int) -> Any:
    """Enlarged along one axis; beyond the outermost centres their values go on."""
    between = [_between(factor, i) for i in range(factor)]
    starts = 1 + xp.arange(x.shape[axis]).repeat(factor)  # behind the border
    low, high = (starts + xp.tile([each[side] for each in between], x.shape[axis]) for side in (0, 1))
    parts = [(2 * i + 1 - factor) % (2 * factor) / (2 * factor) for i in range(factor)]
    shape = [-1 if each == axis else 1 for each in range(x.ndim)]
    part = xp.tile(xp.asarray(parts, x.dtype), x.shape[axis]).reshape(shape)
    x = xp.border(x, [(1, 1) if each == axis else (0, 0) for each in range(1, x.ndim - 1)], "replicate")
    return (1 - part) * x.take(low, axis) + part * x.take(high, axis)


def _between(f: int, i: int) -> tuple[int, int]:
    """The two centres of the input between which output i lies: at (2i + 1 − f) / 2f."""
    return (2 * i + 1 - f) // (2 * f), rules.ceil_div(2 * i + 1 - f, 2 * f)


class DepthToSpace(Layer):
    """Channels spread over blocks of positions (sub-pixel convolution, PixelShuffle)."""

    principal = "block"
    takes = "positions"
    block = setting(COUNT, "side of the blocks", symbol="b", short="block {}")
    order = _order()

    def keeps_ids(self) -> bool:
        return True

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
        area = rules.product([self.block] * len(x.spatial))
        return Shape(tuple(n * self.block for n in x.spatial), rules.exact_div(x.channels, area))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        spatial, b = x.shape[1:-1], self.block
        rank = len(spatial)
        blocks = (b,) * rank
        inside = (*blocks, -1) if self.order == "blocks" else (-1, *blocks)
        first = 1 + rank if self.order == "blocks" else 2 + rank
        channels = 1 + 2 * rank if self.order == "blocks" else 1 + rank
        axes = [axis for i in range(rank) for axis in (1 + i, first + i)]
        y = x.reshape(len(x), *spatial, *inside).transpose(0, *axes, channels)
        return y.reshape(len(x), *(n * b for n in spatial), y.shape[-1])

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return (pattern(self.block, 1, _first),) * len(x.spatial)


class SpaceToDepth(Layer):
    """Blocks of positions stacked as channels."""

    principal = "block"
    takes = "positions"
    block = setting(COUNT, "side of the blocks", symbol="b", short="block {}")
    order = _order()

    def keeps_ids(self) -> bool:
        return True

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
        spatial = tuple(rules.exact_div(n, self.block) for n in x.spatial)
        return Shape(spatial, rules.product([*([self.block] * len(x.spatial)), x.channels]))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        spatial, b = [n // self.block for n in x.shape[1:-1]], self.block
        rank = len(spatial)
        split = x.reshape(len(x), *(size for n in spatial for size in (n, b)), x.shape[-1])
        outer, inner = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
        behind = (*inner, 2 * rank + 1) if self.order == "blocks" else (2 * rank + 1, *inner)
        return split.transpose(0, *outer, *behind).reshape(len(x), *spatial, -1)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return (Reads(1, self.block, (0,), (self.block - 1,)),) * len(x.spatial)


class ChannelShuffle(Layer):
    """Channels dealt out in turn to the groups (ShuffleNet)."""

    principal = "groups"
    takes = "positions"
    groups = setting(COUNT, "groups between which the channels are exchanged", short="{} groups")

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        if x.channels % self.groups:
            yield Problem(
                "CNN302",
                "groups",
                f"{self.groups} groups do not divide {plural(x.channels, 'channel')}",
                f"{x.channels} / {self.groups} is not whole",
            )

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x.reshape(*x.shape[:-1], self.groups, -1).swapaxes(-1, -2).reshape(x.shape)


class Slice(Layer):
    """Some of the channels."""

    principal = "channels"
    channels = setting(
        ChannelRange(),
        "[start, stop], from 0, the stop excluded; the stop may be `end`",
        short=lambda c: f"channels {c[0]}…{c[1] - 1}",
    )

    def keeps_ids(self) -> bool:
        return True

    def problems(self, x: Shape) -> Iterator[Problem]:
        start, stop = self.channels
        if not start < stop <= x.channels:
            yield Problem(
                "CNN306",
                "channels",
                f"[{start}, {stop}] is no part of {plural(x.channels, 'channel')}",
                f"expected start < stop ≤ {x.channels}",
            )

    def output_shape(self, x: Shape) -> Shape:
        start, stop = self.channels
        return Shape(x.spatial, stop - start)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        start, stop = self.channels
        return x[..., start:stop]
