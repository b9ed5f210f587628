"""Documents as a complete LaTeX article, ready to compile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import assert_never

from cnncalc.latex_text import in_latex
from cnncalc.report._document import (
    Block,
    Cell,
    Document,
    Drawing,
    Facts,
    Form,
    Formula,
    Grids,
    Heading,
    Hint,
    Legend,
    Paragraph,
    Picture,
    Table,
    indented,
    level_of,
    text_of,
)
from cnncalc.report.formats.plain import set_apart, side_by_side
from cnncalc.report.text import MANY_TEXTS, clean

_HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage{array}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\begin{document}
"""
_RAGGED = r">{\raggedright\arraybackslash}"
_CHARACTERS_A_LINE = 80
"""The approximate number of characters that fit across the page."""
_PAGE_WIDTH, _PAGE_HEIGHT = 17.0, 22.0
"""What fits between the margins of A4 and of letter paper, in centimetres, with a heading."""
_BOX = 9
"""The least width of a box to write in, in characters."""


def latex(document: Document, _encoding: str = "utf-8") -> Iterator[str]:
    """The document as a complete LaTeX file, piece by piece."""
    has_pictures = any(isinstance(block, Picture) for block in document)
    yield _HEAD.replace("\\begin{document}", "\\usepackage{tikz}\n\\begin{document}") if has_pictures else _HEAD
    yield from set_apart(map(_lines, document))
    yield "\\end{document}\n"


@lru_cache(MANY_TEXTS)
def latex_escaped(text: str) -> str:
    """The text, escaped for LaTeX and for the log of a build server."""
    return in_latex(clean(text))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            command = "section*" if block.level == 1 else "subsection*"
            yield rf"\{command}{{{latex_escaped(block.text)}}}"
            if block.beside:
                yield latex_escaped(block.beside).replace("   ", r"\quad ")
        case Paragraph(text):
            yield latex_escaped(text)
        case Facts(pairs):
            yield rf"\begin{{tabular}}{{l{_RAGGED}p{{0.75\textwidth}}}}"
            yield from (rf"{{}}{latex_escaped(label)} & {latex_escaped(value)} \\" for label, value in pairs)
            yield r"\end{tabular}"
        case Formula():
            yield from _formula(block)
        case Legend(symbols):
            yield r"\begin{longtable}[l]{lp{0.75\textwidth}}"
            yield from (rf"${symbol.latex}$ & {latex_escaped(symbol.meaning)} \\" for symbol in symbols)
            yield r"\end{longtable}"
        case Table():
            yield from _table(block)
        case Form():
            yield from _form(block)
        case Grids():
            yield from _as_it_stands(list(side_by_side(block, _CHARACTERS_A_LINE, splits=True)))
        case Drawing(lines):
            yield from _as_it_stands(lines)
        case Picture():
            yield from _picture(block)
        case Hint():
            return
        case _:
            assert_never(block)


def _as_it_stands(lines: Sequence[str]) -> Iterator[str]:
    """Lines in a monospaced font, with every blank kept."""
    yield r"{\ttfamily\footnotesize\noindent"
    yield from (latex_escaped(line).replace(" ", "~") + r"\\" for line in lines)
    yield "}"


def _picture(block: Picture) -> Iterator[str]:
    """A picture in TikZ, made smaller where it is larger than the page."""
    scale = min(_PAGE_WIDTH / block.width, _PAGE_HEIGHT / block.height, 1.0)
    yield rf"\begin{{center}}\scalebox{{{scale:.3f}}}{{%"
    yield "".join(block.tikz()).rstrip("\n")
    yield r"}\end{center}"


def _formula(block: Formula) -> Iterator[str]:
    result = (
        re.sub(",", "{,}", latex_escaped(block.result))
        if re.fullmatch(r"[0-9,]+", block.result)
        else rf"\text{{{latex_escaped(block.result)}}}"
    )
    label = rf"\text{{{latex_escaped(block.quantity)}}}"
    symbolic, numeric = block.latex
    if symbolic:
        yield r"\begin{align*}"
        yield rf"{label} &= {symbolic} \\"
        yield rf"&= {numeric} = {result}"
        yield r"\end{align*}"
    else:
        yield rf"\[{label} = {f'{numeric} = ' if numeric else ''}{result}\]"
    yield latex_escaped(block.words)


