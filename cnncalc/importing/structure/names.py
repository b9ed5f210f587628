"""What entries are called: as the file calls them, where that is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnncalc.importing.flat import as_name
from cnncalc.importing.structure.modules import GUESSED, Path, stage_of
from cnncalc.importing.structure.pieces import Piece
from cnncalc.layers import KINDS

MAX_OWN_NAME = 40
"""A longer name in the file is not taken over."""


def name_of(piece: Piece) -> str:
    """What an entry is called that another one names."""
    origin = as_name(piece.layers[0].origin) if piece.layers else ""
    return origin if 0 < len(origin) <= MAX_OWN_NAME else f"{piece.kind}_out"


def free_name(name: str, taken: set[str]) -> str:
    """A name that no other entry has, nor one without a name, which is numbered: `conv1`."""
    stem = name.rstrip("0123456789")
    if stem == name or stem not in KINDS:
        stem, found = name, name
    else:
        found = f"{stem}_{name[len(stem) :]}"
    number = 1
    while found in taken:
        number += 1
        found = f"{stem}_{number}"
    taken.add(found)
    return found


def name_stages(top: Sequence[Piece], taken: set[str]) -> None:
    """Gives calls and copies the names of the modules that they are the whole of: `layer1`."""
    stages = [_stage(piece) for piece in top]
    around = Counter(piece.path[:depth] for piece in top for depth in range(1, len(piece.path) + 1))
    for piece, stage in zip(top, stages, strict=True):
        if stage and not piece.name and around[stage] == 1 and (name := _stage_name(stage)):
            piece.name = free_name(name, taken)


def _stage(piece: Piece) -> Path:
    """The modules of which a call or copies may be the whole."""
    if not piece.inside:
        return ()
    path = piece.path if "repeat" in piece.settings else stage_of(piece.path)
    while path and path[-1][1].startswith(GUESSED) and "repeat" not in piece.settings:
        path = path[:-1]
    return path


def _stage_name(stage: Path) -> str:
    """`layer1`; of a module that is only numbered, `features_1`."""
    names = [name for name, _ in stage]
    own = names[-1]
    if own.isdecimal():
        own = "_".join(names[-2:])
    name = as_name(own.rpartition("/")[2])
    return name if len(name) <= MAX_OWN_NAME and not name.isdecimal() else ""
