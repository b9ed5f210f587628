"""Activation functions in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Array, AsIs, Equal, call, code
from cnncalc.layers.keras import Keras
from cnncalc.settings.axes import CHANNELS


class ReluKeras(Keras):
    module = 'layers.Activation("relu")'


class Relu6Keras(Keras):
    module = 'layers.Activation("relu6")'


class LeakyReluKeras(Keras):
    def equal(self) -> Equal:
        return Equal(call("layers.LeakyReLU", negative_slope=(self.layer.slope, 0.3)))


class PreluKeras(Keras):
    """`PReLU`, whose `shared_axes` do without slopes of their own."""

    def equal(self) -> Equal:
        axes = len(self.x.spatial)
        positions = [*range(1, axes + 1)]
        alike = {"value": [], "channel": positions, "position": [axes + 1], "all": [*positions, axes + 1]}
        shared = alike[self.layer.per]
        initial = AsIs(call("keras.initializers.Constant", self.layer.initial))
        module = call(
            "layers.PReLU",
            alpha_initializer=(initial if self.layer.initial else "zeros", "zeros"),
            shared_axes=(shared or None, None),
        )
        sizes = enumerate((*self.x.spatial, self.x.channels), 1)
        shape = tuple(1 if axis in shared else size for axis, size in sizes)
        return Equal(module, arrays={"slope": Array("alpha", shape=shape)})


class EluKeras(Keras):
    def equal(self) -> Equal:
        return Equal(call("layers.ELU", alpha=(self.layer.alpha, 1)))


class SeluKeras(Keras):
    module = 'layers.Activation("selu")'


class GeluKeras(Keras):
    module = 'layers.Activation("gelu")'


class SigmoidKeras(Keras):
    module = 'layers.Activation("sigmoid")'


class LogSigmoidKeras(Keras):
    module = 'layers.Activation("log_sigmoid")'


class HardSigmoidKeras(Keras):
    """An activation, whose slope is 1/6."""

    def equal(self) -> Equal:
        if self.layer.slope == 1 / 6:
            return Equal('layers.Activation("hard_sigmoid")')
        return Equal(forward=f"ops.clip({code(self.layer.slope)} * {{0}} + 0.5, 0, 1)")


class TanhKeras(Keras):
    module = 'layers.Activation("tanh")'


class HardTanhKeras(Keras):
    module = 'layers.Activation("hard_tanh")'


class ClipKeras(Keras):
    """`ops.clip`."""

    def equal(self) -> Equal:
        low, high = self.layer.bounds
        return Equal(forward=call("ops.clip", AsIs("{0}"), low, high))


class SoftsignKeras(Keras):
    module = 'layers.Activation("softsign")'


class SoftplusKeras(Keras):
    module = 'layers.Activation("softplus")'


class SiluKeras(Keras):
    module = 'layers.Activation("silu")'


class HardSwishKeras(Keras):
    module = 'layers.Activation("hard_swish")'


class MishKeras(Keras):
    module = 'layers.Activation("mish")'


class SoftmaxKeras(Keras):
    def equal(self) -> Equal:
        return Equal(call("layers.Softmax", axis=(self.dimension(self.layer.axis), -1)))


class LogSoftmaxKeras(Keras):
    def equal(self) -> Equal:
        if self.layer.axis == CHANNELS:
            return Equal('layers.Activation("log_softmax")')
        return Equal(forward=f"ops.log_softmax({{0}}, {self.dimension(self.layer.axis)})")


class GluKeras(Keras):
    """`glu`, whose gate is sigmoid; other gates are written out."""

    def equal(self) -> Equal:
        if self.layer.gate == "sigmoid":
            return Equal(forward="keras.activations.glu({0})")
        half = self.output.channels
        gate = f"{{0}}[..., {half}:]"
        return Equal(forward=f"{{0}}[..., :{half}] * keras.activations.{self.layer.gate}({gate})")
