"""Warnings and notes on a layer that is right as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc import rules
from cnncalc.layers.base import Problem
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.types import split_same


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


def merge_remarks(shapes: Sequence[Shape], names: Sequence[str], convention: str, layout: str) -> Iterator[Problem]:
    """What the framework whose convention holds refuses in a merge of these tensors, which end in `names`."""
    rank = max(len(shape.spatial) for shape in shapes)
    few = next((index for index, shape in enumerate(shapes) if len(shape.spatial) < rank), None)
    refuses = {"pytorch": "PyTorch", "keras": "Keras with channels first" if layout == "channels_first" else ""}
    if few is not None and (framework := refuses.get(convention)):
        yield Problem(
            "CNN550",
            "",
            f"{framework} does not spread {names[few]}, {shapes[few].text(layout)}, over the positions of the others",
            "tensors with fewer axes are lined up at the last one there",
            ("keep the axes: `global_avg_pool: {keep_dims: true}`, with `conv: {kernel: 1}` for `dense`",),
        )


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


def _amounts(pads: Sequence[tuple[int, ...]]) -> str:
    """`1 before and 1 after`, each pair once."""
    return ", ".join(f"{before} before and {after} after" for before, after in dict.fromkeys(pads))
