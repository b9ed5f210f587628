"""Recurrent layers in ONNX."""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar

import numpy as np

from cnncalc.layers.onnx import Onnx
from cnncalc.layers.recurrent._directions import Direction


class _OnnxRecurrent(Onnx):
    """An operator that reads (positions, batch, channels) in one or two directions, once for each layer.

    It gives the states at all positions, (positions, directions, batch, units), and the last ones.
    """

    order: ClassVar[tuple[int, ...]] = (0,)
    """The order of the gates there."""

    def write(self) -> str:
        layer = self.layer
        x = self.transposed(self.values, 2, 0, 1)
        number = count()
        for directions in layer.directions(self.x.channels):
            states = self._states(x, directions, [next(number) for _ in directions])
            x = self._merged(states[0], len(directions))
        if layer.output == "sequence":
            return self.transposed(x, 1, 2, 0)
        return self._last(states[1], len(directions))

    def _states(self, x: str, directions: tuple[Direction, ...], numbers: list[int]) -> tuple[str, ...]:
        kernels = self._together(directions, "kernel"), self._together(directions, "recurrent_kernel")
        bias = self._together(directions, "bias") if self.layer.bias else ""
        return self.ops(
            self.operator,
            *(x, *kernels, bias, "", *self.starts(numbers)),
            count=2,
            hidden_size=self.layer.units,
            direction="bidirectional" if len(directions) > 1 else "forward",
            **self.options(len(directions)),
        )

    def options(self, directions: int) -> dict[str, Any]:
        """Attributes that other operators do not have."""
        return {}

    def starts(self, numbers: list[int]) -> list[str]:
        """The states before the first position, as far as they are read."""
        return [self.start(1, numbers)] if self.layer.state else []

    def start(self, tensor: int, numbers: list[int]) -> str:
        """(directions, batch, units): the parts of a tensor that these directions begin with."""
        units = self.layer.units
        source = self.tensors[tensor]
        parts = [
            self.op("Unsqueeze", self.sliced(source, 1, each * units, (each + 1) * units), self.integers(0))
            for each in numbers
        ]
        return self.op("Concat", *parts, axis=0) if len(parts) > 1 else parts[0]

    def _together(self, directions: tuple[Direction, ...], name: str) -> str:
        """The arrays of both directions in one, as ONNX has them."""
        arrays = [self._turned(self.arrays[each.name + name], name) for each in directions]
        first = directions[0].name + name
        return self.learned(first, array=np.stack(arrays))

    def _turned(self, array: Any, name: str) -> Any:
        """(gates · units, rows) of a kernel, with the gates in their order; two sets of biases in a row."""
        gates = np.split(array, len(self.order), axis=-1)
        ordered = np.concatenate([gates[place] for place in self.order], axis=-1)
        if name != "bias":
            return ordered.T
        return ordered.ravel() if ordered.ndim == 2 else np.concatenate([ordered, np.zeros_like(ordered)])

    def _merged(self, states: str, directions: int) -> str:
        """(positions, batch, channels) of the states of both directions."""
        if directions == 1:
            return self.op("Squeeze", states, self.integers(1))
        if self.layer.merge == "sum":
            return self.reduced("ReduceSum", states, [1], keeps=False)
        together = self.op("Transpose", states, perm=[0, 2, 1, 3])
        return self.op("Reshape", together, self.integers(0, 0, -1))

    def _last(self, states: str, directions: int) -> str:
        """(batch, channels) of the last states, (directions, batch, units)."""
        if directions == 1:
            return self.op("Squeeze", states, self.integers(0))
        if self.layer.merge == "sum":
            return self.reduced("ReduceSum", states, [0], keeps=False)
        return self.reshaped(self.op("Transpose", states, perm=[1, 0, 2]), -1)


class LstmOnnx(_OnnxRecurrent):
    """`LSTM`: what is taken, shown, kept, and new."""

    operator = "LSTM"
    order = (0, 3, 1, 2)

    def starts(self, numbers: list[int]) -> list[str]:
        has_state, has_cell = bool(self.layer.state), bool(self.layer.cell)
        if not (has_state or has_cell):
            return []
        state = self.start(1, numbers) if has_state else ""
        cell = self.start(2 if has_state else 1, numbers) if has_cell else ""
        return [state, cell]


class GruOnnx(_OnnxRecurrent):
    """`GRU`."""

    operator = "GRU"
    order = (0, 1, 2)

    def options(self, directions: int) -> dict[str, Any]:
        return {"linear_before_reset": int(self.layer.reset_after)}


class RnnOnnx(_OnnxRecurrent):
    """`RNN`."""

    operator = "RNN"

    def options(self, directions: int) -> dict[str, Any]:
        name = "Tanh" if self.layer.nonlinearity == "tanh" else "Relu"
        return {"activations": [name] * directions}
