"""How each number of a layer comes about.

The layer's own methods run once more on named numbers (`cnncalc.recorded_numbers`): what they return carries the
formula that led to it. This module has no formulas of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.analysis.receptive_field import fields_of
from cnncalc.explanation import _field_sentences
from cnncalc.explanation.derived_number import DerivedNumber
from cnncalc.explanation.merged_fields import FieldHull, field_hulls, hull_remarks, hull_steps
from cnncalc.layers.base import Layer
from cnncalc.layers.merging import Merge
from cnncalc.layers.words import Words, words
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import Number, is_derived, named, numeric, symbolic
from cnncalc.settings.axes import CHANNELS, EXTENTS, place_of_axis
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.tensor_of import TensorOf

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Node


class Equivalent(NamedTuple):
    """Another layer between the same two tensors: its parameters, and how many times as many that is."""

    what: str
    number: int
    factor: float


class Derivation:
    """How the numbers of a layer come about. Layers that are alike share one: they differ in nothing but their names.

    Attributes:
        hulls: of a merge, how its receptive field in each input of the model comes about.
    """

    __slots__ = ("equivalents", "hulls", "input", "remarks", "steps")

    def __init__(
        self,
        input: Shape,
        steps: tuple[DerivedNumber, ...],
        remarks: tuple[str, ...],
        equivalents: tuple[Equivalent, ...] = (),
        hulls: tuple[FieldHull, ...] = (),
    ) -> None:
        self.input = input
        self.steps = steps
        self.remarks = remarks
        self.equivalents = equivalents
        self.hulls = hulls


class Explanation(NamedTuple):
    """All that there is to say about one layer."""

    numbers: LayerNumbers
    derivation: Derivation

    @property
    def steps(self) -> tuple[DerivedNumber, ...]:
        return self.derivation.steps

    @property
    def remarks(self) -> tuple[str, ...]:
        return self.derivation.remarks

    @property
    def equivalents(self) -> tuple[Equivalent, ...]:
        return self.derivation.equivalents

    @property
    def hulls(self) -> tuple[FieldHull, ...]:
        return self.derivation.hulls


Fields = tuple[tuple[str, "Field"], ...]
"""The receptive field in each input of the model, with its name."""

MOST_ALIKE = 256
"""How many derivations are remembered, in case another layer is alike."""


class Explainer:
    """Derives the numbers of the layers of a model.

    What all of its layers need is found once, and what several have in common is derived once: the same layer on an
    input of the same shape and with the same receptive field gives the same sentences.
    """

    def __init__(self, analysis: Analysis) -> None:
        self._spec = analysis.spec
        self._several = len(analysis.spec.graph.inputs) > 1
        self._fields = fields_of(analysis)
        self._alike = lru_cache(MOST_ALIKE)(self._derived)

    def explain(self, layer: LayerNumbers) -> Explanation:
        """The derivation of every number of a layer."""
        node = layer.node
        assert node.layer is not None
        if isinstance(node.layer, Merge):
            return Explanation(layer, self._merge(layer))
        before = tuple(self._before(node).items()) if node.source.layer or node.layer.also_reads else None
        after = tuple(layer.fields.items())
        return Explanation(layer, self._alike(*_placed(node), before, after))

    def _derived(
        self,
        kind: str,
        layer: Layer,
        x: Shape,
        y: Shape,
        is_frozen: bool,
        before: Fields | None,
        after: Fields,
    ) -> Derivation:
        """The derivation of a layer with one input; the fields are that of its input, None for one of the model, and
        its own."""
        inputs = [x, *(tensor.shape for tensor in layer.further)]
        said = words(kind, layer, inputs, y, ["", *(tensor.name for tensor in layer.further)], self._spec.layout)
        filled = layer.filled_in(x)
        steps = (
            *_sizes(layer, x, y, said),
            *_left_to_input(layer, x, said),
            *_params(filled, x, said, self._spec.convention, is_frozen),
            *_macs(filled, [x], y, said),
            *_field_steps(layer, said, dict(before) if before is not None else None, dict(after), self._several),
        )
        unknown = _field_sentences.unknown_fields(layer, dict(before or ()), dict(after))
        remarks = (*said.remarks(), *unknown)
        return Derivation(x, steps, remarks, _equivalents(layer, x, y) if said.is_compared() else ())

    def _before(self, node: Node) -> dict[str, Field]:
        """The fields of what a layer reads; of several tensors, each field is that of the first that has it."""
        return {name: field for source in reversed(node.inputs) for name, field in self._fields[source].items()}

    def _merge(self, layer: LayerNumbers) -> Derivation:
        node = layer.node
        said = words_of(node, self._spec.layout)
        hulls = field_hulls(layer, self._spec.graph.inputs, self._fields)
        learned = formulas.total(formulas.product(weight.shape) for weight in node.weights.values())
        quantity, why = "params", said.params()
        if node.is_frozen:
            quantity, why = "non-trainable params", _field_sentences.frozen(said.params(), with_statistics=False)
        assert node.layer is not None
        macs = _macs(node.layer, node.input_shapes, node.output, said)
        steps = [*_merged_sizes(node, said), DerivedNumber(quantity, learned, why), *macs]
        remarks: list[str] = []
        for hull in hulls:
            steps += hull_steps(hull, self._several)
            remarks += hull_remarks(hull, self._several)
        return Derivation(node.x, tuple(steps), (*remarks, *said.remarks()), hulls=hulls)


def _placed(node: Node) -> tuple[str, Layer, Shape, Shape, bool]:
    """What the derivation of a layer with one input depends on, apart from fields."""
    assert node.layer is not None
    return node.kind, node.layer, node.x, node.output, node.is_frozen


def explain(analysis: Analysis, layer: LayerNumbers) -> Explanation:
    """The derivation of every number of one layer; for several, `Explainer` does what they have in common once."""
    return Explainer(analysis).explain(layer)


def words_of(node: Node, layout: str) -> Words:
    """What there is to say about a layer in its place, in a model of this layout."""
    assert node.layer is not None
    inputs = node.input_shapes
    return words(node.kind, node.layer, inputs, node.output, [source.name for source in node.inputs], layout)


def _merged_sizes(node: Node, said: Words) -> Iterator[DerivedNumber]:
    """How many channels a merge has, or how many places along the axis along which it joins tensors."""
    merge, rank = node.layer, len(node.output.spatial)
    assert isinstance(merge, Merge)
    if merge.multiplies_matrices:
        yield from _matrix_sizes(node, merge, said)
        return
    along = place_of_axis(merge.joins or CHANNELS, rank)
    shapes = []
    for index, source in enumerate(node.inputs, 1):
        sizes = [*source.output.spatial, source.output.channels]
        place = along - rank - 1  # a vector in an arithmetic merge has fewer axes
        sizes[place] = Number(sizes[place], f"{'c' if place == -1 else 'n'}_{index}")
        shapes.append(Shape.of(tuple(sizes)))
    size = merge.merge_shape(shapes).sizes("channels_last")[along]
    channels = "output values" if node.output.is_vector else "output channels"
    yield DerivedNumber(channels if along == rank else f"output {EXTENTS[rank][along]}", size, said.channels())


def _matrix_sizes(node: Node, merge: Merge, said: Words) -> Iterator[DerivedNumber]:
    """How many columns a product of matrices has, and how many rows if these are not the positions of the first."""
    y = merge.merge_shape(_traced_inputs(node.input_shapes))
    if node.output.spatial != node.x.spatial:
        yield DerivedNumber("output position", y.spatial[0], said.size(("position",), 0))
    yield DerivedNumber("output channels", y.channels, said.channels())


# -- the layer on named numbers


def traced_layer(layer: Layer, per_axis: bool) -> Layer:
    """The layer with its settings as named numbers; with `per_axis`, sizes that differ are told apart (k_h, k_w)."""
    values: dict[str, Any] = {}
    for name, value in vars(layer).items():
        symbol = layer.settings[name].symbol
        if not symbol or value is None:
            continue
        if isinstance(value, Padding):
            pairs = [_traced_pair(pair, symbol) for pair in value]
            values[name] = Padding.by(value.rule, tuple(pairs))
        elif isinstance(value, TensorOf):
            values[name] = value._replace(shape=traced_shape(value.shape, symbol, per_axis))
        elif isinstance(value, tuple):
            values[name] = _traced_sizes(value, symbol, per_axis)
        else:
            values[name] = Number(value, symbol)
    return layer.with_settings(**values)


def _traced_pair(pair: tuple[int, int], symbol: str) -> tuple[int, int]:
    before, after = pair
    names = (symbol, symbol) if before == after else (f"{symbol}_before", f"{symbol}_after")
    first, second = named(pair, names)
    return first, second


def _traced_sizes(sizes: tuple[int, ...], symbol: str, per_axis: bool) -> tuple[int, ...]:
    if per_axis and len(set(sizes)) > 1:
        return named(sizes, (f"{symbol}_{axis[0]}" for axis in EXTENTS[len(sizes)]))
    return named(sizes, [symbol] * len(sizes))


def traced_shape(shape: Shape, where: str, per_axis: bool) -> Shape:
    """The shape as named numbers: n_in and c_in, or with `per_axis` h_in, w_in where the sizes differ."""
    if shape.is_vector:
        return Shape((), Number(shape.channels, f"n_{where}"))
    if per_axis and len(set(shape.spatial)) > 1:
        spatial = named(shape.spatial, (f"{axis[0]}_{where}" for axis in EXTENTS[len(shape.spatial)]))
    else:
        spatial = named(shape.spatial, [f"n_{where}"] * len(shape.spatial))
    return Shape(spatial, Number(shape.channels, f"c_{where}"))


def _traced_inputs(shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes of what a layer reads as named numbers: c_in, or of several c_1, c_2, …"""
    names = ["in"] if len(shapes) == 1 else map(str, range(1, len(shapes) + 1))
    return [traced_shape(shape, name, per_axis=True) for shape, name in zip(shapes, names, strict=True)]


