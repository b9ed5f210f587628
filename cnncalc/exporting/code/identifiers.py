"""Names in Python for what has names in a spec."""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable
from keyword import iskeyword

BUILTINS = frozenset(dir(builtins)) | {"self"}
"""What a variable, parameter or class may not be called, as the code around it may mean another thing."""


class Identifiers:
    """Names that are all different.

    Attributes:
        taken: those that nothing else may have.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*taken}

    def new(self, name: str) -> str:
        """A legal name like this one: an underscore follows if it has a meaning already, or a number."""
        wanted = identifier(name)
        found = wanted
        if found in self.taken and not wanted[-1].isdigit():
            found = f"{wanted}_"
        number = 2
        while found in self.taken:
            found = f"{wanted}_{number}" if wanted[-1].isdigit() else f"{wanted}{number}"
            number += 1
        self.taken.add(found)
        return found


def identifier(name: str) -> str:
    """A name with letters, digits and underscores alone, which is no word of Python's."""
    found = re.sub(r"\W|[^\x00-\x7f]", "_", name)
    found = re.sub(r"__+", "_", found).strip("_") or "layer"
    if found[0].isdigit():
        found = f"layer_{found}"
    return f"{found}_" if iskeyword(found) else found


def class_like(name: str, taken: Collection[str] = ()) -> str:
    """The name of a class: `mobilenet-v3` is `MobilenetV3`."""
    words = [word for word in re.split(r"[\W_]+|[^\x00-\x7f]+", name) if word]
    found = "".join(word[:1].upper() + word[1:] for word in words) or "Model"
    if found[0].isdigit():
        found = f"Model{found}"
    if iskeyword(found):
        found += "_"
    names = Identifiers(taken)
    return names.new(found)
