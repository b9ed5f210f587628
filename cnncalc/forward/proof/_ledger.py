"""Memory as an allocator sees it: each array, from when it is made until nothing refers to it any more."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from cnncalc.forward.engines.strided_views import Array


class Ledger:
    """The bytes of the arrays that are alive.

    No rule about who needs which array is involved: an array counts until Python has freed its memory.

    Attributes:
        held: how many bytes are alive.
    """

    def __init__(self) -> None:
        self.held = 0
        self._watched: dict[int, weakref.ref[Any]] = {}
        self._number = 0

    def made(self, array: Array) -> None:
        """Records a new array."""
        owner: Any = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        self._number += 1
        number, size = self._number, array.nbytes

        def gone(_: object) -> None:
            self.held -= size
            del self._watched[number]

        self.held += size
        self._watched[number] = weakref.ref(owner, gone)
