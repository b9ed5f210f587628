"""What a network is run on: data from a file or from Python, the spec's sample, or numbers drawn from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.engines.strided_views import in_one_piece
from cnncalc.forward.run.given import DataFindings, Given, UnreadArray, listed_names, numbers, shape_text
from cnncalc.source.diagnostics import nearest

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node


def vocabularies(graph: Graph) -> dict[Node, int]:
    """Inputs whose values are ids, and how many ids there are: the size of the smallest table that reads them."""
    found: dict[Node, int] = {}
    for node in graph.nodes:
        count = node.layer.ids() if node.layer else None
        if count is not None:
            for source in _origins(node.source):
                found[source] = min(found.get(source, count), count)
    return found


def _origins(node: Node) -> set[Node]:
    """The model's inputs whose values are ids if this tensor's values are."""
    pending, found = [node], set()
    while pending:
        each = pending.pop()
        if each.layer is None:
            found.add(each)
        elif each.layer.keeps_ids():
            pending.extend(each.inputs)
    return found


def drawn(graph: Graph, seed: int, dtype: np.dtype[Any]) -> dict[str, Array]:
    """Inputs drawn from a seed, (1, *positions, channels): normally distributed numbers, or ids of an embedding's
    table.

    Each input is drawn independently, from the seed and its name.
    """
    ids = vocabularies(graph)
    inputs = {}
    for node in graph.inputs:
        draw = np.random.default_rng([seed, zlib.crc32(node.name.encode())])
        shape = (1, *node.output.sizes("channels_last"))
        if node in ids:
            inputs[node.name] = draw.integers(0, ids[node], shape).astype(np.float64)
        else:
            inputs[node.name] = draw.standard_normal(shape, np.float32).astype(dtype, copy=False)
    return inputs


def placed_inputs(
    graph: Graph, layout: str, given: Given, findings: DataFindings, batches: bool = False
) -> dict[str, UnreadArray]:
    """The arrays by the names of the inputs, with their shapes checked.

    Args:
        layout: the order of sizes in the arrays.
        batches: whether the batch axis may be larger than 1.
    """
    arrays = dict(given.arrays)
    if len(arrays) == len(graph.inputs) == 1:
        arrays = {graph.inputs[0].name: next(iter(arrays.values()))}  # a single input takes it, whatever its name
    known = [node.name for node in graph.inputs]
    for name in arrays.keys() - set(known):
        close = nearest(name, known)
        message = (
            f"the model has no input `{name}`" if name else "the array has no name, but the model has several inputs"
        )
        names = f"inputs: {', '.join(known)}"
        findings.add("CNN323", given.where, message, f"did you mean `{close}`?" if close else names)
    missing = [name for name in known if name not in arrays]
    if missing:
        findings.add("CNN323", given.where, f"no array for {listed_names(missing)}", "every input needs its data")
    for node in graph.inputs:
        if node.name in arrays:
            _check_shape(node, layout, arrays[node.name].shape, given.where, findings, batches)
    sizes = {batch_size(node, arrays[node.name].shape) for node in graph.inputs if node.name in arrays}
    if len(sizes) > 1 and not findings.items:
        message = f"the inputs have batches of different sizes: {', '.join(map(str, sorted(sizes)))}"
        findings.add("CNN321", given.where, message)
    return {name: arrays[name] for name in known if name in arrays}


def batch_size(node: Node, shape: tuple[int, ...]) -> int:
    """How many samples there are in an array for an input; 1 if it has no batch axis."""
    return shape[0] if len(shape) == len(node.output.spatial) + 2 else 1


def _check_shape(
    node: Node, layout: str, shape: tuple[int, ...], where: str, findings: DataFindings, batches: bool
) -> None:
    wanted = node.output.sizes(layout)
    if shape == wanted or (shape[1:] == wanted and (batches or shape[:1] == (1,))):
        return
    help = []
    other = "channels_first" if layout == "channels_last" else "channels_last"
    if shape[-len(wanted) :] == node.output.sizes(other):
        help.append(f"this is the order of {other}: `--layout {other}` reads it that way")
    elif shape[1:] == wanted:
        help.append(f"one sample at a time: the first of the {shape[0]:,} is `data[0]`")
    found = shape_text(shape)
    findings.add(
        "CNN321", where, f"the data is {found}, but the model's input `{node.name}` is {shape_text(wanted)}", *help
    )


def inputs_of(
    graph: Graph,
    layout: str,
    given: Given,
    arrays: Mapping[str, UnreadArray],
    dtype: np.dtype[Any],
    findings: DataFindings,
) -> dict[str, Array]:
    """The values of `placed` arrays, (batch, *positions, channels)."""
    ids = vocabularies(graph)
    inputs = {}
    for node in graph.inputs:
        # ids stay exact, whatever type the network is run in
        own = np.dtype(np.float64) if node in ids else dtype
        values = numbers(arrays[node.name], f"the data of `{node.name}`", given.where, own, findings)
        if values is not None:
            inputs[node.name] = inner(values, node, layout)
            if node in ids:
                check_ids(node, values, ids[node], given.where, findings)
    return inputs


def inner(values: Array, node: Node, layout: str) -> Array:
    """An array in a layout, with or without a batch, as (batch, *positions, channels)."""
    if values.ndim == len(node.output.spatial) + 1:
        values = values[None]
    if layout == "channels_first":
        values = np.moveaxis(values, 1, -1)
    return in_one_piece(values)


def outer(values: Array, layout: str) -> Array:
    """(batch, *positions, channels) in the order of a layout."""
    return np.moveaxis(values, -1, 1) if layout == "channels_first" else values


def check_ids(node: Node, values: Array, vocabulary: int, where: str, findings: DataFindings) -> None:
    """Reports values that are not rows of an embedding's table."""
    wrong = (values < 0) | (values >= vocabulary) | (values != np.floor(values))
    if wrong.any():
        value, count = values[wrong].flat[0], int(wrong.sum())
        several = f", and {count - 1:,} more like it" if count > 1 else ""
        findings.add(
            "CNN324",
            where,
            f"`{node.name}` contains {value:g}{several}; its ids are whole numbers from 0 to {vocabulary - 1:,}",
        )