# -- the steps


def _sizes(layer: Layer, x: Shape, output: Shape, said: Words) -> list[DerivedNumber]:
    y = traced_layer(layer, per_axis=False).output_shape(traced_shape(x, "in", per_axis=False))
    axes = EXTENTS[len(y.spatial)]
    alike: dict[tuple[str, str], list[int]] = {}
    for index, size in enumerate(y.spatial):
        if is_derived(size):
            alike.setdefault((symbolic(size), numeric(size)), []).append(index)
    steps = [
        DerivedNumber(
            f"output {' and '.join(axes[index] for index in indices)}",
            y.spatial[indices[0]],
            said.size([axes[index] for index in indices], indices[0]),
        )
        for indices in alike.values()
    ]
    if is_derived(y.channels):
        y = traced_layer(layer, per_axis=True).output_shape(traced_shape(x, "in", per_axis=True))
        quantity = "output values" if y.is_vector else "output channels"
        steps.append(DerivedNumber(quantity, y.channels, said.channels()))
    elif not y.is_vector and output.channels != x.channels:
        steps.append(DerivedNumber("output channels", int(y.channels), said.channels()))
    elif not steps:
        steps.append(DerivedNumber("output values", output.values, said.unchanged()))
    return steps


def _left_to_input(layer: Layer, x: Shape, said: Words) -> Iterator[DerivedNumber]:
    """Sizes that no setting gives, before the formulas in which they are."""
    filled = traced_layer(layer, per_axis=True).filled_in(traced_shape(x, "in", per_axis=True))
    for name, number in vars(filled).items():
        if vars(layer)[name] is None and number is not None:
            symbol = layer.settings[name].symbol
            yield DerivedNumber(name.replace("_", " "), number, said.left_out(name), symbol=symbol)


