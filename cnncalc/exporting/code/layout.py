"""Source text as a formatter leaves it: lines of at most 88 characters, brackets split where a line is too long."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cnncalc.exporting.code.expressions import (
    AND,
    OR,
    PAIR,
    PRODUCT,
    SUM,
    Bracketed,
    Call,
    Expression,
    Keyword,
    Phrase,
    text,
)
from cnncalc.exporting.code.statements.actions import WIDTH, Assignment, Branching, Loop, Statement

STEP = 4
"""How far what is inside something is indented."""


def assignment(target: str, value: Expression, indent: int) -> list[str]:
    """A statement that gives a value to a target; without one, the value alone."""
    return on_lines(f"{target} = " if target else "", value, "", indent)


def on_lines(before: str, tree: Expression | Keyword, after: str, indent: int) -> list[str]:
    """An expression between two texts, on one line if there is room, or else split at its last brackets."""
    line = f"{' ' * indent}{before}{text(tree)}{after}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(tree, Keyword):
        return on_lines(f"{before}{tree.name}=", tree.value, after, indent)
    if isinstance(tree, Call) and isinstance(tree.function, Call) and tree.function.written and tree.written:
        opening = f"{before}{text(tree.function)}("
        if not _fits(opening, indent):
            return on_lines(before, tree.function, f"({', '.join(map(text, tree.written))}){after}", indent)
        return _split(opening, tree.written, f"){after}", indent)
    if isinstance(tree, Call) and tree.written:
        if before and not _fits(f"{before}{text(tree.function)}(", indent):
            return [f"{' ' * indent}{before}(", *on_lines("", tree, "", indent + STEP), f"{' ' * indent}){after}"]
        return _split(f"{before}{text(tree.function)}(", tree.written, f"){after}", indent)
    if isinstance(tree, Bracketed) and tree.items:
        opening, closing = tree.brackets[0], tree.brackets[1]
        return _split(f"{before}{opening}", tree.items, f"{closing}{after}", indent)
    if isinstance(tree, Phrase) and tree.level in (SUM, PRODUCT, AND, OR):
        return _in_brackets(before, tree, after, indent)
    if isinstance(tree, Phrase) and " for " in tree.pattern:
        made, numbers = tree.parts
        inner = indent + STEP
        middle = [f"{' ' * inner}{text(made)}"] if _fits(text(made), inner) else on_lines("", made, "", inner)
        opening, _, loop = tree.pattern.partition("{} ")
        last = [f"{' ' * inner}{loop[:-1].format(text(numbers))}", f"{' ' * indent}{loop[-1]}{after}"]
        return [f"{' ' * indent}{before}{opening}", *middle, *last]
    if isinstance(tree, Phrase) and tree.pattern == PAIR:
        key, value = tree.parts
        return on_lines(f"{before}{text(key)}: ", value, after, indent)
    if isinstance(tree, Phrase) and tree.pattern == "{}{}":
        of, index = tree.parts
        if isinstance(of, Call):
            return on_lines(before, of, f"{text(index)}{after}", indent)
        return on_lines(f"{before}{text(of)}", index, after, indent)
    if isinstance(tree, Phrase) and len(tree.parts) == 1:
        start, _, end = tree.pattern.partition("{}")
        return on_lines(f"{before}{start}", tree.parts[0], f"{end}{after}", indent)
    return [line]


def _fits(line: str, indent: int) -> bool:
    return indent + len(line) <= WIDTH


def _in_brackets(before: str, tree: Phrase, after: str, indent: int) -> list[str]:
    """A sum or the like in brackets of its own, a line for each of its parts if it is still too long."""
    inner = indent + STEP
    whole = f"{' ' * inner}{text(tree)}"
    lines = [whole]
    left, last = tree.parts if len(tree.parts) == 2 else (tree, tree)
    if isinstance(last, Call) and last.written and not (isinstance(left, Phrase) and left.level == tree.level):
        sign = tree.pattern.replace("{}", "")
        opening = f"{before}{text(left)}{sign}{text(last.function)}("
        inside = ", ".join(map(text, last.written))
        if _fits(opening, indent) and _fits(inside, inner) and len(whole) > WIDTH:
            return _split(opening, last.written, f"){after}", indent)
    if len(whole) > WIDTH:
        parts = [*_terms(tree, tree.level)]
        lines = [line for sign, part in parts for line in on_lines(sign, part, "", inner)]
    return [f"{' ' * indent}{before}(", *lines, f"{' ' * indent}){after}"]


def _terms(tree: Expression, level: int) -> Iterator[tuple[str, Expression]]:
    """What is added up in a sum, each with the sign before it."""
    if not isinstance(tree, Phrase) or tree.level != level:
        yield "", tree
        return
    signs = [f"{sign.strip()} " for sign in tree.pattern.split("{}")[1:-1]]
    first, *others = tree.parts
    yield from _terms(first, level)
    yield from zip(signs, others, strict=True)


def _split(opening: str, items: Sequence[Expression | Keyword], closing: str, indent: int) -> list[str]:
    inner = indent + STEP
    together = f"{' ' * inner}{', '.join(map(text, items))}"
    if len(together) <= WIDTH:
        middle = [together]
    else:
        middle = [line for item in items for line in on_lines("", item, ",", inner)]
    return [f"{' ' * indent}{opening}", *middle, f"{' ' * indent}{closing}"]


def body(statements: Sequence[Statement], indent: int) -> Iterator[str]:
    """The lines of statements."""
    for each in statements:
        if isinstance(each, Assignment):
            yield from assignment(", ".join(each.targets), each.value, indent)
        else:
            yield from _opening(each, indent)
            yield from body(each.body, indent + STEP)


def _opening(statement: Branching | Loop, indent: int) -> list[str]:
    """The first line of statements that are done on a condition, or again and again."""
    if isinstance(statement, Loop):
        return on_lines(f"for {statement.variable} in ", statement.numbers, ":", indent)
    return on_lines("if ", statement.condition, ":", indent)


def docstring(paragraphs: Sequence[str], indent: int = 0) -> list[str]:
    """Paragraphs as a docstring, wrapped, from which no text can break out. A paragraph with line breaks keeps them."""
    width = WIDTH - indent - 3
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [""] if lines else []
        for each in paragraph.split("\n"):
            lines += textwrap.wrap(safe(each), width, break_on_hyphens=False) or [""]
    if len(lines) == 1:  # a formatter joins a single line with the quotes that follow it
        lines = textwrap.wrap(lines[0], width - 3, break_on_hyphens=False) or [""]
    if lines[0].startswith('"'):
        lines[0] = f"\\{lines[0]}"
    if lines[-1].endswith('"') and not lines[-1].endswith('\\"'):
        lines[-1] = f'{lines[-1][:-1]}\\"'
    lines[0] = f'"""{lines[0]}'
    if len(lines) == 1 and len(lines[0]) + indent + 3 <= WIDTH:
        lines[0] += '"""'
    else:
        lines.append('"""')
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def safe(words: str) -> str:
    """A text that may stand in a docstring: on one line, without what would end it or cannot be seen."""
    shown = "".join(each if each.isprintable() else " " for each in words)
    return " ".join(shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').split())
