"""What is read of a document before its layers: the rules, the variables, the inputs, the defaults and the blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from cnncalc.layers import KINDS
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import CONVENTIONS, LATEST, LAYOUTS
from cnncalc.source.yaml_nodes import YamlNode
from cnncalc.spec._inputs import other_readings, read_inputs
from cnncalc.spec._variables import read_variants, read_vars
from cnncalc.spec.expand.entries import EntryReader
from cnncalc.spec.expand.placement import Placement
from cnncalc.spec.language.blocks import read_blocks
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.top_level import Document
from cnncalc.spec.written import WrittenInput, WrittenModel

Defaults = Mapping[str, Mapping[str, YamlNode]]


class Prepared(NamedTuple):
    """A document of which all but the layers has been read.

    Attributes:
        convention: the rules that apply.
        own_convention: those of the file.
        layout: the order of sizes in the file.
        shown: the order in which sizes are shown.
        variants: the names of the variants.
        placement: ready to place the layers.
    """

    convention: str
    own_convention: str
    layout: str
    shown: str
    variants: tuple[str, ...]
    inputs: list[WrittenInput]
    placement: Placement
    written: WrittenModel


def prepared(document: Document, changes: Callable[[EntryReader], Defaults] | None = None) -> Prepared:
    """Reads all but the layers; mistakes become findings of the document.

    Args:
        changes: gives defaults that win over those of the document.
    """
    overrides = document.overrides
    convention = document.choice("convention", CONVENTIONS, overrides.convention) or "lecture"
    own_convention = convention if not overrides.convention else document.own_convention()
    # the order of sizes in the file is the file's own, regardless of the command line
    layout = document.choice("layout", LAYOUTS, None) or (
        "channels_first" if own_convention == "pytorch" else "channels_last"
    )
    shown = document.override("layout", LAYOUTS) or layout
    variants, variant_vars = read_variants(document)
    read_vars(document, variant_vars)
    inputs = read_inputs(document, layout, shown)
    document.other_readings = partial(other_readings, document, inputs, layout, shown)
    reader = EntryReader(document.findings, convention, layout, {})
    reader.version = document.version or LATEST
    placement = _placement(document, reader, inputs, changes)
    written = WrittenModel(document.parsed, convention, layout, inputs, reader.layers, reader.models)
    return Prepared(convention, own_convention, layout, shown, variants, inputs, placement, written)


def _placement(
    document: Document,
    reader: EntryReader,
    inputs: list[WrittenInput],
    changes: Callable[[EntryReader], Defaults] | None,
) -> Placement:
    """Reads defaults and blocks and sets the inputs."""
    if defaults := document.value("defaults"):
        from cnncalc.spec._defaults import read_defaults

        reader.defaults = read_defaults(document.resolved, reader, defaults)
    if changes:
        reader.defaults = _changed(reader.defaults, changes(reader))
    reader.known = document.parsed.layers(reader.convention, reader.layout, reader.defaults)
    node = document.value("blocks")
    blocks = read_blocks(document.findings, node, frozenset(KINDS) | STRUCTURES, document.version) if node else {}
    reader.blocks = blocks
    prefix = document.scope.prefix
    ends = {prefix + each.name: each.node for each in inputs}
    places = {prefix + each.name: each.named for each in inputs}
    if document.cut is None:
        placement = Placement(reader, blocks, ends, places)
    else:
        from cnncalc.spec.expand.cuts import CutPlacement

        placement = CutPlacement(reader, blocks, ends, places, document.cut)
    placement.parsed = document.parsed
    return placement


def _changed(own: Defaults, others: Defaults) -> Defaults:
    """The defaults, with those of others instead of its own."""
    return {kind: {**own.get(kind, {}), **others.get(kind, {})} for kind in {**own, **others}}
