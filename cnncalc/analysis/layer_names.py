"""Layers by the names that a user gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from cnncalc.source.diagnostics import nearest

if TYPE_CHECKING:
    from cnncalc.analysis.results import Analysis, LayerNumbers
    from cnncalc.graph import Graph

Named = TypeVar("Named")


def find_layer(name: str, known: Mapping[str, Named], graph: Graph) -> Named:
    """What is known under the name of a layer.

    Raises:
        ValueError: nothing is; the message has a near name, or the first entries of the model.
    """
    if name not in known:
        close = nearest(name, known)
        hint = f"did you mean {close}?" if close else f"layers: {', '.join(entry.name for entry in graph.entries[:20])}"
        raise ValueError(f"there is no layer {name!r}; {hint}")
    return known[name]


def layers_named(analysis: Analysis, names: Iterable[str]) -> list[LayerNumbers]:
    """The layers of these names, each once; an entry's name stands for all of its layers.

    Raises:
        ValueError: there is no such layer or entry.
    """
    known = {layer.name: [layer] for layer in analysis.layers}
    known |= {row.name: [layer for each in row.walk() for layer in each.layers] for row in analysis.walk()}
    graph = analysis.spec.graph
    return list({layer.name: layer for name in names for layer in find_layer(name, known, graph)}.values())
