"""Draws that are the same on every machine and in every Python: whole numbers from SHA-256 of a counter."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


class Draw:
    """A stream of whole numbers determined by the key. (`random` does not promise this across versions.)"""

    def __init__(self, *key: int | str) -> None:
        self._key = "/".join(map(str, key))
        self._count = 0

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, `bound`; each as likely as the others."""
        limit = 2**64 - 2**64 % bound
        while True:
            digest = hashlib.sha256(f"{self._key}/{self._count}".encode()).digest()
            self._count += 1
            number = int.from_bytes(digest[:8], "big")
            if number < limit:
                return number % bound

    def pick(self, options: Sequence[Option]) -> Option:
        """One of the options; one that is listed twice is twice as likely."""
        return options[self.below(len(options))]
