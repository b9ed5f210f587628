"""Convolutions: plain and grouped, depthwise, separable, transposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Fans, Initial, Layer, Problem, Reads, ReadsUnknown, Weight, pattern, plural, undivided
from cnncalc.layers.standardizing import Standardizing
from cnncalc.layers.window import SlidingWindow, dilation_setting
from cnncalc.settings.setting import Mistake, Reading, setting
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import (
    COUNT,
    SIZES,
    STEPS,
    TRUTH,
    PaddingType,
    Sizes,
    axes_text,
    pieces,
    sizes_schema,
    whole,
)
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence


def _filters_behind(node: YamlNode, at: Reading) -> dict[str, YamlNode]:
    """`8` is the filters, `3x3x8` (or `[3, 3, 8]`) the kernel and the filters."""
    parts = pieces(node, "the filters (8), or kernel and filters (3x3x8)")
    if len(parts) == 1:
        return {"filters": parts[0]}
    if not parts:
        raise Mistake("CNN206", node, "expected the filters (8), or kernel and filters (3x3x8)")
    for part in parts:
        if not isinstance(part, YamlScalar):
            raise Mistake(
                "CNN205", part, f"expected sizes and filters, found a {part.what}", "", "write settings without `- `"
            )
        whole(part, 1, "kernel sizes and filters (3x3x8)")
    if at.rank is not None and len(parts) != at.rank + 1:
        from cnncalc.settings.value_orders import misordered

        assert at.shape is not None
        sizes = tuple(int(part.text) for part in parts if isinstance(part, YamlScalar))
        orders = misordered(sizes, at.rank, at.shape.channels, takes_filters=True, is_error=True)
        example = "×".join(["3"] * at.rank + ["8"]).replace("×", "x")
        written = excerpt(node.text) if isinstance(node, YamlScalar) else f"a list of {len(parts)}"
        raise Mistake(
            "CNN215",
            node,
            f"`{written}` gives {plural(len(parts) - 1, 'kernel size')} for {axes_text(at.rank)}",
            f"the input is {at.shape.text(at.layout)}",
            f"write `{at.kind}: {example}` (kernel sizes, then filters)",
            *(order.help for order in orders),
        )
    kernel = YamlSequence(parts[:-1], node.line, node.column, parts[-2].end_line, parts[-2].end_column)
    return {"kernel": kernel, "filters": parts[-1]}


class _Windowed(Layer):
    """What the four kinds have in common."""

    kernel_array = "kernel"

    takes = "positions"
    makes_map = True
    border = "padding"
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
    dilation = dilation_setting()
    bias = setting(TRUTH, "a number added to each filter's sums", "true", short=lambda _: "no bias")

    @classmethod
    def principal_schema(cls) -> dict[str, Any] | None:
        # `3x3x8`, up to three sizes and the filters
        return sizes_schema(1, 4) if cls.leads else super().principal_schema()

    @property
    def sliding_window(self) -> SlidingWindow | None:
        return self._window()

    def _window(self) -> SlidingWindow:
        return SlidingWindow("kernel", self.kernel, self.stride, self.padding, self.dilation)

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from self._window().too_large(x)

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if self.padding.rule == "causal" and (convention == "pytorch" or (convention == "keras" and self.is_depthwise)):
            names = {"keras": "Keras' depthwise and separable convolutions have", "pytorch": "PyTorch has"}
            ways = ("add the zeros with a `pad` before it: " + _pad_before(self.kernel, self.dilation),)
            yield Problem("CNN531", "padding", f"{names[convention]} no `causal` padding", "", ways)

    def refused(self, inputs: Sequence[Shape], convention: str) -> Iterator[Problem]:
        if convention == "keras" and not self.is_depthwise and max(self.stride) > 1 and max(self.dilation) > 1:
            yield Problem(
                "CNN315",
                "dilation",
                "Keras has no convolution with both a stride and a dilation greater than 1",
                f"the stride is {STEPS.show(self.stride)}, the dilation {STEPS.show(self.dilation)}",
                ("use one of the two, or choose another `convention`",),
            )

    def _positions(self, x: Shape) -> tuple[int, ...]:
        return self._window().counts(x.spatial)

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        if name == "bias":
            return 0.0
        *_, depth, filters = shape
        taps = formulas.product(shape[:-2])
        return Fans(taps * depth, taps * filters)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._window().reads()

    def reads_channels(self, x: Shape) -> Reads | None:
        return None


def _fans_of_channels(shape: tuple[int, ...]) -> Fans:
    """The fans of a kernel whose filters reach through one channel: (*window, channels)."""
    taps = formulas.product(shape[:-1])
    return Fans(taps, taps * shape[-1])


def _pad_before(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> str:
    """The entry that pads a sequence like `causal`."""
    return f"`pad: [[{formulas.span(kernel[0], dilation[0]) - 1}, 0]]`"


def _biased(xp: Any, y: Any, weights: Mapping[str, Any]) -> Any:
    """Adds the bias, if there is one, to a new array."""
    return xp.affine(y, None, weights["bias"], out=y) if "bias" in weights else y


class _Filtering(_Windowed):
    """Filters that reach through all channels of their group."""

    principal = "filters"
    leads = "kernel"
    filters: int
    groups: int

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        return _filters_behind(node, at)

    def _group_problems(self, x: Shape) -> Iterator[Problem]:
        yield from undivided(x.channels, self.groups, "input channel")
        yield from undivided(self.filters, self.groups, "filter")

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self.filters)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        channels = x.channels if self.groups == 1 else formulas.exact_div(x.channels, self.groups)
        kernel = Weight((*self.kernel, channels, self.filters))
        return {"kernel": kernel, "bias": Weight((self.filters,))} if self.bias else {"kernel": kernel}


def _of_groups(inputs: int, filters: int, groups: int) -> Reads | None:
    """What filters read along the channels: those of their group."""
    if groups == 1:
        return None
    own = inputs // groups
    return pattern(filters // groups, own, lambda _: (0, own - 1))


def _filters_setting() -> int:
    meaning = "number of kernels, and so of output channels"
    return setting(COUNT, meaning, symbol="filters", short=lambda n: plural(n, "filter"))


def _groups_setting() -> int:
    meaning = "parts into which the channels are divided, each with its own filters"
    return setting(COUNT, meaning, "1", symbol="groups", short="{} groups")


class Conv(Standardizing, _Filtering):
    """A window of weights that moves over one, two or three axes; the kernels are not flipped (cross-correlation)."""

    also_called = "convolution conv1x1 conv3x3 convolutional stdconv scaledstdconv"
    filters = _filters_setting()
    groups = _groups_setting()

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(filters=channels, groups=1 if channels % self.groups else self.groups)

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from super().problems(x)
        yield from self._group_problems(x)

    def reads_channels(self, x: Shape) -> Reads | None:
        return _of_groups(x.channels, self.filters, self.groups)

    def macs(self, x: Shape, y: Shape) -> int:
        return formulas.conv_macs(y.spatial, self.kernel, x.channels, self.filters, self.groups)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return self.with_gain(super().weights(x))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        kernel = self.used_kernel(xp, weights)
        y = xp.convolve(xp.bordered(x, self.padding), kernel, self.stride, self.dilation, self.groups)
        return _biased(xp, y, weights)


class DepthwiseConv(Standardizing, _Windowed):
    """A convolution in which every channel has its own kernels and channels are never summed."""

    also_called = "dwconv depthwise depthwiseconvolution"
    is_depthwise = True
    principal = "kernel"
    multiplier = setting(
        COUNT,
        "kernels, and so output channels, per input channel",
        "1",
        symbol="multiplier",
        short="multiplier {}",
    )

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(multiplier=1)

    def reads_channels(self, x: Shape) -> Reads | None:
        return pattern(self.multiplier, 1, lambda _: (0, 0))

    def output_shape(self, x: Shape) -> Shape:
        return Shape(self._positions(x), self._channels(x))

    def _channels(self, x: Shape) -> int:
        return x.channels if self.multiplier == 1 else x.channels * self.multiplier

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        kernel = Weight((*self.kernel, self._channels(x)))
        bias = {"bias": Weight((self._channels(x),))} if self.bias else {}
        return self.with_gain({"kernel": kernel, **bias})

    def macs(self, x: Shape, y: Shape) -> int:
        return formulas.product([*y.spatial, *self.kernel, self._channels(x)])

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return _fans_of_channels(shape) if name == "kernel" else super().initial_values(name, shape)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        kernel = self.used_kernel(xp, weights)
        y = xp.convolve_depthwise(xp.bordered(x, self.padding), kernel, self.stride, self.dilation)
        return _biased(xp, y, weights)


class SeparableConv(_Windowed):
    """A depthwise convolution followed by a 1×1 convolution across the channels, with one bias at the end."""

    also_called = "sepconv separable separableconvolution depthwiseseparableconv"
    is_depthwise = True
    principal = "filters"
    leads = "kernel"
    kernel_array = "pointwise_kernel"
    filters = setting(
        COUNT, "output channels of the 1×1 convolution", symbol="filters", short=lambda n: plural(n, "filter")
    )
    multiplier = setting(COUNT, "depthwise kernels per input channel", "1", symbol="multiplier", short="multiplier {}")

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        return _filters_behind(node, at)

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(filters=channels, multiplier=1)

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
        return formulas.product([*y.spatial, *self.kernel, channels]) + formulas.product(
            [*y.spatial, channels, self.filters]
        )

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return _fans_of_channels(shape) if name == "depthwise_kernel" else super().initial_values(name, shape)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        kernel = weights["depthwise_kernel"]
        y = xp.convolve_depthwise(xp.bordered(x, self.padding), kernel, self.stride, self.dilation)
        return _biased(xp, xp.matmul(y, weights["pointwise_kernel"]), weights)


class _Cut(PaddingType):
    """What is cut off the output: `same` is shown as that word, not as the rows that it stands for."""

    def show(self, value: Padding) -> str:
        return "same" if value.rule == "same" else super().show(value)


def _cut(k: int, d: int, extra: int) -> tuple[int, int]:
    """What `same` cuts off before and after if an output padding is written: of 2·⌊k / 2⌋ − extra, an odd one after.

    At the end, the output padding adds its rows again.
    """
    whole = 2 * formulas.half_padding(k, d)
    before = max((whole - extra) // 2, 0)
    return before, whole - before


class ConvTranspose(_Filtering):
    """Transposed convolution: every input position spreads its value over a window of the output."""

    also_called = "deconv deconvolution transposedconv transposeconv convtransposed convolutiontranspose upconv"
    is_transposed = True
    border = ""
    has_last_changes = True
    filters = setting(COUNT, "output channels", symbol="filters", short=lambda n: plural(n, "filter"))
    padding = setting(
        _Cut(("valid", "same")),
        "rows and columns cut off the output (`same` only under `keras`)",
        "0",
        symbol="p",
        short="padding {}",
    )
    groups = setting(COUNT, "parts into which the channels are divided", "1", symbol="groups", short="{} groups")
    output_padding = setting(
        Sizes(0, is_step=True),
        "rows and columns added after the output; under `keras`, writing 0 is not the same as leaving it out",
        "0",
        symbol=r"output\_padding",
        short="output padding {}",
    )

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        padding = values["padding"]
        if at.convention != "keras" or (any(map(any, padding)) and not padding.rule):
            return
        # Keras' rules: `output_padding` is a setting of the layer only if it is written
        values["padding"] = Padding.by(padding.rule or "valid", padding)
        if "output_padding" not in at.written:
            del values["output_padding"]
        elif padding.rule:
            taps = zip(values["kernel"], values["dilation"], values["output_padding"], strict=True)
            values["padding"] = Padding.by("same", tuple(_cut(k, d, extra) for k, d, extra in taps))

    def is_default(self, name: str) -> bool:
        # under Keras' rules an output padding of 0 is not the same as none
        return super().is_default(name) and not (name == "output_padding" and self.padding.rule)

    @property
    def sliding_window(self) -> SlidingWindow | None:
        return None  # it moves over the output

    @property
    def spread_window(self) -> SlidingWindow | None:
        return self._window()

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(filters=channels, groups=1 if channels % self.groups else self.groups)

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
        limits = zip(self._extra(), self.stride, self.dilation, strict=True)
        if any(extra and extra >= (s if self.padding.rule else max(s, d)) for extra, s, d in limits):
            limit = "the stride" if self.padding.rule else "the stride or the dilation"
            yield Problem("CNN307", "output_padding", f"the output padding must be smaller than {limit}")
        yield from self._group_problems(x)

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        yield from super().remarks(inputs, convention, layout)
        spans = map(formulas.span, self.kernel, self.dilation)
        if self.padding.rule == "same" and any(
            k % 2 == 0 and e == 0 for k, e in zip(spans, self._extra(), strict=True)
        ):
            yield Problem(
                "CNN531",
                "output_padding",
                "TensorFlow refuses an output padding of 0 with `same` and an even kernel",
                "the output would be that of an input with one position less",
                ("leave `output_padding` out, for n·s positions", "Keras runs it on its other backends"),
            )

    def _extra(self) -> tuple[int | None, ...]:
        """The output padding, None along each axis if Keras' rules apply and none is written."""
        written: tuple[int, ...] | None = vars(self).get("output_padding")
        return (None,) * len(self.stride) if written is None else written

    def _positions(self, x: Shape) -> tuple[int, ...]:
        axes = zip(x.spatial, self.kernel, self.stride, self.padding, self.dilation, self._extra(), strict=True)
        if rule := self.padding.rule:
            return tuple(formulas.transposed_keras(n, k, s, d, rule == "same", extra) for n, k, s, _, d, extra in axes)
        return tuple(
            formulas.transposed(n, k, s, before, after, d, extra or 0) for n, k, s, (before, after), d, extra in axes
        )

    def macs(self, x: Shape, y: Shape) -> int:
        # every position of the *input* is multiplied by every weight
        return formulas.conv_macs(x.spatial, self.kernel, x.channels, self.filters, self.groups)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        count = self._positions(Shape(x.shape[1:-1], x.shape[-1]))
        cut = [before for before, _ in self.padding]
        y = xp.convolve_transposed(x, weights["kernel"], self.stride, self.dilation, cut, count, self.groups)
        return _biased(xp, y, weights)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._window().writes()

    def reads_channels(self, x: Shape) -> Reads | None:
        return _of_groups(x.channels, self.filters, self.groups)


