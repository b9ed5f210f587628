"""Documents as HTML: a fragment for notebooks, or a page of its own.

Every style is inline, and no colour is fixed but those of tones, which are legible on a light and on a dark background:
a fragment looks the same in a notebook, a mail and a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape as escape_html
from typing import assert_never

from cnncalc.report._document import (
    Block,
    Cell,
    Column,
    Document,
    Drawing,
    Facts,
    Form,
    Formula,
    Grid,
    Grids,
    Heading,
    Hint,
    Legend,
    Paragraph,
    Picture,
    Table,
    level_of,
    text_of,
    tone_of,
)
from cnncalc.report.text import MANY_TEXTS, clean

_FRAGMENT = "font-family: system-ui, sans-serif; line-height: 1.45; max-width: 75em"
_TABLE = "border-collapse: collapse; border: none; font-size: .93em; margin: .6em 0 1em"
_HEAD = "font-weight: 600; border: none; border-bottom: 1.5px solid; background: none; vertical-align: bottom"
_CELL = "border: none; border-bottom: 1px solid rgba(128, 128, 128, .25); background: none; vertical-align: top"
_PADDING = "padding: .28em .8em"
_TONES = {"good": "#1f9d4d", "fair": "#b7791f", "bad": "#d64545"}
_NUMBER = "text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums"
_TEXT = "text-align: left"
_BESIDE = "white-space: pre-wrap; font-weight: normal; font-size: .85em; opacity: .65"
_WORDS = "opacity: .75"
_CODE = "font-family: ui-monospace, monospace; font-size: .93em; background: none"
_GRID_CELL = (
    "border: none; text-align: right; padding: .1em .45em; font-variant-numeric: tabular-nums; background: none"
)
_PAGE = "margin: 2em auto; padding: 0 1.5em; max-width: 75em"
_PRINT = (
    "@page { size: A4; margin: 15mm } tr { break-inside: avoid } h3, h4 { break-after: avoid } "
    "@media print { :root { color-scheme: light } body { margin: 0 !important; padding: 0 !important } }"
)
_BOX = "border: 1px solid rgba(128, 128, 128, .7); padding: .25em .5em; text-align: left"
_PROSE = 20
"""A column of texts that are longer than this, in characters, is not squeezed by boxes."""
_ROOM = f"{_BOX}; height: 3.6em; vertical-align: top; font-size: .8em"


@lru_cache(MANY_TEXTS)
def html_escaped(text: str) -> str:
    """The text, escaped for HTML."""
    return escape_html(clean(text))


def html(document: Document) -> Iterator[str]:
    """The document as an HTML fragment, piece by piece."""
    yield f'<div style="{_FRAGMENT}">\n'
    shown = (block for block in document if not isinstance(block, Hint))
    for index, block in enumerate(shown):
        yield "\n" if index else ""
        yield from _parts(block)
    yield "\n</div>\n"


def page(document: Document, _encoding: str = "utf-8") -> Iterator[str]:
    """The document as a page of its own, to look at or to print; its first heading is the title."""
    first = next((block for block in document if isinstance(block, Heading)), Heading("cnncalc"))
    width = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    head = f'<meta charset="utf-8">{width}<title>{html_escaped(first.text)}</title><style>{_PRINT}</style>'
    yield f'<!doctype html>\n<html lang="{first.language}"><head>{head}</head><body style="{_PAGE}">\n'
    yield from html(document)
    yield "</body></html>\n"


def _parts(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield from _heading(block)
        case Paragraph(text):
            yield f'<p style="margin: .5em 0">{html_escaped(text)}</p>'
        case Table():
            yield from _table(block)
        case Facts(pairs):
            yield from _facts((html_escaped(label), value) for label, value in pairs)
        case Formula():
            yield from _formula(block)
        case Legend(symbols):
            yield from _facts((f'<code style="{_CODE}">{each.html}</code>', each.meaning) for each in symbols)
        case Form():
            yield from _form(block)
        case Grids(grids):
            yield '<div style="display: flex; flex-wrap: wrap; gap: .4em 1.6em; align-items: center">'
            for grid in grids:
                yield from _grid(grid)
            yield "</div>"
        case Drawing(lines):
            text = "\n".join(map(html_escaped, lines))
            yield f'<pre style="{_CODE}; line-height: 1.15; overflow-x: auto">{text}</pre>'
        case Picture():
            yield from block.svg()
        case Hint():
            return  # only for a person at the command line
        case _:
            assert_never(block)


def _heading(block: Heading) -> Iterator[str]:
    tag = f"h{block.level + 2}"
    beside = f' <span style="{_BESIDE}">{html_escaped(block.beside)}</span>' if block.beside else ""
    yield f'<{tag} style="margin: .8em 0 .4em">{html_escaped(block.text)}{beside}</{tag}>'


def _facts(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Labels, already in HTML, and the texts next to them."""
    yield f'<table style="{_TABLE}"><tbody>'
    for label, value in pairs:
        yield (
            f'<tr style="background: none"><th scope="row" style="{_CELL}; {_TEXT}; {_PADDING}; font-weight: normal;'
            f' opacity: .65">{label}</th>'
            f'<td style="{_CELL}; {_TEXT}; {_PADDING}">{html_escaped(value)}</td></tr>'
        )
    yield "</tbody></table>"


