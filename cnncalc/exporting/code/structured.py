"""A model that was read from a file, as the spec with blocks and copies that `cnncalc import` makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnncalc.exporting.exported import Exported, Wishes
from cnncalc.importing.importing import text_with_blocks
from cnncalc.importing.opening import ImportedModel
from cnncalc.named_tuple import NamedTuple
from cnncalc.spec.reader import Spec, read


class StructuredSpec(NamedTuple):
    """The same model, written with blocks.

    Attributes:
        spec: with blocks.
        names: of its layers, what each is called in the model as it was read.
    """

    spec: Spec
    names: Mapping[str, str]


def structured(spec: Spec) -> StructuredSpec | None:
    """The model with blocks; None if it was not read from a file, or would have other weights with blocks."""
    model = spec.parsed
    if not isinstance(model, ImportedModel):
        return None
    written = text_with_blocks(model.draft)
    found, _ = read(ImportedModel(written.text, model.draft, written.names, spec.source.name), spec.overrides)
    if found is None:
        return None
    names = {name: model.names[layer] for layer, name in written.names.items() if layer in model.names}
    return StructuredSpec(found, names) if _learns_the_same(found, spec, names) else None


def _learns_the_same(one: Spec, other: Spec, names: Mapping[str, str]) -> bool:
    """Whether two specs have the same layers with weights, and share them in the same places."""
    found = {names.get(node.name): (node.output, bool(node.shares)) for node in one.graph.nodes if node.weights}
    return found == {node.name: (node.output, bool(node.shares)) for node in other.graph.nodes if node.weights}


def code_with_blocks(spec: Spec, wishes: Wishes, write: Callable[[Spec, bool], Exported]) -> Exported:
    """The code of a spec; for a model that was read from a file, with the blocks that are found in it."""
    found = None if wishes.is_flat else structured(spec)
    if found is None:
        return write(spec, wishes.is_flat)
    made = write(found.spec, False)
    return made._replace(places={found.names[name]: places for name, places in made.places.items()})
