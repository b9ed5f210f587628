"""Rows of operations that are one thing, written as that: before it is known which axis holds the channels."""

from __future__ import annotations

from collections import defaultdict

from cnncalc.importing.lifting.rewrites import (
    activations,
    batches,
    normalizations,
    patches,
    plumbing,
    products,
    stacks,
    standardizing,
    weight_norms,
    weighted_sums,
)
from cnncalc.importing.lifting.rewrites._rules import Rewriter, Rule, Rules, drop_unread
from cnncalc.importing.lifting.rewrites.attention import scores
from cnncalc.importing.lifting.rewrites.attention.heads import multihead_of, undone
from cnncalc.importing.lifting.rewrites.recurrences import directions, zeros
from cnncalc.importing.lifting.rewrites.recurrences.layers import reads_a_matrix_twice, roll_up
from cnncalc.importing.operations import OperationGraph

__all__ = ["rewrite"]


def rewrite(graph: OperationGraph) -> None:
    """Puts the operations of the vocabulary in place of those that they are made of."""
    batches.open_batch(graph)
    if reads_a_matrix_twice(graph):
        Rewriter(graph, _together(plumbing.RULES, products.RULES)).run()
        roll_up(graph)
    rooms = (plumbing, zeros, products, activations, normalizations, standardizing, weight_norms, stacks, directions)
    Rewriter(graph, _together(*(room.RULES for room in rooms), weighted_sums.RULES)).run()
    drop_unread(graph)
    Rewriter(graph, {"matmul": (scores.attention_of(graph),)}).run()
    drop_unread(graph)
    multihead: Rules = {name: (multihead_of(graph),) for name in ("linear", "conv")}
    Rewriter(graph, _together(multihead, patches.RULES)).run()
    arranging = {"reshape": (undone,), "transpose": (undone,), "roll": (undone,), "attention": (scores.spelled_out,)}
    Rewriter(graph, _together(arranging, plumbing.RULES, normalizations.NORMS_LAST)).run()
    drop_unread(graph)


def _together(*tables: Rules) -> Rules:
    rules: dict[str, tuple[Rule, ...]] = defaultdict(tuple)
    for table in tables:
        for name, each in table.items():
            rules[name] += tuple(each)
    return rules
