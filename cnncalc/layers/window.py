"""What convolutions and pools share: a window that moves over the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnncalc import rules
from cnncalc.layers.base import Problem, Reads
from cnncalc.spec.settings import Padding, Shape

Sizes = tuple[int, ...]


def positions(
    x: Shape, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes, rule: Callable[..., int] = rules.windows
) -> Sizes:
    """How many windows fit, an axis."""
    return tuple(
        rule(n, k, s, before, after, d)
        for n, k, s, (before, after), d in zip(x.spatial, kernel, stride, padding, dilation, strict=True)
    )


def reads(kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes) -> tuple[Reads, ...]:
    """The window of each position, an axis."""
    return tuple(
        Reads(1, s, (-before,), (rules.span(k, d) - 1 - before,))
        for k, s, (before, _), d in zip(kernel, stride, padding, dilation, strict=True)
    )


def too_large(
    x: Shape, count: Sizes, kernel: Sizes, padding: Padding, dilation: Sizes, setting: str
) -> Iterator[Problem]:
    """A window that does not fit even once into its padded input; `count` is how often it does, an axis."""
    if min(count) >= 1:
        return
    spans = tuple(map(rules.span, kernel, dilation))
    padded = tuple(n + before + after for n, (before, after) in zip(x.spatial, padding, strict=True))
    window, size = "×".join(map(str, spans)), "×".join(map(str, padded))
    dilated = f" ({'×'.join(map(str, kernel))} dilated)" if spans != tuple(kernel) else ""
    with_padding = f" ({'×'.join(map(str, x.spatial))} and the padding)" if padded != x.spatial else ""
    yield Problem(
        "CNN301",
        setting,
        f"the {setting} {window}{dilated} is larger than its input, {size}{with_padding}",
        "no window fits",
        (f"use a smaller {setting}, more padding, or less stride and pooling before this layer",),
    )
