"""Sizes and values almost certainly meant in another order: channels first, with a batch, filters before the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Elsewhere, Finding, check, layers
from cnncalc.layers.base import plural
from cnncalc.settings.value_orders import (
    Ordered,
    in_words,
    kernel_and_stride,
    misread,
    orders_of,
    sizes_text,
    without_batch,
)

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.written import WrittenInput, WrittenLayer


@check(
    "CNN540",
    "sizes and channels in another order",
    "In the order of the other layout, the sizes look like an image, a film, a signal or the last map of a network; in "
    "this one, like nothing usual. In `channels_last`, the default unless the convention is `pytorch`, the channels "
    "come last: an image is height x width x channels. The first layer would have a different number of parameters.",
    wrong=layers("{conv: 3x3x64, padding: 1}", input="3x224x224"),
    right=layers("{conv: 3x3x64, padding: 1}", input="224x224x3"),
)
def turned_sizes(model: Model) -> Iterator[Finding]:
    """Sizes in the order of the other layout."""
    return (found for code, found in _misread(model) if code == "CNN540")


@check(
    "CNN541",
    "a batch among the sizes",
    "Shapes are those of one sample. A leading 1 is read as an axis of its own, which turns a 2-D network into a 3-D "
    "one; in a `reshape`, a leading -1 that is calculated as 1 does the same.",
    wrong=layers("{conv: 8, kernel: 1}", input="1x28x28x1"),
    right=layers("{conv: 8, kernel: 1}"),
)
def batch_among_sizes(model: Model) -> Iterator[Finding]:
    """A leading 1 that was meant as the batch."""
    return (found for code, found in _misread(model) if code == "CNN541")


@check(
    "CNN542",
    "values in the order of another tool",
    "A convolution has its kernel sizes first, then its filters: `3x3x32`. In PyTorch and Keras the filters come "
    "before the kernel, and in PyTorch the input channels do too. A pool only takes its window: a second value is the "
    "window's other size, not the stride.",
    wrong=layers("conv: 32x3x3", input="64x64x3"),
    right=layers("conv: 3x3x32", input="64x64x3"),
)
def order_of_other_tool(model: Model) -> Iterator[Finding]:
    """Filters before the kernel, or a pool's window and stride in one list."""
    for group in model.alike:
        node, parts = group[0].node, group[0].numbers
        assert node.layer is not None
        if group[0].is_list and _is_window_and_stride(node, parts):
            label = "window and stride, as in PyTorch and Keras?"
            ways = ("write `3` and `stride: 2`", "or `3x2`, if a window of that size is meant")
            yield Finding(group, node.layer.principal, "`[3, 2]` is read as a window of 3×2", label, ways)
        elif order := next(orders_of(parts, node.layer.settings, node.x), None):
            yield _misordered(group, parts, order)


# -- shapes


def _misread(model: Model) -> Iterator[tuple[str, Finding]]:
    """The inputs and new shapes that were almost certainly meant differently, each with the code that says how."""
    for given in model.written.inputs:
        if given.node:
            yield from _misread_input(given, given.node.output)
    for group in model.alike:
        layer = group[0].node.layer
        if layer and layer.principal == "shape":
            yield from _misread_shape(group, model.home(group[0]).layout)


def _misread_input(given: WrittenInput, shape: Shape) -> Iterator[tuple[str, Finding]]:
    sizes = shape.sizes(given.layout)
    meant = misread(sizes, given.layout)
    if meant is None:
        return
    message = f"`{sizes_text(sizes)}` is read as {in_words(shape)}"
    ways = [f"write `{sizes_text(meant.sizes)}`"]
    if meant.code == "CNN540":
        other = "channels_first" if given.layout == "channels_last" else "channels_last"
        way = f"choose `layout: {other}`" if given.sized else f"choose `--layout {other}`"
        ways.append(f"or {way}, if every shape is written that way")
    if given.sized is None:
        message = f"--input: {message}"
    yield meant.code, Finding(given.sized or Elsewhere("command line"), "", message, meant.label, tuple(ways))


def _misread_shape(group: list[WrittenLayer], layout: str) -> Iterator[tuple[str, Finding]]:
    """The same for the shape that a layer makes; there, a -1 may also have been meant as the batch."""
    node, parts = group[0].node, group[0].numbers
    sizes = node.output.sizes(layout)
    if len(parts) < 2:
        return
    if parts[0] == -1 and sizes[0] == 1 < max(sizes):
        message = f"the -1 is calculated as 1, which makes this {in_words(node.output)}"
        way = f"write `{sizes_text(without_batch(sizes[1:], layout))}`"
        yield "CNN541", Finding(group, "shape", message, "shapes leave out the batch", (way,))
    elif meant := misread(sizes, layout):
        message = f"`{sizes_text(parts)}` is read as {in_words(node.output)}"
        yield meant.code, Finding(group, "shape", message, meant.label, (f"write `{sizes_text(meant.sizes)}`",))


# -- kernels and windows


def _is_window_and_stride(node: Node, parts: tuple[int, ...]) -> bool:
    """Whether a pool's list was meant as window and stride, and is read as a window alone."""
    window = node.layer.sliding_window if node.layer else None
    is_pool = window is not None and window.setting == "window" and window.stride == window.kernel
    return is_pool and kernel_and_stride(parts, node.x.spatial)


def _misordered(group: list[WrittenLayer], parts: tuple[int, ...], order: Ordered) -> Finding:
    node = group[0].node
    assert node.layer is not None
    takes_filters = "filters" in node.layer.settings
    kernel = "×".join(map(str, parts[: len(node.x.spatial)]))
    message = f"`{sizes_text(parts)}` is read as a kernel of {kernel}"
    message += f" and {plural(parts[-1], 'filter')}" if takes_filters else ""
    label = "the kernel sizes come first, then the filters" if takes_filters else "only the kernel sizes belong here"
    return Finding(group, node.layer.principal, message, label, (order.help,))
