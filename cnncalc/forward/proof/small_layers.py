"""Values: what the engines compute, compared with the definitions, once for every distinct setting.

A layer is run on a few positions and channels, with random weights and a random input. Its shape, its arrays, its
multiplications and all of its values must be those of the definition, which also says how the layer is made small.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isclose
from typing import Any

import numpy as np

from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.strided_views import Array
from cnncalc.forward.run.executor import run_layer
from cnncalc.graph import Node, Rules, input_node, output_shape
from cnncalc.layers import part
from cnncalc.layers.base import Layer, ReadsUnknown, Weight
from cnncalc.layers.definition import DefinedArray, Definition, Multiplier, TensorSizes, TensorValues
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.size_of import SizeOf

FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What a layer raises when it is given arrays that do not fit."""
SAMPLES = 2
"""Samples in a batch: none may see another."""
TOLERANCE = 1e-9
"""Differences in float64 that count as rounding, relative to the value (or to 1 if that is larger)."""


_NAMES = {"output": "output", "params": "weights", "macs": "MACs", "moves": "stride of the field", "values": "values"}


def shown(value: Any, layout: str) -> str:
    """A shape, a number, the shapes of weights, or a text, as text."""
    if isinstance(value, Shape):
        return value.text(layout)
    if value is None:
        return "global"
    if isinstance(value, tuple):
        return "×".join(map(str, value)) or "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, (shape, _) in value.items()) or "none"
    return f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


class ValueDifference(NamedTuple):
    """Where a layer on a small input differs from its definition.

    Attributes:
        what: `output`, `params`, `macs`, `moves` (from one unit's field to the next) or `values`.
        inputs: the small input, or inputs.
        place: the position and channel of a value.
        defined, found: by the definition and by the layer; a text if it could not run.
    """

    what: str
    inputs: tuple[Shape, ...]
    place: tuple[int, ...]
    defined: Any
    found: Any

    def where(self, layout: str) -> str:
        """What was compared, and on which input."""
        *position, channel = self.place or (0,)
        at = f" at {'×'.join(map(str, position))}" if position else ""
        what = f"value{at}, channel {channel}," if self.place else _NAMES[self.what]
        return f"{what} on {' and '.join(each.text(layout) for each in self.inputs)}"

    def text(self, layout: str) -> str:
        """All of it, on one line."""
        return f"{self.where(layout)}: {shown(self.defined, layout)} defined, {shown(self.found, layout)} found"


def definition(node: Node, inputs: Sequence[Shape], settings: Mapping[str, Any], rules: Rules) -> Definition:
    """The definition of a layer's kind, for its settings and these inputs.

    Args:
        rules: those of the model; a layer of a model inside has its own.
    """
    rules = node.rules or rules
    own: Definition = part(node.kind, "definition")(settings, [TensorSizes(*x) for x in inputs], *rules)
    return own


class Reduced(NamedTuple):
    """The settings of a layer that were changed, and its inputs."""

    changes: Mapping[str, Any]
    inputs: tuple[Shape, ...]


