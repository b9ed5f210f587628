"""What the kinds have in common in ONNX: each writes the operations that calculate it.

A kind does so in the `onnx.py` of its family; the `onnx` package is not needed for that. Tensors there are always
(batch, channels, *positions). Numbers that are learned are initializers, named as in an .npz of weights
(`conv1.kernel`); all others are constants in the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from cnncalc.layers.equals import Array, NoEqual
from cnncalc.layers.standardizing import SCALED
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import CHANNELS, place_of_axis
from cnncalc.settings.shape import Shape

Sizes = tuple[int, ...]

OPSET = 21
"""The version of the operators: that of ONNX 1.16, which every runtime of the last years reads."""


class OnnxNode(NamedTuple):
    """One operation of a model.

    Attributes:
        operator: `Conv`.
        inputs: the tensors that it reads, by name; "" for one that is left out.
        outputs: the tensors that it makes.
        attributes: whole numbers, fractions, texts, or lists of these.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class OnnxGraph:
    """The operations of a model in their order, and the numbers that they read.

    Attributes:
        initializers: what is learned, by name.
        batch: an input of the model, which has as many samples.
    """

    def __init__(self, batch: str) -> None:
        self.items: list[OnnxNode] = []
        self.initializers: dict[str, Any] = {}
        self.batch = batch
        self._constants: dict[tuple[bytes, str, Sizes], str] = {}

    def add(self, operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Mapping[str, Any]) -> None:
        """Appends an operation."""
        self.items.append(OnnxNode(operator, tuple(inputs), tuple(outputs), attributes))

    def constant(self, array: Any) -> str:
        """The tensor that holds an array; equal ones are the same."""
        key = (array.tobytes(), array.dtype.str, array.shape)
        if key not in self._constants:
            self._constants[key] = name = f"/constant_{len(self._constants) + 1}"  # no layer is called so
            self.items.insert(0, OnnxNode("Constant", (), (name,), {"value": array}))
        return self._constants[key]

    def further_output(self, operator: str, x: str, result: str, name: str) -> str | None:
        """A second output of the operation that makes a tensor of another, if it is this operator."""
        for place, each in enumerate(self.items):
            if each.operator == operator and each.outputs[0] == result and each.inputs == (x,):
                self.items[place] = each._replace(outputs=(result, name))
                return name
        return None


