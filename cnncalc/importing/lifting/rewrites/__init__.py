"""Rows of operations that are one thing, written as that: before it is known which axis holds the channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module

from cnncalc.importing.families import needed_for
from cnncalc.importing.lifting.rewrites import batches
from cnncalc.importing.lifting.rewrites._rules import Rewriter, Rule, Rules, drop_unread
from cnncalc.importing.operations import OperationGraph

__all__ = ["rewrite"]

_PLUMBING = {
    "plumbing.RULES": (
        "add sub mul div identity cast expand reshape transpose split slice pad dropout roll concat gather"
    )
}
_PRODUCTS = {**_PLUMBING, "products.RULES": "linear matmul"}
_TURNS = (
    {
        **_PLUMBING,
        "recurrences.zeros.RULES": "linear matmul mul add",
        "products.RULES": "linear matmul",
        "activations.RULES": "log celu where clip relu6 maximum minimum mul div reciprocal",
        "normalizations.RULES": "mul div where layer_norm rms_norm group_norm instance_norm batch_norm",
        "standardizing.RULES": "batch_norm instance_norm",
        "weight_norms.RULES": "mul div",
        "stacks.RULES": "reduce mul concat",
        "recurrences.directions.RULES": "lstm gru rnn",
        "weighted_sums.RULES": "mul",
    },
    {"attention.scores.attention_rules": "softmax"},
    {"attention.heads.multihead_rules": "attention", "patches.RULES": "concat transpose"},
    {
        "arrangements.RULES": "transpose roll dropout",
        "attention.scores.ALONE": "attention",
        **_PLUMBING,
        "normalizations.NORMS_LAST": "layer_norm rms_norm l2_norm",
    },
)
"""The tables of rules that are tried together, in their order; each with operations of which all its patterns have one,
so that a graph without them needs no such rules. (Those of attention are made for each graph.)"""


def rewrite(graph: OperationGraph) -> None:
    """Puts the operations of the vocabulary in place of those that they are made of."""
    batches.open_batch(graph)
    if _reads_a_matrix_twice(graph):
        from cnncalc.importing.lifting.rewrites.recurrences.layers import roll_up

        _apply(graph, _PRODUCTS)
        roll_up(graph)
    for tables in _TURNS:
        _apply(graph, tables)
        drop_unread(graph)


def _reads_a_matrix_twice(graph: OperationGraph) -> bool:
    """Whether two operations read one matrix of the file: without that there are no steps."""
    read = set[str]()
    for operation in graph.operations:
        for each in operation.inputs:
            if each is not None and each.constant is not None and len(each.sizes or ()) == 2:
                if each.constant.identity in read:
                    return True
                read.add(each.constant.identity)
    return False


def _apply(graph: OperationGraph, tables: Mapping[str, str]) -> None:
    rules: dict[str, tuple[Rule, ...]] = defaultdict(tuple)
    for name in needed_for({each.name for each in graph.operations}, tables):
        for begin, each in _table(name, graph).items():
            rules[begin] += tuple(each)
    if rules:
        Rewriter(graph, rules).run()


def _table(name: str, graph: OperationGraph) -> Rules:
    module, _, attribute = name.rpartition(".")
    found: Rules | Callable[[OperationGraph], Rules] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return found(graph) if callable(found) else found
