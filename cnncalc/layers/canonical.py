"""What a layer calculates, whatever it is called: two ways to write the same layer come out as the same calculations.

This module has what most kinds say: their own name and all settings that change a shape, parameters or values once
training is over. A kind that can also be written in another way has a class of its own in the `canonical.py` of its
family. Sizes are those of one model: what changes nothing at these sizes is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from struct import pack, unpack
from typing import Any, ClassVar

from cnncalc.formulas import product
from cnncalc.layers import part
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import AXES, CHANNELS
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.tensor_of import TensorOf

ROW = "row"
"""The calculation that only gives the same values other sizes: all in a row, and then in the new ones."""
ZEROS = "zeros"
"""The calculation that puts a border of zeros around its input."""
RESCALE = "rescale"
"""The calculation that multiplies by constants and adds others: the settings `factor` and `offset`."""
PART = "part"
"""The calculation that takes some places along an axis: the setting `part` has the axis, the first, and the end."""
_ONLY_BEFORE_TRAINING = "initial"
"""The setting that says what values are before training."""


class Computation(NamedTuple):
    """What is calculated from some tensors.

    Attributes:
        name: what tells apart calculations with the same settings.
        settings: all that changes its values or parameters, by name.
        output: the shape of the result.
        form: the spatial sizes of what it reads, if it matters to it along which axes positions lie.
        learns: whether it has arrays of its own, so that two of them are never the same one.
        reads: which of the layer's tensors it reads; None for all.
        commutes: whether these may be in any order.
        associates: whether one of them may be the result of the same calculation, instead of what that reads.
        joins: if what it reads follows one another along an axis, that axis, and the form of a part along it.
        is_positive: whether no value is below 0.
        scales: whether it multiplies by and adds a number per channel, so that the one before can take these in.
        turns: for a permutation of the axes that only changes the order of values in a row: the order of its input, by
            that of its result.
        folded: what is left of it once its weights have been calculated from others: those of a norm after it as well;
            None if it takes nothing in.
    """

    name: str
    settings: Mapping[str, Any]
    output: Shape
    form: tuple[tuple[int, ...], ...] = ()
    learns: bool = False
    reads: tuple[int, ...] | None = None
    commutes: bool = False
    associates: bool = False
    joins: tuple[str, tuple[tuple[int, ...], ...]] | None = None
    is_positive: bool = False
    scales: bool = False
    turns: Mapping[str, str] = {}
    folded: Mapping[str, Any] | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What equal calculations have in common."""
        return (self.name, squeezed(self.output), self.form, *sorted(self.settings.items()))


def squeezed(shape: Shape) -> Shape:
    """A shape with all positions in a row: a map has the same values as a sequence, and one of 1×1 as a vector."""
    positions = product(shape.spatial)
    return Shape((positions,) if positions > 1 else (), shape.channels)


def canonical(
    kind: str, layer: Layer, inputs: Sequence[Shape], output: Shape, order: str, alike: Sequence[int]
) -> Canonical:
    """How a layer between these tensors is compared; see `Canonical`."""
    return (part(kind, "canonical") or Canonical)(kind, layer, inputs, output, order, alike)


class Canonical:
    """A layer in its place, as it is compared with others.

    Attributes:
        order: the order of sizes in which values are flattened.
        alike: for each of the tensors that it reads, the number of the first that is the same one.
    """

    without: ClassVar[frozenset[str]] = frozenset()
    """Settings of the kind that need not be equal."""

    def __init__(
        self, kind: str, layer: Any, inputs: Sequence[Shape], output: Shape, order: str, alike: Sequence[int]
    ) -> None:
        self.kind = kind
        self.layer = layer
        self.inputs = inputs
        self.x = inputs[0]
        self.output = output
        self.order = order
        self.alike = alike

    def calculations(self) -> Sequence[Computation]:
        """What it calculates, one after the other; nothing if every value stays as it is, in its place."""
        return () if self.layer.is_idle else (self.calculation(),)

    def after_zeros(self, amounts: Padding, x: Shape, is_positive: bool) -> Canonical | None:
        """The same layer without the border of zeros that was put around its input x, if it can have that itself.

        Args:
            is_positive: whether no value of x is below 0.
        """
        return None

    def calculation(self, name: str = "", settings: Mapping[str, Any] | None = None, **more: Any) -> Computation:
        """The calculation of this name, by default the kind's own, with these settings, by default all."""
        found = {name: comparable(value) for name, value in (self.settings() if settings is None else settings).items()}
        own = {"output": self.output, "form": self.form, "learns": self.learns}
        return Computation(name or self.kind, found, **{**own, **more})

    @property
    def form(self) -> tuple[tuple[int, ...], ...]:
        """The spatial sizes of what it reads, if it matters to it along which axes positions lie."""
        return () if self.has_no_axes else tuple([x.spatial for x in self.inputs])

    @property
    def has_no_axes(self) -> bool:
        """Whether it does the same at all positions, or with all of them."""
        return bool(self.layer.keeps_shape())

    def form_along(self, axis: str) -> tuple[tuple[int, ...], ...]:
        """The form of what does the same along all axes but one, or with whole channels."""
        return form_along(self.x, axis)

    def settings(self) -> dict[str, Any]:
        """All settings that may make a difference, and how many numbers each array has."""
        left_out = {*self.without, _ONLY_BEFORE_TRAINING}
        own = {name: value for name, value in vars(self.layer).items() if name not in left_out}
        return {**own, **{f"numbers of {name}": size for name, size in self.sizes.items()}}

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers each array of the layer has."""
        return {name: product(weight.shape) for name, weight in self.layer.arrays(self.inputs).items()}

    @property
    def learns(self) -> bool:
        """Whether the layer has arrays of its own."""
        return bool(self.sizes)

    @property
    def has_one_position(self) -> bool:
        """Whether a vector has the same values as its input."""
        return product(self.x.spatial) == 1

    def per(self) -> str:
        """What has a number of its own (`per`), named in the same way wherever that is the same."""
        per: str = self.layer.per
        if self.has_one_position:
            per = {"value": "channel", "position": "all"}.get(per, per)
        if self.x.channels == 1:
            per = {"value": "position", "channel": "all"}.get(per, per)
        return per


def comparable(value: Any) -> Any:
    """A value of a setting, equal if it makes no difference: numbers to float32, tensors without their names."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return _float32(value)
    if isinstance(value, TensorOf):
        return value.undone or True
    if isinstance(value, Shape):
        return squeezed(value)
    return tuple(map(comparable, value)) if type(value) in (tuple, Padding) else value


