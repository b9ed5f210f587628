"""Warnings and notes on a layer that is right as far as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cnncalc import rules
from cnncalc.layers.base import Layer, Problem, plural
from cnncalc.spec.orders import Ordered, in_words, kernel_and_stride, misordered, misread, without_batch, written
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.source import Node, Scalar, Sequence
from cnncalc.spec.types import pieces, split_same


def remarks(kind: str, layer: Any, x: Shape, convention: str, layout: str) -> Iterator[Problem]:
    """What should be said of this layer on this input."""
    if kind == "dense" and x.spatial and convention == "lecture":
        yield Problem(
            "CNN501",
            "",
            f"`dense` reads {x.text(layout)} position by position",
            f"the same {x.channels}×{layer.units} weights at each of them",
            ("put a `flatten` before it to connect everything with everything",),
        )
    padding = getattr(layer, "padding", None)
    if isinstance(padding, Padding) and padding.rule == "same" and not layer.is_transposed:
        yield from _same(layer, x)


def idle_settings(layer: Any, settings: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Warnings of settings that are written and change nothing; `settings` are their names and texts."""
    values = vars(layer)
    for name, text in settings:
        if text.lower() == "true" and values.get(name) is False:
            message = f"`{name}: true` changes nothing beside `affine: false`"
            yield Problem("CNN543", name, message, "`affine: false` leaves out both", ("remove one of the two",))
        if name == "dilation" and "kernel" in values:
            axes = zip(values["kernel"], layer.dilation, strict=True)
            if max(layer.dilation) > 1 and all(k == 1 for k, d in axes if d > 1):
                message = "a kernel of one tap has nothing to spread: the dilation changes nothing"
                yield Problem("CNN543", name, message, "", ("remove it, or use a larger kernel",))


# -- values in another order


def order_remarks(node: Node | None, layer: Any, x: Shape, layout: str) -> Iterator[Problem]:
    """Warnings of values that were almost surely meant in another order; `node` is what stands behind the kind."""
    parts = _numbers(node)
    if len(parts) < 2:
        return
    if isinstance(node, Sequence) and "window" in layer.settings and kernel_and_stride(parts, x.spatial):
        if layer.stride == layer.window:
            label = "window and stride, as in PyTorch and Keras?"
            ways = ("write `3` and `stride: 2`", "or `3x2`, if the window is meant")
            yield Problem("CNN542", layer.principal, "`[3, 2]` is read as a window of 3×2", label, ways)
    elif layer.principal == "shape":
        yield from _order_of_shape(parts, layer.principal, layout, layer.output_shape(x))
    else:
        for order in _orders(parts, layer, x):
            yield _misordered(parts, layer, x, order)
            return


def order_helps(problem: Problem, node: Node | None, layer: Layer, x: Shape) -> tuple[str, ...]:
    """What to say of an error of a layer whose values may have been meant in another order."""
    parts = _numbers(node)
    is_kernel = problem.setting == "kernel"
    return tuple(order.help for order in _orders(parts, layer, x, is_kernel)) if len(parts) > 1 else ()


def _orders(parts: tuple[int, ...], layer: Layer, x: Shape, is_error: bool = False) -> Iterator[Ordered]:
    if "kernel" in layer.settings:
        yield from misordered(parts, len(x.spatial), x.channels, "filters" in layer.settings, is_error)


def _misordered(parts: tuple[int, ...], layer: Layer, x: Shape, order: Ordered) -> Problem:
    takes_filters = "filters" in layer.settings
    kernel = "×".join(map(str, parts[: len(x.spatial)]))
    what = f"`{written(parts)}` is read as a kernel of {kernel}"
    what += f" and {plural(parts[-1], 'filter')}" if takes_filters else ""
    label = "kernel sizes, then filters" if takes_filters else "kernel sizes alone"
    return Problem("CNN542", layer.principal, what, label, (order.help,))


def _order_of_shape(parts: tuple[int, ...], setting: str, layout: str, shape: Shape) -> Iterator[Problem]:
    """`reshape`: the same orders as those of an input, and a -1 for a batch."""
    sizes = shape.sizes(layout)
    if parts[0] == -1 and sizes[0] == 1 < max(sizes):
        rest = without_batch(sizes[1:], layout)
        message = f"the -1 is worked out as 1, and makes this {in_words(shape)}"
        label = "the batch is left out of a shape"
        yield Problem("CNN541", setting, message, label, (f"write `{written(rest)}`",))
    elif meant := misread(sizes, layout):
        message = f"`{written(parts)}` is read as {in_words(shape)}"
        yield Problem(meant.code, setting, message, meant.label, (f"write `{written(meant.sizes)}`",))


def _numbers(node: Node | None) -> tuple[int, ...]:
    """The whole numbers in `3x3x8` or `[3, 3, 8]`; none where there is anything else."""
    if isinstance(node, Scalar) and (not node.text or node.text[0] not in "-123456789"):
        return ()
    parts = pieces(node, "") if isinstance(node, Scalar | Sequence) else []
    texts = [part.text.strip() for part in parts if isinstance(part, Scalar)]
    good = len(texts) == len(parts) and all(text == "-1" or text.isdecimal() for text in texts)
    return tuple(map(int, texts)) if good else ()


def _same(layer: Any, x: Shape) -> Iterator[Problem]:
    """Where the conventions' rules of `same` differ for this layer."""
    window = getattr(layer, "kernel", None) or layer.window
    axes = list(zip(x.spatial, window, layer.stride, getattr(layer, "dilation", (1,) * len(window)), strict=True))
    halves = [(rules.half_padding(k, d),) * 2 for _, k, _, d in axes]
    fitted = [split_same(rules.same_padding(n, k, s, d)) for n, k, s, d in axes]
    if halves == fitted:
        return
    here, there = (
        "×".join(str(rules.windows(n, k, s, *pad, d)) for (n, k, s, d), pad in zip(axes, pads, strict=True))
        for pads in (halves, fitted)
    )
    zeros = f"{_amounts(halves)} under `lecture`, {_amounts(fitted)} under `keras`"
    if here != there:
        message = f"`same` makes this {here} under `lecture`, and {there} under `keras` and `pytorch`"
        yield Problem("CNN502", "", message, zeros, ("use an odd kernel, or write the padding as a number",))
    else:
        message = "`same` places its zeros differently under each convention"
        yield Problem("CNN503", "", message, zeros, ("the sizes agree, what each unit sees does not",))


def _amounts(pads: Iterable[tuple[int, ...]]) -> str:
    """`1 before and 1 after`, each pair once."""
    return ", ".join(f"{before} before and {after} after" for before, after in dict.fromkeys(pads))
