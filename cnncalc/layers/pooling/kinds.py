"""Pools: a window's maximum or mean; over everything; or over as many windows as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import gcd
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Layer, Problem, Reads, pattern, wide
from cnncalc.layers.window import SlidingWindow, dilation_setting
from cnncalc.settings.setting import ByConvention, Like, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import SIZES, STEPS, TRUTH, Choice, PaddingType, Real


class _Pool(Layer):
    takes = "positions"
    makes_map = True
    border = "padding"
    principal = "window"
    window = setting(SIZES, "size of the window", symbol="k", short="{}")
    stride = setting(STEPS, "step of the window", Like("window"), symbol="s", short="stride {}")
    padding = setting(
        PaddingType(("valid", "same")),
        "border around the input",
        "0",
        symbol="p",
        short="padding {}",
    )
    rounding = setting(
        Choice("floor", "ceil"),
        "whether a last window that is cut short is left out (floor) or kept (ceil)",
        "floor",
        short="{}",
    )

    @property
    def sliding_window(self) -> SlidingWindow | None:
        return self._window()

    def _window(self) -> SlidingWindow:
        return SlidingWindow("window", self.window, self.stride, self.padding, self._dilation(), self.rounding)

    def problems(self, x: Shape) -> Iterator[Problem]:
        window = self._window()
        if min(window.counts(x.spatial)) < 1:
            yield from window.too_large(x)
        elif found := window.outside(x.spatial):
            axis, start = found
            message = "a window would contain nothing but padding"
            label = f"the window spans {window.spans[axis]}, and the padding before the input is {-start}"
            if start >= 0:
                message = "the last window would be past the end of the input"
                label = f"it would begin at position {start}, but the input ends at position {x.spatial[axis] - 1}"
            yield Problem("CNN307", "padding", message, label, ("use a padding of at most half the window",))

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention != "pytorch":
            return
        halves = [k // 2 for k in self.window]  # of the window without its dilation
        if self.padding.rule == "same":
            ways = (f"write the padding as a number: {self.settings['padding'].type.show(self.padding)}",)
            uneven = ("use an odd window, which a number pads evenly: 1 for a window of 3",)
            is_even = all(before == after for before, after in self.padding)
            yield Problem("CNN531", "padding", "PyTorch's pools have no `same`", "", ways if is_even else uneven)
        elif any(max(pair) > half for pair, half in zip(self.padding, halves, strict=True)):
            limit = STEPS.show(tuple(halves))
            message = f"PyTorch pads a pool by at most half its window, {limit} here"
            yield Problem("CNN531", "padding", message, "", ("use less padding or a larger window",))

    def _dilation(self) -> tuple[int, ...]:
        return (1,) * len(self.window)

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._window().counts(x.spatial), x.channels)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._window().reads()

    def _read_border(self, xp: Any, x: Any) -> Any:
        """An array with the border that the windows read."""
        return xp.pool_border(x.shape[1:-1], self.window, self.stride, self.padding, self._dilation(), self.rounding)


class MaxPool(_Pool):
    """The largest value in each window; padding is never picked."""

    also_called = "maxpooling maximumpool maximumpooling"
    keeps_places = True
    dilation = dilation_setting()

    def keeps_ids(self) -> bool:
        return True

    def _dilation(self) -> tuple[int, ...]:
        return self.dilation

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.window_max(xp.bordered(x, self._read_border(xp, x), -xp.inf), self.window, self.stride, self.dilation)


class AvgPool(_Pool):
    """The mean of each window."""

    also_called = "avgpooling averagepool averagepooling meanpool"
    count_padding = setting(TRUTH, "whether the mean includes padded positions", ByConvention("false", "false", "true"))

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        yield from super().remarks(inputs, convention, layout)
        x = inputs[0]
        # only in 3-D
        if convention == "pytorch" and len(x.spatial) == 3 and any(map(int.__gt__, self.window, x.spatial)):
            sizes = "×".join(map(str, x.spatial))
            message = f"PyTorch's AvgPool3d refuses an input, {sizes}, smaller than its window, whatever its padding"
            yield Problem("CNN531", "window", message, "", ("use a smaller window, or a `pad` before the pool",))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        border = self._read_border(xp, x)
        counted = self.padding if self.count_padding else [(0, 0)] * len(border)
        sums = xp.window_sum(xp.bordered(x, border), self.window, self.stride)
        return sums / xp.window_counts(x, self.window, self.stride, border, counted)


class LpPool(_Pool):
    """The p-norm of each window, (Σ|x|ᵖ)^(1/p); padding adds nothing."""

    since = 2
    also_called = "lppool lppooling powerpool normpool"
    p = setting(Real(above=0), "the power: 1 sums the absolute values, 2 is the Euclidean norm", "2", short="p {}")

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "pytorch" and any(map(any, self.padding)):
            ways = ("put a `pad` before it, which adds the same zeros",)
            yield Problem("CNN531", "padding", "PyTorch's LPPool has no padding", "", ways)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        values = xp.bordered(xp.abs(wide(xp, x)), self._read_border(xp, x))
        return (xp.window_sum(values**self.p, self.window, self.stride) ** (1 / self.p)).astype(x.dtype, copy=False)


class _GlobalPool(Layer):
    takes = "positions"
    makes_map = True
    keep_dims = setting(TRUTH, "whether to keep the spatial axes, with size 1", "false", short=lambda _: "keep dims")

    def output_shape(self, x: Shape) -> Shape:
        return Shape((1,) * len(x.spatial), x.channels) if self.keep_dims else Shape((), x.channels)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return None


class GlobalAvgPool(_GlobalPool):
    """The mean of each channel over all positions."""

    also_called = "globalaveragepool globalaveragepooling globalavgpooling gap"

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x.mean(tuple(range(1, x.ndim - 1)), keepdims=self.keep_dims)


class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel over all positions."""

    also_called = "globalmaxpooling globalmaximumpool gmp"

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x.max(tuple(range(1, x.ndim - 1)), keepdims=self.keep_dims)


class _AdaptivePool(Layer):
    """As many windows as wanted: position i of m covers ⌊i·n/m⌋ up to ⌈(i + 1)·n/m⌉, as in PyTorch."""

    takes = "positions"
    makes_map = True
    principal = "output"
    output = setting(SIZES, "number of windows, and so of output positions", symbol="output", short="to {}")

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self.output, x.channels)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        if all(size == 1 for size in self.output):
            return None
        return tuple(_adaptive_reads(n, m) for n, m in zip(x.spatial, self.output, strict=True))


def _adaptive_reads(n: int, m: int) -> Reads:
    shared = gcd(m, n)
    return pattern(m // shared, n // shared, lambda i: (i * n // m, formulas.ceil_div((i + 1) * n, m) - 1))


class AdaptiveAvgPool(_AdaptivePool):
    """The mean of each of a given number of windows."""

    also_called = "adaptiveavgpooling adaptiveaveragepool adaptiveaveragepooling"

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.adaptive(x, self.output, xp.mean)


class AdaptiveMaxPool(_AdaptivePool):
    """The maximum of each of a given number of windows."""

    also_called = "adaptivemaxpooling"

    def keeps_ids(self) -> bool:
        return True

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return xp.adaptive(x, self.output, xp.max)
