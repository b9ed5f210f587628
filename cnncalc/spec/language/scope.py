"""Where an entry belongs: the names it can see, the values of its expressions, and the calls that led there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnncalc.graph import Node
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.source.diagnostics import Span, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.expressions import (
    MAX_ITEMS,
    ExpressionError,
    Value,
    evaluate,
    interpolated,
    is_expression,
    names_in,
    plain_value,
    size_parts,
    written,
)

MAX_NAME = 10_000
"""The most characters of a path in which expressions are."""


class Passed(YamlScalar):
    """A text that came in with an argument: a name in it belongs to `scope`, where it was written, at `origin`."""

    __slots__ = ("origin", "scope")

    def __init__(self, text: str, span: Span, scope: Scope, origin: Span) -> None:
        super().__init__(text, *span)
        self.scope = scope
        self.origin = origin


class Calculated(YamlSequence):
    """A list that an expression gave, in the place of the expression. Its items are made when they are asked for."""

    __slots__ = ("_items", "value")

    def __init__(self, value: tuple[Value, ...], place: YamlNode) -> None:
        YamlNode.__init__(self, *place.span)
        self.value = value
        self._items: list[YamlNode] | None = None

    @property
    def items(self) -> list[YamlNode]:  # type: ignore[override]
        """Its items, all in the same place."""
        if self._items is None:
            self._items = [_valued(self, each) for each in self.value]
        return self._items

    @property
    def what(self) -> str:  # type: ignore[override]
        """What messages call it, with its values."""
        return f"list, {excerpt(written(self.value))}"


class Scope:
    """A place for names: the spec itself, a block call, a named group, or one copy of a repeated entry.

    Attributes:
        prefix: what turns a name here into a path: "", or for example `stage2.0.`.
        values: the values of names in expressions: vars, arguments, `index`.
        c_in: channels entering the block or top-level entry; None where a mistake left them unknown.
        entering: what `input` names inside a block.
        chain: the calls that led here, innermost first, as findings show them.
        arguments: what the block was called with, as it was written there.
        unknown: names without a value, because a mistake in it has been reported already.
        later: names that will have a value.
    """

    def __init__(self, prefix: str, parent: Scope | None, values: Mapping[str, Value]) -> None:
        self.prefix = prefix
        self.parent = parent
        self.values: dict[str, Value] = dict(values)
        self.arguments: Mapping[str, YamlNode] = parent.arguments if parent else {}
        self.walked: frozenset[str] = parent.walked if parent else frozenset()
        """The names of a `for` around here."""
        self.unknown: frozenset[str] = parent.unknown if parent else frozenset()
        self.later: frozenset[str] = frozenset()
        self.c_in: int | None = parent.c_in if parent else None
        self.is_block = False
        self.entering: Node | None = None
        self.chain: tuple[str, ...] = parent.chain if parent else ()
        self.blocks: tuple[str, ...] = parent.blocks if parent else ()
        """The blocks that are being expanded, outermost first."""
        self.counts: dict[str, int] = {}
        """Running numbers of entries without a name, by kind."""
        self.items: list[YamlNode] = []
        """The entries that are being placed here, to find names that come later."""

    def outward(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def resolve(self, node: YamlNode) -> YamlNode:
        """The node with its expressions replaced by their values.

        Raises:
            Mistake: an expression cannot be read or fails.
            InputUnknown: it needs `c_in` or a var, which is not known.
        """
        if isinstance(node, YamlScalar):
            return self._scalar(node) if "$" in node.text else node
        place = (node.line, node.column, node.end_line, node.end_column)
        if isinstance(node, YamlSequence):
            items = [self.resolve(item) for item in node.items]
            return node if all(map(_same, items, node.items)) else YamlSequence(items, *place)
        assert isinstance(node, YamlMapping)
        values = [self.resolve(value) for _, value in node.pairs]
        if all(new is value for new, (_, value) in zip(values, node.pairs, strict=True)):
            return node
        return YamlMapping([(key, value) for (key, _), value in zip(node.pairs, values, strict=True)], *place)

    def resolve_name(self, node: YamlNode) -> YamlNode:
        """The same for a name, in which expressions may also be parts, as in `stage$i.conv1`.

        A name that begins with an argument belongs where the argument was written.
        """
        if not isinstance(node, YamlScalar) or "$" not in node.text:
            return node
        parts = interpolated(node.text)
        if len(parts) == 1 or len(size_parts(node.text)) > 1:
            return self._scalar(node)
        texts = [written(self._evaluate(node, part)) if is_expression(part) else part for part in parts]
        if sum(map(len, texts)) > MAX_NAME:
            raise Mistake("CNN210", node, f"a name of more than {MAX_NAME:,} characters")
        first = self._argument(parts[0], node) if is_expression(parts[0]) else None
        if isinstance(first, Passed):
            return Passed("".join(texts), node.span, first.scope, first.origin)
        return YamlScalar("".join(texts), *node.span)

    def _scalar(self, node: YamlScalar) -> YamlNode:
        parts = size_parts(node.text)
        if len(parts) > 1:
            # `3x3x$width`
            values = [written(self._evaluate(node, part)) if is_expression(part) else part for part in parts]
            return YamlScalar("x".join(values), *node.span)
        if not is_expression(node.text):
            return node
        argument = self._argument(node.text, node)
        if isinstance(argument, Passed):
            return Passed(argument.text, node.span, argument.scope, argument.origin)
        return argument or _valued(node, self._evaluate(node, node.text))

    def _argument(self, text: str, node: YamlScalar) -> YamlNode | None:
        """What the argument (or the item of one) that an expression chooses was written as; None for any other."""
        if not self.arguments:
            return None
        argument = self.arguments.get(text[1:])
        if argument is not None or ("[" not in text and " if " not in text):
            return argument
        from cnncalc.spec.language._syntax_tree import item_chosen

        found = item_chosen(text, self.arguments, lambda part: self._evaluate(node, part))
        return found if isinstance(found, YamlNode) else None

    def _evaluate(self, node: YamlScalar, text: str) -> Value:
        names = self.values
        if self.unknown and not self.unknown.isdisjoint(names_in(text)):
            raise InputUnknown
        if "c_in" in text and "c_in" in names_in(text):
            if self.c_in is None:
                raise InputUnknown
            names = {**names, "c_in": self.c_in}
        try:
            return evaluate(text, names)
        except ExpressionError as error:
            if error.missing in self.arguments:
                label = "it consists of entries or branches"
                raise Mistake("CNN212", node, f"`{error.missing}` is not a value to calculate with", label) from None
            if error.missing in self.later:
                label, help = (
                    f"`{error.missing}` comes later",
                    "a value can only use those before it: change their order",
                )
                raise Mistake("CNN212", node, error.message, label, help) from None
            raise Mistake("CNN212", node, error.message, error.label, *error.help) from None

    def give(self, name: str, node: YamlNode, caller: Scope | None) -> None:
        """Sets an argument to a node without expressions, written in the scope `caller` (None: in the block itself)."""
        value = value_of(node)
        if value is not None:
            self.values[name] = value
        else:
            self.values.pop(name, None)
        if caller or isinstance(node, Passed) or not isinstance(node, YamlScalar):
            self.arguments = {**self.arguments, name: _passed(node, caller) if caller else node}


def value_of(node: YamlNode) -> Value | None:
    """A text, or a list of them, as a value for expressions; None for lists of entries, and for very long ones."""
    if isinstance(node, YamlScalar):
        return plain_value(node.text)
    if isinstance(node, Calculated):
        return node.value
    return _list_value(node) if isinstance(node, YamlSequence) and _items(node) <= MAX_ITEMS else None


def values_in(value: Value) -> int:
    """How many values a list has, with those in lists inside it; 0 for any other value."""
    return sum(1 + values_in(each) for each in value) if isinstance(value, tuple) else 0


def _list_value(node: YamlSequence) -> Value | None:
    values: list[Value] = []
    for each in node.items:
        value = value_of(each)
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def _items(node: YamlNode, most: int = MAX_ITEMS) -> int:
    """How many values a list has, with those in lists inside it; counted no further than just over `most`."""
    count = 0
    pending = [node]
    while pending and count <= most:
        inside = pending.pop()
        if isinstance(inside, Calculated):
            count += values_in(inside.value)
        elif isinstance(inside, YamlSequence):
            count += len(inside.items)
            pending.extend(inside.items)
    return count


def _valued(node: YamlNode, value: Value) -> YamlNode:
    """A value, at the place of its expression."""
    return Calculated(value, node) if isinstance(value, tuple) else YamlScalar(written(value), *node.span)


def _passed(node: YamlNode, scope: Scope) -> YamlNode:
    """The node with each text in it tied to the scope in which it was written, except names that it gives itself."""
    inside = _all_nodes(node)
    own = {
        value.text
        for each in inside
        if isinstance(each, YamlMapping)
        for key, value in each.pairs
        if key.text == "name" and isinstance(value, YamlScalar)
    }
    tied: dict[int, YamlNode] = {}
    for each in reversed(inside):
        place = each.span
        if isinstance(each, YamlScalar):
            is_free = not isinstance(each, Passed) and each.text not in own
            tied[id(each)] = Passed(each.text, place, scope, place) if is_free else each
        elif isinstance(each, YamlSequence):
            tied[id(each)] = YamlSequence([tied[id(item)] for item in each.items], *place)
        elif isinstance(each, YamlMapping):
            tied[id(each)] = YamlMapping([(key, tied[id(value)]) for key, value in each.pairs], *place)
    return tied[id(node)]


def _all_nodes(node: YamlNode) -> list[YamlNode]:
    """The node and everything inside it, outer nodes first, and each once: `[$a, $a]` contains the same list twice."""
    found: list[YamlNode] = []
    seen: set[int] = set()

    def walk(node: YamlNode) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        for each in node.items if isinstance(node, YamlSequence) else ():
            walk(each)
        for _, each in node.pairs if isinstance(node, YamlMapping) else ():
            walk(each)
        found.append(node)

    walk(node)
    return found[::-1]


def _same(new: YamlNode, old: YamlNode) -> bool:
    return new is old
