"""Networks in PyTorch and Keras: shapes, parameters, multiply-adds, values and receptive fields.

Both sides get numbers in double precision, so that a difference is no rounding. The arrays that our forward pass gets
are of every kind that NumPy has: transposed, reversed, in Fortran's order, with gaps between their values.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from itertools import product
from random import Random
from typing import Any, NamedTuple

import numpy as np
from oracle.built import FRAMEWORKS, Network

import cnncalc
from cnncalc.analysis.receptive_field import Field
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.graph import Node
from cnncalc.layers.base import Weight
from cnncalc.spec.reader import Spec

DOUBLE, SINGLE = 1e-8, 2e-4
"""Tolerances, as shares of the largest value of a layer. Keras calculates means and products in single precision, and
variances as a difference of two large numbers."""
LARGEST = 1e9
"""Beyond it something was divided by almost 0: rounding decides about all that follows."""
MOST_POSITIONS = 40
"""Of the inputs of a network whose fields are measured: it is run once for each."""


class Agreement(NamedTuple):
    """What came out.

    Attributes:
        differences: how the two differ, a line each.
        layers: how many layers were compared, and of how many the multiply-adds and the fields.
    """

    differences: list[str]
    layers: int
    macs: int = 0
    fields: int = 0


class Numbers:
    """Random inputs and weights of a network."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.ids = {name for node in spec.graph.nodes if node.layer.ids() for name in _sources(node)}
        most = min((node.layer.ids() for node in spec.graph.nodes if node.layer.ids()), default=0)
        self.inputs = {
            node.name: self.draw.integers(0, most, (2, *node.output.sizes("channels_last"))).astype(float)
            if node.name in self.ids
            else self._normal("", (2, *node.output.sizes("channels_last")))
            for node in spec.graph.inputs
        }
        self.weights = {
            node.name: {name: self._normal(name, weight.shape) for name, weight in weights.items()}
            for node in spec.graph.nodes
            if not node.shares and (weights := node.weights)
        }

    def _normal(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        values = self.draw.standard_normal(shape)
        return np.abs(values) + 0.1 if name == "variance" else values


def _sources(node: Node) -> set[str]:
    """The inputs of the model that a layer sees."""
    if not node.inputs:
        return {node.name}
    return set().union(*map(_sources, node.inputs))


def oddly(array: np.ndarray, random: Random) -> np.ndarray:
    """The same values with other strides."""
    way = random.randrange(5) if array.ndim else 4
    if way == 0:
        return np.asfortranarray(array)
    if way == 1:  # backwards
        backwards = (slice(None, None, -1),) * array.ndim
        return array[backwards].copy()[backwards]
    if way == 2:  # another order of axes
        order = random.sample(range(array.ndim), array.ndim)
        return array.transpose(order).copy().transpose(np.argsort(order))
    if way == 3:  # with gaps
        wide = np.full([2 * size + 1 for size in array.shape], np.nan)
        view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    return array


def is_small(spec: Spec) -> bool:
    """Whether the network is so small that its fields are measured. (PyTorch's pools give a NaN one place.)"""
    if any(node.kind == "max_unpool" for node in spec.graph.nodes):
        return False
    return sum(node.output.values // node.output.channels for node in spec.graph.inputs) <= MOST_POSITIONS


def agreement(spec: Spec, framework: str, seed: int, has_fields: bool = False) -> Agreement:
    """Compares a network with that of a framework.

    Args:
        has_fields: whether receptive fields are measured too, in PyTorch.

    Raises:
        NoEqual: the framework does not have one of the layers.
    """
    numbers, random = Numbers(spec, seed), Random(seed)
    counter = Multiplications() if framework == "torch" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        with FRAMEWORKS[framework]().precise():
            network = Network(spec.graph, framework, spec.layout)
            with counter or nullcontext():
                theirs = network.run(numbers.inputs, numbers.weights, counter)
    with np.errstate(all="ignore"):  # a quotient may have a denominator of 0
        found = _values(spec, numbers, theirs, random, single=framework == "keras")
    found += [*_parameters(network), *(counter.differences(spec) if counter else [])]
    fields = Measured(spec, network, numbers) if has_fields and counter else None
    return Agreement(
        found + (fields.differences if fields else []),
        len(spec.graph.nodes),
        len(counter.counts) if counter else 0,
        fields.count if fields else 0,
    )


def _values(spec: Spec, numbers: Numbers, theirs: Mapping[str, np.ndarray], random: Random, single: bool) -> list[str]:
    """How the values differ.

    Args:
        single: whether theirs are in single precision: they may then be off where ours would be.
    """
    rounded = dict(_outputs(spec, numbers, Random(0), "float32")) if single else {}
    for name, ours in _outputs(spec, numbers, random, "float64"):
        expected = theirs[name]
        if ours.shape != expected.shape:
            return [f"{name}: {ours.shape[1:]}, and the framework has {expected.shape[1:]}"]
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        if scale > LARGEST:
            return []
        tolerance = (SINGLE if single else DOUBLE) * scale
        if single:
            tolerance += 100 * float(np.nan_to_num(np.abs(rounded[name] - ours)).max(initial=0))
        if not np.allclose(ours, expected, rtol=0, atol=tolerance, equal_nan=True):
            return [f"{name}: values differ by up to {np.abs(ours - expected).max():g} of {scale:g}"]
    return []


def _outputs(spec: Spec, numbers: Numbers, random: Random, dtype: str) -> Iterator[tuple[str, np.ndarray]]:
    """The output of every layer, by name, of arrays with odd strides."""
    inputs = {name: oddly(array.astype(dtype), random) for name, array in numbers.inputs.items()}
    weights = {
        layer: {name: oddly(array.astype(dtype), random) for name, array in own.items()}
        for layer, own in numbers.weights.items()
    }
    for step in steps(spec.graph, inputs, weights, Arrays(spec.layout, dtype)):
        yield step.node.name, step.output


def _parameters(network: Network) -> list[str]:
    found = []
    for node in network.graph.nodes:
        arrays = node.weights.values()
        ours = tuple(sum(_size(each) for each in arrays if each.is_statistic == kept) for kept in (False, True))
        if ours != (counted := network.layers[node.name].counts()):
            found.append(f"{node.name}: {ours} parameters and statistics, and the framework has {counted}")
    return found


def _size(weight: Weight) -> int:
    return int(np.prod(weight.shape))


class Multiplications:
    """The multiply-adds that PyTorch's own counter finds in each layer, for one sample.

    Fused functions for attention and LSTMs count as 0 on a CPU: as long as it counts, there are none.
    """

    def __init__(self, samples: int = 2) -> None:
        from torch.utils.flop_counter import FlopCounterMode

        self.counts: dict[str, float] = {}
        self.counter = FlopCounterMode(display=False)
        self.samples = samples
        self.stack = ExitStack()

    def __enter__(self) -> None:
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel

        self.stack.enter_context(warnings.catch_warnings(action="ignore"))  # that there is no Intel GPU
        self.stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        self.stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
        self.stack.enter_context(self.counter)

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)

    def __call__(self, node: Node, apply: Callable[[], Any]) -> Any:
        before = self.counter.get_total_flops()
        made = apply()
        self.counts[node.name] = (self.counter.get_total_flops() - before) / 2 / self.samples
        return made

    def differences(self, spec: Spec) -> list[str]:
        return [
            f"{each.node.name}: {each.macs} multiply-adds, and PyTorch counts {self.counts[each.node.name]}"
            for each in cnncalc.analyze(spec).layers
            if each.macs != self.counts[each.node.name]
        ]


class Measured:
    """Receptive fields, measured in PyTorch: a value that is no number makes all that read it none.

    Only local fields: whatever reads an input position has to be in our box. A box whose ends are positions of the
    input has to be reached; one that goes beyond them need not be: with a dilation, the first tap may be further in.

    Attributes:
        count: how many fields were compared.
    """

    def __init__(self, spec: Spec, network: Network, numbers: Numbers) -> None:
        self.network, self.numbers = network, numbers
        self.differences: list[str] = []
        self.count = 0
        reads_ids = any(node.layer and node.layer.ids() is not None for node in spec.graph.nodes)
        for source in spec.graph.inputs:
            if source.output.is_vector or reads_ids:  # no id is no number
                continue
            seen = self._seen(source)
            for each in cnncalc.analyze(spec).layers:
                field = each.fields.get(source.name)
                ways = list(_ancestors(each.node))
                if field and field.status == "local" and not field.is_gated and not any(map(_is_mixed, ways)):
                    self.count += 1
                    is_reached = not any(node is not each.node and _goes_beyond(node) for node in ways)
                    self._compare(each.node, source, field, seen[each.node.name], is_reached)

    def _seen(self, source: Node) -> dict[str, np.ndarray]:
        """For each layer, which units see which positions of an input: (*positions, *units)."""
        spatial = source.output.spatial
        found: dict[str, np.ndarray] = {}
        for place in product(*map(range, spatial)):
            inputs = {name: array + 0.0 for name, array in self.numbers.inputs.items()}
            inputs[source.name][(slice(None), *place)] = np.nan
            for name, array in self.network.run(inputs, {}).items():
                units = np.isnan(array).any(-1)[0]
                found.setdefault(name, np.zeros((*spatial, *units.shape), bool))[place] = units
        return found

    def _compare(self, node: Node, source: Node, field: Field, seen: np.ndarray, is_reached: bool) -> None:
        spatial = source.output.spatial
        for unit in product(*map(range, node.output.spatial)):
            # along an axis without an interval, all is seen
            box = [each or (0, size - 1) for each, size in zip(field.box(unit), spatial, strict=True)]
            inside = tuple(slice(max(low, 0), max(high + 1, 0)) for low, high in box)
            places = seen[(..., *unit)]
            measured = [(int(each.min()), int(each.max())) for each in np.argwhere(places).T if each.size]
            is_whole = all(0 <= low <= high < size for (low, high), size in zip(box, spatial, strict=True))
            if places[inside].sum() < places.sum() or (is_reached and is_whole and measured != list(box)):
                self.differences.append(
                    f"{node.name}: unit {unit} sees {box} of {source.name}, and {measured} in PyTorch"
                )
                return


def _ancestors(node: Node) -> Iterator[Node]:
    """A layer, and all that it sees."""
    pending, found = [node], {node}
    while pending:
        one = pending.pop()
        if one.layer:
            yield one
        new = set(one.inputs) - found
        found |= new
        pending += new


def _goes_beyond(node: Node) -> bool:
    """Whether a border after it may stand for positions of the input, which a padding then hides."""
    is_cut = node.output.values < max(each.values for each in node.input_shapes) and not node.layer.sliding_window
    return bool(is_cut or node.layer.rearranges or node.layer.is_transposed)


def _is_mixed(node: Node) -> bool:
    """Whether what is no number gets into more than what is read: PyTorch multiplies a neighbour, and what attention
    does not see, by a share of 0; and borders that are made of the input's values are no part of a field."""
    settings = vars(node.layer)
    has_hidden = node.layer.multiplies_tensors and (settings.get("causal") or any(settings.get("shift", ())))
    return settings.get("mode", "nearest") not in ("nearest", "zeros") or bool(has_hidden)
