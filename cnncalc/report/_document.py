"""What a report consists of, whatever it will be written as: plain text, a terminal, Markdown, LaTeX or HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cnncalc.named_tuple import NamedTuple


class Column(NamedTuple):
    """A column of a table.

    Where a terminal is too narrow for a table, columns give way in a fixed order: titles wrap, then texts of several
    words; then columns whose cells have shorter forms use them, by `narrows`; then whole columns are left out, by
    `leaves`. A column with neither number does not change.

    Attributes:
        is_number: whether it contains numbers, which are aligned to the right.
        narrows: when its cells use their shorter forms: 1 first, 0 never.
        is_uniform: whether all of its cells do so together; otherwise each only as far as necessary.
        leaves: when it is left out: 1 first, 0 never.
    """

    title: str
    is_number: bool = False
    narrows: int = 0
    is_uniform: bool = True
    leaves: int = 0


class Cell(NamedTuple):
    """A cell that knows shorter forms of its text, its place in a tree, or its tone.

    Attributes:
        forms: the text, followed by shorter ones.
        level: how deep it is in the tree, from 0: shown as an indentation.
        tone: `good`, `fair`, `bad` or "": shown as a colour where there are colours. The text says the same.
    """

    forms: Sequence[str]
    level: int = 0
    tone: str = ""


def text_of(cell: str | Cell) -> str:
    """The whole text of a cell, without its place in the tree."""
    return cell if isinstance(cell, str) else cell.forms[0]


def level_of(cell: str | Cell) -> int:
    """How deep a cell is in its tree."""
    return 0 if isinstance(cell, str) else cell.level


def tone_of(cell: str | Cell) -> str:
    """The tone of a cell."""
    return "" if isinstance(cell, str) else cell.tone


INDENTATION = "  "
"""What a level is indented by, in text."""


def indented(cell: str | Cell) -> str:
    """The whole text of a cell, indented by its level."""
    return cell if isinstance(cell, str) else INDENTATION * cell.level + cell.forms[0]


class Heading(NamedTuple):
    """A title; `beside` is shown at the end of its line. `language` is that of the document that it heads."""

    text: str
    beside: str = ""
    level: int = 1
    language: str = "en"


class Paragraph(NamedTuple):
    """A sentence or two."""

    text: str


class Table(NamedTuple):
    """Rows of cells under titles."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]


class Form(NamedTuple):
    """A table to fill in by hand: its empty cells are boxes, and each row has room for working, titled `room`."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]
    room: str

    def as_table(self) -> Table:
        """The same where nothing can be drawn: the room is an empty column."""
        return Table([*self.columns, Column(self.room)], [[*row, ""] for row in self.rows])


class Facts(NamedTuple):
    """Labelled values, one per line."""

    pairs: Sequence[tuple[str, str]]


class Formula(NamedTuple):
    """A number and how it was calculated: the rule, the rule with numbers substituted, the result, and a sentence.

    The two middle parts are empty where nothing was computed, and the rule is where it has no symbols. `latex` has both
    of them for math mode, `html` the rule with its subscripts.
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
    """What symbols stand for, one per line."""

    symbols: Sequence[Symbol]


class Grid(NamedTuple):
    """A small map of values: rows of formatted numbers, all columns as wide as the widest."""

    caption: str
    rows: Sequence[Sequence[str]]


class Grids(NamedTuple):
    """Grids next to each other, as many as there is room for."""

    grids: Sequence[Grid]


class Drawing(NamedTuple):
    """Lines of characters with fixed positions.

    Attributes:
        fitted: makes the lines for a terminal of so many columns; None if nothing can be moved.
    """

    lines: Sequence[str]
    fitted: Callable[[int], Iterable[str]] | None = None


class Picture(NamedTuple):
    """A picture that each format shows in its own way.

    Attributes:
        tikz: makes it for LaTeX, in pieces.
        svg: makes it for HTML, in pieces.
        width: how wide it is in LaTeX, and `height`: how high, in centimetres.
        lines: what it shows, as text.
    """

    tikz: Callable[[], Iterable[str]]
    svg: Callable[[], Iterable[str]]
    width: float
    height: float
    lines: Sequence[str]


class Hint(NamedTuple):
    """What a person at the command line may try next; in documents that are kept it is left out."""

    text: str


Block = Heading | Paragraph | Table | Form | Facts | Formula | Legend | Grids | Drawing | Picture | Hint
Document = Sequence[Block]
