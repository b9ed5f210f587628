"""What students get wrong about output sizes."""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from math import prod

from _misconceptions.network import POOLS, WINDOWS, Layer, Value
from _misconceptions.right import Mind
from _misconceptions.sources import (
    AI_FILTER,
    CAFFE_CEIL,
    CS231N,
    GOODFELLOW,
    GUIDE,
    ISSUE,
    KERAS_LAYERS,
    LENET,
    LIST,
    PYTORCH_DILATION,
    PYTORCH_LINEAR,
    PYTORCH_TRANSPOSE,
    SE_64_128,
    SO_FLATTEN,
    SO_SAME,
)
from _misconceptions.wrong import Wrong

SIZE = ("output",)

# -- padding


class PaddingForgotten(Wrong, key="padding forgotten", columns=SIZE, source=f"{LIST}; {CS231N}"):
    """(n − k) / s + 1."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        return super().padding(layer, axis, n) if layer.kind == "conv_transpose" else 0


class PaddingOnce(Wrong, key="padding counted once", columns=SIZE, source=f"{LIST}; {CS231N}"):
    """(n − k + p) / s + 1."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        return super().padding(layer, axis, n) // 2


class PaddingDoubled(
    Wrong, key="padding doubled", columns=SIZE, source=f"{GUIDE}: p is of one side, 2p in the formula"
):
    """p is taken for one corner's share, and each side counted twice: (n − k + 4p) / s + 1."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        return 2 * super().padding(layer, axis, n)


class ValidForSame(Wrong, key="valid taken for same", columns=SIZE, source=f"{ISSUE}; {SO_SAME}"):
    """A convolution without padding keeps the size, or divides it by its stride."""

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        if layer.padding == 0 and layer.kind not in POOLS:
            return -(-n // layer.stride[axis])
        return super().positions(layer, axis, n)


class SameForValid(Wrong, key="same taken for valid", columns=SIZE, source=f"{ISSUE}; {SO_SAME}"):
    """`same` adds no zeros."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        return 0 if layer.padding == "same" else super().padding(layer, axis, n)


class SameIsSame(Wrong, key="same keeps the size at any stride", columns=SIZE, source=SO_SAME):
    """`same`: what comes out is as large as what went in, also with a stride."""

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        return n if layer.padding == "same" else super().positions(layer, axis, n)


# -- stride, rounding, window


class StrideForgotten(Wrong, key="stride forgotten", columns=SIZE, source=f"{LIST}; {CS231N}"):
    """n − k + 2p + 1."""

    def stride(self, layer: Layer, axis: int) -> int:
        return 1


class StrideForgottenInConvolutions(
    Wrong, key="stride forgotten in convolutions", columns=SIZE, source=f"{ISSUE}; {GOODFELLOW}"
):
    """Pools have strides, convolutions slide by one."""

    def stride(self, layer: Layer, axis: int) -> int:
        return super().stride(layer, axis) if layer.kind in POOLS else 1


class StrideForgottenInPools(Wrong, key="a pool slides by one", columns=SIZE, source=KERAS_LAYERS):
    """A pool moves by one position as a convolution does by default."""

    def stride(self, layer: Layer, axis: int) -> int:
        return 1 if layer.kind in POOLS else super().stride(layer, axis)


