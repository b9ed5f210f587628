"""Lints about single windows: what kernel, stride and padding do together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.analysis.borders import border_of
from cnncalc.checks.check import Finding, check, layers
from cnncalc.checks.lints._vocabulary import each, is_convolution, is_pool, last, lines

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.layers.window import SlidingWindow

Pairs = tuple[tuple[int, int], ...]


@check(
    "CNN509",
    "a stride drops the end of the input",
    "`same` and half padding are meant to keep every position. Where the stride does not fit the size, the last "
    "windows stop short of the end, and real rows or columns, not just padding, are never read.",
    wrong=layers("{conv: 3x3x8, stride: 3, padding: 1}", input="30x30x1"),
    right=layers("{conv: 3x3x8, stride: 3, padding: 1}", input="28x28x1"),
)
def dropped_input(model: Model) -> Iterator[Finding]:
    """Input at the end that no window reads, although the padding is meant to keep all of it."""
    for node, window in _windows(model, is_convolution):
        if max(window.stride) == 1:
            continue
        spatial, padding = _data(node, window.padding)
        axes = zip(window.kernel, window.spans, window.stride, padding, _dropped(node, window), strict=True)
        dropped = [
            last(len(spatial), axis, count)
            for axis, (k, span, s, (before, after), count) in enumerate(axes)
            # a window smaller than its stride leaves out more than the end: CNN510
            if count and k > 1 and s <= span and (window.padding.rule == "same" or before == after == span // 2)
        ]
        if dropped:
            stride, size = _sizes(window.stride), "×".join(map(str, spatial))
            message = f"the stride of {stride} drops the last {each(dropped)} of the input, {size}"
            help = "add padding at the end, or choose an input size or a stride that fits"
            yield Finding(node, "stride", message, "no window reads what is left over at the end", (help,))


@check(
    "CNN510",
    "a stride larger than the window",
    "Between two windows there are rows or columns that no window reads. A 1×1 kernel with a stride samples on "
    "purpose; a larger one seldom does.",
    wrong=layers("{conv: 3x3x8, stride: 4}"),
    right=layers("{conv: 3x3x8, stride: 3}"),
)
def gaps(model: Model) -> Iterator[Finding]:
    """A stride larger than the window: input between two windows is never read. (A 1×1 kernel samples on purpose.)"""
    for node, window in _windows(model, lambda layer: layer.sliding_window):
        axes = zip(window.kernel, window.stride, window.spans, node.output.spatial, strict=True)
        skipped = [
            f"{s - span} of every {lines(len(window.kernel), axis, s)}"
            for axis, (k, s, span, n) in enumerate(axes)
            if k > 1 and s > span and n > 1
        ]
        if skipped:
            word = window.setting
            message = f"the stride, {_sizes(window.stride)}, is larger than the {word}, {_sizes(window.spans)}"
            label = f"no window reads {each(skipped)}"
            yield Finding(node, "stride", message, label, (f"use a stride of at most the {word}, or a larger {word}",))


@check(
    "CNN511",
    "padding as large as the kernel or larger",
    "The windows at the border contain no input at all, so their outputs are just the bias. Padding of half the kernel "
    "keeps the size.",
    wrong=layers("{conv: 3x3x8, padding: 3}"),
    right=layers("{conv: 3x3x8, padding: 1}"),
)
def nothing_but_padding(model: Model) -> Iterator[Finding]:
    """Padding as large as a window or larger: the windows at the border contain no input at all."""
    for node, window in _windows(model, is_convolution):
        if window.outside(node.x.spatial):
            amount = max(max(pair) for pair in window.padding)
            message = f"a padding of {amount} around a kernel of {_sizes(window.spans)}"
            label = "the windows at the border read nothing but zeros"
            half = _sizes(tuple(map(formulas.half_padding, window.kernel, window.dilation)))
            yield Finding(node, "padding", message, label, (f"a padding of half the kernel, {half}, keeps the size",))


@check(
    "CNN524",
    "a transposed kernel that its stride does not divide",
    "Outputs are, in turn, sums of different numbers of kernel values, which shows as a checkerboard in images (Odena "
    "et "
    "al., Deconvolution and Checkerboard Artifacts, 2016).",
    wrong=layers("{conv_transpose: 3x3x8, stride: 2, padding: 1}"),
    right=layers("{conv_transpose: 4x4x8, stride: 2, padding: 1}"),
    severity="note",
)
def checkerboard(model: Model) -> Iterator[Finding]:
    """Transposed kernels that their stride does not divide: outputs are sums of different numbers of terms."""
    for node, layer in model.having(lambda layer: layer.spread_window):
        window = layer.spread_window
        assert window
        for k, s, d in zip(window.kernel, window.stride, window.dilation, strict=True):
            if s > 1 and d == 1 and k % s:
                few, many = k // s, formulas.ceil_div(k, s)
                message = f"the stride of {s} does not divide the kernel of {k}"
                label = f"along this axis, outputs are in turn sums of {few} and of {many} kernel values"
                help = f"use a kernel of {many * s}, or `upsample: {s}` and a convolution"
                yield Finding(node, "stride", message, label, (help,))
                break


@check(
    "CNN526",
    "a pool that cuts off the end of its input",
    "Its output size is rounded down, so no window reaches the last rows or columns. `rounding: ceil` keeps them, and "
    "so does a suitable input size.",
    wrong=layers("conv: 4x4x8", "max_pool: 2"),
    right=layers("conv: 3x3x8", "max_pool: 2"),
    severity="note",
)
def cut_pool(model: Model) -> Iterator[Finding]:
    """Positions at the end of the input that a pool leaves out because its output size is rounded down."""
    for node, window in _windows(model, is_pool):
        if window.rounding != "floor":
            continue
        spatial, _ = _data(node, window.padding)
        dropped = [
            last(len(spatial), axis, count)
            for axis, (k, count) in enumerate(zip(window.kernel, _dropped(node, window), strict=True))
            if k > 1 and count
        ]
        if dropped:
            size = "×".join(map(str, spatial))
            message = f"`{node.kind}` drops the last {each(dropped)} of the input, {size}"
            label = f"windows of {_sizes(window.kernel)} at stride {_sizes(window.stride)}, rounded down"
            yield Finding(node, "", message, label, ("use `rounding: ceil`, padding, or an input size that fits",))


def _windows(model: Model, holds: Callable[[Layer], object]) -> Iterator[tuple[Node, SlidingWindow]]:
    """The layers with a sliding window for which `holds` is true, each with its window."""
    for node, layer in model.having(holds):
        if window := layer.sliding_window:
            yield node, window


def _dropped(node: Node, window: SlidingWindow) -> tuple[int, ...]:
    """How many positions at the end no window reads, per axis."""
    source = node.source
    return window.dropped(source.output.spatial, border_of(source))


def _data(node: Node, padding: Pairs) -> tuple[tuple[int, ...], Pairs]:
    """The sizes of what a window reads, without the border of a `pad` before it, and all padding added up."""
    source = node.source
    border = border_of(source)
    spatial = tuple(n - before - after for n, (before, after) in zip(source.output.spatial, border, strict=True))
    pairs = zip(border, padding, strict=True)
    return spatial, tuple((a + c, b + d) for (a, b), (c, d) in pairs)


def _sizes(sizes: tuple[int, ...]) -> str:
    """`3` where all are equal, else `3×5`."""
    return str(sizes[0]) if len(set(sizes)) == 1 else "×".join(map(str, sizes))
