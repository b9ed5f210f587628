"""The quick proof of `validate --verify`: a model runs, and what is measured is held against its analysis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.checks.check import Finding, check
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.forward.proof.verification import Difference

_QUANTITIES = {"output": "output", "params": "parameters", "macs": "MACs", "values": "values"}


@check(
    "CNN402",
    "a number was measured to be another one",
    "`validate --verify` runs the model and compares output sizes, parameters, MACs and values with what is "
    "measured. A difference is a mistake in cnncalc, not in the spec: please report it.",
    severity="error",
)
def contradictions(model: Model) -> Iterator[Finding]:
    """Sizes and counts that were measured to be other ones, or a layer that cannot run.

    Raises:
        DataError: the whole model cannot run.
    """
    from cnncalc.forward.proof.verification import verify  # NumPy comes with it

    layout = model.spec.layout
    found = verify(model.analysis, quick=True)
    told = [(each.layer, _sentence(each, layout)) for each in found.differences]
    if found.failure:
        layer, reason = found.failure
        told.append((layer, f"`{layer}` could not run: {reason}"))
    nodes = {node.name: node for node in model.graph.nodes} if told else {}
    help = ("this is a mistake in cnncalc, not in the spec: please report it",)
    for layer, message in told:
        yield Finding(nodes[layer], "", message, "measured by running it", help)


def _sentence(each: Difference, layout: str) -> str:
    if each.quantity == "values":
        return f"`{each.layer}` is not what its kind is defined to be: {each.measured.text(layout)}"
    measured, claimed = (_text(value, layout) for value in (each.measured, each.claimed))
    return f"{_QUANTITIES[each.quantity]} of `{each.layer}`: measured {measured}, claimed {claimed}"


def _text(value: Any, layout: str) -> str:
    if isinstance(value, Shape):
        return value.text(layout)
    if isinstance(value, tuple):  # trainable parameters, and the others where there are any
        return " + ".join(f"{part:,}" for part in (value if value[1] else value[:1]))
    return f"{value:,}"