class Ceil(Wrong, key="ceil for floor", columns=SIZE, source=f"{LIST}; {CAFFE_CEIL}"):
    """⌈…⌉ + 1."""

    def steps(self, free: int, stride: int) -> int:
        return -(-free // stride) + 1


class PlusOneForgotten(Wrong, key="+ 1 forgotten", columns=SIZE, source=f"{LIST}; {GUIDE}"):
    """⌊(n − k + 2p) / s⌋."""

    def steps(self, free: int, stride: int) -> int:
        return super().steps(free, stride) - 1


class KernelNotSubtracted(Wrong, key="kernel not subtracted", columns=SIZE, source=f"{GUIDE}: half padding only"):
    """⌊(n + 2p) / s⌋: the stride alone makes a map smaller."""

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        return (n + self.padding(layer, axis, n)) // layer.stride[axis]


class KernelSubtractedAtTheEnd(Wrong, key="kernel subtracted after the stride", columns=SIZE, source=CS231N):
    """n / s − k + 1: what is divided is not the whole sum."""

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        return (n + self.padding(layer, axis, n)) // layer.stride[axis] - self.reach(layer, axis) + 1


class OneAxisOnly(
    Wrong, key="only one axis pooled", columns=SIZE, source=f"{CS231N}: pools halve along width and height"
):
    """A pool makes the map lower, not narrower."""

    def spatial(self, layer: Layer, x: Mind) -> tuple[int, ...]:
        found = super().spatial(layer, x)
        return (found[0], *x.spatial[1:]) if layer.kind in POOLS else found


class PoolsHalve(Wrong, key="every pool halves", columns=SIZE, source=f"{CS231N}: 'the most common form … 2x2'"):
    """⌊n / 2⌋, whatever window and stride."""

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        return n // 2 if layer.kind in POOLS else super().positions(layer, axis, n)


class NotDilated(Wrong, key="kernel not dilated", columns=("output", "receptive_field"), source=f"{LIST}; {GUIDE}"):
    """k where d·(k − 1) + 1 is meant, in sizes and fields."""

    def reach(self, layer: Layer, axis: int) -> int:
        return layer.kernel[axis]


class NotDilatedSize(NotDilated, key="kernel not dilated in sizes", columns=SIZE, source=LIST):
    """The same, in sizes only."""


class TimesDilation(Wrong, key="dilation as d·k", columns=("output", "receptive_field"), source=PYTORCH_DILATION):
    """A dilated window spans d·k."""

    def reach(self, layer: Layer, axis: int) -> int:
        return layer.dilation * layer.kernel[axis]


# -- order and rank of what is written


class Swapped(Wrong, key="height and width swapped", columns=SIZE, source=f"{LIST}; {KERAS_LAYERS}"):
    """Width first."""

    def written_size(self, found: Mind) -> Value:
        return super().written_size(Mind(found.spatial[::-1], found.channels))


class ChannelsAtTheOtherEnd(Wrong, key="channels first for last", columns=SIZE, source=f"{LIST}; {KERAS_LAYERS}"):
    """Channels first where they are last, or last where they are first."""

    def written_size(self, found: Mind) -> Value:
        if not found.spatial:
            return found.channels
        return (found.channels, *found.spatial) if self.net.channels_last else (*found.spatial, found.channels)


class DepthLeftOut(Wrong, key="channels not written", columns=SIZE, source=f"{CS231N}: an output volume has a depth"):
    """26×26 for 26×26×8."""

    def written_size(self, found: Mind) -> Value:
        if len(found.spatial) == 1:
            return found.spatial[0]
        return found.spatial or found.channels


class BatchInTheSize(Wrong, key="batch in the size", columns=SIZE, source=f"{ISSUE}; {KERAS_LAYERS}"):
    """32×26×26×8: the exercise speaks of batches of 32."""

    def written_size(self, found: Mind) -> Value:
        size = super().written_size(found)
        return (self.net.batch, *(size if isinstance(size, tuple) else (size,)))  # type: ignore[arg-type]


# -- channels


class ChannelsKept(Wrong, key="channels of the input kept", columns=SIZE, source=f"{AI_FILTER}; {LENET}"):
    """A convolution works on each channel, and as many come out as went in."""

    def channels(self, layer: Layer, x: Mind) -> int:
        return x.channels if layer.kind in ("conv", "conv_transpose") else super().channels(layer, x)


class InTimesOut(Wrong, key="in·out channels", columns=SIZE, source=f"{ISSUE}; {SE_64_128}"):
    """Each filter makes a map of each channel."""

    def channels(self, layer: Layer, x: Mind) -> int:
        found = super().channels(layer, x)
        return found * x.channels if layer.kind in ("conv", "conv_transpose") else found


class PoolChangesChannels(
    Wrong, key="a pool divides the channels", columns=SIZE, source=f"{CS231N}: 'the depth dimension remains unchanged'"
):
    """A pool with stride 2 halves all three sizes."""

    def channels(self, layer: Layer, x: Mind) -> int:
        found = super().channels(layer, x)
        return max(found // layer.stride[0], 1) if layer.kind in POOLS else found


class GlobalPoolOneNumber(
    Wrong,
    key="a global pool gives one number",
    columns=SIZE,
    source="Lin, Chen & Yan 2014, Network in network, section 3.2: one number per map",
):
    """The average of everything."""

    def channels(self, layer: Layer, x: Mind) -> int:
        return 1 if layer.kind == "global_avg_pool" else super().channels(layer, x)


# -- flatten


class FlattenWithoutChannels(Wrong, key="flatten without channels", columns=SIZE, source=f"{LIST}; {PYTORCH_LINEAR}"):
    """Height times width."""

    def flattened(self, x: Mind) -> int:
        return prod(x.spatial)


class FlattenAdds(Wrong, key="flatten as a sum", columns=SIZE, source=PYTORCH_LINEAR):
    """Height plus width plus channels."""

    def flattened(self, x: Mind) -> int:
        return sum(x.spatial) + x.channels


class FlattenBeforeThePool(Wrong, key="flatten before the last pool", columns=SIZE, source=SO_FLATTEN):
    """The pool right before it, or the last one with only activations and the like after it, is overlooked."""

    def flattened(self, x: Mind) -> int:
        mind: Mind | None = x
        while mind and mind.layer and mind.layer.kind not in WINDOWS:
            mind = mind.before
        if mind and mind.layer and mind.layer.kind in POOLS and mind.before:
            return mind.before.values()
        return super().flattened(x)


# -- transposed convolutions


class ConvForTransposed(
    Wrong, key="conv formula for a transposed convolution", columns=SIZE, source=f"{ISSUE}; {PYTORCH_TRANSPOSE}"
):
    """⌊(n − k + 2p) / s⌋ + 1."""

    def transposed_positions(self, layer: Layer, axis: int, n: int) -> int:
        return self.positions(layer, axis, n)


class TransposedPaddingForgotten(Wrong, key="transposed: padding forgotten", columns=SIZE, source=f"{ISSUE}; {GUIDE}"):
    """(n − 1)·s + k."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        return 0 if layer.kind == "conv_transpose" else super().padding(layer, axis, n)


class TransposedPaddingAdded(Wrong, key="transposed: padding added", columns=SIZE, source=f"{PYTORCH_TRANSPOSE}"):
    """(n − 1)·s + k + 2p, as padding makes a map larger elsewhere."""

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        found = super().padding(layer, axis, n)
        return -found if layer.kind == "conv_transpose" else found


class TransposedTimesStride(
    Wrong, key="transposed: n·s", columns=SIZE, source="Long, Shelhamer & Darrell 2015, FCN: 'upsampling with factor f'"
):
    """Upsampling by the stride, whatever the kernel."""

    def transposed_positions(self, layer: Layer, axis: int, n: int) -> int:
        return n * layer.stride[axis]


class TransposedMinusOneForgotten(Wrong, key="transposed: n for n − 1", columns=SIZE, source=GUIDE):
    """n·s + k − 2p."""

    def transposed_positions(self, layer: Layer, axis: int, n: int) -> int:
        return super().transposed_positions(layer, axis, n) + layer.stride[axis]
