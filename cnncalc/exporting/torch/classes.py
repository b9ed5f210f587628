"""A class of PyTorch: its text, and where in it the modules of the layers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cnncalc.exporting.code.classes.blueprint import PLAIN, Blueprint, Copies, Member, Ref, Slot
from cnncalc.exporting.code.classes.classes import Classes
from cnncalc.exporting.code.classes.instances import condition_name, is_inline, plain_name
from cnncalc.exporting.code.expressions import (
    Call,
    Expression,
    Identifier,
    Literal,
    copies,
    list_of,
    operation,
    substituted,
    symbols,
    text,
)
from cnncalc.exporting.code.identifiers import Identifiers, identifier
from cnncalc.exporting.code.layout import assignment, body, docstring, on_lines
from cnncalc.exporting.code.part_code import PartCode, returned, several, signature
from cnncalc.exporting.code.parts import MODULE, Leaf, Section, Series, argument, is_block
from cnncalc.exporting.code.statements.actions import EACH, Action
from cnncalc.exporting.code.statements.body import body_of
from cnncalc.exporting.code.values.values import INDEX
from cnncalc.graph import Entry

OF_MODULES = frozenset({
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
    "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
    "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
    "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad", "append", "extend", "insert", "pop",
})  # fmt: skip
"""What modules have already."""


class TorchClass(PartCode):
    """One class.

    Attributes:
        attributes: what the module of each row is called.
        is_sequence: whether it is a `nn.Sequential`, in which modules have numbers.
    """

    type_of_symbols = "type[nn.Module]"

    def __init__(self, classes: Classes, blueprint: Blueprint, entries: Sequence[Entry]) -> None:
        super().__init__(classes, blueprint, entries)
        self.is_sequence = self._is_sequence()
        self.attributes: dict[Slot, str] = {}
        self._names = Identifiers(self._taken_names())
        self._kept_names = {name: self._names.new(name) for name in self._kept_variables()}
        self._of_text: dict[str, str] = {}
        self._flags: dict[str, Expression] = {}
        self._turned: set[Ref] = set()
        self._groups = [*self._grouped(blueprint.rows)]
        self._shared = Counter(text(row.make) for row in blueprint.rows if isinstance(row.make, Call) and is_bare(row))
        for group in self._groups:
            for row in group:
                self._name(row, group)
        for row in blueprint.rows:
            if row.shares:
                self.attributes[row.slot] = self.attributes[row.shares]

    # -- names

    def _taken_names(self) -> Collection[str]:
        """Names that no other attribute may have."""
        return OF_MODULES

    def _name(self, row: Member, group: Sequence[Member]) -> None:
        if row.make is None or row.slot in self.attributes:
            return
        if self._is_optional(group):
            attribute = self._names.new("shortcut" if self._is_shortcut(group) else self._wanted(group[0]))
            for place, each in enumerate(group):
                self.attributes[each.slot] = attribute if len(group) == 1 else f"{attribute}.{place}"
            return
        written = text(row.make) if isinstance(row.make, Call) and is_bare(row) else ""
        if written and written in self._of_text:
            self.attributes[row.slot] = self._of_text[written]
            return
        self.attributes[row.slot] = self._names.new(self._wanted(row))
        if written:
            self._of_text[written] = self.attributes[row.slot]

    def _is_shortcut(self, group: Sequence[Member]) -> bool:
        """Whether modules without a name are the shortcut of a residual: what it adds to its entries."""
        entry, own = group[0].item.entry, plain_name(group[0].item, self.blueprint.instances)
        is_named = own.rstrip("0123456789") != (entry.kind if entry else "")
        readers = [each for each in self.blueprint.rows if group[-1].gives[0] in each.reads[1:]]
        kinds = {each.item.entry.kind for each in readers if each.item.entry}
        return kinds == {"residual"} and not is_named

    def _wanted(self, row: Member) -> str:
        """What a person would call it."""
        name = identifier(plain_name(row.item, self.blueprint.instances))
        item = row.item
        made = row.make.function if isinstance(row.make, Call) else None
        if isinstance(made, Identifier) and made.text in {each.name for each in self.blueprint.variables}:
            return made.text
        if isinstance(row.make, Call) and is_bare(row) and self._shared[text(row.make)] > 1:
            assert isinstance(item, Leaf)
            return item.node.kind
        if not isinstance(item, Leaf) or not item.role:
            return name
        if item.role == "activation":
            return item.node.kind
        number = name.removeprefix(item.entry.kind)
        return f"norm{number}" if number.isdigit() and f"norm{number}" not in self._names.taken else f"{name}_norm"

    def _kept_variables(self) -> list[str]:
        """The parameters that `forward` needs."""
        used: set[str] = set()
        for row in self.blueprint.rows:
            used |= {*symbols(row.apply)}
        for group in self._grouped(self.blueprint.rows):
            if not self._is_optional(group) and isinstance(group[0].condition, Identifier):
                used.add(group[0].condition.text)
        return [each.name for each in self.blueprint.variables if each.name in used]

    # -- kinds of rows

    def _is_optional(self, group: Sequence[Member]) -> bool:
        """Whether it is a module that may be missing, in the place of which another does nothing."""
        return is_optional_chain(group)

    def _is_sequence(self) -> bool:
        return not self.is_model and self._is_chain(self.blueprint.rows)

    def _is_chain(self, rows: Sequence[Member]) -> bool:
        results = self.blueprint.results
        return (
            bool(rows)
            and all(row.condition is None and row.make is not None and not row.is_frozen for row in rows)
            and self.blueprint.inputs == 1
            and rows[0].reads == (Ref(("", 0)),)
            and not rows[0].turned
            and _follow_one_another(rows)
            and results == rows[-1].gives
            and not self.blueprint.instances[0].turned_results
        )

    # -- where things are

    def places(self, section: Section, prefix: str) -> Iterator[tuple[Leaf, str]]:
        """The layers with modules in an instance, and where these are."""
        number = next(i for i, each in enumerate(self.blueprint.instances) if each is section)
        for place, row in enumerate(self.blueprint.rows):
            item = row.items[number]
            if item is None or row.make is None:
                continue
            own = self._own_path(row, place)
            path = f"{prefix}{own}"
            if isinstance(item, Leaf):
                yield item, path
            else:
                inner = f"{path}." if own else path
                parts = [(item, inner)] if isinstance(item, Section) else []
                if isinstance(item, Series):
                    parts = [(copy, f"{inner}{index}.") for index, copy in enumerate(item.copies)]
                for part, start in parts:
                    if is_inline(part):
                        yield from _places_inline(part, start.rstrip("."))
                        continue
                    yield from self.classes_of[self.classes.of_section[id(part)].name].places(part, start)

    def _own_path(self, row: Member, place: int) -> str:
        """Where the module of a row is in an instance."""
        if not self.is_sequence:
            return self.attributes[row.slot]
        return "" if len(self.blueprint.rows) == 1 and isinstance(row.item, Series) else f"{place}"

    classes_of: Mapping[str, TorchClass] = {}
    """All classes by name."""

    # -- the text

    def lines(self, about: Sequence[str]) -> Iterator[str]:
        """The text of the class."""
        yield f"class {self.blueprint.name}({self._base()}):"
        yield from docstring(about, 4)
        yield ""
        yield from signature("__init__", ["self", *map(self.declared, self.blueprint.variables)], "None", 4)
        if self.is_sequence:
            yield from on_lines("", self._sequence(), "", 8)
            return
        yield from on_lines("", self._begun(), "", 8)
        forward = [*self._forward()]
        yield from self._members()
        for name, value in self._flags.items():
            yield from assignment(f"self.{name}", value, 8)
        yield ""
        yield from forward

    def _base(self) -> str:
        """The class that it is a special one of."""
        return "nn.Sequential" if self.is_sequence else "nn.Module"

    def _begun(self) -> Expression:
        """What makes it a module."""
        return Call(Identifier("super().__init__"))

    def _sequence(self) -> Expression:
        rows = self.blueprint.rows
        if len(rows) == 1 and isinstance(rows[0].make, Copies):
            return Call(Identifier("super().__init__"), tuple(_copies(rows[0].make)))
        return Call(Identifier("super().__init__"), tuple(make_of(row) for row in rows))

    def _members(self) -> Iterator[str]:
        made: set[str] = set()
        conditions: dict[str, set[Any]] = {}
        for row in self.blueprint.rows:
            if row.slot in self.attributes:
                conditions.setdefault(self.attributes[row.slot], set()).add(row.condition)
        for group in self._groups:
            if self._is_optional(group):
                yield from self._optional(group)
                continue
            lines = []
            indent = 8 if group[0].condition is None else 12
            for row in group:
                attribute = self.attributes.get(row.slot, "")
                if row.make is None or attribute in made:
                    continue
                made.add(attribute)
                if len(conditions[attribute]) > 1:
                    yield from assignment(f"self.{attribute}", make_of(row), 8)
                    continue
                lines += assignment(f"self.{attribute}", make_of(row), indent)
                if row.is_frozen:
                    lines.append(f"{' ' * indent}self.{attribute}.requires_grad_(False)")
            if lines and group[0].condition is not None:
                yield f"        if {text(group[0].condition)}:"
            yield from lines

    def _optional(self, group: Sequence[Member]) -> Iterator[str]:
        """A module that may be missing."""
        attribute = self.attributes[group[0].slot].partition(".")[0]
        makes = [make_of(row) for row in group]
        made = makes[0] if len(makes) == 1 else Call(Identifier("nn.Sequential"), tuple(makes))
        yield f"        self.{attribute}: nn.Module = nn.Identity()"
        assert group[0].condition is not None
        yield f"        if {text(group[0].condition)}:"
        yield from assignment(f"self.{attribute}", made, 12)

    def _forward(self) -> Iterator[str]:
        inputs = self._inputs(self.classes.framework.reserved)
        actions = [action for group in self._groups for action in self._actions(group)]
        actions = [*self._turned_early(actions)]
        found = body_of(inputs, actions, self.blueprint.results, self.classes.framework.reserved)
        parameters = ["self", *(f"{name}: Tensor" for name in inputs.values())]
        yield from signature("forward", parameters, several("Tensor", len(found.returned)), 4)
        yield from body(found.statements, 8)
        section = self.blueprint.instances[0]
        pairs = zip(section.gives, map(Identifier, found.returned), strict=True)
        turned = [substituted(section.turned_results.get(node, one), {argument(0): one}) for node, one in pairs]
        yield from returned(turned, 8)

    def _actions(self, group: Sequence[Member]) -> Iterator[Action]:
        if self._is_optional(group):
            attribute = self.attributes[group[0].slot].partition(".")[0]
            made = substituted(PLAIN, {MODULE: Identifier(f"self.{attribute}")})
            action = self._action(group[-1], made, None)._replace(reads=group[0].reads)
            yield from self._with_turned(group[0], action, group)
            return
        condition = group[0].condition
        if condition is not None:
            condition = self._kept(condition, group)
        for row in group:
            names = {MODULE: Identifier(f"self.{self.attributes[row.slot]}")} if row.slot in self.attributes else {}
            for variable, kept in self._kept_names.items():
                names[variable] = Identifier(f"self.{kept}")
                self._keep(row, variable, kept)
            action = self._action(row, substituted(row.apply, names), condition)
            if isinstance(row.item, Series) and len(row.reads) > 1:
                each = self._each(row.item)
                apply = substituted(row.apply, {MODULE: Identifier(EACH)})
                action = action._replace(apply=apply, numbers=names[MODULE], each=each)
            yield from self._with_turned(row, action, group)

    @staticmethod
    def _each(series: Series) -> str:
        """What one of the copies is called in a loop."""
        entry = series.copies[0].entry
        return identifier(entry.kind) if entry and is_block(entry) else "part"

    # -- orders of axes

    def _with_turned(self, row: Member, action: Action, group: Sequence[Member]) -> Iterator[Action]:
        """An action, and what turns the axes of values for it: before it, or as a part of it where it has a condition
        and those of the value that passes otherwise are in order already.
        """
        if action.condition is None or not changes_order(group):
            yield from self._turning(row, action)
            yield action._replace(reads=actual_reads(row))
            return
        own = {argument(place): turned for place, turned in enumerate(row.turned) if turned is not None}
        made = {name: substituted(turned, {argument(0): Identifier(name)}) for name, turned in own.items()}
        yield action._replace(reads=row.reads, apply=substituted(action.apply, made))

    def _turning(self, row: Member, action: Action) -> Iterator[Action]:
        """What turns the axes of values before an action reads them: once for all that read them so."""
        for turned, ref, made in zip(row.turned, row.reads, actual_reads(row), strict=False):
            if turned is not None and made not in self._turned:
                self._turned.add(made)
                source = next((each for each in self.blueprint.rows if ref in each.gives), None)
                name = self._variable(source) if source else "turned"
                yield Action(turned, (ref,), (made,), action.entry, action.outer, name, is_light=True)

    def _turned_early(self, actions: Sequence[Action]) -> Iterator[Action]:
        """The actions in order, but what turns a value at once where that is made, if all that read it read it so."""
        readers: dict[Hashable, list[Action]] = {}
        for action in actions:
            for ref in action.reads:
                readers.setdefault(ref, []).append(action)
        turning = {
            ref: own[0]
            for ref, own in readers.items()
            if len(own) == 1 and own[0].gives[0] in self._turned and ref not in self.blueprint.results
        }
        given = [ref for action in actions if action.condition is None for ref in action.gives]
        early = {turning[ref].gives for ref in given if ref in turning}
        for action in actions:
            if action.gives not in early:
                yield action
                yield from (turning[ref] for ref in action.gives if ref in turning and turning[ref].gives in early)

    def _keep(self, row: Member, variable: str, kept: str) -> None:
        """Notes that `forward` needs a parameter."""
        if variable in symbols(row.apply):
            self._flags[kept] = Identifier(variable)

    def _kept(self, condition: Expression, group: Sequence[Member]) -> Expression:
        """A condition as `forward` knows it: an attribute."""
        if isinstance(condition, Identifier):
            name = self._kept_names[condition.text]
        else:
            known = next((name for name, value in self._flags.items() if value == condition), "")
            wanted = condition_name(group[0].item, self.blueprint.instances)
            name = known or self._names.new("skip" if wanted == "skip" else f"has_{self._wanted(group[0])}")
        self._flags[name] = condition
        return Identifier(f"self.{name}")


def actual_reads(row: Member) -> tuple[Ref, ...]:
    """The values that a row reads, in the order of axes in which it reads them."""
    turned = row.turned or (None,) * len(row.reads)
    return tuple(Ref((ref, text(own))) if own else ref for ref, own in zip(row.reads, turned, strict=True))


def _places_inline(section: Section, path: str) -> Iterator[tuple[Leaf, str]]:
    """The layers of a part without a class."""
    leaves = [*section.leaves()]
    for number, leaf in enumerate(leaves):
        yield leaf, path if len(leaves) == 1 else f"{path}.{number}"


def is_bare(row: Member) -> bool:
    """Whether a module has nothing of its own, so that one is enough for several layers."""
    return isinstance(row.item, Leaf) and not any(
        item.equal.arrays or item.equal.frozen or item.node.weights for item in row.items if isinstance(item, Leaf)
    )


def _follow_one_another(rows: Sequence[Member]) -> bool:
    """Whether modules are applied one after the other, and each value is read only by the next one."""
    return all(row.apply == PLAIN and len(row.gives) == 1 for row in rows) and all(
        after.reads == before.gives and not after.turned for before, after in pairwise(rows)
    )


def changes_order(group: Sequence[Member]) -> bool:
    """Whether rows that belong together give a value with its axes in another order than they read it."""
    first, last = group[0].item.axes, group[-1].item.axes
    return first[group[0].passes : group[0].passes + 1] != last[len(group[-1].reads) :][:1]


def is_optional_chain(group: Sequence[Member]) -> bool:
    """Whether rows with a condition are modules that are applied one after the other."""
    return (
        group[0].condition is not None
        and not (any(group[0].turned) and changes_order(group))
        and all(row.make is not None and not row.shares and not row.is_frozen for row in group)
        and _follow_one_another(group)
    )


def make_of(row: Member) -> Expression:
    assert row.make is not None
    if isinstance(row.make, Copies):
        made = tuple(_copies(row.make))
        if len(row.reads) > 1:
            return Call(Identifier("nn.ModuleList"), (list_of(made),))
        return Call(Identifier("nn.Sequential"), made)
    return row.make


def _copies(run: Copies) -> Iterator[Expression]:
    """The modules of a run, as the values of a call."""
    yield from run.firsts
    if run.body is None:
        return
    assert run.end is not None
    start = len(run.firsts)
    if isinstance(run.end, Literal) and run.end.value <= start + 1:
        yield from [substituted(run.body, {INDEX: Literal(start)})] * (run.end.value - start)
        return
    variable = INDEX if run.is_numbered else "_"
    is_counted = start and not run.is_numbered
    numbers = (_less(run.end, start),) if is_counted else (*([Literal(start)] if start else []), run.end)
    count = Call(Identifier("range"), numbers)
    yield copies(run.body, variable, count)


def _less(end: Expression, start: int) -> Expression:
    if not start:
        return end
    if isinstance(end, Literal):
        return Literal(end.value - start)
    return operation("-", end, Literal(start))
