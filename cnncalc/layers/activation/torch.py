"""Activation functions in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import ANY, FIRST, Array, Equal, call, code
from cnncalc.layers.torch import ParameterPer, TorchInAnyOrder
from cnncalc.settings.axes import CHANNELS


class ReluTorch(TorchInAnyOrder):
    module = "nn.ReLU()"


class Relu6Torch(TorchInAnyOrder):
    module = "nn.ReLU6()"


class LeakyReluTorch(TorchInAnyOrder):
    def equal(self) -> Equal:
        return Equal(call("nn.LeakyReLU", negative_slope=(self.layer.slope, 0.01)))


class PreluTorch(TorchInAnyOrder):
    """`PReLU`; it has no slope of each value or position."""

    def orders(self) -> tuple[str, ...]:
        return (FIRST,) if self.layer.per == "channel" else ANY

    def equal(self) -> Equal:
        initial, per = self.layer.initial, self.layer.per
        if per in ("value", "position"):
            learned = ParameterPer.of(per, self.x, self.order)
            return Equal(
                learned.parameter(initial), "torch.where({0} < 0, {module} * {0}, {0})", {"slope": learned.array()}
            )
        count = 1 if per == "all" else self.x.channels
        return Equal(
            call("nn.PReLU", num_parameters=(count, 1), init=(initial, 0.25)), arrays={"slope": Array("weight")}
        )


class EluTorch(TorchInAnyOrder):
    def equal(self) -> Equal:
        return Equal(call("nn.ELU", alpha=(self.layer.alpha, 1)))


class SeluTorch(TorchInAnyOrder):
    module = "nn.SELU()"


class GeluTorch(TorchInAnyOrder):
    module = "nn.GELU()"


class SigmoidTorch(TorchInAnyOrder):
    module = "nn.Sigmoid()"


class LogSigmoidTorch(TorchInAnyOrder):
    module = "nn.LogSigmoid()"


class HardSigmoidTorch(TorchInAnyOrder):
    """`Hardsigmoid`, whose slope is 1/6."""

    def equal(self) -> Equal:
        if self.layer.slope == 1 / 6:
            return Equal("nn.Hardsigmoid()")
        return Equal(forward=f"torch.clamp({code(self.layer.slope)} * {{0}} + 0.5, 0, 1)")


class TanhTorch(TorchInAnyOrder):
    module = "nn.Tanh()"


class HardTanhTorch(TorchInAnyOrder):
    module = "nn.Hardtanh()"


class ClipTorch(TorchInAnyOrder):
    """`Hardtanh` with bounds."""

    def equal(self) -> Equal:
        return Equal(call("nn.Hardtanh", *self.layer.bounds))


class SoftsignTorch(TorchInAnyOrder):
    module = "nn.Softsign()"


class SoftplusTorch(TorchInAnyOrder):
    module = "nn.Softplus()"


class SiluTorch(TorchInAnyOrder):
    module = "nn.SiLU()"


class HardSwishTorch(TorchInAnyOrder):
    module = "nn.Hardswish()"


class MishTorch(TorchInAnyOrder):
    module = "nn.Mish()"


class SoftmaxTorch(TorchInAnyOrder):
    def equal(self) -> Equal:
        return Equal(f"nn.Softmax(dim={self.dimension(self.layer.axis)})")


class LogSoftmaxTorch(TorchInAnyOrder):
    def equal(self) -> Equal:
        return Equal(f"nn.LogSoftmax(dim={self.dimension(self.layer.axis)})")


class GluTorch(TorchInAnyOrder):
    """`F.glu`, whose gate is sigmoid; other gates are written out."""

    def equal(self) -> Equal:
        if self.layer.gate == "sigmoid":
            return Equal(forward=f"F.glu({{0}}, dim={self.dimension(CHANNELS)})")
        before, half = self.begins_at(CHANNELS), self.output.channels
        gate = f"{{0}}[{before}{half}:]"
        opened = gate if self.layer.gate == "linear" else f"F.{self.layer.gate}({gate})"
        return Equal(forward=f"{{0}}[{before}:{half}] * {opened}")