class Onnx:
    """How ONNX has a kind: the base of its part for it.

    Attributes:
        layer: with its settings.
        inputs: the shapes of its inputs; `x` is the first.
        output: the shape of its output.
        layout: the order in which the spec has the values of a tensor; it matters where they become one row.
        tensors: the names of its inputs.
        arrays: its weights, by name.
    """

    operator: ClassVar[str] = ""
    """The operator of a kind that is one, without attributes."""

    def __init__(
        self,
        operations: OnnxGraph,
        name: str,
        layer: Any,
        inputs: Sequence[Shape],
        output: Shape,
        layout: str,
        tensors: Sequence[str],
        arrays: Mapping[str, Any],
        owner: str,
    ) -> None:
        self.operations = operations
        self.name = name
        self._made = 0
        self._owner = owner
        self.layer = layer
        self.inputs = inputs
        self.x = inputs[0]
        self.output = output
        self.layout = layout
        self.tensors = tensors
        self.arrays = arrays

    def write(self) -> str:
        """Writes the operations; the name of the tensor that they end in.

        Raises:
            NoEqual: ONNX has nothing in its place.
        """
        if not self.operator:
            raise NoEqual("ONNX has no operators for it")
        return self.op(self.operator, *self.tensors)

    # -- what parts are written with

    @property
    def rank(self) -> int:
        """How many axes of positions there are."""
        return len(self.x.spatial)

    def op(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Writes an operation with one output; its name. Attributes that are None are left out."""
        return self.ops(operator, *inputs, **attributes)[0]

    def ops(self, operator: str, *inputs: str, count: int = 1, **attributes: Any) -> tuple[str, ...]:
        """Writes an operation with several outputs; their names."""
        names = []
        for _ in range(count):
            self._made += 1
            names.append(f"{self.name}/{self._made}")
        given = {key: value for key, value in attributes.items() if value is not None}
        self.operations.add(operator, inputs, names, given)
        return tuple(names)

    def integers(self, *values: int) -> str:
        """A list of whole numbers, as an input."""
        return self.operations.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """A fraction, as an input."""
        return self.operations.constant(np.array(value, np.float32))

    def numbers(self, values: Any) -> str:
        """An array of numbers that are not learned."""
        return self.operations.constant(np.asarray(values))

    def filled(self, value: float, *sizes: int) -> str:
        """A tensor of equal numbers that are not learned."""
        return self.op("ConstantOfShape", self.integers(*sizes), value=np.array([value], np.float32))

    def learned(self, name: str, place: Array | None = None, suffix: str = "", array: Any = None) -> str:
        """An array of the layer, as an input.

        Args:
            place: the order of its axes there.
            suffix: what is added to its name, where it becomes several.
            array: its numbers, if they are not those of the whole array.
        """
        key = f"{self._owner}.{name}{suffix}"
        if key not in self.operations.initializers:
            own = self.arrays[name] if array is None else array
            self.operations.initializers[key] = np.ascontiguousarray(place.there(own) if place else own)
        return key

    def per_channel(self, name: str) -> str:
        """An array with a number per channel, to be spread over a batch of maps."""
        return self.learned(name, Array("", shape=(-1, *(1,) * self.rank)))

    @property
    def values(self) -> str:
        """The first input."""
        return self.tensors[0]

    def transposed(self, x: str, *order: int) -> str:
        """A tensor with its axes in another order, the batch included."""
        return x if order == tuple(range(len(order))) else self.op("Transpose", x, perm=list(order))

    def channels_last(self, x: str, rank: int | None = None) -> str:
        """A tensor with its channels last."""
        axes = self.rank if rank is None else rank
        return self.transposed(x, 0, *range(2, 2 + axes), 1)

    def channels_first(self, x: str, rank: int | None = None) -> str:
        """The reverse of `channels_last`."""
        axes = self.rank if rank is None else rank
        return self.transposed(x, 0, 1 + axes, *range(1, 1 + axes))

    def reshaped(self, x: str, *sizes: int) -> str:
        """A tensor of these sizes after the batch."""
        return self.op("Reshape", x, self.integers(0, *sizes))

    def rows(self, x: str, shape: Shape) -> str:
        """A map or sequence as (batch, positions, channels)."""
        if len(shape.spatial) > 1:
            x = self.reshaped(x, shape.channels, prod(shape.spatial))
        return self.transposed(x, 0, 2, 1)

    def of_rows(self, x: str, spatial: Sizes, channels: int) -> str:
        """The reverse of `rows`."""
        x = self.transposed(x, 0, 2, 1)
        return self.reshaped(x, channels, *spatial) if len(spatial) > 1 else x

    def dimension(self, axis: str) -> int:
        """The number of an axis."""
        return 1 if axis == CHANNELS else 2 + place_of_axis(axis, self.rank)

    def sliced(self, x: str, axis: int, start: int, stop: int, step: int = 1) -> str:
        """A part of a tensor along an axis."""
        parts = (self.integers(each) for each in (start, stop, axis, step))
        return self.op("Slice", x, *parts)

    def padded(self, x: str, pairs: Sequence[tuple[int, int]], mode: str = "constant", value: float = 0) -> str:
        """A tensor with a border around its positions."""
        return self.bordered(x, [(0, 0), *pairs], mode, value)

    def bordered(self, x: str, pairs: Sequence[tuple[int, int]], mode: str = "constant", value: float = 0) -> str:
        """A tensor with a border around its channels and positions."""
        if not any(map(any, pairs)):
            return x
        amounts = self.integers(0, *(before for before, _ in pairs), 0, *(after for _, after in pairs))
        filling = (self.number(value),) if mode == "constant" and value else ()
        return self.op("Pad", x, amounts, *filling, mode=mode)

    def for_each_sample(self, x: str, sizes: Sizes) -> str:
        """A tensor without a batch, once for each sample."""
        samples = self.op("Shape", self.operations.batch, start=0, end=1)
        return self.op("Expand", x, self.op("Concat", samples, self.integers(*sizes), axis=0))

    def reduced(self, operator: str, x: str, axes: Sequence[int], keeps: bool = True) -> str:
        """A tensor reduced along axes."""
        return self.op(operator, x, self.integers(*axes), keepdims=int(keeps))

    def prepared(self, kernel: str, sizes: Sizes) -> str:
        """A kernel as it is used: its filters standardised, and times a learned factor each, if the layer does so.

        Args:
            sizes: those of the kernel there, the filters first.
        """
        layer, filters = self.layer, sizes[0]
        if not layer.prepares_kernel:
            return kernel
        if not layer.standardize:
            return self.op("Mul", kernel, self.learned("gain", Array("", shape=(filters, *(1,) * len(sizes[1:])))))
        factor = prod(sizes[1:]) ** -0.5 if layer.standardize == SCALED else 1.0
        if layer.gain:
            scale = self.learned("gain")
            scale = scale if factor == 1 else self.op("Mul", scale, self.number(factor))
        else:
            scale = self.filled(factor, filters)
        rows = self.op("Reshape", kernel, self.integers(1, filters, -1))
        center, epsilon = self.filled(0, filters), float(layer.epsilon)
        return self.op(
            "Reshape", self.op("InstanceNormalization", rows, scale, center, epsilon=epsilon), self.integers(*sizes)
        )


def ends_together(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Amounts before and after each axis as ONNX has them: all before, then all after."""
    return [before for before, _ in pairs] + [after for _, after in pairs]
