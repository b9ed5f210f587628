"""Pools in PyTorch."""

from __future__ import annotations

from math import inf
from typing import Any, ClassVar

from cnncalc.layers.equals import ANY, FIRST, Equal, call, code, row
from cnncalc.layers.torch import Torch, symmetric, with_border


class _TorchPool(Torch):
    @property
    def own_padding(self) -> tuple[int, ...] | None:
        """The padding that the module can have itself: the same on both sides, and at most half of the window."""
        layer = self.layer
        padding = symmetric(layer.padding)
        return padding if padding and all(p <= k // 2 for p, k in zip(padding, layer.window, strict=True)) else None

    def pool(self, name: str, **more: tuple[Any, Any]) -> str:
        """The module, without padding."""
        return call(f"nn.{name}{self.rank}", self.layer.window, stride=(self.layer.stride, self.layer.window), **more)

    def pool_with_padding(self, name: str, **more: tuple[Any, Any]) -> str:
        """The module, with its padding and its rounding."""
        return self.pool(name, padding=(self.own_padding, 0), **more, ceil_mode=(self.layer.rounding == "ceil", False))

    def read(self, x: str, value: float = 0) -> str:
        """The text of a tensor with all that the windows read."""
        return with_border(x, self.layer.sliding_window.border(self.x.spatial), value)


class MaxPoolTorch(_TorchPool):
    """`MaxPool2d`; other paddings than its own are added before it, as numbers that are never the largest."""

    def equal(self) -> Equal:
        dilation = (self.layer.dilation, 1)
        if self.own_padding is not None:
            return Equal(self.pool_with_padding("MaxPool", dilation=dilation))
        return Equal(self.pool("MaxPool", dilation=dilation), f"{{module}}({self.read('{0}', -inf)})")


class AvgPoolTorch(_TorchPool):
    """`AvgPool2d`; with other paddings than its own, the mean is divided by the share of the window that counts."""

    def equal(self) -> Equal:
        counted = self.layer.count_padding
        if self.own_padding is not None and not self._is_refused():
            counts = (counted or not any(self.own_padding), True)
            return Equal(self.pool_with_padding("AvgPool", count_include_pad=counts))
        module, mean = self.pool("AvgPool"), f"{{module}}({self.read('{0}')})"
        border = self.layer.sliding_window.border(self.x.spatial)
        if counted and all(after <= own for (_, after), (_, own) in zip(border, self.layer.padding, strict=True)):
            return Equal(module, mean)
        return Equal(module, f"{mean} / {{module}}({self._share(border)})")

    def _is_refused(self) -> bool:
        """PyTorch's `AvgPool3d` refuses an input that is smaller than the window."""
        return len(self.x.spatial) == 3 and any(map(int.__gt__, self.layer.window, self.x.spatial))

    def _share(self, border: tuple[tuple[int, int], ...]) -> str:
        """The text of a tensor that is 1 where a position counts, and 0 elsewhere."""
        ones = "torch.ones_like({0})"
        if not self.layer.count_padding:
            return with_border(ones, border)
        pairs = tuple(zip(border, self.layer.padding, strict=True))
        inner = [(before, min(after, own)) for (before, after), (_, own) in pairs]
        return with_border(with_border(ones, inner, 1), [(0, max(after - own, 0)) for (_, after), (_, own) in pairs])


class LpPoolTorch(_TorchPool):
    """`LPPool2d`, which sums powers with their signs, and takes a window that is cut short for a whole one."""

    def equal(self) -> Equal:
        layer = self.layer
        module = call(f"nn.LPPool{self.rank}", layer.p, layer.window, stride=(layer.stride, layer.window))
        return Equal(module, f"{{module}}({self.read('{0}' if layer.p % 2 == 0 else '{0}.abs()')})")


class _TorchGlobalPool(Torch):
    adaptive: ClassVar[str]
    function: ClassVar[str]

    def orders(self) -> tuple[str, ...]:
        return (FIRST,) if self.layer.keep_dims else ANY

    def equal(self) -> Equal:
        if self.layer.keep_dims:
            return Equal(call(f"nn.{self.adaptive}{self.rank}", 1))
        axes = self.positions
        return Equal(forward=f"{{0}}.{self.function}({row(axes) if len(axes) > 1 else code(axes)})")


class GlobalAvgPoolTorch(_TorchGlobalPool):
    """A mean."""

    adaptive, function = "AdaptiveAvgPool", "mean"


class GlobalMaxPoolTorch(_TorchGlobalPool):
    """A maximum."""

    adaptive, function = "AdaptiveMaxPool", "amax"


class AdaptiveAvgPoolTorch(Torch):
    """`AdaptiveAvgPool2d`."""

    def equal(self) -> Equal:
        return Equal(call(f"nn.AdaptiveAvgPool{self.rank}", self.layer.output))


class AdaptiveMaxPoolTorch(Torch):
    """`AdaptiveMaxPool2d`."""

    def equal(self) -> Equal:
        return Equal(call(f"nn.AdaptiveMaxPool{self.rank}", self.layer.output))
