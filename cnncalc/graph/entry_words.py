"""What an entry is, in words: its kind, its settings in short, and the norm and activation that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.layers import MERGES

if TYPE_CHECKING:
    from cnncalc.graph.graph import Entry, Node
    from cnncalc.layers.base import Layer

_MANY_LAYERS = 1024
"""How many layers' words are remembered: copies in many places are one layer."""


@lru_cache(_MANY_LAYERS)
def settings_parts(layer: Layer, layout: str, words: tuple[tuple[str, str], ...] = ()) -> tuple[str, ...]:
    """A layer's settings in short: those that are always shown, and those that are not the default; `words` has what
    to say of a setting instead of its value."""
    names = list(layer.settings)
    if layer.leads:
        names.sort(key=lambda name: name != layer.leads)
    values = vars(layer)
    instead = dict(words)
    said = (name for name in names if name in values and (name in instead or not layer.is_default(name)))
    shown = (instead.get(name) or layer.settings[name].in_short(values[name], layout) for name in said)
    return tuple(filter(None, shown))


def entry_words(entry: Entry, layout: str) -> tuple[str, list[str]]:
    """The kind of an entry, and what else is to be said of it."""
    if entry.kind == "share" and entry.children:
        kind, details = entry_words(entry.children[0], layout)
        return f"share {kind}", details
    if entry.kind == "model":
        return entry.kind, list(_model_details(entry))
    if not entry.nodes or entry.kind != entry.nodes[0].kind:
        copies = entry.children
        count = f" ×{len(copies)}" if len(copies) > 1 else ""
        kind = f"{_kind_of_copies(copies[0])}{count}" if entry.kind == "repeat" else entry.kind
        return kind, ["of one branch"] * (entry.kind in MERGES) + [node.kind for node in entry.nodes]
    return layers_words(entry.nodes, layout)


def layers_words(nodes: Sequence[Node], layout: str) -> tuple[str, list[str]]:
    """The kind of a layer, its settings in short, and the kinds of those that follow it in its entry."""
    own, *others = nodes
    frozen = ["frozen"] if own.is_frozen else []
    settings = settings_parts(own.layer, layout) if own.layer else ()
    return own.kind, [*settings, *frozen, *(_follower_words(each, own) for each in others)]


def _kind_of_copies(copy: Entry) -> str:
    """The kind that is repeated, however often."""
    return _kind_of_copies(copy.children[0]) if copy.kind == "repeat" else copy.kind


def _follower_words(node: Node, own: Node) -> str:
    """The kind of a norm or activation, said to be frozen if the entry's own layer is not."""
    return f"frozen {node.kind}" if node.is_frozen and not own.is_frozen else node.kind


def _model_details(entry: Entry) -> Iterator[str]:
    """Which model is inside, and which of its entries."""
    written = entry.written
    for key, node in (("", written.principal), *((key.text, node) for key, node in written.settings)):
        if key in ("", "variant", "after", "until") and isinstance(text := getattr(node, "text", ""), str) and text:
            yield f"{key} {text}".strip()


def are_set_alike(one: Node, other: Node) -> bool:
    """Whether two layers are of the same kind with the same settings."""
    if one.is_frozen != other.is_frozen:
        return False
    return one.layer is other.layer or (one.kind == other.kind and vars(one.layer) == vars(other.layer))
