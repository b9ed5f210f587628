"""The classes of a model: which instances of a text are one class, and what each class is called."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.classes.blueprint import Blueprint
from cnncalc.exporting.code.classes.generalising import Generalising
from cnncalc.exporting.code.classes.instances import (
    inner_first,
    is_inline,
    origin_of,
    outline_of,
    sections_in,
    title_of,
)
from cnncalc.exporting.code.expressions import Expression
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.exporting.code.identifiers import Identifiers
from cnncalc.exporting.code.parts import Leaf, Section, Series
from cnncalc.exporting.code.values.values import Different


class Classes:
    """The classes of a model.

    Attributes:
        blueprints: in the order of need; the model itself is the last one.
        of_section: the class of each part.
    """

    def __init__(
        self,
        model: Section,
        name: str,
        framework: CodeFramework,
        reserved: Iterable[str] = (),
        defaults: Mapping[str, Mapping[str, Any]] = {},
    ) -> None:
        self.framework = framework
        self.defaults = defaults
        self.by_name: dict[str, Blueprint] = {}
        self.blueprints: list[Blueprint] = []
        self.of_section: dict[int, Blueprint] = {}
        self._names = Identifiers([*framework.reserved, *reserved])
        name = framework.name_of(name)
        self._names.taken.add(name)
        self._by_key: dict[Hashable, list[Section]] = {}
        self.said_outside: set[int] = set()
        """The parts around which it is said that all in them is frozen."""
        self._collect(model)
        for section in inner_first(model):
            key = origin_of(section)
            if key in self._by_key:
                self._classify(self._by_key.pop(key))
        self.model = self._generalised(name, [model])
        self.blueprints.append(self.model)

    def _collect(self, section: Section) -> None:
        is_said = id(section) in self.said_outside
        for item in section.items:
            inside = item.copies if isinstance(item, Series) else [item]
            if is_said or (not isinstance(item, Leaf) and item.is_frozen):
                self.said_outside |= set(map(id, inside))
        for inner in sections_in(section):
            self._by_key.setdefault(origin_of(inner), []).append(inner)
            self._collect(inner)

    def _classify(self, sections: list[Section]) -> None:
        """Makes classes for the instances of one text: one if possible."""
        for section in sections:
            for inner in sections_in(section):
                key = origin_of(inner)
                if key in self._by_key:
                    self._classify(self._by_key.pop(key))
        title = title_of(sections[0])
        name = self.framework.name_of(title)
        pending = list(sections)
        while pending:
            taken, left = self._one_class(pending)
            own = self._new_name(title, name)
            blueprint = self.by_name[own] = self._generalised(own, taken)
            self.blueprints.append(blueprint)
            for section in taken:
                self.of_section[id(section)] = blueprint
            pending = left

    @property
    def taken(self) -> frozenset[str]:
        """The names that mean something outside classes."""
        return frozenset(self._names.taken)

    def _new_name(self, title: str, name: str) -> str:
        """A name for a class: with a number after others of this name, and `Block` where it means something else."""
        if name in self._names.taken and name not in self.by_name:
            name = self.framework.name_of(title, "block")
        number, found = 2, name
        while found in self._names.taken:
            found = f"{name}{number}"
            number += 1
        self._names.taken.add(found)
        return found

    def _one_class(self, sections: list[Section]) -> tuple[list[Section], list[Section]]:
        """As many as possible that can be one class, and the others."""
        if self._is_one(sections):
            return sections, []
        outlines: dict[Hashable, list[Section]] = {}
        for section in sections:
            outlines.setdefault(outline_of(section), []).append(section)
        first, *others = outlines.values()
        groups = others if self._is_one(first) else [*([each] for each in first[1:]), *others]
        taken, left = first if self._is_one(first) else first[:1], []
        for group in groups:
            if self._is_one([*taken, *group]):
                taken = [*taken, *group]
            else:
                left += group
        return taken, left

    def _is_one(self, sections: Sequence[Section]) -> bool:
        """Whether instances can be one class."""
        try:
            self._generalised("", sections)
        except Different:
            return False
        return True

    def _generalised(self, name: str, sections: Sequence[Section]) -> Blueprint:
        """The class of these instances.

        Raises:
            Different: they cannot be one.
        """
        return Generalising(self, name, sections).blueprint

    def make(self, section: Section) -> Expression:
        """What makes a part: a call of its class, or its layers one after the other."""
        if is_inline(section):
            return self.framework.one_after_other([leaf.make for leaf in section.leaves() if leaf.make])
        return self.of_section[id(section)].call(section)
