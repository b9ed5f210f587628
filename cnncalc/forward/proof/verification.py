"""The numbers of an analysis compared with a running network, and with the definitions of its kinds.

No claim, and no formula of `cnncalc.formulas`, is used to check itself:

- sizes are those of the arrays, and those that a definition finds by listing windows (`cnncalc.layers.definition`);
- parameters are the arrays that a definition lists, as far as the layer took them, each counted once;
- MACs are the sizes of what was multiplied, and what a definition multiplies;
- values are those of the definition on a small random input (`proof.small_layers`);
- the peak is the bytes of the arrays that were alive (`proof._ledger`);
- receptive fields are what reaches a unit (`proof.field_comparison`).

The whole model is run on zeros: nothing measured on it depends on the values, and its products are counted without
being multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.analysis import Analysis, LayerNumbers, analyze
from cnncalc.analysis.receptive_field import Field, fields_of
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.convolution import Array, sum_of_products
from cnncalc.forward.proof._field_work import check_field_work
from cnncalc.forward.proof._ledger import Ledger
from cnncalc.forward.proof._paddings import by_definition
from cnncalc.forward.proof.field_comparison import FieldCheck, Progress, check_fields, ignored
from cnncalc.forward.proof.small_layers import FAILURES, Checker, ValueDifference, definition
from cnncalc.forward.run import memory_check
from cnncalc.forward.run.executor import owner, steps
from cnncalc.forward.run.known_values import runnable
from cnncalc.forward.run.memory_estimate import Use
from cnncalc.forward.run.work_bound import check_layers
from cnncalc.graph import Graph
from cnncalc.layers.definition import Definition
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import DataError

if TYPE_CHECKING:
    from cnncalc.reported import Shown
    from cnncalc.source.diagnostics import Diagnostic


class Measured(NamedTuple):
    """One layer that has run. Where run and definition differ, the one that contradicts the analysis is given.

    Attributes:
        shape: of the output, without the batch.
        macs: multiply-adds, for one sample.
        output_bytes: of the output.
        held_bytes: of everything alive while it ran.
        values: where it differs from its definition on a small input.
        fields: by input; empty where they were not measured.
    """

    shape: Shape
    trainable_params: int
    non_trainable_params: int
    macs: int
    output_bytes: int
    held_bytes: int
    values: ValueDifference | None = None
    fields: Mapping[str, FieldCheck] = {}


class Difference(NamedTuple):
    """A number that was measured to differ from what the analysis says.

    Attributes:
        quantity: one of `QUANTITIES`.
        layer: its name.
        input: for a receptive field, the input that it is in.
    """

    quantity: str
    layer: str
    measured: Any
    claimed: Any
    input: str = ""


QUICK = ("output", "params", "macs", "values")
QUANTITIES = (*QUICK, "receptive_field", "memory")


class Verification(NamedTuple):
    """What running the model shows about its numbers.

    Attributes:
        layers: what was measured, by layer; those after a failure are missing.
        peak_bytes, peak_at: the most memory in use at any moment, and the (first) layer at which that was.
        failure: the name of a layer that could not run, and why; None if all did.
        checked: the quantities that were compared.
        settings: how many distinct settings had their values compared.
        part: the numbers of the part before any opaque layer, if there is one: nothing else can be run.
        stopped: a finding for each opaque layer that the run ends before.
    """

    analysis: Analysis
    layers: dict[str, Measured]
    peak_bytes: int
    peak_at: str
    failure: tuple[str, str] | None
    checked: tuple[str, ...]
    settings: int = 0
    part: Analysis | None = None
    stopped: tuple[Diagnostic, ...] = ()

    @property
    def ran(self) -> Analysis:
        """The numbers of what was run: of the whole model, if it has no opaque layer."""
        return self.part or self.analysis

    @property
    def differences(self) -> list[Difference]:
        """Everything that contradicts the analysis, in the order of the layers."""
        found = [
            each
            for numbers in self.ran.layers
            if numbers.name in self.layers
            for each in _differences(numbers, self.layers[numbers.name])
        ]
        totals = self.ran.totals
        measured, claimed = (self.peak_bytes, self.peak_at), (totals.peak_activation_bytes, totals.peak_at)
        if self.failure is None and measured != claimed:
            found.append(Difference("memory", self.peak_at, measured, claimed))
        return [each for each in found if each.quantity in self.checked]

    @property
    def is_right(self) -> bool:
        return self.failure is None and not self.differences

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: the JSON of `cnncalc verify`."""
        return self._report().to_dict()

    def render(self, format: str = "text") -> str:
        """The output of `cnncalc verify` in one of its formats.

        Raises:
            ValueError: there is no such format.
        """
        return self._report().render(format)

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        return self._report()._repr_html_()

    def _report(self) -> Shown:
        from cnncalc.reported import report_on

        return report_on(self)


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
    wrong: dict[str, tuple[Any, ...]] = {quantity: pair for quantity, pair in pairs.items() if pair[0] != pair[1]}
    for quantity, values in wrong.items():
        yield Difference(quantity, numbers.name, *values)
    if any(field.difference for field in measured.fields.values()):
        wrong["moves"] = ()
    if measured.values and measured.values.what not in wrong:
        yield Difference("values", numbers.name, measured.values, None)
    for name, field in measured.fields.items():
        if field.difference:
            yield Difference("receptive_field", numbers.name, field, numbers.fields.get(name), name)


