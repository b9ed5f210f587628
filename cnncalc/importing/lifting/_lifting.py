"""From a graph of operations to the draft of a model."""

from __future__ import annotations

from cnncalc.importing.draft import Draft
from cnncalc.importing.lifting import (  # noqa: F401 (they register handlers)
    _attention,
    _axes,
    _picking,
    _pointwise,
    _recurrent,
    _weighted,
    _windows,
)
from cnncalc.importing.lifting._ledger import ParameterLedger
from cnncalc.importing.lifting._walk import Walk
from cnncalc.importing.lifting.rewrites import rewrite
from cnncalc.importing.operations import OperationGraph


def lift(graph: OperationGraph) -> Draft:
    """The layers that a graph of operations is made of.

    Raises:
        Unreadable: the network mixes samples, or a size is not known.
    """
    ledger, operations = ParameterLedger(graph), len(graph.operations)
    rewrite(graph)
    walk = Walk(graph, ledger)
    walk.draft.operations = operations
    return walk.whole()
