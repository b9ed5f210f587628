"""Documents as Markdown (GitHub's tables)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.report.document import Block, Document, Facts, Formula, Heading, Legend, Paragraph, Table
from cnncalc.report.text import clean


def markdown(document: Document) -> str:
    """The document as Markdown that ends with a newline."""
    return "\n\n".join("\n".join(_lines(block)) for block in document) + "\n"


def markdown_escaped(text: str) -> str:
    """A text that Markdown shows as it is."""
    text = re.sub(r"([\\`*_{}\[\]<>|#~$&])", r"\\\1", clean(text))
    # where a stream has no such characters they become `*` and `|`, which mean something; a backslash is no help, for
    # before a character that is not ASCII it is shown
    return text.replace("·", "&middot;").replace("│", "&#9474;")


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * (block.level + 1)} {markdown_escaped(block.text)}"
        if block.beside:
            yield from ("", markdown_escaped(block.beside))
    elif isinstance(block, Paragraph):
        yield markdown_escaped(block.text)
    elif isinstance(block, Facts):
        for label, value in block.pairs:
            yield f"- {markdown_escaped(label)}: {markdown_escaped(value)}"
    elif isinstance(block, Formula):
        parts = [f"`{part}`" for part in (block.symbolic, block.numeric, block.result) if part]
        yield f"- {markdown_escaped(block.quantity)}: {' = '.join(parts)}  "
        yield f"  {markdown_escaped(block.words)}"
    elif isinstance(block, Legend):
        for symbol in block.symbols:
            yield f"- `{symbol.text}`: {markdown_escaped(symbol.meaning)}"
    elif isinstance(block, Table):
        yield _row([markdown_escaped(column.title) for column in block.columns])
        yield _row(["---:" if column.is_number else ":---" for column in block.columns])
        for row in block.rows:
            yield _row([markdown_escaped(cell) for cell in row])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
