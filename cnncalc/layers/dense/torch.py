"""Dense layers and tables in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import Array, Equal, call
from cnncalc.layers.torch import TorchOfRows


class DenseTorch(TorchOfRows):
    """`Linear`, which works on the last axis; our kernel (channels, units) is (units, channels) there."""

    def equal(self) -> Equal:
        layer = self.layer
        arrays = {"kernel": Array("weight", (1, 0)), **({"bias": Array("bias")} if layer.bias else {})}
        module = call("nn.Linear", self.x.channels, layer.units, bias=(layer.bias, True))
        return self.with_filters(Equal(module, arrays=arrays))


class EmbeddingTorch(TorchOfRows):
    """`Embedding`, whose vectors are the last axis."""

    def equal(self) -> Equal:
        module = call("nn.Embedding", self.layer.vocabulary, self.layer.width)
        return Equal(module, arrays={"table": Array("weight")})
