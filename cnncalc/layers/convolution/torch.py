"""Convolutions in PyTorch."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.layers.equals import Array, CallText, Equal, call
from cnncalc.layers.torch import Torch, symmetric, with_border


class _TorchConvolution(Torch):
    def convolution(self, channels: int, filters: int, groups: int, bias: bool) -> CallText:
        """The module, with the padding that it can have itself."""
        layer = self.layer
        return call(
            f"nn.Conv{self.rank}",
            *(channels, filters, layer.kernel),
            stride=(layer.stride, 1),
            padding=(self.own_padding or 0, 0),
            dilation=(layer.dilation, 1),
            groups=(groups, 1),
            bias=(bias, True),
        )

    @property
    def own_padding(self) -> str | tuple[int, ...] | None:
        """The padding that the module can have itself: the same on both sides, or by PyTorch's rule, which spreads all
        that the window spans but one, the odd one after; None for any other."""
        layer = self.layer
        beyond = [formulas.span(k, d) - 1 for k, d in zip(layer.kernel, layer.dilation, strict=True)]
        is_word = layer.padding.rule == "same" and max(layer.stride) == 1
        if is_word and tuple(layer.padding) == tuple((each // 2, each - each // 2) for each in beyond):
            return "same"
        return symmetric(layer.padding)

    @property
    def bordered(self) -> str:
        """How the module is applied."""
        return self.forward if self.own_padding else f"{{module}}({with_border('{0}', self.layer.padding)})"

    def bias(self, path: str = "bias") -> dict[str, Array]:
        """Where the bias is, if there is one."""
        return {"bias": Array(path)} if self.layer.bias else {}

    def of_each_channel(self, path: str = "weight") -> Array:
        """Where the kernel of a depthwise convolution is: channels first, and each has one input."""
        axes = len(self.x.spatial)
        channels = self.x.channels * self.layer.multiplier
        return Array(path, (axes, *range(axes)), shape=(channels, 1, *self.layer.kernel))


class ConvTorch(_TorchConvolution):
    """`Conv2d`; our kernel (*window, channels, filters) is (filters, channels, *window) there."""

    def equal(self) -> Equal:
        layer, axes = self.layer, len(self.x.spatial)
        module = self.convolution(self.x.channels, layer.filters, layer.groups, layer.bias)
        kernel = Array("weight", (axes + 1, axes, *range(axes)))
        return self.with_filters(Equal(module, self.bordered, {"kernel": kernel, **self.bias()}))


_DEFORMABLE_CONV = '''\
from torchvision.ops import DeformConv2d

class DeformableConv(DeformConv2d):
    """A deformable convolution, and the convolution that calculates its offsets."""

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        offset_groups: int = 1,
        modulated: bool = True,
    ) -> None:
        window = (kernel, stride, padding, dilation)
        super().__init__(channels, filters, *window, groups, bias)
        self.taps = offset_groups * self.kernel_size[0] * self.kernel_size[1]
        self.modulated = modulated
        self.offsets = nn.Conv2d(channels, (2 + modulated) * self.taps, *window)
        for parameter in self.offsets.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        offsets, factors = self.offsets(x).tensor_split([2 * self.taps], dim=1)
        mask = factors.sigmoid() if self.modulated else None
        return super().forward(x, offsets, mask)
'''


class DeformableConvTorch(_TorchConvolution):
    """torchvision's `DeformConv2d`, with a convolution for its offsets."""

    def equal(self) -> Equal:
        layer, padding = self.layer, symmetric(self.layer.padding)
        module = call(
            "DeformableConv",
            *(self.x.channels, layer.filters, layer.kernel),
            stride=(layer.stride, 1),
            padding=(padding or 0, 0),
            dilation=(layer.dilation, 1),
            groups=(layer.groups, 1),
            bias=(layer.bias, True),
            offset_groups=(layer.offset_groups, 1),
            modulated=(layer.modulated, True),
        )
        forward = self.forward if padding else f"{{module}}({with_border('{0}', layer.padding)})"
        offsets = {"offset_kernel": Array("offsets.weight", (3, 2, 0, 1)), "offset_bias": Array("offsets.bias")}
        arrays = {"kernel": Array("weight", (3, 2, 0, 1)), **self.bias(), **offsets}
        return Equal(module, forward, arrays, helper=_DEFORMABLE_CONV)


class DepthwiseConvTorch(_TorchConvolution):
    """`Conv2d` with as many groups as channels."""

    def equal(self) -> Equal:
        channels = self.x.channels
        module = self.convolution(channels, channels * self.layer.multiplier, channels, self.layer.bias)
        return self.with_filters(Equal(module, self.bordered, {"kernel": self.of_each_channel(), **self.bias()}))


class SeparableConvTorch(_TorchConvolution):
    """Two `Conv2d`, the second across the channels."""

    def equal(self) -> Equal:
        layer, channels = self.layer, self.x.channels
        between = channels * layer.multiplier
        first = self.convolution(channels, between, channels, bias=False)
        second = call(f"nn.Conv{self.rank}", between, layer.filters, 1, bias=(layer.bias, True))
        pointwise = Array("1.weight", (1, 0), shape=(layer.filters, between, *(1,) * len(self.x.spatial)))
        return Equal(
            call("nn.Sequential", first, second),
            self.bordered,
            {
                "depthwise_kernel": self.of_each_channel("0.weight"),
                "pointwise_kernel": pointwise,
                **self.bias("1.bias"),
            },
        )


class ConvTransposeTorch(Torch):
    """`ConvTranspose2d`, whose padding cuts both sides alike: what is left is cut off afterwards."""

    def equal(self) -> Equal:
        layer = self.layer
        cut, extra, after = self._own_cut()
        module = call(
            f"nn.ConvTranspose{self.rank}",
            *(self.x.channels, layer.filters, layer.kernel),
            stride=(layer.stride, 1),
            padding=(cut, 0),
            output_padding=(extra, 0),
            groups=(layer.groups, 1),
            bias=(layer.bias, True),
            dilation=(layer.dilation, 1),
        )
        forward = with_border("{module}({0})", [(-before, -end) for before, end in after])
        return Equal(module, forward, {"kernel": self._kernel(), **({"bias": Array("bias")} if layer.bias else {})})

    def _own_cut(self) -> tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, int]]]:
        """Padding and output padding of the module, and what is cut off its output, before and after."""
        layer = self.layer
        axes = zip(
            *(self.x.spatial, self.output.spatial, layer.kernel, layer.stride, layer.dilation, layer.padding),
            strict=True,
        )
        found = []
        for n, m, k, s, d, (before, _) in axes:
            missing = m - formulas.transposed(n, k, s, before, before, d, 0)
            if 0 <= missing < max(s, d):
                found.append((before, missing, (0, 0)))
            else:
                rest = formulas.transposed(n, k, s, 0, 0, d, 0) - before - m
                found.append((0, max(-rest, 0), (before, max(rest, 0))))
        paddings, extras, cuts = zip(*found, strict=True)
        return paddings, extras, list(cuts)

    def _kernel(self) -> Array:
        """Our (*window, channels / groups, filters) as (channels, filters / groups, *window): the filters of a group
        belong to its channels."""
        layer, axes = self.layer, len(self.x.spatial)
        channels, filters = self.x.channels // layer.groups, layer.filters // layer.groups
        return Array(
            "weight",
            (axes + 1, axes, axes + 2, *range(axes)),
            (*layer.kernel, channels, layer.groups, filters),
            (self.x.channels, filters, *layer.kernel),
        )
