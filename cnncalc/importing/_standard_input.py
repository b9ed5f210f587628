"""A model file that comes through a pipe."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile


def kept(beginning: bytes) -> str:
    """The path of a file with these bytes and all that is left on standard input; it is gone when the command ends."""
    with tempfile.NamedTemporaryFile(prefix="cnncalc-", delete=False) as file:
        atexit.register(os.unlink, file.name)
        file.write(beginning)
        if sys.stdin is not None:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    return file.name
