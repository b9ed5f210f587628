"""Merges in Keras: layers of a list."""

from __future__ import annotations

from functools import reduce
from math import prod

from cnncalc.layers.equals import Array, Equal, call, row
from cnncalc.layers.keras import Keras
from cnncalc.settings.shape import Shape


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
        if len(parts) == 2:
            return Equal("layers.Subtract()", f"{{module}}([{', '.join(parts)}])")
        return Equal(forward=reduce(lambda one, other: f"layers.Subtract()([{one}, {other}])", parts))


class MultiplyKeras(_KerasMerge):
    """`Multiply`."""

    module = "layers.Multiply()"


class DivideKeras(Keras):
    """`Multiply` by the reciprocals: it broadcasts tensors without positions too."""

    def equal(self) -> Equal:
        others = "".join(f", ops.reciprocal({{{index}}})" for index in range(1, len(self.inputs)))
        return Equal("layers.Multiply()", f"{{module}}([{{0}}{others}])")


_WEIGHTED_ADD = '''\
class WeightedAdd(layers.Layer):
    """The sum of tensors, each times a learned weight of its own."""

    def __init__(self, normalize=None, epsilon=1e-4, **options):
        super().__init__(**options)
        self.normalize, self.epsilon = normalize, epsilon

    def build(self, shapes):
        self.kernel = self.add_weight(
            shape=(len(shapes),), initializer="ones", name="kernel"
        )

    def call(self, tensors):
        weight = self.kernel
        if self.normalize == "sum":
            weight = ops.relu(weight)
            weight = weight / (ops.sum(weight) + self.epsilon)
        if self.normalize == "softmax":
            weight = ops.softmax(weight)
        return layers.Add()([weight[index] * x for index, x in enumerate(tensors)])
'''


class WeightedAddKeras(_KerasMerge):
    """A layer of one's own, as in EfficientDet."""

    def equal(self) -> Equal:
        layer = self.layer
        normalize = None if layer.normalize == "none" else layer.normalize
        module = call("WeightedAdd", normalize=(normalize, None), epsilon=(layer.epsilon, 1e-4))
        arrays = {"weight": Array("kernel")}
        return super().equal()._replace(module=module, arrays=arrays, helper=_WEIGHTED_ADD)


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


class MatmulKeras(Keras):
    """`ops.matmul`, on positions in a row."""

    def equal(self) -> Equal:
        product = f"ops.matmul({self.matrix(0, 'first')}, {self.matrix(1, 'second')})"
        return Equal(forward=_shaped(product, self.output) if len(self.output.spatial) > 1 else product)

    def matrix(self, index: int, which: str) -> str:
        """One of the two, as a tensor of rows and columns."""
        x = self.inputs[index]
        rows = f"{{{index}}}"
        if len(x.spatial) > 1:
            rows = _shaped(rows, Shape((prod(x.spatial),), x.channels))
        return f"ops.swapaxes({rows}, 1, 2)" if self.layer.transpose == which else rows


def _shaped(x: str, shape: Shape) -> str:
    """A tensor in another shape."""
    return f"ops.reshape({x}, {row((-1, *shape.sizes('channels_last')))})"
