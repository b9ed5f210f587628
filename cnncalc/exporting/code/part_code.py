"""The code of one part, in any framework: what its variables are called, and which layers belong together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.classes.blueprint import Blueprint, Member, Ref
from cnncalc.exporting.code.classes.classes import Classes
from cnncalc.exporting.code.classes.instances import plain_name
from cnncalc.exporting.code.expressions import Bracketed, Expression, Identifier, literal, text
from cnncalc.exporting.code.identifiers import Identifiers, identifier
from cnncalc.exporting.code.layout import on_lines
from cnncalc.exporting.code.parts import Section
from cnncalc.exporting.code.statements.actions import WIDTH, Action
from cnncalc.exporting.code.values.values import ANYTHING, ClassParameter
from cnncalc.graph import Entry, Node


class PartCode:
    """A class or function.

    Attributes:
        entries: the entries of the model.
    """

    type_of_symbols = ""
    """What parameters are that are called."""

    def __init__(self, classes: Classes, blueprint: Blueprint, entries: Sequence[Entry]) -> None:
        self.classes = classes
        self.blueprint = blueprint
        self.entries = entries
        self.is_model = blueprint is classes.model
        self._known_outer: dict[int, dict[Entry, Entry]] = {}

    # -- names

    def _inputs(self, taken: Collection[str]) -> dict[Ref, str]:
        """What enters, by the names of the variables."""
        names = Identifiers(taken)
        reads = self.blueprint.instances[0].reads
        found = {}
        for place, node in enumerate(reads):
            plain = self._called(place, node) if place or (len(reads) > 1 and self.is_model) else "x"
            found[Ref(("", place))] = names.new(plain)
        return found

    def _called(self, place: int, node: Node) -> str:
        """What a further tensor that enters is called: as the argument that names it, or as what it comes from."""
        instances = self.blueprint.instances
        for name, value in instances[0].arguments.items():
            if isinstance(value, str) and all(
                f"{each.reads[place].name}.".startswith(f"{each.arguments.get(name)}.") for each in instances
            ):
                return name
        return next(part for part in reversed(node.name.split(".")) if not part.isdigit())

    # -- what is calculated

    @staticmethod
    def _grouped(rows: Sequence[Member]) -> Iterator[list[Member]]:
        """Rows that are there on the same condition together, all others alone."""
        group: list[Member] = []
        for row in rows:
            if group and (row.condition is None or row.condition != group[0].condition):
                yield group
                group = []
            group.append(row)
        if group:
            yield group

    def _action(self, row: Member, apply: Expression, condition: Expression | None) -> Action:
        name, entry = self._variable(row), row.item.entry
        is_light = row.make is None and not row.shares and len(row.reads) == 1
        return Action(apply, row.reads, row.gives, entry, self._outer(row), name, is_light, condition, row.passes)

    def _variable(self, row: Member) -> str:
        """What a value is called that is read far away."""
        parts = plain_name(row.item, self.blueprint.instances).split(".")
        return identifier("_".join(parts[-2:]))

    def _outer(self, row: Member) -> Entry | None:
        """The outermost entry that an item belongs to, inside this part."""
        number = next(i for i, item in enumerate(row.items) if item is not None)
        section, entry = self.blueprint.instances[number], row.item.entry
        return self._outermost(section).get(entry, entry) if entry else None

    def _outermost(self, section: Section) -> Mapping[Entry, Entry]:
        if id(section) not in self._known_outer:
            entries = section.entry.children if section.entry else self.entries
            self._known_outer[id(section)] = {each: top for top in entries for each in top.walk()}
        return self._known_outer[id(section)]

    # -- text

    def declared(self, variable: ClassParameter) -> str:
        """A parameter as it stands in a signature."""
        default = "" if variable.default is ANYTHING else f" = {_written(variable.default)}"
        return f"{variable.name}: {self._type(variable)}{default}"

    def _type(self, variable: ClassParameter) -> str:
        kinds = {self._type_of(value) for value in variable.values if value is not ANYTHING}
        if kinds == {"int", "float"}:
            return "float"
        return " | ".join(sorted(kinds - {"None"})) + " | None" * ("None" in kinds)

    def _type_of(self, value: Any) -> str:
        if isinstance(value, Identifier):
            return self.type_of_symbols
        if isinstance(value, tuple):
            return f"tuple[{', '.join(map(self._type_of, value))}]"
        return "None" if value is None else type(value).__name__


def _written(value: Any) -> str:
    return value.text if isinstance(value, Identifier) else literal(value)


def several(one: str, count: int) -> str:
    """The type of what returns this many values."""
    if count == 1:
        return one
    return f"tuple[{one}, ...]" if count > 4 else f"tuple[{', '.join([one] * count)}]"


def signature(name: str, parameters: Sequence[str], gives: str, indent: int) -> Iterator[str]:
    """The first line of a function, or several if it is long."""
    before = " " * indent
    line = f"{before}def {name}({', '.join(parameters)}) -> {gives}:"
    if len(line) <= WIDTH:
        yield line
        return
    inner = f"{before}    {', '.join(parameters)}"
    yield f"{before}def {name}("
    if len(inner) <= WIDTH:
        yield inner
    else:
        yield from (f"{before}    {each}," for each in parameters)
    yield f"{before}) -> {gives}:"


def returned(values: Sequence[Expression], indent: int) -> list[str]:
    """The lines that give these values back; several as a row."""
    line = f"{' ' * indent}return {', '.join(map(text, values))}"
    return [line] if len(line) <= WIDTH else on_lines("return ", Bracketed("()", tuple(values)), "", indent)
