"""What blocks are called: as the class of the module, or by what is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from cnncalc.importing.structure.pieces import Piece, walk
from cnncalc.importing.structure.runs import common_path
from cnncalc.layers import KINDS, layer_class
from cnncalc.layers.index import MERGES

_TAKEN = frozenset({"input", "residual", "group", "share", "model", "none", "name", "layers"})
_LONGEST = 40


def block_name(bodies: Sequence[Sequence[Piece]], taken: Collection[str]) -> str:
    """A name that no kind and no other block has."""
    name = _class_name(bodies) or _by_what_it_is(bodies[0])
    name = f"{name}_block" if name in KINDS or name in _TAKEN else name
    names = (name if number == 1 else f"{name}{number}" for number in range(1, len(taken) + 2))
    return next(each for each in names if each not in taken)


def _class_name(bodies: Sequence[Sequence[Piece]]) -> str:
    """The class that all of them have, `basic_block`; "" if they are no modules of one class."""
    classes = {path[-1][1] if (path := common_path(body)) else "" for body in bodies}
    only = classes.pop() if len(classes) == 1 else ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", only).lower()
    return re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")[:_LONGEST].lstrip("0123456789")


def _by_what_it_is(body: Sequence[Piece]) -> str:
    kinds = [piece.kind for piece in body]
    inside = {piece.kind for piece in walk(body)}
    if "attention" in inside:
        return "attention_block"
    if "residual" in kinds:
        return "inverted_residual" if "depthwise_conv" in inside else "residual_block"
    merges = [piece for piece in body if piece.kind in MERGES]
    if merges and merges[0].kind == "concat":
        return "dense_layer" if [] in merges[0].branches else "inception"
    if merges and len(kinds) == 1:
        return "gate" if merges[0].kind == "multiply" else f"{merges[0].kind}_block"
    words = list(dict.fromkeys(word for piece in body for word in _words(piece)))
    return "_".join(words)[:_LONGEST].strip("_")


def _words(piece: Piece) -> list[str]:
    followers = [each.kind for each in (piece.norm, piece.activation) if each]
    is_plain = piece.kind in KINDS and layer_class(piece.kind).rearranges
    return [] if is_plain else [piece.kind, *followers]