def verify(analysis: Analysis, *, quick: bool = False, progress: Progress = ignored) -> Verification:
    """Runs a model and compares it with its analysis (at float32, a batch of one); what is after an opaque layer is
    left out.

    Args:
        quick: leaves out receptive fields and memory.
        progress: called from time to time.

    Raises:
        DataError: the model needs more memory than is free, or running it takes too long, or no layer can be run.
    """
    spec, stopped = runnable(analysis.spec)
    if not stopped:
        return _verified(analysis, quick, progress)
    part = analyze(spec, dtype=analysis.dtype, batch=analysis.batch)
    return _verified(part, quick, progress)._replace(analysis=analysis, part=part, stopped=tuple(stopped))


def _verified(analysis: Analysis, quick: bool, progress: Progress) -> Verification:
    """Runs a model without opaque layers, and compares it with its analysis."""
    check_layers(analysis.spec.graph, analysis.spec.name)
    if not quick:
        check_field_work(analysis.spec.graph, _claims(analysis), analysis.spec.name)
    _check_memory(analysis)
    layers: dict[str, Measured] = {}
    failure = None
    try:
        for measured in _run(analysis):
            layers[analysis.layers[len(layers)].name] = measured
            progress("running layers", len(layers), len(analysis.layers))
    except FAILURES as error:
        failure = (analysis.layers[len(layers)].name, f"{type(error).__name__}: {error}")
    peak_at = max(layers, key=lambda name: layers[name].held_bytes, default="")
    peak = layers[peak_at].held_bytes if peak_at else 0
    checker = Checker(analysis.spec.rules)
    for done, numbers in enumerate(analysis.layers[: len(layers)]):
        layers[numbers.name] = layers[numbers.name]._replace(values=checker.check(numbers.node))
        progress("comparing values", done, len(layers))
    checked = QUICK if quick else (*QUICK, "memory")
    found = Verification(analysis, layers, peak, peak_at, failure, checked, checker.count)
    if quick or failure or any(each.quantity == "output" for each in found.differences):
        return found  # where a shape is wrong, there is nothing to compare fields with
    graph = by_definition(analysis.spec.graph, analysis.spec.rules)
    fields = check_fields(graph, _claims(analysis), progress)
    layers = {name: each._replace(fields=fields[name]) for name, each in layers.items()}
    return found._replace(layers=layers, checked=QUANTITIES)


def _check_memory(analysis: Analysis) -> None:
    """Refuses a model that needs more memory than is free."""
    try:
        memory_check.check_memory(analysis.spec, "float32", Use(keeps_inputs=False))
    except DataError:  # which is a ValueError, too
        raise
    except FAILURES:
        pass  # of a layer that cannot run, which is found when it does


