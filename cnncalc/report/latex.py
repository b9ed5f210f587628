"""Documents as a LaTeX article that compiles as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.report.document import Block, Document, Facts, Formula, Heading, Paragraph, Table
from cnncalc.report.text import clean

_HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\begin{document}
"""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "→": r"$\to$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "…": r"\dots{}",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "`": r"\textasciigrave{}",
}


def latex(document: Document) -> str:
    """The document as a complete LaTeX file."""
    return _HEAD + "\n\n".join("\n".join(_lines(block)) for block in document) + "\n\\end{document}\n"


def escape(text: str) -> str:
    """A text that LaTeX shows as it is; what its fonts lack becomes a question mark."""
    return "".join(
        _SPECIAL.get(each, each if each.isascii() or (each.isalpha() and ord(each) < 0x180) else "?")
        for each in clean(text)
    )


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        command = "section*" if block.level == 1 else "subsection*"
        yield rf"\{command}{{{escape(block.text)}}}"
        if block.beside:
            yield escape(block.beside)
    elif isinstance(block, Paragraph):
        yield escape(block.text)
    elif isinstance(block, Facts):
        yield r"\begin{tabular}{ll}"
        yield from (rf"{escape(label)} & {escape(value)} \\" for label, value in block.pairs)
        yield r"\end{tabular}"
    elif isinstance(block, Formula):
        yield from _formula(block)
    elif isinstance(block, Table):
        yield from _table(block)


def _formula(block: Formula) -> Iterator[str]:
    result = (
        re.sub(",", "{,}", escape(block.result))
        if re.fullmatch(r"[0-9,]+", block.result)
        else rf"\text{{{escape(block.result)}}}"
    )
    label = rf"\text{{{escape(block.quantity)}}}"
    symbolic, numeric = block.latex
    if symbolic:
        yield r"\begin{align*}"
        yield rf"{label} &= {symbolic} \\"
        yield rf"&= {numeric} = {result}"
        yield r"\end{align*}"
    else:
        yield rf"\[{label} = {result}\]"
    yield escape(block.words)


def _table(block: Table) -> Iterator[str]:
    # long texts wrap, numbers and names do not
    longest = [max([len(row[index]) for row in block.rows], default=0) for index in range(len(block.columns))]
    columns = "".join(
        "r" if column.is_number else "p{0.5\\textwidth}" if length > 40 else "l"
        for column, length in zip(block.columns, longest, strict=True)
    )
    yield rf"\begin{{longtable}}{{{columns}}}"
    yield r"\toprule"
    yield " & ".join(escape(column.title) for column in block.columns) + r" \\"
    yield r"\midrule\endhead"
    for row in block.rows:
        yield " & ".join(map(escape, row)) + r" \\"
    yield r"\bottomrule"
    yield r"\end{longtable}"
