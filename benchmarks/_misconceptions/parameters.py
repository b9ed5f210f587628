"""What students get wrong about parameters."""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from math import prod

from _misconceptions.network import CONVOLUTIONS, POOLS, Layer
from _misconceptions.right import Mind
from _misconceptions.sources import (
    AI_1X1,
    AI_FILTER,
    BATCH_NORM,
    CS231N,
    FASTAI_BIAS,
    GOODFELLOW,
    ISSUE,
    KERAS_SUMMARY,
    LENET,
    LIST,
    MEDIUM_STRIDE,
    MOBILENET,
    PYTORCH_BIAS,
    PYTORCH_DEPTHWISE,
    PYTORCH_LINEAR,
    SE_BIASES,
    SE_COUNT,
    SE_DROPOUT,
    SO_BN,
    SO_FLATTEN,
)
from _misconceptions.wrong import Wrong

PARAMS, BOTH = ("params",), ("params", "macs")

# -- biases


class BiasForgotten(Wrong, key="bias forgotten", columns=PARAMS, source=f"{LIST}; {SE_COUNT}"):
    """Of convolutions: k·k·c_in·filters."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().biases(layer, x, after) if layer.kind == "dense" else 0


class DenseBiasForgotten(Wrong, key="dense bias forgotten", columns=PARAMS, source=f"{LIST}; {SE_COUNT}"):
    """n_in·units."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 0 if layer.kind == "dense" else super().biases(layer, x, after)


class BiasPerWeight(Wrong, key="one bias per weight", columns=PARAMS, source=f"{LIST}; {PYTORCH_BIAS}"):
    """Each weight has its bias: twice the weights."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return self.weights(layer, x) if layer.bias else 0


class OneBiasForAll(Wrong, key="one bias for all", columns=PARAMS, source=f"{FASTAI_BIAS}; {CS231N}"):
    """A layer has one bias."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return min(super().biases(layer, x, after), 1)


class BiasPerInputChannel(Wrong, key="a bias per input channel", columns=PARAMS, source=ISSUE):
    """c_in biases."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        found = super().biases(layer, x, after)
        return x.channels if found and layer.kind != "dense" else found


class BiasPerSlice(Wrong, key="a bias per weight and channel", columns=PARAMS, source=f"{ISSUE}; {LENET}"):
    """Each two-dimensional kernel has its own: c_in·filters."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        found = super().biases(layer, x, after)
        return found * self.input_channels(layer, x) if layer.kind != "dense" else found


class BiasPerTap(Wrong, key="a bias per tap of a filter", columns=PARAMS, source=PYTORCH_BIAS):
    """32 filters of 4×4 have 32·(4·4) biases."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        found = super().biases(layer, x, after)
        return found * prod(layer.kernel) if layer.kind != "dense" else found


class BiasPerPosition(Wrong, key="a bias per output position", columns=PARAMS, source=f"{ISSUE}; {SE_BIASES}"):
    """Untied: each value of the output has its own."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().biases(layer, x, after) * prod(after.spatial)


class BiasNevertheless(Wrong, key="bias counted where there is none", columns=PARAMS, source=KERAS_SUMMARY):
    """`bias: false` is overlooked."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        return layer.filters if layer.kind in ("dense", "conv", "conv_transpose") else self.filters(layer, x)


class DenseBiasPerInput(Wrong, key="dense: a bias per input", columns=PARAMS, source=f"{GOODFELLOW}; {SE_COUNT}"):
    """n_in·units + n_in."""

    def biases(self, layer: Layer, x: Mind, after: Mind) -> int:
        found = super().biases(layer, x, after)
        return x.channels if found and layer.kind == "dense" else found


# -- factors of a convolution


class InputChannelsForgotten(Wrong, key="input channels forgotten", columns=BOTH, source=f"{LIST}; {AI_FILTER}"):
    """k·k·filters."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        return 1


class FiltersForgotten(Wrong, key="filters forgotten", columns=BOTH, source=f"{LIST}; {CS231N}"):
    """k·k·c_in, with one bias."""

    def filters(self, layer: Layer, x: Mind) -> int:
        return 1


class OneSideOfTheKernel(Wrong, key="k for k·k", columns=BOTH, source=ISSUE):
    """A 3×3 kernel has 3 weights for each channel."""

    def taps(self, layer: Layer) -> int:
        return layer.kernel[0]


class KernelSummed(Wrong, key="k + k for k·k", columns=BOTH, source=f"{CS231N}: filters are volumes"):
    """3 + 3."""

    def taps(self, layer: Layer) -> int:
        return sum(layer.kernel)


class KernelDilated(
    Wrong,
    key="dilated kernel has more weights",
    columns=BOTH,
    source="Yu & Koltun 2016, figure 1: 'the number of parameters associated with each layer is identical'",
):
    """The gaps are counted as weights."""

    def taps(self, layer: Layer) -> int:
        return prod(self.reach(layer, axis) for axis in range(len(layer.kernel)))


