"""Modules that are only loaded for a model that has what they read.

There is a module for each family of operators, and a network has few of these: to load all would take longer than to
read the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Families(Generic[_T]):
    """What is made of each operator: by its name, in modules that are loaded one after the other until one knows it."""

    def __init__(self, package: str, modules: Sequence[str]) -> None:
        """
        Args:
            package: that the modules are in; each has a table `TRANSLATIONS`.
            modules: the most usual ones first.
        """
        self._package = package
        self._left = [*modules]
        self._known: dict[str, _T] = {}

    def get(self, name: str) -> _T | None:
        """What is made of an operator; None if no module knows it."""
        while name not in self._known and self._left:
            self._known |= import_module(f"{self._package}.{self._left.pop(0)}").TRANSLATIONS
        return self._known.get(name)


def needed_for(names: set[str], parts: Mapping[str, str]) -> list[str]:
    """Those of some parts that a graph needs, in order.

    Args:
        names: of its operations.
        parts: by name, with the operations of which a graph has at least one if it needs the part.
    """
    return [part for part, wanted in parts.items() if not names.isdisjoint(wanted.split())]
