"""What students get wrong about multiply-adds."""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from math import prod

from _misconceptions.network import POOLS, Layer
from _misconceptions.right import Mind
from _misconceptions.sources import CS231N, GOODFELLOW, ISSUE, LIST, MOLCHANOV, SE_COUNT, SO_MACC, THOP
from _misconceptions.wrong import Wrong

MACS = ("macs",)


class FlopsForMacs(Wrong, key="FLOPs for MACs", columns=MACS, source=f"{LIST}; {SO_MACC}"):
    """Multiplications and additions are counted separately."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 2 * super().layer_macs(layer, x, after)


class MacsHalved(Wrong, key="MACs halved", columns=MACS, source=THOP):
    """The count is taken for FLOPs, two for each MAC, and divided."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().layer_macs(layer, x, after) // 2


class FlopsWithBiases(Wrong, key="FLOPs with biases", columns=MACS, source=MOLCHANOV):
    """2HW(C_in·K² + 1)·filters; (2I − 1)·O."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        if layer.kind == "dense":
            return (2 * x.channels - 1) * layer.filters
        positions = self.mac_positions(layer, x, after)
        return 2 * positions * (self.weights(layer, x) + self.filters(layer, x))


class ParamsForMacs(Wrong, key="parameters for MACs", columns=MACS, source=f"{ISSUE}; {GOODFELLOW}"):
    """Each weight is used once."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return self.layer_params(layer, x, after)


class WeightsForMacs(Wrong, key="weights for MACs", columns=MACS, source=ISSUE):
    """The same, without the biases: the positions are forgotten."""

    def mac_positions(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 1


class InputPositions(
    Wrong, key="MACs on the input's positions", columns=MACS, source=f"{SO_MACC}: 'input_h * input_w / stride'"
):
    """The window is thought to stop at each pixel that comes in."""

    def mac_positions(self, layer: Layer, x: Mind, after: Mind) -> int:
        return prod(after.spatial if layer.kind == "conv_transpose" else x.spatial)


class TransposedOutputPositions(
    Wrong,
    key="transposed: MACs on the output's positions",
    columns=MACS,
    source="Dumoulin & Visin 2016, section 4.1: the same connections, backwards",
):
    """The convolution's formula for a transposed one."""

    def mac_positions(self, layer: Layer, x: Mind, after: Mind) -> int:
        return prod(after.spatial)


class OneSideOfTheMap(Wrong, key="positions of one side", columns=MACS, source=f"{ISSUE}: k for k·k, of the map"):
    """height·k·k·c_in·filters."""

    def mac_positions(self, layer: Layer, x: Mind, after: Mind) -> int:
        spatial = x.spatial if layer.kind == "conv_transpose" else after.spatial
        return spatial[0] if spatial else 1


class BiasesCounted(Wrong, key="biases counted as MACs", columns=MACS, source=SO_MACC):
    """Adding the bias is one more at each position."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().layer_macs(layer, x, after) + self.biases(layer, x, after) * prod(after.spatial)


class BiasesCountedOnce(
    Wrong, key="biases added to MACs once", columns=MACS, source=f"{SO_MACC}: '… * numshifts * 2 + ADD'"
):
    """Positions · weights + biases."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().layer_macs(layer, x, after) + self.biases(layer, x, after)


class KernelForgotten(
    Wrong,
    key="kernel forgotten in MACs",
    columns=MACS,
    source=f"{CS231N}: each neuron is a dot product over its window",
):
    """Positions · c_in · filters."""

    def taps(self, layer: Layer) -> int:
        return 1


class InputChannelsForgottenInMacs(Wrong, key="input channels forgotten in MACs", columns=MACS, source=LIST):
    """Positions · k·k · filters; parameters are right."""

    def input_channels(self, layer: Layer, x: Mind) -> int:
        return 1


class FiltersForgottenInMacs(Wrong, key="filters forgotten in MACs", columns=MACS, source=LIST):
    """Positions · k·k · c_in; parameters are right."""

    def filters(self, layer: Layer, x: Mind) -> int:
        return 1


class OutputValuesForMacs(Wrong, key="output values for MACs", columns=MACS, source=SE_COUNT):
    """One operation for each value that comes out."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return after.values()


class PoolsCounted(Wrong, key="pools counted in MACs", columns=MACS, source=THOP):
    """A window's size for each value that a pool gives."""

    def other_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return prod(layer.kernel) * after.values() if layer.kind in POOLS else 0


class ActivationsCounted(Wrong, key="activations counted in MACs", columns=MACS, source=THOP):
    """One for each value that a ReLU reads."""

    def other_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return after.values() if layer.kind == "relu" else 0


class NormsCounted(Wrong, key="norms counted in MACs", columns=MACS, source=THOP):
    """Two for each value: scaled and shifted."""

    def other_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return 2 * after.values() if layer.kind == "batch_norm" else 0


class BatchInMacs(Wrong, key="batch counted in MACs", columns=MACS, source=ISSUE):
    """Times the images of a batch."""

    def layer_macs(self, layer: Layer, x: Mind, after: Mind) -> int:
        return super().layer_macs(layer, x, after) * self.net.batch
