"""What a student believes: the shapes and fields so far, and the rules as this student remembers them.

A misremembered rule is the right one, applied to a layer that is not quite the layer on the sheet (a padding of 0, a
missing bias) or finished differently (one less). So mistakes can be followed through a whole sheet, and two of them
can be combined in one answer, without a second copy of any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.at_least import known
from cnncalc.errors import CnncalcError
from cnncalc.homework.sheet.questions import Item, Value, is_merge
from cnncalc.layers.base import Layer, ReadsUnknown
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.homework.diagnose.misconception import Misconception


Field = tuple[tuple[int, Fraction | int], ...]
"""Receptive field and its stride, per axis."""

Finish = Callable[["Case", str, Value], list[Value]]


class Steps(NamedTuple):
    """Strides along one axis, as they are remembered: the product of those of layers with weights, the last one, and
    the sum of those that are not 1."""

    weighted: int = 1
    last: int = 1
    added: int = 1


class BelievedTensor(NamedTuple):
    """What is believed about one tensor.

    Attributes:
        shape: its sizes.
        field: receptive field and its stride, per axis; None where every unit sees everything, or it is unknown.
        before: the shape that a `flatten` or a global pool just made into a vector.
        source_channels: the channels that entered the last layer with weights before it.
        earlier: what the last layer that changed the shape read: its input's shape.
        seen: the last field that was not everything, per axis.
        steps: the strides so far, per axis.
        kept: the share of the values that dropout has left.
    """

    shape: Shape
    field: Field | None
    before: Shape | None = None
    source_channels: int | None = None
    earlier: Shape | None = None
    seen: tuple[int, ...] = ()
    steps: tuple[Steps, ...] = ()
    kept: float = 1.0


class Case(NamedTuple):
    """One entry as seen by someone who calculates its numbers.

    Attributes:
        layer: the entry's own layer.
        followers: the layers that its `norm` and `activation` stand for.
        inputs: what is believed about the tensors that it reads.
        statistics: whether the moving statistics of a batch_norm are parameters.
        windows: the rule for the number of windows.
        after: what is believed to come out of the entry's own layer, if already known.
        counted: what its parameters and multiply-adds are products of, if that was misremembered.
        is_shared: whether its weights belong to another layer, and are counted there.
        image: the input of the model.
        sees_all: whether its receptive field is all of the input.
        true_field: its receptive field and its stride, for a layer whose rule does not give them (a transposed one).
    """

    kind: str
    layer: Layer
    followers: Sequence[Layer]
    inputs: Sequence[BelievedTensor]
    layout: str
    statistics: bool
    windows: Callable[..., int] = formulas.windows
    after: Shape | None = None
    counted: Counted | None = None
    is_shared: bool = False
    image: Shape = Shape((), 1)
    sees_all: bool = False
    true_field: Field | None = None

    @property
    def x(self) -> Shape:
        return self.inputs[0].shape

    def with_settings(self, **settings: Any) -> Case:
        """The case with other settings of the layer."""
        return self._replace(layer=self.layer.with_settings(**settings))

    def with_input(self, shape: Shape) -> Case:
        """The case with another shape of the (first) input."""
        return self._replace(inputs=[self.inputs[0]._replace(shape=shape), *self.inputs[1:]])


class Product(NamedTuple):
    """A kernel, as what its weights are counted by: the taps of its window, the channels it reaches through, and the
    filters."""

    taps: tuple[int, ...]
    depth: int
    filters: int

    @property
    def weights(self) -> int:
        return formulas.product((*self.taps, self.depth, self.filters))


class Counted(NamedTuple):
    """What the parameters and multiply-adds of a layer are counted from: its kernels, the number of its biases, and the
    positions at which every weight is used."""

    products: tuple[Product, ...]
    biases: int
    positions: tuple[int, ...]

    @property
    def weights(self) -> int:
        return sum(product.weights for product in self.products)

    @property
    def uses(self) -> int:
        """How often each weight is used."""
        return formulas.product(self.positions)


class Unworkable(CnncalcError):
    """There is no result: the layer does not accept what is believed to enter it."""


# -- the right rules


def believed_output(case: Case) -> Shape:
    """The shape that comes out."""
    layer = case.layer
    if isinstance(layer, Merge):
        return layer.merge_shape([each.shape for each in case.inputs])
    if layer.takes in ("positions", "sequence", "map") and case.x.is_vector:
        raise Unworkable
    if len(case.x.spatial) != {"sequence": 1, "map": 2}.get(layer.takes, len(case.x.spatial)):
        raise Unworkable
    shape = layer.output_shape(case.x)
    if case.windows is not formulas.windows and layer.sliding_window:
        shape = Shape(layer.sliding_window.counts(case.x.spatial, case.windows), shape.channels)
    return shape


def params_of(case: Case) -> int:
    """Trainable parameters, and the statistics if they count."""
    if case.is_shared:
        return 0
    inputs = [each.shape for each in case.inputs]
    total = case.counted.weights + case.counted.biases if case.counted else _sizes_of(case.layer, inputs, case)
    shape = case.after or believed_output(case)
    for layer in case.followers:
        total += _sizes_of(layer, [shape], case)
        shape = layer.output_shape(shape)
    return total


def _sizes_of(layer: Layer, inputs: Sequence[Shape], case: Case) -> int:
    """The sizes of a layer's arrays together, those of statistics only if they count."""
    arrays = layer.arrays(inputs).values()
    learned = (formulas.product(each.shape) for each in arrays if case.statistics or not each.is_statistic)
    return sum(learned, layer.unlisted_params)


