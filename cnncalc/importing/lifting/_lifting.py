"""From a graph of operations to the draft of a model."""

from __future__ import annotations

from importlib import import_module

from cnncalc.importing.draft import Draft
from cnncalc.importing.families import needed_for
from cnncalc.importing.lifting import _axes, _pointwise, _weighted, _windows  # noqa: F401 (they register handlers)
from cnncalc.importing.lifting._ledger import ParameterLedger
from cnncalc.importing.lifting._walk import Walk
from cnncalc.importing.lifting.rewrites import rewrite
from cnncalc.importing.operations import OperationGraph

_HANDLERS = {
    "_attention": "multihead_attention attention concat",
    "_picking": "gather",
    "_recurrent": "lstm gru rnn",
}
"""Modules with handlers for operations that few networks have."""


def lift(graph: OperationGraph) -> Draft:
    """The layers that a graph of operations is made of.

    Raises:
        Unreadable: the network mixes samples, or a size is not known.
    """
    ledger, operations = ParameterLedger(graph), len(graph.operations)
    rewrite(graph)
    for module in needed_for({each.name for each in graph.operations}, _HANDLERS):
        import_module(f"cnncalc.importing.lifting.{module}")
    walk = Walk(graph, ledger)
    walk.draft.operations = operations
    return walk.whole()
