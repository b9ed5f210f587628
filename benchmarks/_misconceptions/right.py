"""The right rules, as textbooks give them: what a student without a misconception works with.

Sizes: Dumoulin & Visin, *A guide to convolution arithmetic for deep learning* (2016). Parameters: CS231n, Goodfellow,
Bengio & Courville, *Deep Learning* (2016), chapter 9. Fields: Araujo, Norris & Sim, *Computing receptive fields of
convolutional neural networks* (2019). Every rule is one method, so that a misconception can replace just that.
"""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, prod
from typing import NamedTuple

from _misconceptions.network import CONVOLUTIONS, WINDOWS, Layer, Network, Value


class StuckError(Exception):
    """A size came out below 1: nobody goes on from there."""


class Axis(NamedTuple):
    """A receptive field along one axis: its size r, and the jump j from one unit's field to the next.

    After a transposed convolution j is a fraction, and units differ; `grid` is then r and j before it, and the
    largest unit's field is the largest r on this grid that is not above `r`.
    """

    r: Fraction
    j: Fraction
    grid: tuple[Fraction, Fraction] | None = None

    def size(self) -> int:
        """The number that is asked for."""
        if self.grid is None:
            return floor(self.r)
        r, j = self.grid
        return floor(r + floor((self.r - r) / j) * j)


@dataclass(frozen=True)
class Mind:
    """What a student has in mind between two layers; `field` is None where a unit sees everything."""

    spatial: tuple[int, ...]
    channels: int
    field: tuple[Axis, ...] | None = None
    layer: Layer | None = None  # the one above, and what was in mind before it
    before: Mind | None = None

    def values(self) -> int:
        """How many numbers there are."""
        return prod(self.spatial) * self.channels


