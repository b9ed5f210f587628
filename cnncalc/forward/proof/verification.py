"""The numbers of an analysis against a network that runs: shapes, parameters, MACs, receptive fields, memory.

Nothing here is worked out with a formula. Shapes are those of the arrays; parameters the sizes of the arrays that a
layer took, each counted once; MACs the sizes of what was multiplied; the peak the bytes that the executor held;
receptive fields what reaches a unit (`proof.fields`). All weights and inputs are zeros: no number depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from cnncalc.analysis import Analysis, LayerNumbers
from cnncalc.analysis.receptive_field import Field, receptive_fields
from cnncalc.analysis.summary import STATISTICS_COUNT
from cnncalc.forward import room
from cnncalc.forward.arrays import Arrays
from cnncalc.forward.convolution import Array
from cnncalc.forward.executor import owner, steps
from cnncalc.forward.proof.fields import FieldCheck, Progress, check_fields, ignored
from cnncalc.graph import Graph, Node
from cnncalc.spec.settings import Shape

FAILURES = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What a layer raises that is given arrays which do not fit."""


class Measured(NamedTuple):
    """One layer that has run.

    Attributes:
        shape: of the output, without the batch.
        macs: multiply-adds, for one sample.
        output_bytes: of the output.
        held_bytes: of all that was alive while it ran.
        fields: by input; empty where they were not measured.
    """

    shape: Shape
    trainable_params: int
    non_trainable_params: int
    macs: int
    output_bytes: int
    held_bytes: int
    fields: Mapping[str, FieldCheck] = {}


class Difference(NamedTuple):
    """A number that was measured to be another one than the analysis says.

    Attributes:
        quantity: one of `QUANTITIES`.
        layer: its name.
        input: of a receptive field: in which input.
    """

    quantity: str
    layer: str
    measured: Any
    claimed: Any
    input: str = ""


QUANTITIES = ("output", "params", "macs", "receptive_field", "memory")
QUICK = QUANTITIES[:3]


class Verification(NamedTuple):
    """What a run of the model says about its numbers.

    Attributes:
        layers: what was measured, by layer; those behind a failure are missing.
        peak_bytes, peak_at: the most that was held at one moment, and the (first) layer at which that was.
        failure: why a layer could not run, and its name; None where all did.
        checked: the quantities that were compared.
    """

    analysis: Analysis
    layers: dict[str, Measured]
    peak_bytes: int
    peak_at: str
    failure: tuple[str, str] | None
    checked: tuple[str, ...]

    @property
    def differences(self) -> list[Difference]:
        """All that contradicts the analysis, in the order of the layers."""
        found = [
            each
            for numbers in self.analysis.layers
            if numbers.name in self.layers
            for each in _differences(numbers, self.layers[numbers.name])
        ]
        totals = self.analysis.totals
        measured, claimed = (self.peak_bytes, self.peak_at), (totals.peak_activation_bytes, totals.peak_at)
        if self.failure is None and measured != claimed:
            found.append(Difference("memory", self.peak_at, measured, claimed))
        return [each for each in found if each.quantity in self.checked]

    @property
    def is_right(self) -> bool:
        return self.failure is None and not self.differences


def _differences(numbers: LayerNumbers, measured: Measured) -> Iterator[Difference]:
    """What a layer's measurements contradict."""
    pairs = {
        "output": (measured.shape, numbers.node.output),
        "params": (
            (measured.trainable_params, measured.non_trainable_params),
            (numbers.trainable_params, numbers.non_trainable_params),
        ),
        "macs": (measured.macs, numbers.macs),
        "memory": (measured.output_bytes, numbers.activation_bytes),
    }
    for quantity, (found, claimed) in pairs.items():
        if found != claimed:
            yield Difference(quantity, numbers.name, found, claimed)
    for name, field in measured.fields.items():
        if field.difference:
            yield Difference("receptive_field", numbers.name, field, numbers.fields.get(name), name)


def verify(analysis: Analysis, *, quick: bool = False, progress: Progress = ignored) -> Verification:
    """Runs a model and compares it with its analysis (at float32, a batch of one).

    Args:
        quick: leaves out receptive fields and memory.
        progress: is called now and then.

    Raises:
        DataError: the model needs more memory than is free.
    """
    room.check(analysis.spec.graph, analysis.spec.name, np.dtype(np.float32).itemsize)
    layers: dict[str, Measured] = {}
    failure = None
    try:
        for measured in _run(analysis):
            layers[analysis.layers[len(layers)].name] = measured
            progress("running", len(layers), len(analysis.layers))
    except FAILURES as error:
        failure = (analysis.layers[len(layers)].name, f"{type(error).__name__}: {error}")
    peak_at = max(layers, key=lambda name: layers[name].held_bytes, default="")
    peak = layers[peak_at].held_bytes if peak_at else 0
    found = Verification(analysis, layers, peak, peak_at, failure, QUICK if quick else (*QUICK, "memory"))
    if quick or failure or any(each.quantity == "output" for each in found.differences):
        return found  # where a shape is wrong, fields have nothing to be compared with
    fields = check_fields(analysis.spec.graph, _claims(analysis), progress)
    layers = {name: each._replace(fields=fields[name]) for name, each in layers.items()}
    return found._replace(layers=layers, checked=QUANTITIES)


def _claims(analysis: Analysis) -> Mapping[str, Mapping[str, Field]]:
    """The fields of all layers, and of the inputs themselves."""
    inputs = analysis.spec.graph.inputs
    own = receptive_fields(Graph(inputs, [], [], {}, []))
    return {node.name: fields for node, fields in own.items()} | {each.name: each.fields for each in analysis.layers}


class _Taken(dict[str, Array]):
    """The arrays of a layer, and which of them it took."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        super().__init__(arrays)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        self.names.add(name)
        return super().__getitem__(name)


def _run(analysis: Analysis) -> Iterator[Measured]:
    """Runs the layers, one sample."""
    graph = analysis.spec.graph
    arrays = Arrays(analysis.spec.layout)
    weights = {node.name: _Taken(_zeros(node)) for node in graph.nodes if not node.shares}
    counted: set[tuple[str, str]] = set()
    inputs = {node.name: np.zeros((1, *node.output.sizes("channels_last")), arrays.dtype) for node in graph.inputs}
    counts_statistics = analysis.spec.convention in STATISTICS_COUNT
    for step in steps(graph, inputs, weights, arrays):
        source = owner(step.node)
        taken, statistics = weights[source.name], _statistics(source)
        new = {name for name in taken.names if (source.name, name) not in counted}
        counted |= {(source.name, name) for name in new}
        sizes = {name: dict.__getitem__(taken, name).size for name in new}
        yield Measured(
            Shape(step.output.shape[1:-1], step.output.shape[-1]),
            sum(size for name, size in sizes.items() if name not in statistics),
            sum(size for name, size in sizes.items() if name in statistics) if counts_statistics else 0,
            step.macs,
            step.output.nbytes,
            step.held,
        )


def _zeros(node: Node) -> dict[str, Array]:
    assert node.layer is not None
    return {
        name: np.zeros(weight.shape, np.float32) for name, weight in node.layer.weights(node.inputs[0].output).items()
    }


def _statistics(node: Node) -> set[str]:
    assert node.layer is not None
    return {name for name, weight in node.layer.weights(node.inputs[0].output).items() if weight.is_statistic}
