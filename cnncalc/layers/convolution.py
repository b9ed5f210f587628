"""Convolutions: plain and grouped, depthwise, separable, transposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from typing import Any

from cnncalc import rules
from cnncalc.layers import window
from cnncalc.layers.base import NOTHING, Layer, Problem, Reads, Weight, pattern, plural
from cnncalc.spec.settings import Mistake, Reading, Shape, setting
from cnncalc.spec.source import Node, Scalar, Sequence
from cnncalc.spec.types import (
    COUNT,
    SIZES,
    STEPS,
    TRUTH,
    PaddingType,
    Sizes,
    axes_text,
    excerpt,
    pieces,
    sizes_schema,
    whole,
)


def _filters_behind(node: Node, at: Reading) -> dict[str, Node]:
    """`8` is the filters, `3x3x8` (or `[3, 3, 8]`) the kernel and the filters."""
    parts = pieces(node, "the filters (8), or kernel and filters (3x3x8)")
    if len(parts) == 1:
        return {"filters": parts[0]}
    if not parts:
        raise Mistake("CNN206", node, "expected the filters (8), or kernel and filters (3x3x8)")
    for part in parts:
        if not isinstance(part, Scalar):
            raise Mistake(
                "CNN205", part, f"expected sizes and filters, found a {part.what}", "", "settings stand without `- `"
            )
        whole(part, 1, "kernel sizes and filters (3x3x8)")
    if at.rank is not None and len(parts) != at.rank + 1:
        assert at.shape is not None
        example = "×".join(["3"] * at.rank + ["8"]).replace("×", "x")
        written = excerpt(node.text) if isinstance(node, Scalar) else f"a list of {len(parts)}"
        raise Mistake(
            "CNN215",
            node,
            f"`{written}` gives {plural(len(parts) - 1, 'kernel size')} for {axes_text(at.rank)}",
            f"the input is {at.shape.text(at.layout)}",
            f"write `{at.kind}: {example}` (kernel sizes, then filters)",
        )
    kernel = Sequence(parts[:-1], node.line, node.column, parts[-2].end_line, parts[-2].end_column)
    return {"kernel": kernel, "filters": parts[-1]}


class _Windowed(Layer):
    """What the four kinds share."""

    takes = "positions"
    has_norm = True
    has_activation = True
    kernel = setting(SIZES, "size of the window", symbol="k", short="{}")
    stride = setting(STEPS, "step of the window", "1", symbol="s", short="stride {}")
    padding = setting(
        PaddingType(),
        "zeros around the input",
        "0",
        symbol="p",
        short="padding {}",
    )
    dilation = setting(
        STEPS,
        "step between the positions that one window reads; 1 leaves no gaps",
        "1",
        symbol="d",
        short="dilation {}",
    )
    bias = setting(TRUTH, "a number added to each filter's sums", "true", short=lambda _: "no bias")

    @classmethod
    def principal_schema(cls) -> dict[str, Any] | None:
        # `3x3x8`, up to three sizes and the filters
        return sizes_schema(1, 4) if cls.leads else super().principal_schema()

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from window.too_large(x, self._positions(x), self.kernel, self.padding, self.dilation, "kernel")

    def _positions(self, x: Shape) -> tuple[int, ...]:
        return window.positions(x, self.kernel, self.stride, self.padding, self.dilation)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return window.reads(self.kernel, self.stride, self.padding, self.dilation)


def _group_problems(c_in: int, filters: int, groups: int) -> Iterator[Problem]:
    if c_in % groups:
        yield Problem(
            "CNN302",
            "groups",
            f"{groups} groups do not divide {plural(c_in, 'input channel')}",
            f"{c_in} / {groups} is not whole",
        )
    if filters % groups:
        yield Problem(
            "CNN302",
            "groups",
            f"{groups} groups do not divide {plural(filters, 'filter')}",
            f"{filters} / {groups} is not whole",
        )


def _biased(xp: Any, y: Any, weights: Mapping[str, Any]) -> Any:
    """Adds the bias, where there is one, to a new array."""
    return xp.affine(y, None, weights["bias"], out=y) if "bias" in weights else y


class Conv(_Windowed):
    """A window of weights that moves over one, two or three axes; the kernels are not flipped (cross-correlation)."""

    principal = "filters"
    leads = "kernel"
    filters = setting(
        COUNT,
        "how many kernels there are, and so output channels",
        symbol="filters",
        short=lambda n: plural(n, "filter"),
    )
    groups = setting(
        COUNT,
        "parts into which the channels are divided, each with its own filters",
        "1",
        symbol="groups",
        short="{} groups",
    )

    @classmethod
    def principal_settings(cls, node: Node, at: Reading) -> dict[str, Node]:
        return _filters_behind(node, at)

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from super().problems(x)
        yield from _group_problems(x.channels, self.filters, self.groups)

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self.filters)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        channels = x.channels if self.groups == 1 else rules.exact_div(x.channels, self.groups)
        kernel = Weight((*self.kernel, channels, self.filters))
        return {"kernel": kernel, "bias": Weight((self.filters,))} if self.bias else {"kernel": kernel}

    def macs(self, x: Shape, y: Shape) -> int:
        return rules.conv_macs(y.spatial, self.kernel, x.channels, self.filters, self.groups)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return _biased(xp, xp.convolve(x, weights["kernel"], self, self.groups), weights)


class DepthwiseConv(_Windowed):
    """A convolution in which every channel has its own kernels and channels are never summed."""

    principal = "kernel"
    multiplier = setting(
        COUNT,
        "kernels, and so output channels, for each input channel",
        "1",
        symbol="multiplier",
        short="multiplier {}",
    )

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self._channels(x))

    def _channels(self, x: Shape) -> int:
        return x.channels if self.multiplier == 1 else x.channels * self.multiplier

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        kernel = Weight((*self.kernel, self._channels(x)))
        return {"kernel": kernel, "bias": Weight((self._channels(x),))} if self.bias else {"kernel": kernel}

    def macs(self, x: Shape, y: Shape) -> int:
        return rules.product([*y.spatial, *self.kernel, self._channels(x)])

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return _biased(xp, xp.convolve_depthwise(x, weights["kernel"], self), weights)


class SeparableConv(_Windowed):
    """A depthwise convolution followed by a 1×1 convolution across the channels, with one bias at the end."""

    principal = "filters"
    leads = "kernel"
    filters = setting(
        COUNT, "output channels of the 1×1 convolution", symbol="filters", short=lambda n: plural(n, "filter")
    )
    multiplier = setting(
        COUNT, "depthwise kernels for each input channel", "1", symbol="multiplier", short="multiplier {}"
    )

    @classmethod
    def principal_settings(cls, node: Node, at: Reading) -> dict[str, Node]:
        return _filters_behind(node, at)

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self.filters)

    def _channels(self, x: Shape) -> int:
        return x.channels if self.multiplier == 1 else x.channels * self.multiplier

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        weights = {
            "depthwise_kernel": Weight((*self.kernel, self._channels(x))),
            "pointwise_kernel": Weight((self._channels(x), self.filters)),
        }
        return {**weights, "bias": Weight((self.filters,))} if self.bias else weights

    def macs(self, x: Shape, y: Shape) -> int:
        channels = self._channels(x)
        return rules.product([*y.spatial, *self.kernel, channels]) + rules.product([*y.spatial, channels, self.filters])

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = xp.convolve_depthwise(x, weights["depthwise_kernel"], self)
        return _biased(xp, xp.matmul(y, weights["pointwise_kernel"]), weights)


class ConvTranspose(_Windowed):
    """Transposed convolution: every input position spreads its value over a window of the output."""

    principal = "filters"
    is_transposed = True
    has_last_changes = True
    leads = "kernel"
    filters = setting(COUNT, "output channels", symbol="filters", short=lambda n: plural(n, "filter"))
    padding = setting(
        PaddingType(("valid", "same")),
        "rows and columns cut off the output (`same` under `keras` alone)",
        "0",
        symbol="p",
        short="padding {}",
    )
    groups = setting(COUNT, "parts into which the channels are divided", "1", symbol="groups", short="{} groups")
    output_padding = setting(
        Sizes(0, is_step=True),
        "rows and columns added after the output",
        "0",
        symbol="output_padding",
        short="output padding {}",
    )

    @classmethod
    def principal_settings(cls, node: Node, at: Reading) -> dict[str, Node]:
        return _filters_behind(node, at)

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        if at.convention == "keras" and not any(map(any, values["padding"])) and not any(values["output_padding"]):
            # Keras fills what a kernel smaller than its stride leaves short of n·s
            spans = map(rules.span, values["kernel"], values["dilation"])
            values["output_padding"] = tuple(max(s - k, 0) for k, s in zip(spans, values["stride"], strict=True))

    def problems(self, x: Shape) -> Iterator[Problem]:
        if min(self._positions(x)) < 1:
            size = "×".join(map(str, self._positions(x)))
            yield Problem(
                "CNN301",
                "padding",
                f"the padding cuts off the whole output: {size} would be left",
                "",
                ("use less padding or a larger kernel",),
            )
        limits = zip(self.output_padding, self.stride, self.dilation, strict=True)
        if not self.padding.rule and any(extra >= max(s, d) for extra, s, d in limits):
            yield Problem(
                "CNN307", "output_padding", "the output padding must be smaller than the stride or the dilation"
            )
        yield from _group_problems(x.channels, self.filters, self.groups)

    def _positions(self, x: Shape) -> tuple[int, ...]:
        settings = zip(
            x.spatial, self.kernel, self.stride, self.padding, self.dilation, self.output_padding, strict=True
        )
        return tuple(
            rules.transposed(n, k, s, before, after, d, extra) for n, k, s, (before, after), d, extra in settings
        )

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self.filters)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        channels = x.channels if self.groups == 1 else rules.exact_div(x.channels, self.groups)
        kernel = Weight((*self.kernel, channels, self.filters))
        return {"kernel": kernel, "bias": Weight((self.filters,))} if self.bias else {"kernel": kernel}

    def macs(self, x: Shape, y: Shape) -> int:
        # every position of the *input* meets every weight
        return rules.conv_macs(x.spatial, self.kernel, x.channels, self.filters, self.groups)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        count = self._positions(Shape(x.shape[1:-1], x.shape[-1]))
        return _biased(xp, xp.convolve_transposed(x, weights["kernel"], self, count), weights)

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        return tuple(
            _spread_reads(k, s, before, d)
            for k, s, (before, _), d in zip(self.kernel, self.stride, self.padding, self.dilation, strict=True)
        )


def _spread_reads(k: int, s: int, before: int, d: int) -> Reads:
    """Output i is reached by input j through tap m where j·s − before + m·d = i."""
    shared = gcd(s, d)
    step = s // shared  # the taps that reach one output are so far apart
    inverse = pow(d // shared, -1, step)

    def sources(i: int) -> tuple[int, int]:
        target = i + before
        nearest = target // shared * inverse % step
        if target % shared or nearest >= k:
            return NOTHING
        farthest = nearest + (k - 1 - nearest) // step * step
        return (target - farthest * d) // s, (target - nearest * d) // s

    return pattern(s, 1, sources)
