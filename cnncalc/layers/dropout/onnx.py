"""What drops values in ONNX: nothing, as in every model in use."""

from __future__ import annotations

from cnncalc.layers.onnx import Onnx


class DropoutOnnx(Onnx):
    """`Dropout`, which is inactive unless it is told to train."""

    def write(self) -> str:
        return self.op("Dropout", self.values, self.number(self.layer.rate))


class SpatialDropoutOnnx(Onnx):
    operator = "Identity"


class DropPathOnnx(Onnx):
    operator = "Identity"
