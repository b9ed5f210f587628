"""Activation functions in ONNX."""

from __future__ import annotations

from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx


class ReluOnnx(Onnx):
    operator = "Relu"


class _Clipped(Onnx):
    def clipped(self, low: float, high: float) -> str:
        """No value below the first number, and none above the second."""
        return self.op("Clip", self.values, self.number(low), self.number(high))


class Relu6Onnx(_Clipped):
    def write(self) -> str:
        return self.clipped(0, 6)


class LeakyReluOnnx(Onnx):
    def write(self) -> str:
        return self.op("LeakyRelu", self.values, alpha=float(self.layer.slope))


class PreluOnnx(Onnx):
    """`PRelu`, whose slopes spread over what is before them."""

    def write(self) -> str:
        per, rank = self.layer.per, self.rank
        places = {
            "channel": Array("", shape=(self.x.channels, *(1,) * rank)),
            "all": Array("", shape=(1,) * (1 + rank)),
            "value": Array("", (rank, *range(rank))),
            "position": Array("", (rank, *range(rank))),
        }
        return self.op("PRelu", self.values, self.learned("slope", places[per]))


class EluOnnx(Onnx):
    def write(self) -> str:
        return self.op("Elu", self.values, alpha=float(self.layer.alpha))


class SeluOnnx(Onnx):
    operator = "Selu"


class GeluOnnx(Onnx):
    operator = "Gelu"


class SigmoidOnnx(Onnx):
    operator = "Sigmoid"


class LogSigmoidOnnx(Onnx):
    """−softplus(−x)."""

    def write(self) -> str:
        return self.op("Neg", self.op("Softplus", self.op("Neg", self.values)))


class HardSigmoidOnnx(Onnx):
    def write(self) -> str:
        return self.op("HardSigmoid", self.values, alpha=float(self.layer.slope), beta=0.5)


class TanhOnnx(Onnx):
    operator = "Tanh"


class HardTanhOnnx(_Clipped):
    def write(self) -> str:
        return self.clipped(-1, 1)


class ClipOnnx(_Clipped):
    def write(self) -> str:
        return self.clipped(*self.layer.bounds)


class SoftsignOnnx(Onnx):
    operator = "Softsign"


class SoftplusOnnx(Onnx):
    operator = "Softplus"


class SiluOnnx(Onnx):
    """x · sigmoid(x)."""

    def write(self) -> str:
        return self.op("Mul", self.values, self.op("Sigmoid", self.values))


class HardSwishOnnx(Onnx):
    operator = "HardSwish"


class MishOnnx(Onnx):
    operator = "Mish"


class SoftmaxOnnx(Onnx):
    def write(self) -> str:
        return self.op("Softmax", self.values, axis=self.dimension(self.layer.axis))


class LogSoftmaxOnnx(Onnx):
    def write(self) -> str:
        return self.op("LogSoftmax", self.values, axis=self.dimension(self.layer.axis))


_GATES = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "gelu": "Gelu"}


class GluOnnx(Onnx):
    """One half of the channels times the gate that the other half makes."""

    def write(self) -> str:
        half, gate = self.ops("Split", self.values, count=2, axis=1, num_outputs=2)
        kind = self.layer.gate
        if kind == "silu":
            gate = self.op("Mul", gate, self.op("Sigmoid", gate))
        elif kind != "linear":
            gate = self.op(_GATES[kind], gate)
        return self.op("Mul", half, gate)
