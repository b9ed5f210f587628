"""What another input does to a network: layers that keep their place but are no longer the same layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Elsewhere, Finding, check

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.reader import Spec

SHOWN = 3
"""How many layers with the same difference are named."""


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
    sizes = _sizes(own)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for node in spec.graph.nodes:
        before = nodes.get(node.name)
        if before and before.layer and not node.shares and _arrays(node) != _arrays(before):
            x, own_x = _differing(node, before)
            alike.setdefault((_read(x, own_x, spec.layout), tuple(_ways(node, x, own_x))), []).append(node.name)
    for (read, ways), names in alike.items():
        message = f"{given}: {_reading(names)} {read}"
        label = "it is a different layer" if len(names) == 1 else "they are different layers"
        help = (
            f"weights for the file's own {sizes}, do not fit {'it' if len(names) == 1 else 'them'}",
            *ways,
        )
        yield Finding(Elsewhere(spec.name), "", message, label, help)


def _sizes(own: Spec) -> str:
    """`input, 28×28×1`; of several inputs, also their names."""
    inputs = own.graph.inputs
    if len(inputs) == 1:
        return f"input, {inputs[0].output.text(own.layout)}"
    return f"inputs, {', '.join(f'{node.name} {node.output.text(own.layout)}' for node in inputs)}"


def _arrays(node: Node) -> list[tuple[int, ...]]:
    return [weight.shape for weight in node.weights.values()]


def _differing(node: Node, before: Node) -> tuple[Shape, Shape]:
    """The first tensor that a layer reads and that is another one on the file's own input, and that one."""
    pairs = zip(node.input_shapes, before.input_shapes, strict=True)
    return next((pair for pair in pairs if pair[0] != pair[1]), (node.x, before.x))


def _reading(names: list[str]) -> str:
    """`` `a` reads``, `` `a`, `b` and 3 others read``."""
    if len(names) == 1:
        return f"`{names[0]}` reads"
    shown, others = (names, 0) if len(names) <= SHOWN else (names[: SHOWN - 1], len(names) - SHOWN + 1)
    *first, last = [*(f"`{name}`" for name in shown), *([f"{others} others"] if others else [])]
    return f"{', '.join(first)} and {last} read"


def _read(x: Shape, own_x: Shape, layout: str) -> str:
    """What a layer reads: a different number of values or channels, or different positions."""
    if x.spatial == own_x.spatial and x.channels != own_x.channels:
        return f"{x.channels:,} {'channels' if x.spatial else 'values'} instead of {own_x.channels:,}"
    return f"{x.text(layout)} instead of {own_x.text(layout)}"


def _ways(node: Node, x: Shape, own_x: Shape) -> Iterator[str]:
    """What would take any size, if it is positions that differ and there is anything."""
    if x.is_vector:
        yield "a global pool would take any size"
    elif x.channels == own_x.channels and node.layer and "per" in node.layer.settings:
        yield "one value per channel would take any size"