def counted_of(case: Case) -> Counted:
    """What the parameters and multiply-adds of a layer that multiplies by a kernel are counted from.

    Raises:
        Unworkable: it is another kind of layer.
    """
    if case.counted:
        return case.counted
    layer, arrays = case.layer, dict(case.layer.weights(case.x))
    if not layer.kernel_array:
        raise Unworkable
    added = {name: arrays.pop(name) for name in [*arrays] if len(arrays[name].shape) == 1}  # biases, gains
    products = []
    for name, array in arrays.items():
        # of the kernels of a depthwise layer, only one that is named otherwise sums over the channels
        is_flat = layer.is_depthwise and (len(arrays) == 1 or name != layer.kernel_array)
        *taps, depth, filters = (*array.shape[:-1], 1, array.shape[-1]) if is_flat else array.shape
        products.append(Product(tuple(taps), depth, filters))
    places = case.x if layer.is_transposed else case.after or believed_output(case)
    return Counted(tuple(products), sum(formulas.product(each.shape) for each in added.values()), places.spatial)


def macs_of(case: Case) -> int:
    """Multiply-adds of the entry's own layer."""
    if case.counted:
        return case.counted.uses * case.counted.weights
    return case.layer.multiply_adds([each.shape for each in case.inputs], case.after or believed_output(case))


def field_of(case: Case) -> Field | None:
    """Receptive field and its stride after the entry: r + (k − 1)·j and j·s, per axis."""
    if isinstance(case.layer, Merge) or case.inputs[0].field is None:
        return None
    try:
        reads = case.layer.reads(case.x)
    except ReadsUnknown:
        return case.true_field
    simple = [each for each in reads or () if each and each.period == 1]
    if reads is None or len(simple) < len(reads):
        return case.true_field
    return tuple(
        (whole_size(r + (each.high[0] - each.low[0]) * j), j * each.advance)
        for (r, j), each in zip(case.inputs[0].field, simple, strict=True)
    )


def whole_size(size: Fraction | int) -> int:
    """A size that is a whole number.

    Raises:
        Unworkable: it is not.
    """
    if int(size) != size:
        raise Unworkable
    return int(size)


# -- a student at work


def work(case: Case, column: str, mistakes: Sequence[Misconception]) -> list[Value]:
    """What someone who makes these mistakes answers; several values if a mistake can be made in several ways.

    Raises:
        Unworkable: there is no result.
    """
    values = []
    try:
        for seen, finishes in _seen(case, column, mistakes):
            found = [_answer(seen, column)]
            for finish in finishes:
                found = [other for value in found for other in finish(seen, column, value)]
            values += found
    except (ValueError, ArithmeticError, LookupError):
        raise Unworkable from None
    return values


def _seen(case: Case, column: str, mistakes: Sequence[Misconception]) -> list[tuple[Case, list[Finish]]]:
    """The case as seen with these mistakes, in all possible ways, and how each value is finished."""
    seen = [case]
    finishes = []
    for mistake in mistakes:
        if column in mistake.columns and mistake.applies(case):
            if mistake.alter:
                seen = [other for each in seen for other in mistake.alter(each)]
            if mistake.finish:
                finishes.append(mistake.finish)
    return [(each, finishes) for each in seen]


def _answer(case: Case, column: str) -> Value:
    if column == "output":
        shape = believed_output(case)
        if any(size < 1 for size in shape.sizes(case.layout)):
            raise Unworkable
        return shape.channels if shape.is_vector else shape.sizes(case.layout)
    if column in ("params", "macs"):
        count = known(params_of(case) if column == "params" else macs_of(case))
        if count is None:
            raise Unworkable  # of an opaque layer: nobody can know it
        return count
    field = field_of(case)
    if field is None:
        if case.sees_all:
            return "global"
        raise Unworkable
    sizes = tuple(r for r, _ in field)
    return sizes[0] if len(set(sizes)) == 1 else sizes


def case_of(item: Item, inputs: Sequence[BelievedTensor], layout: str, statistics: bool, image: Shape) -> Case:
    """An entry as it appears on the sheet, with the tensors that are believed to enter it."""
    layers = [node.layer for node in item.nodes if node.layer]
    kind = item.node.kind
    case = Case(kind, layers[0], layers[1:], inputs if is_merge(item) else inputs[:1], layout, statistics)
    sees_all = any(question.answer == "global" for question in item.questions)
    shared = item.node.shares is not None
    return case._replace(is_shared=shared, image=image, sees_all=sees_all, true_field=true_field(item))


def true_field(item: Item) -> Field | None:
    """The receptive field of an entry and its stride; None if it is not a single local one."""
    fields = list(item.numbers.end.fields.values())
    if len(fields) != 1 or not fields[0].is_plain:
        return None
    (field,) = fields
    pairs = zip(field.size, field.stride, strict=True)
    return tuple((r, int(j) if j.denominator == 1 else j) for r, j in pairs if r is not None and j is not None)
