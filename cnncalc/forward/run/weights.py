"""Where weights come from: drawn from a seed, given by the spec, or read from a file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.given import DataFindings, Given, given_arrays, listed_names, numbers, shape_text
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Fans, Normal
from cnncalc.source.diagnostics import did_you_mean

if TYPE_CHECKING:
    from cnncalc.layers.base import Weight
    from cnncalc.spec.written_numbers import Values


def learned(graph: Graph) -> Iterator[tuple[Node, str, Weight]]:
    """Every array of the model, shared ones once: its layer, its name in the layer, and its description."""
    for node in graph.nodes:
        if not node.shares:
            for name, weight in node.weights.items():
                yield node, name, weight


def key(node: Node, name: str) -> str:
    """The name of an array in a file: `conv1.kernel`."""
    return f"{node.name}.{name}"


def placed_weights(
    graph: Graph, given: Given, written: Mapping[str, Mapping[str, Any]], findings: DataFindings
) -> None:
    """Checks the names and shapes of the arrays in a file; `written` are those in the spec itself."""
    wanted = {key(node, name): weight.shape for node, name, weight in learned(graph)}
    unknown = [name for name in given.arrays if name not in wanted]
    for name in unknown[:_TOLD]:
        help = did_you_mean(name, wanted) or f"its weights: {listed_names(list(wanted))}"
        findings.add("CNN323", given.where, f"the model has no weights named `{name}`", help)
    if len(unknown) > _TOLD:
        rest = f"{len(unknown) - _TOLD:,} more arrays that the model has no place for"
        findings.add("CNN323", given.where, rest, _SAVE)
    inside = {f"{layer}.{name}" for layer, arrays in written.items() for name in arrays}
    missing = [name for name in wanted if name not in given.arrays and name not in inside]
    if missing:
        findings.add("CNN323", given.where, f"no array for {listed_names(missing)}", _SAVE)
    wrong = [name for name in wanted if name in given.arrays and given.arrays[name].shape != wanted[name]]
    for name in wrong[:_TOLD]:
        found, right = given.arrays[name].shape, wanted[name]
        findings.add("CNN322", given.where, f"`{name}` is {shape_text(found)}, but the model's is {shape_text(right)}")
    if len(wrong) > _TOLD:
        findings.add("CNN322", given.where, f"{len(wrong) - _TOLD:,} more arrays of the wrong shape", _SAVE)


_TOLD = 10
_SAVE = "`cnncalc forward MODEL --save-weights FILE.npz` writes a file with every name and shape"


def reading_bytes(given: Given, dtype: np.dtype[Any]) -> int:
    """Bytes that it takes to read a number of a file, besides the number itself: a mark whether it is finite, and the
    number in the type of the file, if that is another."""
    return 1 + max((each.dtype.itemsize for each in given.arrays.values() if each.dtype != dtype), default=0)


def weights_of(graph: Graph, given: Given, dtype: np.dtype[Any], findings: DataFindings) -> dict[str, dict[str, Array]]:
    """The values of the `placed` arrays of a file."""
    weights: dict[str, dict[str, Array]] = {}
    for node, name, _ in learned(graph):
        if stored := given.arrays.get(key(node, name)):
            values = numbers(stored, f"`{key(node, name)}`", given.where, dtype, findings)
            if values is not None:
                weights.setdefault(node.name, {})[name] = values
    return weights


def weights_written(
    graph: Graph,
    values: Mapping[str, Mapping[str, Values]],
    where: str,
    dtype: np.dtype[Any],
    findings: DataFindings,
) -> dict[str, dict[str, Array]]:
    """The arrays that the spec itself gives."""
    named = {
        f"{layer}.{name}": np.array(each.numbers).reshape(each.shape)
        for layer, arrays in values.items()
        for name, each in arrays.items()
    }
    return weights_of(graph, given_arrays(where, named), dtype, findings)


def merged(
    one: Mapping[str, Mapping[str, Array]], other: Mapping[str, Mapping[str, Array]]
) -> dict[str, dict[str, Array]]:
    """The union of both; where both have an array, the second one counts."""
    return {layer: {**one.get(layer, {}), **other.get(layer, {})} for layer in {**one, **other}}


def flat(weights: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
    """The arrays by their names in a file."""
    return {f"{layer}.{name}": array for layer, arrays in weights.items() for name, array in arrays.items()}


def initialised(graph: Graph, seed: int, dtype: np.dtype[np.generic]) -> dict[str, dict[str, Array]]:
    """Weights drawn from a seed: He initialisation where a relu or a similar activation follows, otherwise Glorot;
    biases are 0.

    Each layer is drawn independently, from the seed and its name: changes elsewhere do not affect it.

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks (2010); He et
    al., Delving deep into rectifiers (2015). Both with normal distributions.
    """
    before_relu = _before_rectifiers(graph)
    weights = {}
    for node in graph.nodes:
        assert node.layer is not None
        shapes = {} if node.shares else node.weights
        if shapes:
            draw = np.random.default_rng([seed, zlib.crc32(node.name.encode())])
            weights[node.name] = {
                name: _drawn(node, name, weight, node in before_relu, draw, dtype) for name, weight in shapes.items()
            }
    return weights


def _before_rectifiers(graph: Graph) -> set[Node]:
    """Layers whose first reader, skipping norms and idle layers, lets about half of its input through."""
    found = set()
    for node in graph.nodes:
        if node.layer and node.layer.is_rectifier:
            source = node.source
            while source.layer and (source.layer.is_norm or source.layer.is_idle):
                source = source.source
            found.add(source)
    return found


def _drawn(
    node: Node, name: str, weight: Weight, is_before_relu: bool, draw: np.random.Generator, dtype: np.dtype[np.generic]
) -> Array:
    """One array before training."""
    assert node.layer is not None
    initial = node.layer.initial_values(name, weight.shape)
    if isinstance(initial, float | int):
        return np.full(weight.shape, initial, dtype)
    if isinstance(initial, Fans):
        variance = 2 / initial.fan_in if is_before_relu else 2 / (initial.fan_in + initial.fan_out)
        initial = Normal(sqrt(variance))
    values = draw.standard_normal(weight.shape, np.float32)
    values *= np.float32(initial.deviation)
    return values.astype(dtype, copy=False)