def _params(layer: Layer, x: Shape, said: Words, convention: str, is_frozen: bool) -> list[DerivedNumber]:
    weights = traced_layer(layer, per_axis=True).weights(traced_shape(x, "in", per_axis=True))
    learned = [formulas.product(weight.shape) for weight in weights.values() if not weight.is_statistic]
    statistics = [formulas.product(weight.shape) for weight in weights.values() if weight.is_statistic]
    learned += [layer.unlisted_params] if layer.unlisted_params else []
    parts = {
        part: formulas.total(formulas.product(weights[name].shape) for name in names if name in weights)
        for part, names in said.parts.items()
    }
    steps = [DerivedNumber("params", formulas.total(learned), said.params())]
    if is_frozen:
        counted = [*learned, *(statistics if convention == "keras" else ())]
        frozen = _field_sentences.frozen(said.params(), len(counted) > len(learned))
        return _in_parts(DerivedNumber("non-trainable params", formulas.total(counted), frozen), parts, said.params_of)
    if statistics and convention == "keras":
        steps[0] = steps[0]._replace(quantity="trainable params")
        steps.append(DerivedNumber("non-trainable params", formulas.total(statistics), said.statistics))
    return [*_in_parts(steps[0], parts, said.params_of), *steps[1:]]


def _in_parts(whole: DerivedNumber, parts: Mapping[str, int], say: Callable[[str], str]) -> list[DerivedNumber]:
    """The number of each part that is not 0, and then the whole as their sum."""
    counted = {part: number for part, number in parts.items() if number}
    if not counted:
        return [whole]
    steps = [DerivedNumber(whole.quantity, number, say(part), part) for part, number in counted.items()]
    return [*steps, whole._replace(number=formulas.total(Number(int(number)) for number in counted.values()))]


