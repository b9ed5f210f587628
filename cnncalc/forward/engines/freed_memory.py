"""Keeps freed memory in the process, for the next array."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""The most that glibc accepts. Source: its manual, Malloc Tunable Parameters."""


@cache
def keep_freed_memory() -> None:
    """Asks the C library not to give freed memory back to the system.

    A layer's output is filled once and read once or twice. In fresh memory from the system, which has to be found and
    zeroed page by page, this took up to 1.7 times as long. Only glibc supports this; elsewhere nothing happens.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
