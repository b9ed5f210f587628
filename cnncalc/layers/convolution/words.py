"""Sentences about convolutions."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc import formulas
from cnncalc.layers.base import plural
from cnncalc.layers.words import Words, biases, each_of, everywhere, join, standardized, times


class _FilterWords(Words):
    """What all convolutions say."""

    learned = "kernels"
    called = {"filters": "number of kernels", "kernel": "kernel size", "multiplier": "kernels per channel"}
    always = frozenset({"filters", "kernel", "stride", "padding"})

    def channels(self) -> str:
        return "one channel (feature map) for each filter"

    def unchanged(self) -> str:
        return self.channels()

    @property
    def _kernel(self) -> str:
        """`a 3×3 kernel`, `an 8×8 kernel`, `a kernel of 3`."""
        kernel = self.layer.kernel
        if len(kernel) == 1:
            return f"a kernel of {kernel[0]}"
        first = str(kernel[0])
        return f"{'an' if first[0] == '8' or first in ('11', '18') else 'a'} {times(kernel)} kernel"

    def _grouped(self) -> str:
        """The weights of a convolution whose filters reach through the channels of their group."""
        layer = self.layer
        depth = self.x.channels // layer.groups
        group = f" (one of {layer.groups} groups)" if layer.groups > 1 else ""
        kernel = f"{self._kernel} for {plural(depth, 'channel')}{group}"
        own = [plural(layer.filters, "such filter")]
        own += [plural(layer.filters, "bias", "biases")] if layer.bias else []
        own += [plural(layer.filters, "gain")] if getattr(layer, "gain", False) else []
        return f"{kernel}, {join(own)}{'' if layer.bias else ', no biases'}"


class ConvWords(_FilterWords):
    def params(self) -> str:
        return self._grouped()

    def remarks(self) -> tuple[str, ...]:
        layer = self.layer
        said = []
        depth = self.x.channels // layer.groups
        if depth > 1:
            each = "the filter" if layer.filters == 1 else f"each of the {layer.filters} filters"
            kernels = f"a collection of {depth} kernels, one per channel"
            said.append(f"{each} is {kernels}; their results are added up into one feature map")
        own = sum(formulas.product(weight.shape) for weight in layer.weights(self.x).values())
        positions = formulas.product(self.output.spatial)
        if positions > 1:
            said.append(f"{plural(own, 'parameter')}, used again at {positions} positions")
        return (*said, *standardized(layer, self.x))

    def is_compared(self) -> bool:
        return bool(self.layer.groups == 1)


class DeformableConvWords(_FilterWords):
    learned = "kernels, offset kernels"
    called = {**_FilterWords.called, "offset_groups": "offset groups"}

    def params(self) -> str:
        layer, groups = self.layer, self.layer.offset_groups
        numbers = "2 offsets and a factor" if layer.modulated else "2 offsets"
        taps = plural(formulas.product(layer.kernel), "tap")
        each = f", for each of {groups} offset groups" if groups > 1 else ""
        count = layer.weights(self.x)["offset_bias"].shape[0]
        return f"{self._grouped()}; {count} more filters, each with a bias, for {numbers} per tap ({taps}){each}"

    def macs(self) -> str:
        return f"{everywhere(self.output.spatial)}: the filters of the offsets, then those of the moved taps"

    def remarks(self) -> tuple[str, ...]:
        moved = (
            "at each position every tap is moved by a row and a column offset that the second convolution calculates"
        )
        factor = ", and its value is multiplied by the sigmoid of a third number" if self.layer.modulated else ""
        return (f"{moved}{factor}; between positions, values are interpolated",)


class DepthwiseConvWords(_FilterWords):
    def channels(self) -> str:
        return f"every channel has {plural(self.layer.multiplier, 'kernel')} of its own"

    def unchanged(self) -> str:
        return Words.unchanged(self)

    def params(self) -> str:
        return f"{self._kernel} for {each_of(self.output.channels, 'output channel')}{biases(self.layer)}"

    def remarks(self) -> tuple[str, ...]:
        return standardized(self.layer, self.x)


class SeparableConvWords(_FilterWords):
    def params(self) -> str:
        pointwise = f"a 1×1 convolution to {plural(self.layer.filters, 'filter')}"
        return f"{self._kernel} for each channel, then {pointwise}{biases(self.layer)}"

    def macs(self) -> str:
        return f"{everywhere(self.output.spatial)}: the kernels of all channels, then the 1×1 convolution"


class ConvTransposeWords(_FilterWords):
    def size(self, axes: Sequence[str], index: int) -> str:
        every = "every input position writes a window into the output, one stride apart; overlaps are added up"
        return "; ".join([every, *self._kept(index)])

    def _kept(self, index: int) -> list[str]:
        """What Keras' rules keep of all that the windows write along an axis."""
        layer = self.layer
        rule, (before, after) = layer.padding.rule, layer.padding[index]
        extra = vars(layer)["output_padding"][index] if "output_padding" in vars(layer) else None
        if not rule:
            return []
        span = formulas.span(layer.kernel[index], layer.dilation[index])
        short = 0 if extra is not None else layer.stride[index] - span
        if short > 0:
            return [f"`{rule}` extends the output to n·s: no window reaches the last{_count(short)}"]
        rest = before, after - (extra or 0)
        if not any(rest):
            return []
        if rest[1] < 0:
            cut = f"{before} are cut off at the beginning, and " if before else ""
            return [f"{cut}no window reaches the last{_count(-rest[1])}"]
        cuts = [f"{count} {side}" for count, side in zip(rest, ("before", "after"), strict=True) if count]
        keeps = "" if extra is not None else "keeps n·s of it, and "
        return [f"`{rule}` {keeps}cuts off {join(cuts)}"]

    def params(self) -> str:
        return self._grouped()

    def macs(self) -> str:
        return f"{everywhere(self.x.spatial)} of the input every weight is multiplied once"


def _count(count: int) -> str:
    """What comes after `the last`: nothing for one."""
    return "" if count == 1 else f" {count}"
