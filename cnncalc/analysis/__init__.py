"""Passes over a graph: counts, memory, receptive fields; `analyze` makes them all."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING

from cnncalc.analysis._memory import alive_values, peak_of, sizes
from cnncalc.analysis.counts import Counts
from cnncalc.analysis.receptive_field import receptive_fields
from cnncalc.analysis.results import DTYPES, NOTES, Analysis, EntryNumbers, LayerNumbers, Totals
from cnncalc.gc_pause import collector_waiting

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

__all__ = ["DTYPES", "NOTES", "Analysis", "EntryNumbers", "LayerNumbers", "Totals", "analyze"]


def analyze(spec: Spec, *, dtype: str = "float32", batch: int = 1) -> Analysis:
    """Every number of a model.

    Args:
        spec: the model, from `cnncalc.load`.
        dtype: the type of parameters and activations, one of `DTYPES`; memory is counted in its bytes.
        batch: the number of samples in a batch; only the memory of activations depends on it.

    Raises:
        ValueError: the dtype is unknown, or the batch is smaller than 1.
        TypeError: the batch is not a whole number.
    """
    if dtype not in DTYPES:
        raise ValueError(f"unknown dtype {dtype!r}; expected one of {', '.join(DTYPES)}")
    try:
        if index(batch) < 1:
            raise ValueError(f"a batch is at least 1 sample, not {batch}")
    except TypeError:
        raise TypeError(f"a batch is a whole number of samples, not {batch!r}") from None
    with collector_waiting():
        return _analyze(spec, dtype, batch)


def _analyze(spec: Spec, dtype: str, batch: int) -> Analysis:
    size = DTYPES[dtype] * batch
    graph = spec.graph
    fields = receptive_fields(graph)
    counts = Counts(spec.convention)
    alive = alive_values(graph)
    bytes_of = {shape: values * size for shape, values in sizes(graph).items()}
    layers = {
        node: LayerNumbers(node, *counts.of(node), bytes_of[node.output], fields[node], alive[node] * size)
        for node in graph.nodes
    }
    peak, peak_at = peak_of(alive)
    totals = Totals.of(layers.values(), DTYPES[dtype], peak * size, peak_at.name if peak_at else "")
    # an entry with nothing left in it may pass on an input
    ends = layers | {node: LayerNumbers(node, 0, 0, 0, 0, fields[node]) for node in graph.inputs}
    entries = [EntryNumbers.of(entry, ends) for entry in graph.entries]
    return Analysis(spec, list(layers.values()), entries, totals, dtype, batch)
