"""Files that are replaced in one step: whoever opens one finds what was there before, or all that is new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO


@contextmanager
def replaced_file(target: str) -> Iterator[IO[bytes]]:
    """A file next to its place, to be written to; in its place once the block succeeds. A mode stays the same."""
    from secrets import token_hex

    temporary = os.path.join(os.path.dirname(target), f".cnncalc-{token_hex(8)}")
    try:
        with open(temporary, "x+b", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            yield file
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:  # even an interrupt leaves nothing behind
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _mode(target: str) -> int:
    """The mode of a file, or the one that a new file would get."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