def _macs(layer: Layer, inputs: Sequence[Shape], y: Shape, said: Words) -> list[DerivedNumber]:
    traced = traced_layer(layer, per_axis=True)
    shapes, traced_y = _traced_inputs(inputs), traced_shape(y, "out", per_axis=True)
    macs = DerivedNumber("macs", traced.multiply_adds(shapes, traced_y), said.macs())
    return _in_parts(macs, traced.macs_in_parts(shapes[0], traced_y), said.macs_of) if macs.number else []


def _field_steps(
    layer: Layer, said: Words, before: Mapping[str, Field] | None, after: Mapping[str, Field], several: bool
) -> list[DerivedNumber]:
    """The step of the receptive field, by the rule if a window on a plain stack makes it."""
    steps = []
    for name, field in after.items():
        if field.status != "local":
            continue
        of_input, of = (f" in {name}", f"`{name}`") if several else ("", "the input")
        rank = len(field.axes)
        size: tuple[int | None, ...] = before[name].size if before else (1,) * rank
        stride: tuple[Fraction | int | None, ...] = before[name].stride if before else (1,) * rank
        carriers = before[name].carriers if before else ()
        by_rule = not before or (before[name].is_plain and all(axis and axis.period == 1 for axis in before[name].axes))
        if by_rule and layer.sliding_window:
            plain = [(r, int(j)) for r, j in zip(size, stride, strict=True) if r is not None and j is not None]
            steps += _field_axes(layer, plain, of_input, of)
        elif (field.size, field.stride, field.carriers) != (size, stride, carriers) or layer.is_gated:
            strides = [str(each) for each in field.stride if each is not None]
            words = _field_sentences.field_without_rule(field, "×".join(dict.fromkeys(strides)), of)
            if layer.is_gated and field.size == size and field.stride == stride:
                words = _field_sentences.unchanged_field(said.gate)
            steps += [
                DerivedNumber(f"receptive field{of_input}{along}", size, words) for along, size in _by_axis(field.size)
            ]
    return steps


def _by_axis(sizes: tuple[int | None, ...]) -> list[tuple[str, int]]:
    """One size for all axes, or one per axis with its name in brackets; none for an axis that is seen whole."""
    if len(set(sizes)) == 1 and sizes[0] is not None:
        return [("", sizes[0])]
    named = zip(EXTENTS[len(sizes)], sizes, strict=True)
    return [(f" ({axis})", size) for axis, size in named if size is not None]


def _field_axes(layer: Layer, before: Sequence[tuple[int, int]], of_input: str, of: str) -> list[DerivedNumber]:
    """The rule, given the size and the stride of the field before the layer, along each axis."""
    size, stride = zip(*before, strict=True)
    window = traced_layer(layer, per_axis=False).sliding_window
    assert window is not None
    names = EXTENTS[len(size)]
    alike: dict[tuple[str, str], tuple[list[str], int, int, int]] = {}
    for axis, name in enumerate(names):
        r = formulas.field_size(
            Number(size[axis], "r_in"), Number(stride[axis], "j_in"), window.kernel[axis], window.dilation[axis]
        )
        j = formulas.field_stride(Number(stride[axis], "j_in"), window.stride[axis])
        alike.setdefault((numeric(r), numeric(j)), ([], r, j, axis))[0].append(name)
    steps = []
    for where, r, j, axis in alike.values():
        along = of_input if len(alike) == 1 else f"{of_input} ({' and '.join(where)})"
        steps.append(
            DerivedNumber(f"receptive field{along}", r, _field_sentences.field(size[axis], int(r), stride[axis], of))
        )
        steps.append(DerivedNumber(f"field stride{along}", j, _field_sentences.stride_of_field(int(j), of)))
    return steps


def _equivalents(layer: Layer, x: Shape, y: Shape) -> tuple[Equivalent, ...]:
    """The lecture's comparison: dense, locally connected, and this convolution."""
    own = sum(formulas.product(weight.shape) for weight in layer.weights(x).values())
    traced = traced_layer(layer, per_axis=True)
    assert traced.sliding_window
    inputs, outputs = Number(x.values, "values_in"), Number(y.values, "values_out")
    has_bias = bool(vars(layer).get("bias"))
    dense = formulas.dense_equivalent(inputs, outputs, has_bias)
    local = formulas.local_equivalent(
        traced_shape(y, "out", per_axis=True).spatial,
        traced.sliding_window.kernel,
        Number(x.channels, "c_in"),
        traced.output_shape(x).channels,
        has_bias,
    )
    return (
        Equivalent("dense: every output connected to every input", dense, dense / own),
        Equivalent("locally connected: a separate kernel at every position", local, local / own),
        Equivalent("convolution: one kernel for all positions", own, 1.0),
    )
