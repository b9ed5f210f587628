"""Merges in Keras: layers of a list."""

from __future__ import annotations

from functools import reduce

from cnncalc.layers.equals import Equal, call
from cnncalc.layers.keras import Keras


class _KerasMerge(Keras):
    def equal(self) -> Equal:
        return Equal(self.module, f"{{module}}([{', '.join(f'{{{index}}}' for index in range(len(self.inputs)))}])")


class AddKeras(_KerasMerge):
    """`Add`."""

    module = "layers.Add()"


class SubtractKeras(_KerasMerge):
    """`Subtract`, which takes two."""

    def equal(self) -> Equal:
        parts = [f"{{{index}}}" for index in range(len(self.inputs))]
        return Equal(forward=reduce(lambda one, other: f"layers.Subtract()([{one}, {other}])", parts))


class MultiplyKeras(_KerasMerge):
    """`Multiply`."""

    module = "layers.Multiply()"


class AverageKeras(_KerasMerge):
    """`Average`."""

    module = "layers.Average()"


class MaximumKeras(_KerasMerge):
    """`Maximum`."""

    module = "layers.Maximum()"


class MinimumKeras(_KerasMerge):
    """`Minimum`."""

    module = "layers.Minimum()"


class ConcatKeras(_KerasMerge):
    """`Concatenate`."""

    def equal(self) -> Equal:
        module = call("layers.Concatenate", axis=(self.dimension(self.layer.axis), -1))
        return super().equal()._replace(module=module)
