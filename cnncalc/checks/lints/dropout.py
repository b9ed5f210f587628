"""Lints about dropout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Finding, check, layers

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node


@check(
    "CNN517",
    "dropout directly before batch_norm",
    "During training, dropout scales up what it keeps, so the mean stays the same and the variance grows. batch_norm "
    "learns that larger variance as its moving statistics, and still divides by it after training, when nothing is "
    "dropped: every value comes out too small. Source: Li et al., Understanding the Disharmony between Dropout and "
    "Batch "
    "Normalization by Variance Shift (2018).",
    wrong=layers("{conv: 3x3x8, bias: false}", "dropout: 0.5", "batch_norm"),
    right=layers("{conv: 3x3x8, bias: false}", "batch_norm", "dropout: 0.5"),
)
def dropout_before_batch_norm(model: Model) -> Iterator[Finding]:
    """Dropout that a norm with moving statistics reads, with nothing but identities in between."""
    for node, _ in model.having(lambda layer: layer.is_norm):
        has_statistics = any(weight.is_statistic for weight in node.weights.values())
        before = model.before(node, _is_identity) if has_statistics else None
        if before and before.layer and before.layer.drop_rate:
            message = f"`{node.name}` reads `{before.name}`, a {before.kind}"
            label = "what it drops raises the variance that the moving statistics learn"
            yield Finding(node, "norm", message, label, (f"put the {before.kind} after the {node.kind}",))


def _is_identity(node: Node) -> bool:
    return bool(node.layer and node.layer.is_idle and not node.layer.drop_rate)
