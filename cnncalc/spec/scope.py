"""Where an entry stands: the names it can see, the values of its expressions, and the calls that led there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cnncalc.graph import Node
from cnncalc.spec.expressions import ExpressionError, Value, evaluate, is_expression, names_in, written
from cnncalc.spec.settings import InputUnknown, Mistake
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import excerpt

_PART = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


class Scope:
    """A place for names: the spec itself, a block call, a named group, or one copy of a repeated entry.

    Attributes:
        prefix: what stands before a name here to make it a path, "" or as in `stage2.0.`.
        values: names of expressions: vars, arguments, `index`.
        c_in: channels entering the block or top-level entry; None where a mistake left them unknown.
        entering: what `input` names inside a block.
        chain: the calls that led here, innermost first, as findings show them.
        callers: for each argument the scope in which its value was written, where a name in it belongs.
    """

    def __init__(self, prefix: str, parent: Scope | None, values: Mapping[str, Value]) -> None:
        self.prefix = prefix
        self.parent = parent
        self.values: dict[str, Value] = dict(values)
        self.nodes: Mapping[str, YamlNode] = parent.nodes if parent else {}
        """Arguments that are lists or mappings."""
        self.c_in: int | None = parent.c_in if parent else None
        self.is_block = False
        self.entering: Node | None = None
        self.chain: tuple[str, ...] = parent.chain if parent else ()
        self.blocks: tuple[str, ...] = parent.blocks if parent else ()
        """The blocks that are being expanded, outermost first."""
        self.callers: Mapping[str, Scope] = parent.callers if parent else {}
        self.counts: dict[str, int] = {}
        """Running numbers of entries without a name, by kind."""
        self.items: list[YamlNode] = []
        """The entries that are being placed here, to find names that come only later."""

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
            InputUnknown: it needs `c_in`, which is not known.
        """
        if isinstance(node, Scalar):
            return self._scalar(node) if "$" in node.text else node
        place = (node.line, node.column, node.end_line, node.end_column)
        if isinstance(node, Sequence):
            items = [self.resolve(item) for item in node.items]
            return node if all(map(_same, items, node.items)) else Sequence(items, *place)
        assert isinstance(node, MappingNode)
        values = [self.resolve(value) for _, value in node.pairs]
        if all(new is value for new, (_, value) in zip(values, node.pairs, strict=True)):
            return node
        return MappingNode([(key, value) for (key, _), value in zip(node.pairs, values, strict=True)], *place)

    def _scalar(self, node: Scalar) -> YamlNode:
        place = (node.line, node.column, node.end_line, node.end_column)
        if is_expression(node.text):
            if node.text[1:] in self.nodes:
                return self.nodes[node.text[1:]]
            return Scalar(written(self.value(node)), *place)
        if re.match(r"[0-9]+[x×]", node.text):
            # `3x3x$width`
            parts = _PART.sub(lambda part: written(self._evaluate(node, part.group())), node.text)
            return Scalar(parts, *place)
        return node

    def value(self, node: Scalar) -> Value:
        """The value of a scalar that is an expression.

        Raises:
            Mistake: it cannot be read, or fails.
            InputUnknown: it needs `c_in`, which is not known.
        """
        return self._evaluate(node, node.text)

    def _evaluate(self, node: Scalar, text: str) -> Value:
        names = self.values
        if "c_in" in text and "c_in" in names_in(text):
            if self.c_in is None:
                raise InputUnknown
            names = {**names, "c_in": self.c_in}
        try:
            return evaluate(text, names)
        except ExpressionError as error:
            help = []
            if text.startswith("$(") and not text.endswith(")"):
                help = ['inside `{…}` and `[…]` YAML splits at commas: quote it, as in "$(divisible(32 * width, 8))"']
            raise Mistake("CNN212", node, f"`{excerpt(text)}`: {error}", "", *help) from None


def _same(new: YamlNode, old: YamlNode) -> bool:
    return new is old