class DeformableConv(_Filtering):
    """A convolution whose taps are moved by offsets, which a second convolution calculates at each position; values
    between positions are interpolated."""

    since = 2
    takes = "map"
    also_called = "deformconv dcn dcnv2 modulateddeformconv deformableconvolution"
    filters = _filters_setting()
    padding = setting(
        PaddingType(("valid", "same")),  # a map has no axis for `causal`
        "zeros around the input",
        "0",
        symbol="p",
        short="padding {}",
    )
    groups = _groups_setting()
    offset_groups = setting(
        COUNT,
        "parts into which the input channels are divided, each with its own offsets",
        "1",
        symbol="g",
        short="{} offset groups",
    )
    modulated = setting(
        TRUTH,
        "whether each tap also has a factor between 0 and 1, the sigmoid of one more number",
        "true",
        short=lambda modulated: "" if modulated else "not modulated",
    )

    def keeping(self, channels: int) -> Layer:
        return self.with_settings(filters=channels, groups=1 if channels % self.groups else self.groups)

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from super().problems(x)
        yield from self._group_problems(x)
        if x.channels % self.offset_groups:
            message = f"{self.offset_groups} offset groups do not divide {plural(x.channels, 'input channel')}"
            yield Problem("CNN302", "offset_groups", message, f"{x.channels} / {self.offset_groups} is not whole")

    def _offsets(self) -> int:
        """How many numbers move the taps at each position: two for each, or three with its factor."""
        numbers = formulas.product([3 if self.modulated else 2, *self.kernel])
        return numbers if self.offset_groups == 1 else numbers * self.offset_groups

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        offsets = self._offsets()
        offset_kernel = Weight((*self.kernel, x.channels, offsets))
        return {**super().weights(x), "offset_kernel": offset_kernel, "offset_bias": Weight((offsets,))}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return super().initial_values(name, shape) if name in ("kernel", "bias") else 0.0

    def macs(self, x: Shape, y: Shape) -> int:
        own = formulas.conv_macs(y.spatial, self.kernel, x.channels, self.filters, self.groups)
        return own + formulas.conv_macs(y.spatial, self.kernel, x.channels, self._offsets(), 1)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        kernel, offset_kernel = weights["kernel"], weights["offset_kernel"]
        moves = xp.convolve(xp.bordered(x, self.padding), offset_kernel, self.stride, self.dilation, 1)
        moves += weights["offset_bias"]
        first = [-before for before, _ in self.padding]
        taps = xp.deformed(x, moves, self.kernel, first, self.stride, self.dilation, self.offset_groups, self.modulated)
        return _biased(xp, xp.of_groups(taps, kernel, self.groups), weights)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        raise ReadsUnknown

    @property
    def why_unknown(self) -> str:
        window = self._window()
        taps = "×".join(map(str, self.kernel))
        spans = "" if window.spans == tuple(self.kernel) else f" over {'×'.join(map(str, window.spans))} positions"
        return f"each tap is moved by offsets that depend on the input; undeformed, it is a window of {taps}{spans}"
