"""A class of PyTorch that has the attributes of the original, so that its state has the original's names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from keyword import iskeyword

from cnncalc.exporting.code.classes.blueprint import PLAIN, Member
from cnncalc.exporting.code.classes.instances import attribute_of
from cnncalc.exporting.code.expressions import (
    Bracketed,
    Call,
    Expression,
    Identifier,
    Keyword,
    Literal,
    mapping,
    quoted_text,
    substituted,
    text,
)
from cnncalc.exporting.code.identifiers import identifier
from cnncalc.exporting.code.layout import assignment, on_lines
from cnncalc.exporting.code.parts import MODULE
from cnncalc.exporting.code.statements.actions import Action
from cnncalc.exporting.torch.classes import OF_MODULES, TorchClass, is_bare, is_optional_chain, make_of
from cnncalc.named_tuple import NamedTuple

_MOST_MISSING = 16
"""The most places of a list that are filled with modules that do nothing."""
_OF_DICTS = frozenset({"clear", "items", "keys", "update", "values"})
"""What a `nn.ModuleDict` has besides the attributes of modules."""


class Holder:
    """A container of modules.

    Attributes:
        path: the attributes that lead to it.
        inside: the containers and the rows in it, by name; a row that is applied several times has several.
        is_chain: whether it does what is in it, one after the other.
    """

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.inside: dict[str, Holder | list[Member]] = {}
        self.is_chain = False

    def rows(self) -> Iterator[Member]:
        """All that is in it."""
        for each in self.inside.values():
            yield from each.rows() if isinstance(each, Holder) else each

    def holders(self) -> Iterator[Holder]:
        """It and all containers in it."""
        yield self
        for each in self.inside.values():
            if isinstance(each, Holder):
                yield from each.holders()

    @property
    def is_list(self) -> bool:
        """Whether what is in it has numbers."""
        numbers = [int(name) if name.isdecimal() and str(int(name)) == name else -1 for name in self.inside] or [-1]
        return min(numbers) >= 0 and max(numbers) < len(numbers) + _MOST_MISSING


class AppliedTogether(NamedTuple):
    """What is applied at once: a row, or a chain of them in a container.

    Attributes:
        rows: those.
        holder: the container; None for a row.
    """

    rows: tuple[Member, ...]
    holder: Holder | None = None


class TorchModule(TorchClass):
    """One class.

    Attributes:
        root: all that has a known attribute.
    """

    def _taken_names(self) -> Collection[str]:
        self.root = self._held()
        return OF_MODULES | self.root.inside.keys()

    # -- what is in what

    def _attribute(self, row: Member) -> str:
        return attribute_of(row.item, self.blueprint.instances)

    def _held(self) -> Holder:
        """The containers, without what need not be in them."""
        dropped: set[int] = set()
        while True:
            root = Holder(())
            found = [row for row in self.blueprint.rows if id(row) not in dropped and not self._put(row, root)]
            self._find_chains(root)
            for holder in root.holders():
                if holder is not root and not holder.is_chain:
                    found += self._not_in(holder)
            if not found:
                return root
            dropped |= set(map(id, found))

    def _put(self, row: Member, root: Holder) -> bool:
        """Puts a row into its container; whether there is room."""
        path = self._attribute(row).split(".")
        if row.make is None or path == [""]:
            return True
        holder = root
        for depth, name in enumerate(path[:-1]):
            inner = holder.inside.setdefault(name, Holder(tuple(path[: depth + 1])))
            if not isinstance(inner, Holder):
                return False
            holder = inner
        rows = holder.inside.setdefault(path[-1], [])
        if isinstance(rows, Holder) or (rows and text(make_of(rows[0])) != text(make_of(row))):
            return False
        rows.append(row)
        return True

    def _not_in(self, holder: Holder) -> list[Member]:
        """What a container that is no chain need not have in it, or cannot have."""
        rows = [row for each in holder.inside.values() if isinstance(each, list) for row in each]
        parameters = [row for row in rows if is_parameter(row)]
        others = [row for row in rows if not is_parameter(row)]
        unfit = [name for name in holder.inside if not name or name in OF_MODULES | _OF_DICTS]
        found = [row for row in others if is_bare(row)]
        found += parameters if len(parameters) < len(holder.inside) else []
        return found + [row for name in unfit for row in _rows(holder.inside[name])] * (not holder.is_list)

    def _find_chains(self, holder: Holder) -> None:
        order = {id(row): place for place, row in enumerate(self.blueprint.rows)}
        readers: dict[object, int] = {}
        for row in self.blueprint.rows:
            for ref in row.reads:
                readers[ref] = readers.get(ref, 0) + 1
        for ref in self.blueprint.results:
            readers[ref] = readers.get(ref, 0) + 1
        for each in holder.holders():
            rows = [*each.rows()]
            each.is_chain = (
                bool(rows)
                and all(isinstance(inner, Holder) or len(inner) == 1 for inner in each.inside.values())
                and all(row.apply == PLAIN and len(row.gives) == 1 and not row.shares for row in rows)
                and [order[id(row)] for row in rows] == [*range(order[id(rows[0])], order[id(rows[0])] + len(rows))]
                and all(b.reads == a.gives and readers[a.gives[0]] == 1 for a, b in pairwise(rows))
                and len({row.condition for row in rows}) == 1
                and not any(any(row.turned) for row in rows[1:])
                and (_is_ascending(each.inside) if each.is_list else not any(map(_is_reserved, each.inside)))
            )

    def _is_sequence(self) -> bool:
        root = self._held()
        rows = self.blueprint.rows
        return (
            self._is_chain(rows)
            and root.is_chain
            and [*root.rows()] == [*rows]
            and (root.is_list or not all(map(_is_plain, root.inside)))
        )

    def _units(self, rows: Sequence[Member]) -> Iterator[AppliedTogether]:
        """What is applied at once, in order."""
        chains = [each for each in self.root.holders() if each.is_chain and each.path]
        outermost: dict[int, Holder] = {}
        for holder in chains:
            for row in holder.rows():
                outermost.setdefault(id(row), holder)
        for row in rows:
            chain = outermost.get(id(row))
            inside = (*chain.rows(),) if chain is not None else (row,)
            if row is inside[0]:
                yield AppliedTogether(inside, chain)

    # -- names

    def _name(self, row: Member, group: Sequence[Member]) -> None:  # noqa: ARG002
        if not self.attributes:
            self.attributes |= {row.slot: self._attribute(row) for row in self.root.rows()}
        if row.make is None or row.slot in self.attributes:
            return
        written = text(row.make) if isinstance(row.make, Call) and is_bare(row) else ""
        if not written or written not in self._of_text:
            name = self._names.new(self._wanted(row) if not is_bare(row) else self._attribute_end(row))
            self.attributes[row.slot] = name
            if written:
                self._of_text[written] = name
        else:
            self.attributes[row.slot] = self._of_text[written]

    def _attribute_end(self, row: Member) -> str:
        """What a module without anything of its own is called where it is not in its container."""
        name = self._attribute(row).rpartition(".")[2]
        assert row.item.entry
        return name if _is_plain(name) else row.item.entry.kind

    def _own_path(self, row: Member, place: int) -> str:  # noqa: ARG002
        return self.attributes[row.slot]

    @property
    def _numbered(self) -> Holder | None:
        """The modules that have numbers in it itself, if it is a list of them."""
        found = Holder(())
        found.inside = {name: each for name, each in self.root.inside.items() if name.isdecimal()}
        return found if found.inside and found.is_list else None

    def _access(self, path: str, is_parameter: bool = False) -> Expression:
        """What a module or parameter is in `forward`."""
        first, *others = path.split(".")
        numbered = self._numbered if first.isdecimal() else None
        if numbered and not others:
            return Identifier(f"self[{first}]")
        if not _is_plain(first) or len(others) > 1 or numbered:
            function = "self.get_parameter" if is_parameter else "self.get_submodule"
            return Identifier(f"{function}({quoted_text(path)})")
        holder = self.root.inside.get(first)
        index = ""
        if others and isinstance(holder, Holder):
            index = f"[{others[0] if holder.is_list else quoted_text(others[0])}]"
        return Identifier(f"self.{first}{index}")

    # -- the text

    def _base(self) -> str:
        return super()._base() if self.is_sequence or not self._numbered else "nn.ModuleList"

    def _begun(self) -> Expression:
        made = _made_holder(self._numbered).values if self._numbered else ()
        return Call(Identifier("super().__init__"), made)

    def _sequence(self) -> Expression:
        made = _made_holder(self.root)
        return Call(Identifier("super().__init__"), made.values)

    def _members(self) -> Iterator[str]:
        written: set[str] = set()
        for group in self._groups:
            is_optional = self._is_optional(group)
            condition = group[0].condition
            indent = 8 if condition is None else 12
            lines: list[str] = []
            for row in group:
                first = self.attributes.get(row.slot, "").partition(".")[0]
                if row.make is None or first in written:
                    continue
                written.add(first)
                if first.isdecimal() and self._numbered:
                    continue
                inside = self.root.inside.get(first)
                if is_optional:
                    yield from assignment(f"self.{first}: nn.Module", _IDENTITY, 8)
                lines += _assigned(first, _made_inside(inside or [row]), indent)
            frozen = {self.attributes[row.slot]: None for row in group if row.is_frozen and row.slot in self.attributes}
            for path in frozen:
                lines.append(f"{' ' * indent}{_in_state(path)}.requires_grad_(False)")
            if lines and condition is not None:
                yield f"        if {text(condition)}:"
            yield from lines

    def _is_optional(self, group: Sequence[Member]) -> bool:
        """Whether a module may be missing, in the place of which something else does nothing."""
        held = {id(row) for row in self.root.rows()}
        if group[0].condition is None or not all(id(row) in held for row in group):
            return False
        firsts = {self._attribute(row).partition(".")[0] for row in group}
        one = len(firsts) == 1 and len([*self._units(group)]) == 1
        return one and is_optional_chain(group) and _is_plain(firsts.pop())

    def _actions(self, group: Sequence[Member]) -> Iterator[Action]:
        condition = group[0].condition
        if self._is_optional(group):
            condition = None
        elif condition is not None:
            condition = self._kept(condition, group)
        for unit in self._units(group):
            action = self._unit_action(unit, condition)
            yield from self._with_turned(unit.rows[0], action, group)

    def _unit_action(self, unit: AppliedTogether, condition: Expression | None) -> Action:
        row = unit.rows[0]
        if unit.holder:
            names = {MODULE: self._access(".".join(unit.holder.path))}
            last = self._action(unit.rows[-1], substituted(PLAIN, names), condition)
            name = identifier("_".join(unit.holder.path[-2:]))
            return last._replace(name=name, passes=0, is_light=False)
        names = (
            {MODULE: self._access(self.attributes[row.slot], is_parameter(row))} if row.slot in self.attributes else {}
        )
        for variable, kept in self._kept_names.items():
            names[variable] = Identifier(f"self.{kept}")
            self._keep(row, variable, kept)
        return self._action(row, substituted(row.apply, names), condition)


_IDENTITY = Call(Identifier("nn.Identity"))


def is_parameter(row: Member) -> bool:
    """Whether it is a parameter, and not a module."""
    return isinstance(row.make, Call) and row.make.function == Identifier("nn.Parameter")


def _rows(inside: Holder | list[Member]) -> Iterator[Member]:
    yield from inside.rows() if isinstance(inside, Holder) else inside


def _made_inside(inside: Holder | Sequence[Member]) -> Expression:
    return _made_holder(inside) if isinstance(inside, Holder) else make_of(inside[0])


def _made_holder(holder: Holder) -> Call:
    """What makes a container and all that is in it."""
    makes = {name: _made_inside(each) for name, each in holder.inside.items()}
    name = "nn.Sequential" if holder.is_chain else "nn.ModuleList"
    if holder.is_list:
        filled = [makes.get(str(number), _IDENTITY) for number in range(max(map(int, makes)) + 1)]
        values = tuple(filled) if holder.is_chain else (Bracketed("[]", tuple(filled)),)
        return Call(Identifier(name), values)
    if holder.is_chain:
        return Call(Identifier(name), (_in_order(makes),))
    rows = [*holder.rows()]
    name = "nn.ParameterDict" if all(map(is_parameter, rows)) else "nn.ModuleDict"
    return Call(Identifier(name), (mapping(makes),))


def _in_order(makes: Mapping[str, Expression]) -> Expression:
    """What makes an `OrderedDict` of modules."""
    if all(map(_is_plain, makes)):
        return Call(Identifier("OrderedDict"), (), tuple(Keyword(name, each) for name, each in makes.items()))
    pairs = (Bracketed("()", (Literal(name), each)) for name, each in makes.items())
    return Call(Identifier("OrderedDict"), (Bracketed("[]", tuple(pairs)),))


def _assigned(name: str, value: Expression, indent: int) -> list[str]:
    """The lines that make something an attribute, whatever it is called."""
    if _is_plain(name):
        return assignment(f"self.{name}", value, indent)
    is_parameter = isinstance(value, Call) and value.function == Identifier("nn.Parameter")
    function = "self.register_parameter" if is_parameter else "self.add_module"
    return on_lines("", Call(Identifier(function), (Literal(name), value)), "", indent)


def _in_state(path: str) -> str:
    return f"self.get_submodule({quoted_text(path)})"


def _is_plain(name: str) -> bool:
    """Whether it can be written as an attribute."""
    return name.isidentifier() and name.isascii() and not name.startswith("__") and not iskeyword(name)


def _is_ascending(names: Collection[str]) -> bool:
    return [*names] == sorted(names, key=int)


def _is_reserved(name: str) -> bool:
    """Whether it means something else in a module."""
    return not name or name in OF_MODULES
