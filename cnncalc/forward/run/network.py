"""A model with its inputs and weights, checked and ready to run."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run import input_data as data
from cnncalc.forward.run import memory_check
from cnncalc.forward.run import weights as parameters
from cnncalc.forward.run._imported_weights import bytes_while_read, weights_in_file
from cnncalc.forward.run.executor import Step, steps
from cnncalc.forward.run.given import DataFindings, Given, given_arrays
from cnncalc.forward.run.known_values import runnable
from cnncalc.forward.run.memory_estimate import ONCE, Use
from cnncalc.forward.run.overflow import Overflow
from cnncalc.forward.run.work_bound import check_layers
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node
    from cnncalc.source.diagnostics import Diagnostic
    from cnncalc.spec.reader import Spec

DTYPES = ("float64", "float32", "float16")


class Network(NamedTuple):
    """A model with all of its numbers.

    Attributes:
        inputs: (batch, *positions, channels), by name.
        sources: where each input came from: `sample`, the name of a file, or `seed`.
        weights: layer → name → array.
        weight_sources: where they came from: `spec`, the name of a file, which may be the model's own, or `seed`; none
            without weights.
        seed: what is not given is drawn from it.
    """

    spec: Spec
    inputs: Mapping[str, Array]
    sources: Mapping[str, str]
    weights: Mapping[str, Mapping[str, Array]]
    weight_sources: tuple[str, ...]
    dtype: str
    has_batch: bool = False
    """Whether the inputs were given with a batch axis."""
    folded: Graph | None = None
    """The graph that runs instead of the spec's, with batch norms folded into the layers before them."""

    stopped: tuple[Diagnostic, ...] = ()
    """Findings about opaque layers, before which the run ends; `spec` is then what can be run."""
    overflow: Overflow | None = None
    """Keeps a finding for each layer whose numbers overflow their type."""
    seed: int = 0

    @property
    def findings(self) -> list[Diagnostic]:
        """What is found while it runs, and what keeps layers from running."""
        return [*self.stopped, *(self.overflow.items if self.overflow else ())]

    @property
    def graph(self) -> Graph:
        return self.folded or self.spec.graph

    def fused(self) -> Network:
        """The same function in fewer layers."""
        from cnncalc.forward.run._fusion import fused

        graph, weights = fused(self.graph, self.weights)
        return self._replace(folded=graph, weights=weights)

    def steps(self, inputs: Mapping[str, Array] | None = None) -> Iterator[Step]:
        """Runs the layers in their order, on other inputs if some are given.

        Raises:
            DataError: a layer makes ids that its embedding has no row for.
        """
        counts = ((node.source, node.layer.ids()) for node in self.graph.nodes if node.layer)
        tables = {source: count for source, count in counts if count is not None}
        arrays = Arrays(self.spec.order, self.dtype)
        broken: set[Node] = set()
        for step in steps(self.graph, inputs or self.inputs, self.weights, arrays):
            if count := tables.get(step.node):
                findings = DataFindings()
                data.check_ids(step.node, step.output, count, self.spec.name, findings)
                findings.raise_any()
            if self.overflow:
                self.overflow.watched(step, broken, self.spec.name)
            yield step

    def tensors(self) -> Iterator[tuple[Node, Array]]:
        """The inputs and every layer's output, (batch, *positions, channels)."""
        for node in self.graph.inputs:
            yield node, self.inputs[node.name]
        for step in self.steps():
            yield step.node, step.output

    def shown(self, array: Array) -> Array:
        """The first sample of an array in the order of the layout that sizes are shown in."""
        first: Array = data.outer(array, self.spec.layout)[0]
        return first


def prepare(
    spec: Spec,
    inputs: Given | None = None,
    weights: Given | None = None,
    seed: int = 0,
    dtype: str = "float32",
    batches: bool = False,
    use: Use = ONCE,
) -> Network:
    """Checks everything that is given, then reads or draws the numbers.

    Inputs are those given, otherwise the spec's sample, otherwise drawn; weights are those given, otherwise those in
    the spec, or in the file that the model is imported from, otherwise drawn. Names, shapes and memory are checked
    before any number is read.

    What an opaque layer comes before is left out; the weights that are given still have to fit the whole model.

    Args:
        batches: whether the inputs may have a batch axis larger than 1.
        use: what the run is for; the size of the batch is that of the inputs.

    Raises:
        DataError: something does not fit, or no layer can be run.
    """
    findings, whole, number = DataFindings(), spec.graph, np.dtype(dtype)
    check_layers(whole, spec.name)
    spec, stopped = runnable(spec)
    graph = spec.graph
    arrays = data.placed_inputs(graph, spec.layout, inputs, findings, batches) if inputs else {}
    reading = 0
    if weights:
        parameters.placed_weights(whole, weights, spec.weights, findings)
        reading = parameters.reading_bytes(weights, number)
    elif spec.parsed.stored:
        weights = weights_in_file(graph, spec.parsed.stored, spec.weights, spec.source.name, findings)
        reading = bytes_while_read(weights, graph, spec.parsed.stored)
    findings.raise_any()
    batch = max((data.batch_size(node, arrays[node.name].shape) for node in graph.inputs if arrays), default=1)
    memory_check.check_memory(spec, dtype, use._replace(batch=batch, reading=reading))
    sources, values = _values(spec, inputs, arrays, seed, number, findings)
    own = parameters.weights_written(graph, spec.weights, spec.source.name, number, findings)
    loaded = parameters.weights_of(graph, weights, number, findings) if weights else {}
    findings.raise_any()
    drawn = {} if weights else parameters.initialised(graph, seed, number)
    has_batch = any(len(arrays[node.name].shape) > len(node.output.spatial) + 1 for node in graph.inputs if arrays)
    both = parameters.merged(parameters.merged(drawn, own), loaded)
    origins = [
        ("spec", _others(own, loaded)),
        (weights.where if weights else "", loaded),
        ("seed", _others(drawn, own)),
    ]
    names = tuple(name for name, found in origins if found)
    return Network(spec, values, sources, both, names, dtype, has_batch, None, tuple(stopped), Overflow(), seed)


