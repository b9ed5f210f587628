"""Pools as they are compared: by their windows, whether these are written or follow from the number of outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cnncalc.layers.canonical import Canonical, Computation, reduced_along
from cnncalc.layers.resizing.canonical import REPEATED
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.axes import AXES
from cnncalc.settings.shape import Padding, Shape


class _Pooling(Canonical):
    how: ClassVar[str] = ""
    """What is made of all positions, if a window covers them; "" if there is no such calculation."""

    def _window(self) -> SlidingWindow:
        window: SlidingWindow = self.layer.sliding_window
        return window

    def calculations(self) -> Sequence[Computation]:
        window = self._window()
        spatial = self.x.spatial
        border = window.border(spatial)
        counted = self._counted(border)
        if self.how and self._covers(window, border) and not any(map(any, counted)):
            return reduced_along(self.how, self.x, AXES[len(spatial)], self.output)
        if self.how and {*window.kernel, *window.stride} == {1} and not any(map(any, border)):
            return ()  # each window is one position
        axes = zip(window.kernel, window.stride, self.output.spatial, strict=True)
        settings = {
            "window": window.kernel,
            "stride": tuple(k if count == 1 else s for k, s, count in axes),
            "padding": border,
            "dilation": tuple(1 if k == 1 else d for k, d in zip(window.kernel, window.dilation, strict=True)),
            **({"counted": counted} if any(map(any, counted)) else {}),
            **self._more(),
        }
        return (self.calculation(self.name, settings),)

    name: ClassVar[str] = ""

    def _covers(self, window: SlidingWindow, border: Sequence[tuple[int, int]]) -> bool:
        """Whether there is one window, and every position is in it."""
        return (
            set(self.output.spatial) == {1}
            and set(window.dilation) == {1}
            and all(
                n + before + after == k
                for n, k, (before, after) in zip(self.x.spatial, window.kernel, border, strict=True)
            )
        )

    def _counted(self, border: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        """How much of the border counts in a mean."""
        return ()

    def _more(self) -> Mapping[str, Any]:
        return {}


class MaxPoolCanonical(_Pooling):
    """Zeros around it are as good as its own border, which is never picked, where no value is smaller."""

    how = "max"
    name = "max_pool"

    def after_zeros(self, amounts: Padding, x: Shape, is_positive: bool) -> Canonical | None:
        joined = _with_border(self, amounts, x) if is_positive else None
        return joined if joined and not joined.layer.sliding_window.outside(x.spatial) else None


class AvgPoolCanonical(_Pooling):
    how = "mean"
    name = "avg_pool"

    def _counted(self, border: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        if not self.layer.count_padding:
            return ()
        own = zip(border, self.layer.padding, strict=True)
        return tuple((min(before, b), min(after, a)) for (before, after), (b, a) in own)

    def after_zeros(self, amounts: Padding, x: Shape, is_positive: bool) -> Canonical | None:
        if any(map(any, self.layer.padding)):
            return None  # the mean would have to count one border and not the other
        return _with_border(self, amounts, x, count_padding=True)


class LpPoolCanonical(_Pooling):
    name = "lp_pool"

    def after_zeros(self, amounts: Padding, x: Shape, is_positive: bool) -> Canonical | None:
        return _with_border(self, amounts, x)

    def _more(self) -> Mapping[str, Any]:
        return {"p": self.layer.p}


def _with_border(pool: _Pooling, amounts: Padding, x: Shape, **more: Any) -> Canonical | None:
    """The pool with a border of its own, if it has the same windows with that."""
    own = zip(amounts, pool.layer.padding, strict=True)
    padding = Padding((before + b, after + a) for (before, after), (b, a) in own)
    layer = pool.layer.with_settings(padding=padding, **more)
    if layer.output_shape(x) != pool.output:
        return None
    return type(pool)(pool.kind, layer, (x,), pool.output, pool.order, pool.alike)


class _Global(Canonical):
    how: ClassVar[str] = ""

    def calculations(self) -> Sequence[Computation]:
        return reduced_along(self.how, self.x, AXES[len(self.x.spatial)], self.output)


class GlobalAvgPoolCanonical(_Global):
    how = "mean"


class GlobalMaxPoolCanonical(_Global):
    how = "max"


class _Adaptive(_Pooling):
    def calculations(self) -> Sequence[Computation]:
        pairs = list(zip(self.x.spatial, self.output.spatial, strict=True))
        if any(n != m for n, m in pairs) and all(m % n == 0 for n, m in pairs):
            return (self.calculation("resize", REPEATED),)  # each window is one position
        if any(m > 1 and n % m for n, m in pairs):
            return (self.calculation(settings={"output": self.layer.output}),)
        return super().calculations()

    def _window(self) -> SlidingWindow:
        sizes = tuple(n // m for n, m in zip(self.x.spatial, self.output.spatial, strict=True))
        ones = (1,) * len(sizes)
        return SlidingWindow("window", sizes, sizes, Padding((0, 0) for _ in sizes), ones)


class AdaptiveAvgPoolCanonical(_Adaptive):
    how = "mean"
    name = "avg_pool"


class AdaptiveMaxPoolCanonical(_Adaptive):
    how = "max"
    name = "max_pool"
