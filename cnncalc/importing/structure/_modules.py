"""The modules that layers are in, by their names and classes, as far as a file says or names suggest."""

from __future__ import annotations

import re

from cnncalc.importing.draft import DraftLayer

Path = tuple[tuple[str, str], ...]
CONTAINERS = frozenset({"", "Sequential", "ModuleList", "ModuleDict", "Module"})
"""Classes of modules that say nothing about what is in them."""
GUESSED = "#"
"""What the class of a module begins with that is guessed from its name: `#block_#` for `block_7`."""


def modules_of(layer: DraftLayer) -> Path:
    """The modules that a layer is in, outermost first.

    Where the file does not say of what class they are, those of the same name but for numbers count as one class.
    """
    path = layer.path or _from_name(layer.origin)
    names = [name for name, _ in path]
    return tuple(
        [(name, kind or _guessed("/".join(names[: depth + 1]), name)) for depth, (name, kind) in enumerate(path)]
    )


def _guessed(whole: str, name: str) -> str:
    return GUESSED + re.sub(r"[0-9]+[a-z]?(?![a-z0-9])", "#", whole) if re.search("[0-9]", name) else ""


def _from_name(origin: str) -> Path:
    """The parts of a name up to each number in it, except the last: `conv2_block1_1_conv` is in `conv2_block1_1`."""
    ends = [found.end() for found in re.finditer(r"[0-9][A-Za-z0-9]*(?=[_./])", origin)]
    return tuple([(origin[:end], "") for end in ends])


def common_path(one: Path, other: Path) -> Path:
    """The modules that both are in."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return one[:same]


def stage_of(path: Path) -> Path:
    """The modules around the innermost one that is more than a container; none if all are containers."""
    for place in reversed(range(len(path))):
        if path[place][1] not in CONTAINERS:
            return path[:place]
    return ()
