"""What blocks are called: as the class of the module, or by what is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import reduce

from cnncalc.importing.structure._modules import CONTAINERS, GUESSED, common_path
from cnncalc.importing.structure._pieces import Piece, walk
from cnncalc.layers import KINDS, layer_class
from cnncalc.layers.index import MERGES

_TAKEN = frozenset({"input", "residual", "group", "share", "model", "none", "name", "layers"})
_LONGEST = 40


def block_name(bodies: Sequence[Sequence[Piece]], entries: Sequence[Piece], taken: Collection[str]) -> str:
    """A name that no kind and no other block has.

    Args:
        bodies: what its calls stand for.
        entries: of the block.
        taken: the names of other blocks.
    """
    name = _class_name(bodies) or _by_what_it_is(entries, taken)
    name = f"{name}_block" if name in KINDS or name in _TAKEN else name
    names = (name if number == 1 else f"{name}{number}" for number in range(1, len(taken) + 2))
    return next(each for each in names if each not in taken)


def _class_name(bodies: Sequence[Sequence[Piece]]) -> str:
    """The class that all of them have, `basic_block`; "" if they are no modules of one class."""
    paths = [reduce(common_path, [piece.path for piece in body]) for body in bodies]
    classes = {path[-1][1] if path else "" for path in paths}
    only = classes.pop() if len(classes) == 1 else ""
    if only in CONTAINERS or only.startswith(GUESSED):
        return ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", _one_word(only)).lower()
    return re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")[:_LONGEST].lstrip("0123456789")


def _one_word(name: str) -> str:
    """The name of a class with the field's names in it written so that each is one word."""
    return name.replace("NeXt", "next").replace("ViT", "Vit")


def _by_what_it_is(entries: Sequence[Piece], blocks: Collection[str]) -> str:
    inside = [piece.kind for piece in walk(entries)]
    is_residual = [piece.kind for piece in entries] == ["residual"]
    if any(kind in blocks for kind in inside) and not is_residual:
        return "stage"
    if "attention" in inside:
        return "attention_block"
    if "residual" in inside:
        is_inverted = "depthwise_conv" in inside[1:] and inside[1] != "depthwise_conv"
        return "inverted_residual" if is_inverted else "residual_block"
    merge = next((piece for piece in entries if piece.kind in MERGES), None)
    if merge and merge.kind == "concat":
        return "dense_layer" if [] in merge.branches else "inception"
    kinds = [kind for kind in dict.fromkeys(piece.kind for piece in entries) if not _is_follower(kind)]
    plain = [kind for kind in kinds if kind not in MERGES]
    if "depthwise_conv" in plain:
        return "mbconv" if plain[0] == "conv" else "separable"
    if merge and merge.kind == "multiply" and not plain:
        return "gate"
    return "_".join(kinds[:3]) if len(kinds) > 1 else f"{(kinds or inside)[0]}_block"


def _is_follower(kind: str) -> bool:
    return kind in KINDS and (layer_class(kind).is_norm or layer_class(kind).is_activation)
