"""What entries are called: as the file calls them, where that is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from cnncalc.importing.flat import as_name
from cnncalc.importing.structure._modules import CONTAINERS, GUESSED, Path
from cnncalc.importing.structure._pieces import Piece
from cnncalc.layers import KINDS

MAX_OWN_NAME = 40
"""A longer name in the file is not taken over."""


def name_of(piece: Piece) -> str:
    """What an entry is called that another one names."""
    origin = as_name(piece.layers[0].origin) if piece.layers else ""
    return origin if 0 < len(origin) <= MAX_OWN_NAME else f"{piece.kind}_out"


def free_name(name: str, taken: set[str], blocks: Collection[str]) -> str:
    """A name that no other entry has, nor one without a name, which is numbered: `conv1`."""
    stem = name.rstrip("0123456789")
    if stem == name or not (stem in KINDS or stem in blocks or stem == "residual"):
        stem, found = name, name
    else:
        found = f"{stem}_{name[len(stem) :]}"
    number = 1
    while found in taken:
        number += 1
        found = f"{stem}_{number}"
    taken.add(found)
    return found


def name_stages(top: Sequence[Piece], taken: set[str], blocks: Collection[str]) -> None:
    """Gives calls and copies the names of the modules that they are the whole of: `layer1`; none that several would
    have, such as `blocks`."""
    around = Counter(module for piece in top for module in _modules(piece))
    names = {}
    for piece in top:
        whole = (module for module in _modules(piece) if around[module] == 1) if piece.inside else ()
        names[piece] = next(filter(None, map(_stage_name, whole)), "")
    times = Counter(names.values())
    for piece, name in names.items():
        if name and times[name] == 1 and not piece.name:
            piece.name = free_name(name, taken, blocks)


def _modules(piece: Piece) -> Iterator[Path]:
    """The modules around a call or copies, and the one that they are, outermost first; no guesses but of copies."""
    path = piece.path
    is_run = "repeat" in piece.settings
    for depth in range(1, len(path) + 1):
        if is_run or not path[depth - 1][1].startswith(GUESSED):
            yield path[:depth]


def _stage_name(stage: Path) -> str:
    """`layer1`; of a module that is only numbered, `features_1`."""
    names = [name for name, _ in stage]
    own, kind = stage[-1]
    if own.isdecimal() and kind not in CONTAINERS:
        return ""  # a block that is one of many
    if own.isdecimal():
        own = "_".join(names[-2:])
    name = as_name(own.rpartition("/")[2])
    return name if len(name) <= MAX_OWN_NAME and not name.isdecimal() else ""
