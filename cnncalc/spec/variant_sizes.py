"""A bound on what all variants of a model come to, calculated before any of them is placed."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable

from cnncalc.layers import KINDS
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.yaml_nodes import YamlMapping, YamlSequence
from cnncalc.spec._variables import read_variants, read_vars
from cnncalc.spec.expand.placement import MAX_LAYERS
from cnncalc.spec.expand.size_bound import SizeBound
from cnncalc.spec.language.blocks import read_blocks
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.top_level import Document, Overrides


def too_many_layers(parsed: Parsed, variants: Iterable[str]) -> Diagnostic | None:
    """The finding about a model whose variants come to more than MAX_LAYERS layers together; None if they may fit.

    An entry that is left out counts too: it has to be looked at in every variant.
    """
    count = 0
    for variant in variants:
        count += _at_least(Document(parsed, Overrides(variant=variant)))
        if count > MAX_LAYERS:
            return refusal(parsed, f"at least {count:,}")
    return None


def refusal(parsed: Parsed, label: str = "") -> Diagnostic:
    """The finding about a model whose variants come to too many layers."""
    root = parsed.root
    assert isinstance(root, YamlMapping)
    span = next(key.span for key, _ in root.pairs if key.text == "variants")
    message = f"more than {MAX_LAYERS:,} layers in all variants together"
    help = "use fewer or smaller variants, or divide them among several files"
    return parsed.source.diagnostic("CNN104", span, message, label, (help,))


def _at_least(document: Document) -> int:
    """How many entries a model has to look at."""
    if not document.open():
        return 0
    _, variables = read_variants(document)
    read_vars(document, variables)
    layers, blocks = document.value("layers"), document.value("blocks")
    if not isinstance(layers, YamlSequence):
        return 0
    known = read_blocks(document.findings, blocks, frozenset(KINDS) | STRUCTURES, document.version) if blocks else {}
    bound = SizeBound(known, document.scope.values)
    return max(bound.entries(layers.items, bound.values, ChainMap()), bound.visits)
