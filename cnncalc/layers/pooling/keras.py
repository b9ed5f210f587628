"""Pools in Keras."""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.layers.equals import Equal, NoEqual, call, code
from cnncalc.layers.keras import Keras, with_numbers, zero_padded


class _KerasPool(Keras):
    @property
    def border(self) -> tuple[tuple[int, int], ...]:
        """What the windows read beyond the input."""
        border: tuple[tuple[int, int], ...] = self.layer.sliding_window.border(self.x.spatial)
        return border

    @property
    def is_same(self) -> bool:
        """Whether it is what Keras' `same` makes."""
        layer = self.layer
        totals = map(formulas.same_padding, self.x.spatial, layer.window, layer.stride, (1,) * len(layer.window))
        return self.border == tuple((total // 2, total - total // 2) for total in totals) and any(map(any, self.border))

    def pool(self, name: str, **more: tuple[Any, Any]) -> str:
        """The layer."""
        layer = self.layer
        return call(f"layers.{name}Pooling{self.rank}", layer.window, strides=(layer.stride, layer.window), **more)


class MaxPoolKeras(_KerasPool):
    """`MaxPooling2D`; other paddings than its own are added before it, as numbers that are never the largest."""

    def equal(self) -> Equal:
        if max(self.layer.dilation) > 1:
            raise NoEqual("Keras' pools have no dilation")
        if self.is_same:
            return Equal(self.pool("Max", padding=("same", "valid")))
        return Equal(self.pool("Max"), f"{{module}}({with_numbers('{0}', self.border, float('-inf'))})")


class AvgPoolKeras(_KerasPool):
    """`AveragePooling2D`; with other paddings, the mean is divided by the share of the window that counts.

    So it is where `same` pads one side more than the other: there Keras' torch backend averages copies of the border.
    """

    def equal(self) -> Equal:
        layer, border = self.layer, self.border
        is_even = all(before == after for before, after in border)
        if self.is_same and is_even and not layer.count_padding:
            return Equal(self.pool("Average", padding=("same", "valid")))
        module, mean = self.pool("Average"), f"{{module}}({zero_padded('{0}', border)})"
        if not any(map(any, border)):
            return Equal(module)
        if layer.count_padding:
            if any(after > own for (_, after), (_, own) in zip(border, layer.padding, strict=True)):
                raise NoEqual("Keras' pools have no window that is cut short, and whose padding counts")
            return Equal(module, mean)
        return Equal(module, f"{mean} / {{module}}({zero_padded('ops.ones_like({0})', border)})")


class LpPoolKeras(_KerasPool):
    """The root of a mean of powers, times the size of the window."""

    def equal(self) -> Equal:
        p = code(self.layer.p)
        powers = zero_padded(f"ops.power(ops.abs({{0}}), {p})", self.border)
        size = formulas.product(self.layer.window)
        return Equal(self.pool("Average"), f"ops.power({size} * {{module}}({powers}), 1 / {p})")


class _KerasGlobalPool(Keras):
    name: ClassVar[str]

    def equal(self) -> Equal:
        return Equal(call(f"layers.Global{self.name}Pooling{self.rank}", keepdims=(self.layer.keep_dims, False)))


class GlobalAvgPoolKeras(_KerasGlobalPool):
    """`GlobalAveragePooling2D`."""

    name = "Average"


class GlobalMaxPoolKeras(_KerasGlobalPool):
    """`GlobalMaxPooling2D`."""

    name = "Max"


class _KerasAdaptivePool(Keras):
    """Windows that do not overlap are a pool like any other; the layer itself is new in Keras 3.14."""

    name: ClassVar[str]

    def equal(self) -> Equal:
        output = self.layer.output
        if any(n % m for n, m in zip(self.x.spatial, output, strict=True)):
            return Equal(call(f"layers.Adaptive{self.name}Pooling{self.rank}", output))
        windows = tuple(n // m for n, m in zip(self.x.spatial, output, strict=True))
        return Equal(call(f"layers.{self.name}Pooling{self.rank}", windows))


class AdaptiveAvgPoolKeras(_KerasAdaptivePool):
    """`AdaptiveAveragePooling2D`."""

    name = "Average"


class AdaptiveMaxPoolKeras(_KerasAdaptivePool):
    """`AdaptiveMaxPooling2D`."""

    name = "Max"
