"""Activation functions in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import Array, AsIs, Equal, call, row
from cnncalc.layers.torch import Torch


class ReluTorch(Torch):
    module = "nn.ReLU()"


class Relu6Torch(Torch):
    module = "nn.ReLU6()"


class LeakyReluTorch(Torch):
    def equal(self) -> Equal:
        return Equal(call("nn.LeakyReLU", negative_slope=(self.layer.slope, 0.01)))


class PreluTorch(Torch):
    """`PReLU`; it has no slope of each value."""

    def equal(self) -> Equal:
        initial, per = self.layer.initial, self.layer.per
        if per == "value":
            module = call("torch.full", AsIs(row((self.x.channels, *self.x.spatial))), float(initial))
            axes = len(self.x.spatial)
            place = Array("", (axes, *range(axes)))
            return Equal(f"nn.Parameter({module})", "torch.where({0} < 0, {module} * {0}, {0})", {"slope": place})
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


class HardSigmoidTorch(Torch):
    module = "nn.Hardsigmoid()"


class TanhTorch(Torch):
    module = "nn.Tanh()"


class SoftplusTorch(Torch):
    module = "nn.Softplus()"


class SiluTorch(Torch):
    module = "nn.SiLU()"


class HardSwishTorch(Torch):
    module = "nn.Hardswish()"


class MishTorch(Torch):
    module = "nn.Mish()"


class SoftmaxTorch(Torch):
    module = "nn.Softmax(dim=1)"


class LogSoftmaxTorch(Torch):
    module = "nn.LogSoftmax(dim=1)"