class Checker:
    """Compares layers with their definitions, and remembers what has been compared.

    Attributes:
        count: how many distinct settings were compared.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._known: dict[Any, ValueDifference | None] = {}

    @property
    def count(self) -> int:
        return len(self._known)

    def check(self, node: Node) -> ValueDifference | None:
        """The first thing about a layer that is not as defined; None if everything is."""
        assert node.layer is not None
        settings = vars(node.layer)
        found = None
        for reduced in self._reduced(node):
            values = {**node.layer.as_read, **settings, **reduced.changes}
            key = _key(node.kind, values, reduced.inputs), node.rules or self.rules
            if key not in self._known:
                self._known[key] = self._compare(node, reduced)
            found = found or self._known[key]
        return found

    def _reduced(self, node: Node) -> Iterator[Reduced]:
        """A layer on few positions and channels."""
        assert node.layer is not None
        settings, inputs = vars(node.layer), node.input_shapes
        whole = definition(node, inputs, node.layer.as_read, self.rules)
        for changes, few in whole.smaller():
            typed = {name: _of_the_type_of(settings[name], value) for name, value in changes.items()}
            yield Reduced(typed, tuple(Shape(*each) for each in few))

    def _compare(self, node: Node, reduced: Reduced) -> ValueDifference | None:
        assert node.layer is not None
        written = {**node.layer.as_read, **reduced.changes}
        kind = definition(node, reduced.inputs, written, self.rules)
        layer = node.layer.with_settings(**reduced.changes)
        if layer.also_reads:
            layer = layer.reading(reduced.inputs[1:])
        sources = tuple(input_node(f"input{index}", each) for index, each in enumerate(reduced.inputs))
        try:
            small = Node(node.name, node.kind, layer, sources, output_shape(layer, reduced.inputs))
            for what, defined, found, place in _answers(
                small, kind, Arrays((node.rules or self.rules).order, "float64")
            ):
                if not _are_same(defined, found):
                    return ValueDifference(what, reduced.inputs, place, defined, found)
        except FAILURES as error:
            return ValueDifference("values", reduced.inputs, (), "a value", f"{type(error).__name__}: {error}")
        return None


def _of_the_type_of(setting: Any, value: Any) -> Any:
    """A new value of a setting in the type that the kind uses: definitions use tuples for all lists of numbers."""
    if isinstance(setting, SizeOf):
        return setting._replace(spatial=value)
    if isinstance(setting, Shape):
        return Shape(*value)
    return Padding(value) if isinstance(setting, Padding) else value


def _answers(node: Node, kind: Definition, arrays: Arrays) -> Iterator[tuple[str, Any, Any, tuple[int, ...]]]:
    """What the definition and the layer say: the quantity, both answers, and for a value its place."""
    assert node.layer is not None
    x = node.x
    shape, own = Shape(*kind.shape()), node.weights
    yield "output", shape, node.output, ()
    yield "params", _plain(kind.arrays()), _plain(own), ()
    if not isinstance(node.layer, Merge):  # what a merge sees is what its inputs see
        yield "moves", kind.moves(), _moves(node.layer, x), ()
    weights, inputs = _drawn(kind, node.kind)
    y = run_layer(node, inputs, {node.name: weights}, arrays)
    yield "output", shape, Shape(y.shape[1:-1], y.shape[-1]), ()
    times, plain = Multiplier(), {name: _as_values(each) for name, each in weights.items()}
    for sample in range(SAMPLES):
        for place, value in kind.values([_as_values(each[sample]) for each in inputs], plain, times).items():
            yield "values", value, float(y[sample][place]), place
    for counted in (
        SAMPLES * kind.multiplications(),
        arrays.macs,
        SAMPLES * node.layer.multiply_adds(node.input_shapes, node.output),
    ):
        yield "macs", times.count, counted, ()


def _moves(layer: Layer, x: Shape) -> Any:
    """How far the field moves with each output, per axis of the input; None for what every output sees whole, `unknown`
    beyond a limit."""
    try:
        reads = layer.reads(x)
    except ReadsUnknown:
        return "unknown"
    return reads and tuple(each and Fraction(each.advance, each.period) for each in reads)


def _plain(weights: Mapping[str, Weight | DefinedArray]) -> dict[str, Any]:
    """The shapes, and whether each is a statistic."""
    return {name: (each.shape, each.is_statistic) for name, each in weights.items()}


def _are_same(one: Any, other: Any) -> bool:
    if other == "unknown":
        return True
    if isinstance(one, float):
        return isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def _key(kind: str, settings: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Any:
    """What makes a setting distinct; for a padding the amounts alone do not."""
    rules = (getattr(value, "rule", "") for value in settings.values())
    return kind, tuple(settings.items()), tuple(rules), inputs


def _drawn(kind: Definition, name: str) -> tuple[dict[str, Array], list[Array]]:
    """Random weights, none of which has its value from before training, and random inputs."""
    draw = np.random.default_rng(zlib.crc32(name.encode()))

    def weight(each: DefinedArray) -> Array:
        values = draw.uniform(-2, 2, each.shape)
        return abs(values) / 8 + 1e-3 if each.is_positive else values

    def fed(sizes: TensorSizes) -> Array:
        shape = (SAMPLES, *sizes.spatial, sizes.channels)
        ids = kind.ids()
        if ids is not None:
            return draw.integers(0, ids, shape).astype(float)
        return draw.uniform(-kind.reach, kind.reach, shape)

    weights = {name: weight(each) for name, each in kind.arrays().items()}
    inputs = [fed(each) for each in kind.inputs]
    inputs[0].flat[: len(kind.extremes)] = kind.extremes
    return weights, inputs


def _as_values(array: Array) -> TensorValues:
    """An array in the form that definitions use."""
    return {place: float(value) for place, value in np.ndenumerate(array)}
