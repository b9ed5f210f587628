"""Norms and activations that follow merges: inside the entry where that is the rule, otherwise entries of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence

from cnncalc.graph import Node
from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.structure._modules import modules_of
from cnncalc.importing.structure._pieces import Piece
from cnncalc.importing.structure._slots import plain_likeness


def loosen(top: list[Piece], nodes: Mapping[DraftLayer, Node]) -> None:
    """Takes the followers out of merges of which most others of the same form have none."""
    merges: dict[Hashable, list[tuple[list[Piece], Piece]]] = defaultdict(list)
    pending = [top]
    while pending:
        chain = pending.pop()
        for piece in chain:
            if piece.branches:
                merges[plain_likeness(piece)].append((chain, piece))
                pending += piece.chains
    for group in merges.values():
        usual = Counter([_followers(piece) for _, piece in group]).most_common(1)[0][0]
        if not any(usual):
            for chain, piece in group:
                place = next(index for index, each in enumerate(chain) if each is piece)
                chain[place : place + 1] = _apart(piece, nodes)


def _followers(piece: Piece) -> tuple[str, str]:
    return piece.norm.kind if piece.norm else "", piece.activation.kind if piece.activation else ""


def _apart(piece: Piece, nodes: Mapping[DraftLayer, Node]) -> Sequence[Piece]:
    """A merge, and its followers as entries of their own."""
    if not any(_followers(piece)):
        return [piece]
    label, (own, *layers) = piece.label, piece.layers
    parts = [piece]
    for each in (piece.norm, piece.activation):
        if each:
            part = Piece(each.kind, each.settings, [layers.pop(0)], piece.number)
            part.path, part.c_in = modules_of(part.layers[0]), nodes[own].output.channels
            parts.append(part)
    piece.norm = piece.activation = None
    piece.layers = [own]
    piece.label = f"{label}-"
    parts[-1].label = label
    return parts
