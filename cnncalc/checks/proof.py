"""The quick proof of `validate --verify`: a model is run, and what is measured is compared with its analysis."""

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
    "a measured number differs from the calculated one",
    "`validate --verify` runs the model and compares the output sizes, parameters, MACs and values with what it "
    "measures. A difference is a mistake in cnncalc, not in the spec: please report it.",
    severity="error",
)
def contradictions(model: Model) -> Iterator[Finding]:
    """Sizes, counts and values that were measured differently, and layers that cannot run.

    Raises:
        DataError: the model as a whole cannot run.
    """
    from cnncalc.forward.proof.verification import verify  # NumPy comes with it
    from cnncalc.graph.known_part import known_part

    layout = model.spec.layout
    if not known_part(model.graph).graph.nodes:
        return  # nothing of it can be run
    found = verify(model.analysis, quick=True)
    reported = [(each.layer, _sentence(each, layout)) for each in found.differences]
    if found.failure:
        layer, reason = found.failure
        reported.append((layer, f"`{layer}` could not run: {reason}"))
    nodes = {node.name: node for node in model.graph.nodes} if reported else {}
    help = ("this is a mistake in cnncalc, not in the spec: please report it",)
    for layer, message in reported:
        yield Finding(nodes[layer], "", message, "measured by running it", help)


@check(
    "CNN560",
    "a layer that cannot be run",
    "Nobody knows how an `opaque` layer calculates its output. `verify`, `validate --verify` and `forward` end before "
    "it, and leave out all layers that read it; what comes before is run as usual.",
)
def stopped(model: Model) -> Iterator[Finding]:
    """Opaque layers: they and what comes after them are not proved."""
    from cnncalc.forward.run.known_values import stopped_text
    from cnncalc.graph.known_part import known_part

    part = known_part(model.graph)
    for node in part.opaque:
        help = ("the numbers before it are proved",) if part.graph.nodes else ()
        yield Finding(node, "", stopped_text(part, node), "", help)


def _sentence(each: Difference, layout: str) -> str:
    if each.quantity == "values":
        return f"the values of `{each.layer}` differ from the definition of its kind: {each.measured.text(layout)}"
    measured, claimed = (_text(value, layout) for value in (each.measured, each.claimed))
    return f"{_QUANTITIES[each.quantity]} of `{each.layer}`: measured {measured}, calculated {claimed}"


def _text(value: Any, layout: str) -> str:
    if isinstance(value, Shape):
        return value.text(layout)
    if isinstance(value, tuple):  # trainable parameters, and the others if there are any
        return " + ".join(f"{part:,}" for part in (value if value[1] else value[:1]))
    return f"{value:,}"
