"""Which axis of the inputs is the batch: the first one, or the second one of sequences whose positions come first."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.importing.draft import Draft
from cnncalc.importing.lifting._lifting import lift
from cnncalc.importing.operations import OperationGraph
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

_OF_SEQUENCES = frozenset(["lstm", "gru", "rnn", "attention", "multihead_attention", "softmax"])
"""Operations that read the positions of a sequence together."""


def lift_along_batch(read: Callable[[int], OperationGraph]) -> Draft:
    """The layers of the graph that a reader gives for an axis of the inputs.

    A graph of sequences that mixes what is along the first axis, and nothing along the second, has its batch there.

    Raises:
        Unreadable: the network mixes samples, whichever of both axes they are along, or something else is refused.
    """
    graph = read(0)
    try:
        draft = lift(graph)
    except Unreadable as error:
        second = _along_second(read) if error.diagnostics[0].code == "CNN154" and not graph.batch_axis else None
        if second is None:
            raise
        draft, graph = second
    if graph.batch_axis:
        message = "the positions of its inputs come first, and the batch is their second axis"
        draft.remarks.append(Diagnostic("CNN573", message, graph.file, START, severity="note"))
    return draft


def _along_second(read: Callable[[int], OperationGraph]) -> tuple[Draft, OperationGraph] | None:
    """The layers of the graph with the batch as second axis; None unless everything is understood so."""
    try:
        graph = read(1)
        draft = lift(graph)
    except Unreadable:
        return None
    are_sequences = all(len(each.sizes or ()) == 3 for each in graph.inputs)
    reads_them = not _OF_SEQUENCES.isdisjoint(operation.name for operation in graph.operations)
    return (draft, graph) if are_sequences and reads_them and not draft.not_understood else None
