"""Tables fitted to the width of a terminal, so that no word breaks.

Columns give way in the order that `_document.Column` states. Columns that are left out are reported; if none may be
left out, the table is cut into several, one below the other, each with the first column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import INDENTATION, Cell, Column, Table, level_of, tone_of
from cnncalc.report.text import clean, line_start, width

GAP = 2
"""The number of blanks between columns."""
COMFORT = 24
"""The terminal columns that prose keeps as long as anything else can give way."""


class Fitted(NamedTuple):
    """A table whose texts and widths are settled.

    Attributes:
        rows: the text of each cell; one that is wider than its column wraps between words.
        left_out: titles of the columns that there is no room for.
        tones: the tone of each cell.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    left_out: Sequence[str] = ()
    tones: Sequence[Sequence[str]] = ()


def fit_table(table: Table, room: int) -> list[Fitted]:
    """The table fitted to this many columns of characters; several tables if it must be cut."""
    every = [_FittedColumn(column, [row[index] for row in table.rows]) for index, column in enumerate(table.columns)]
    columns = list(every)
    left_out: list[str] = []
    while not _fit(columns, room):
        leaving = [each for each in columns if each.column.leaves]
        if not leaving:
            break
        first = min(leaving, key=lambda each: each.column.leaves)
        columns.remove(first)
        left_out.append(first.column.title)
    if _excess(columns, room) > 0:
        _fit(every, room)
        return [_settled(part) for part in _cut(every, room)]
    return [_settled(columns, left_out)]


class _FittedColumn:
    """A column, and the texts that its cells show at present."""

    def __init__(self, column: Column, cells: Sequence[str | Cell]) -> None:
        self.column = column
        self.forms = [_forms(cell) for cell in cells]
        self.tones = [tone_of(cell) for cell in cells]
        self.reset()

    def reset(self) -> None:
        """Shows every cell whole."""
        self.texts = [forms[0] for forms in self.forms]
        self.width = max([width(self.column.title), self.needed])

    @property
    def needed(self) -> int:
        """The width of the widest cell."""
        return max(map(width, self.texts), default=0)

    @property
    def longest_word(self) -> int:
        """The width below which a word would break."""
        return max(_longest_word(text) for text in (self.column.title, *self.texts))

    @property
    def is_prose(self) -> bool:
        """Whether its cells are texts of several words that may wrap, and have no shorter forms to use first."""
        return not self.column.is_number and not self.column.narrows and self.longest_word < self.needed

    def wrap_title(self) -> None:
        """Gives the title no more room than the cells and its longest word need."""
        self.width = min(self.width, max(self.needed, _longest_word(self.column.title)))

    def narrow(self, excess: int) -> None:
        """Uses shorter forms: of all cells, or of each as far as necessary to save this many columns."""
        title = _longest_word(self.column.title)
        least = max([title, *map(_least, self.forms)])
        wanted = least if self.column.is_uniform else max(self.width - excess, least)
        if self.column.is_uniform:
            self.texts = [forms[-1] for forms in self.forms]
        else:
            self.texts = [next((each for each in forms if width(each) <= wanted), forms[-1]) for forms in self.forms]
        self.width = min(self.width, max(min(wanted, self.needed), title))

    def break_names(self, most: int) -> None:
        """Breaks names that are longer than this, after a `.`, `_` or `-` if there is one: nothing else breaks."""
        self.texts = ["\n".join(_broken(text, most)) for text in self.texts]
        self.width = most

    def wrap(self, excess: int, least: int) -> None:
        """Lets prose wrap, to no less than this width."""
        self.width = max(self.width - excess, min(least, self.width), self.longest_word)


def _forms(cell: str | Cell) -> list[str]:
    if isinstance(cell, str):
        return [line_start(clean(cell))]
    return [INDENTATION * level_of(cell) + line_start(clean(form)) for form in cell.forms]


def _broken(text: str, most: int) -> Iterator[str]:
    """A name in lines of at most this width, all of them indented like the first."""
    lead = " " * min(len(text) - len(text.lstrip(" ")), most // 2)
    rest = text.lstrip(" ")
    while width(lead + rest) > most:
        size = max(_fitting(rest, most - len(lead)), 1)
        separator = max(rest.rfind(mark, 0, size) for mark in "._-") + 1
        size = separator or size
        yield lead + rest[:size]
        rest = rest[size:]
    yield lead + rest


def _fitting(text: str, room: int) -> int:
    """How many characters of a text fit."""
    return next((count for count in range(len(text)) if width(text[: count + 1]) > room), len(text))


def _least(forms: Sequence[str]) -> int:
    """The width that a cell needs: text without a shorter form may wrap."""
    return width(forms[-1]) if len(forms) > 1 else _longest_word(forms[0])


def _longest_word(text: str) -> int:
    """The longest word, including leading blanks, which show a row's place in its tree."""
    lead = len(text) - len(text.lstrip(" "))
    return lead + max(map(width, text.split()), default=0)


def _fit(columns: Sequence[_FittedColumn], room: int) -> bool:
    """Narrows columns one after the other until they fit; returns whether they do."""
    for each in columns:
        each.reset()
    if _excess(columns, room) > 0:
        for each in columns:
            each.wrap_title()
    for least in (COMFORT, 0):
        for each in sorted((each for each in columns if each.is_prose), key=lambda each: -each.width):
            if (excess := _excess(columns, room)) > 0:
                each.wrap(excess, least)
        for each in sorted((each for each in columns if each.column.narrows), key=lambda each: each.column.narrows):
            if (excess := _excess(columns, room)) > 0:
                each.narrow(excess)
    if _excess(columns, room) > 0 and columns[0].width > (most := room // 2):
        columns[0].break_names(most)
    return _excess(columns, room) <= 0


def _excess(columns: Sequence[_FittedColumn], room: int) -> int:
    return sum(each.width for each in columns) + GAP * (len(columns) - 1) - room


def _cut(columns: Sequence[_FittedColumn], room: int) -> Iterator[Sequence[_FittedColumn]]:
    """As many columns at a time as fit after the first one."""
    if _excess(columns, room) <= 0 or len(columns) < 3:
        yield columns
        return
    first, *others = columns
    part = [first]
    for each in others:
        if len(part) > 1 and _excess([*part, each], room) > 0:
            yield part
            part = [first]
        part.append(each)
    yield part


def _settled(columns: Sequence[_FittedColumn], left_out: Sequence[str] = ()) -> Fitted:
    rows = list(zip(*(each.texts for each in columns), strict=True))
    tones = list(zip(*(each.tones for each in columns), strict=True))
    return Fitted([each.column for each in columns], rows, [each.width for each in columns], left_out, tones)
