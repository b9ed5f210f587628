"""Overflows as findings: NumPy's own warnings do not name a layer, and end a run under `-W error`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnncalc.source.diagnostics import START, Diagnostic

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.executor import Step
    from cnncalc.graph import Node


def quiet() -> np.errstate:
    """A context in which NumPy does not warn about numbers: an overflow is a finding already."""
    return np.errstate(all="ignore")


class Overflow:
    """Watches the steps of runs, and keeps one finding for each layer in which numbers overflow or become NaN.

    Layers that only pass on broken numbers are not named.
    """

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []
        self._named: set[str] = set()

    def watched(self, step: Step, broken: set[Node], where: str) -> None:
        """Checks a step; `broken` collects the layers of this run whose numbers are meaningless."""
        is_finite = _all_finite(step.output)
        is_first = not any(source in broken for source in step.node.inputs)
        if is_finite and not (step.overflowed and is_first):
            return
        broken.add(step.node)
        if is_first and step.node.name not in self._named:
            self._named.add(step.node.name)
            self.items.append(_finding(step, where, is_finite))


def _all_finite(values: Array) -> bool:
    """Whether no value is infinite or NaN. One such value spoils the sum, which needs no extra memory."""
    with quiet():
        total = values.sum(dtype=np.float32 if values.dtype == np.float16 else None)
    return bool(np.isfinite(total)) or bool(np.isfinite(values).all())


def _finding(step: Step, where: str, is_finite: bool) -> Diagnostic:
    node, values = step.node, step.output
    dtype = str(values.dtype)
    wider = {"float16": "`--dtype float32`", "float32": "`--dtype float64`"}.get(dtype)
    ways = [
        *([f"{wider} allows larger numbers"] if wider else []),
        "use smaller inputs or weights, or put a norm before this layer",
    ]
    if is_finite:
        message = f"`{node.name}` ({node.kind}) overflows {dtype} on the way, so its values are wrong"
    elif infinite := int(np.isinf(values).sum()):
        message = f"`{node.name}` ({node.kind}) overflows {dtype}: {infinite:,} of {values.size:,} values are infinite"
    else:
        count = int(np.isnan(values).sum())
        why = "divides by zero, or has no real result"
        message = f"`{node.name}` ({node.kind}) {why}: {count:,} of {values.size:,} values are NaN"
        ways = ["check its weights: a variance cannot be negative"]
    return Diagnostic("CNN330", message, where, START, "", tuple(ways), severity="warning")
