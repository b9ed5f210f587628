"""A small tree of Python expressions: what is compared between the instances of a block, and written at last.

A text becomes a tree with `tree_of`, the text of a call that kept what it was made of with `of_code`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cnncalc.layers.equals import CallText, code
from cnncalc.named_tuple import NamedTuple

SLICE, STAR, CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(12)
"""How strongly an expression holds together, from the weakest."""


class Literal(NamedTuple):
    """A number, a text, a truth, None, or a tuple of these."""

    value: Any


class Identifier(NamedTuple):
    """A name, dotted or not."""

    text: str


class Keyword(NamedTuple):
    """A named value of a call. It is not written where it is the default; `default` is None where nobody knows that."""

    name: str
    value: Expression
    default: Expression | None = None


class Call(NamedTuple):
    """A call."""

    function: Expression
    values: tuple[Expression, ...] = ()
    keywords: tuple[Keyword, ...] = ()

    @property
    def written(self) -> list[Expression | Keyword]:
        """What stands between the brackets."""
        return [*self.values, *(each for each in self.keywords if each.value != each.default)]


class Bracketed(NamedTuple):
    """A list, a tuple or what is between the brackets of an index."""

    brackets: str
    items: tuple[Expression, ...]


class Phrase(NamedTuple):
    """Any other expression: a pattern such as `{} + {}`, and what stands at the braces.

    Attributes:
        level: how strongly it holds together.
        levels: how strongly each part has to hold together in order not to need brackets.
    """

    pattern: str
    parts: tuple[Expression, ...]
    level: int = ATOM
    levels: tuple[int, ...] = ()


Expression = Literal | Identifier | Call | Bracketed | Phrase


# -- making


def called(function: str, *values: Expression, **keywords: Expression) -> Call:
    """A call of a name."""
    return Call(Identifier(function), values, tuple(Keyword(name, value) for name, value in keywords.items()))


def operation(sign: str, left: Expression, right: Expression) -> Phrase:
    """Two values with a sign between them."""
    level = _LEVELS[sign]
    return Phrase(f"{{}} {sign} {{}}", (left, right), level, (level, level + 1))


def minus(value: Expression) -> Expression:
    """A value with the other sign."""
    return Literal(-value.value) if isinstance(value, Literal) else Phrase("-{}", (value,), SIGN, (SIGN,))


PAIR = "{}: {}"
"""The pattern of a pair in a dict."""


def mapping(pairs: Mapping[str, Expression]) -> Bracketed:
    """A dict with texts as keys."""
    return Bracketed("{}", tuple(Phrase(PAIR, (Literal(key), value), CHOICE) for key, value in pairs.items()))


def if_else(condition: Expression, yes: Expression, no: Expression) -> Phrase:
    """`yes if condition else no`."""
    return Phrase("{} if {} else {}", (yes, condition, no), CHOICE, (OR, OR, CHOICE))


def method(of: Expression, name: str, *values: Expression) -> Call:
    """A call of a method."""
    return Call(Phrase(f"{{}}.{name}", (of,), ATOM, (ATOM,)), values)


def of_code(text: str) -> Expression:
    """The tree of a text; of a `CallText` with the defaults of its options."""
    if not isinstance(text, CallText):
        return tree_of(text)
    values = tuple(map(_value, text.values))
    keywords = (Keyword(name, _value(value), _value(default)) for name, (value, default) in text.options.items())
    return Call(tree_of(text.name), values, tuple(keywords))


def _value(value: Any) -> Expression:
    return of_code(value) if isinstance(value, CallText) else tree_of(code(value))


@lru_cache(maxsize=10_000)
def tree_of(text: str) -> Expression:
    """The tree of a text in Python."""
    return _tree(ast.parse(text, mode="eval").body)


# -- reading


_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip
_LEVELS = {
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARISON),
    "and": AND,
    "or": OR,
}


def _tree(node: ast.expr) -> Expression:
    return _READERS[type(node)](node)


def _constant(node: ast.Constant) -> Expression:
    return Literal(node.value)


def _name(node: ast.Name) -> Expression:
    return Identifier(node.id)


def _attribute(node: ast.Attribute) -> Expression:
    of = _tree(node.value)
    return (
        Identifier(f"{of.text}.{node.attr}") if isinstance(of, Identifier) else Phrase(f"{{}}.{node.attr}", (of,), ATOM)
    )


def _call(node: ast.Call) -> Expression:
    keywords = []
    for each in node.keywords:
        assert each.arg
        keywords.append(Keyword(each.arg, _tree(each.value)))
    return Call(_tree(node.func), tuple(map(_tree, node.args)), tuple(keywords))


def _subscript(node: ast.Subscript) -> Expression:
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return Phrase("{}{}", (_tree(node.value), Bracketed("[]", tuple(map(_tree, inside)))), ATOM)


def _slice(node: ast.Slice) -> Expression:
    parts = [node.lower, node.upper, *([node.step] if node.step else [])]
    pattern = ":".join("{}" if part else "" for part in parts)
    return Phrase(pattern, tuple(_tree(part) for part in parts if part), SLICE)


def _row(node: ast.Tuple | ast.List) -> Expression:
    items = tuple(map(_tree, node.elts))
    if isinstance(node, ast.Tuple) and items and all(isinstance(item, Literal) for item in items):
        return Literal(tuple(item.value for item in items if isinstance(item, Literal)))
    return Bracketed("()" if isinstance(node, ast.Tuple) else "[]", items)


def _binary(node: ast.BinOp) -> Expression:
    if isinstance(node.op, ast.Pow):
        return Phrase("{} ** {}", (_tree(node.left), _tree(node.right)), POWER, (ATOM, SIGN))
    return operation(_SIGNS[type(node.op)], _tree(node.left), _tree(node.right))


def _boolean(node: ast.BoolOp) -> Expression:
    sign = _SIGNS[type(node.op)]
    level = _LEVELS[sign]
    parts = tuple(map(_tree, node.values))
    return Phrase(f" {sign} ".join(["{}"] * len(parts)), parts, level, (level + 1,) * len(parts))


def _comparison(node: ast.Compare) -> Expression:
    (sign,), (right,) = node.ops, node.comparators
    return operation(_SIGNS[type(sign)], _tree(node.left), _tree(right))


def _unary(node: ast.UnaryOp) -> Expression:
    of = _tree(node.operand)
    if isinstance(node.op, ast.Not):
        return Phrase("not {}", (of,), NOT, (NOT,))
    if isinstance(node.op, ast.USub) and isinstance(of, Literal):
        return Literal(-of.value)
    return Phrase("-{}" if isinstance(node.op, ast.USub) else "~{}", (of,), SIGN, (SIGN,))


def _choice(node: ast.IfExp) -> Expression:
    return if_else(_tree(node.test), _tree(node.body), _tree(node.orelse))


def copies(body: Expression, variable: str, numbers: Expression) -> Phrase:
    """Values of a call, one for each number."""
    return Phrase(f"*({{}} for {variable} in {{}})", (body, numbers), STAR, (CHOICE, CHOICE))


def list_of(values: Sequence[Expression]) -> Expression:
    """A list of values, written as one of copies if it is nothing else."""
    (first, *others) = values
    if others or not isinstance(first, Phrase) or first.level != STAR:
        return Bracketed("[]", tuple(values))
    return first._replace(pattern=f"[{first.pattern[2:-1]}]", level=ATOM)


def _starred(node: ast.Starred) -> Expression:
    return Phrase("*{}", (_tree(node.value),), STAR)


_READERS: Mapping[type[ast.expr], Callable[[Any], Expression]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Call: _call,
    ast.Subscript: _subscript, ast.Slice: _slice, ast.Tuple: _row, ast.List: _row, ast.BinOp: _binary,
    ast.BoolOp: _boolean, ast.Compare: _comparison, ast.UnaryOp: _unary, ast.IfExp: _choice, ast.Starred: _starred,
}  # fmt: skip


# -- changing


def children(tree: Expression) -> tuple[Expression, ...]:
    """What a tree is made of."""
    if isinstance(tree, Call):
        return (tree.function, *tree.values, *(each.value for each in tree.keywords))
    if isinstance(tree, Bracketed):
        return tree.items
    return tree.parts if isinstance(tree, Phrase) else ()


def with_children(tree: Expression, parts: Sequence[Expression]) -> Expression:
    """The same of other parts."""
    if isinstance(tree, Call):
        function, *others = parts
        count = len(tree.values)
        keywords = (each._replace(value=value) for each, value in zip(tree.keywords, others[count:], strict=True))
        return Call(function, tuple(others[:count]), tuple(keywords))
    if isinstance(tree, Bracketed):
        return tree._replace(items=tuple(parts))
    return tree._replace(parts=tuple(parts)) if isinstance(tree, Phrase) else tree


def substituted(tree: Expression, names: Mapping[str, Expression]) -> Expression:
    """A tree in which other trees stand for some names."""
    if isinstance(tree, Identifier):
        first, dot, rest = tree.text.partition(".")
        found = names.get(first)
        if found is None or not dot:
            return found or tree
        return (
            Identifier(f"{found.text}.{rest}")
            if isinstance(found, Identifier)
            else Phrase(f"{{}}.{rest}", (found,), ATOM)
        )
    parts = children(tree)
    return with_children(tree, [substituted(part, names) for part in parts]) if parts else tree


def symbols(tree: Expression) -> list[str]:
    """All names in a tree, dotted ones whole, as often as they are there."""
    if isinstance(tree, Identifier):
        return [tree.text]
    return [name for part in children(tree) for name in symbols(part)]


# -- writing


def text(tree: Expression | Keyword, level: int = SLICE) -> str:
    """The tree on one line, in brackets if it holds together less strongly than it has to."""
    written = _text(tree)
    return f"({written})" if isinstance(tree, Phrase) and tree.level < level else written


def _text(tree: Expression | Keyword) -> str:
    if isinstance(tree, Literal):
        return literal(tree.value)
    if isinstance(tree, Identifier):
        return tree.text
    if isinstance(tree, Keyword):
        return f"{tree.name}={text(tree.value, CHOICE)}"
    if isinstance(tree, Call):
        return f"{text(tree.function, ATOM)}({', '.join(text(each) for each in tree.written)})"
    if isinstance(tree, Bracketed):
        opening, closing = tree.brackets[0], tree.brackets[1]
        comma = "," * (len(tree.items) == 1 and opening == "(")
        return f"{opening}{', '.join(map(text, tree.items))}{comma}{closing}"
    levels = tree.levels or (tree.level,) * len(tree.parts)
    parts = [text(part, own) for part, own in zip(tree.parts, levels, strict=True)]
    if tree.level == SLICE and not all(part.lstrip("-").replace("_", "").isalnum() for part in parts):
        return _spaced(tree.pattern).format(*parts)
    if tree.level == POWER and all(isinstance(part, Identifier | Literal) for part in tree.parts):
        return "**".join(parts)
    return tree.pattern.format(*parts)


def _spaced(pattern: str) -> str:
    """The pattern of a slice with spaces around its colons, as it has them between more than numbers and names."""
    return ":".join(
        f"{' ' * (place > 0)}{part}{' ' * (place < pattern.count(':'))}" if part else ""
        for place, part in enumerate(pattern.split(":"))
    )


def literal(value: object) -> str:
    """A value in Python."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, str):
        return quoted_text(value)
    if value is ...:
        return "..."
    return repr(value).replace("e-0", "e-") if isinstance(value, float) else repr(value)


def quoted_text(value: str) -> str:
    """A text in double quotes, on one line, in which nothing but printable characters stands as it is."""
    escaped = "".join(
        f"\\{each}" if each in '\\"' else each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in value
    )
    return f'"{escaped}"'