def _claims(analysis: Analysis) -> Mapping[str, Mapping[str, Field]]:
    """The fields of all layers, and of the inputs themselves."""
    return {node.name: fields for node, fields in fields_of(analysis).items()}


class _Taken(dict[str, Array]):
    """The arrays of a layer, recording which of them it used."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        super().__init__(arrays)
        self.names: set[str] = set()
        self._counted: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        self.names.add(name)
        return super().__getitem__(name)

    def new(self, kind: Definition) -> tuple[int, int]:
        """Sizes of the arrays used for the first time: of learned ones, and of statistics."""
        sizes = [0, 0]
        for name in self.names - self._counted:
            sizes[kind.arrays()[name].is_statistic] += super().__getitem__(name).size
        self._counted |= self.names
        return sizes[0], sizes[1]


class _Zeros(Arrays):
    """Arrays for weights that are all zeros: a product with them has the size of any other, and is nothing but zeros.

    Of the axes that are summed, nothing is passed to NumPy, which then has nothing to multiply. It still checks the
    other axes, and makes the output.
    """

    @staticmethod
    def product(a: Array, b: Array, out: Array | None = None) -> Array:
        if a.shape[-1] != b.shape[-2]:
            raise ValueError(f"a product of {a.shape} and {b.shape}")
        return np.matmul(a[..., :0], b[..., :0, :], out)

    @staticmethod
    def sum_of_products(windows: Array, kernel: Array, out: Array) -> Array:
        first = windows.ndim - kernel.ndim
        if windows.shape[first:] != kernel.shape:
            raise ValueError(f"windows of {windows.shape[first:]}, and a kernel of {kernel.shape}")
        return sum_of_products(windows[(slice(None),) * first + (slice(0),)], kernel[:0], out)


def _run(analysis: Analysis) -> Iterator[Measured]:
    """Runs the layers on one sample."""
    graph = analysis.spec.graph
    arrays, ledger, kinds = _Zeros(analysis.spec.order), Ledger(), _definitions(analysis)
    weights = {node.name: _Taken(_zeros(kinds[node.name], arrays)) for node in graph.nodes if not node.shares}
    numbers = iter(analysis.layers)
    for step in steps(graph, _inputs(graph, arrays, ledger), weights, arrays):
        ledger.made(step.output)
        claimed, kind, taken = next(numbers), kinds[step.node.name], weights[owner(step.node).name]
        shape = Shape(step.output.shape[1:-1], step.output.shape[-1])
        learned, statistics = taken.new(kinds[owner(step.node).name])
        fixed = statistics if analysis.spec.convention == "keras" else 0
        if owner(step.node).is_frozen:
            learned, fixed = 0, learned + fixed
        measured = Measured(
            _contradicting(claimed.node.output, shape, Shape(*kind.shape())),
            learned,
            fixed,
            _contradicting(claimed.macs, step.macs, kind.multiplications()),
            step.output.nbytes,
            ledger.held,
        )
        del step  # or its output would stay alive
        yield measured


def _definitions(analysis: Analysis) -> dict[str, Definition]:
    """The definition of every layer, for its own input; shared by equal layers."""
    spec = analysis.spec
    known: dict[Any, Definition] = {}
    found = {}
    for node in spec.graph.nodes:
        assert node.layer is not None
        key = node.layer, node.input_shapes, node.rules
        if key not in known:
            known[key] = definition(node, key[1], node.layer.as_read, spec.rules)
        found[node.name] = known[key]
    return found


def _contradicting(claimed: Any, *found: Any) -> Any:
    """The first of these that differs from the claim; the claim if none does."""
    return next((each for each in found if each != claimed), claimed)


def _inputs(graph: Graph, arrays: Arrays, ledger: Ledger) -> dict[str, Array]:
    made = {node.name: np.zeros((1, *node.output.sizes("channels_last")), arrays.dtype) for node in graph.inputs}
    for array in made.values():
        ledger.made(array)
    return made


def _zeros(kind: Definition, arrays: Arrays) -> dict[str, Array]:
    return {name: np.zeros(array.shape, arrays.dtype) for name, array in kind.arrays().items()}