def _formula(block: Formula) -> Iterator[str]:
    rule = block.html or html_escaped(block.symbolic)
    parts = " = ".join(filter(None, (rule, html_escaped(block.numeric))))
    result = f"<strong>{html_escaped(block.result)}</strong>"
    yield f'<p style="margin: .5em 0">{html_escaped(block.quantity)}: '
    yield f'<code style="{_CODE}">{f"{parts} = " if parts else ""}{result}</code>'
    yield f'<br><span style="{_WORDS}">{html_escaped(block.words)}</span></p>' if block.words else "</p>"


def _table(block: Table) -> Iterator[str]:
    yield f'<table style="{_TABLE}"><thead><tr>'
    for column in block.columns:
        yield f'<th style="{_HEAD}; {_PADDING}; {_side(column)}">{html_escaped(column.title)}</th>'
    yield "</tr></thead><tbody>"
    styles = [f"{_CELL}; {_PADDING}; {_side(column)}" for column in block.columns]
    for row in block.rows:
        cells = "".join(map(_cell, styles, row))
        yield f'<tr style="background: none">{cells}</tr>'
    yield "</tbody></table>"


def _form(block: Form) -> Iterator[str]:
    """Boxes, with a wider one below each row: the two stay on one page."""
    yield f'<table style="{_TABLE}; width: 100%"><thead><tr>'
    for index, column in enumerate(block.columns):
        is_box = any(not text_of(row[index]) for row in block.rows)
        is_prose = any(" " in text_of(row[index]) and len(text_of(row[index])) > _PROSE for row in block.rows)
        width = "min-width: 5em; hyphens: auto" if is_box else "min-width: 14em" if is_prose else "hyphens: auto"
        yield f'<th style="{_BOX}; {_WORDS}; font-size: .85em; {width}">{html_escaped(column.title)}</th>'
    yield "</tr></thead>"
    room = f'<span style="{_WORDS}">{html_escaped(block.room)}</span>'
    for row in block.rows:
        yield '<tbody style="break-inside: avoid"><tr style="background: none; height: 2.2em">'
        yield from (f'<td style="{_BOX}">{_breakable(text_of(cell))}</td>' for cell in row)
        yield f'</tr><tr style="background: none"><td colspan="{len(row)}" style="{_ROOM}">{room}</td></tr></tbody>'
    yield "</table>"


def _breakable(text: str) -> str:
    """A text whose long names may break after a dot, to leave room for the boxes."""
    return re.sub(r"\.(?=[a-z])", ".<wbr/>", html_escaped(text))


def _cell(style: str, cell: str | Cell) -> str:
    if level := level_of(cell):
        style += f"; padding-left: {0.8 + 1.4 * level:.1f}em"
    if tone := tone_of(cell):
        style += f"; color: {_TONES[tone]}"
    return f'<td style="{style}">{html_escaped(text_of(cell))}</td>'


def _side(column: Column) -> str:
    return _NUMBER if column.is_number else _TEXT


def _grid(grid: Grid) -> Iterator[str]:
    yield '<table style="border-collapse: collapse; border: none; margin: .3em 0">'
    if grid.caption:
        yield f'<caption style="{_BESIDE}; text-align: left">{html_escaped(grid.caption)}</caption>'
    yield "<tbody>"
    for row in grid.rows:
        cells = "".join(f'<td style="{_GRID_CELL}">{html_escaped(each)}</td>' for each in row)
        yield f'<tr style="background: none">{cells}</tr>'
    yield "</tbody></table>"
