"""Layers that move, add or drop values and learn nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.layers.base import ITSELF, Layer, Problem, Reads, pattern, plural, undivided
from cnncalc.settings.numbers import Sides
from cnncalc.settings.setting import ByConvention, Mistake, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import LayerName
from cnncalc.settings.types import COUNT, STEPS, TRUTH, ChannelRange, Choice, PaddingType, Real, ShapeType
from cnncalc.source.yaml_nodes import YamlNode

if TYPE_CHECKING:
    from cnncalc.layers.shape._interpolation import Way

_AMOUNTS = PaddingType(words=())


class Flatten(Layer):
    """All values in one vector."""

    also_called = "flat unroll"
    rearranges = True

    def keeps_ids(self) -> bool:
        return True

    def output_shape(self, x: Shape) -> Shape:
        return Shape((), formulas.product([*x.spatial, x.channels]))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.flat(x)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return None


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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        # if the positions stay the same, only channels were renamed
        return (ITSELF,) * len(x.spatial) if x.spatial and self.shape.spatial == x.spatial else None


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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(Reads(1, 1, (-before,), (-before,)) for before, _ in self.amounts)


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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(Reads(1, 1, (before,), (before,)) for before, _ in self.amounts)


class Upsample(Layer):
    """Enlarges the input: repeats every position, or interpolates between positions."""

    also_called = "upsampling upsamplingnearest upsamplenearest upsamplingbilinear upsamplebilinear"
    principal = "factor"
    takes = "positions"
    factor = setting(STEPS, "by how much each axis is enlarged", symbol="f", short="×{}")
    mode = setting(
        Choice("nearest", "bilinear"),
        "repeat the nearest value, or interpolate (between pixel centres, as with align_corners=False)",
        "nearest",
        short="{}",
    )

    def keeps_ids(self) -> bool:
        return self.mode == "nearest"

    def output_shape(self, x: Shape) -> Shape:
        return Shape(tuple(n * f for n, f in zip(x.spatial, self.factor, strict=True)), x.channels)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        for axis, factor in enumerate(self.factor, 1):
            x = self._way.values(xp, x, axis, factor * x.shape[axis])
        return x

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(self._way.reads(2, 2 * f) for f in self.factor)  # a single position is enlarged like any other

    @property
    def _way(self) -> Way:
        from cnncalc.layers.shape._interpolation import LINEAR, NEAREST

        return NEAREST if self.mode == "nearest" else LINEAR


class Resize(Layer):
    """The input resized to the size of another layer, which need not be a multiple of its own."""

    also_called = "resizing interpolate interpolation resizelike resizenearestneighbor resizebilinear"
    takes = "positions"
    leads = sized_by = "like"
    like = setting(LayerName(), "the layer or input whose spatial sizes it takes", short="like {}")
    mode = setting(
        Choice("nearest", "bilinear"), "take the nearest value, or interpolate along each axis", "nearest", short="{}"
    )
    align_corners = setting(
        TRUTH,
        "for `bilinear`: whether the centres of the outermost positions stay in place, rather than their edges",
        "false",
        short=lambda _: "align corners",
    )
    centers = setting(
        TRUTH,
        "for `nearest`: whether the value under the centre of a new position is taken (`nearest-exact` in PyTorch), or "
        "the one under its edge",
        ByConvention("false", "true", "false"),
    )

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        help = "as in `- resize: {like: conv1}`", "for whole factors `- upsample: 2`"
        raise Mistake("CNN205", node, "`resize` takes the size of another layer", "", *help)

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.align_corners and self.mode == "nearest":
            help = "leave it out, or add `mode: bilinear`"
            yield Problem("CNN219", "align_corners", "`align_corners` has no meaning with `mode: nearest`", "", (help,))
        own, other = len(x.spatial), len(self.like.spatial)
        if own != other:
            has = f"{plural(other, 'spatial size')}, but its input has {own}" if other else "no positions"
            help = f"name a layer with {plural(own, 'spatial size')}, perhaps one before a `flatten` or a global pool"
            yield Problem("CNN318", "like", f"`resize` cannot be like `{self.like.name}`", f"it has {has}", (help,))

    def keeps_ids(self) -> bool:
        return self.mode == "nearest"

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self.like.spatial, x.channels)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        for axis, size in enumerate(self.like.spatial, 1):
            x = xp.repeat(x, size, axis) if x.shape[axis] == 1 else self._way.values(xp, x, axis, size)
        return x

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        if max(x.spatial) == 1 < max(self.like.spatial):
            return None  # a single position, which all outputs see
        return tuple(map(self._way.reads, x.spatial, self.like.spatial))

    @property
    def _way(self) -> Way:
        from cnncalc.layers.shape._interpolation import Way

        return Way(self.mode == "bilinear", self.align_corners, self.centers)


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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return (pattern(self.block, 1, _first),) * len(x.spatial)


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

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return (Reads(1, self.block, (0,), (self.block - 1,)),) * len(x.spatial)


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


class Slice(Layer):
    """Some of the channels."""

    principal = "channels"
    example = "[0, 16]"
    channels = setting(
        ChannelRange(),
        "[start, stop], counted from 0, stop excluded; the stop may be `end`",
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
                f"[{start}, {stop}] is not a part of {plural(x.channels, 'channel')}",
                f"expected start < stop ≤ {x.channels}",
            )

    def output_shape(self, x: Shape) -> Shape:
        start, stop = self.channels
        return Shape(x.spatial, stop - start)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        start, stop = self.channels
        return x[..., start:stop]


class Identity(Layer):
    """Does nothing: a place to give a name to."""

    also_called = "noop"
    is_idle = True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x
