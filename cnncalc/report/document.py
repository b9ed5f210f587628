"""What a report consists of, whatever it will be written as: plain text, a terminal, Markdown, LaTeX or HTML."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.named_tuple import NamedTuple


class Column(NamedTuple):
    """A column of a table: its title, and whether it holds numbers (aligned to the right)."""

    title: str
    is_number: bool = False


class Heading(NamedTuple):
    """A title; `beside` stands at the end of its line."""

    text: str
    beside: str = ""
    level: int = 1


class Paragraph(NamedTuple):
    """A sentence or two."""

    text: str


class Table(NamedTuple):
    """Rows of texts under titles."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


class Facts(NamedTuple):
    """Labelled values, one a line."""

    pairs: Sequence[tuple[str, str]]


class Formula(NamedTuple):
    """A number and how it came about: the rule, the rule with its numbers, the result, and a sentence.

    The two middle parts are empty where nothing was computed. `latex` has both of them for math mode, `html` the rule
    with its subscripts.
    """

    quantity: str
    symbolic: str
    numeric: str
    result: str
    words: str
    latex: tuple[str, str] = ("", "")
    html: str = ""


class Symbol(NamedTuple):
    """A symbol of formulas, as text, as LaTeX for math mode and as HTML, and what it stands for."""

    text: str
    latex: str
    html: str
    meaning: str


class Legend(NamedTuple):
    """What symbols stand for, one a line."""

    symbols: Sequence[Symbol]


class Grid(NamedTuple):
    """A small map of values: rows of numbers as they stand, all columns as wide as the widest."""

    caption: str
    rows: Sequence[Sequence[str]]


class Grids(NamedTuple):
    """Grids beside each other, as many as there is room for."""

    grids: Sequence[Grid]


Block = Heading | Paragraph | Table | Facts | Formula | Legend | Grids
Document = Sequence[Block]