def _table(block: Table) -> Iterator[str]:
    columns = "".join(_columns(block))
    yield rf"\begin{{longtable}}{{{columns}}}"
    yield r"\toprule"
    yield " & ".join(latex_escaped(column.title) for column in block.columns) + r" \\"
    yield r"\midrule\endhead"
    for row in block.rows:
        # without the braces a row that begins with [ or * would be an option of the line break before it
        yield "{}" + " & ".join(map(_cell, row)) + r" \\"
    yield r"\bottomrule"
    yield r"\end{longtable}"


def _form(block: Form) -> Iterator[str]:
    """Boxes, with a wider one below each row: the two stay on one page."""
    yield r"\setlength{\tabcolsep}{4pt}"
    yield rf"\begin{{longtable}}{{|{''.join(_boxes(block))}}}"
    yield r"\hline"
    yield " & ".join(latex_escaped(column.title) for column in block.columns) + r" \\ \hline\endhead"
    across = rf"\multicolumn{{{len(block.columns)}}}{{|@{{}}p{{\dimexpr\textwidth-2\arrayrulewidth}}@{{}}|}}"
    # the line between the two rows is part of the second one: `\hline` and `\cline` would let the page break there
    line = r"\rlap{\rule[\dimexpr\ht\strutbox-\arrayrulewidth]{\linewidth}{\arrayrulewidth}}\hspace{\tabcolsep}"
    for row in block.rows:
        yield r"\rule{0pt}{3ex}" + " & ".join(map(_cell, row)) + r" \\*"
        yield rf"{across}{{{line}{{\footnotesize {latex_escaped(block.room)}}}\rule[-9mm]{{0pt}}{{11mm}}}} \\ \hline"
    yield r"\end{longtable}"


def _boxes(block: Form) -> Iterator[str]:
    """Columns that fill the page: filled ones by their lengths, boxes at least as wide as an answer."""
    texts = [[column.title, *(text_of(row[index]) for row in block.rows)] for index, column in enumerate(block.columns)]
    for share in _shares([["-" * _BOX, *each] for each in texts], _CHARACTERS_A_LINE):
        width = share / _CHARACTERS_A_LINE
        yield rf"{_RAGGED}p{{\dimexpr{width:.3f}\textwidth-2\tabcolsep-\arrayrulewidth}}|"


def _shares(columns: Sequence[Sequence[str]], room: float) -> list[float]:
    """How many characters of the room each column of texts gets: its longest word, and of the rest a share by its
    longest text. If not even the words fit, all are narrower."""
    words = [max(len(word) for text in texts for word in ("", *text.split())) + 2 for texts in columns]
    longest = [max(least, min(max(map(len, texts)), 50)) for texts, least in zip(columns, words, strict=True)]
    spare, wanted = room - sum(words), sum(longest) - sum(words)
    if spare <= 0 or wanted <= 0:
        return [each * room / sum(words) for each in words]
    return [least + spare * (most - least) / wanted for least, most in zip(words, longest, strict=True)]


def _cell(cell: str | Cell) -> str:
    level = level_of(cell)
    return (rf"\hspace*{{{level}em}}" if level else "") + latex_escaped(text_of(cell))


def _columns(block: Table) -> Iterator[str]:
    """Natural widths if everything fits on the page; otherwise texts share the page by their lengths, and wrap."""
    texts = [
        [column.title, *(indented(row[index]) for row in block.rows)] for index, column in enumerate(block.columns)
    ]
    lengths = [max(map(len, each)) for each in texts]
    gaps = 2 * len(lengths)
    fits = sum(lengths) + gaps <= _CHARACTERS_A_LINE
    numbers = sum(length for length, column in zip(lengths, block.columns, strict=True) if column.is_number)
    room = max(_CHARACTERS_A_LINE - numbers - gaps, _CHARACTERS_A_LINE / 4)
    wrapped = [each for each, column in zip(texts, block.columns, strict=True) if not column.is_number]
    shares = iter(_shares(wrapped, room) if wrapped else ())
    for column in block.columns:
        if column.is_number:
            yield "r"
        elif fits:
            yield "l"
        else:
            yield rf"{_RAGGED}p{{{next(shares) / _CHARACTERS_A_LINE:.3f}\textwidth}}"
