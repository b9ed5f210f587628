"""The body of a function: what is calculated after what, which value gets which variable, and what is nested.

The tensor that runs through is `x`; a value that something far away reads has a variable of its own, named after its
layer; a branch takes the first letter that is free. The layers of one entry are nested in one expression, and so is
what only a merge reads, as long as the line is not too long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.expressions import Expression, Identifier, if_else, substituted, symbols, text
from cnncalc.exporting.code.identifiers import BUILTINS, Identifiers
from cnncalc.exporting.code.parts import argument
from cnncalc.exporting.code.statements.actions import (
    EACH,
    RUNNING,
    WIDTH,
    Action,
    Assignment,
    Branching,
    Loop,
    Statement,
)
from cnncalc.exporting.code.statements.rewriting import calculated_once, in_steps, one_by_one, variable_first
from cnncalc.exporting.code.values.values import INDEX
from cnncalc.named_tuple import NamedTuple


def _together(actions: Sequence[Action]) -> Iterator[tuple[int, int]]:
    """Where actions begin that are done under the same condition, and where they end."""
    start = 0
    while start < len(actions):
        end = start + 1
        condition = actions[start].condition
        while condition is not None and end < len(actions) and actions[end].condition == condition:
            end += 1
        yield start, end
        start = end


class Body(NamedTuple):
    """The statements of a function.

    Attributes:
        statements: in order.
        returned: the variables that it returns.
    """

    statements: tuple[Statement, ...]
    returned: tuple[str, ...]


def body_of(
    inputs: Mapping[Any, str],
    actions: Sequence[Action],
    results: Sequence[Hashable],
    taken: Collection[str] = BUILTINS,
    indent: int = 8,
) -> Body:
    """The statements that do some actions one after the other.

    Args:
        inputs: the values that are known before, and their variables.
        results: the values that are returned.
        taken: names that mean something else.
        indent: how far the statements are indented.
    """
    actions = [each for action in actions for each in calculated_once(action)]
    apart: set[Hashable] = set()
    while True:
        found = _Nesting(inputs, actions, results, WIDTH - indent, apart, taken)
        if not found.too_long:
            return Body(tuple(found.statements), tuple(found.variable[ref] for ref in results))
        apart |= found.too_long


class _Nesting:
    """The statements, if the values `apart` are nested in no other expression.

    Attributes:
        statements: in order.
        variable: where each value is.
        too_long: the values that did not find room in what reads them: they should have been statements before.
    """

    def __init__(
        self,
        inputs: Mapping[Any, str],
        actions: Sequence[Action],
        results: Sequence[Hashable],
        room: int,
        apart: Collection[Hashable],
        taken: Collection[str],
    ) -> None:
        self._actions = actions
        self._room = room
        self._apart = apart
        self._readers: dict[Hashable, list[int]] = {}
        for number, action in enumerate(actions):
            for ref in action.reads:
                self._readers.setdefault(ref, []).append(number)
        self._results = tuple(results)
        self._named = {ref for action in actions if action.is_named for ref in action.gives}
        for ref in results:
            self._readers.setdefault(ref, []).append(len(actions))
        self._left = Counter({ref: len(numbers) for ref, numbers in self._readers.items()})
        self._names = Identifiers([*RUNNING, *inputs.values(), *taken])
        self.variable: dict[Hashable, str] = dict(inputs)
        self._holds: dict[str, Hashable] = {name: ref for ref, name in inputs.items()}
        self._first = next(iter(inputs.values()), RUNNING[0])
        self._pending: dict[Hashable, tuple[Expression, tuple[Hashable, ...], str]] = {}
        self.statements: list[Statement] = []
        self.too_long: set[Hashable] = set()
        for start, end in _together(actions):
            if actions[start].condition is None:
                self._act(start, actions[start])
            else:
                self._act_on_condition(start, end)
        for ref in [*self._pending]:
            self._flush(ref)

    # -- one action

    def _act(self, number: int, action: Action) -> None:
        if action.numbers is not None:
            self._act_for_each(action)
            return
        for ref in dict.fromkeys(action.reads):
            if ref in self._pending and not self._is_read_once(action, ref):
                self._flush(ref)
        value, read = self._value(action)
        limit = self._room - len(f"{action.name} = ")
        while len(text(value)) > limit and any(ref in self._pending for ref in action.reads):
            longest = max(
                (ref for ref in action.reads if ref in self._pending), key=lambda ref: len(text(self._pending[ref][0]))
            )
            self._flush(longest)
            self.too_long.add(longest)
            value, read = self._value(action)
        for ref in action.reads:
            self._pending.pop(ref, None)
        if self._is_nested(number, action):
            self._pending[action.gives[0]] = value, read, action.name
        else:
            self._assign(action.gives, value, read, action.name)

    def _act_for_each(self, action: Action) -> None:
        """An action that is done again and again, each time with what it gave before."""
        assert action.numbers is not None
        for ref in action.reads:
            if ref in self._pending:
                self._flush(ref)
        (before, *others), (result,) = action.reads, action.gives
        name = self.variable[before]
        self._left[before] -= 1
        if self._left[before]:
            name = self._target(result, (), action.name)
            self.statements.append(Assignment((name,), Identifier(self.variable[before])))
        variable = self._names.new(action.each) if action.each else INDEX
        names = {argument(place): Identifier(self.variable[ref]) for place, ref in enumerate(others, 1)}
        names |= {argument(0): Identifier(name), EACH: Identifier(variable)}
        step = substituted(action.apply, names)
        steps = tuple(Assignment((name,), each) for each in one_by_one(step, name))
        self.statements.append(Loop(variable, action.numbers, steps))
        self._left.subtract(others)
        self.variable[result], self._holds[name] = name, result

    def _act_on_condition(self, start: int, end: int) -> None:
        """Actions that are only done on a condition: as an expression if it is short, or else as a branch."""
        actions = self._actions[start:end]
        condition = actions[0].condition
        assert condition is not None
        for ref in [*self._pending]:
            self._flush(ref)
        inside = {ref: action for action in actions for ref in action.gives}
        passed = actions[-1].reads[actions[-1].passes]
        while passed in inside:
            passed = inside[passed].reads[inside[passed].passes]
        (result,) = actions[-1].gives
        if end - start == 1 and actions[0].numbers is None:
            value, read = self._value(actions[0])
            whole = if_else(condition, value, Identifier(self.variable[passed]))
            if len(text(whole)) <= self._room - len(f"{actions[0].name} = "):
                self._assign((result,), whole, read, actions[0].name)
                return
        before = Counter(ref for action in actions for ref in action.reads)
        name = self.variable[passed]
        if self._left[passed] > before[passed]:
            name = next((each for each in RUNNING if self._is_free(each)), "") or self._one_more()
            self.statements.append(Assignment((name,), Identifier(self.variable[passed])))
        outer, self.statements = self.statements, []
        self._room -= 4
        for number in range(start, end):
            self._act(number, self._actions[number])
        value, read, _ = self._pending.pop(result, (Identifier(self.variable.get(result, "")), (), ""))
        self._left.subtract(read)
        self.variable[result], self._holds[name] = name, result
        if value != Identifier(name):
            self.statements.append(Assignment((name,), value))
        inner, self.statements = self.statements, outer
        self._room += 4
        self.statements.append(Branching(condition, tuple(inner)))

    def _value(self, action: Action) -> tuple[Expression, tuple[Hashable, ...]]:
        """The expression, and the variables' values that it reads."""
        names: dict[str, Expression] = {}
        read: list[Hashable] = []
        for place, ref in enumerate(action.reads):
            if ref in self._pending:
                names[argument(place)], inside, _ = self._pending[ref]
                read += inside
            else:
                names[argument(place)] = Identifier(self.variable[ref])
                read.append(ref)
        return variable_first(substituted(action.apply, names)), tuple(read)

    @staticmethod
    def _is_read_once(action: Action, ref: Hashable) -> bool:
        places = [argument(place) for place, each in enumerate(action.reads) if each == ref]
        used = [name.partition(".")[0] for name in symbols(action.apply)]
        return sum(used.count(place) for place in places) == 1

    def _is_nested(self, number: int, action: Action) -> bool:
        """Whether its value is written where it is read, or at the end of a branch."""
        if action.condition is not None and not self._goes_on(number):
            return True
        if action.is_apart:
            return False
        if len(action.gives) != 1 or action.gives[0] in self._apart or len(self._readers.get(action.gives[0], ())) != 1:
            return False
        (reader,) = self._readers[action.gives[0]]
        if reader == len(self._actions):
            return False
        other = self._actions[reader]
        if action.condition != other.condition:
            return False
        if other.entry == action.entry or (action.is_light and reader == number + 1):
            return True
        return len(other.reads) > 1 and other.outer == action.outer

    def _goes_on(self, number: int) -> bool:
        """Whether the next action has the same condition."""
        next_ = self._actions[number + 1 : number + 2]
        return bool(next_) and next_[0].condition == self._actions[number].condition

    # -- variables

    def _flush(self, ref: Hashable) -> None:
        value, read, name = self._pending.pop(ref)
        self._assign((ref,), value, read, name)

    def _assign(self, refs: Sequence[Hashable], value: Expression, read: Sequence[Hashable], name: str) -> None:
        self._left.subtract(read)
        if not any(self._readers.get(ref) for ref in refs):
            self.statements.append(Assignment((), value))
            return
        targets = []
        for place, ref in enumerate(refs):
            targets.append(self._target(ref, read, name if place == 0 else f"{name}_{place + 1}"))
            self.variable[ref] = targets[-1]
            self._holds[targets[-1]] = ref
        for each in in_steps(value, targets[0], self._room) if len(targets) == 1 else [value]:
            self.statements.append(Assignment(tuple(targets), each))

    def _target(self, ref: Hashable, read: Sequence[Hashable], name: str) -> str:
        if self._results == (ref,) and self._is_free(self._first) and len(self._readers[ref]) == 1:
            return self._first
        if ref in self._named or self._is_read_far_away(ref):
            return self._names.new(name)
        before = [self.variable[each] for each in read]
        known = sorted({each for each in before if each in RUNNING or each == self._first}, key=self._place)
        return next((each for each in [*known, *RUNNING] if self._is_free(each)), "") or self._one_more()

    def _one_more(self) -> str:
        """A variable after the last of the letters."""
        number = 1
        while not self._is_free(f"{RUNNING[0]}{number}") or f"{RUNNING[0]}{number}" in self._names.taken:
            number += 1
        return f"{RUNNING[0]}{number}"

    def _place(self, name: str) -> int:
        return -1 if name == self._first else RUNNING.index(name)

    def _is_free(self, name: str) -> bool:
        return name not in self._holds or not self._left[self._holds[name]]

    def _is_read_far_away(self, ref: Hashable) -> bool:
        """Whether something reads it that does not belong to what reads it next."""
        if len(self._results) > 1 and self._readers[ref] == [len(self._actions)]:
            return ref != self._actions[-1].gives[0]
        places = [self._actions[number].outer if number < len(self._actions) else None for number in self._readers[ref]]
        return len({*places}) > 1
