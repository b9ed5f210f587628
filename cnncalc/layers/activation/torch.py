"""Activation functions in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import Array, Equal, call, code
from cnncalc.layers.torch import ParameterPer, Torch


class ReluTorch(Torch):
    module = "nn.ReLU()"


class Relu6Torch(Torch):
    module = "nn.ReLU6()"


class LeakyReluTorch(Torch):
    def equal(self) -> Equal:
        return Equal(call("nn.LeakyReLU", negative_slope=(self.layer.slope, 0.01)))


class PreluTorch(Torch):
    """`PReLU`; it has no slope of each value or position."""

    def equal(self) -> Equal:
        initial, per = self.layer.initial, self.layer.per
        if per in ("value", "position"):
            learned = ParameterPer.of(per, self.x)
            return Equal(
                learned.parameter(initial), "torch.where({0} < 0, {module} * {0}, {0})", {"slope": learned.array()}
            )
        count = 1 if per == "all" else self.x.channels
        return Equal(
            call("nn.PReLU", num_parameters=(count, 1), init=(initial, 0.25)), arrays={"slope": Array("weight")}
        )


class EluTorch(Torch):
    def equal(self) -> Equal:
        return Equal(call("nn.ELU", alpha=(self.layer.alpha, 1)))


class SeluTorch(Torch):
    module = "nn.SELU()"


class GeluTorch(Torch):
    module = "nn.GELU()"


class SigmoidTorch(Torch):
    module = "nn.Sigmoid()"


class LogSigmoidTorch(Torch):
    module = "nn.LogSigmoid()"


class HardSigmoidTorch(Torch):
    """`Hardsigmoid`, whose slope is 1/6."""

    def equal(self) -> Equal:
        if self.layer.slope == 1 / 6:
            return Equal("nn.Hardsigmoid()")
        return Equal(forward=f"torch.clamp({code(self.layer.slope)} * {{0}} + 0.5, 0, 1)")


class TanhTorch(Torch):
    module = "nn.Tanh()"


class HardTanhTorch(Torch):
    module = "nn.Hardtanh()"


class ClipTorch(Torch):
    """`Hardtanh` with bounds."""

    def equal(self) -> Equal:
        return Equal(call("nn.Hardtanh", *self.layer.bounds))


class SoftsignTorch(Torch):
    module = "nn.Softsign()"


class SoftplusTorch(Torch):
    module = "nn.Softplus()"


class SiluTorch(Torch):
    module = "nn.SiLU()"


class HardSwishTorch(Torch):
    module = "nn.Hardswish()"


class MishTorch(Torch):
    module = "nn.Mish()"


class SoftmaxTorch(Torch):
    def equal(self) -> Equal:
        return Equal(f"nn.Softmax(dim={self.dimension(self.layer.axis)})")


class LogSoftmaxTorch(Torch):
    def equal(self) -> Equal:
        return Equal(f"nn.LogSoftmax(dim={self.dimension(self.layer.axis)})")


class GluTorch(Torch):
    """`F.glu`, whose gate is sigmoid; other gates are written out."""

    def equal(self) -> Equal:
        if self.layer.gate == "sigmoid":
            return Equal(forward="F.glu({0}, dim=1)")
        half = self.output.channels
        gate = f"{{0}}[:, {half}:]"
        return Equal(
            forward=f"{{0}}[:, :{half}] * {gate if self.layer.gate == 'linear' else f'F.{self.layer.gate}({gate})'}"
        )
