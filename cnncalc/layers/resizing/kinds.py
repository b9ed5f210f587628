"""Layers that give the input another size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import Layer, Problem, Reads, plural
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.setting import ByConvention, Mistake, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NONE, Factors, LayerName, NewSizes
from cnncalc.settings.tensor_of import PoolName
from cnncalc.settings.types import STEPS, TRUTH, Choice
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar

if TYPE_CHECKING:
    from cnncalc.layers.resizing._interpolation import Way


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

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return tuple(self._way.reads(2, 2 * f) for f in self.factor)  # a single position is enlarged like any other

    @property
    def _way(self) -> Way:
        from cnncalc.layers.resizing._interpolation import LINEAR, NEAREST

        return NEAREST if self.mode == "nearest" else LINEAR


class Resize(Layer):
    """The input at another size: one that is written, that of another layer, or a multiple."""

    also_called = "resizing interpolate interpolation resizelike resizenearestneighbor resizebilinear resizebicubic"
    takes = "positions"
    principal = "size"
    example = "65x65"
    sized_by = "like"
    size = setting(NewSizes(), "the new spatial sizes", NONE, short=lambda size: _times(size), since=2)
    factor = setting(
        Factors(),
        "by how much each axis is enlarged or, below 1, made smaller; the new size is rounded down",
        NONE,
        short=lambda factor: (factor and f"×{Factors().show(factor)}") or "",
        since=2,
    )
    like = setting(
        LayerName(),
        "the layer or input whose spatial sizes it takes",
        NONE,
        short=lambda like: f"like {like.name}" if like else "",
    )
    mode = setting(
        Choice("nearest", "bilinear", "bicubic"),
        "take the nearest value, or interpolate along each axis, between two values or by a cubic through four",
        "nearest",
        short="{}",
    )
    align_corners = setting(
        TRUTH,
        "for interpolation: whether the centres of the outermost positions stay in place, rather than their edges",
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
        if isinstance(node, YamlScalar) and not node.is_null and not node.text.startswith("$"):
            text = node.text.strip()
            if re.fullmatch(r"[0-9]*\.[0-9]+|[0-9]+\.[0-9]*", text):
                raise Mistake("CNN206", node, "a size is whole", "", f"for a factor write `resize: {{factor: {text}}}`")
            if re.match(r"[A-Za-z_]", text):
                help = "as in `- resize: {like: conv1}`", "or a size, as in `- resize: 65x65`"
                raise Mistake("CNN205", node, "`resize` takes a size here", "a layer's size is taken by `like`", *help)
        return super().principal_settings(node, at)

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.align_corners and self.mode == "nearest":
            help = "leave it out, or add `mode: bilinear`"
            yield Problem("CNN219", "align_corners", "`align_corners` has no meaning with `mode: nearest`", "", (help,))
        given = [name for name in ("size", "factor", "like") if vars(self)[name] is not None]
        if not given:
            help = "as in `resize: 65x65`, `resize: {factor: 0.5}` or `resize: {like: conv1}`"
            yield Problem("CNN208", "", "`resize` needs a size, a `factor`, or `like`", "", (help,))
        if len(given) > 1:
            message = f"`{given[0]}` and `{given[1]}` both say how large the output is"
            yield Problem("CNN213", given[1], message, "", ("keep one of them",))
        if given == ["like"]:
            yield from self._unlike(x)
        if given == ["factor"] and 0 in self._spatial(x):
            yield Problem("CNN306", "factor", f"nothing is left of the input, {'×'.join(map(str, x.spatial))}")

    def _unlike(self, x: Shape) -> Iterator[Problem]:
        assert self.like
        own, other = len(x.spatial), len(self.like.spatial)
        if own != other:
            has = f"{plural(other, 'spatial size')}, but its input has {own}" if other else "no positions"
            help = f"name a layer with {plural(own, 'spatial size')}, perhaps one before a `flatten` or a global pool"
            yield Problem("CNN318", "like", f"`resize` cannot be like `{self.like.name}`", f"it has {has}", (help,))

    def keeps_ids(self) -> bool:
        return self.mode == "nearest"

    def _spatial(self, x: Shape) -> tuple[int, ...]:
        if self.factor is not None:
            return tuple(n * f.numerator // f.denominator for n, f in zip(x.spatial, self.factor, strict=True))
        return self._wanted

    @property
    def _wanted(self) -> tuple[int, ...]:
        """The size that is written, or that of another layer."""
        if self.size:
            return self.size
        assert self.like
        return self.like.spatial

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._spatial(x), x.channels)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        sizes = self._spatial(Shape(x.shape[1:-1], x.shape[-1]))
        for axis, (size, step) in enumerate(zip(sizes, self._steps, strict=True), 1):
            x = self._way.values(xp, x, axis, size, step)
        return x

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        sizes = self._spatial(x)
        if max(x.spatial) == 1 < max(sizes):
            return None  # a single position, which all outputs see
        return tuple(map(self._way.reads, x.spatial, sizes, self._steps))

    @property
    def _steps(self) -> tuple[tuple[int, int] | None, ...]:
        """From one output to the next, per axis, where a factor says so."""
        if self.factor is None:
            return (None,) * len(self._wanted)
        return tuple((factor.denominator, factor.numerator) for factor in self.factor)

    @property
    def _way(self) -> Way:
        from cnncalc.layers.resizing._interpolation import Way

        return Way(self.mode, self.align_corners, self.centers)


def _times(size: tuple[int, ...] | None) -> str:
    return "×".join(map(str, size or ()))


class MaxUnpool(Layer):
    """The output of a max pool spread over the pool's input size: each value goes to the place where the pool found the
    largest of its window, and all others are 0."""

    since = 2
    also_called = "maxunpooling unpool unpooling"
    takes = "positions"
    makes_map = True
    principal = "pool"
    example = "pool1"
    also_reads = ("pool",)
    pool = setting(PoolName(), "the `max_pool` that is undone, which keeps its input", symbol="pool", short="of {}")

    def problems(self, x: Shape) -> Iterator[Problem]:
        sizes, pool = self._window.counts(self.pool.shape.spatial), self.pool
        if x.spatial != sizes:
            made, found = ("×".join(map(str, each)) for each in (sizes, x.spatial))
            message = f"`{pool.name}` makes {made} positions, and here are {found}"
            yield Problem("CNN318", "pool", message, "", tuple(self._ways(x, sizes)))
        elif x.channels != pool.shape.channels:
            message = f"`{pool.name}` has {plural(pool.shape.channels, 'channel')}, and here are {x.channels:,}"
            label = "each channel has its own places"
            help = (f"put `{{conv: {pool.shape.channels}, kernel: 1}}` before it",)
            yield Problem("CNN318", "pool", message, label, help)

    def _ways(self, x: Shape, sizes: tuple[int, ...]) -> Iterator[str]:
        """What to do where the input has other positions than the pool has made."""
        if x.spatial == self.pool.shape.spatial:
            yield f"leave it out: these are as many as before `{self.pool.name}`, which is undone already"
            return
        yield f"undo the pools after `{self.pool.name}` first, the last one before the others"
        if len(x.spatial) == len(sizes) and all(n <= m for n, m in zip(x.spatial, sizes, strict=True)):
            yield "a convolution in between needs a padding that keeps the size: 1 for a kernel of 3"

    @property
    def _window(self) -> SlidingWindow:
        window: SlidingWindow = self.pool.undone
        return window

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self.pool.shape.spatial, x.channels)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._window.writes()

    def reads_further(self, name: str, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._window.shared()  # each of them may be the largest

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        window, (y, x) = self._window, x
        sizes = x.shape[1:-1]
        y, added = xp.surrounded(y, window.unwritten(sizes))
        border = window.border(sizes, y.shape[1:-1], added)
        spread = xp.unpooled(y, xp.bordered(x, border, -xp.inf), window.kernel, window.stride, window.dilation)
        inside = (slice(before, before + n) for (before, _), n in zip(border, sizes, strict=True))
        return spread[:, *inside]
