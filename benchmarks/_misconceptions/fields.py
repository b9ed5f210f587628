"""What students get wrong about receptive fields."""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from fractions import Fraction
from math import prod

from _misconceptions.network import POOLS, WINDOWS, Layer, Value
from _misconceptions.right import Axis, Mind
from _misconceptions.sources import ARAUJO, CS231N, CSDN_FIELD, GOODFELLOW, GUIDE, ISSUE, LIST, PYTORCH_DILATION
from _misconceptions.wrong import Wrong

FIELD = ("receptive_field",)


class WithoutStrides(Wrong, key="field without the strides below", columns=FIELD, source=f"{LIST}; {CSDN_FIELD}"):
    """r + (k − 1)."""

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        return Fraction(1)


class StrideOfTheLayerBefore(
    Wrong,
    key="only the stride of the layer before",
    columns=FIELD,
    source=f"{CSDN_FIELD}: 'the product of the strides'",
):
    """r + (k − 1)·s of the window before, not the product of all below."""

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        below = _strides_below(axis, x)
        return Fraction(below[0] if below else 1)


class StridesAdded(Wrong, key="strides added up", columns=FIELD, source=CSDN_FIELD):
    """j is a sum: after two pools with stride 2 it is 2 + 2."""

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        return Fraction(sum(s for s in _strides_below(axis, x) if s > 1) or 1)


class OwnStride(Wrong, key="own stride counted in the field", columns=FIELD, source=f"{ARAUJO}; {CSDN_FIELD}"):
    """r + (k − 1)·j·s: the layer's own stride is already in."""

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        return super().step(layer, axis, x) * layer.stride[axis]


class PlusK(Wrong, key="plus k instead of k − 1", columns=FIELD, source=f"{LIST}; {ARAUJO}"):
    """r + k·j."""

    def growth(self, layer: Layer, axis: int) -> int:
        return self.reach(layer, axis)


class KernelsSummed(
    Wrong, key="kernels summed", columns=FIELD, source=f"{GOODFELLOW}, figure 9.4: deeper units see more"
):
    """The sum of all windows up to here."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        assert x.field
        below = x.field[axis].r if _strides_below(axis, x) else 0
        return self.seen(layer, axis, x, below + self.reach(layer, axis))


class KernelsMultiplied(Wrong, key="kernels multiplied", columns=FIELD, source=ISSUE):
    """The product of all windows up to here."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        assert x.field
        return self.seen(layer, axis, x, x.field[axis].r * self.reach(layer, axis))


class BackwardsFormula(
    Wrong,
    key="back-to-front formula from the front",
    columns=FIELD,
    source=f"{ARAUJO}: r_(l−1) = s_l·r_l + (k_l − s_l), from the last layer",
):
    """r = (r − 1)·s + k, applied from the first layer on."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        assert x.field
        return self.seen(layer, axis, x, (x.field[axis].r - 1) * layer.stride[axis] + self.reach(layer, axis))


class HalfAWindow(Wrong, key="growth by k/2", columns=FIELD, source=f"{ARAUJO}: padding and half windows"):
    """A window reaches ⌊k/2⌋ further, on one side."""

    def growth(self, layer: Layer, axis: int) -> int:
        return self.reach(layer, axis) // 2


class OnlyThisWindow(
    Wrong,
    key="only this layer's window",
    columns=FIELD,
    source=f"{CS231N}: 'the receptive field … (equivalently this is the filter size)'",
):
    """The field of a unit in the map below."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        return self.seen(layer, axis, x, self.reach(layer, axis))


class Area(Wrong, key="area for side", columns=FIELD, source=f"{CS231N}: 'a receptive field of 3x3 … 7x7'"):
    """r² pixels."""

    def written_field(self, found: tuple[Axis, ...] | None, layer: Layer, x: Mind) -> Value:
        return "global" if found is None else prod(axis.size() for axis in found)


