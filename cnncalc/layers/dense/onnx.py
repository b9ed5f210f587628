"""Dense layers and tables in ONNX."""

from __future__ import annotations

from cnncalc.layers.equals import Array
from cnncalc.layers.onnx import Onnx


class DenseOnnx(Onnx):
    """`Gemm`; for each position, a product of matrices and a sum."""

    def write(self) -> str:
        layer = self.layer
        if self.x.spatial:
            kernel = self.transposed(self._prepared(), 1, 0) if layer.prepares_kernel else self.learned("kernel")
            y = self.op("MatMul", self.channels_last(self.values), kernel)
            y = self.op("Add", y, self.learned("bias")) if layer.bias else y
            return self.channels_first(y)
        bias = [self.learned("bias")] if layer.bias else []
        return self.op("Gemm", self.values, self._prepared(), *bias, transB=1)

    def _prepared(self) -> str:
        """The kernel as it is used, (units, channels)."""
        return self.prepared(self.learned("kernel", Array("", (1, 0))), (self.layer.units, self.x.channels))


class EmbeddingOnnx(Onnx):
    """`Gather`, whose vectors are the last axis."""

    def write(self) -> str:
        ids = self.op("Cast", self.values, to="INT64")
        return self.transposed(self.op("Gather", self.learned("table"), ids, axis=0), 0, 2, 1)
