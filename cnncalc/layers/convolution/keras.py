"""Convolutions in Keras."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.layers.equals import Array, Equal, NoEqual, call
from cnncalc.layers.keras import Keras, by_axis, cropped, zero_padded

_CAUSAL = "causal"

_GROUPED_TRANSPOSE = '''\
class {name}(layers.{base}):
    """Groups of filters, each of which reads its own part of the channels."""

    def __init__(self, *sizes, groups, **options):
        super().__init__(*sizes, **options)
        self.groups = groups

    def build(self, shape):
        super().build((*shape[:-1], shape[-1] // self.groups))
        self.input_spec = layers.InputSpec(ndim=len(shape))

    def call(self, x):
        kernels = ops.split(ops.convert_to_tensor(self.kernel), self.groups, -2)
        options = self.strides, self.padding, self.output_padding
        parts = [
            ops.conv_transpose(part, kernel, *options, dilation_rate=self.dilation_rate)
            for part, kernel in zip(ops.split(x, self.groups, -1), kernels)
        ]
        sums = ops.concatenate(parts, -1)
        return sums if self.bias is None else sums + self.bias
'''


class _KerasConvolution(Keras):
    has_causal = True

    @property
    def word(self) -> str:
        """The padding that the layer can have itself: a word; all other paddings are layers before it."""
        layer, pairs = self.layer, tuple(self.layer.padding)
        is_same = pairs == tuple(map(_same, self.x.spatial, layer.kernel, layer.stride, layer.dilation))
        if self.padded_by:
            return "same" if is_same and self.padded_by == "same" else ""
        if not any(map(any, pairs)):
            return "valid"
        if is_same:
            return "same"
        before = formulas.span(layer.kernel[0], layer.dilation[0]) - 1
        return _CAUSAL if self.has_causal and pairs == ((before, 0),) else ""

    @property
    def bordered(self) -> str:
        """How the layer is applied."""
        padding = self.layer.padding
        if self.padded_by == "layer":
            return f"{{module}}({call(f'layers.ZeroPadding{self.rank}', by_axis(padding))}({{0}}))"
        return self.forward if self.word else f"{{module}}({zero_padded('{0}', padding)})"

    def convolution(self, name: str, *first: object, **more: tuple[object, object]) -> str:
        """The layer."""
        layer = self.layer
        self.check_steps(name)
        return call(
            f"layers.{name}{self.rank}",
            *first,
            strides=(layer.stride, 1),
            padding=(self.word or "valid", "valid"),
            dilation_rate=(layer.dilation, 1),
            **more,
            use_bias=(layer.bias, True),
        )

    def check_steps(self, name: str) -> None:
        """Keras' convolutions have a stride or a dilation.

        Raises:
            NoEqual: this one has both.
        """
        if max(self.layer.stride) > 1 and max(self.layer.dilation) > 1:
            raise NoEqual(f"Keras' {name} has no stride and dilation that are both greater than 1")

    def bias(self) -> dict[str, Array]:
        """Where the bias is, if there is one."""
        return {"bias": Array("bias")} if self.layer.bias else {}


def _same(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """What Keras' `same` adds before and after an axis."""
    total = formulas.same_padding(n, k, s, d)
    return total // 2, total - total // 2


class ConvKeras(_KerasConvolution):
    """`Conv2D`, with a kernel like ours."""

    def equal(self) -> Equal:
        layer = self.layer
        module = self.convolution("Conv", layer.filters, layer.kernel, groups=(layer.groups, 1))
        return self.with_filters(Equal(module, self.bordered, {"kernel": Array("kernel"), **self.bias()}))


class DeformableConvKeras(Keras):
    """Nothing."""

    def equal(self) -> Equal:
        raise NoEqual("Keras has no deformable convolution")