class Capped(
    Wrong,
    key="field capped at the input",
    columns=FIELD,
    source=f"{ARAUJO}: fields of modern networks are larger than the image",
):
    """No more than the image has."""

    def written_field(self, found: tuple[Axis, ...] | None, layer: Layer, x: Mind) -> Value:
        if found is None:
            return "global"
        sizes = tuple(min(axis.size(), n) for axis, n in zip(found, self.net.spatial, strict=True))
        return sizes[0] if len(set(sizes)) == 1 else sizes


class PoolsDoNotGrow(Wrong, key="pools do not widen the field", columns=FIELD, source=f"{ISSUE}; {CSDN_FIELD}"):
    """A pool's window adds nothing, its stride counts."""

    def growth(self, layer: Layer, axis: int) -> int:
        return 0 if layer.kind in POOLS else super().growth(layer, axis)


class PoolsLeftOut(Wrong, key="pools left out of the field", columns=FIELD, source=f"{ISSUE}; {ARAUJO}"):
    """Only convolutions count, with their windows and strides."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        assert x.field
        return self.seen(layer, axis, x, x.field[axis].r) if layer.kind in POOLS else super().grown(layer, axis, x)

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        return Fraction(prod(_strides_below(axis, x, but=POOLS)))


class PoolsMultiply(Wrong, key="pools multiply the field", columns=FIELD, source=ISSUE):
    """A 2×2 pool doubles the field."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        found = super().grown(layer, axis, x)
        assert x.field
        return found._replace(r=x.field[axis].r * layer.kernel[axis]) if layer.kind in POOLS else found


class ActivationGrows(Wrong, key="activation counted as growth", columns=FIELD, source=LIST):
    """A ReLU in a line of its own adds 1."""

    def field_after(self, layer: Layer, x: Mind) -> tuple[Axis, ...] | None:
        found = super().field_after(layer, x)
        return tuple(a._replace(r=a.r + 1) for a in found) if found and layer.kind == "relu" else found


class PaddingGrows(
    Wrong, key="padding widens the field", columns=FIELD, source=f"{ARAUJO}: the size does not depend on padding"
):
    """r + (k − 1 + 2p)·j."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        found = super().grown(layer, axis, x)
        if layer.kind == "conv_transpose":
            return found
        return found._replace(r=found.r + self.padding(layer, axis, x.spatial[axis]) * self.step(layer, axis, x))


class NotDilatedField(Wrong, key="kernel not dilated in fields", columns=FIELD, source=LIST):
    """k − 1 where d·(k − 1) is meant."""

    def reach(self, layer: Layer, axis: int) -> int:
        return layer.kernel[axis]


class TimesDilationField(Wrong, key="dilation as d·k in fields", columns=FIELD, source=PYTORCH_DILATION):
    """A dilated window spans d·k."""

    def reach(self, layer: Layer, axis: int) -> int:
        return layer.dilation * layer.kernel[axis]


class TransposedAsConvolution(
    Wrong,
    key="transposed: stride multiplies the jump",
    columns=FIELD,
    source=f"{GUIDE}, chapter 4: the input is spread, the kernel slides by 1",
):
    """Like a convolution with this stride, here and in what follows."""

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        assert x.field
        return self.seen(layer, axis, x, x.field[axis].r + self.growth(layer, axis) * self.step(layer, axis, x))

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        return Fraction(prod(_strides_below(axis, x)))


class DenseNotGlobal(
    Wrong, key="dense keeps the field", columns=FIELD, source=f"{CS231N}: 'full connections to all activations'"
):
    """After flattening, a unit sees what the last map's units saw."""

    def field_after(self, layer: Layer, x: Mind) -> tuple[Axis, ...] | None:
        return x.field if layer.kind in ("flatten", "dense", "global_avg_pool") else super().field_after(layer, x)


def _strides_below(axis: int, x: Mind | None, but: tuple[str, ...] = ()) -> list[int]:
    """The strides of all windows up to here, the last first; `but` kinds are left out."""
    found = []
    while x and x.layer:
        found += [x.layer.stride[axis]] if x.layer.kind in WINDOWS and x.layer.kind not in but else []
        x = x.before
    return found