def weight_bytes(graph: Graph) -> int:
    """How many bytes all weights of a model are in float32."""
    return 4 * sum(prod(weight.shape) for *_, weight in parameters.learned(graph))


def weights_alone(spec: Spec, weights: Given | None = None, seed: int = 0) -> Mapping[str, Mapping[str, Array]]:
    """All weights of a model that is not to be run, in float32: layer → name → array.

    They are those given, otherwise those in the spec or in the file that the model is imported from, otherwise drawn.

    Raises:
        DataError: some do not fit, or are missing, or need more memory than is free.
    """
    findings, graph, number = DataFindings(), spec.graph, np.dtype("float32")
    memory_check.check_weights(spec.name, weight_bytes(graph))
    if weights:
        parameters.placed_weights(graph, weights, spec.weights, findings)
    elif spec.parsed.stored:
        weights = weights_in_file(graph, spec.parsed.stored, spec.weights, spec.source.name, findings)
    findings.raise_any()
    own = parameters.weights_written(graph, spec.weights, spec.source.name, number, findings)
    loaded = parameters.weights_of(graph, weights, number, findings) if weights else {}
    findings.raise_any()
    drawn = {} if weights else parameters.initialised(graph, seed, number)
    return parameters.merged(parameters.merged(drawn, own), loaded)


def _others(weights: Mapping[str, Mapping[str, Array]], own: Mapping[str, Mapping[str, Array]]) -> list[str]:
    """The arrays in `weights` that `own` does not replace."""
    return sorted(parameters.flat(weights).keys() - parameters.flat(own).keys())


def _values(
    spec: Spec, given: Given | None, arrays: Mapping[str, Any], seed: int, dtype: np.dtype[Any], findings: DataFindings
) -> tuple[dict[str, str], dict[str, Array]]:
    """Where each input comes from, and its values."""
    if given:
        names = [node.name for node in spec.graph.inputs]
        return dict.fromkeys(names, given.where), data.inputs_of(
            spec.graph, spec.layout, given, arrays, dtype, findings
        )
    values = data.drawn(spec.graph, seed, dtype)
    sources = dict.fromkeys(values, "seed")
    if spec.samples:
        written = {name: np.array(each.numbers).reshape(each.shape) for name, each in spec.samples.items()}
        sample = given_arrays(spec.source.name, written)
        values |= data.inputs_of(spec.graph, "channels_last", sample, sample.arrays, dtype, findings)
        sources |= dict.fromkeys(written, "sample")
    return sources, values


class Archive:
    """An .npz file to which arrays are added one at a time; equal arrays give equal files."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, array: Array) -> None:
        """Adds an array under a name."""
        member = zipfile.ZipInfo(f"{name}.npy")  # always dated 1980, so that equal arrays give equal files
        with self._zip.open(member, "w", force_zip64=True) as file:
            npy.write_array(file, np.asanyarray(array), allow_pickle=False)


def network_of(
    spec: Spec,
    inputs: Mapping[str, Any] | Any,
    weights: Mapping[str, Any] | None,
    seed: int,
    dtype: str,
    use: Use,
    batches: bool = False,
) -> Network:
    """The model with its numbers, from arrays as a caller in Python has them: see `cnncalc.run`."""
    if dtype not in DTYPES:
        raise ValueError(f"dtype: expected {', '.join(DTYPES[:-1])} or {DTYPES[-1]}, found {dtype!r}")
    if inputs is not None and not isinstance(inputs, Mapping):
        inputs = {"": inputs}
    given_inputs = None if inputs is None else given_arrays("inputs", inputs)
    given_weights = None if weights is None else given_arrays("weights", weights)
    return prepare(spec, given_inputs, given_weights, seed, dtype, batches, use)


def forward(
    spec: Spec,
    inputs: Mapping[str, Any] | Any = None,
    weights: Mapping[str, Any] | None = None,
    seed: int = 0,
    dtype: str = "float32",
    findings: list[Diagnostic] | None = None,
) -> dict[str, Array]:
    """The outputs of all layers: see `cnncalc.run`."""
    use = Use(kept=spec.graph.nodes)
    network = network_of(spec, inputs, weights, seed, dtype, use, batches=True)
    outputs = {step.node.name: data.outer(step.output, spec.layout) for step in network.steps()}
    if findings is not None:
        findings.extend(network.findings)
    return outputs if network.has_batch else {name: array[0] for name, array in outputs.items()}
