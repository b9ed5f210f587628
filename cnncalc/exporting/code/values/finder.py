"""What differs between the instances of a part: which expression gives it in all of them.

A value that is the same in all is written as it is. For any other an expression is looked for, and taken only if it is
right in every instance: an argument of the block, the channels that enter, what the spec itself writes, a small
expression of these. Where there is none, it becomes a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.expressions import (
    Bracketed,
    Call,
    Expression,
    Identifier,
    Keyword,
    Literal,
    children,
    if_else,
    minus,
    operation,
    symbols,
    with_children,
)
from cnncalc.exporting.code.identifiers import Identifiers
from cnncalc.exporting.code.values.small import conditions, right_ones, sums
from cnncalc.exporting.code.values.values import (
    ANYTHING,
    CHANNELS,
    INDEX,
    ClassParameter,
    Different,
    Point,
    Topic,
    is_alike,
)

About = Callable[[Expression, int | str, Topic], Topic]
"""What the value at a place of a call (or with a name) is about, given what the call is about."""


class ValueFinder:
    """Finds expressions for values.

    Attributes:
        points: the instances.
    """

    def __init__(
        self,
        environments: Sequence[Mapping[str, Any]],
        texts: Iterable[Expression],
        defaults: Mapping[str, Any],
        about: About,
        reserved: Iterable[str],
    ) -> None:
        self._about = about
        self.points = [Point(number, names) for number, names in enumerate(environments)]
        self._texts = list(texts)
        self._defaults = defaults
        self._arguments = [name for name in environments[0] if all(name in each for each in environments)]
        self._used: set[str] = set()
        self._own: dict[str, tuple[Any, ...]] = {}
        self._names = Identifiers([*self._arguments, INDEX, *reserved])
        self.sizes: set[str] = {CHANNELS}
        """The parameters that are numbers of channels."""

    @property
    def state(self) -> tuple[Any, ...]:
        """What has been found so far, to go back to."""
        return {*self._used}, {**self._own}, {*self._names.taken}, {*self.sizes}

    @state.setter
    def state(self, state: tuple[Any, ...]) -> None:
        self._used, self._own, self._names.taken, self.sizes = state

    # -- expressions

    def expression(self, values: Sequence[Any], topic: Topic, points: Sequence[Point] = ()) -> Expression:
        """An expression with these values at these points, the instances if none are given.

        Raises:
            Different: there is none, not even with a new parameter.
        """
        points = points or self.points
        known = [(point, value) for point, value in zip(points, values, strict=True) if value is not ANYTHING]
        if not known:
            return Literal(None)
        first = known[0][1]
        if all(is_alike(value, first) for _, value in known):
            found = self._of_the_few(known, topic) if len(known) < len(points) else None
            return found or (first if isinstance(first, Identifier) else Literal(first))
        for found in self._candidates(known, topic):
            self._use(found, known)
            break
        else:
            found = self._new(known, topic)
        if topic.is_size:
            self.sizes |= {*symbols(found)}
        return found

    def _of_the_few(self, known: Sequence[tuple[Point, Any]], topic: Topic) -> Expression | None:
        """What the text says of something that few instances have, so that it would be right in others: the argument of
        its name, the channels that enter, an expression for channels."""
        names = {name for name in known[0][0].names if name not in self._own}
        trees: list[Expression] = [Identifier(topic.name)] if topic.name in names else []
        if topic.is_size:
            trees = [*([topic.entering] if topic.entering is not None else []), *trees, *topic.written]
        found = next(right_ones((tree for tree in trees if set(symbols(tree)) <= names), known), None)
        if found is None or not any(self._varies(name) for name in symbols(found)):
            return None
        self._use(found, known)
        if topic.is_size:
            self.sizes |= {*symbols(found)}
        return found

    def _varies(self, name: str) -> bool:
        """Whether an argument is not the same in all instances."""
        return len({repr(point.names.get(name)) for point in self.points}) > 1

    def _candidates(self, known: Sequence[tuple[Point, Any]], topic: Topic) -> Iterator[Expression]:
        """Expressions that are right at all points, the simplest first."""
        named = [name for name in known[0][0].names if all(name in point.names for point, _ in known)]
        names = [name for name in named if name not in self._own]  # an argument may have become a class
        if topic.entering is not None and set(symbols(topic.entering)) <= set(names):
            yield from right_ones([topic.entering], known)
        if topic.name in names:
            yield from right_ones([Identifier(topic.name)], known)
        yield from right_ones((tree for tree in topic.written if set(symbols(tree)) <= set(names)), known)
        yield from right_ones(map(Identifier, names), known)
        for name, own in self._own.items():
            if all(own[point.instance] is ANYTHING or is_alike(own[point.instance], value) for point, value in known):
                yield Identifier(name)
        yield from right_ones((tree for tree in self._texts if set(symbols(tree)) <= set(names)), known)
        if all(isinstance(value, bool) for _, value in known):
            yield from right_ones(conditions(names, known[0][0].names), known)
        elif topic.is_size and all(type(value) is int for _, value in known):
            numbers = [name for name in names if all(type(point.names[name]) is int for point, _ in known)]
            yield from right_ones(sums(numbers, known), known)

    def _new(self, known: Sequence[tuple[Point, Any]], topic: Topic) -> Expression:
        """A new parameter with these values, or one for the even copies of a run and one for the odd ones.

        Raises:
            Different: neither has them.
        """
        try:
            return Identifier(self._parameter(known, topic))
        except Different:
            if any(INDEX not in point.names for point, _ in known):
                raise
        halves = []
        for odd in (1, 0):
            half = [
                (point._replace(names={name: own for name, own in point.names.items() if name != INDEX}), value)
                for point, value in known
                if point.names[INDEX] % 2 == odd
            ]
            points, values = [point for point, _ in half], [value for _, value in half]
            halves.append(self.expression(values, topic, points) if half else Literal(None))
        return if_else(operation("%", Identifier(INDEX), Literal(2)), *halves)

    def _use(self, tree: Expression, known: Sequence[tuple[Point, Any]]) -> None:
        self._used |= set(symbols(tree))
        if isinstance(tree, Identifier) and tree.text in self._own:
            values = [*self._own[tree.text]]
            for point, value in known:
                values[point.instance] = value
            self._own[tree.text] = tuple(values)

    def _parameter(self, known: Sequence[tuple[Point, Any]], topic: Topic) -> str:
        """A new parameter with these values."""
        values: list[Any] = [ANYTHING] * len(self.points)
        for point, value in known:
            before = values[point.instance]
            if before is not ANYTHING and not is_alike(before, value):
                raise Different
            values[point.instance] = value
        name = self._names.new(self._wanted(known, topic))
        self._own[name] = tuple(values)
        self._used.add(name)
        return name

    def _wanted(self, known: Sequence[tuple[Point, Any]], topic: Topic) -> str:
        """What a new parameter is called: after the argument that decides about it, or what it is about."""
        written = {name for tree in topic.written for name in symbols(tree)}
        for name in known[0][0].names:
            is_about = name in written or isinstance(known[0][1], Identifier)
            are_words = all(isinstance(point.names.get(name), str) for point, _ in known)
            if name in self._used or not (is_about and are_words):
                continue
            pairs = {(point.names[name], value) for point, value in known}
            if len(pairs) == len({word for word, _ in pairs}) == len({value for _, value in pairs}):
                self._names.taken.discard(name)
                return name
        name = topic.name or topic.layer
        if isinstance(known[0][1], Identifier):
            name = "activation"
        return f"{topic.layer}_{name}" if name in self._names.taken and name != topic.layer else name

    # -- trees

    def merged(self, trees: Sequence[Expression | None], topic: Topic, points: Sequence[Point] = ()) -> Expression:
        """One tree for those of all points, of which None may be any.

        Raises:
            Different: they are built differently.
        """
        known = [tree for tree in trees if tree is not None]
        first = known[0]
        are_few = len(known) < len(trees) and isinstance(first, Literal | Call)
        if all(tree == first for tree in known) and not are_few:
            return first
        if all(isinstance(tree, Literal) for tree in known):
            values: list[Any] = [tree.value if isinstance(tree, Literal) else ANYTHING for tree in trees]
            if all(value is ANYTHING or (type(value) is int and value < 0) for value in values):
                opposite = [ANYTHING if value is ANYTHING else -value for value in values]
                return minus(self.expression(opposite, topic, points))
            return self._by_element(values, points) or self.expression(values, topic, points)
        if isinstance(first, Call) and all(isinstance(tree, Call) for tree in known):
            return self._merged_calls([tree if isinstance(tree, Call) else None for tree in trees], topic, points)
        parts = [None if tree is None else children(tree) for tree in trees]
        sizes = {len(each) for each in parts if each is not None}
        kinds = {(type(tree), getattr(tree, "pattern", ""), getattr(tree, "brackets", "")) for tree in known}
        if len(sizes) > 1 or len(kinds) > 1 or sizes == {0}:
            raise Different
        (size,) = sizes
        merged = [
            self.merged([None if each is None else each[i] for each in parts], topic, points) for i in range(size)
        ]
        return with_children(first, merged)

    def _by_element(self, values: Sequence[Any], points: Sequence[Point]) -> Expression | None:
        """A tuple some of whose elements are always the same, of expressions for the others; None of any other."""
        rows = [value for value in values if value is not ANYTHING]
        if not all(isinstance(row, tuple) for row in rows) or len({len(row) for row in rows}) > 1:
            return None
        columns = [*zip(*rows, strict=True)]
        if len(columns) > 1 and not any(len({*column}) == 1 for column in columns):
            return None
        used, elements = list(points or self.points), []
        for place in range(len(columns)):
            known = [(point, value[place]) for point, value in zip(used, values, strict=True) if value is not ANYTHING]
            found = (
                Literal(known[0][1])
                if all(is_alike(value, known[0][1]) for _, value in known)
                else next(self._candidates(known, Topic("", is_size=True)), None)
            )
            if found is None:
                return None
            elements.append((found, known))
        for found, known in elements:
            self._use(found, known)
        return Bracketed("()", tuple(found for found, _ in elements))

    def _merged_calls(self, calls: Sequence[Call | None], topic: Topic, points: Sequence[Point]) -> Expression:
        known = [call for call in calls if call is not None]
        first = known[0]
        if len({len(call.values) for call in known}) > 1:
            raise Different
        names = list(dict.fromkeys(each.name for call in known for each in call.keywords))
        function = self._merged_functions(calls, topic, points)
        values = []
        for place in range(len(first.values)):
            own = self._about(function, place, topic)
            values.append(self.merged([call and call.values[place] for call in calls], own, points))
        keywords = []
        for name in names:
            given = [call and _keyword(call, name, known) for call in calls]
            if all(each is None or each.value == each.default for each in given):
                continue
            default = next(each.default for each in given if each is not None)
            merged = self.merged([each and each.value for each in given], self._about(function, name, topic), points)
            keywords.append(Keyword(name, merged, default))
        return Call(function, tuple(values), tuple(keywords))

    def _merged_functions(self, calls: Sequence[Call | None], topic: Topic, points: Sequence[Point]) -> Expression:
        known = [call for call in calls if call is not None]
        functions = {call.function for call in known}
        if len(functions) > 1 and all(isinstance(call.function, Identifier) and not call.written for call in known):
            return self.expression([call.function if call else ANYTHING for call in calls], topic, points)
        return self.merged([call and call.function for call in calls], topic, points)

    # -- parameters

    def variables(self) -> list[ClassParameter]:
        """The parameters that the expressions need: those that every call gives come first."""
        found = []
        for name in self._arguments:
            if name in self._used and name not in self._own:
                values = tuple(point.names[name] for point in self.points)
                found.append(ClassParameter(name, values, self._defaults.get(name, ANYTHING)))
        for name, values in self._own.items():
            found.append(ClassParameter(name, values, _usual(values)))
        found = [each if _is_given(each) else each._replace(default=ANYTHING) for each in found]
        return sorted(found, key=lambda each: each.default is not ANYTHING)


def _usual(values: Sequence[Any]) -> Any:
    """The value of more than half of the instances; where some need none, one that says so."""
    for value in values:
        if value is not ANYTHING and sum(is_alike(value, other) for other in values) * 2 > len(values):
            return value
    if ANYTHING not in values:
        return ANYTHING
    first = next(value for value in values if value is not ANYTHING)
    return type(first)() if isinstance(first, int | float | str) else first


def _is_given(variable: ClassParameter) -> bool:
    """Whether the default is worth while: some call leaves it."""
    return any(value is ANYTHING or is_alike(value, variable.default) for value in variable.values)


def _keyword(call: Call, name: str, calls: Sequence[Call]) -> Keyword:
    """The named value of a call, its default if the call does not have it."""
    for each in call.keywords:
        if each.name == name:
            return each
    for other in calls:
        for each in other.keywords:
            if each.name == name and each.default is not None:
                return Keyword(name, each.default, each.default)
    raise Different