class _KerasDepthwise(_KerasConvolution):
    has_causal = False

    @property
    def has_layer(self) -> bool:
        """Whether Keras has one: on maps and sequences, with the same stride along both axes, and filters used as they
        are."""
        is_own = len(self.x.spatial) < 3 and len(set(self.layer.stride)) == 1
        return is_own and not self.layer.prepares_kernel

    def check_steps(self, name: str) -> None:
        if not self.has_layer:
            super().check_steps(name)

    def taps(self) -> tuple[int, ...]:
        """The sizes of its kernel, with an axis for what a channel is multiplied by."""
        if self.has_layer:
            return (*self.layer.kernel, self.x.channels, self.layer.multiplier)
        return (*self.layer.kernel, 1, self.x.channels * self.layer.multiplier)


class DepthwiseConvKeras(_KerasDepthwise):
    """`DepthwiseConv2D`, or where there is none a `Conv3D` with as many groups as channels."""

    def equal(self) -> Equal:
        layer, channels = self.layer, self.x.channels
        if self.has_layer:
            module = self.convolution("DepthwiseConv", layer.kernel, depth_multiplier=(layer.multiplier, 1))
        else:
            module = self.convolution("Conv", channels * layer.multiplier, layer.kernel, groups=(channels, 1))
        kernel = Array("kernel", shape=self.taps())
        return self.with_filters(Equal(module, self.bordered, {"kernel": kernel, **self.bias()}))


class SeparableConvKeras(_KerasDepthwise):
    """`SeparableConv2D`."""

    def equal(self) -> Equal:
        layer = self.layer
        if not self.has_layer:
            raise NoEqual("Keras' separable convolutions work on sequences and maps, with one stride for all axes")
        module = self.convolution("SeparableConv", layer.filters, layer.kernel, depth_multiplier=(layer.multiplier, 1))
        pointwise = Array("pointwise_kernel", shape=(*(1,) * len(layer.kernel), *self._across))
        arrays = {"depthwise_kernel": Array("depthwise_kernel", shape=self.taps()), "pointwise_kernel": pointwise}
        return Equal(module, self.bordered, {**arrays, **self.bias()})

    @property
    def _across(self) -> tuple[int, int]:
        return self.x.channels * self.layer.multiplier, self.layer.filters


class ConvTransposeKeras(Keras):
    """`Conv2DTranspose`, or one of one's own for groups; what its two words do not cut off is cut off afterwards."""

    def equal(self) -> Equal:
        layer, axes = self.layer, len(self.x.spatial)
        if max(layer.stride) > 1 and max(layer.dilation) > 1:
            raise NoEqual("Keras' transposed convolutions have no stride and dilation that are both greater than 1")
        extra, cuts = self._extra(), self._cuts()
        if extra and any(map(int.__ge__, extra, layer.stride)):
            raise NoEqual("Keras' transposed convolutions have no output padding that is not smaller than the stride")
        base, helper = f"Conv{self.rank}Transpose", ""
        name = f"layers.{base}"
        if layer.groups > 1:
            name = f"Grouped{base}"
            helper = _GROUPED_TRANSPOSE.format(name=name, base=base)
        module = call(
            name,
            *(layer.filters, layer.kernel),
            groups=(layer.groups, 1),
            strides=(layer.stride, 1),
            padding=(layer.padding.rule or "valid", "valid"),
            output_padding=(extra, None),
            dilation_rate=(layer.dilation, 1),
            use_bias=(layer.bias, True),
        )
        arrays = {"kernel": Array("kernel", (*range(axes), axes + 1, axes))}
        if layer.bias:
            arrays["bias"] = Array("bias")
        return Equal(module, cropped("{module}({0})", cuts), arrays, helper=helper)

    def _extra(self) -> tuple[int, ...] | None:
        """The output padding: written if it was written, or if leaving it out would not be the same."""
        layer = self.layer
        written: tuple[int, ...] | None = vars(layer).get("output_padding")
        if layer.padding.rule or written is None or any(written):
            return written
        spans = map(formulas.span, layer.kernel, layer.dilation)
        return None if all(map(int.__ge__, spans, layer.stride)) else written

    def _cuts(self) -> list[tuple[int, int]]:
        """What is cut off the output of the layer, before and after."""
        layer = self.layer
        return [(0, 0)] * len(layer.kernel) if layer.padding.rule else list(layer.padding)
