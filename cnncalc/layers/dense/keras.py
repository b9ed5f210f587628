"""Dense layers and tables in Keras."""

from __future__ import annotations

from cnncalc.layers.equals import Array, Equal, call
from cnncalc.layers.keras import Keras


class DenseKeras(Keras):
    """`Dense`, which works on the last axis, that of the channels."""

    def equal(self) -> Equal:
        layer = self.layer
        arrays = {"kernel": Array("kernel"), **({"bias": Array("bias")} if layer.bias else {})}
        return self.with_filters(Equal(call("layers.Dense", layer.units, use_bias=(layer.bias, True)), arrays=arrays))


class EmbeddingKeras(Keras):
    """`Embedding`."""

    def equal(self) -> Equal:
        module = call("layers.Embedding", self.layer.vocabulary, self.layer.width)
        return Equal(module, arrays={"table": Array("embeddings")})
