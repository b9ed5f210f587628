"""What PyTorch and Keras have in the place of a layer, as the text of the code that a person would write.

A kind says it in the `torch.py` and `keras.py` of its family; no framework is imported. The texts are Python: with
`torch`, `nn`, `F` and `Tensor`, or `keras`, `layers` and `ops`, and with `math` and `Any`, they make the module and
apply it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import isinf
from typing import Any, ClassVar

from cnncalc.errors import CnncalcError
from cnncalc.layers import part
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import place_of_axis
from cnncalc.settings.shape import Shape

Sizes = tuple[int, ...]

FIRST, LAST = "channels_first", "channels_last"
"""The orders of the axes of a tensor after the batch: its channels before the positions, or after them (rows)."""
ANY = (FIRST, LAST)


class NoEqual(CnncalcError):
    """A framework has nothing in the place of a layer; the message is the reason."""


class Array(NamedTuple):
    """Where an array of a layer is in the module, and in which order.

    Attributes:
        path: its name there, as in `weight` or `0.weight`; "" if the module is itself the array.
        axes: the order of its axes there, as `transpose` has it; () if it is the same.
        split: the sizes of our array once its axes are divided (channels into groups); `axes` orders these.
        shape: its sizes there; () if they follow from the order.
        order: the order there of the parts along the first axis, before it has its shape; () if it is the same.
        rows: the first of its rows there and the one after its last, if the module has several arrays in one.
        is_count: whether it is a whole number there.
    """

    path: str
    axes: Sizes = ()
    split: Sizes = ()
    shape: Sizes = ()
    order: Sizes = ()
    rows: Sizes = ()
    is_count: bool = False

    def part(self, whole: Any) -> Any:
        """Of an array of the framework, the part that is ours."""
        return whole[slice(*self.rows)] if self.rows else whole

    def there(self, array: Any) -> Any:
        """An array of ours as the framework has it."""
        parts = array.reshape(self.split or array.shape)
        turned = parts.transpose(self.axes) if self.axes else parts
        if self.order:
            turned = turned[[*self.order]]
        return turned.reshape(self.shape or turned.shape)

    def here(self, array: Any, shape: Sizes) -> Any:
        """An array of the framework as we have it, in this shape."""
        split = self.split or shape
        axes = self.axes or tuple(range(len(split)))
        turned = self.part(array).reshape(tuple(split[axis] for axis in axes))
        if self.order:
            turned = turned[[self.order.index(place) for place in range(len(self.order))]]
        return turned.transpose(tuple(map(axes.index, range(len(axes))))).reshape(shape)


class FrozenArray(NamedTuple):
    """An array that training leaves as it is.

    Attributes:
        sizes: its own.
        value: each of its numbers.
    """

    sizes: Sizes
    value: float


Places = Array | tuple[Array, ...]
"""Where an array is, or where each of its rows is."""


def placed(places: Places, array: Any) -> list[tuple[Array, Any]]:
    """The places, each with what is there of an array of ours."""
    return [(places, array)] if isinstance(places, Array) else [*zip(places, array, strict=True)]


class Equal(NamedTuple):
    """What a framework has in the place of a layer.

    Attributes:
        module: makes what belongs to the network: `nn.Conv2d(3, 8, 3)`; "" if a function is enough.
        forward: applies it. `{module}` stands for what the module is called, `{0}`, `{1}`, … for the inputs; for a
            layer that reads nothing `{0}` is any input of the model, which has as many samples.
        arrays: the layer's arrays, by name, and where they are in the module.
        frozen: arrays of the module that the layer does not have: they stay what they are at the start.
        helper: the source of a class that the module is made of and the framework does not have.
        counters: whole numbers of the module that begin at 0 and count how often it was trained.
    """

    module: str = ""
    forward: str = "{module}({0})"
    arrays: Mapping[str, Places] = {}
    frozen: Mapping[str, FrozenArray] = {}
    helper: str = ""
    counters: tuple[str, ...] = ()

    def applied(self, module: str, *inputs: str) -> str:
        """The text that applies it, once the module and the inputs have names."""
        return self.forward.format(*inputs, module=module)


class InFramework:
    """How one framework has a kind: the base of its part for it.

    Attributes:
        layer: with its settings.
        inputs: the shapes of its inputs, of which there are several for a merge; `x` is the first.
        output: the shape of its output.
        layout: the order in which the spec has the values of a tensor; it matters where they become one row.
        padded_by: what pads: "same" or "layer"; "" for what is shortest.
        order: the order of axes that the tensors of the code have.
        original: where its arrays are in a module whose state the code shall take; empty if there is none.
    """

    module: ClassVar[str] = ""
    forward: ClassVar[str] = "{module}({0})"
    """The texts of a kind that has the same for all settings."""
    works_in: ClassVar[tuple[str, ...]] = ANY
    """The orders that a kind works in whatever its settings are, the best one first."""

    def __init__(self, layer: Any, inputs: Sequence[Shape], output: Shape, layout: str, padded_by: str = "") -> None:
        self.order = FIRST
        self.original: Mapping[str, Array] = {}
        self.layer = layer
        self.inputs = inputs
        self.x = inputs[0]
        self.output = output
        self.layout = layout
        self.padded_by = padded_by

    def equal(self) -> Equal:
        """What there is in its place.

        Raises:
            NoEqual: there is nothing.
        """
        return Equal(self.module, self.forward)

    def orders(self) -> tuple[str, ...]:
        """The orders of axes that it works in, the best one first."""
        return self.works_in

    def in_order(self, order: str) -> Equal:
        """What there is in its place, for tensors whose axes are in this order.

        Raises:
            NoEqual: there is nothing.
        """
        self.order = order if order in self.orders() else self.orders()[0]
        made = self.equal()
        return made if self.order == order else made._replace(forward=self.turned(made.forward, order))

    def turned(self, forward: str, order: str) -> str:
        """The text that applies it, for tensors in this order, given the one for those in the other order."""
        names = [f"x{place}" for place in range(len(self.inputs))]
        is_operation = isinstance(ast.parse(forward.format(*names, module="module"), mode="eval").body, ast.BinOp)
        inputs = [in_other_order(f"{{{place}}}", x, self.order) for place, x in enumerate(self.inputs)]
        made = forward.format(*inputs, module="{module}")
        return in_other_order(f"({made})" if is_operation else made, self.output, order)


def in_other_order(tensor: str, shape: Shape, order: str) -> str:
    """The text of a tensor of PyTorch with its axes in this order, and not in the other one."""
    rank = len(shape.spatial)
    if rank < 2:
        return f"{tensor}.mT" if rank else tensor
    axes = range(1, rank + 1)
    return f"{tensor}.permute{row((0, rank + 1, *axes) if order == FIRST else (0, *(each + 1 for each in axes), 1))}"


def equal(
    kind: str,
    framework: str,
    layer: Layer,
    inputs: Sequence[Shape],
    output: Shape,
    layout: str = "channels_last",
    padded_by: str = "",
    order: str = FIRST,
    original: Mapping[str, Array] | None = None,
) -> Equal:
    """What a framework, `torch` or `keras`, has in the place of a layer.

    Args:
        layout: the order in which the spec has the values of a tensor.
        padded_by: what pads a layer of Keras: "same" is a word of its own, where that does the same, and "layer" is one
            before it even if it adds nothing, so that layers with other settings have the same form; "" is what is
            shortest.
        order: the order of axes of tensors in PyTorch code.
        original: where the arrays are in a module whose state the code shall take, if it can.

    Raises:
        NoEqual: it has nothing.
    """
    if layer.is_opaque:
        raise NoEqual("nobody knows what it calculates")
    own = part(kind, framework)(layer, inputs, output, layout, padded_by)
    own.original = original or {}
    made: Equal = own.in_order(order)
    return made


def orders(kind: str, layer: Layer, inputs: Sequence[Shape], output: Shape, layout: str) -> tuple[str, ...]:
    """The orders of axes that PyTorch code for a layer works in, the best one first."""
    if layer.is_opaque:
        return (FIRST,)
    found: tuple[str, ...] = part(kind, "torch")(layer, inputs, output, layout).orders()
    return found


def call(name: str, *values: Any, **options: tuple[Any, Any]) -> CallText:
    """The text of a call. Options are pairs of a value and its default, and written only if they differ.

    Sizes that are the same along all axes are written as one number.
    """
    written = [code(value) for value in values]
    named = ((key, code(value), code(default)) for key, (value, default) in options.items())
    written += [f"{key}={text}" for key, text, default in named if text != default]
    text = CallText(f"{name}({', '.join(written)})")
    text.name, text.values, text.options = name, values, options
    return text


def part_of_axis(layer: Any, x: Shape) -> str:
    """The text of the places that a slice takes along its axis: `1:3`, `::2`."""
    start, stop = layer.range
    size = x.sizes("channels_last")[place_of_axis(layer.axis, len(x.spatial))]
    step = f":{layer.step}" if layer.step > 1 else ""
    return f"{start or ''}:{stop if stop < size else ''}{step}"


class AsIs(str):
    """A text that is code already."""


class CallText(AsIs):
    """The text of a call, with what it was made of.

    Attributes:
        name: what is called.
        values: the values in order.
        options: those with a name, each with its default.
    """

    name: str
    values: tuple[Any, ...]
    options: Mapping[str, tuple[Any, Any]]


def code(value: Any) -> str:
    """A value as a person would write it in a call."""
    if isinstance(value, AsIs):
        return value
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple) and value:
        return code(value[0]) if len(set(value)) == 1 and isinstance(value[0], int) else row(value)
    if isinstance(value, float):
        if isinf(value):
            return f'float("{value}")'
        return str(int(value)) if value.is_integer() else repr(value).replace("e-0", "e-")
    return repr(value)


def row(values: Sequence[Any]) -> str:
    """A tuple, whose items are all written."""
    return f"({', '.join(map(code, values))}{',' * (len(values) == 1)})"
