"""Activation functions in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Array, AsIs, Equal, call
from cnncalc.layers.keras import Keras


class ReluKeras(Keras):
    module = "layers.ReLU()"


class Relu6Keras(Keras):
    module = "layers.ReLU(max_value=6)"


class LeakyReluKeras(Keras):
    def equal(self) -> Equal:
        return Equal(call("layers.LeakyReLU", negative_slope=(self.layer.slope, 0.3)))


class PreluKeras(Keras):
    """`PReLU`, whose `shared_axes` do without slopes of their own."""

    def equal(self) -> Equal:
        axes = len(self.x.spatial)
        shared = {"value": [], "channel": [*range(1, axes + 1)], "all": [*range(1, axes + 2)]}[self.layer.per]
        initial = AsIs(call("keras.initializers.Constant", self.layer.initial))
        module = call(
            "layers.PReLU",
            alpha_initializer=(initial if self.layer.initial else "zeros", "zeros"),
            shared_axes=(shared or None, None),
        )
        shape = (*(1,) * axes, self.x.channels if self.layer.per == "channel" else 1)
        return Equal(module, arrays={"slope": Array("alpha", shape=() if self.layer.per == "value" else shape)})


class EluKeras(Keras):
    def equal(self) -> Equal:
        return Equal(call("layers.ELU", alpha=(self.layer.alpha, 1)))


class SeluKeras(Keras):
    module = 'layers.Activation("selu")'


class GeluKeras(Keras):
    module = 'layers.Activation("gelu")'


class SigmoidKeras(Keras):
    module = 'layers.Activation("sigmoid")'


class HardSigmoidKeras(Keras):
    module = 'layers.Activation("hard_sigmoid")'


class TanhKeras(Keras):
    module = 'layers.Activation("tanh")'


class SoftplusKeras(Keras):
    module = 'layers.Activation("softplus")'


class SiluKeras(Keras):
    module = 'layers.Activation("silu")'


class HardSwishKeras(Keras):
    module = 'layers.Activation("hard_swish")'


class MishKeras(Keras):
    module = 'layers.Activation("mish")'


class SoftmaxKeras(Keras):
    module = "layers.Softmax()"


class LogSoftmaxKeras(Keras):
    module = 'layers.Activation("log_softmax")'
