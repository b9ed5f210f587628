"""A model file that comes through a pipe or from a Git revision."""

from __future__ import annotations

import os
from typing import TextIO

_names: dict[str, str] = {}
"""What findings call these files, by path."""


def name_of_kept(path: str) -> str:
    """What findings call a file that is kept here; "" of any other file."""
    return _names.get(path, "")


def kept(name: str, beginning: bytes, rest: TextIO | None = None) -> str:
    """The path of a file with these bytes and all that is left in a stream; it is gone when the command ends.

    It is in a folder of its own: beside it, nothing can be taken for data of the model.
    """
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="cnncalc-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, "model")
    _names[path] = name
    with open(path, "wb") as file:
        file.write(beginning)
        if rest is not None:
            shutil.copyfileobj(rest.buffer, file, 1 << 20)
    return path