class GroupsForgotten(
    Wrong,
    key="groups forgotten",
    columns=BOTH,
    source="Krizhevsky et al. 2012, section 3.5; PyTorch, nn.Conv2d: `groups`",
):
    """Every filter reaches through all channels."""

    def groups(self, layer: Layer, x: Mind) -> int:
        return 1 if layer.kind == "conv" else super().groups(layer, x)


class GroupsForgottenInParams(GroupsForgotten, key="groups forgotten in parameters", columns=PARAMS, source=ISSUE):
    """The same, in one column."""


class GroupsForgottenInMacs(GroupsForgotten, key="groups forgotten in MACs", columns=("macs",), source=ISSUE):
    """The same, in the other."""


class GroupsTwice(
    Wrong, key="groups divide the filters too", columns=BOTH, source="Xie et al. 2017, ResNeXt: grouped convolutions"
):
    """k·k·(c_in / g)·(filters / g): one group's weights, not times the groups."""

    def weights(self, layer: Layer, x: Mind) -> int:
        found = super().weights(layer, x)
        return found // layer.groups if layer.kind == "conv" else found


class DepthwiseAsFull(
    Wrong, key="depthwise counted as full", columns=BOTH, source=f"{ISSUE}; {PYTORCH_DEPTHWISE}; {MOBILENET}"
):
    """k·k·c·c."""

    def groups(self, layer: Layer, x: Mind) -> int:
        return 1 if layer.kind == "depthwise_conv" else super().groups(layer, x)


class DepthwiseOneKernel(Wrong, key="depthwise: one kernel for all channels", columns=BOTH, source=MOBILENET):
    """k·k: the same window slides over each channel."""

    def weights(self, layer: Layer, x: Mind) -> int:
        return self.taps(layer) if layer.kind == "depthwise_conv" else super().weights(layer, x)


class ChannelsOfTheLayerBefore(Wrong, key="channels of the layer before", columns=BOTH, source=f"{LIST}; {AI_FILTER}"):
    """c_in is what entered the convolution before."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        mind: Mind | None = x
        while mind and mind.layer and mind.layer.kind not in CONVOLUTIONS:
            mind = mind.before
        if not (mind and mind.before) or layer.kind == "depthwise_conv":
            return super().input_channels(layer, x)
        return max(mind.before.channels // layer.groups, 1)


class ChannelsOfTheImage(Wrong, key="channels of the image everywhere", columns=BOTH, source=f"{CS231N}; {AI_FILTER}"):
    """c_in is always 3, or what the image has."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        return super().input_channels(layer, x) if layer.kind == "depthwise_conv" else self.net.channels


class FiltersForInputChannels(Wrong, key="filters used for c_in", columns=BOTH, source=AI_FILTER):
    """k·k·filters·filters."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        return super().input_channels(layer, x) if layer.kind == "depthwise_conv" else layer.filters


class StrideForChannels(Wrong, key="stride in place of channels", columns=PARAMS, source=MEDIUM_STRIDE):
    """(kernel · stride + 1) · filters."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        return super().input_channels(layer, x) if layer.kind == "depthwise_conv" else layer.stride[0]


