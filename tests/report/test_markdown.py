"""Markdown: tables that are well formed whatever the texts are."""

from __future__ import annotations

import html
import re

import pytest

from cnncalc.report._document import Column, Facts, Formula, Heading, Paragraph, Table
from cnncalc.report.formats.markdown import markdown

markdown_it = pytest.importorskip("markdown_it")
NASTY = [
    "a|b", "||", "\\|", "`|`", "*x*", "_x_ __y__", "[bold]red[/bold]", "[a](http://b)", "<b>x</b>", "<!-- x", "# x",
    "~~x~~", "$x$", "a\\", "\\", "![i](j)", "AT&amp;T", "&lt;", "漢字 ü 🎉", "a_b-c", "::error::", "- x", "1. x",
    "`", "*", "a  b",
]  # fmt: skip


def render(text: str) -> str:
    return markdown_it.MarkdownIt("commonmark").enable("table").enable("strikethrough").render(text)


def said(fragment: str) -> str:
    """What a reader sees: tags must be none of the text's."""
    return html.unescape(re.sub(r"</?(?:h\d|p|li|ul|td|th|br|code)\b[^>]*>", "", fragment)).strip()


def test_a_table_keeps_its_cells():
    table = Table([Column("a|b"), Column("number", True)], [[text, "1"] for text in NASTY])
    lines = "".join(markdown([table])).splitlines()
    assert len(lines) == len(NASTY) + 2
    assert lines[1] == "| :--- | ---: |"
    rows = re.findall(r"<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>", render("".join(markdown([table]))), re.S)
    assert len(rows) == len(NASTY)
    for text, (cell, number) in zip(NASTY, rows, strict=True):
        assert said(cell) == text, text
        assert said(number) == "1"


@pytest.mark.parametrize("text", NASTY)
def test_texts_are_shown_as_they_are(text):
    document = [Heading(text, text), Paragraph(text), Facts([(text, text)]), Formula("q", "", "", "8", text)]
    shown = render("".join(markdown(document)))
    heading = re.search(r"<h2>(.*?)</h2>", shown, re.S)
    assert heading
    assert said(heading[1]) == text
    if text not in ("- x", "1. x"):  # our own sentences begin with a word
        for paragraph in re.findall(r"<p>(.*?)</p>", shown, re.S)[:2]:
            assert said(paragraph) == text
    assert shown.count("<h2>") == 1
    assert "<em>" not in shown
    assert "<strong>" not in shown
    assert "<a " not in shown


def test_line_ends_in_texts_do_not_break_rows():
    lines = "".join(markdown([Table([Column("a")], [["x\ny"], ["x\r| y"], ["\u2028"]])])).split("\n")
    assert len(lines) == 2 + 3 + 1