class Rules:
    """The right rules; `Wrong` ones (in the other modules) replace some of them."""

    key = ""
    source = ""
    columns: tuple[str, ...] = ()

    def __init__(self, net: Network) -> None:
        self.net = net

    # -- output size

    def padding(self, layer: Layer, axis: int, n: int) -> int:
        """How many zeros there are along an axis, both sides together."""
        if layer.padding != "same":
            return 2 * int(layer.padding)
        reach = self.reach(layer, axis)
        if self.net.convention == "lecture":
            return 2 * (reach // 2)
        s = layer.stride[axis]
        return max((-(-n // s) - 1) * s + reach - n, 0)

    def reach(self, layer: Layer, axis: int) -> int:
        """How many positions a window spans."""
        return layer.dilation * (layer.kernel[axis] - 1) + 1

    def stride(self, layer: Layer, axis: int) -> int:
        return layer.stride[axis]

    def steps(self, free: int, stride: int) -> int:
        """How many places a window has that can move by `free` positions."""
        return free // stride + 1

    def positions(self, layer: Layer, axis: int, n: int) -> int:
        """⌊(n + 2p − k) / s⌋ + 1."""
        free = n + self.padding(layer, axis, n) - self.reach(layer, axis)
        if free < 0:
            raise StuckError
        return self.steps(free, self.stride(layer, axis))

    def transposed_positions(self, layer: Layer, axis: int, n: int) -> int:
        """(n − 1)·s + k − 2p."""
        return (n - 1) * self.stride(layer, axis) + self.reach(layer, axis) - self.padding(layer, axis, n)

    def spatial(self, layer: Layer, x: Mind) -> tuple[int, ...]:
        if layer.kind in ("flatten", "dense", "global_avg_pool"):
            return ()
        if layer.kind not in WINDOWS:
            return x.spatial
        along = self.transposed_positions if layer.kind == "conv_transpose" else self.positions
        return tuple(along(layer, axis, n) for axis, n in enumerate(x.spatial))

    def channels(self, layer: Layer, x: Mind) -> int:
        if layer.kind == "flatten":
            return self.flattened(x)
        if layer.kind == "depthwise_conv":
            return x.channels * layer.multiplier
        return layer.filters or x.channels

    def flattened(self, x: Mind) -> int:
        return x.values()

    def after(self, layer: Layer, x: Mind) -> Mind:
        """What comes out of a layer, still without its field."""
        found = Mind(self.spatial(layer, x), self.channels(layer, x), None, layer, x)
        if min(*found.spatial, found.channels, 1) < 1:
            raise StuckError
        return found

    def written_size(self, found: Mind) -> Value:
        """The sizes in the order that the network's input has."""
        if not found.spatial:
            return found.channels
        return (*found.spatial, found.channels) if self.net.channels_last else (found.channels, *found.spatial)

    # -- parameters

    def taps(self, layer: Layer) -> int:
        return prod(layer.kernel)

    def groups(self, layer: Layer, x: Mind) -> int:
        return x.channels if layer.kind == "depthwise_conv" else layer.groups

    def input_channels(self, layer: Layer, x: Mind) -> int:
        """The channels that one filter reaches through."""
        return x.channels // self.groups(layer, x)

    def filters(self, layer: Layer, x: Mind) -> int:
        return x.channels * layer.multiplier if layer.kind == "depthwise_conv" else layer.filters

    def inputs(self, layer: Layer, x: Mind) -> int:
        """Of a dense layer."""
        return x.channels

    def weights(self, layer: Layer, x: Mind) -> int:
        if layer.kind == "dense":
            return self.inputs(layer, x) * layer.filters
        return self.taps(layer) * self.input_channels(layer, x) * self.filters(layer, x)

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        """One for each filter or unit."""
        if not layer.bias:
            return 0
        return layer.filters if layer.kind == "dense" else self.filters(layer, x)

    def norm_params(self, found: Mind, inside: bool) -> int:
        """Of a batch norm, `inside` another layer or one of its own: γ and β; Keras counts mean and variance too."""
        return found.channels * (4 if self.net.convention == "keras" else 2)

    def layer_params(self, layer: Layer, x: Mind, after: Mind) -> int:
        """Of a convolution or a dense layer, without its norm."""
        return self.weights(layer, x) + self.biases(layer, x, after)

    def other_params(self, layer: Layer, x: Mind) -> int:
        """Of layers that learn nothing."""
        return 0

    def params(self, layer: Layer, x: Mind, after: Mind) -> int:
        if layer.kind == "batch_norm":
            return self.norm_params(x, inside=False)
        if layer.kind not in (*CONVOLUTIONS, "dense"):
            return self.other_params(layer, x)
        return self.layer_params(layer, x, after) + (self.norm_params(after, inside=True) if layer.norm else 0)

    # -- multiply-adds

    def mac_positions(self, layer: Layer, x: Mind, after: Mind) -> int:
        """How often a layer's weights are used; a transposed convolution uses them at each position of its input."""
        return prod(x.spatial if layer.kind == "conv_transpose" else after.spatial)

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return self.mac_positions(layer, x, after) * self.weights(layer, x)

    def other_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 0

    def macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        if layer.kind not in (*CONVOLUTIONS, "dense"):
            return self.other_macs(layer, x, after)
        return self.layer_macs(layer, x, after)

    # -- receptive field

    def growth(self, layer: Layer, axis: int) -> int:
        """By how many units of its input a window is wider than one."""
        return self.reach(layer, axis) - 1

    def step(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        """The distance in the image between two units of the layer's input."""
        assert x.field
        return x.field[axis].j

    def jump(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        """The distance between two units of its output."""
        assert x.field
        return x.field[axis].j * layer.stride[axis]

    def grown(self, layer: Layer, axis: int, x: Mind) -> Axis:
        """r + (k − 1)·j, and j·s; a transposed convolution is one with stride 1 on an input spread by its stride."""
        assert x.field
        old = x.field[axis]
        if layer.kind == "conv_transpose":
            j = self.transposed_jump(layer, axis, x)
            return Axis(old.r + self.growth(layer, axis) * j, j, old.grid or (old.r, old.j))
        r = old.r + self.growth(layer, axis) * self.step(layer, axis, x)
        return Axis(r, self.jump(layer, axis, x), old.grid)

    def seen(self, layer: Layer, axis: int, x: Mind, size: Fraction | int) -> Axis:
        """A field that is `size` wide by some other rule; how far apart fields are is the layer's matter."""
        return Axis(Fraction(size), Rules.grown(self, layer, axis, x).j)

    def transposed_jump(self, layer: Layer, axis: int, x: Mind) -> Fraction:
        assert x.field
        return x.field[axis].j / layer.stride[axis]

    def field_after(self, layer: Layer, x: Mind) -> tuple[Axis, ...] | None:
        if x.field is None or layer.kind in ("flatten", "dense", "global_avg_pool"):
            return None
        if layer.kind not in WINDOWS:
            return x.field
        return tuple(self.grown(layer, axis, x) for axis in range(len(x.field)))

    def written_field(self, found: tuple[Axis, ...] | None, layer: Layer, x: Mind) -> Value:
        """One number where the axes agree."""
        if found is None:
            return "global"
        sizes = tuple(axis.size() for axis in found)
        return sizes[0] if len(set(sizes)) == 1 else sizes

    # -- sums

    def total(self, column: str, answers: dict[tuple[str, str], int], minds: dict[str, Mind]) -> int:
        """Of the answers about layers; `minds` is what is in mind after each."""
        return sum(answers[layer.name, column] for layer in self.net.layers)

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        """Bytes: four for each parameter, a 32-bit float."""
        return 4 * params

    def thousand(self) -> int:
        """How many bytes a KiB has."""
        return 1024

    def written_memory(self, found: int) -> Value:
        power = ("bytes", "KiB", "MiB").index(self.net.memory_unit)
        if not power:
            return found
        return f"{found / self.thousand() ** power:.{power + 1}f} {self.net.memory_unit}"
