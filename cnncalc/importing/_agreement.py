"""What a file states about its layers, compared with what cnncalc computes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.layers import layer_class
from cnncalc.source.diagnostics import START, Diagnostic, listed

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.importing.draft import Draft, DraftLayer
    from cnncalc.spec.reader import Spec

NOT_UNDERSTOOD = "CNN570"
"""The code of operations without a kind."""
MOST = 10
"""How many layers are named that differ; the rest follow from these, as a rule."""


def findings_on(draft: Draft, names: Mapping[DraftLayer, str], spec: Spec, file: str) -> list[Diagnostic]:
    """What a reader of the file's numbers should know: what was not understood, and where file and numbers differ.

    Args:
        names: of the layers of the graph that those of the draft became.
    """
    return [*not_understood(draft, file), *disagreements(draft, names, spec, file)]


def not_understood(draft: Draft, file: str) -> Iterator[Diagnostic]:
    """The operations without a kind, by name and count."""
    count = sum(draft.not_understood.values())
    if not count:
        return
    whole = max(draft.operations, count)
    each = listed([f"{name} ({n})" if n > 1 else name for name, n in draft.not_understood.items()], 12)
    bounds = _bounds([layer for layer in draft.layers if layer_class(layer.kind).is_opaque])
    message = f"{count:,} of {whole:,} operations not understood: {each}{bounds}"
    help = "their sizes are those that the file states; `cnncalc import --strict` makes this an error"
    yield Diagnostic(NOT_UNDERSTOOD, message, file, START, "", (help,), severity="warning")


def _bounds(opaque: Sequence[DraftLayer]) -> str:
    """What is missing in the totals, if anything is."""
    missing = [layer for layer in opaque if {"params", "macs"} - layer.settings.keys()]
    if not missing:
        return ""
    names = listed(list(dict.fromkeys(str(layer.settings["operation"]) for layer in missing)), 12)
    return "; totals are lower bounds" + (f", for what {names} would add" if len(missing) < len(opaque) else "")


def disagreements(draft: Draft, names: Mapping[DraftLayer, str], spec: Spec, file: str) -> Iterator[Diagnostic]:
    """Where numbers are others than the file states: outputs, parameters, and the shapes of weights."""
    nodes = {node.name: node for node in spec.graph.nodes}
    differing = draft.contradictions + [
        f"{_where(layer)}: {said}"
        for layer in draft.layers
        if (node := nodes.get(names.get(layer, ""))) and (said := _difference(layer, node, spec))
    ]
    help = _RESIZED if spec.overrides.inputs.pairs else _UNEXPECTED
    for said in differing[:MOST]:
        yield Diagnostic("CNN157", said, file, START, "", (help,), severity="warning")
    if len(differing) > MOST:
        message = f"and {len(differing) - MOST:,} more layers whose numbers are others than the file states"
        yield Diagnostic("CNN157", message, file, START, severity="warning")


_UNEXPECTED = "this should not be: please report it, with the file or how it was made"
_RESIZED = "with this --input it is another network than that of the file, whose weights do not fit"


def _where(layer: DraftLayer) -> str:
    return layer.place or layer.origin or layer.kind


def _difference(layer: DraftLayer, node: Node, spec: Spec) -> str:
    """What is different; "" if nothing is."""
    resized = bool(spec.overrides.inputs.pairs)
    if layer.output is not None and not resized and layer.output != node.output:
        return (
            f"the file states an output of {layer.output.text(spec.layout)}, "
            f"computed is {node.output.text(spec.layout)}"
        )
    if layer.params is not None and not node.shares:
        computed = _numbers(node)
        if computed != layer.params:
            return f"the file has {layer.params:,} parameters for it, computed are {computed:,}"
        return _other_array(layer, node)
    return ""


def _other_array(layer: DraftLayer, node: Node) -> str:
    """Which array has another shape in the file; "" if none has: some files are not opened before they are needed."""
    for name, weight in node.weights.items():
        found = layer.weights.get(name)
        if found is not None and found.shape != weight.shape:
            own, computed = ("×".join(map(str, each)) or "1" for each in (found.shape or found.sizes, weight.shape))
            return f"its `{name}` is {own} in the file, computed is {computed}"
    return ""


def _numbers(node: Node) -> int:
    """How many numbers the arrays of a layer have."""
    from cnncalc import formulas

    own: Sequence[int] = [formulas.product(weight.shape) for weight in node.weights.values()]
    return sum(own) + (node.layer.unlisted_params if node.layer else 0)
