"""Lists in which each item is once: most layers of a long model are alike."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class Distinct(Generic[Item]):
    """A list that has each item once."""

    def __init__(self) -> None:
        self._places: dict[Item, int] = {}

    def id(self, item: Item) -> int:
        """Where an item is in the list."""
        return self._places.setdefault(item, len(self._places))

    def all(self) -> list[Item]:
        """The list."""
        return list(self._places)