class PointwiseWithoutParams(Wrong, key="1×1 without parameters", columns=PARAMS, source=f"{ISSUE}; {AI_1X1}"):
    """A 1×1 convolution only mixes or scales."""

    def layer_params(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 0 if layer.kind == "conv" and prod(layer.kernel) == 1 else super().layer_params(layer, x, after)


class PointwiseScales(Wrong, key="1×1 as a scalar per channel", columns=BOTH, source=AI_1X1):
    """One weight for each channel that comes out."""

    def weights(self, layer: Layer, x: Mind) -> int:
        return layer.filters if layer.kind == "conv" and prod(layer.kernel) == 1 else super().weights(layer, x)


class MacsForParams(
    Wrong, key="MACs for parameters", columns=PARAMS, source=f"{LIST}; {GOODFELLOW}, section 9.2: parameter sharing"
):
    """Each position has its own weights."""

    def layer_params(self, layer: Layer, x: Mind, after: Mind) -> int:
        return self.layer_macs(layer, x, after)


class LocallyConnected(
    Wrong, key="parameters not shared", columns=PARAMS, source=f"{CS231N}: parameter sharing, 290,400 · 364"
):
    """Each position has its own weights and biases."""

    def layer_params(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().layer_params(layer, x, after) * prod(after.spatial)


# -- dense layers


class DenseAdds(Wrong, key="dense: n_in + units", columns=PARAMS, source=f"{SE_COUNT}; {PYTORCH_LINEAR}"):
    """Inputs plus units."""

    def weights(self, layer: Layer, x: Mind) -> int:
        return x.channels + layer.filters if layer.kind == "dense" else super().weights(layer, x)


class DenseOnChannels(
    Wrong,
    key="dense on the channels alone",
    columns=BOTH,
    source=f"{LIST}; datascience.stackexchange.com/questions/122423: Flattening before dense",
):
    """The dense layer after a flatten sees one number for each channel."""

    def inputs(self, layer: Layer, x: Mind) -> int:
        flattened = x.layer and x.layer.kind == "flatten" and x.before
        return flattened.channels if flattened else super().inputs(layer, x)


class DenseOnPositions(Wrong, key="dense without the channels", columns=BOTH, source=f"{LIST}; {PYTORCH_LINEAR}"):
    """It sees one number for each position."""

    def inputs(self, layer: Layer, x: Mind) -> int:
        flattened = x.layer and x.layer.kind == "flatten" and x.before
        return prod(flattened.spatial) if flattened else super().inputs(layer, x)


class DenseOnOneSide(Wrong, key="dense on one side", columns=BOTH, source=f"{LIST}; {PYTORCH_LINEAR}"):
    """height · channels: one side of the map is left out."""

    def inputs(self, layer: Layer, x: Mind) -> int:
        flattened = x.layer and x.layer.kind == "flatten" and x.before
        return flattened.spatial[0] * flattened.channels if flattened else super().inputs(layer, x)


class DenseBeforeThePool(Wrong, key="dense on the input before the pool", columns=BOTH, source=SO_FLATTEN):
    """The map is taken as it was before the last pool."""

    def inputs(self, layer: Layer, x: Mind) -> int:
        mind = x.before if x.layer and x.layer.kind == "flatten" else None
        while mind and mind.layer and mind.layer.kind not in (*POOLS, *CONVOLUTIONS):
            mind = mind.before
        if mind and mind.layer and mind.layer.kind in POOLS and mind.before:
            return mind.before.values()
        return super().inputs(layer, x)


class DropoutRemoves(Wrong, key="dropout removes inputs", columns=BOTH, source=SE_DROPOUT):
    """After a dropout of 0.5 a dense layer has half as many inputs."""

    def inputs(self, layer: Layer, x: Mind) -> int:
        found = super().inputs(layer, x)
        return int(found * (1 - x.layer.rate)) if x.layer and x.layer.kind == "dropout" else found


# -- pools, activations, norms


class PoolWindow(
    Wrong,
    key="a pool has a window of weights",
    columns=PARAMS,
    source=f"{LIST}; {CS231N}: 'introduces zero parameters'",
):
    """k·k·c."""

    def other_params(self, layer: Layer, x: Mind) -> int:
        return prod(layer.kernel) * x.channels if layer.kind in POOLS else 0


class PoolWindowAndBias(Wrong, key="a pool has weights and biases", columns=PARAMS, source=f"{LIST}; {CS231N}"):
    """k·k·c + c."""

    def other_params(self, layer: Layer, x: Mind) -> int:
        return prod(layer.kernel) * x.channels + x.channels if layer.kind in POOLS else 0


class PoolAsConvolution(Wrong, key="a pool counted as a convolution", columns=PARAMS, source=f"{LIST}; {CS231N}"):
    """k·k·c·c + c."""

    def other_params(self, layer: Layer, x: Mind) -> int:
        return prod(layer.kernel) * x.channels**2 + x.channels if layer.kind in POOLS else 0


class ActivationHasParams(
    Wrong,
    key="an activation has parameters",
    columns=PARAMS,
    source="He et al. 2015, Delving deep into rectifiers: PReLU has one for each channel, ReLU none",
):
    """One for each channel."""

    def other_params(self, layer: Layer, x: Mind) -> int:
        return x.channels if layer.kind == "relu" else 0


class NormWithStatistics(Wrong, key="norm: 4C for 2C", columns=PARAMS, source=f"{ISSUE}; {SO_BN}"):
    """Mean and variance are counted though the convention leaves them out."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 4 * found.channels


class NormWithoutStatistics(Wrong, key="norm: 2C for 4C", columns=PARAMS, source=f"{SO_BN}; {BATCH_NORM}"):
    """γ and β only, under a convention that counts mean and variance."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 2 * found.channels


class NormOnePerChannel(Wrong, key="norm: C", columns=PARAMS, source=f"{ISSUE}; {BATCH_NORM}"):
    """A scale for each channel and nothing else."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return found.channels


class NormOnePair(
    Wrong, key="norm: one γ and one β", columns=PARAMS, source=f"{BATCH_NORM}: 'for each activation x^(k), a pair'"
):
    """2, whatever the channels."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 2


class NormPerValue(
    Wrong, key="norm: per value", columns=PARAMS, source=f"{BATCH_NORM}: per feature map, not per activation"
):
    """2·height·width·C."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 2 * found.values()


class NormNothing(Wrong, key="norm without parameters", columns=PARAMS, source=f"{ISSUE}; {SO_BN}"):
    """It only subtracts and divides."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 0


class NormOverlooked(Wrong, key="norm inside a layer overlooked", columns=PARAMS, source=ISSUE):
    """`norm: batch_norm` of a convolution is forgotten, one in a line of its own is not."""

    def norm_params(self, found: Mind, inside: bool) -> int:
        return 0 if inside else super().norm_params(found, inside)