def _float32(value: float) -> float:
    """The nearest number of 32 bits."""
    try:
        found: float = unpack("f", pack("f", value))[0]
    except OverflowError:
        return inf if value > 0 else -inf
    return found


# -- axes


def several_places(x: Shape) -> dict[str, int]:
    """The sizes of the spatial axes with more than one place, by name."""
    return {axis: n for axis, n in zip(AXES[len(x.spatial)], x.spatial, strict=True) if n != 1}


def form_along(x: Shape, axis: str) -> tuple[tuple[int, ...], ...]:
    """The form of what does the same along all axes of x but one, or with whole channels."""
    return () if axis == CHANNELS else (tuple(several_places(x).values()),)


def named_axis(x: Shape, axis: str) -> str:
    """An axis by its number among those with several places, whatever it is called."""
    several = list(several_places(x))
    return str(several.index(axis)) if axis in several else axis


# -- calculations that several kinds come down to


def in_row_order(x: Shape, y: Shape, order: str) -> Computation:
    """The values of x with the sizes of y.

    The order makes no difference if there is only one row of them, or if the channels stay.
    """
    is_one_row = all(1 in (product(each.spatial), each.channels) for each in (x, y))
    return Computation(ROW, {"order": "" if is_one_row or x.channels == y.channels else order}, y)


def weighted_sums(
    name: str,
    settings: Mapping[str, Any],
    output: Shape,
    form: tuple[tuple[int, ...], ...] = (),
    prepared: Mapping[str, Any] | None = None,
) -> Computation:
    """Sums of products with learned weights, which may be `prepared` before use.

    A convolution whose window is one position, read everywhere, is the same as a dense layer.
    """
    window = (settings.get("kernel", ()), settings.get("stride", ()), settings.get("dilation", ()))
    is_dense = all(set(sizes) <= {1} for sizes in window) and not any(map(any, settings.get("padding", ())))
    if is_dense and settings.get("groups", 1) == 1:
        name, form, settings = "dense", (), {key: settings[key] for key in ("filters", "bias")}
    own = {key: comparable(value) for key, value in settings.items()}
    return Computation(name, {**own, **(prepared or {})}, output, form, learns=True, folded=own)


def reduced_along(how: str, x: Shape, axes: Sequence[str], output: Shape) -> Sequence[Computation]:
    """One number for all places along some axes; nothing if there is just one along each."""
    several = several_places(x)
    reads = [named_axis(x, axis) for axis in axes if axis in several or axis == CHANNELS]
    if not reads and how != "l2":
        return ()
    form: tuple[tuple[int, ...], ...] = (tuple(several.values()),)
    if set(axes) >= set(several):  # all positions
        reads, form = [*(["positions"] if several else []), *([CHANNELS] if CHANNELS in axes else [])], ()
    return (Computation("reduce", {"how": how, "axes": tuple(sorted(reads))}, output, form),)


def after_another(calculation: Computation, before: Computation) -> Computation:
    """A factor and an offset, and those that come before it, as one."""
    first, second = (each.settings for each in (before, calculation))
    rows = [first["factor"], first["offset"], second["factor"], second["offset"]]
    count = max(len(each) if isinstance(each, tuple) else 1 for each in rows)
    each_channel = zip(*(each if isinstance(each, tuple) else (each,) * count for each in rows), strict=True)
    made = [(a * b, offset * b + more) for a, offset, b, more in each_channel]
    factor, offset = (single(tuple(numbers)) for numbers in zip(*made, strict=True))
    return calculation._replace(settings={"factor": comparable(factor), "offset": comparable(offset)})


def single(numbers: float | tuple[float, ...]) -> float | tuple[float, ...]:
    """A number per channel, or one if they are all equal."""
    return numbers[0] if isinstance(numbers, tuple) and len(set(numbers)) == 1 else numbers
