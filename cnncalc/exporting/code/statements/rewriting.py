"""Rewrites the expression of an action: repeated parts once, long chains in several steps, sums variable first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cnncalc.exporting.code.expressions import (
    ATOM,
    SUM,
    Call,
    Expression,
    Identifier,
    Phrase,
    children,
    substituted,
    symbols,
    text,
    with_children,
)
from cnncalc.exporting.code.parts import argument
from cnncalc.exporting.code.statements.actions import Action


def calculated_once(action: Action) -> Iterator[Action]:
    """An action, after actions for what it would calculate several times."""
    seen = Counter(_of_one_value(action.apply))
    repeated = [tree for tree, count in seen.items() if count > 1]
    if not repeated or action.condition is not None or action.numbers is not None:
        yield action
        return
    tree = max(repeated, key=lambda each: len(text(each)))
    (place,) = _arguments(tree)
    number = int(place.removeprefix(_ARGUMENT).rstrip("_"))
    made = (action.gives, tree)
    before = substituted(tree, {place: Identifier(argument(0))})
    yield action._replace(apply=before, reads=(action.reads[number],), gives=(made,), passes=0)
    apply = _with(action.apply, tree, Identifier(argument(len(action.reads))))
    used = _arguments(apply)
    reads = (ref if argument(index) in used else made for index, ref in enumerate(action.reads))
    yield action._replace(apply=apply, reads=(*reads, made))


_ARGUMENT = argument(0).partition("0")[0]


def _of_one_value(tree: Expression) -> Iterator[Expression]:
    """The parts of a tree that are calculated from one value and nothing else."""
    if isinstance(tree, Identifier):
        if "." in tree.text and _arguments(tree):
            yield tree
        return
    for part in children(tree)[isinstance(tree, Call) :]:
        yield from _of_one_value(part)
    if isinstance(tree, Call):
        yield from _of_one_value_inside(tree.function)
    if len({*symbols(tree)}) == 1 and _arguments(tree):
        yield tree


def _of_one_value_inside(function: Expression) -> Iterator[Expression]:
    """The same in what is called: its own name is no value."""
    for part in children(function):
        yield from _of_one_value(part)


def _arguments(tree: Expression) -> set[str]:
    names = {name.partition(".")[0] for name in symbols(tree)}
    return {name for name in names if name.startswith(_ARGUMENT)}


def _with(tree: Expression, old: Expression, new: Expression) -> Expression:
    if tree == old:
        return new
    parts = children(tree)
    return with_children(tree, [_with(part, old, new) for part in parts]) if parts else tree


def variable_first(tree: Expression) -> Expression:
    """A sum that begins with what is only a variable: `x + …`."""
    if not isinstance(tree, Phrase) or tree.pattern != "{} + {}":
        return tree
    first, second = tree.parts
    is_sum = isinstance(first, Phrase) and first.level == SUM
    return tree if is_sum or _is_variable(first) or not _is_variable(second) else tree._replace(parts=(second, first))


def _is_variable(tree: Expression) -> bool:
    return isinstance(tree, Identifier) and "." not in tree.text


def in_steps(value: Expression, target: str, room: int) -> list[Expression]:
    """A value in several steps, where its chain of methods and attributes is too long for a line."""
    later: list[Expression] = []
    most = room - len(f"{target} = ")
    while len(text(value)) > most:
        found = _inner_of_chain(value)
        if found is None or target in symbols(_with(value, found, Identifier(""))):
            break
        later.append(_with(value, found, Identifier(target)))
        value = found
    steps = [value]
    for each in reversed(later):
        joined = _with(each, Identifier(target), steps[-1])
        if len(steps) > 1 and len(text(joined)) <= most:
            steps[-1] = joined
        else:
            steps.append(each)
    return steps


def one_by_one(value: Expression, target: str) -> list[Expression]:
    """Nested calls like `layers.ReLU()(layers.Conv2D(…)(x))` as steps, one after the other."""
    if not is_made_and_called(value):
        return [value]
    assert isinstance(value, Call)
    inner = value.values[0]
    if len(value.values) > 1 or not is_made_and_called(inner):
        return [value]
    return [*one_by_one(inner, target), value._replace(values=(Identifier(target),))]


def is_made_and_called(tree: Expression) -> bool:
    """Whether it is like `layers.ReLU()(x)`."""
    return isinstance(tree, Call) and isinstance(tree.function, Call) and bool(tree.values)


def _inner_of_chain(tree: Expression) -> Expression | None:
    """The object of a method, an attribute or an index; None for anything else."""
    if isinstance(tree, Call) and isinstance(tree.function, Phrase):
        return _inner_of_chain(tree.function)
    if isinstance(tree, Phrase) and tree.level == ATOM and not isinstance(tree.parts[0], Identifier):
        return tree.parts[0]
    return None
