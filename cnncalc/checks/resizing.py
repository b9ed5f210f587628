"""What another input does to a network: layers that keep their place but are no longer the same layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Elsewhere, Finding, check

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.settings.shape import Shape


@check(
    "CNN530",
    "a layer that depends on the size of the input",
    "With `--input` the layers keep their settings. A dense layer after `flatten` has a weight for every value that it "
    "reads, so on another size it is a different layer, with a different number of parameters.",
)
def other_layers(model: Model) -> Iterator[Finding]:
    """Layers whose weights have another shape on another input: a dense layer after a `flatten`, for example."""
    if model.resized is None:
        return
    spec, (own, given) = model.spec, model.resized
    nodes = {node.name: node for node in own.graph.nodes}
    sizes = ", ".join(node.output.text(spec.layout) for node in own.graph.inputs)
    for node in spec.graph.nodes:
        before = nodes.get(node.name)
        if before is None or node.shares or not node.layer or not before.layer:
            continue
        x, own_x = node.x, before.x
        shapes = [weight.shape for weight in node.weights.values()]
        if shapes != [weight.shape for weight in before.weights.values()]:
            message = f"--input {given}: `{node.name}` reads {_read(x, own_x, spec.layout)}"
            way = "one value per channel" if x.spatial else "a global pool"
            help = (f"weights for the file's own input, {sizes}, do not fit it", f"{way} would take any size")
            yield Finding(Elsewhere(spec.name), "", message, "it is a different layer", help)


def _read(x: Shape, own_x: Shape, layout: str) -> str:
    """What a layer reads: a different number of values, or different positions."""
    if x.channels != own_x.channels:
        return f"{x.channels:,} values instead of {own_x.channels:,}"
    return f"{x.text(layout)} instead of {own_x.text(layout)}"
