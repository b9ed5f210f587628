"""Where an entry belongs: the names it can see, the values of its expressions, and the calls that led there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnncalc.graph import Node
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.source.diagnostics import Span
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.expressions import (
    ExpressionError,
    Value,
    evaluate,
    is_expression,
    names_in,
    plain_value,
    size_parts,
    written,
)


class Passed(YamlScalar):
    """A text that came in with an argument: a name in it belongs to `scope`, where it was written, at `origin`."""

    __slots__ = ("origin", "scope")

    def __init__(self, text: str, span: Span, scope: Scope, origin: Span) -> None:
        super().__init__(text, *span)
        self.scope = scope
        self.origin = origin


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

    def _scalar(self, node: YamlScalar) -> YamlNode:
        parts = size_parts(node.text)
        if len(parts) > 1:
            # `3x3x$width`
            values = [written(self._evaluate(node, part)) if is_expression(part) else part for part in parts]
            return _valued(node, "x".join(values))
        if not is_expression(node.text):
            return node
        argument = self.arguments.get(node.text[1:])
        if isinstance(argument, Passed):
            return Passed(argument.text, node.span, argument.scope, argument.origin)
        return argument or _valued(node, written(self._evaluate(node, node.text)))

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
            if error.missing in self.later:
                label, help = (
                    f"`{error.missing}` comes later",
                    "a value can only use those before it: change their order",
                )
                raise Mistake("CNN212", node, error.message, label, help) from None
            raise Mistake("CNN212", node, error.message, error.label, *error.help) from None

    def give(self, name: str, node: YamlNode, caller: Scope | None) -> None:
        """Sets an argument to a node without expressions, written in the scope `caller` (None: in the block itself)."""
        if isinstance(node, YamlScalar):
            self.values[name] = plain_value(node.text)
        if caller or isinstance(node, Passed) or not isinstance(node, YamlScalar):
            self.arguments = {**self.arguments, name: _passed(node, caller) if caller else node}


def _valued(node: YamlScalar, text: str) -> YamlScalar:
    """A value, at the place of its expression."""
    return YamlScalar(text, node.line, node.column, node.end_line, node.end_column)


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
