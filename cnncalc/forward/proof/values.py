"""Values: what the engines compute, against the definitions, once for every distinct setting.

A layer is run on a few positions and channels (`reduction`), with random weights and a random input. Its shape, its
arrays, its multiplications and all of its values must be those of the definition.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from math import isclose
from typing import Any, NamedTuple

import numpy as np

from cnncalc.forward.arrays import Arrays
from cnncalc.forward.executor import run_layer
from cnncalc.forward.proof.reduction import Reduced, reductions
from cnncalc.forward.proof.reference import defined
from cnncalc.forward.proof.reference.kind import Given, Kind, Multiplier, Tensor, Values
from cnncalc.forward.views import Array
from cnncalc.graph import Node, input_node
from cnncalc.layers.merge import Merge
from cnncalc.spec.settings import Shape

FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What a layer raises that is given arrays which do not fit."""
TOLERANCE = 1e-6
"""Differences in float64 that are rounding, relative to the value (at least to 1)."""


_NAMES = {"output": "output", "params": "weights", "macs": "MACs", "values": "values"}


def shown(value: Any, layout: str) -> str:
    """A shape, a number, the shapes of weights, or the text that there is."""
    if isinstance(value, Shape):
        return value.text(layout)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in value.items()) or "none"
    return f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


class ValueDifference(NamedTuple):
    """Where a layer on a small input is not what its definition says.

    Attributes:
        what: `output`, `params`, `macs` or `values`.
        inputs: the small input, or inputs.
        place: of a value: its position and channel.
        defined, found: by the definition, and by the layer; a text where it could not run.
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


def definition(node: Node, inputs: Sequence[Shape], settings: Mapping[str, Any], convention: str, layout: str) -> Kind:
    """The definition of a layer's kind, for its settings and these inputs."""
    return defined(node.kind, Given(settings, [Tensor(*shape) for shape in inputs], convention, layout))


class Checker:
    """Compares layers with their definitions, and remembers what it has compared.

    Attributes:
        count: how many distinct settings were compared.
    """

    def __init__(self, convention: str, layout: str) -> None:
        self.convention = convention
        self.layout = layout
        self._known: dict[Any, ValueDifference | None] = {}

    @property
    def count(self) -> int:
        return len(self._known)

    def check(self, node: Node) -> ValueDifference | None:
        """The first thing about a layer that is not as defined; None where all is."""
        assert node.layer is not None
        settings = vars(node.layer)
        found = None
        for reduced in reductions(node.kind, settings, [source.output for source in node.inputs]):
            key = _key(node.kind, {**node.layer.as_read, **settings, **reduced.changes}, reduced.inputs)
            if key not in self._known:
                self._known[key] = self._compare(node, reduced)
            found = found or self._known[key]
        return found

    def _compare(self, node: Node, reduced: Reduced) -> ValueDifference | None:
        assert node.layer is not None
        layer = type(node.layer)({**vars(node.layer), **reduced.changes})
        written = {**node.layer.as_read, **reduced.changes}
        kind = definition(node, reduced.inputs, written, self.convention, self.layout)
        weights, inputs = _drawn(kind)
        times = Multiplier()
        expected = kind.values([_as_values(each) for each in inputs], _each(_as_values, weights), times)
        shape = Shape(*kind.shape())
        sources = tuple(input_node(f"input{index}", each) for index, each in enumerate(reduced.inputs))

        def different(what: str, defined: Any, found: Any, place: tuple[int, ...] = ()) -> ValueDifference:
            return ValueDifference(what, reduced.inputs, place, defined, found)

        try:
            claimed = _claimed_shape(layer, reduced.inputs)
            if claimed != shape:
                return different("output", shape, claimed)
            arrays = Arrays(self.layout, "float64")
            copy = Node(node.name, node.kind, layer, sources, claimed)
            y = run_layer(copy, [each[None] for each in inputs], {node.name: weights}, arrays)
            claims = {name: weight.shape for name, weight in layer.weights(reduced.inputs[0]).items()}
            claimed_macs = layer.macs(reduced.inputs[0], claimed)
        except FAILURES as error:
            return different("values", "a value", f"{type(error).__name__}: {error}")
        shapes = {name: array.shape for name, array in kind.arrays().items()}
        if claims != shapes:
            return different("params", shapes, claims)
        if y.shape[1:] != (*shape.spatial, shape.channels):
            return different("output", shape, Shape(y.shape[1:-1], y.shape[-1]))
        for counted in (arrays.macs, claimed_macs, kind.multiplications()):
            if counted != times.count:
                return different("macs", times.count, counted)
        for place, value in expected.items():
            if not isclose(value, float(y[0][place]), rel_tol=TOLERANCE, abs_tol=TOLERANCE):
                return different("values", value, float(y[0][place]), place)
        return None


def _claimed_shape(layer: Any, inputs: Sequence[Shape]) -> Shape:
    claimed: Shape = layer.merge_shape(inputs) if isinstance(layer, Merge) else layer.output_shape(inputs[0])
    return claimed


def _key(kind: str, settings: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Any:
    """What makes a setting distinct; a padding is not the same by its amounts alone."""
    rules = (getattr(value, "rule", "") for value in settings.values())
    return kind, tuple(settings.items()), tuple(rules), inputs


def _drawn(kind: Kind) -> tuple[dict[str, Array], list[Array]]:
    """Random weights, of which none is what it is before training, and random inputs."""
    draw = np.random.default_rng(zlib.crc32(type(kind).__name__.encode()))

    def array(shape: tuple[int, ...], is_positive: bool = False) -> Array:
        values = draw.uniform(-2, 2, shape)
        return abs(values) / 8 + 1e-3 if is_positive else values

    weights = {name: array(each.shape, name == "variance") for name, each in kind.arrays().items()}
    inputs = [array((*each.spatial, each.channels)) for each in kind.given.inputs]
    if "table" in weights:
        rows = len(weights["table"])
        inputs = [draw.integers(0, rows, each.shape).astype(float) for each in inputs]
    elif not weights or "slope" in weights:
        inputs = [each * 4 for each in inputs]  # beyond where an activation bends
    return weights, inputs


def _as_values(array: Array) -> Values:
    """An array as the definitions have it."""
    return {place: float(value) for place, value in np.ndenumerate(array)}


def _each(function: Callable[[Array], Values], arrays: Mapping[str, Array]) -> dict[str, Values]:
    return {name: function(array) for name, array in arrays.items()}
